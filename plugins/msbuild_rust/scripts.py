"""The shell scripts that call cargo."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin_api import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild_rust.settings import Program
    from msbuild_rust.targets import Target
    from msbuild_rust.workspace import CargoWorkspace

# Everything the toolchain stage brought: what third-party crates were compiled with and against.
_TOOLCHAIN_FILES = (
    "find /usr /opt /lib -xdev -type f ! -path '*/share/*' -exec stat -c '%n %s %Y' {} + | sort"
)
_OF_THE_TREE = """'"package_id":"[^"]*path+file'"""
# In the directories that cargo fills, every entry is one artifact; elsewhere, every file is.
_ENTRIES = (
    r"\( -path './*/deps/*' -o -path './*/build/*' -o -path './*/.fingerprint/*' \)"
    r" -prune -print -o -type f -print"
)
_HASHES = "grep -oE -e '-[0-9a-f]{16}' | sort -u"
_DROP = "grep -vFf keep > drop || true\ntr '\\n' '\\0' < drop | xargs -0 rm -rf"
_OUTPUT_OF_PROFILE = {"bench": "release", "dev": "debug", "test": "debug"}


def build(program: Program, workspace: CargoWorkspace) -> str:
    """Compiles a program and leaves it in ``$OUT``."""
    output = _OUTPUT_OF_PROFILE.get(program.profile, program.profile)
    path = f'"$CARGO_TARGET_DIR/$target"/{quote(f"{output}/{program.binary}")}'
    return "\n".join(
        [
            *_start(workspace, program.target),
            cargo_build(program, workspace),
            'mkdir -p "$OUT"',
            f'cp {path} "$OUT"/{quote(program.name)}',
        ]
    )


def cargo_build(program: Program, workspace: CargoWorkspace) -> str:
    """The call of cargo: the same for a service and for what it is built on."""
    manifest = posixpath.relpath(program.package.path, workspace.directory or ".")
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
    stand_ins: Sequence[Target], workspace: CargoWorkspace, target: str, *, kept: bool
) -> str:
    """Puts stand-ins where sources will be, then downloads what the lock file names.

    Args:
        stand_ins: first source files that cargo would miss.
        workspace: the workspace.
        target: the target triple; empty for the machine's own.
        kept: whether to start with what an earlier run has fetched.
    """
    libraries = [t.path for t in stand_ins if t.kind == "lib"]
    programs = [t.path for t in stand_ins if t.kind != "lib"]
    return "\n".join(
        [
            "set -eu",
            *_stand_ins(libraries, "//! Stands in for the source."),
            *_stand_ins(programs, "//! Stands in for the source.\\nfn main() {}"),
            *_start(workspace, target)[1:],
            *(_GET_KEPT_CRATES if kept else ()),
            'cargo fetch --locked --target "$target"',
            *(_KEEP_CRATES if kept else ()),
        ]
    )


_GET_KEPT_CRATES = (
    'registry="$CARGO_HOME/registry"',
    'mkdir -p "$registry"',
    'cp -R "$CACHE/crates/." "$registry/"',
)
_KEEP_CRATES = (
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
    programs: Sequence[Program],
    workspace: CargoWorkspace,
    target: str,
    settings: Sequence[str],
    *,
    warm: bool,
) -> str:
    """Compiles the third-party crates of every program, and keeps nothing else.

    Cargo compares times to decide what is fresh, and files of a build context are old. So what it
    made of a stand-in must be gone before sources come: only what cargo itself reports as made of
    a package from elsewhere stays.

    Args:
        programs: every program of the workspace, each with its own choice of features.
        workspace: the workspace.
        target: the target triple; empty for the machine's own.
        settings: files that change how crates are compiled.
        warm: whether to start with what an earlier run of the same toolchain has compiled.
    """
    relative = [posixpath.relpath(path, workspace.directory or ".") for path in settings]
    read_settings = [f"cat {quote(*relative)}"] if settings else []
    identity = "; ".join(["rustc -vV", "env | sort", *read_settings, _TOOLCHAIN_FILES])
    report = "--message-format=json-render-diagnostics"
    return "\n".join(
        [
            *_start(workspace, target),
            'mkdir -p "$CARGO_TARGET_DIR"',
            *((f"toolchain=$({{ {identity}; }} | sha256sum)", *_GET_WARM) if warm else ()),
            "{",
            *(f"  {cargo_build(program, workspace)} {report}" for program in programs),
            '} > "$CARGO_TARGET_DIR/messages"',
            'cd "$CARGO_TARGET_DIR"',
            "# the hashes in the names of what was made of third-party crates",
            f"grep -v {_OF_THE_TREE} messages | {_HASHES} > keep",
            "echo CACHEDIR.TAG >> keep",
            f"find . {_ENTRIES} | {_DROP}",
            *(_KEEP_WARM if warm else ()),
        ]
    )


def compile_libraries(
    programs: Sequence[Program], packages: Sequence[str], workspace: CargoWorkspace
) -> str:
    """Compiles packages that several programs share, with stand-ins for what is not shared.

    Each program is built as its own service builds it, so that cargo finds what it would make. What
    came of stand-ins goes, as it does among third-party crates. A library that does not compile
    beside stand-ins, or at all, is left to the services, which say what is wrong with it.

    Args:
        programs: the programs, of one target.
        packages: the directories of the packages, from the source root.
        workspace: the workspace.
    """
    report = "--message-format=json-render-diagnostics"
    places = [f'"$tree"{quote(f"/{package}") if package else ""}' for package in packages]
    return "\n".join(
        [
            "set -eu",
            "tree=$(pwd -P)",
            *_start(workspace, programs[0].target)[1:],
            f'(cd "$CARGO_TARGET_DIR" && find . {_ENTRIES}) > "$CARGO_TARGET_DIR/before"',
            "{",
            *(f"  {cargo_build(program, workspace)} {report} || true" for program in programs),
            '} > "$CARGO_TARGET_DIR/messages"',
            'cd "$CARGO_TARGET_DIR"',
            f"printf 'path+file://%s#\\n' {' '.join(places)} > packages",
            "# the hashes in the names of what was made of these packages",
            f"grep -Ff packages messages | {_HASHES} > keep",
            f"find . {_ENTRIES} | grep -vxFf before | {_DROP}",
            "rm -f before messages packages keep drop",
        ]
    )


_GET_WARM = (
    'if [ "$(cat "$CACHE/warm/toolchain" 2>/dev/null)" = "$toolchain" ]; then',
    '  cp -a "$CACHE/warm/target/." "$CARGO_TARGET_DIR/"',
    "fi",
)
_KEEP_WARM = (
    'rm -rf "$CACHE/warm/toolchain" "$CACHE/warm/target"',
    'cp -a "$CARGO_TARGET_DIR" "$CACHE/warm/target"',
    'echo "$toolchain" > "$CACHE/warm/toolchain"',
)


def _start(workspace: CargoWorkspace, target: str) -> list[str]:
    # a target named, even the machine's own, keeps flags for the program from procedural macros
    own = "$(rustc -vV | sed -n 's/^host: //p')"
    change = [f"cd {quote(workspace.directory)}"] if workspace.directory else []
    return ["set -eu", *change, f"target={quote(target) if target else own}"]


def _stand_ins(paths: Sequence[str], text: str) -> list[str]:
    if not paths:
        return []
    return [
        f"for file in {quote(*paths)}; do",
        f"""  mkdir -p -- "$(dirname -- "$file")" && printf '{text}\\n' > "$file\"""",
        "done",
    ]
