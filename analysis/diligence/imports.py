"""What a pickle would import and call, read from its opcodes: nothing of it is run.

The pickle machine is followed with the stack effects that `pickletools` documents for every opcode, so that a name
which is built from strings on the stack (``STACK_GLOBAL``) is found, also through the memo.
"""

from __future__ import annotations

import io
import pickletools
from dataclasses import dataclass, field

#: More opcodes than this are not followed; real weights have some thousands.
OPCODES_CAP = 2_000_000
UNTOLD = "?"
_STRINGS = frozenset(
    ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
)
_CALLS = frozenset(("REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"))
_MARK = pickletools.markobject


@dataclass
class Disassembly:
    """What was read from one stream of bytes.

    Attributes
    ----------
    imports : set of str
        "module.name"; a part that is computed reads "?".
    calls : int
        Opcodes that call something.
    pickles : int
        Complete pickles, one behind the other.
    read : int
        Bytes that were read as opcodes.
    problem : str
        Why reading stopped before the end; empty where it did not.
    """

    imports: set[str] = field(default_factory=set)
    calls: int = 0
    pickles: int = 0
    read: int = 0
    problem: str = ""


class _Machine:
    """The stack and memo of the pickle machine, with strings kept and everything else forgotten."""

    def __init__(self, found: Disassembly) -> None:
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}
        self.found = found

    def step(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        """Follow one opcode."""
        name = opcode.name
        if name in _CALLS:
            self.found.calls += 1
        if name in ("GLOBAL", "INST"):
            self.found.imports.add(str(argument).replace(" ", ".", 1))
        elif name in ("EXT1", "EXT2", "EXT4"):
            self.found.imports.add(f"copyreg extension {argument}")
        if name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
            place = len(self.memo) if name == "MEMOIZE" else int(str(argument))
            self.memo[place] = self.stack[-1] if self.stack else None
            return
        if name in ("GET", "BINGET", "LONG_BINGET"):
            self.stack.append(self.memo.get(int(str(argument))))
            return
        if name == "DUP":
            self.stack.append(self.stack[-1] if self.stack else None)
            return
        taken = self._pop(opcode)
        if name == "STACK_GLOBAL":
            parts = [part if isinstance(part, str) else UNTOLD for part in ([None, None, *taken])[-2:]]
            self.found.imports.add(".".join(parts))
        pushed: list[object] = [_MARK if kind is _MARK else None for kind in opcode.stack_after]
        if name in _STRINGS:
            pushed = [argument.decode("latin-1") if isinstance(argument, bytes) else argument]
        self.stack.extend(pushed)

    def _pop(self, opcode: pickletools.OpcodeInfo) -> list[object]:
        before = opcode.stack_before
        on_mark = opcode.name == "POP" and bool(self.stack) and self.stack[-1] is _MARK
        if _MARK in before or on_mark:
            while self.stack and self.stack.pop() is not _MARK:
                pass
            count = before.index(_MARK) if _MARK in before else 0
        else:
            count = len(before)
        taken = self.stack[len(self.stack) - count :] if count else []
        del self.stack[len(self.stack) - len(taken) :]
        return taken


def disassemble(data: bytes) -> Disassembly:
    """Read pickles that lie one behind the other in `data`, from its first byte."""
    found, stream, opcodes = Disassembly(), io.BytesIO(data), 0
    while stream.tell() < len(data):
        machine, began = _Machine(found), stream.tell()
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                opcodes += 1
                if opcodes > OPCODES_CAP:
                    found.problem = f"has more than {OPCODES_CAP:,} opcodes"
                    return found
                machine.step(opcode, argument)
        except Exception as error:  # Hostile bytes provoke any kind.
            if found.pickles and not _looks_like(data, began):
                break  # What follows the last pickle are numbers, not opcodes.
            found.problem = f"breaks off after {stream.tell():,} bytes ({str(error)[:80]})"
            return found
        found.pickles += 1
        found.read = stream.tell()
    return found


def _looks_like(data: bytes, position: int) -> bool:
    return data[position : position + 1] == b"\x80" and data[position + 1 : position + 2] in (
        b"\2",
        b"\3",
        b"\4",
        b"\5",
    )
