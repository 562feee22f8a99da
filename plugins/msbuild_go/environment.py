"""Refuses variables in a builder's ``env`` that the stages cannot follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Builder

# Variables that mean something else for stages than for a shell: what is accepted, and why no more.
_ALLOWED: dict[str, tuple[frozenset[str], str]] = {
    "GO111MODULE": (
        frozenset({"", "on", "auto"}),
        "services are built from modules; leave it out",
    ),
    "GOCACHE": (
        frozenset(),
        "the stages have one of their own, used only where it can be trusted; leave it out",
    ),
    "GOENV": (
        frozenset({"off"}),
        "list the variables of that file in `env`, where msbuild sees them",
    ),
    "GOMODCACHE": (
        frozenset(),
        "the stages download into a place of their own; leave it out",
    ),
    "GOOS": (frozenset({"", "linux"}), "images are for Linux; leave it out"),
    "GOWORK": (
        frozenset({"", "auto", "off"}),
        "go finds `go.work` above the service; `off` does without",
    ),
}


def check_environment(builder: Builder) -> None:
    """Pass if the stages can do what a builder's ``env`` says.

    Raises:
        ConfigError: they cannot.
    """
    for message, hint in _problems(builder):
        raise ConfigError(f"builder `{builder.name}`: {message}", hint=hint, at=builder.at)


def _problems(builder: Builder) -> Iterator[tuple[str, str]]:
    for name, (allowed, hint) in _ALLOWED.items():
        value = builder.env.get(name)
        if value is not None and value not in allowed:
            yield f"`{name}: {value}` in `env` is not supported", hint
    architecture = builder.env.get("GOARCH", "")
    if architecture and not architecture.isalnum():
        yield (
            f"`GOARCH: {architecture}` in `env` is no architecture",
            "`go tool dist list` shows all",
        )
    if builder.options.get("cgo") and builder.env.get("CGO_ENABLED") == "0":
        yield (
            "the option `cgo: true` and `CGO_ENABLED: 0` in `env` contradict each other",
            "remove one of them",
        )
