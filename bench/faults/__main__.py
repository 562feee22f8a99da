"""Kills, signals, damage and full disks at random: what comes out has to be what the sources say.

    python -m bench.faults              all of it, about an hour
    python -m bench.faults --share 0.05 a twentieth

Prints a tally, and every thing that went wrong; the exit code is 1 if there was any.
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
    "disk full": (trials.full, 40),
}
"""Each kind of trial, and how many of it there are with each wall."""

TOGETHER = 20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of all trials")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*KINDS, "at once"])
    options = parser.parse_args(arguments)
    wrong = campaign(options.share, options.seed, options.only)
    return 1 if wrong else 0


def campaign(share: float, seed: int, only: str | None = None) -> list[str]:
    """Run the trials; returns what went wrong."""
    isolations = ["directory"]
    if find_isolation().name == "bwrap":
        isolations.append("bwrap")
    else:
        print("bubblewrap is not usable here: every trial is without")
    rows, wrong = [], list[str]()
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        for isolation in isolations:
            for kind, (trial, count) in KINDS.items():
                if only in (None, kind):
                    rows.append(
                        _series(Path(directory), isolation, kind, trial, count, share, seed)
                    )
                    wrong += rows[-1][-1]
            if only in (None, "at once"):
                many = max(2, round(TOGETHER * share))
                rows.append(
                    _series(Path(directory), isolation, f"{many} at once",
                            lambda shop, dice, _, many=many: trials.together(shop, dice, many),
                            1, 1, seed)
                )  # fmt: skip
                wrong += rows[-1][-1]
    head = ("wall", "kind", "trials", "seconds each", "wrong")
    print(markdown(head, [[*row[:4], str(len(row[4]))] for row in rows]))
    for each in wrong:
        print(f"WRONG {each}")
    return wrong


def _series(  # noqa: PLR0913, PLR0917 - what a row of the table says
    directory: Path, isolation: str, kind: str, trial: Trial, count: int, share: float, seed: int
) -> tuple[str, str, str, str, list[str]]:
    shop = Shop(directory / f"{isolation}-{kind.replace(' ', '-')}", isolation)
    dice = random.Random(f"{seed} {isolation} {kind}")  # noqa: S311 - repeatable on purpose
    count = max(1, round(count * share))
    shop.check("first build")
    started = time.monotonic()
    for number in range(count):
        trial(shop, dice, number)
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
