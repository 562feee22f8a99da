"""The compiler cache of C++ stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin_api import CacheMount

if TYPE_CHECKING:
    from msbuild.plugin_api import Builder

_KEYED_BY = (
    "ccache: the preprocessed source, which holds every header, the command line and the content "
    "of the compiler; a source with `.incbin` is never cached"
)


def compiler_cache(builder: Builder) -> CacheMount:
    """The directory of ccache, which the services of a builder share."""
    return CacheMount(f"{builder.name}-ccache", "ccache", keyed_by=_KEYED_BY)
