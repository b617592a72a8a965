"""``audit``: the verdict for CI: report, model card, findings and predictions, and an exit code."""

from __future__ import annotations

import copy
import json
import shlex
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.commands.inspect import MARKS, _line
from analysis.commands.shared import (
    add_engine_arguments,
    add_session_arguments,
    engine_from,
    open_from,
    terminal_progress,
    write_result,
)
from analysis.errors import UnusableInput
from analysis.types import Kind

if TYPE_CHECKING:
    from analysis.audit import Gathered
    from analysis.policy import Policy
    from analysis.report import Contents
    from analysis.report.attributions import Explained
    from analysis.session import Session

summary = "judge a model by a policy: verdict, report, model card, findings; for CI"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's options."""
    add_session_arguments(parser)
    add_engine_arguments(parser)
    parser.add_argument("--against", metavar="M2", help="another model to compare with on the same examples")
    parser.add_argument("--against-revision", metavar="R", help="revision of the other one, a hub id")
    parser.add_argument("--policy", metavar="FILE", help="thresholds (TOML); the defaults where not given")
    parser.add_argument("--out", required=True, metavar="DIR", help="write the report and its data here")
    parser.add_argument("--cost", action="store_true", help="measure the cost also where the policy sets no limit")
    parser.add_argument("--robustness", action="store_true", help="measure it also where the policy sets no limit")
    parser.add_argument("--no-baseline", action="store_true", help="don't fit simple models to compare with")
    parser.add_argument("--no-attributions", action="store_true", help="don't explain the worst failures")
    parser.add_argument("--no-trial", action="store_true", help="don't load a new model in a process of its own first")
    parser.add_argument("--title", default="", help="of the report")
    parser.add_argument("--notes", default="", help="a paragraph of your own below the verdict")
    parser.add_argument("--seed", type=int, default=0, help="seeds everything that draws at random")


def run(arguments: Namespace) -> int:
    """Judge the model, write the files, print a summary, and return 0 for *adopt*, with conditions or without."""
    from analysis.policy import Policy, read_policy
    from analysis.report import contents_of
    from analysis.verdict import Decision, judge

    policy = read_policy(arguments.policy) if arguments.policy else Policy()
    folder = Path(arguments.out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInput(f"{folder} can't be written: {error.strerror}.", "Choose another folder.") from error
    gathered = _gather(arguments, policy)
    verdict = judge(gathered.evidence, policy)
    contents = contents_of(
        gathered,
        verdict,
        model=Path(arguments.model).name or arguments.model,
        data=Path(arguments.data).name or arguments.data,
        title=arguments.title,
        notes=arguments.notes,
        command=command_of(arguments),
        explained=() if arguments.no_attributions else _explained(gathered, arguments.seed),
    )
    _write(folder, contents)
    if arguments.json:
        from analysis.report import findings_json

        write_result(findings_json(contents), arguments.json)
    if arguments.json != "-":
        _print(contents, folder)
    # Conditions are for people to keep; a blocker stops CI, and so does what nobody knows.
    return 0 if verdict.decision in (Decision.ADOPT, Decision.CONDITIONS) else 1


def _explained(gathered: Gathered, seed: int) -> tuple[Explained, ...]:
    from analysis.report.attributions import explain_failures
    from analysis.report.contents import worst_failures

    if gathered.session is None or gathered.predictions is None:
        return ()
    worst = [failure.id for failure in worst_failures(gathered.predictions, gathered.session.dataset)]
    return explain_failures(gathered.session, worst, seed=seed, progress=terminal_progress())


def _gather(arguments: Namespace, policy: Policy) -> Gathered:
    from analysis.audit import gather, refused
    from analysis.candidates import Refused
    from analysis.commands.inspect import place_of
    from analysis.diligence import look_into
    from analysis.diligence.tried import TrialEnded

    engine = engine_from(arguments)
    try:
        session = open_from(arguments)
    except (Refused, TrialEnded) as error:
        found = error.findings if isinstance(error, Refused) else (error.finding,)
        looked = look_into(place_of(arguments.model, arguments.revision), progress=terminal_progress())
        known = {(f.id, f.summary) for f in looked}
        more = tuple(f for f in found if (f.id, f.summary) not in known)
        return refused(Kind.CLASSIFICATION, (*looked, *more))
    gathered = gather(
        session,
        diagnose=policy.diagnosis,
        measure=arguments.cost or policy.limits_cost,
        corrupt=arguments.robustness or policy.robustness is not None,
        simple=policy.baseline or not arguments.no_baseline,
        against=_other(arguments) if arguments.against else None,
        seed=arguments.seed,
        engine=engine,
        progress=terminal_progress(),
    )
    return _untried(gathered) if arguments.no_trial else gathered


def _untried(gathered: Gathered) -> Gathered:
    """Add that the model was loaded here without a trial: safety of loading is then not known."""
    from analysis.diligence.trial import not_tried

    diligence = (*gathered.evidence.diligence, not_tried())
    return replace(gathered, evidence=replace(gathered.evidence, diligence=diligence))


def _other(arguments: Namespace) -> Session:
    """Open the other model over the same data, fed as its own configuration says."""
    from analysis.candidates import Refused

    other = copy.copy(arguments)
    other.model, other.pipeline, other.revision = arguments.against, None, arguments.against_revision
    try:
        return open_from(other)
    except Refused as error:
        # Exit code 1 is about the model that is judged.
        raise UnusableInput(f"The other model was refused: {error.what}", error.action) from error


def command_of(arguments: Namespace) -> str:
    """Return the command that makes this report again."""
    parts = ["python", "-m", "analysis", "audit", "--model", arguments.model, "--data", arguments.data]
    for name in (
        "split",
        "pipeline",
        "revision",
        "label_column",
        "text_column",
        "text_pair_column",
        "file_column",
        "split_column",
        "id_column",
        "label_map",
        "against",
        "against_revision",
        "policy",
        "title",
        "notes",
        *(("engine", "workers", "gpus_per_worker", "address") if arguments.engine != "local" else ()),
    ):
        value = getattr(arguments, name)
        # No column of that kind ("") is something else than the guess (None).
        given = bool(value) or (value == "" and name.endswith("_column"))
        parts += [f"--{name.replace('_', '-')}", str(value)] if given else []
    for column in arguments.feature_column or ():
        parts += ["--feature-column", column]
    for trusted in arguments.trust:
        parts += ["--trust", trusted]
    parts += [
        f"--{flag}"
        for flag in ("cost", "robustness", "no-baseline", "no-attributions", "no-trial")
        if getattr(arguments, flag.replace("-", "_"))
    ]
    return shlex.join([*parts, "--seed", str(arguments.seed), "--out", arguments.out])


def _write(folder: Path, contents: Contents) -> None:
    from analysis.report import findings_json, model_card, predictions_csv, render

    files = {
        "report.html": render(contents),
        "model-card.md": model_card(contents),
        "findings.json": json.dumps(findings_json(contents), ensure_ascii=False, indent=1, allow_nan=False) + "\n",
    }
    if contents.gathered.predictions is not None:
        files["predictions.csv"] = predictions_csv(contents.gathered.predictions)
    for name, text in files.items():
        try:
            # A name or text of the data may hold half of a surrogate pair.
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
        except OSError as error:
            raise UnusableInput(
                f"{folder / name} can't be written: {error.strerror}.", "Choose another folder."
            ) from error


def _print(contents: Contents, folder: Path) -> None:
    print(_line(contents.verdict.sentence))
    for line in contents.verdict.lines:
        print(f"  {MARKS[line.severity]:<8} {_line(line.title)}: {_line(line.summary)}")
    for line in contents.verdict.changes[:5]:
        if line.change:
            print(f"  → {_line(line.title)}: {_line(line.change)}")
    print(f"The report is {folder / 'report.html'}")
