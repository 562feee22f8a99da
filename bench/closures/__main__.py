"""The command line: `python -m bench.closures LANGUAGE CHECKOUT`, the same with `replay`, `sum`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.closures import compare, replay
from bench.closures.checkout import checkout
from bench.closures.cpp import Cpp
from bench.closures.go import Go
from bench.closures.ours import Locked, load
from bench.closures.rust import Rust
from bench.closures.sums import sums
from bench.closures.timing import times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.closures.model import Oracle

_LANGUAGES = ("go", "rust", "cpp")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a comparison. Returns 1 where a file or a change was missed."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m bench.closures", description=__doc__)
    if words[:1] == ["sum"]:
        parser.add_argument("printed", nargs="+", type=Path, help="what comparisons have printed")
        given = parser.parse_args(words[1:])
        print("\n".join(sums(path.read_text("utf-8") for path in given.printed)))
        return 0
    is_replay = words[:1] == ["replay"]
    parser.add_argument("language", choices=_LANGUAGES)
    parser.add_argument("repository", type=Path, help="a git check-out; it is left alone")
    parser.add_argument("--revision", default="HEAD", help="default: %(default)s")
    parser.add_argument(
        "--verbose", action="store_true", help="tell every extra file, every change"
    )
    parser.add_argument("--cmake-arg", action="append", default=[], help="as in `cmake_args`")
    parser.add_argument("--goarch", default="", help="as in a builder's `env: {GOARCH: …}`")
    if is_replay:
        parser.add_argument("--lock", action="store_true", help="with what `msbuild lock` writes")
        parser.add_argument("--commits", type=int, default=100, help="default: %(default)s")
    else:
        parser.add_argument("--times", action="store_true", help="tell how long plans take")
    given = parser.parse_args(words[is_replay:])
    with tempfile.TemporaryDirectory(prefix="closures-") as place:
        oracle = _oracle(given, Path(place))
        return _replay(given, oracle) if is_replay else _compare(given, oracle)


def _oracle(given: argparse.Namespace, place: Path) -> Oracle:
    if given.language == "cpp":
        return Cpp(place, given.cmake_arg)
    return Go(given.goarch) if given.language == "go" else Rust(place)


def _compare(given: argparse.Namespace, oracle: Oracle) -> int:
    with checkout(given.repository, given.revision) as place:
        answer = oracle.ask(place.tree)
        if given.times:
            print(times(place.tree, answer.programs, oracle))
        found = list(compare.compare(place.tree, answer, oracle))
    for name, why in answer.skipped.items():
        print(f"not compared: {name}: {why}")
    for line in compare.report(found, verbose=given.verbose):
        print(line)
    return int(any(each.missed or each.problem for each in found))


def _replay(given: argparse.Namespace, oracle: Oracle) -> int:
    tally = replay.Tally()
    loader = Locked().load if given.lock else load
    try:
        for step in replay.replay(given.repository, given.revision, given.commits, oracle, loader):
            tally.add(step)
            for line in replay.lines(step, verbose=given.verbose):
                print(line, flush=True)
    except KeyboardInterrupt:
        print("interrupted; so far:")
    for line in tally.report():
        print(line)
    return int(bool(tally.false_negatives))


if __name__ == "__main__":
    sys.exit(main())
