"""Memory that was needed for a while goes back to the system, rather than waiting for the next large piece of work."""

from __future__ import annotations

import ctypes
import sys


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
