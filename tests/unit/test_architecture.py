"""The rules that keep the project livable, held by machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.commands import COMMANDS
from benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for folder in ("analysis", "pages") for path in (ROOT / folder).rglob("*.py"))
#: A module of nouns may be a little longer than others.
LONGEST = {"types.py": 560}


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "analysis").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_what_computes_never_imports_streamlit(path: Path) -> None:
    assert "streamlit" not in imported(path)
    assert "pages" not in imported(path)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_stay_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST.get(path.name, 400)


def test_light_imports_stay_light() -> None:
    """What the first page and the registries need must not pull in a deep learning library."""
    code = (
        "import sys, analysis.types, analysis.samples, analysis.storage, analysis.datasets, "
        "analysis.commands, analysis.__main__\n"
        "heavy = {'torch', 'transformers', 'captum', 'shap'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_page_imports_a_deep_learning_library_at_load() -> None:
    """Neither what pages share, nor what a page's script names at its top."""
    shared = {f"pages.shared.{path.stem}" for path in (ROOT / "pages" / "shared").glob("[!_]*.py")}
    named = set[str]()
    for script in (ROOT / "pages").glob("*/*.py"):
        for node in ast.parse(script.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module and script.parent.name != "shared":
                named |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    assert shared
    assert "analysis.figures" in named
    code = f"""
import importlib, importlib.util, sys
for module in {sorted(shared | named)!r}:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:  # A name in a module, not a module.
        assert error.name == module
sys.exit(", ".join({{"torch", "transformers", "captum", "shap"}} & set(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "analysis" / "figures").glob("*.py")), ids=lambda p: p.name)
def test_no_figure_leaves_percent_to_plotly(path: Path) -> None:
    """It writes "20%", in the marks of axes and in hover boxes; `value_axis` and `percent` write "20 %"."""
    assert re.search(r"\.\d%", path.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert f"## `{name}`" in text


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_benchmark_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-ray.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            assert line.startswith("-r ") or "==" in line, line


def test_the_readme_links_only_to_what_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("http") or (ROOT / target).exists(), target
