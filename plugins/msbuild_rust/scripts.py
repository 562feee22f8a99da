"""The shell scripts that call cargo."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild_rust.manifest import Target
    from msbuild_rust.settings import Call, Program

# The files of the toolchain stage, which third-party crates are compiled and linked with.
_TOOLCHAIN_FILES = (
    "find /usr /opt /lib -xdev -type f ! -path '*/share/*' -exec stat -c '%n %s %Y' {} + | sort"
)
_OF_THE_TREE = """'"package_id":"[^"]*path+file'"""
# In cargo's output directories every entry is one artifact; elsewhere every file is.
_ENTRIES = (
    r"\( -path './*/deps/*' -o -path './*/build/*' -o -path './*/.fingerprint/*' \)"
    r" -prune -print -o -type f -print"
)
_HASHES = "grep -oE -e '-[0-9a-f]{16}' | sort -u"
_DROP = "grep -vFf keep > drop || true\ntr '\\n' '\\0' < drop | xargs -0 rm -rf"
_OUTPUT_OF_PROFILE = {"bench": "release", "dev": "debug", "test": "debug"}


def build(program: Program) -> str:
    """The script that compiles a program and copies it to ``$OUT``."""
    output = _OUTPUT_OF_PROFILE.get(program.profile, program.profile)
    path = f'"$CARGO_TARGET_DIR/$target"/{quote(f"{output}/{program.binary}")}'
    return "\n".join(
        [
            *_start(program.call),
            *program.call.flags,
            cargo_build(program),
            'mkdir -p "$OUT"',
            f'cp {path} "$OUT"/{quote(program.name)}',
        ]
    )


def cargo_build(program: Program) -> str:
    """The call of cargo, the same for a service and for the shared stages it is based on."""
    manifest = posixpath.relpath(program.package.path, program.call.directory or ".")
    features = ",".join(program.features)
    return " ".join(
        [
            'cargo build --locked --offline --target "$target"',
            quote(f"--profile={program.profile}", f"--manifest-path={manifest}"),
            quote(f"--bin={program.binary}"),
            *([] if program.default_features else ["--no-default-features"]),
            *([quote(f"--features={features}")] if features else []),
            *map(quote, program.flags),
        ]
    )


def fetch(
    stand_ins: Sequence[Target], call: Call, programs: Sequence[Program], *, cached: bool
) -> str:
    """The script that creates stand-ins for sources and downloads the crates of the lock file.

    Args:
        stand_ins: the targets whose root files cargo requires.
        call: how cargo is called in the workspace.
        programs: every program of the workspace.
        cached: whether to start with the downloads of earlier runs.
    """
    libraries = [t.path for t in stand_ins if t.kind == "lib"]
    others = [t.path for t in stand_ins if t.kind != "lib"]
    more = {program.call.target for program in programs} - {call.target, ""}
    targets = "".join(f" --target {quote(target)}" for target in sorted(more))
    return "\n".join(
        [
            "set -eu",
            *_stand_ins(libraries, "//! Stands in for the source."),
            *_stand_ins(others, "//! Stands in for the source.\\nfn main() {}"),
            *_start(call)[1:],
            *(_RESTORE_CRATES if cached else ()),
            f'cargo fetch --locked --target "$target"{targets}',
            *(_STORE_CRATES if cached else ()),
        ]
    )


_RESTORE_CRATES = (
    'registry="$CARGO_HOME/registry"',
    'mkdir -p "$registry"',
    'cp -R "$CACHE/crates/." "$registry/"',
)
_STORE_CRATES = (
    "# the cache mount keeps what this lock file needs, and no more",
    'for crate in "$registry"/cache/*/*.crate; do',
    '  source="$registry/src/${crate#"$registry/cache/"}"',
    '  [ -d "${source%.crate}" ] || rm -f "$crate"',
    "done",
    'rm -rf "$CACHE/crates/index" "$CACHE/crates/cache"',
    'for part in "$registry/index" "$registry/cache"; do',
    '  [ ! -d "$part" ] || cp -R "$part" "$CACHE/crates/"',
    "done",
)


def compile_crates(
    programs: Sequence[Program], call: Call, settings: Sequence[str], *, warm: bool
) -> str:
    """The script that compiles the third-party crates of every program, and leaves nothing else.

    Cargo compares modification times to decide what is fresh, and files of a build context are old.
    So anything compiled from a stand-in must be removed before the sources arrive: only artifacts
    that cargo itself reports for third-party packages stay.

    Args:
        programs: every program of the workspace, each with its own features.
        call: how cargo is called in the workspace.
        settings: files and directories that affect how crates are compiled.
        warm: whether to start with crates that earlier runs of the same toolchain compiled.
    """
    identity = "; ".join(["rustc -vV", "env | sort", *_contents(settings, call), _TOOLCHAIN_FILES])
    report = "--message-format=json-render-diagnostics"
    return "\n".join(
        [
            *_start(call, tree=any(program.call != call for program in programs)),
            *call.flags,
            'mkdir -p "$CARGO_TARGET_DIR"',
            *((f"toolchain=$({{ {identity}; }} | sha256sum)", *_RESTORE_WARM) if warm else ()),
            "{",
            *(f"  {_called(program, call, report)}" for program in programs),
            '} > "$CARGO_TARGET_DIR/messages"',
            'cd "$CARGO_TARGET_DIR"',
            "# the hashes in the names of what was made of third-party crates",
            f"grep -v {_OF_THE_TREE} messages | {_HASHES} > keep",
            "echo CACHEDIR.TAG >> keep",
            f"find . {_ENTRIES} | {_DROP}",
            *(_STORE_WARM if warm else ()),
        ]
    )


def compile_libraries(programs: Sequence[Program], packages: Sequence[str]) -> str:
    """The script that compiles packages that programs share, with stand-ins for everything else.

    Each program is built exactly as its own service builds it, so that cargo reuses the result.
    Artifacts of stand-ins are removed, as in the stage of third-party crates. A library that
    doesn't compile here is left to the services, whose builds then report the error.

    Args:
        programs: the programs, for which cargo is called in the same directory.
        packages: the directories of the packages, from the source root.
    """
    report = "--message-format=json-render-diagnostics"
    places = [f'"$tree"{quote(f"/{package}") if package else ""}' for package in packages]
    return "\n".join(
        [
            *_start(programs[0].call, tree=True),
            *programs[0].call.flags,
            f'(cd "$CARGO_TARGET_DIR" && find . {_ENTRIES}) > "$CARGO_TARGET_DIR/before"',
            "{",
            *(f"  {cargo_build(program)} {report} || true" for program in programs),
            '} > "$CARGO_TARGET_DIR/messages"',
            'cd "$CARGO_TARGET_DIR"',
            f"printf 'path+file://%s#\\n' {' '.join(places)} > packages",
            "# the hashes in the names of what was made of these packages",
            f"grep -Ff packages messages | {_HASHES} > keep",
            f"find . {_ENTRIES} | grep -vxFf before | {_DROP}",
            "rm -f before messages packages keep drop",
        ]
    )


_RESTORE_WARM = (
    'if [ "$(cat "$CACHE/warm/toolchain" 2>/dev/null)" = "$toolchain" ]; then',
    '  cp -a "$CACHE/warm/target/." "$CARGO_TARGET_DIR/"',
    "fi",
)
_STORE_WARM = (
    'rm -rf "$CACHE/warm/toolchain" "$CACHE/warm/target"',
    'cp -a "$CARGO_TARGET_DIR" "$CACHE/warm/target"',
    'echo "$toolchain" > "$CACHE/warm/toolchain"',
)


def _contents(paths: Sequence[str], call: Call) -> list[str]:
    """A command that prints the checksums of files."""
    if not paths:
        return []
    relative = [posixpath.relpath(path, call.directory or ".") for path in paths]
    return [f"find {quote(*relative)} -type f -exec sha256sum {{}} + | sort"]


def _called(program: Program, around: Call, arguments: str) -> str:
    """The call of cargo, in a subshell if the program has settings of its own."""
    line = f"{cargo_build(program)} {arguments}"
    if program.call == around:
        return line
    steps = ['cd "$tree"', *_start(program.call), *program.call.flags, line]
    return "(\n" + "\n".join(steps) + "\n  )"


def _start(call: Call, *, tree: bool = False) -> list[str]:
    # with an explicit target, even the machine's own, flags of the program don't affect macros
    own = "$(rustc -vV | sed -n 's/^host: //p')"
    change = [f"cd {quote(call.directory)}"] if call.directory else []
    target = f"target={quote(call.target) if call.target else own}"
    root = ["tree=$(pwd -P)"] if tree or call.flags else []
    return ["set -eu", *root, *change, *call.checks, target]


def _stand_ins(paths: Sequence[str], text: str) -> list[str]:
    if not paths:
        return []
    return [
        f"for file in {quote(*paths)}; do",
        f"""  mkdir -p -- "$(dirname -- "$file")" && printf '{text}\\n' > "$file\"""",
        "done",
    ]
