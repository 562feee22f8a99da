"""Compares makespans of random graphs with their lower bound, and measures the overhead.

    python -m bench.scheduler [--graphs N] [--stages N]

Exits with 1 if a schedule exceeds the bound of list scheduling or a target is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from bench.scheduler import makespan, overhead

_OPTIMA = 300


def main() -> int:
    """Print the tables and whether the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m bench.scheduler")
    parser.add_argument("--graphs", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--stages", type=int, default=10_000, help="default: %(default)s")
    arguments = parser.parse_args()
    measured = makespan.measure(arguments.graphs)
    over = sum(one.exceeds_bound for one in measured)
    median = statistics.median(one.ratios[makespan.OURS] for one in measured)
    print(f"makespan / max(longest chain, work / slots), {len(measured)} graphs\n")
    print(makespan.by_order(measured))
    tight = makespan.tight(measured)
    print(f"the same for the {len(tight)} graphs whose two bounds are within a factor of two\n")
    print(makespan.by_order(tight))
    print(makespan.by_kind(measured))
    print(makespan.against_sharper_bound(measured))
    print(f"schedules over 2 - 1/m: {over}\n")
    print(makespan.against_optimum(min(_OPTIMA, arguments.graphs)))
    print(f"{arguments.stages} stages on an executor that does nothing\n")
    text, worst = overhead.table(arguments.stages)
    print(text)
    checks = {
        f"no schedule over 2 - 1/m: {over}": not over,
        f"median makespan {median:.3f} <= {makespan.TARGET} x": median <= makespan.TARGET,
        f"{worst:.3f} <= {overhead.TARGET} ms per stage": worst <= overhead.TARGET,
    }
    for text, passed in checks.items():
        print(f"{'ok    ' if passed else 'MISSED'} {text}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
