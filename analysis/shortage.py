"""Tell a shortage of memory, whichever library met it, and give back what can be given."""

from __future__ import annotations

import ctypes
import sys

from analysis.errors import UnusableInput

#: How torch, CUDA and onnxruntime say it in errors that have no type of their own.
SAID = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "failed to allocate memory",
    "bad_alloc",
    "bad allocation",
)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error, or one that it was raised from, says that memory ran short."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        # Our own sentences may quote data, which may hold these words.
        if not isinstance(error, UnusableInput) and any(words in str(error).casefold() for words in SAID):
            return True
        error = error.__cause__
    return False


def release() -> None:
    """Give cached memory back: Python's unreachable objects, and what torch keeps of a GPU's."""
    import gc

    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def give_back() -> None:
    """Return what is free to the system: of Arrow's pool and, with glibc, of every thread's own heap.

    glibc keeps a heap for each thread, and what a finished piece of work has freed in its own one stays with the
    process: after a few of them a server holds a multiple of what it uses.
    """
    if "pyarrow" in sys.modules:
        import pyarrow as pa

        pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).malloc_trim(0)
        except (OSError, AttributeError):  # Another C library: it does as it does.
            return
