"""Large runs in the app: opening, memory, and every page's time on the server, through the real app.

``python -m benchmarks.scale [--examples N] [--classes K] [--home FOLDER] [--page NAME …] [--pages-only]``
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.large_runs import Size, make
from benchmarks.visitor import Server, Visit, visit

SIZES = (Size(1_000_000, 10, 8), Size(100_000, 1_000, 16))
PAGES = (
    "overview", "metrics", "confusions", "slices", "map", "labels", "validation", "compare", "ranking", "explain",
    "patterns", "features", "what_if", "doctor", "eyes", "verdict", "diligence", "cost", "robustness", "report",
)  # fmt: skip
#: What a page is measured with beside its bare address.
ASKED: dict[str, dict[str, str]] = {}


def familiar(model: Path, data: Path, home: Path) -> dict[str, str]:
    """Note that this was opened before on this machine, and return its link."""
    import os

    os.environ["CAVEAT_HOME"] = str(home)
    from pages.shared.opening import Opening, remember, to_link

    opened = Opening(str(model), str(data))
    remember(opened)
    return to_link(opened)


def opening(home: Path, link: dict[str, str]) -> tuple[Visit, dict[str, float]]:
    """Open a kept run in a server that has opened something else, and return what it holds then."""
    server = Server(home)
    try:
        visit(server, "overview", {"model": "sample:breast-cancer-logistic"}, patience=60)
        before = server.memory()
        found = visit(server, "confusions", link)
        return found, {"before": before["now"], **server.memory()}
    finally:
        server.stop()


def pages(home: Path, link: dict[str, str], wanted: list[str], chosen: dict[str, str], patience: float) -> None:
    """Print a row a page: its first drawing, when it was complete, and drawn again, with and without a selection."""
    server = Server(home)
    try:
        visit(server, "doctor", link)  # Opens, and counts nothing.
        print("| page | first answer | complete | again | with a selection | sent | memory | its heading |")
        print("|---|---|---|---|---|---|---|---|")
        for page in wanted:
            query = {**link, **ASKED.get(page, {})}
            server.forget_highest()
            first, again = visit(server, page, query, patience=patience), visit(server, page, query, patience=patience)
            visit(server, page, {**query, **chosen}, patience=patience)
            selected = visit(server, page, {**query, **chosen}, patience=patience)
            wrong = "; ".join((*first.wrong, *again.wrong, *selected.wrong))
            held = server.memory()
            print(
                f"| {page} | {first.answered:.2f} s | {first.complete:.1f} s | {1e3 * again.complete:.0f} ms "
                f"| {1e3 * selected.complete:.0f} ms | {again.megabytes:.2f} MB | {held['now']:.0f} "
                f"({held['highest']:.0f}) MB "
                f"| {again.title[:70]} {wrong[:200]} |",
                flush=True,
            )
        print(f"\nMemory: {held['now']:.0f} MB, {held['own']:.0f} MB of it no file.")
    finally:
        server.stop()


def measure(size: Size, folder: Path, wanted: list[str], patience: float) -> None:
    """Print all of one size."""
    model, data = make(size, folder)
    home = folder / size.name / "home"
    link = familiar(model, data, home)
    server = Server(home)
    made = visit(server, "confusions", link)
    server.stop()
    print(f"\n### {size.examples:,} examples, {size.classes:,} classes\n")
    print(f"First opening, with whatever is not kept yet: {made.complete:.1f} s.")
    opened, held = opening(home, link)
    print(
        f"From the kept run: first answer {opened.answered:.2f} s, its confusions {opened.complete:.2f} s; memory "
        f"{held['before']:.0f} MB before, {held['now']:.0f} MB after, at most {held['highest']:.0f} MB.\n",
        flush=True,
    )
    pages(home, link, wanted, {"true": "class 0003"}, patience)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--page", nargs="*", default=list(PAGES))
    parser.add_argument("--patience", type=float, default=600.0)
    asked = parser.parse_args(arguments if arguments is not None else [])
    sizes = [Size(asked.examples, asked.classes, asked.features)] if asked.examples else list(SIZES)
    with tempfile.TemporaryDirectory() as temporary:
        for size in sizes:
            measure(size, asked.folder or Path(temporary), asked.page, asked.patience)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
