"""Pickles: never loaded. Their imports are listed, with picklescan as a second opinion; none is ever called safe."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from analysis.candidates.checks.base import some
from analysis.diligence.base import Area, Check, Subject, blocker, caution, ok, unknown
from analysis.diligence.imports import UNTOLD, Disassembly, disassemble
from analysis.diligence.streams import Stream, streams_of
from analysis.types import Finding

#: What tensors and plain containers need to be restored, and nothing else.
USUAL = frozenset(
    (
        "collections.OrderedDict", "_codecs.encode", "builtins.set", "builtins.frozenset", "builtins.bytearray",
        "builtins.complex", "builtins.slice", "builtins.range", "copyreg._reconstructor", "builtins.object",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_qtensor", "torch._utils._rebuild_sparse_tensor",
        "torch._tensor._rebuild_from_type_v2", "torch.serialization._get_layout", "torch.device", "torch.Size",
        "torch.Tensor", "torch.nn.parameter.Parameter", "torch.storage.TypedStorage", "torch.storage.UntypedStorage",
        "numpy.ndarray", "numpy.dtype", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
        "numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy._core.numeric._frombuffer",
        "numpy.core.numeric._frombuffer",
    )
)  # fmt: skip
_STORAGES = tuple(f"torch.{kind}Storage" for kind in ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Bool"))
_STORAGES += tuple(f"torch.{kind}Storage" for kind in ("Short", "Char", "Byte", "QInt8", "QUInt8", "ComplexFloat"))
_DTYPES = tuple(f"torch.{t}" for t in ("float16", "bfloat16", "float32", "float64", "int64", "int32", "uint8", "bool"))
KNOWN = USUAL | frozenset(_STORAGES) | frozenset(_DTYPES)
#: Libraries whose classes a pickled estimator is made of; their functions are not among what it needs.
ESTIMATORS = ("sklearn.", "scipy.sparse.", "joblib.numpy_pickle.NumpyArrayWrapper")
#: picklescan lists all opcodes before it judges: larger streams are left to our own reader.
SECOND_OPINION_CAP = 8_000_000
NEVER = "Don't load it, with any library. Ask for safetensors or skops files, and ask the publisher what this is for."
CONVERT = "It still can't be called safe: ask for safetensors or skops files and leave it unopened."


def run(subject: Subject) -> Iterator[Finding]:
    """Yield one finding for each stream of pickles, and for each place that can't be looked into."""
    artefact, seen = subject.artefact, 0
    for name in artefact.files:
        path = artefact.folder / name
        if not artefact.contains(name) or not path.is_file():
            continue  # The preflight's paths check says it.
        try:
            for stream in streams_of(path, name):
                seen += 1
                yield judge(stream)
        except (OSError, MemoryError, OverflowError) as error:
            seen += 1
            yield _closed(Stream(name, problem=f"can't be read ({error})"))
    if not seen:
        yield ok("safety.pickles", "No file and no archive among them holds a pickle, whatever it is called.")


def _closed(stream: Stream) -> Finding:
    action = "Treat it as hostile: don't open it, and ask for a plain safetensors file."
    return unknown("safety.closed", f"{stream.place} {stream.problem}.", action, file=stream.place)


def judge(stream: Stream) -> Finding:
    """Return the finding about one stream."""
    if stream.problem:
        return _closed(stream)
    found = disassemble(stream.data)
    danger, error = second_opinion(stream, found)
    unusual = sorted(name for name in found.imports if not is_usual(name))
    estimator = sorted(name for name in unusual if is_estimator(name) and name not in danger)
    hostile = sorted(set(unusual) - set(estimator) | danger)
    evidence = {
        "file": stream.place,
        "imports": sorted(found.imports)[:200],
        "unusual": hostile[:200],
        "calls": found.calls,
        "picklescan": sorted(danger)[:200],
        "picklescan_failed": error,
        "read_to_end": not found.problem,
    }
    if hostile:
        also = "; picklescan finds it dangerous too" if danger else "; picklescan doesn't flag it, which proves nothing"
        broken = f" It {found.problem}, but what comes before would have run." if found.problem else ""
        summary = (
            f"{stream.place} would run {some(_told(hostile))} when loaded, which weights don't need{also}.{broken}"
        )
        return blocker("safety.pickle.hostile", summary, NEVER, **evidence)
    if found.problem or not found.pickles:
        problem = found.problem or "holds no complete pickle"
        summary = f"{stream.place} {problem}: what it would do when loaded can't be told."
        return unknown("safety.pickle.unreadable", summary, NEVER, **evidence)
    needed = sorted(found.imports)
    names = f"imports {some(needed)} and nothing else" if needed else "imports nothing"
    kind = "an estimator" if estimator else "tensors and containers"
    return caution("safety.pickle", f"{stream.place} {names}, as {kind} would.", CONVERT, **evidence)


def _told(names: list[str]) -> list[str]:
    return ["something whose name is computed" if UNTOLD in name.split(".") else name for name in names]


def is_usual(name: str) -> bool:
    """Return whether an import is one that tensors and plain containers need."""
    return name.replace("__builtin__.", "builtins.", 1) in KNOWN


def is_estimator(name: str) -> bool:
    """Return whether an import is a class of scikit-learn, as estimators are made of."""
    last = name.rpartition(".")[2]
    return name.startswith(ESTIMATORS) and (last[:1].isupper() or last.startswith("__pyx_unpickle_"))


def second_opinion(stream: Stream, found: Disassembly) -> tuple[set[str], bool]:
    """Return what picklescan calls dangerous, and whether it failed to read the stream."""
    if len(stream.data) > SECOND_OPINION_CAP or "opcodes" in found.problem:
        return set(), True
    from picklescan import scanner

    log = logging.getLogger("picklescan")
    level, log.disabled = log.level, True
    try:
        result = scanner.scan_pickle_bytes(io.BytesIO(stream.data), stream.place)
    except Exception:  # Hostile bytes provoke any kind; our own reader has its say all the same.
        return set(), True
    finally:
        log.disabled = False
        log.setLevel(level)
    dangerous = {f"{g.module}.{g.name}" for g in result.globals if g.safety is scanner.SafetyLevel.Dangerous}
    # It calls a name that it could not compute "unknown": ours says the same with a question mark.
    dangerous = {name for name in dangerous if "unknown" not in name.split(".")}
    return dangerous, bool(result.scan_err)


CHECK = Check(Area.SAFETY, "Pickles in files, archives and compressed files, and what they would import", run)
