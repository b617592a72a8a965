"""Large runs in the app: opening, memory, and every page's time on the server, through the real app.

``python -m benchmarks.scale [--examples N] [--classes K] [--features D] [--folder FOLDER] [--page NAME …] [--curves]``

A visitor without a browser (`benchmarks/visitor.py`) opens each page by its address in a session of its own, first in
a server that has opened the run and nothing else, then again, then with a class and with a part of a figure selected.
``--curves`` prints one table over 10³ to 10⁶ examples instead.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.storage import read_json
from benchmarks.large_runs import Size, make
from benchmarks.visitor import Server, Visit, visit

SIZES = (Size(1_000_000, 10, 8), Size(100_000, 1_000, 16))
CURVE = tuple(Size(10**power, 10, 8) for power in (3, 4, 5, 6))
PAGES = (
    "overview", "metrics", "confusions", "slices", "map", "labels", "validation", "compare", "ranking", "explain",
    "patterns", "features", "what_if", "doctor", "eyes", "verdict", "diligence", "cost", "robustness", "report",
)  # fmt: skip
#: What a page is asked for where its bare address only offers a button.
ASKED = {
    "doctor": {"fed": "use", "diagnosed": "yes"},
    "cost": {"measured": "yes"},
    "robustness": {"measured": "yes"},
}
#: What is selected, and what the columns call it.
CHOSEN = {"a class": {"true": "class 0003"}, "a range of confidence": {"part": "confidence 0.9 1.0"}}


@dataclass(frozen=True)
class Looked:
    """How one page fared.

    Attributes
    ----------
    page : str
    first, again : Visit
        Its first visit, and a second one.
    selected : tuple of Visit
        A second visit with each of `CHOSEN` selected.
    memory : dict of str to float
        As `Server.memory` has it, afterwards.
    """

    page: str
    first: Visit
    again: Visit
    selected: tuple[Visit, ...]
    memory: dict[str, float]

    @property
    def wrong(self) -> str:
        """Tracebacks, which no page should have."""
        return "; ".join(line for seen in (self.first, self.again, *self.selected) for line in seen.wrong)[:200]


def familiar(model: Path, data: Path, home: Path) -> dict[str, str]:
    """Note that this was opened before on this machine, and return the link to it."""
    os.environ["CAVEAT_HOME"] = str(home)
    from pages.shared.opening import Opening, remember, to_link

    opened = Opening(str(model), str(data))
    remember(opened)
    return to_link(opened)


def prepared(size: Size, folder: Path) -> tuple[Path, dict[str, str], float]:
    """Make a run and keep it, through the app; return its home, its link, and the seconds of the first opening."""
    model, data = make(size, folder)
    home = folder / size.name / "home"
    link = familiar(model, data, home)
    server = Server(home)
    try:
        return home, link, visit(server, "confusions", link).complete
    finally:
        server.stop()


def opening(home: Path, link: dict[str, str]) -> tuple[Visit, dict[str, float]]:
    """Open a kept run in an idle server that has opened a sample before; return how long it took, and what it holds."""
    server = Server(home)
    try:
        visit(server, "overview", {"model": "sample:breast-cancer"}, patience=60)
        server.settle()
        before = server.memory()
        return visit(server, "confusions", link), {"before": before["now"], **server.memory()}
    finally:
        server.stop()


def look(home: Path, link: dict[str, str], pages: Sequence[str], patience: float) -> Iterator[Looked]:
    """Visit pages one after the other."""
    server = Server(home)
    try:
        visit(server, "doctor", link)  # Opens, and counts nothing.
        server.settle()
        for page in pages:
            query = {**link, **ASKED.get(page, {})}
            server.forget_highest()
            first = visit(server, page, query, patience=patience)
            server.settle()  # As when somebody has read the page.
            again = visit(server, page, query, patience=patience)
            selected = []
            for chosen in CHOSEN.values():
                visit(server, page, {**query, **chosen}, patience=patience)
                selected.append(visit(server, page, {**query, **chosen}, patience=patience))
            yield Looked(page, first, again, tuple(selected), server.memory())
    finally:
        server.stop()


def table(size: Size, folder: Path, pages: Sequence[str], patience: float) -> None:
    """Print all of one size."""
    home, link, made = prepared(size, folder)
    print(f"\n### {size.examples:,} examples, {size.classes:,} classes\n")
    print(f"First opening, with whatever is not kept yet: {made:.1f} s.")
    opened, held = opening(home, link)
    print(
        f"From the kept run: first answer {opened.answered:.2f} s, its confusions {opened.complete:.2f} s; memory "
        f"{held['before']:.0f} MB before, {held['now']:.0f} MB after, at most {held['highest']:.0f} MB.\n"
    )
    with_ = " | ".join(f"with {name} selected" for name in CHOSEN)
    print(f"| page | first answer | complete | again | {with_} | sent | memory (most) | its heading |")
    print(f"|---|---|---|---|{'---|' * len(CHOSEN)}---|---|---|", flush=True)
    for seen in look(home, link, pages, patience):
        print(
            f"| {seen.page} | {seen.first.answered:.2f} s | {seen.first.complete:.1f} s "
            f"| {' | '.join(f'{1e3 * one.complete:.0f} ms' for one in (seen.again, *seen.selected))} "
            f"| {seen.again.megabytes:.2f} MB | {seen.memory['now']:.0f} ({seen.memory['highest']:.0f}) MB "
            f"| {seen.again.title[:70]} {seen.wrong} |",
            flush=True,
        )


def curves(folder: Path, pages: Sequence[str], patience: float) -> None:
    """Print a row for predicting, opening and each page, a column for each size."""
    rows: dict[str, list[str]] = {}
    for size in CURVE:
        home, link, _ = prepared(size, folder)
        predicted = sum(read_json(file)["seconds"] for file in (home / "runs").glob("*/run.json"))
        rows.setdefault("prediction", []).append(f"{predicted:.2f} s")
        opened, held = opening(home, link)
        rows.setdefault("opening from the kept run", []).append(f"{opened.complete:.2f} s")
        rows.setdefault("memory then", []).append(f"{held['now']:.0f} MB")
        for seen in look(home, link, pages, patience):
            times = f"{seen.first.complete:.1f} s, {1e3 * seen.again.complete:.0f} ms {seen.wrong}".rstrip()
            rows.setdefault(seen.page, []).append(times)
            held = seen.memory
        rows.setdefault("memory after all pages", []).append(f"{held['now']:.0f} MB")
        print(f"{size.examples:,} done", file=sys.stderr, flush=True)
    print(f"| | {' | '.join(f'{size.examples:,}' for size in CURVE)} |")
    print(f"|---|{'---|' * len(CURVE)}")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} |")


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, help="one size instead of the two that are quoted")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--folder", type=Path, help="where data and runs stay; else they are made and removed")
    parser.add_argument("--page", nargs="*", default=list(PAGES))
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for a page")
    parser.add_argument("--curves", action="store_true")
    asked = parser.parse_args(list(arguments))
    sizes = [Size(asked.examples, asked.classes, asked.features)] if asked.examples else list(SIZES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        if asked.curves:
            curves(folder, asked.page, asked.patience)
            return
        for size in sizes:
            table(size, folder, asked.page, asked.patience)


if __name__ == "__main__":
    main(sys.argv[1:])
