"""The command line: `python -m bench.engine noop|incremental|cold|large|images`.

Each starts a Docker engine of its own, empties it, and prints one table: what is compared was
measured in the same run, in turn.
"""

from __future__ import annotations

import argparse
import sys

from bench.engine import cold, images, incremental, large, noop
from bench.engine.shop import LANGUAGES


def main() -> int:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, module, runs in (
        ("noop", noop, 10),
        ("incremental", incremental, 3),
        ("cold", cold, 3),
        ("large", large, 10),
        ("images", images, 3),
    ):
        verb = verbs.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
        verb.add_argument("--runs", type=int, default=runs, help="default: %(default)s")
        if name in ("noop", "large"):
            many = {"noop": 100, "large": 500}[name]
            verb.add_argument("--services", type=int, default=many, help="default: %(default)s")
        if name in ("cold", "incremental", "images"):
            verb.add_argument(
                "--languages",
                nargs="+",
                choices=LANGUAGES,
                default=LANGUAGES,
                metavar="LANGUAGE",
                help="whose services; default: all",
            )
        if name == "large":
            verb.add_argument("--shared", type=int, default=10, help="default: %(default)s")
    given = vars(parser.parse_args())
    module = {
        "noop": noop,
        "incremental": incremental,
        "cold": cold,
        "large": large,
        "images": images,
    }[given.pop("verb")]
    for line in module.main(**given):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
