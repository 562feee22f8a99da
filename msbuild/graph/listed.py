"""Adds to what a language finds the inputs that the config and `msbuild.lock` list."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild.globs import files_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.model import Builder, Service, Workspace
    from msbuild.plugin_api import Inputs
    from msbuild.sources import SourceTree

LISTED = "listed in `inputs`"
VERIFIED = "found by `msbuild verify`"


def listed_inputs(
    service: Service, builder: Builder, verified: Sequence[str], sources: SourceTree
) -> Mapping[str, str]:
    """The paths and globs that are listed for a service, each with by whom.

    Args:
        service: the service.
        builder: its builder, whose inputs are those of all its services.
        verified: what `msbuild.lock` lists for the service; what is gone from there is left out.
        sources: the source tree.
    """
    found = dict.fromkeys(service.inputs, LISTED)
    for path in builder.inputs:
        found.setdefault(path, f"{LISTED} of builder `{builder.name}`")
    for path in verified:
        if sources.exists(path):
            found.setdefault(path, VERIFIED)
    return found


def with_listed(inputs: Inputs, listed: Mapping[str, str], sources: SourceTree) -> Inputs:
    """What a language found, and the files that are listed.

    Args:
        inputs: what the language found; its reasons stay.
        listed: paths and globs, each with the reason.
        sources: the source tree.
    """
    if not listed:
        return inputs
    files = dict(inputs.files)
    for path, reason in listed.items():
        for file in files_of(path, sources):
            files.setdefault(file, reason)
    return dataclasses.replace(inputs, files=dict(sorted(files.items())))


def outdated(
    verified: Mapping[str, Sequence[str]], workspace: Workspace, sources: SourceTree
) -> Iterator[str]:
    """What `msbuild.lock` lists in vain: a line for each."""
    for service, paths in verified.items():
        if service not in workspace.services:
            yield f"`msbuild.lock` lists inputs of `{service}`, and there is no such service"
            continue
        for path in paths:
            if not sources.exists(path):
                yield f"`msbuild.lock` lists `{path}` as an input of `{service}`, and it is gone"
