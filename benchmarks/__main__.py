"""Print the benchmarks' tables: ``python -m benchmarks [NAME …]``; see ``benchmarks/README.md``."""

from __future__ import annotations

import importlib
import sys

#: Benchmark → its module; each has a ``main()`` that prints one Markdown table.
BENCHMARKS = {
    "ratios": "benchmarks.ratios",
    "prediction": "benchmarks.prediction",
    "doctor": "benchmarks.doctor",
    "false-alarms": "benchmarks.false_alarms",
    "explainers": "benchmarks.explainers",
    "text-network": "benchmarks.text_network",
    "doctor-grid": "benchmarks.doctor_grid",
    "million-rows": "benchmarks.million_rows",
    "report-size": "benchmarks.report_size",
    "cold-start": "benchmarks.cold_start",
    "ground-truth": "benchmarks.ground_truth",
    "planted-slices": "benchmarks.planted_slices",
    "planted-label-errors": "benchmarks.planted_label_errors",
    "planted-leaks": "benchmarks.planted_leaks",
    "planted-strangers": "benchmarks.planted_strangers",
    "planted-causes": "benchmarks.planted_causes",
    "interval-coverage": "benchmarks.interval_coverage",
    "null-comparisons": "benchmarks.null_comparisons",
    "engines": "benchmarks.engines",
    "mutations": "benchmarks.mutations",
    "scale": "benchmarks.scale",
}


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(BENCHMARKS[name]).main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
