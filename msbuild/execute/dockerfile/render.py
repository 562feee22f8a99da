"""Renders stages as the instructions of a Dockerfile. Pure: equal stages produce equal bytes."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.execute.certificates import CA_VARIABLES, CERTIFICATES
from msbuild.execute.dockerfile import layout as at
from msbuild.execute.dockerfile.instructions import (
    Instruction,
    copy,
    copy_arguments,
    exec_form,
    exports,
    from_image,
    from_stage,
    heredoc,
    is_word,
    run,
    run_as_written,
    to_text,
    word,
    workdir,
)
from msbuild.execute.dockerfile.layout import OUT, copies_directory, fold
from msbuild.model import (
    SCRATCH,
    AddUser,
    CacheMount,
    Certificates,
    Copy,
    CopyArtifact,
    ImageRef,
    Packages,
    Run,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.execute.dockerfile.layout import Layout
    from msbuild.model import Runtime, Stage, User

# Official images that have a shell, by the last part of their name.
_WITH_SHELL = {"alpine", "almalinux", "busybox", "debian", "fedora", "rockylinux", "ubuntu"}


def render(stages: Sequence[Stage], *, pins: Mapping[str, str], layout: Layout) -> str:
    """The text of the Dockerfile of ``stages``; see ``render_instructions``."""
    return to_text(render_instructions(stages, pins=pins, layout=layout))


def render_instructions(
    stages: Sequence[Stage], *, pins: Mapping[str, str], layout: Layout
) -> Sequence[Instruction]:
    """The Dockerfile of ``stages``, parents first; it builds the last one.

    Args:
        stages: a stage may only refer to earlier ones.
        pins: the exact image of each reference; local images without a digest keep their name.
        layout: how the text refers to its context.
    """
    images = {
        stage.name: base_image(stage, pins) for stage in stages if isinstance(stage.base, ImageRef)
    }
    families = _families(stages)
    unwritten = _unwritten(stages)
    context = frozenset(path for stage in stages for path in stage.files)
    return [
        instruction
        for stage in stages
        for instruction in _stage(
            stage,
            images.get(stage.name),
            _Scope(families, context, layout, unwritten[stage.name]),
        )
    ]


def base_image(stage: Stage, pins: Mapping[str, str]) -> str:
    """The operand of ``FROM`` in a stage whose base is an image."""
    assert isinstance(stage.base, ImageRef)  # noqa: S101 - for the type checker
    pin = pins.get(stage.base.reference, "")
    return pin if "@" in pin else stage.base.reference


def _families(stages: Sequence[Stage]) -> dict[str, str]:
    """The base image at the root of each stage."""
    families: dict[str, str] = {}
    for stage in stages:
        base = stage.base
        families[stage.name] = (
            base.reference if isinstance(base, ImageRef) else families[base.stage]
        )
    return families


@dataclass(frozen=True, slots=True)
class _Scope:
    """The context in which the instructions of a stage are rendered.

    Attributes:
        families: the base image at the root of each stage.
        context: all files copied by any stage.
        layout: how the text refers to them.
        unwritten: variables of the stage, including inherited ones, that ``ENV`` cannot represent.
    """

    families: Mapping[str, str]
    context: frozenset[str]
    layout: Layout
    unwritten: Mapping[str, str]


def _unwritten(stages: Sequence[Stage]) -> dict[str, dict[str, str]]:
    """The variables with line breaks of each stage, which every script has to set itself."""
    found: dict[str, dict[str, str]] = {}
    for stage in stages:
        inherited = {} if isinstance(stage.base, ImageRef) else found[stage.base.stage]
        own = {name: value for name, value in stage.env if not is_word(value)}
        rest = {name: value for name, value in inherited.items() if name not in dict(stage.env)}
        found[stage.name] = {**rest, **own}
    return found


def _stage(stage: Stage, image: str | None, scope: _Scope) -> Iterator[Instruction]:
    parent = image if image is not None else getattr(stage.base, "stage", "")
    start = from_stage if image is None else from_image
    found = [start(stage.name, parent)]
    for index, step in enumerate(stage.steps):
        # packages come first: they take the longest and change the least
        if index == _first_after_packages(stage):
            found.extend(_settings(stage))
        if isinstance(step, AddUser) and stage.runtime:
            helper, own = add_user(step, stage.name, parent, stage.runtime)
            yield from helper
            found.extend(own)
        else:
            found.extend(_step(step, index, stage, scope))
    if _first_after_packages(stage) == len(stage.steps):
        found.extend(_settings(stage))
    if stage.runtime:
        found.extend(_image_config(stage.name, stage.runtime))
    yield from found


def _first_after_packages(stage: Stage) -> int:
    for index, step in enumerate(stage.steps):
        if not isinstance(step, Packages | AddUser):
            return index
    return len(stage.steps)


def _settings(stage: Stage) -> Iterator[Instruction]:
    """Variables and working directory, unless they are inherited."""
    if stage.runtime:
        yield workdir(stage.name, word(stage.runtime.workdir))
        return
    standard = (("OUT", "$OUT"), ("CACHE", "$CACHE")) if isinstance(stage.base, ImageRef) else ()
    env = (*standard, *(pair for pair in stage.env if is_word(pair[1])))
    # only builds have these directories: a service gets its variables as they are
    placed = tuple((name, at.in_container(value)) for name, value in env)
    yield from _variables(stage.name, placed)
    if standard:
        yield workdir(stage.name, at.WORKDIR)


def _variables(stage: str, env: tuple[tuple[str, str], ...]) -> Iterator[Instruction]:
    if env:
        pairs = (f"{name}={word(value)}" for name, value in env)
        yield Instruction(stage, "ENV", " \\\n    ".join(pairs))


def _step(step: object, index: int, stage: Stage, scope: _Scope) -> Iterator[Instruction]:
    name, layout = stage.name, scope.layout
    match step:
        case Copy() if layout.by_step:
            root = "/" if step.destination.startswith("/") else "./"
            yield copy(name, f"{at.step_directory(stage, index)}/ {root}")
        case Copy():
            yield from (copy(name, operands) for operands in _copies(step, scope.context))
        case CopyArtifact():
            source = at.OUT if step.source == "." else f"{at.OUT}/{step.source}"
            destination = step.destination if stage.runtime else f"./{step.destination}"
            yield copy(name, f"--from={step.stage} {copy_arguments((source,), destination)}")
        case Certificates():
            yield copy(name, f"--from={step.stage} {CERTIFICATES} {CERTIFICATES}")
        case Packages():
            yield _packages(name, step, scope.families[name], layout)
        case Run():
            if step.plain and not layout.by_step:
                step = Run(step.plain, network=step.network)
            yield _run(name, step, layout, scope.unwritten)
        case _:
            raise AssertionError(step)


def _copies(step: Copy, context: frozenset[str]) -> Iterator[str]:
    """The operands of the ``COPY`` instructions of a step."""
    if step.strip in step.files:
        # a file that is renamed
        yield copy_arguments((step.strip,), step.destination)
    for each in fold([path for path in step.files if path != step.strip], context):
        # COPY follows named links, and copies the contents of a directory, not the directory
        named, parent = each
        for link in sorted({*named} & {*step.links}):
            placed = step.placed(link)
            place = placed if placed.startswith("/") else f"./{placed}"
            yield copy_arguments((link,), place)
        sources = tuple(path for path in named if path not in step.links)
        if not sources:
            continue
        if sources == (step.strip,):
            yield copy_arguments(sources, step.destination)
            continue
        placed = step.placed(parent) if parent else posixpath.normpath(step.destination)
        place = placed if placed.startswith("/") else f"./{placed}".removesuffix("/.")
        yield copy_arguments(sources, place if copies_directory(each) else f"{place}/")


def _linter_comment(script: str) -> str:
    """A comment that disables the linter rules that do not apply to a script; may be empty."""
    ignored = []
    if re.search(r"^cd ", script, re.MULTILINE):
        # a WORKDIR instead would be inherited by every stage based on this one
        ignored.append("DL3003")
    if re.search(r"[^|]\|[^|]", script):
        # not every /bin/sh has `pipefail`
        ignored.append("DL4006")
    return f"hadolint ignore={','.join(ignored)}" if ignored else ""


def _run(stage: str, step: Run, layout: Layout, unwritten: Mapping[str, str]) -> Instruction:
    flags = [_cache(mount) for mount in step.caches]
    env = {**unwritten, **dict(step.env)}
    if not step.network:
        flags.append("--network=none")
    elif layout.ca:
        flags.append(f"--mount=type=bind,source={at.CA_IN_CONTEXT},target={at.CA_IN_CONTAINER}")
        env |= dict.fromkeys(CA_VARIABLES, at.CA_IN_CONTAINER)
    set_variables = tuple(exports(_placed(env)))
    comment = _linter_comment(step.script)
    return run(stage, step.script.strip(), flags, set_variables, comment)


def _placed(env: Mapping[str, str]) -> Mapping[str, str]:
    return {name: at.in_container(value) for name, value in env.items()}


def _cache(mount: CacheMount) -> str:
    target = f"{at.CACHE}/{mount.directory}"
    options = [f"type=cache,id={mount.id},target={target},sharing={mount.sharing}"]
    if mount.seed:
        options.append(f"from={mount.seed},source={target}")
    return f"--mount={','.join(options)}"


def _packages(stage: str, step: Packages, family: str, layout: Layout) -> Instruction:
    names = " ".join(shlex.quote(name) for name in step.names)
    if "alpine" in family:
        rule = "DL3018"
        script = f"apk add --no-cache {names}"
    else:
        rule = "DL3008"
        script = (
            "apt-get update && \\\n"
            f"    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
            f"{names} && \\\n"
            "    rm -rf /var/lib/apt/lists/*"
        )
    prefix = ""
    if layout.ca:
        prefix = (
            f"--mount=type=bind,source={at.CA_IN_CONTEXT},target={at.CA_IN_CONTAINER} \\\n    "
            f"export SSL_CERT_FILE={at.CA_IN_CONTAINER} && "
        )
    return run_as_written(stage, script, prefix, f"hadolint ignore={rule}")


def _image_config(stage: str, runtime: Runtime) -> Iterator[Instruction]:
    if runtime.env:
        yield from _variables(stage, tuple(sorted(runtime.env.items())))
    if runtime.labels:
        pairs = (f"{word(name)}={word(text)}" for name, text in sorted(runtime.labels.items()))
        yield Instruction(stage, "LABEL", " \\\n    ".join(pairs))
    if runtime.ports:
        yield Instruction(stage, "EXPOSE", " ".join(runtime.ports))
    yield Instruction(stage, "USER", str(runtime.user))
    if check := runtime.healthcheck:
        yield Instruction(
            stage,
            "HEALTHCHECK",
            f"--interval={check.interval:g}s --timeout={check.timeout:g}s "
            f"--start-period={check.start_period:g}s --retries={check.retries} \\\n"
            f"    CMD {exec_form(check.command)}",
        )
    if runtime.entrypoint:
        yield Instruction(stage, "ENTRYPOINT", exec_form(runtime.entrypoint))
    if runtime.command:
        yield Instruction(stage, "CMD", exec_form(runtime.command))


def passwd_line(user: User, runtime: Runtime) -> str:
    """The user's line in ``/etc/passwd``."""
    # a colon ends a field and cannot be escaped
    home = "/" if ":" in runtime.workdir else runtime.workdir
    return f"{user.name}:x:{user.uid}:{user.gid}:{user.name}:{home}:/sbin/nologin"


def group_line(user: User) -> str:
    """The line of the user's group in ``/etc/group``."""
    return f"{user.name}:x:{user.gid}:"


def add_user(
    step: AddUser, name: str, base: str, runtime: Runtime
) -> tuple[list[Instruction], list[Instruction]]:
    """The instructions that add a named user.

    Args:
        step: the user, and a stage with a shell.
        name: the name of the runtime stage.
        base: the base image of the runtime stage.
        runtime: the runtime, for the home directory.

    Returns:
        The instructions of a helper stage that must come first, and those for the runtime stage.
    """
    passwd, group = passwd_line(step.user, runtime), group_line(step.user)
    echo_passwd, echo_group = f"echo {shlex.quote(passwd)}", f"echo {shlex.quote(group)}"
    if base == SCRATCH:
        return [], [
            copy(name, heredoc(passwd, "/etc/passwd")),
            copy(name, heredoc(group, "/etc/group")),
        ]
    family = base.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]
    if family in _WITH_SHELL:
        script = f"{echo_passwd} >> /etc/passwd && {echo_group} >> /etc/group"
        return [], [run_as_written(name, script)]
    merge = (
        f"mkdir -p {OUT}/etc && \\\n"
        f"    {{ cat /mnt/etc/passwd || true; {echo_passwd}; }} > {OUT}/etc/passwd && \\\n"
        f"    {{ cat /mnt/etc/group || true; {echo_group}; }} > {OUT}/etc/group"
    )
    helper = f"{name}--user"
    mount = f"--mount=type=bind,from={base},target=/mnt \\\n    "
    comment = f"{base} may have no shell: its passwd file gets the entry here"
    return [
        from_stage(helper, step.stage, comment),
        run_as_written(helper, merge, mount),
    ], [copy(name, f"--from={helper} {OUT}/etc/ /etc/")]
