"""Hand over the fix: a model folder that loads as it is, with the corrected configuration."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from analysis.candidates.artefact import Artefact
from analysis.candidates.corrected import CORRECTED
from analysis.errors import UnusableInput
from analysis.preprocessing.describe import diff, python_lines
from analysis.preprocessing.huggingface import processor_from_pipeline
from analysis.storage import read_json, write_json
from analysis.types import Candidate, Json, Modality, Pipeline

#: Files that make up a model; a deployment's own pipeline and anything else stays behind.
COPIED = (".json", ".txt", ".safetensors", ".model", ".skops", ".md")
LEFT_BEHIND = ("pipeline.json", CORRECTED)
NOTES = "CORRECTIONS.md"


@dataclass(frozen=True)
class Fix:
    """The corrected configuration, file by file.

    Attributes
    ----------
    files : dict of str to JSON value
        Name → contents of each configuration file that changes.
    notes : str
        What was changed and how to do it in Python, as Markdown.
    """

    files: dict[str, Json]
    notes: str


def corrected_files(candidate: Candidate, pipeline: Pipeline) -> Fix:
    """Return the corrected configuration files of a candidate for a pipeline.

    ``preprocessor_config.json`` and the label map of ``config.json`` are corrected as far as their formats can
    say it; the pipeline itself is always there, and Caveat opens the folder with it.
    """
    folder = candidate.folder
    files: dict[str, Json] = {CORRECTED: pipeline.to_json()}
    silent = ""
    config = read_json(folder / "config.json")
    if isinstance(config, dict) and "architectures" in config and pipeline.labels != candidate.task.labels:
        files["config.json"] = {
            **config,
            "id2label": {str(i): name for i, name in enumerate(pipeline.labels)},
            "label2id": {name: i for i, name in enumerate(pipeline.labels)},
        }
    if pipeline.modality is Modality.IMAGE:
        try:
            files["preprocessor_config.json"] = processor_from_pipeline(pipeline)
        except UnusableInput as error:
            silent = f"\n`preprocessor_config.json` can't say it: {error.what} Use the Python below.\n"
    return Fix(files, _notes(candidate, pipeline, files, silent))


def _notes(candidate: Candidate, pipeline: Pipeline, files: dict[str, Json], silent: str) -> str:
    changes = [f"- {_plain(e.sentence)}" for e in diff(candidate.pipeline, pipeline)]
    listed = "\n".join(changes) or "- nothing: the model's own configuration is right"
    names = "\n".join(f"- `{name}`" for name in files)
    return (
        f"# Corrections to {_plain(candidate.name)}\n\nAgainst the model's own configuration:\n\n{listed}\n\n"
        f"Files written:\n\n{names}\n{silent}\n## In Python\n\n```python\n{python_lines(pipeline)}\n```\n"
    )


def _plain(text: str) -> str:
    """Return text from data so that Markdown shows it as it is."""
    return "".join("\\" + c if c in "\\`*_{}[]<>#|!" else c for c in " ".join(text.split()))


def write_fix(candidate: Candidate, pipeline: Pipeline, destination: str | Path) -> Path:
    """Write the model with its corrected configuration into a new folder.

    Parameters
    ----------
    candidate : Candidate
    pipeline : Pipeline
        The corrected one.
    destination : path
        Must not exist yet, or be empty.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UnusableInput
        If the folder isn't empty or can't be written.
    """
    target = Path(destination).expanduser()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UnusableInput(f"{target} is there already.", "Name a folder that is new or empty.")
    fix = corrected_files(candidate, pipeline)
    artefact = Artefact(candidate.folder, candidate.folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in artefact.files:
            source = candidate.folder / name
            if source.suffix in COPIED and name not in LEFT_BEHIND and source.is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target / name)
        for name, contents in fix.files.items():
            write_json(target / name, contents)
        (target / NOTES).write_text(fix.notes, encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{target} can't be written: {error.strerror}.", "Name another folder.") from error
    return target
