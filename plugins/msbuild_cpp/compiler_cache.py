"""The compiler cache of C++ stages, and when ccache may use its direct mode.

In direct mode ccache does not preprocess a source: it compares the headers that the source included
last time. So it misses a new header that is found before a known one, and a changed answer of
``__has_include``. Neither can happen while no file is added or removed, so the names of all files
that a compiler can find become part of the key of the direct mode: they are hashed into an
environment variable that ccache adds to that key and to no other, and that compilers of C and C++
ignore. When the names change, sources are preprocessed, and an object compiled from the same text
is still found.

The direct mode stays off where that is not enough: where rules may generate headers while sources
are compiled, and where flags do not spell out the include directories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import CacheMount

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder
    from msbuild_cpp.closure import Closure

GUARD = r"""
# what these flags have compilers read is no part of the key, or not in every release
unseen='-f(profile|auto-profile|branch-prob|plugin|module|sanitize-[a-z]*list)|-specs|-wrapper'
unseen="$unseen|-Wa,|-Xassembler| -B|--sysroot|-fthinlto-index"
if grep -Eq "^  (FLAGS|INCLUDES) = .*($unseen)" "$build/build.ninja"; then
  export CCACHE_DISABLE=1
fi""".strip().splitlines()
"""Lines of a script that turn ccache off where its key misses files that compilers read."""

DIRECT_MODE = r"""
# ccache goes by the headers of last time only while there are the same files to include
unclear=$(sed -nf - "$build/build.ninja" "$build/CMakeFiles/rules.ninja" <<'END'
/^build .*: CUSTOM_COMMAND/{
  /\/\(edit_cache\|rebuild_cache\|install\(\/[a-z]*\)\?\|list_install_components\)\.util:/!p
}
/^  \(PRE_LINK\|POST_BUILD\) = [^:]/p
s/-ffile-prefix-map='[^']*'//g
/^  \(FLAGS\|INCLUDES\) = .*\(["'$;@\]\|\.\.\)/p
/^  command = .* -\(I\|i[a-z]\)/p
END
) || unclear=all
if [ -z "$unclear${CPATH-}${C_INCLUDE_PATH-}${CPLUS_INCLUDE_PATH-}" ]; then
  places=$(
    printf '%s\n' . "$build"
    sed -n 's/^set(CMAKE_CX*_IMPLICIT_INCLUDE_DIRECTORIES "\(.*\)")$/\1/p' \
      "$build"/CMakeFiles/[0-9]*/CMakeC*Compiler.cmake | tr ';' '\n'
    sed -n "s/-ffile-prefix-map='[^']*'//g;s/^  \(FLAGS\|INCLUDES\) = //p" "$build/build.ninja" |
      tr ' ' '\n' | sed -n 's,^[^/]*/,/,p'
  )
  OBJC_INCLUDE_PATH=$(echo "$places" | sort -u | tr '\n' '\0' |
    xargs -0 -I{} find -L {} 2> /dev/null | LC_ALL=C sort -u | sha256sum)
  export OBJC_INCLUDE_PATH
  unset CCACHE_NODIRECT
fi""".strip().splitlines()
"""Lines of a script, between configuring and building, that turn the direct mode on if possible."""


_KEYED_BY = (
    "ccache: the preprocessed source with all its headers, the command line and the content of the "
    "compiler; not used for sources that read files which are not in preprocessed text"
)


def compiler_caches(builder: Builder, closure: Closure) -> tuple[CacheMount, ...]:
    """The cache of ccache, shared by the services of a builder; none where it would be wrong.

    Preprocessed text does not contain what ``.incbin``, the assembler's ``.include`` and ``#embed``
    read, so a step with such sources runs without the cache.
    """
    if closure.assembling:
        return ()
    return (CacheMount(f"{builder.name}-ccache", "ccache", keyed_by=_KEYED_BY),)
