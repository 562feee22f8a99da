"""Tries many mutated files and reports every kind of failure once.

python -m bench.fuzz                      10,000 configs, up to 2,000 of each other kind
python -m bench.fuzz config --count 500   500 files of one kind
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.fuzz.attempts import attempt
from bench.fuzz.mutate import mutated
from bench.fuzz.seeds import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.fuzz.attempts import Verdict
    from bench.fuzz.seeds import Target

SEED = 12
_STEPS = 300


def campaign(
    name: str, target: Target, count: int, seed: int, root: Path
) -> tuple[Counter[str], Mapping[str, tuple[Verdict, bytes, Path]]]:
    """Try mutated files of one kind.

    Returns:
        How often each outcome occurred, and the first bad case of every kind with its workspace.
    """
    # a string seeds the same on every machine
    rng = random.Random(f"{seed} {name}")  # noqa: S311 - no secret
    places = [_written(workspace, root / str(n)) for n, workspace in enumerate(target.workspaces)]
    originals = [(place / target.path).read_bytes() for place in places]
    for place in places:
        # the first use imports modules and would count as slow
        attempt(place)
    kinds: Counter[str] = Counter()
    first: dict[str, tuple[Verdict, bytes, Path]] = {}
    for _ in range(count):
        number = rng.choice((0, 0, *range(len(places))))
        data = mutated(originals[number], rng, originals)
        verdict = _tried(data, places[number], target.path)
        kinds[verdict.kind] += 1
        if verdict.bad and verdict.kind not in first:
            first[verdict.kind] = (verdict, data, places[number])
    for place, original in zip(places, originals, strict=True):
        (place / target.path).write_bytes(original)
    return kinds, first


def smallest(data: bytes, is_bad: Callable[[bytes], bool]) -> bytes:
    """Shrink a text while it stays bad; stops after a number of steps."""
    size, steps = max(len(data) // 2, 1), 0
    while size and steps < _STEPS:
        at = 0
        while at < len(data) and steps < _STEPS:
            shorter = data[:at] + data[at + size :]
            steps += 1
            if is_bad(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def _written(workspace: Mapping[str, str], root: Path) -> Path:
    for path, text in workspace.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def _tried(data: bytes, place: Path, path: str) -> Verdict:
    (place / path).write_bytes(data)
    return attempt(place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaigns. Exit code 1 if anything bad was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(TARGETS))
    parser.add_argument("--count", type=int, help="number of files of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("-v", "--verbose", action="store_true", help="print tracebacks")
    options = parser.parse_args(arguments)
    bad = 0
    for name in options.kinds or TARGETS:
        target = TARGETS[name]
        root = Path(tempfile.mkdtemp(prefix="fuzz-"))
        started = time.monotonic()
        count = options.count or target.count
        kinds, first = campaign(name, target, count, options.seed, root)
        seconds = time.monotonic() - started
        accepted, rejected = kinds["accepted"], kinds["rejected"]
        print(
            f"{name}: {count} tried, {accepted} accepted, {rejected} rejected, {seconds:.0f} s",
            flush=True,
        )
        for kind, (verdict, data, place) in first.items():
            bad += 1

            def is_bad(
                shorter: bytes, kind: str = kind, place: Path = place, path: str = target.path
            ) -> bool:
                return _tried(shorter, place, path).kind == kind

            quick = "timeout" not in kind and kind != "slow"
            found = smallest(data, is_bad) if quick else data
            print(f"  {kinds[kind]:5} x {kind} ({verdict.seconds:.2f} s)")
            print(f"          {found[:300]!r}")
            if options.verbose:
                print(verdict.text)
        shutil.rmtree(root)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
