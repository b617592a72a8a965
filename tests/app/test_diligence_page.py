"""The page on licence, safety and provenance."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from analysis.samples import bundled_root
from tests.app.conftest import words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/diligence.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_a_sample_with_its_licence_line(visit: Visit) -> None:
    app = visit(PAGE, model="sample:photos")
    assert not app.exception
    assert "allows commercial use" in app.title[0].value
    said = words(app)
    assert "license: apache-2.0" in said
    assert "not legal advice" in said
    assert "Where does it come from?" in said


def test_a_model_that_is_refused_still_has_its_findings(visit: Visit, home: Path) -> None:
    folder = home / "bad"
    shutil.copytree(bundled_root() / "models" / "photos", folder)
    (folder / "model.safetensors").write_bytes(b"\x80\x04cos\nmkdir\n(S'x'\ntR.")
    (folder / "README.md").write_text("---\nlicense: '<b>**mine**</b>'\n---\n")
    app = visit(PAGE, model=str(folder), data=str(bundled_root() / "data" / "photos"))
    app.button[0].click().run()
    while app.get("progress"):
        app.run()
    assert not app.exception
    assert app.title[0].value.replace("\\", "").startswith("Something speaks against using it")
    assert "os.mkdir" in words(app)
    assert not any("<b>**" in m.value for m in app.markdown)
