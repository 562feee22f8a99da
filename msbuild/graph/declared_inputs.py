"""Adds to what a language finds the inputs that the config and `msbuild.lock` list."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild.graph.ignored_inputs import losses
from msbuild.sources.globs import files_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.model import Builder, Service, Workspace
    from msbuild.plugin.api import Inputs
    from msbuild.sources.tree import SourceTree

LISTED = "listed in `inputs`"
VERIFIED = "found by `msbuild verify`"


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """What is listed for one service.

    Attributes:
        files: each with who lists it, sorted.
        warnings: directories that lose files to ignore rules.
    """

    files: Mapping[str, str]
    warnings: tuple[str, ...]

    def added_to(self, inputs: Inputs) -> Inputs:
        """What a language found, and what is listed; the language's own reasons stay."""
        if not self.files and not self.warnings:
            return inputs
        files = {**self.files, **{p: why for p, why in inputs.files.items() if why != LISTED}}
        return dataclasses.replace(
            inputs,
            files={path: files[path] for path in sorted({*files, *inputs.files})},
            warnings=(*inputs.warnings, *self.warnings),
        )


def listed_for(
    service: Service, builder: Builder, verified: Sequence[str], sources: SourceTree
) -> Listed:
    """What is listed for a service.

    Args:
        service: the service.
        builder: its builder, whose inputs are those of all its services.
        verified: what `msbuild.lock` lists for the service; what is gone from there is left out.
        sources: the source tree.
    """
    reasons = dict.fromkeys(service.inputs, LISTED)
    for path in builder.inputs:
        reasons.setdefault(path, f"{LISTED} of builder `{builder.name}`")
    for path in verified:
        if sources.exists(path):
            reasons.setdefault(path, VERIFIED)
    files: dict[str, str] = {}
    for path, reason in reasons.items():
        for file in files_of(path, sources):
            files.setdefault(file, reason)
    return Listed(dict(sorted(files.items())), tuple(losses("input", reasons, sources)))


def outdated(
    verified: Mapping[str, Sequence[str]], workspace: Workspace, sources: SourceTree
) -> Iterator[str]:
    """What `msbuild.lock` lists in vain: a line for each."""
    for service, paths in verified.items():
        if service not in workspace.services:
            yield f"`msbuild.lock` lists inputs of `{service}`, which is no service"
            continue
        for path in paths:
            if not sources.exists(path):
                yield f"`msbuild.lock` lists `{path}` for `{service}`, which does not exist"
