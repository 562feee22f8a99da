"""Tells apart what went wrong: a step, the world, or the world for a moment. Pure."""

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
# What tools say of a registry that answers nonsense, or hangs up.
_NONSENSE = re.compile(
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
# What compilers say: behind it, words about networks are quotations.
_COMPILER = re.compile(
    r"^error(?:\[E\d+\])?: (?:could not compile|aborting)|^error\[E\d+\]|:\d+:\d+: |"
    r"undefined reference|^ld: |^--- FAIL",
    re.MULTILINE,
)
_MISSING = re.compile(r'"([^"]+)": not found')
_EXIT = re.compile(r"exit code: (\d+)")
_OUT_OF_MEMORY = "exit code: 137"
_NO_PROGRAM = re.compile(r"sh: (?:\d+: |line \d+: )?([\w.+-]+): (?:command )?not found")
_LAST_LINES = 15

HINT_SPACE = "free some: `docker system df` shows where it went, `docker builder prune` frees cache"
HINT_LOGIN = "is the name right? private images need `docker login`"
HINT_NETWORK = "is the network up?"
HINT_TRUST = "the engine does not trust the certificate of this registry"
HINT_CERTIFICATE = (
    "a proxy seems to inspect TLS: name its certificates with `ca_bundle` in the config"
)
HINT_CONTEXT = (
    "with the containerd image store builds need Docker 27.5 or newer: update Docker, "
    "or turn `containerd-snapshotter` off in its settings"
)


def environment_error(what: str, text: str) -> UnavailableError | None:
    """The fault of engine, disk, network or registry that ``text`` tells of, if it does.

    Args:
        what: what could not be done, as the beginning of a sentence.
        text: what the engine said.
    """
    message = f"{what}: {text.strip()}"
    if _NO_CONTEXT.search(text):
        return UnavailableError(message, hint=HINT_CONTEXT)
    if _CERTIFICATE.search(text):
        return UnavailableError(message, hint=HINT_TRUST)
    if fault := _transient_error(message, text):
        return fault
    if _DENIED.search(text) or _UNKNOWN.search(text):
        return UnavailableError(message, hint=HINT_LOGIN)
    return None


def is_denied(text: str) -> bool:
    """Whether a registry says that somebody may not do this."""
    return bool(_DENIED.search(text))


def registry_error(what: str, text: str) -> UnavailableError:
    """The fault of a tool that talks to a registry: nearly all of them are worth another try.

    Args:
        what: what could not be done, as the beginning of a sentence.
        text: what the tool said. A login that is refused may be a token service that hiccups.
    """
    fault = environment_error(what, text)
    message = f"{what}: {text.strip()}"
    if isinstance(fault, TransientError):
        return fault
    if _NO_SPACE.search(text) or _CERTIFICATE.search(text):
        return fault or UnavailableError(message)
    if _NONSENSE.search(text):
        return TransientError(message, hint=HINT_NETWORK)
    return UncertainError(message, hint=fault.hint if fault else None)


def _transient_error(message: str, text: str) -> UnavailableError | None:
    if _NO_SPACE.search(text):
        return UnavailableError(message, hint=HINT_SPACE)
    if _ENGINE_GONE.search(text):
        return TransientError(message, hint="is the engine still up?")
    if _NETWORK.search(text):
        gone = bool(_UNREACHABLE.search(text))
        return TransientError(message, hint=HINT_NETWORK, unreachable=gone)
    return None


def step_failure(  # noqa: PLR0913 - a failure has as many sides
    error: str,
    *,
    stage: str,
    step: str,
    tail: Sequence[str],
    network: bool,
    space: str = HINT_SPACE,
) -> MsbuildError:
    """What the user is told of a step that failed.

    A step that downloads and says that the network failed it may be tried again; any other
    failure is the step's own.

    Args:
        error: BuildKit's word on it.
        stage: the stage of the step.
        step: the step as the user knows it.
        tail: the last lines it printed.
        network: whether it could reach the network.
        space: how to make room where none is left.
    """
    last = "\n".join(tail[-_LAST_LINES:])
    about = f"`{stage}`, step `{step}`"
    if _NO_SPACE.search(error) or _NO_SPACE.search(last):
        return UnavailableError(f"{about}: no space left on the disk", hint=space)
    found = _EXIT.search(error)
    if not found and (fault := _transient_error(f"{about}: {error}", error)):
        return fault
    blamed = _blamed(tail) if found else None
    if blamed and network:
        return TransientError(f"{about}: {blamed}", hint=HINT_NETWORK)
    message = f"exit code: {found[1]}" if found else error
    hint = _hint(message, last, offline=bool(blamed))
    return BuildError(message, stage=stage, step=step, tail=tail, hint=hint)


def _blamed(tail: Sequence[str]) -> str | None:
    """The line that blames the network, where nothing says that a compiler failed."""
    last = [line for line in tail[-_LAST_LINES:] if not line.startswith("warning:")]
    if _COMPILER.search("\n".join(last)):
        return None
    return next((line.strip() for line in reversed(last) if _NETWORK.search(line)), None)


def _hint(message: str, output: str, *, offline: bool) -> str | None:
    if message == _OUT_OF_MEMORY:
        return "the step was killed, most likely for want of memory: try fewer `--jobs`"
    if _CERTIFICATE.search(output):
        return HINT_CERTIFICATE
    if missing := _MISSING.search(message):
        return f"an earlier step should have made `{missing[1]}`"
    if program := _NO_PROGRAM.search(output):
        return f"there is no `{program[1]}`: add its package to `packages:` of the builder"
    if offline:
        return "this step has no network; what it needs has to come from an earlier stage"
    return None
