"""Options, progress and output that the commands have in common."""

from __future__ import annotations

import json
import math
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import UnusableInput
from analysis.progress import Progress, ProgressState
from analysis.storage import read_json
from analysis.types import Estimate, Json, Kind, Predictions

if TYPE_CHECKING:
    from analysis.candidates.artefact import Artefact
    from analysis.engines import Engine
    from analysis.session import Session

#: Answers that are printed, the most frequent first; a file holds all.
_PRINTED = 20


def add_session_arguments(parser: ArgumentParser) -> None:
    """Declare the options that say what to open."""
    parser.add_argument("--model", required=True, help="folder, skops file or hub id (owner/name)")
    parser.add_argument(
        "--data", required=True, help="folder of images by class, or a table (CSV, TSV, JSONL, Parquet)"
    )
    parser.add_argument("--split", help="judge on this split only")
    parser.add_argument(
        "--pipeline", help="JSON file with the pipeline to use instead of the model's own configuration"
    )
    parser.add_argument("--revision", help="revision of a hub id")
    parser.add_argument(
        "--trust", action="append", default=[], metavar="TYPE", help="a type in a skops file that you trust"
    )
    parser.add_argument("--label-column", help="column with the label, where the guess is wrong")
    parser.add_argument("--text-column", help="column with the text")
    parser.add_argument("--text-pair-column", help="column with the second text of a pair")
    parser.add_argument("--file-column", help="column with the image's file name")
    parser.add_argument("--split-column", help="column with the split")
    parser.add_argument("--id-column", help="column with the example's name")
    parser.add_argument(
        "--feature-column",
        action="append",
        metavar="COLUMN",
        help="a column that the model is fed; repeat it",
    )
    parser.add_argument("--label-map", metavar="FILE", help="JSON file: label in the data → label of the model")
    parser.add_argument("--json", metavar="FILE", help="write the result here as JSON ('-' for standard output)")


def add_unlabelled_argument(parser: ArgumentParser, said: str) -> None:
    """Declare ``--without-labels``, which `open_from` follows; `said` is what can be told then."""
    parser.add_argument(
        "--without-labels", action="store_true", help=f"the data need none, theirs are left out: {said}"
    )


def add_engine_arguments(parser: ArgumentParser) -> None:
    """Declare the options that say where the work is done."""
    from analysis.engines.registry import ENGINES

    parser.add_argument(
        "--engine", choices=tuple(ENGINES), default="local", help="where the work is done: here, or on a Ray cluster"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="ray: models opened side by side")
    parser.add_argument("--gpus-per-worker", type=float, default=0.0, metavar="G", help="ray: GPUs, or a share of one")
    parser.add_argument("--address", help="ray: a cluster that runs already; one is started here where not given")


def engine_from(arguments: Namespace) -> Engine:
    """Return the engine that the options of `add_engine_arguments` name.

    Raises
    ------
    UnusableInput
        If it can't be used.
    """
    from analysis.engines import Options, engine_of

    options = Options(arguments.workers, arguments.gpus_per_worker, arguments.address)
    return engine_of(arguments.engine, options)


def _label_map(path: str | None) -> Mapping[str, str] | None:
    if path is None:
        return None
    mapping = read_json(Path(path))
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise UnusableInput(f"{path} is not a label map.", 'Expected JSON like {"cats": "cat"}.')
    return mapping


def open_from(arguments: Namespace, *, unlabelled: bool = False) -> Session:
    """Open what the options of `add_session_arguments` name; data without labels only where those will do.

    With ``--without-labels`` they do, and labels that are there are left out.
    A model that was never opened here is loaded in a process of its own first, unless ``--no-trial`` was given.

    Raises
    ------
    UnusableInput
    """
    from analysis.datasets import Columns
    from analysis.diligence.tried import try_once
    from analysis.session import open_session

    columns = Columns(
        text=arguments.text_column,
        text_pair=arguments.text_pair_column,
        file=arguments.file_column,
        label=arguments.label_column,
        split=arguments.split_column,
        id=arguments.id_column,
        features=tuple(arguments.feature_column) if arguments.feature_column else None,
    )
    progress = terminal_progress()

    def guard(artefact: Artefact) -> None:
        try_once(artefact, trusted=arguments.trust, progress=progress)

    return open_session(
        arguments.model,
        arguments.data,
        split=arguments.split,
        pipeline=arguments.pipeline,
        columns=columns,
        label_overrides=_label_map(arguments.label_map),
        trusted=arguments.trust,
        revision=arguments.revision,
        unlabelled=unlabelled,
        leave_labels_out=getattr(arguments, "without_labels", False),
        guard=None if getattr(arguments, "no_trial", False) else guard,
        progress=progress,
    )


def terminal_progress() -> Progress:
    """Return a progress that writes to stderr: one line that is redrawn, or few lines where nobody looks."""
    watched = sys.stderr.isatty()
    last = {"time": 0.0, "what": ""}

    def report(state: ProgressState) -> None:
        now, finished = time.monotonic(), bool(state.total) and state.done >= state.total
        due = now - last["time"] >= (0.1 if watched else 10.0)  # type: ignore[operator]
        if not (due or finished or state.what != last["what"]):
            return
        last.update(time=now, what=state.what)
        left = f", {state.seconds_left:.0f} s left" if state.seconds_left and not finished else ""
        line = f"{state.what}: {state.done:,} of {state.total:,}{left}"
        end = "\n" if finished or not watched else ""
        print(("\r\x1b[K" if watched else "") + line, end=end, file=sys.stderr, flush=True)

    return Progress(report)


def finite(value: float) -> float | None:
    """Return a float that JSON can hold: None instead of NaN or infinity."""
    return float(value) if math.isfinite(value) else None


def estimate_json(estimate: Estimate) -> dict[str, Json]:
    """Return an estimate as ``{"value", "low", "high", "n", "method"}``."""
    return {
        "value": finite(estimate.value),
        "low": finite(estimate.low),
        "high": finite(estimate.high),
        "n": estimate.n,
        "method": estimate.method,
    }


def run_json(session: Session, predictions: Predictions) -> dict[str, Json]:
    """Return what every command says of the run it rests on."""
    rejected = [*session.dataset.rejected, *predictions.rejected]
    return {
        "task": predictions.task.kind.value,
        "modality": predictions.task.modality.value,
        "model": session.candidate.source,
        "data": session.dataset.source,
        "split": session.split,
        "n": len(predictions),
        "labels": list(predictions.task.labels),
        "rejected": [{"item": r.item, "reason": r.reason} for r in rejected],
        "fingerprints": {
            "candidate": predictions.candidate,
            "pipeline": predictions.pipeline,
            "dataset": predictions.dataset,
        },
        "versions": dict(predictions.versions),
        "findings": [
            {"id": f.id, "severity": f.severity.value, "summary": f.summary, "action": f.action}
            for f in (*session.candidate.findings, *session.dataset.findings)
        ],
    }


def write_result(result: Mapping[str, Json], destination: str | None) -> None:
    """Write a result as JSON to a file, or to standard output for '-'.

    Raises
    ------
    UnusableInput
        If the file can't be written.
    """
    if destination is None:
        return
    text = json.dumps(result, ensure_ascii=False, indent=1, allow_nan=False)
    if destination == "-":
        print(text)
        return
    try:
        Path(destination).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{destination} can't be written: {error.strerror}.", "Choose another file.") from error


def print_metrics(predictions: Predictions, metrics: Mapping[str, Estimate], rejected: int) -> None:
    """Print a short summary for a person: each metric with its interval and n."""
    unscaled = {"log_loss", "brier", "mcc", "kappa"}
    print(f"{len(predictions)} examples, {rejected} rejected")
    for name, e in metrics.items():
        rate = predictions.task.kind is Kind.CLASSIFICATION and name not in unscaled
        scale, unit = (100, " %") if rate else (1, "")
        interval = f"{e.low * scale:.4g}–{e.high * scale:.4g}"
        print(f"  {name:<20} {e.value * scale:8.4g}{unit}  ({interval}), n = {e.n}")


def print_answers(predictions: Predictions, rejected: int) -> None:
    """Print a short summary for a person where nothing tells right from wrong: how many examples got which answer."""
    from analysis.answers import answer_counts

    print(f"{len(predictions)} examples without labels, {rejected} rejected")
    if predictions.task.kind is Kind.REGRESSION:
        answers = predictions.values
        print(f"  answers from {answers.min():.4g} to {answers.max():.4g}, median {np.median(answers):.4g}")
        return
    for found in answer_counts(predictions)[:_PRINTED]:
        print(f"  {found.label:<20} {found.n:8,}  (median score {found.confidence:.2f})")


def report_run(
    arguments: Namespace,
    details: Mapping[str, Callable[[Predictions], Json]],
    further: Mapping[str, Callable[[Predictions], Estimate]] | None = None,
) -> int:
    """Run the model over the data, print its metrics and further ones, and write them with a command's own details."""
    from analysis.metrics import summarise

    engine = engine_from(arguments)
    session = open_from(arguments)
    predictions = session.predictions(terminal_progress(), engine=engine)
    metrics: dict[str, Estimate] = {}
    if predictions.has_labels:
        metrics = summarise(predictions) | {key: measure(predictions) for key, measure in (further or {}).items()}
    result = run_json(session, predictions)
    result["metrics"] = {name: estimate_json(e) for name, e in metrics.items()}
    result |= {key: detail(predictions) for key, detail in details.items()}
    write_result(result, arguments.json)
    if arguments.json != "-" and predictions.has_labels:
        print_metrics(predictions, metrics, len(result["rejected"]))
    elif arguments.json != "-":
        print_answers(predictions, len(result["rejected"]))
    return 0
