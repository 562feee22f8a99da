"""Shared libraries of the tree that a program needs at run time: they are shipped next to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild.plugin.api import quote
from msbuild_cpp.project import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.plugin.api import Service, Sources
    from msbuild_cpp.project import Project, Target
    from msbuild_cpp.settings import Settings

_SHARED = re.compile(r"\.so(?:\.[\d.]+)?\Z")
_OPENS = re.compile(r"\bdlopen\s*\(")
_STATIC = frozenset({"STATIC", "OBJECT", "INTERFACE"})
# The run path of the program and of each library.
RPATH = "$ORIGIN/{directory};$ORIGIN"

_MISSING = "needs shared libraries of the tree that are not shipped; they are:"
_LOST = (
    "the program does not find its shared libraries beside it: leave the run path to msbuild"
    " (`CMAKE_BUILD_RPATH`, `CMAKE_BUILD_WITH_INSTALL_RPATH`, `CMAKE_SKIP_RPATH`)"
)


def directory_of(settings: Settings) -> str:
    """The directory next to a program in which its libraries are shipped."""
    return f"{settings.binary}.libs"


def shared_among(targets: Iterable[Target]) -> Iterator[str]:
    """The libraries of the tree that a program may need at run time.

    Args:
        targets: the targets that the program is built from.
    """
    for target in targets:
        if target.kind == "library" and not target.library_types & _STATIC:
            yield target.name
        yield from (path for path in target.sources if _SHARED.search(path))


def warnings_of(
    service: Service, program: Target, project: Project, settings: Settings, sources: Sources
) -> tuple[str, ...]:
    """Warnings about libraries that may be missing at run time."""
    warnings: list[str] = []
    if not settings.static and service.runtime.base == "scratch":
        warnings.append(
            f"`{service.name}` is not linked statically, and its image has no C library:"
            " set `runtime.base`, or `static: true`"
        )
    modules = [target for target in project.targets.values() if "MODULE" in target.library_types]
    if modules and any(
        _opens(target, sources) for target in reach([program], project).targets.values()
    ):
        names = ", ".join(f"`{target.name}` ({target.defined_at})" for target in modules)
        warnings.append(f"`{service.name}` may load modules that are not in its image: {names}")
    return tuple(warnings)


def collect(program: str, settings: Settings) -> list[str]:
    """Lines of a script that copy the shared libraries of a program next to it.

    Args:
        program: the program's file name, quoted.
        settings: its settings.
    """
    libs = quote(directory_of(settings))
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


def refuse(program: str) -> list[str]:
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


def _opens(target: Target, sources: Sources) -> bool:
    return any(
        sources.scan(path, _opens_modules)
        for path in target.sources
        if path.endswith((".c", ".cc", ".cpp", ".cxx")) and sources.exists(path)
    )


def _opens_modules(text: str) -> bool:
    return bool(_OPENS.search(text))
