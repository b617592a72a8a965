"""The command line: the same analysis without a browser.

Exit codes: 0 fine, 1 a blocker was found, 2 unusable input (one line on stderr says why).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from analysis.commands import COMMANDS
from analysis.errors import Cancelled, UnusableInput
from analysis.storage import home, room_in


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with one sub-command an entry of `analysis.commands.COMMANDS`."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis", description="Judge a pre-trained model on labelled data."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.summary, description=command.summary)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Libraries may neither phone anywhere nor draw over our progress line.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    parsed = build_parser().parse_args(arguments)
    try:
        with room_in(home()):
            return int(parsed.run(parsed))
    except UnusableInput as error:
        from analysis.candidates.preflight import Refused

        print(f"caveat: {_one_line(error)}", file=sys.stderr)
        return 1 if isinstance(error, Refused) else 2
    except (KeyboardInterrupt, Cancelled):
        print("caveat: stopped", file=sys.stderr)
        return 130
    except (OSError, MemoryError) as error:
        print(f"caveat: {_one_line(error) or type(error).__name__}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
