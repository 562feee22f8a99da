"""The shell scripts of stages: configure, build, check and copy a program or libraries.

The scripts decide when ccache may use its direct mode. In that mode ccache does not preprocess a
source: it compares the headers that the source included last time. So it misses a new header that
is found before a known one, and a changed result of ``__has_include``. Neither can happen while no
file is added or removed, so the names of all files that a compiler can find become part of the key
of the direct mode: they are hashed into an environment variable that ccache adds to that key and to
no other, and that compilers of C and C++ ignore. When the names change, sources are preprocessed,
and an object compiled from the same text is still found.

The direct mode stays off where that is not enough: where rules may generate headers while sources
are compiled, and where flags do not spell out the include directories.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import CacheMount, quote
from msbuild_cpp.syntax import CMAKELISTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.plugin.api import Builder
    from msbuild_cpp.closure import Closure
    from msbuild_cpp.settings import Settings

# Longer lists take one line per item.
_WIDTH = 80
_NOT_STATIC = "the program needs shared libraries: find what undoes -static, or set static: false"
_OTHER_MACHINE = (
    "the program is for another machine than its image: a toolchain file or flags cross-compile"
)
# The run path of a program and of each of its shared libraries.
_RUN_PATH = "$ORIGIN/{directory};$ORIGIN"

_MISSING = "needs shared libraries of the tree that are not shipped; they are:"
_LOST = (
    "the program does not find its shared libraries beside it: leave the run path to msbuild"
    " (`CMAKE_BUILD_RPATH`, `CMAKE_BUILD_WITH_INSTALL_RPATH`, `CMAKE_SKIP_RPATH`)"
)
_BUILD = 'build="$CACHE/build"'
_FLAGS = """flags="-ffile-prefix-map='$PWD/=' -ffile-prefix-map='$build=build'\""""
_CCACHE = 'launcher=$(command -v ccache) || launcher=""'
# A compiler that reads a stand-in must fail, because the file is not in the closure.
_STAND_IN = '#error "this file is not among the service\'s inputs"'
_KEYED_BY = (
    "ccache: the preprocessed source with all its headers, the command line and the content of the "
    "compiler; not used for sources that read files which are not in preprocessed text"
)

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


def compiler_caches(builder: Builder, closure: Closure) -> tuple[CacheMount, ...]:
    """The cache of ccache, shared by the services of a builder; none where it would be wrong.

    Preprocessed text does not contain what ``.incbin``, the assembler's ``.include`` and ``#embed``
    read, so a step with such sources runs without the cache.
    """
    if closure.assembling:
        return ()
    return (CacheMount(f"{builder.name}-ccache", "ccache", keyed_by=_KEYED_BY),)


def library_directory(settings: Settings) -> str:
    """The directory next to a program in which its libraries are shipped."""
    return f"{settings.binary}.libs"


def build(
    target: str,
    project: str,
    settings: Settings,
    closure: Closure,
    *,
    plain: bool = False,
) -> str:
    """Configure the project, build one target and copy the program to ``$OUT``.

    Args:
        target: the name of the target.
        project: the directory of the top ``CMakeLists.txt``.
        settings: the settings of the service.
        closure: the closure of the target, for stand-ins.
        plain: omit what only makes the build faster.
    """
    program = quote(settings.binary)
    return "\n".join(
        [
            "set -eu",
            *_stand_ins(closure),
            *_build_directory_and_flags(closure),
            _configure(project, settings),
            *GUARD,
            *(() if plain else DIRECT_MODE),
            f'ninja -C "$build" {quote(target)}',
            "# ninja knows under which path a target has its program",
            "alias='/^  input: phony$/{n;s/^ *//p;}'",
            f'path=$(ninja -C "$build" -t query {quote(target)} | sed -n "$alias")',
            f'[ -n "$path" ] || path={quote(target)}',
            'mkdir -p "$OUT"',
            f'cp "$build/$path" "$OUT"/{program}',
            *_check_machine(program),
            *([f'strip "$OUT"/{program}'] if settings.strip else []),
            *_checks(program, settings, closure),
        ]
    )


def build_libraries(
    targets: Sequence[str],
    project: str,
    settings: Settings,
    closure: Closure,
    *,
    plain: bool = False,
) -> str:
    """Build libraries that several programs link, and keep only what ninja built.

    Each service configures again, because CMake's results depend on which files exist. A library
    that fails to build here is left to the services, which report the error.

    Args:
        targets: the names of the libraries.
        project: the directory of the top ``CMakeLists.txt``.
        settings: the settings of the project.
        closure: the closure of all of them, for stand-ins.
        plain: omit what only makes the build faster.
    """
    lists = (posixpath.join(path, CMAKELISTS) for path in closure.lists)
    stand_ins = [*lists, *closure.stand_ins]
    return "\n".join(
        [
            "set -eu",
            *_stand_ins(closure),
            *_build_directory_and_flags(closure),
            f"if {_configure(project, settings)}",
            "then",
            *GUARD,
            *(() if plain else DIRECT_MODE),
            *(f'  ninja -C "$build" {quote(target)} || true' for target in targets),
            "fi",
            *([f"rm -f {_word_list(stand_ins)}"] if stand_ins else []),
            *(
                [f"rmdir -p {_word_list(closure.empty)} 2> /dev/null || true"]
                if closure.empty
                else []
            ),
            "# ninja's logs name what it made; the rest goes",
            'mkdir -p "$build"',
            'cd "$build"',
            "touch .ninja_log",
            'kept=$(printf "%s\\n" .ninja_log .ninja_deps; cut -sf 4 .ninja_log)',
            """find . -type f | sed 's,^./,,' > "$CACHE/found\"""",
            'echo "$kept" | grep -vxFf - "$CACHE/found" > "$CACHE/drop" || true',
            """tr '\\n' '\\0' < "$CACHE/drop" | xargs -0 rm -f""",
            'rm "$CACHE/found" "$CACHE/drop"',
        ]
    )


def _build_directory_and_flags(closure: Closure) -> list[str]:
    """The build directory, flags, and the compiler cache unless its key misses files."""
    if not closure.assembling:
        return [_BUILD, _CCACHE, _FLAGS]
    named = ", ".join(closure.assembling[:3])
    comment = f"# no compiler cache: it does not see which files these have read: {named}"
    return [_BUILD, comment, 'launcher=""', _FLAGS]


def _configure(project: str, settings: Settings) -> str:
    static = ["-DCMAKE_EXE_LINKER_FLAGS_INIT=-static"]
    if not settings.static:
        places = _RUN_PATH.format(directory=library_directory(settings))
        static = ["-DCMAKE_BUILD_RPATH_USE_ORIGIN=ON", quote(f"-DCMAKE_BUILD_RPATH={places}")]
    defines = dict(settings.definitions)
    return " \\\n  ".join(
        [
            f'cmake -S {quote(project or ".")} -B "$build" -G Ninja --no-warn-unused-cli',
            *(f'"-DCMAKE_{language}_FLAGS_INIT=$flags"' for language in ("C", "CXX", "ASM")),
            *(f'"-DCMAKE_{language}_COMPILER_LAUNCHER=$launcher"' for language in ("C", "CXX")),
            *(
                quote(f"-D{name}={defines[name]}")
                for name in ("CMAKE_BUILD_TYPE", "BUILD_TESTING", "BUILD_SHARED_LIBS")
                if name in defines
            ),
            *static,
            *map(quote, settings.arguments),
            *_merged_flags(settings),
        ]
    )


def _merged_flags(settings: Settings) -> list[str]:
    """Initial flags that arguments set, appended to ours, because the last definition wins."""
    given = dict(settings.given)
    names = {f"CMAKE_{language}_FLAGS_INIT": "$flags" for language in ("C", "CXX", "ASM")}
    if settings.static:
        names["CMAKE_EXE_LINKER_FLAGS_INIT"] = "-static"
    return [
        f'"-D{name}={ours} "{quote(given[name])}' for name, ours in names.items() if name in given
    ]


def _checks(program: str, settings: Settings, closure: Closure) -> list[str]:
    """Lines that check that the program runs without the build tree."""
    if settings.static:
        return _check_static(program)
    if closure.shared:
        return _collect_shared_libraries(program, settings)
    return _refuse_shared_libraries(program)


def _collect_shared_libraries(program: str, settings: Settings) -> list[str]:
    """Lines of a script that copy the shared libraries of a program next to it.

    Args:
        program: the program's file name, quoted.
        settings: its settings.
    """
    libs = quote(library_directory(settings))
    strip = [f'strip --strip-unneeded "$OUT"/{libs}/*.so*'] if settings.strip else []
    return [
        "# shared libraries of the build and of the tree, which the image would not have",
        f'mkdir -p "$OUT"/{libs}',
        f': > "$OUT"/{libs}/.libraries',
        'needed=$(ldd "$build/$path" 2> /dev/null || true)',
        'case $needed in *"not found"*)',
        """  places=$(find "$build" "$PWD" -name '*.so*' | sed 's,/[^/]*$,,' | sort -u)""",
        """  places=$(echo "$places" | tr '\\n' ':')""",
        '  needed=$(LD_LIBRARY_PATH=$places ldd "$build/$path" || true) ;;',
        "esac",
        _each_needed(
            f'  cp -L "$file" "$OUT"/{libs}/"$name"\n  echo "$name" >> "$OUT"/{libs}/.libraries'
        ),
        *strip,
        *_check_found(program, libs),
    ]


def _refuse_shared_libraries(program: str) -> list[str]:
    """Lines of a script that fail if a program needs shared libraries of the tree."""
    return [
        'needed=$(ldd "$build/$path" 2> /dev/null || true)',
        'missing=""',
        _each_needed('  missing="$missing $name"'),
        'if [ -n "$missing" ]; then',
        f'  echo {quote(f"{program} {_MISSING}")}"$missing" >&2',
        "  exit 1",
        "fi",
    ]


def _each_needed(command: str) -> str:
    """Run a command for each library that the loader found in the build or the source tree."""
    lines = """resolved='s/^[[:space:]]*\\([^ ]*\\) => \\(.*\\) (0x.*/\\1 \\2/p'
echo "$needed" | sed -n "$resolved" > "$CACHE/needed"
while read -r name file; do
  case $file in "$build"/*|"$PWD"/*) ;; *) continue ;; esac
%s
done < "$CACHE/needed"
rm "$CACHE/needed\""""
    return lines % command


def _check_found(program: str, libs: str) -> list[str]:
    """Lines that check that the loader finds the shipped libraries, without the build tree."""
    return [
        'mv "$build" "$build.away"',
        f'found=$(ldd "$OUT"/{program} 2> /dev/null || true)',
        'mv "$build.away" "$build"',
        f"""while read -r name; do
  case $found in *"$name => $OUT"/{libs}/*) ;; *)
    echo "$name:" {quote(_LOST)} >&2
    exit 1 ;;
  esac
done < "$OUT"/{libs}/.libraries""",
        f'[ ! -s "$OUT"/{libs}/.libraries ] || rm "$OUT"/{libs}/.libraries',
    ]


def _check_machine(program: str) -> list[str]:
    """Lines that fail if a program and its image have different architectures."""
    return [
        """machine() { readelf -h "$1" | grep -E '^ *(Class|Machine):'; }""",
        f'if [ "$(machine "$OUT"/{program})" != "$(machine "$(command -v readelf)")" ]; then',
        f"  echo {quote(_OTHER_MACHINE)} >&2",
        "  exit 1",
        "fi",
    ]


def _check_static(program: str) -> list[str]:
    return [
        f'if readelf -lW "$OUT"/{program} | grep -q INTERP; then',
        f"  echo {quote(_NOT_STATIC)} >&2",
        "  exit 1",
        "fi",
    ]


def _stand_ins(closure: Closure) -> list[str]:
    lists = [posixpath.join(path, CMAKELISTS) for path in closure.lists]
    return [
        *([f"mkdir -p {_word_list(closure.empty)}"] if closure.empty else []),
        *_create_missing("# directories that are added, but not needed", lists, ': > "$file"'),
        *_create_missing(
            "# sources of targets beside, which are not built",
            closure.stand_ins,
            f"printf '%s\\n' {quote(_STAND_IN)} > \"$file\"",
        ),
    ]


def _create_missing(comment: str, files: Sequence[str], command: str) -> list[str]:
    if not files:
        return []
    return [
        comment,
        f"for file in {_word_list(files)}; do",
        '  mkdir -p "$(dirname "$file")"',
        f'  [ -e "$file" ] || {command}',
        "done",
    ]


def _word_list(words: Sequence[str]) -> str:
    line = quote(*words)
    if len(line) <= _WIDTH:
        return line
    return " \\\n    ".join(["", *map(quote, words)]).lstrip()
