"""The stages of Rust services and their scripts: third-party crates, libraries, programs.

A stage of libraries contains libraries of several programs, compiled once. Its base is the stage of
third-party crates, or one with fewer libraries for more programs. It only saves time:
cargo recompiles whatever doesn't fit a service.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    CacheMount,
    Copy,
    Run,
    Stage,
    StageKind,
    StageRef,
    families,
    family_name,
    paths,
    quote,
    shared_name,
    toolchain_name,
)
from msbuild_rust.cargo_config import named_paths, vendored
from msbuild_rust.closure import Packaging, package_closure
from msbuild_rust.manifest import Target, targets
from msbuild_rust.needs import needs_of
from msbuild_rust.settings import call_of, cfg_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from msbuild.plugin.api import Builder, Family, Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.settings import Call, Program
    from msbuild_rust.workspace import CargoWorkspace

_CRATES_KEY = "name and version of the crate; cargo verifies the checksum in Cargo.lock"
_WARM_KEY = (
    "cargo: compiler, package id with version, features, profile and flags; it has only "
    "third-party crates, whose sources never change within a version"
)
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


def crates_stage(
    builder: Builder, workspace: CargoWorkspace, programs: Sequence[Program], sources: Sources
) -> Stage:
    """The third-party crates of a workspace, downloaded and compiled for all its programs."""
    name = shared_name(builder, "deps", workspace.directory)
    call = call_of(workspace, workspace.root, builder, sources)
    manifests: Sequence[Manifest] = tuple(workspace.packages.values())
    downloads = CacheMount(f"{name}-crates", "crates", _CRATES_KEY, sharing="locked")
    warm_crates = CacheMount(f"{name}-warm", "warm", _WARM_KEY, sharing="locked")
    missing = stand_ins(manifests, sources)
    settings = _settings_paths((call, *(program.call for program in programs)), sources)
    fetch, plain_fetch = (
        _fetch_script(missing, call, programs, cached=cached) for cached in (True, False)
    )
    compiled, plain_compiled = (
        _crates_script(programs, call, settings, warm=warm) for warm in (True, False)
    )
    return Stage(
        name=name,
        kind=StageKind.DEPENDENCIES,
        base=StageRef(toolchain_name(builder)),
        steps=(
            Copy(_shared_files(workspace, settings, sources)),
            Run(fetch, caches=(downloads,), network=True, plain=plain_fetch),
            Run(compiled, caches=(warm_crates,), plain=plain_compiled),
        ),
    )


def library_stages(
    builder: Builder, workspace: CargoWorkspace, programs: Sequence[Program], sources: Sources
) -> Iterator[Stage]:
    """The stages of a workspace's libraries, parents first.

    Args:
        builder: the builder.
        workspace: the workspace.
        programs: its programs that may share stages, for which cargo is called the same way.
        sources: the source tree.
    """
    if not programs:
        return
    packaging = Packaging(workspace, cfg_of(builder, programs[0].call, sources))
    needs = {
        program.name: frozenset(needs_of(workspace, program, sources).local)
        - {program.package.directory}
        for program in programs
    }
    bases: dict[Family | None, str] = {None: shared_name(builder, "deps", workspace.directory)}
    for number, family in enumerate(families(needs), start=1):
        bases[family] = family_name(builder, number, workspace.directory)
        outer = family.outer.common if family.outer else frozenset()
        files = {
            path
            for directory in family.common - outer
            for path in package_closure(packaging, workspace.packages[directory], sources)[0]
        }
        members = [program for program in programs if program.name in family.members]
        script = _libraries_script(members, sorted(family.common))
        yield Stage(
            name=bases[family],
            kind=StageKind.DEPENDENCIES,
            base=StageRef(bases[family.outer]),
            steps=(Copy(tuple(sorted(files))), Run(script)),
        )


def build_stage(name: str, base: str, program: Program, files: Iterable[str]) -> Stage:
    """One program, compiled from its closure.

    Args:
        name: the name of the stage.
        base: a stage of crates or libraries, which only makes it faster.
        program: the program.
        files: the files that it is compiled from.
    """
    return Stage(
        name=name,
        kind=StageKind.BUILD,
        base=StageRef(base, speed_only=True),
        steps=(Copy(tuple(files)), Run(_build_script(program))),
    )


def _shared_files(
    workspace: CargoWorkspace, settings: Iterable[str], sources: Sources
) -> tuple[str, ...]:
    """Every file that determines which crates there are and how they are compiled, sorted.

    Args:
        workspace: the workspace.
        settings: cargo's config files, and the files and directories that they name.
        sources: the source tree.
    """
    manifests = (workspace.root, *workspace.packages.values(), *workspace.outer_roots.values())
    named = (file for path in settings for file in paths.expand(path, sources))
    return tuple(sorted({workspace.lock_file, *(manifest.path for manifest in manifests), *named}))


def _settings_paths(calls: Iterable[Call], sources: Sources) -> tuple[str, ...]:
    """The config files of calls, and the files and directories that they name."""
    settings = {path for call in calls for path in call.settings}
    for config in {call.config for call in calls}:
        settings |= {*named_paths(config, sources), *vendored(config)}
    return tuple(sorted(path for path in settings if sources.exists(path)))


def stand_ins(packages: Sequence[Manifest], sources: Sources) -> tuple[Target, ...]:
    """The targets whose root files cargo requires, although nothing is compiled from them yet.

    Cargo rejects a package that has neither library nor program. In the build
    of a service the real files replace the stand-ins, as they are among its inputs; except for
    tests and the like, which only have to exist.
    """
    missing: list[Target] = []
    for package in packages:
        declared = targets(package, sources)
        missing.extend(declared)
        if package.package is not None and not any(
            target.kind in ("lib", "bin") for target in declared
        ):
            missing.append(Target("lib", package.name, package.join("src/lib.rs")))
    return tuple(missing)


def _build_script(program: Program) -> str:
    """The script that compiles a program and copies it to ``$OUT``."""
    output = _OUTPUT_OF_PROFILE.get(program.profile, program.profile)
    path = f'"$CARGO_TARGET_DIR/$target"/{quote(f"{output}/{program.binary}")}'
    return "\n".join(
        [
            *_first_lines(program.call),
            *program.call.flags,
            _cargo_build(program),
            'mkdir -p "$OUT"',
            f'cp {path} "$OUT"/{quote(program.name)}',
        ]
    )


def _cargo_build(program: Program) -> str:
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


def _fetch_script(
    missing: Sequence[Target], call: Call, programs: Sequence[Program], *, cached: bool
) -> str:
    """The script that creates stand-ins for sources and downloads the crates of the lock file.

    Args:
        missing: the targets whose root files cargo requires.
        call: how cargo is called in the workspace.
        programs: every program of the workspace.
        cached: whether to start with the downloads of earlier runs.
    """
    libraries = [target.path for target in missing if target.kind == "lib"]
    others = [target.path for target in missing if target.kind != "lib"]
    more = {program.call.target for program in programs} - {call.target, ""}
    targets = "".join(f" --target {quote(target)}" for target in sorted(more))
    return "\n".join(
        [
            "set -eu",
            *_create_files(libraries, "//! Stands in for the source."),
            *_create_files(others, "//! Stands in for the source.\\nfn main() {}"),
            *_first_lines(call)[1:],
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


def _crates_script(
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
    identity = "; ".join(["rustc -vV", "env | sort", *_checksums(settings, call), _TOOLCHAIN_FILES])
    report = "--message-format=json-render-diagnostics"
    return "\n".join(
        [
            *_first_lines(call, tree=any(program.call != call for program in programs)),
            *call.flags,
            'mkdir -p "$CARGO_TARGET_DIR"',
            *((f"toolchain=$({{ {identity}; }} | sha256sum)", *_RESTORE_WARM) if warm else ()),
            "{",
            *(f"  {_cargo_call(program, call, report)}" for program in programs),
            '} > "$CARGO_TARGET_DIR/messages"',
            'cd "$CARGO_TARGET_DIR"',
            "# the hashes in the names of what was made of third-party crates",
            f"grep -v {_OF_THE_TREE} messages | {_HASHES} > keep",
            "echo CACHEDIR.TAG >> keep",
            f"find . {_ENTRIES} | {_DROP}",
            *(_STORE_WARM if warm else ()),
        ]
    )


def _libraries_script(programs: Sequence[Program], packages: Sequence[str]) -> str:
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
            *_first_lines(programs[0].call, tree=True),
            *programs[0].call.flags,
            f'(cd "$CARGO_TARGET_DIR" && find . {_ENTRIES}) > "$CARGO_TARGET_DIR/before"',
            "{",
            *(f"  {_cargo_build(program)} {report} || true" for program in programs),
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


def _checksums(paths: Sequence[str], call: Call) -> list[str]:
    """A command that prints the checksums of files."""
    if not paths:
        return []
    relative = [posixpath.relpath(path, call.directory or ".") for path in paths]
    return [f"find {quote(*relative)} -type f -exec sha256sum {{}} + | sort"]


def _cargo_call(program: Program, around: Call, arguments: str) -> str:
    """The call of cargo, in a subshell if the program has settings of its own."""
    line = f"{_cargo_build(program)} {arguments}"
    if program.call == around:
        return line
    steps = ['cd "$tree"', *_first_lines(program.call), *program.call.flags, line]
    return "(\n" + "\n".join(steps) + "\n  )"


def _first_lines(call: Call, *, tree: bool = False) -> list[str]:
    # with an explicit target, even the machine's own, flags of the program don't affect macros
    host = "$(rustc -vV | sed -n 's/^host: //p')"
    change = [f"cd {quote(call.directory)}"] if call.directory else []
    target = f"target={quote(call.target) if call.target else host}"
    root = ["tree=$(pwd -P)"] if tree or call.flags else []
    return ["set -eu", *root, *change, *call.checks, target]


def _create_files(paths: Sequence[str], text: str) -> list[str]:
    if not paths:
        return []
    return [
        f"for file in {quote(*paths)}; do",
        f"""  mkdir -p -- "$(dirname -- "$file")" && printf '{text}\\n' > "$file\"""",
        "done",
    ]
