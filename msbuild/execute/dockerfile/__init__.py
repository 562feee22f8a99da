"""Renders stages as Dockerfiles: for BuildKit, and for `msbuild export`."""

from msbuild.execute.dockerfile.instructions import to_text
from msbuild.execute.dockerfile.layout import (
    CA_IN_CONTEXT,
    EXECUTED,
    EXPORTED,
    Layout,
    context_paths,
    ignore_file,
)
from msbuild.execute.dockerfile.render import (
    base_image,
    group_line,
    passwd_line,
    render,
    render_instructions,
)

__all__ = [
    "CA_IN_CONTEXT",
    "EXECUTED",
    "EXPORTED",
    "Layout",
    "base_image",
    "context_paths",
    "group_line",
    "ignore_file",
    "passwd_line",
    "render",
    "render_instructions",
    "to_text",
]
