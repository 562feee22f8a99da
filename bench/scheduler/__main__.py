"""Makespan of random graphs beside its lower bound, and milliseconds a stage.

    python -m bench.scheduler [--graphs N] [--stages N]

Exit code 1 if a schedule breaks the bound of list scheduling, or one of the two targets is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from bench.scheduler import makespan, overhead

_OPTIMA = 300


def main() -> int:
    """Print the tables and say whether the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m bench.scheduler")
    parser.add_argument("--graphs", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--stages", type=int, default=10_000, help="default: %(default)s")
    arguments = parser.parse_args()
    found = makespan.measure(arguments.graphs)
    beyond = sum(one.beyond for one in found)
    median = statistics.median(one.ratios[makespan.OURS] for one in found)
    print(f"makespan / max(longest chain, work / slots), {len(found)} graphs\n")
    print(makespan.by_way(found))
    tight = makespan.tight(found)
    print(f"the same, the {len(tight)} graphs whose two bounds are within a factor of two\n")
    print(makespan.by_way(tight))
    print(makespan.by_kind(found))
    print(makespan.beside_sharper(found))
    print(f"beyond 2 - 1/m: {beyond}\n")
    print(makespan.beside_optimum(min(_OPTIMA, arguments.graphs)))
    print(f"{arguments.stages} stages over an executor that does nothing\n")
    text, worst = overhead.table(arguments.stages)
    print(text)
    verdicts = {
        f"no schedule beyond 2 - 1/m: {beyond}": not beyond,
        f"median makespan {median:.3f} <= {makespan.TARGET} x": median <= makespan.TARGET,
        f"{worst:.3f} <= {overhead.TARGET} ms a stage": worst <= overhead.TARGET,
    }
    for told, fine in verdicts.items():
        print(f"{'ok  ' if fine else 'NOT '} {told}")
    return 0 if all(verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
