"""The errors that a person is meant to read."""

from __future__ import annotations


class UnusableInput(Exception):
    """Something that was handed to Caveat can't be used; the command line exits 2.

    Parameters
    ----------
    what : str
        What is wrong and in which file or row: one plain sentence.
    action : str
        What to do about it: one plain sentence, or empty.
    """

    def __init__(self, what: str, action: str = "") -> None:
        super().__init__(f"{what} {action}".strip())
        self.what = what
        self.action = action


class LabelsMissing(UnusableInput):
    """Data hold nothing that could be their labels; all else about them may be sound, so they can do without."""


class Cancelled(Exception):
    """The person asked for long work to stop; what was finished is kept."""
