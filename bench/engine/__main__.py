"""Command line: `python -m bench.engine noop|incremental|cold|large|images`.

Each benchmark starts a private Docker engine, empties it and prints one table. The tools that it
compares run alternately, in the same run.
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
            default = {"noop": 100, "large": 500}[name]
            verb.add_argument("--services", type=int, default=default, help="default: %(default)s")
        if name in ("cold", "incremental", "images"):
            verb.add_argument(
                "--languages",
                nargs="+",
                choices=LANGUAGES,
                default=LANGUAGES,
                metavar="LANGUAGE",
                help="languages whose services are built; default: all",
            )
        if name == "large":
            verb.add_argument("--shared", type=int, default=10, help="default: %(default)s")
    arguments = vars(parser.parse_args())
    module = {
        "noop": noop,
        "incremental": incremental,
        "cold": cold,
        "large": large,
        "images": images,
    }[arguments.pop("verb")]
    for line in module.main(**arguments):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
