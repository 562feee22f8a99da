"""`msbuild export`: print a Dockerfile or a bake file that works without msbuild."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands import options

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  msbuild export gateway -o gateway.Dockerfile
  docker build -f gateway.Dockerfile SOURCE_ROOT

  msbuild export --format bake -o docker-bake.json
  docker buildx bake -f docker-bake.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="a service of the config")
    parser.add_argument(
        "--format",
        choices=("dockerfile", "bake"),
        default="dockerfile",
        help="a Dockerfile for one service, or a bake file for many; default: %(default)s",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="write to this file instead of stdout, with an ignore file next to it",
    )
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the files."""
    from msbuild.commands import exporting  # noqa: PLC0415
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.errors import UsageError  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    if arguments.format == "dockerfile" and len(arguments.services) != 1:
        raise UsageError(
            "a Dockerfile can contain only one service",
            hint="give one service, or use `--format bake`",
        )
    loaded = loading.load(find(arguments))
    services = loading.select(loaded.workspace, arguments.services)
    output: Path | None = arguments.output
    if output and output.is_dir():
        raise UsageError(f"cannot write `{output}`: is a directory", hint="give a file in it")
    if arguments.format == "bake":
        files = exporting.bake(loaded, services, output)
    else:
        files = exporting.dockerfile(loaded, services[0], output)
    if output is None:
        (text,) = files.values()
        sys.stdout.write(text)
        return 0
    for file, text in files.items():
        _write(file, text)
    return 0


def _write(file: Path, text: str) -> None:
    from msbuild.errors import UsageError  # noqa: PLC0415

    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write `{file}`: {(error.strerror or str(error)).lower()}",
            hint="give `--output` a file in an existing directory",
        ) from error
