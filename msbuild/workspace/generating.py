"""Writes the files that languages generate with their own tools, for ``msbuild lock``."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.plugin.api import Generates
from msbuild.state.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from msbuild.model import Workspace
    from msbuild.plugin.api import Generated, Language, Sources

_NOTE = "# Written by `msbuild lock`; commit it."
_TAIL = 5


def generated_files(
    workspace: Workspace, languages: Mapping[str, Language], sources: Sources
) -> Iterator[Generated]:
    """The files that the languages of a workspace generate."""
    for builder in workspace.builders.values():
        language = languages[builder.plugin]
        services = [each for each in workspace.services.values() if each.builder == builder.name]
        if services and isinstance(language, Generates):
            yield from language.generated_files(builder, services, sources)


def write(generated: Generated, root: Path) -> str:
    """Write one file, and return a message about the result.

    Raises:
        UnavailableError: a command failed; the file is unchanged.
    """
    missing = next((each[0] for each in generated.commands if not shutil.which(each[0])), None)
    if missing:
        return f"skipped `{generated.path}`: `{missing}` is not installed"
    lines = {
        line
        for command in generated.commands
        for environment in generated.environments
        for line in _output(command, root / generated.directory, dict(environment))
        if line.strip()
    }
    text = "\n".join([_NOTE, *filter(None, [generated.head]), *sorted(lines)]) + "\n"
    write_atomically(root / generated.path, [text.encode()], for_everybody=True)
    return f"wrote `{generated.path}`"


def _output(command: tuple[str, ...], directory: Path, environment: Mapping[str, str]) -> list[str]:
    done = subprocess.run(  # noqa: S603 - from a plugin, which runs in this process anyway
        command,
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = " / ".join(done.stderr.strip().splitlines()[-_TAIL:])
        raise UnavailableError(f"`{' '.join(command[:3])} …` failed: {tail}")
    return done.stdout.splitlines()
