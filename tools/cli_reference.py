#!/usr/bin/env python3
"""Writes docs/cli.md from the parser: `tools/cli_reference.py > docs/cli.md`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msbuild.commands.parsing import EXAMPLES, commands, make_parser

if TYPE_CHECKING:
    import argparse

HEADER = """\
# Command line

Generated from the parser by `tools/cli_reference.py`. `msbuild COMMAND --help` prints the same.
"""


def reference() -> str:
    """The page."""
    parts = [HEADER, f"```\n{EXAMPLES.strip()}\n```\n"]
    parts.extend(_section(name, parser) for name, parser in commands(make_parser()).items())
    return "\n".join(parts)


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    actions = parser._actions  # noqa: SLF001 - argparse has no public access to it
    rows = [_row(action) for action in actions if action.dest != "help"]
    table = ["| argument | meaning |", "| --- | --- |", *rows] if rows else []
    parts = [f"## `msbuild {name}`", "", parser.description or "", "", *table]
    return "\n".join([*parts, "", f"```\n{(parser.epilog or '').strip()}\n```", ""])


def _row(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
    names = ", ".join(action.option_strings)
    shown = " ".join(filter(None, (names, str(value) if action.nargs != 0 else "")))
    meaning = (action.help or "").replace("%(default)s", f"`{action.default}`")
    return f"| `{shown}` | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
