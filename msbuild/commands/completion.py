"""`msbuild completion`: print a completion script for a shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild completion bash > ~/.local/share/bash-completion/completions/msbuild
  msbuild completion zsh > ~/.zfunc/_msbuild
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab  # noqa: PLC0415

    from msbuild.commands.parsing import make_parser  # noqa: PLC0415

    sys.stdout.write(shtab.complete(make_parser(), arguments.shell) + "\n")
    return 0
