"""Hostile and merely strange pickles and archives. Each that ran would leave a folder behind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path


def text(module: str, name: str, argument: str) -> bytes:
    """Return a pickle of protocol 0 that calls ``module.name(argument)``."""
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


def framed(module: str, name: str, argument: str) -> bytes:
    """Return a pickle of protocol 4 that names what it calls by strings on the stack."""

    def short(value: str) -> bytes:
        return b"\x8c" + bytes([len(value)]) + value.encode()

    body = short(module) + b"\x94" + short(name) + b"\x94\x93\x94" + short(argument) + b"\x94\x85\x94R\x94."
    return b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body


def memoised(argument: str) -> bytes:
    """Return a pickle whose module and function come out of the memo, in another order than they were stored."""
    parts = b"\x8c\x05mkdir\x94\x8c\x05posix\x9400h\x01h\x00\x93"
    return b"\x80\x04" + parts + b"\x8c" + bytes([len(argument)]) + argument.encode() + b"\x85R."


def inst(argument: str) -> bytes:
    """Return a pickle that calls by the old INST opcode."""
    return f"(S'{argument}'\nios\nmkdir\n.".encode()


def obj(argument: str) -> bytes:
    """Return a pickle that calls by the old OBJ opcode."""
    return b"(cos\nmkdir\n" + f"S'{argument}'\no.".encode()


def computed(argument: str) -> bytes:
    """Return a pickle whose function's name is itself the result of a call."""
    name = b"cbuiltins\nstr\nX\x05\0\0\0mkdir\x85R"
    return b"\x80\x04\x8c\x05posix" + name + b"\x93X" + struct.pack("<I", len(argument)) + argument.encode() + b"\x85R."


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    """Return a tar archive."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def objects(payload: bytes) -> bytes:
    """Return a NumPy array of objects: its header, then a pickle."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + payload


def encrypted(data: bytes) -> bytes:
    """Return an archive whose member claims to be encrypted."""
    raw = bytearray(zipped({"data.pkl": data}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def wrong_checksum(data: bytes) -> bytes:
    """Return an archive with a checksum that Python refuses and PyTorch doesn't look at."""
    raw = bytearray(zipped({"archive/data.pkl": data}))
    raw[14] ^= 0xFF
    where = raw.index(b"PK\x01\x02") + 16
    raw[where] ^= 0xFF
    return bytes(raw)


def broken_end(data: bytes) -> bytes:
    """Return an archive without its directory."""
    raw = zipped({"archive/data.pkl": data})
    return raw[: raw.index(b"PK\x01\x02")]


Made = Callable[[str], bytes]

#: File name → its bytes, given where the folder would appear that shows it ran.
HOSTILE: dict[str, Made] = {
    "os.pkl": lambda m: text("os", "mkdir", m),
    "posix.pkl": lambda m: text("posix", "mkdir", m),
    "system.bin": lambda m: text("os", "system", f"mkdir {m}"),
    "subprocess.pt": lambda m: text("subprocess", "getoutput", f"mkdir {m}"),
    "eval.pkl": lambda m: text("builtins", "eval", f'__import__("os").mkdir("{m}")'),
    "exec2.pkl": lambda m: text("__builtin__", "exec", f'import os;os.mkdir("{m}")'),
    "framed.pth": lambda m: framed("posix", "mkdir", m),
    "memoised.ckpt": memoised,
    "inst.pkl": inst,
    "obj.pkl": obj,
    "computed.pkl": computed,
    "numpy-gadget.pkl": lambda m: text("numpy.testing._private.utils", "runstring", f'__import__("os").mkdir("{m}")'),
    "torch-load.pkl": lambda m: text("torch.storage", "_load_from_bytes", m),
    "pip.pkl": lambda m: text("pip", "main", m),
    "runpy.pkl": lambda m: text("runpy", "_run_code", m),
    "lesser-known.pkl": lambda m: text("lib2to3.pgen2.pgen", "ParserGenerator", m),
    "idle.pkl": lambda m: text("idlelib.pyshell", "main", m),
    "unheard-of.pkl": lambda m: text("vendor_helpers.startup", "hook", m),
    "joblib.joblib": lambda m: zlib.compress(text("os", "mkdir", m)),
    "gz.pkl": lambda m: gzip.compress(framed("posix", "mkdir", m)),
    "bz2.pkl": lambda m: bz2.compress(framed("posix", "mkdir", m)),
    "xz.pkl": lambda m: lzma.compress(framed("posix", "mkdir", m)),
    "torch.bin": lambda m: zipped({"archive/data.pkl": framed("posix", "mkdir", m), "archive/version": b"3\n"}),
    "deflated.pt": lambda m: zipped({"archive/data.pkl": text("os", "mkdir", m)}, zipfile.ZIP_DEFLATED),
    "renamed-member.bin": lambda m: zipped({"archive/constants.txt": framed("posix", "mkdir", m)}),
    "nested.zip": lambda m: zipped({"inner.zip": zipped({"data.pkl": framed("posix", "mkdir", m)})}),
    "wrong-checksum.bin": lambda m: wrong_checksum(framed("posix", "mkdir", m)),
    "broken-end.bin": lambda m: broken_end(framed("posix", "mkdir", m)),
    "numbers.npy": lambda m: objects(text("os", "mkdir", m).replace(b"cos", b"\x80\x02cos")),
    "numbers.npz": lambda m: zipped({"x.npy": objects(framed("posix", "mkdir", m))}),
    "weights.nemo": lambda m: tarred({"model.ckpt": text("os", "mkdir", m)}),
    "notes.json": lambda m: framed("posix", "mkdir", m),
    "model.safetensors": lambda m: framed("posix", "mkdir", m),
    "second.pkl": lambda m: pickle.dumps([1, 2]) + framed("posix", "mkdir", m),
    "cut.pkl": lambda m: framed("posix", "mkdir", m)[:-1],
    "after-zip.bin": lambda m: framed("posix", "mkdir", m) + zipped({"archive/version": b"3\n"}),
}

#: What can't be looked into: said, and never called fine.
CLOSED: dict[str, bytes] = {
    "encrypted.bin": encrypted(b"\x80\x04N."),
    "packed.7z": b"7z\xbc\xaf\x27\x1c" + bytes(64),
    "packed.joblib": b"\x04\x22\x4d\x18" + bytes(64),
    "garbage.pkl": b"\x80\x04\xff\xff\xff\xff",
    "empty.pt": b"",
    "outside.zip": zipped({"../../evil.txt": b"x"}),
    "bomb.bin": zipped({"data.pkl": b"\x80\x04" + bytes(5_000_000)}, zipfile.ZIP_DEFLATED),
    "deep.zip": (lambda d: [d := zipped({"a.zip": d}) for _ in range(8)][-1])(zipped({"x.pkl": b"\x80\x04N."})),
}


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write one file into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder
