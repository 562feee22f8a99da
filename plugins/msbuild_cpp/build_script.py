"""The shell scripts of stages: configure, build, check and copy a program or libraries."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import quote
from msbuild_cpp import compiler_cache, shared_libraries
from msbuild_cpp.syntax import CMAKELISTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild_cpp.closure import Closure
    from msbuild_cpp.settings import Settings

# Longer lists get a line for each item.
_WIDTH = 80
_NOT_STATIC = "the program needs shared libraries: find what undoes -static, or set static: false"
_OTHER_MACHINE = (
    "the program is for another machine than its image: a toolchain file or flags cross-compile"
)
_BUILD = 'build="$CACHE/build"'
_FLAGS = """flags="-ffile-prefix-map='$PWD/=' -ffile-prefix-map='$build=build'\""""
_CCACHE = 'launcher=$(command -v ccache) || launcher=""'
# A compiler that reads a stand-in must fail, because the file is not in the closure.
_STAND_IN = '#error "this file is not among the service\'s inputs"'


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
            *_start(closure),
            _configure(project, settings),
            *compiler_cache.GUARD,
            *(() if plain else compiler_cache.DIRECT_MODE),
            f'ninja -C "$build" {quote(target)}',
            "# ninja knows under which path a target has its program",
            "alias='/^  input: phony$/{n;s/^ *//p;}'",
            f'path=$(ninja -C "$build" -t query {quote(target)} | sed -n "$alias")',
            f'[ -n "$path" ] || path={quote(target)}',
            'mkdir -p "$OUT"',
            f'cp "$build/$path" "$OUT"/{program}',
            *_same_machine(program),
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
            *_start(closure),
            f"if {_configure(project, settings)}",
            "then",
            *compiler_cache.GUARD,
            *(() if plain else compiler_cache.DIRECT_MODE),
            *(f'  ninja -C "$build" {quote(target)} || true' for target in targets),
            "fi",
            *([f"rm -f {_listed(stand_ins)}"] if stand_ins else []),
            *([f"rmdir -p {_listed(closure.empty)} 2> /dev/null || true"] if closure.empty else []),
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


def _start(closure: Closure) -> list[str]:
    """The build directory, flags, and the compiler cache unless its key misses files."""
    if not closure.assembling:
        return [_BUILD, _CCACHE, _FLAGS]
    named = ", ".join(closure.assembling[:3])
    why = f"# no compiler cache: it does not see which files these have read: {named}"
    return [_BUILD, why, 'launcher=""', _FLAGS]


def _configure(project: str, settings: Settings) -> str:
    static = ["-DCMAKE_EXE_LINKER_FLAGS_INIT=-static"]
    if not settings.static:
        places = shared_libraries.RPATH.format(directory=shared_libraries.directory_of(settings))
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
            *_merged(settings),
        ]
    )


def _merged(settings: Settings) -> list[str]:
    """Initial flags that arguments set, appended to ours, because the last definition counts."""
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
        return _check(program)
    if closure.shared:
        return shared_libraries.collect(program, settings)
    return shared_libraries.refuse(program)


def _same_machine(program: str) -> list[str]:
    """Lines that fail if a program is for another architecture than its image."""
    return [
        """machine() { readelf -h "$1" | grep -E '^ *(Class|Machine):'; }""",
        f'if [ "$(machine "$OUT"/{program})" != "$(machine "$(command -v readelf)")" ]; then',
        f"  echo {quote(_OTHER_MACHINE)} >&2",
        "  exit 1",
        "fi",
    ]


def _check(program: str) -> list[str]:
    return [
        f'if readelf -lW "$OUT"/{program} | grep -q INTERP; then',
        f"  echo {quote(_NOT_STATIC)} >&2",
        "  exit 1",
        "fi",
    ]


def _stand_ins(closure: Closure) -> list[str]:
    lists = [posixpath.join(path, CMAKELISTS) for path in closure.lists]
    return [
        *([f"mkdir -p {_listed(closure.empty)}"] if closure.empty else []),
        *_each("# directories that are added, but not needed", lists, ': > "$file"'),
        *_each(
            "# sources of targets beside, which are not built",
            closure.stand_ins,
            f"printf '%s\\n' {quote(_STAND_IN)} > \"$file\"",
        ),
    ]


def _each(comment: str, files: Sequence[str], command: str) -> list[str]:
    if not files:
        return []
    return [
        comment,
        f"for file in {_listed(files)}; do",
        '  mkdir -p "$(dirname "$file")"',
        f'  [ -e "$file" ] || {command}',
        "done",
    ]


def _listed(words: Sequence[str]) -> str:
    line = quote(*words)
    if len(line) <= _WIDTH:
        return line
    return " \\\n    ".join(["", *map(quote, words)]).lstrip()
