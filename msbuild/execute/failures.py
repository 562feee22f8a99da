"""Classifies failures: a failed step, an environment error or a transient one. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, MsbuildError, TransientError, UnavailableError
from msbuild.registry.retrying import UncertainError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_NETWORK = re.compile(
    r"""temporary\ failure\ (?:in\ name\ resolution|resolving)
    | could\ ?n[o']t\ (?:resolve|connect)
    | no\ such\ host | server\ misbehaving | name\ or\ service\ not\ known
    | connection\ (?:reset|refused|timed\ out|closed) | network\ is\ unreachable
    | no\ route\ to\ host | broken\ pipe | unexpected\ eof
    | tls\ handshake\ timeout | i/o\ timeout | timeout\ was\ reached | operation\ timed\ out
    | context\ deadline\ exceeded | client\.timeout\ exceeded | spurious\ network\ error
    | service\ (?:temporarily\ )?unavailable | bad\ gateway | gateway\ time-?out
    | internal\ server\ error | too\ ?many\ ?requests
    | (?:status(?:\ code)?|error|code|http/[0-9.]+)[:=\ ]+(?:429|500|502|503|504)\b
    | hash\ sum\ mismatch | mirror\ sync\ in\ progress
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Messages of tools for a malformed response of a registry, or a closed connection.
_MALFORMED = re.compile(
    r"\bEOF\b|invalid character|unexpected end of json|malformed http|invalid status code"
    r"|v1 container registry|no location header|does not match expected|cannot unmarshal"
    r"|server closed|http2: |received unexpected http status|error parsing http|blob unknown"
    r"|unexpected status|cannot validate|digest mismatch|expected http|unexpected media type",
    re.IGNORECASE,
)
_UNREACHABLE = re.compile(
    r"no such host|connection refused|network is unreachable|no route to host"
    r"|name resolution|could ?n[o']t (?:resolve|connect)|name or service not known",
    re.IGNORECASE,
)
_ENGINE_GONE = re.compile(
    r"transport is closing|error reading from server|code = unavailable|graceful.?stop"
    r"|daemon is shutting down|context canceled|moby-dangling@\S+ already exists",
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(
    r"x509: |certificate verif|unable to get local issuer|ssl certificate problem"
    r"|certificate is not trusted",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"unauthorized|denied|\b401\b|\b403\b|no basic auth|authentication required", re.IGNORECASE
)
_UNKNOWN = re.compile(r"not found|manifest unknown|name unknown|no such image", re.IGNORECASE)
_NO_CONTEXT = re.compile(r"failed to read downloaded context", re.IGNORECASE)
# Compiler errors: if one of these is present, words about networks are quotations.
_COMPILER = re.compile(
    r"^error(?:\[E\d+\])?: (?:could not compile|aborting)|^error\[E\d+\]|:\d+:\d+: |"
    r"undefined reference|^ld: |^--- FAIL",
    re.MULTILINE,
)
_MISSING = re.compile(r'"([^"]+)": not found')
_EXIT = re.compile(r"exit code: (\d+)")
_OUT_OF_MEMORY = "exit code: 137"
_MISSING_PROGRAM = re.compile(r"sh: (?:\d+: |line \d+: )?([\w.+-]+): (?:command )?not found")
_LAST_LINES = 15

HINT_SPACE = (
    "free some space: `docker system df` shows what uses it, `docker builder prune` frees cache"
)
HINT_LOGIN = "check the name; private images need `docker login`"
HINT_NETWORK = "check the network connection"
HINT_ENGINE = "check that the engine is still running"
HINT_TRUST = "the engine does not trust the certificate of this registry"
HINT_CERTIFICATE = (
    "a proxy seems to inspect TLS: set `ca_bundle` in the config to its CA certificates"
)
HINT_CONTEXT = (
    "builds with the containerd image store need Docker 27.5 or newer: update Docker, "
    "or disable `containerd-snapshotter` in its settings"
)


def environment_error(what: str, text: str) -> UnavailableError | None:
    """The error of engine, disk, network or registry in ``text``, if there is one.

    Args:
        what: what failed, as the start of a sentence.
        text: what the engine printed.
    """
    message = f"{what}: {text.strip()}"
    if _NO_CONTEXT.search(text):
        return UnavailableError(message, hint=HINT_CONTEXT)
    if _CERTIFICATE.search(text):
        return UnavailableError(message, hint=HINT_TRUST)
    if error := _transient_error(message, text):
        return error
    if _DENIED.search(text) or _UNKNOWN.search(text):
        return UnavailableError(message, hint=HINT_LOGIN)
    return None


def is_denied(text: str) -> bool:
    """Whether a registry denied access."""
    return bool(_DENIED.search(text))


def registry_error(what: str, text: str) -> UnavailableError:
    """The error of a tool that talks to a registry: nearly all of them are worth a retry.

    Args:
        what: what failed, as the start of a sentence.
        text: what the tool printed. Even a denied login may be a hiccup of the token service.
    """
    error = environment_error(what, text)
    message = f"{what}: {text.strip()}"
    if isinstance(error, TransientError):
        return error
    if _NO_SPACE.search(text) or _CERTIFICATE.search(text):
        return error or UnavailableError(message)
    if _MALFORMED.search(text):
        return TransientError(message, hint=HINT_NETWORK)
    return UncertainError(message, hint=error.hint if error else None)


def _transient_error(message: str, text: str) -> UnavailableError | None:
    if _NO_SPACE.search(text):
        return UnavailableError(message, hint=HINT_SPACE)
    if _ENGINE_GONE.search(text):
        return TransientError(message, hint=HINT_ENGINE)
    if _NETWORK.search(text):
        unreachable = bool(_UNREACHABLE.search(text))
        return TransientError(message, hint=HINT_NETWORK, unreachable=unreachable)
    return None


def step_failure(  # noqa: PLR0913
    error: str,
    *,
    stage: str,
    step: str,
    tail: Sequence[str],
    network: bool,
    space: str = HINT_SPACE,
) -> MsbuildError:
    """The error for a failed step.

    A downloading step whose output blames the network may be retried; any other failure is final.

    Args:
        error: BuildKit's error message.
        stage: the stage of the step.
        step: the name of the step as shown to users.
        tail: the last lines it printed.
        network: whether it had network access.
        space: the hint for a full disk.
    """
    last = "\n".join(tail[-_LAST_LINES:])
    about = f"`{stage}`, step `{step}`"
    if _NO_SPACE.search(error) or _NO_SPACE.search(last):
        return UnavailableError(f"{about}: no space left on device", hint=space)
    found = _EXIT.search(error)
    if not found and (transient := _transient_error(f"{about}: {error}", error)):
        return transient
    blamed = _blamed(tail) if found else None
    if blamed and network:
        return TransientError(f"{about}: {blamed}", hint=HINT_NETWORK)
    message = f"exit code: {found[1]}" if found else error
    hint = _hint(message, last, offline=bool(blamed))
    return BuildError(message, stage=stage, step=step, tail=tail, hint=hint)


def _blamed(tail: Sequence[str]) -> str | None:
    """The line that blames the network, unless a compiler failed."""
    last = [line for line in tail[-_LAST_LINES:] if not line.startswith("warning:")]
    if _COMPILER.search("\n".join(last)):
        return None
    return next((line.strip() for line in reversed(last) if _NETWORK.search(line)), None)


def _hint(message: str, output: str, *, offline: bool) -> str | None:
    if message == _OUT_OF_MEMORY:
        return "the step was killed, probably because memory ran out: try fewer `--jobs`"
    if _CERTIFICATE.search(output):
        return HINT_CERTIFICATE
    if missing := _MISSING.search(message):
        return f"an earlier step should have created `{missing[1]}`"
    if program := _MISSING_PROGRAM.search(output):
        return f"`{program[1]}` is not installed: add its package to `packages:` of the builder"
    if offline:
        return "this step has no network access: download what it needs in an earlier stage"
    return None
