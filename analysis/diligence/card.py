"""The model card (README.md): its YAML header and its text, read as data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from analysis.candidates.artefact import Artefact
from analysis.types import Json

#: No real card is larger; a longer one is read to here.
CARD_CAP = 2_000_000
#: A header with more aliases than this is built to exhaust memory.
ALIASES = 20
NAMES = ("README.md", "readme.md", "README.MD", "Readme.md", "README", "README.txt", "MODEL_CARD.md", "model_card.md")


@dataclass(frozen=True)
class Card:
    """A model card.

    Attributes
    ----------
    file : str
        Its name, or empty where there is none.
    header : mapping
        The YAML header, or empty.
    lines : tuple of str
        All lines of the file, header included: line 1 is ``lines[0]``.
    problem : str
        Why the header can't be read, to follow the file's name; empty where it can.
    """

    file: str = ""
    header: dict[str, Json] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    problem: str = ""

    def line_of(self, key: str) -> int:
        """Return the number of the header's line that declares `key`, or 0."""
        pattern = re.compile(rf"""["']?{re.escape(key)}["']?\s*:""", re.IGNORECASE)
        return next((n for n, line in enumerate(self.lines, 1) if pattern.match(line)), 0)

    def quote(self, key: str) -> dict[str, Json]:
        """Return where a key is declared: ``{"file", "line", "text"}``, with a list's next lines."""
        number = self.line_of(key)
        if not number:
            return {"file": self.file, "line": 0, "text": f"{key}: {self.header.get(key)!r}"[:300]}
        text = [self.lines[number - 1].strip()]
        for line in self.lines[number : number + 8]:
            if not re.match(r"\s*-\s", line) or line.strip() == "---":
                break
            text.append(line.strip())
        return {"file": self.file, "line": number, "text": " ".join(text)[:300]}

    def names(self, key: str) -> tuple[str, ...]:
        """Return a declared name or list of names as strings."""
        value = self.header.get(key)
        values = value if isinstance(value, list) else [value]
        return tuple(str(v).strip() for v in values if isinstance(v, (str, int, float)) and not isinstance(v, bool))

    @property
    def body_begins(self) -> int:
        """Position in `lines` of the first one below the header; past the end where the header never ends."""
        if not self.lines or self.lines[0].strip() != "---":
            return 0
        return next((n + 1 for n, line in enumerate(self.lines) if n and line.strip() == "---"), len(self.lines))

    @property
    def body(self) -> str:
        """Everything below the header."""
        return "\n".join(self.lines[self.body_begins :])


def read_card(artefact: Artefact) -> Card:
    """Return the model card of a folder; an empty one where there is none."""
    name = next((n for n in NAMES if artefact.has(n)), "")
    if not name or not artefact.path.is_dir():
        return Card()
    try:
        with (artefact.folder / name).open("rb") as file:
            raw = file.read(CARD_CAP)
    except OSError as error:
        return Card(name, problem=f"can't be read ({error.strerror})")
    # A byte order mark would hide the header from a reader that looks for "---".
    text = raw.decode("utf-8-sig", errors="replace")
    return parse_card(name, text)


def parse_card(name: str, text: str) -> Card:
    """Return a card from its text."""
    lines = tuple(text.splitlines())
    if not lines or lines[0].strip() != "---":
        return Card(name, {}, lines)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        return Card(name, {}, lines, "begins a YAML header that never ends")
    header, problem = _yaml("\n".join(lines[1:end]))
    return Card(name, header, lines, problem)


def _yaml(text: str) -> tuple[dict[str, Json], str]:
    import yaml

    if len(re.findall(r"(?:^|[\s\[,:-])\*\w", text)) > ALIASES:
        return {}, "has a YAML header of nested aliases, as made to exhaust memory"
    try:
        value: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark is not None else ""
        return {}, f"has a YAML header that can't be read{where}"
    except (RecursionError, ValueError, OverflowError, TypeError, AttributeError):
        return {}, "has a YAML header that can't be read"
    if value is None:
        return {}, ""
    if not isinstance(value, dict):
        return {}, "has a header that is no YAML mapping"
    return {str(k): v for k, v in value.items()}, ""
