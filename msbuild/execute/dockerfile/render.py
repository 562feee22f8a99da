"""Renders stages as Dockerfile text. Pure: equal stages give equal bytes."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.execute.dockerfile import layout as at
from msbuild.execute.dockerfile.context_files import copies_directory, fold
from msbuild.execute.dockerfile.quoting import (
    copy_arguments,
    exec_form,
    exports,
    instruction,
    is_word,
    word,
)
from msbuild.execute.dockerfile.users import add_user
from msbuild.model import (
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
    from msbuild.model import Runtime, Stage

# The variables in which tools look for CA certificates; set only during a step.
CA_VARIABLES = (
    "SSL_CERT_FILE",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
)
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def render(stages: Sequence[Stage], *, pins: Mapping[str, str], layout: Layout) -> str:
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
    blocks = [
        "\n".join(
            _stage(
                stage,
                images.get(stage.name),
                _Scope(families, context, layout, unwritten[stage.name]),
            )
        ).rstrip("\n")
        for stage in stages
    ]
    return "\n\n".join(blocks) + "\n"


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
    """What the instructions of a stage depend on besides the stage.

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


def _stage(stage: Stage, image: str | None, scope: _Scope) -> Iterator[str]:
    parent = image if image is not None else getattr(stage.base, "stage", "")
    lines = [f"FROM {parent} AS {stage.name}"]
    before: list[str] = []
    for index, step in enumerate(stage.steps):
        # packages come first: they take the longest and change the least
        if index == _first_after_packages(stage):
            lines.extend(_settings(stage))
        if isinstance(step, AddUser) and stage.runtime:
            earlier, here = add_user(step, stage.name, parent, stage.runtime)
            before.extend(earlier)
            lines.extend(here)
        else:
            lines.extend(_step(step, index, stage, scope))
    if _first_after_packages(stage) == len(stage.steps):
        lines.extend(_settings(stage))
    if stage.runtime:
        lines.extend(_image_config(stage.runtime))
    if before:
        yield from [*before, ""]
    yield from lines


def _first_after_packages(stage: Stage) -> int:
    for index, step in enumerate(stage.steps):
        if not isinstance(step, Packages | AddUser):
            return index
    return len(stage.steps)


def _settings(stage: Stage) -> Iterator[str]:
    """Variables and working directory, unless they are inherited."""
    if stage.runtime:
        yield f"WORKDIR {word(stage.runtime.workdir)}"
        return
    standard = (("OUT", "$OUT"), ("CACHE", "$CACHE")) if isinstance(stage.base, ImageRef) else ()
    yield from _variables((*standard, *(pair for pair in stage.env if is_word(pair[1]))))
    if standard:
        yield f"WORKDIR {at.WORKDIR}"


def _variables(env: tuple[tuple[str, str], ...]) -> Iterator[str]:
    if env:
        yield "ENV " + " \\\n    ".join(
            f"{name}={word(at.in_container(value))}" for name, value in env
        )


def _step(step: object, index: int, stage: Stage, scope: _Scope) -> Iterator[str]:
    layout = scope.layout
    match step:
        case Copy() if layout.by_step:
            root = "/" if step.destination.startswith("/") else "./"
            yield f"COPY {at.step_directory(stage, index)}/ {root}"
        case Copy():
            yield from _copy(step, scope.context)
        case CopyArtifact():
            source = at.OUT if step.source == "." else f"{at.OUT}/{step.source}"
            destination = step.destination if stage.runtime else f"./{step.destination}"
            yield f"COPY --from={step.stage} {copy_arguments((source,), destination)}"
        case Certificates():
            yield f"COPY --from={step.stage} {CERTIFICATES} {CERTIFICATES}"
        case Packages():
            yield from _packages(step, scope.families[stage.name], layout)
        case Run():
            if step.plain and not layout.by_step:
                step = Run(step.plain, network=step.network)
            yield from _linter_comment(step.script)
            yield _run(step, layout, scope.unwritten)
        case _:
            raise AssertionError(step)


def _copy(step: Copy, context: frozenset[str]) -> Iterator[str]:
    if step.strip in step.files:
        # a file that is renamed
        yield f"COPY {copy_arguments((step.strip,), step.destination)}"
    for copy in fold([path for path in step.files if path != step.strip], context):
        # COPY follows a link that is named, and copies what is in a directory, not the directory
        named, parent = copy
        for link in sorted({*named} & {*step.links}):
            placed = step.placed(link)
            place = placed if placed.startswith("/") else f"./{placed}"
            yield f"COPY {copy_arguments((link,), place)}"
        sources = tuple(path for path in named if path not in step.links)
        if not sources:
            continue
        if sources == (step.strip,):
            yield f"COPY {copy_arguments(sources, step.destination)}"
            continue
        placed = step.placed(parent) if parent else posixpath.normpath(step.destination)
        place = placed if placed.startswith("/") else f"./{placed}".removesuffix("/.")
        yield f"COPY {copy_arguments(sources, place if copies_directory(copy) else f'{place}/')}"


def _linter_comment(script: str) -> Iterator[str]:
    """A comment that disables the linter rules that do not apply to a script."""
    ignored = []
    if re.search(r"^cd ", script, re.MULTILINE):
        # a WORKDIR instead would be inherited by every stage based on this one
        ignored.append("DL3003")
    if re.search(r"[^|]\|[^|]", script):
        # not every /bin/sh has `pipefail`
        ignored.append("DL4006")
    if ignored:
        yield f"# hadolint ignore={','.join(ignored)}"


def _run(step: Run, layout: Layout, unwritten: Mapping[str, str]) -> str:
    flags = [_cache(mount) for mount in step.caches]
    env = {**unwritten, **dict(step.env)}
    if not step.network:
        flags.append("--network=none")
    elif layout.ca:
        flags.append(f"--mount=type=bind,source={at.CA_IN_CONTEXT},target={at.CA_IN_CONTAINER}")
        env |= dict.fromkeys(CA_VARIABLES, at.CA_IN_CONTAINER)
    script = step.script.strip()
    separator = "\n" if "\n" in script else " && "
    return instruction(tuple(flags), separator.join((*exports(_placed(env)), script)))


def _placed(env: Mapping[str, str]) -> Mapping[str, str]:
    return {name: at.in_container(value) for name, value in env.items()}


def _cache(mount: CacheMount) -> str:
    target = f"{at.CACHE}/{mount.directory}"
    options = [f"type=cache,id={mount.id},target={target},sharing={mount.sharing}"]
    if mount.seed:
        options.append(f"from={mount.seed},source={target}")
    return f"--mount={','.join(options)}"


def _packages(step: Packages, family: str, layout: Layout) -> Iterator[str]:
    names = " ".join(shlex.quote(name) for name in step.names)
    if "alpine" in family:
        yield "# hadolint ignore=DL3018"
        script = f"apk add --no-cache {names}"
    else:
        yield "# hadolint ignore=DL3008"
        script = (
            "apt-get update && \\\n"
            f"    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
            f"{names} && \\\n"
            "    rm -rf /var/lib/apt/lists/*"
        )
    flags = ""
    if layout.ca:
        flags = (
            f"--mount=type=bind,source={at.CA_IN_CONTEXT},target={at.CA_IN_CONTAINER} \\\n    "
            f"export SSL_CERT_FILE={at.CA_IN_CONTAINER} && "
        )
    yield f"RUN {flags}{script}"


def _image_config(runtime: Runtime) -> Iterator[str]:
    if runtime.env:
        yield from _variables(tuple(sorted(runtime.env.items())))
    if runtime.labels:
        pairs = (f"{word(name)}={word(text)}" for name, text in sorted(runtime.labels.items()))
        yield "LABEL " + " \\\n    ".join(pairs)
    if runtime.ports:
        yield f"EXPOSE {' '.join(runtime.ports)}"
    yield f"USER {runtime.user}"
    if check := runtime.healthcheck:
        yield (
            f"HEALTHCHECK --interval={check.interval:g}s --timeout={check.timeout:g}s "
            f"--start-period={check.start_period:g}s --retries={check.retries} \\\n"
            f"    CMD {exec_form(check.command)}"
        )
    if runtime.entrypoint:
        yield f"ENTRYPOINT {exec_form(runtime.entrypoint)}"
    if runtime.command:
        yield f"CMD {exec_form(runtime.command)}"
