"""Command line: `python -m bench.closures [replay | traces] LANGUAGE CHECKOUT`, and `sum`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.closures import compare, replay, traces
from bench.closures.checkout import checkout
from bench.closures.cpp import Cpp
from bench.closures.go import Go
from bench.closures.ours import Locked, load
from bench.closures.rust import Rust
from bench.closures.samples import sample
from bench.closures.sums import sums
from bench.closures.timing import times
from msbuild.errors import EXIT_INTERRUPTED, MsbuildError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.closures.model import Found, Oracle

_LANGUAGES = ("go", "rust", "cpp")
_MODES = ("replay", "traces")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a comparison. Returns 1 if something was missed or could not be compared."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["sum"]:
        parser = argparse.ArgumentParser(
            prog="python -m bench.closures sum", description=sums.__doc__
        )
        parser.add_argument("printed", nargs="+", type=Path, help="output files of comparisons")
        given = parser.parse_args(words[1:])
        print("\n".join(sums(path.read_text("utf-8") for path in given.printed)))
        return 0
    mode = words.pop(0) if words[:1] and words[0] in _MODES else ""
    given = _parser(mode).parse_args(words)
    run = {"replay": _replay, "traces": _trace}.get(mode, _compare)
    with _terminable(), tempfile.TemporaryDirectory(prefix="closures-") as place:
        try:
            return run(given, Path(place))
        except MsbuildError as error:
            print(f"not compared: {error}")
            return 1
        except KeyboardInterrupt:
            return EXIT_INTERRUPTED


@contextmanager
def _terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C: print what was found, and leave no work tree behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parser(mode: str) -> argparse.ArgumentParser:
    prog = f"python -m bench.closures {mode}".strip()
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    parser.add_argument("language", choices=_LANGUAGES)
    parser.add_argument("repository", type=Path, help="a git checkout; it is not changed")
    parser.add_argument("--revision", default="HEAD", help="default: %(default)s")
    parser.add_argument("--cmake-arg", action="append", default=[], help="as in `cmake_args`")
    parser.add_argument("--goarch", default="", help="as in a builder's `env: {GOARCH: …}`")
    cgo = "the builder option `cgo`; default: " + ("both" if mode == "traces" else "off")
    parser.add_argument("--cgo", choices=("on", "off"), help=cgo)
    parser.add_argument("--lock", action="store_true", help="run `msbuild lock` first")
    if mode == "replay":
        parser.add_argument("--commits", type=int, default=100, help="default: %(default)s")
    else:
        parser.add_argument("--programs", type=int, help="size of the sample; default: all")
        parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    if mode != "traces":
        parser.add_argument("--verbose", action="store_true", help="list extra files or changes")
    if not mode:
        parser.add_argument("--times", action="store_true", help="print how long planning takes")
    return parser


def _oracle(given: argparse.Namespace, place: Path) -> Oracle:
    if given.language == "cpp":
        return Cpp(place, given.cmake_arg)
    return Go(given.goarch, cgo=given.cgo == "on") if given.language == "go" else Rust(place)


def _compare(given: argparse.Namespace, place: Path) -> int:
    oracle = _oracle(given, place)
    with checkout(given.repository, given.revision) as at:
        everything = oracle.programs(at.tree)
        answer = oracle.ask(at.tree, sample(everything.programs, given.programs, given.seed))
        if given.lock:
            Locked().write(at.tree, answer.programs, oracle)
        if given.times:
            print(times(at.tree, answer.programs, oracle))
        found = list(compare.compare(at.tree, answer, oracle))
    _print_unread(everything)
    for name, why in answer.skipped.items():
        print(f"not compared: {name}: {why}")
    for line in compare.report(found, verbose=given.verbose):
        print(line)
    wrong = any(each.missed or each.problem for each in found)
    return int(wrong or bool(everything.unread or answer.skipped) or not found)


def _trace(given: argparse.Namespace, place: Path) -> int:
    # cgo decides which files of a package are compiled
    settings = ("off", "on") if given.language == "go" and not given.cgo else (given.cgo,)
    code = 0
    for cgo in settings:
        if len(settings) > 1:
            print(f"with cgo {cgo}:", flush=True)
        code = max(code, _trace_once(argparse.Namespace(**(vars(given) | {"cgo": cgo})), place))
        if code == EXIT_INTERRUPTED:
            break
    return code


def _trace_once(given: argparse.Namespace, place: Path) -> int:
    oracle = _oracle(given, place)
    with checkout(given.repository, given.revision) as at:
        everything = oracle.programs(at.tree)
        some = sample(everything.programs, given.programs, given.seed)
        if given.lock:
            Locked().write(at.tree, some, oracle)
        traced = traces.trace(at.tree, some, oracle)
    _print_unread(everything)
    for line in traces.report(traced):
        print(line, flush=True)
    if traced.interrupted:
        return EXIT_INTERRUPTED
    return int(not traced.is_right or not some or bool(everything.unread))


def _print_unread(found: Found) -> None:
    for name, why in found.unread.items():
        print(f"cannot be read: {name}: {why}")


def _replay(given: argparse.Namespace, place: Path) -> int:
    oracle = _oracle(given, place)
    tally = replay.Tally()
    loader = Locked().load if given.lock else load
    try:
        for step in replay.replay(given.repository, given.revision, given.commits, oracle, loader):
            tally.add(step)
            for line in replay.lines(step, verbose=given.verbose):
                print(line, flush=True)
    except KeyboardInterrupt:
        print("interrupted; results so far:")
        raise
    finally:
        for line in tally.report():
            print(line, flush=True)
    return int(bool(tally.false_negatives or tally.unread or not tally.pairs))


if __name__ == "__main__":
    sys.exit(main())
