"""Random kills, signals, damaged files and full disks: the result must still match the sources.

    python -m bench.faults              all trials, about an hour
    python -m bench.faults --share 0.05 a twentieth

Prints a table and every failure; the exit code is 1 if there was any.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.faults import trials
from bench.faults.shop import Shop
from bench.table import markdown
from msbuild.execute.local.isolation import find_isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Trial = Callable[[Shop, random.Random, int], None]

KINDS: dict[str, tuple[Trial, int]] = {
    "SIGKILL": (trials.kill, 100),
    "signals": (trials.interrupt, 25),
    "damaged state": (trials.damage, 250),
    "disk full": (trials.fill_disk, 40),
}
"""The kinds of trials, and the number of trials of each with each isolation."""

PARALLEL_RUNS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials to run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*KINDS, "in parallel"])
    options = parser.parse_args(arguments)
    wrong = campaign(options.share, options.seed, options.only)
    return 1 if wrong else 0


def campaign(share: float, seed: int, only: str | None = None) -> list[str]:
    """Run the trials. Returns the failures."""
    isolations = ["directory"]
    if find_isolation().name == "bwrap":
        isolations.append("bwrap")
    else:
        print("bubblewrap is not usable here: all trials use the `directory` isolation")
    rows, wrong = [], list[str]()
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        for isolation in isolations:
            for kind, (trial, count) in KINDS.items():
                if only in (None, kind):
                    rows.append(
                        _series(Path(directory), isolation, kind, trial, count, share, seed)
                    )
                    wrong += rows[-1][-1]
            if only in (None, "in parallel"):
                many = max(2, round(PARALLEL_RUNS * share))
                rows.append(
                    _series(Path(directory), isolation, f"{many} in parallel",
                            lambda shop, rng, _, many=many: trials.run_in_parallel(shop, rng, many),
                            1, 1, seed)
                )  # fmt: skip
                wrong += rows[-1][-1]
    head = ("isolation", "kind", "trials", "seconds each", "wrong")
    print(markdown(head, [[*row[:4], str(len(row[4]))] for row in rows]))
    for each in wrong:
        print(f"WRONG {each}")
    return wrong


def _series(  # noqa: PLR0913, PLR0917 - the columns of a row
    directory: Path, isolation: str, kind: str, trial: Trial, count: int, share: float, seed: int
) -> tuple[str, str, str, str, list[str]]:
    shop = Shop(directory / f"{isolation}-{kind.replace(' ', '-')}", isolation)
    rng = random.Random(f"{seed} {isolation} {kind}")  # noqa: S311 - repeatable on purpose
    count = max(1, round(count * share))
    shop.check("first build")
    started = time.monotonic()
    for number in range(count):
        trial(shop, rng, number)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{isolation} {kind} {number + 1}/{count}, {len(shop.wrong)} wrong ")
    seconds = (time.monotonic() - started) / count
    trials.clean(shop)
    return (
        isolation,
        kind,
        str(count),
        f"{seconds:.1f}",
        [f"[{isolation}] {each}" for each in shop.wrong],
    )


if __name__ == "__main__":
    sys.exit(main())
