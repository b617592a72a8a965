"""The benchmark's networks use what they are said to use, and nothing else: checked by intervention."""

from __future__ import annotations

import numpy as np
import torch

from analysis.explainers.registry import CONTROLS, EXPLAINERS
from benchmarks.ground_truth import Found, measure, turned
from benchmarks.known_networks import PICTURES, TEXTS, CueWord, Known, RedSpot, _pictures, _texts, picture, text

torch.set_num_threads(1)
BY_HAND = Known("picture", _pictures(RedSpot()), PICTURES, picture)


def test_the_answer_turns_with_the_cue_alone() -> None:
    for number in range(5):
        example = picture(number)
        assert turned(BY_HAND, example)
        # Everything but the cue may go.
        pixels = BY_HAND.candidate.prepare(example.raw, PICTURES).pixels[0].copy()
        pixels[:, ~example.mask] = 0.3
        tensor = torch.from_numpy(pixels)[None]
        assert int(BY_HAND.candidate.forward_tensors(pixel_values=tensor)[0].argmax()) == 1


def test_a_method_that_is_right_is_counted_and_a_random_map_is_not() -> None:
    found = measure(BY_HAND, picture(0), 0)
    exact, random = found["integrated_gradients"], found["random_map"]
    assert isinstance(exact, Found)
    assert isinstance(random, Found)
    assert exact.hit
    assert exact.mass > 0.95
    assert exact.trusted
    assert random.mass < 0.2
    assert not random.hit
    assert set(found) <= {*EXPLAINERS, *CONTROLS}


def test_the_cue_s_word_is_found_by_leaving_it_out() -> None:
    from types import SimpleNamespace

    known = Known("text", _texts(CueWord(), SimpleNamespace(is_encoder_decoder=False)), TEXTS, text)
    assert turned(known, text(3))
    said = measure(known, text(3), 3)["leave_one_out"]
    assert said is not None
    assert said.hit
    assert np.isclose(said.mass, 1)
