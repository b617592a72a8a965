"""Peak memory in a fresh process: ``python -m analysis.diligence.cost.peak MODEL OUT TRUSTED…`` is the child."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis.diligence.cost.result import Peak

SECONDS = 180


def measure_peak(model: str | Path, *, trusted: Sequence[str] = ()) -> Peak | None:
    """Return what a fresh process needs to open a model and answer one example, or None where it failed."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "peak.json")
        environment = {**os.environ, "CAVEAT_HOME": scratch, "HF_HUB_OFFLINE": "1"}
        command = [
            sys.executable,
            "-m",
            "analysis.diligence.cost.peak",
            str(Path(model).absolute()),
            str(out),
            *trusted,
        ]
        try:
            subprocess.run(
                command,
                timeout=SECONDS,
                env=environment,
                cwd=Path(__file__).resolve().parents[3],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                check=True,
            )
            return Peak(**json.loads(out.read_text(encoding="utf-8")))
        except (subprocess.SubprocessError, OSError, ValueError, TypeError):
            return None


def _resident(name: str) -> int:
    """Return resident memory in bytes: "VmRSS" for now, "VmHWM" for the highest since `_restart`.

    Linux keeps ``ru_maxrss`` across ``exec``, so that a child begins with its parent's: it is used only elsewhere.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
    except (OSError, StopIteration, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


def _restart() -> None:
    """Let the highest resident memory begin anew, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _example(modality: str, columns: Sequence[str]) -> object:
    import io

    import numpy as np
    import pandas as pd
    from PIL import Image

    if modality == "image":
        noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
        target = io.BytesIO()
        Image.fromarray(noise).save(target, "JPEG")
        return [target.getvalue()]
    if modality == "text":
        return ["the film was good " * 30]
    return pd.DataFrame({name: [0.0] for name in columns})


def main() -> None:
    """Open, answer, and write down what it took."""
    import torch  # noqa: F401
    import transformers  # noqa: F401

    import analysis.predict  # noqa: F401
    from analysis.candidates import open_candidate

    model, out, *trusted = sys.argv[1:]
    libraries = _resident("VmRSS")
    _restart()
    candidate = open_candidate(model, trusted=trusted)
    loaded = _resident("VmRSS")
    columns = list(getattr(candidate, "columns", ()))
    candidate.predict(_example(candidate.task.modality.value, columns), candidate.pipeline)  # type: ignore[arg-type]
    Path(out).write_text(
        json.dumps({"libraries": libraries, "loaded": loaded, "peak": _resident("VmHWM")}), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
