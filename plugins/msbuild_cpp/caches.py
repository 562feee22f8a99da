"""The compiler cache of C++ stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import CacheMount

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder
    from msbuild_cpp.closure import Closure

_KEYED_BY = (
    "ccache: the preprocessed source, which holds every header, the command line and the content "
    "of the compiler; sources that have files read which that does not show go without it"
)


def compiler_caches(builder: Builder, closure: Closure) -> tuple[CacheMount, ...]:
    """The directory of ccache, which the services of a builder share; none where it would be wrong.

    The preprocessed text does not hold what ``.incbin``, ``.include`` of an assembler and
    ``#embed`` read, so with such sources the step goes without it.
    """
    if closure.assembling:
        return ()
    return (CacheMount(f"{builder.name}-ccache", "ccache", keyed_by=_KEYED_BY),)
