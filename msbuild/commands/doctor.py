"""`msbuild doctor`: check the engine, the disk and the certificates."""

from __future__ import annotations

import platform
import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands import options
from msbuild.errors import EXIT_ENVIRONMENT, EXIT_OK, MsbuildError, UnavailableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

EXAMPLES = """\
examples:
  msbuild doctor              one line per check; exit code 3 if one fails
"""
_GIB = 1 << 30
_ENOUGH_GIB = 5
_TOOLCHAINS = ("go", "cargo", "g++", "cmake")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each check."""
    checks: dict[str, Callable[[], str]] = {
        "python": platform.python_version,
        "engine": lambda: _engine(options.run_options(arguments).executor),
        "host": _host,
        "disk": _disk,
        "config": lambda: _config(arguments),
        "ca bundle": lambda: _certificates(arguments),
    }
    healthy = True
    for name, check in checks.items():
        try:
            sys.stdout.write(f"ok    {name:10} {check()}\n")
        except MsbuildError as error:
            healthy = False
            text = error.render().replace("\n", f"\n{'':17}")
            sys.stdout.write(f"FAIL  {name:10} {text}\n")
    for line in _toolchains():
        sys.stdout.write(f"      {line}\n")
    return EXIT_OK if healthy else EXIT_ENVIRONMENT


def _engine(wanted: str) -> str:
    from msbuild.execute.docker import make  # noqa: PLC0415

    with closing(make(ca_bundle=None, sources=None)) as executor:
        try:
            return executor.describe()
        except UnavailableError as error:
            if wanted != "auto":
                raise
            return f"none available ({error.message}); builds run on this host"


def _host() -> str:
    from msbuild.execute.local import make  # noqa: PLC0415

    return make(ca_bundle=None, sources=None).describe()


def _disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free / _GIB
    text = f"{free:.0f} GiB free here"
    if free < _ENOUGH_GIB:
        raise MsbuildError(
            f"only {text}", hint="toolchain stages take gigabytes: run `msbuild prune`"
        )
    return text


def _config(arguments: argparse.Namespace) -> str:
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.report.text import counted  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    workspace = loading.load(find(arguments.file)).workspace
    return f"{workspace.file.name}: {counted(len(workspace.services), 'service')}"


def _certificates(arguments: argparse.Namespace) -> str:
    from msbuild.commands.workspace import find  # noqa: PLC0415
    from msbuild.execute.certificates import ca_bundle  # noqa: PLC0415
    from msbuild.workspace import loading  # noqa: PLC0415

    bundle = ca_bundle(loading.load(find(arguments.file)).workspace)
    return str(bundle) if bundle else "none; downloads use the certificates of the images"


def _toolchains() -> Iterator[str]:
    for tool in _TOOLCHAINS:
        where = shutil.which(tool)
        yield f"{tool:10} {where or 'not on this host; only local builds need it'}"
