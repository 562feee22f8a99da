"""Tries many damaged files and tells every way to fail once: `python -m bench.fuzz`.

python -m bench.fuzz                      all kinds of files: 10,000 configs, 2,000 of each other
python -m bench.fuzz config --count 500   some of one kind
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

from bench.fuzz.mutate import mutated
from bench.fuzz.seeds import TARGETS
from bench.fuzz.trying import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.fuzz.seeds import Target
    from bench.fuzz.trying import Verdict

SEED = 12
_STEPS = 300


def campaign(
    name: str, target: Target, count: int, seed: int, root: Path
) -> tuple[Counter[str], Mapping[str, tuple[Verdict, bytes, Path]]]:
    """Try damaged files of one kind.

    Returns:
        How often each thing happened, and the first bad case of every kind with its workspace.
    """
    # a text as a seed is the same on every machine
    rng = random.Random(f"{seed} {name}")  # noqa: S311 - no secret
    places = [_written(workspace, root / str(n)) for n, workspace in enumerate(target.workspaces)]
    originals = [(place / target.path).read_bytes() for place in places]
    for place in places:
        # what is imported at first use takes its time once
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
    """A part of a text that is still bad, made smaller for as long as it pays."""
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
    """Run it; exit code 1 where anything bad was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(TARGETS))
    parser.add_argument("--count", type=int, help="of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("-v", "--verbose", action="store_true", help="with tracebacks")
    options = parser.parse_args(arguments)
    bad = 0
    for name in options.kinds or TARGETS:
        target = TARGETS[name]
        root = Path(tempfile.mkdtemp(prefix="fuzz-"))
        started = time.monotonic()
        count = options.count or target.count
        kinds, first = campaign(name, target, count, options.seed, root)
        seconds = time.monotonic() - started
        fine, refused = kinds["fine"], kinds["refused"]
        print(f"{name}: {count} tried, {fine} fine, {refused} refused, {seconds:.0f} s", flush=True)
        for kind, (verdict, data, place) in first.items():
            bad += 1

            def is_bad(
                shorter: bytes, kind: str = kind, place: Path = place, path: str = target.path
            ) -> bool:
                return _tried(shorter, place, path).kind == kind

            quick = "too long" not in kind and kind != "slow"
            found = smallest(data, is_bad) if quick else data
            print(f"  {kinds[kind]:5} times {kind} ({verdict.seconds:.2f} s)")
            print(f"          {found[:300]!r}")
            if options.verbose:
                print(verdict.text)
        shutil.rmtree(root)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
