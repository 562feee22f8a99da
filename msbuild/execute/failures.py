"""Reads the output of failures: whose fault, whether to retry, which files are missing. Pure."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import BuildError, MsbuildError, TransientError, UnavailableError
from msbuild.registry.retrying import UncertainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


# Phrases that are only used for a missing file or directory.
_SURELY_MISSING = re.compile(
    r"no such file|\bENOENT\b|FileNotFound|\bos error 2\b|no matching files|is not an existing"
    r"|(?:source file|requested file|file|directory|template)s?:? (?:was )?not found"
    r"|cannot find (?:the )?(?:source )?file|can't cd to|no rule to make (?:target|it)",
    re.IGNORECASE,
)
# Phrases that are used for other things, too: only names that look like paths count.
_LIKELY_MISSING = re.compile(
    r"(?:can(?:'|no)t|could(?: not|n't)|failed to|unable to) (?:be )?"
    r"(?:opened|open|read|found|find|loaded|load|access|stat|locate)"
    r"|does(?: not|n't) exist|not found|no such|\bmissing\b|cannot be (?:read|opened|found)",
    re.IGNORECASE,
)
_MISSING_PACKAGE = re.compile(
    r"no required module provides package ([^\s;:,\"]+)"
    r"|package ([^\s;:,\"]+) is not in (?:std|GOROOT)"
    r"|cannot find (?:package|module providing package) \"?([^\s;:,\"]+)"
)
_MISSING_HEADER = re.compile(r"fatal error: '?([^':]+)'?(?:: No such file| file not found)")
_PLACE = re.compile(r"(?:^|[\s(])([\w.+@/-]*[\w+@-]\.\w+):\d+")
_QUOTED = re.compile(
    r"'([^']+)'|\"([^\"]+)\"|`([^`']+)[`']|\u2018([^\u2019]+)\u2019|\u201c([^\u201d]+)\u201d|<([^>]+)>"
)
_BARE = re.compile(
    r"(\S+): (?:no such file|not found|file not found|no matching files)"
    r"|(?:(?:no such file or directory|not found)(?: \(os error 2\))?:|can't cd to) (\S+)",
    re.IGNORECASE,
)
# Other quoted words next to such phrases, for example in Rust's messages.
_NOT_A_PATH = re.compile(rf"::|\(\)|^(?:Err|Ok|main)$|{_SURELY_MISSING.pattern}", re.IGNORECASE)
_TRIMMED = "`'\"\u2018\u2019\u201c\u201d()[]{}<>,;:!?"
_LONGEST_LINE = 1024
# A message and the file it is about may be a few lines apart, as with CMake and cargo.
_LINES_APART = 3
_MACRO = re.compile(r"originates in the .*?macro `([^`]+)`")
_OF_RUST_ITSELF = re.compile(r"\$crate::\w+|\w+")


@dataclass(frozen=True, slots=True)
class MissingPath:
    """Something that a step did not find.

    Attributes:
        name: a path as printed, or a package.
        near: directories of the files that the message is about: the path may be relative to one.
        package: whether it is the import path of a package.
        anywhere: whether it is searched for in directories that the output does not name, as
            headers are.
    """

    name: str
    near: tuple[str, ...] = ()
    package: bool = False
    anywhere: bool = False


def missing_paths(lines: Sequence[str]) -> Iterator[MissingPath]:
    """The paths that the lines report as missing, last lines first; may contain duplicates."""
    for number in reversed(range(len(lines))):
        line = lines[number][:_LONGEST_LINE]
        if package := _MISSING_PACKAGE.search(line):
            yield MissingPath(next(filter(None, package.groups())), package=True)
        elif (sure := bool(_SURELY_MISSING.search(line))) or _LIKELY_MISSING.search(line):
            around = lines[max(0, number - _LINES_APART) : number + _LINES_APART + 1]
            near = tuple(dict.fromkeys(d for each in (line, *around) for d in _directories(each)))
            if header := _MISSING_HEADER.search(line):
                yield MissingPath(header[1].strip(), near, anywhere=True)
                continue
            names = list(_names(line, sure=sure))
            if not any(_is_path(name) for name in names):
                names += [n for each in around for n in _names(each, sure=False)]
            for name in dict.fromkeys(names):
                yield MissingPath(name, near, anywhere="/" in name)


def misses_unnamed_file(lines: Sequence[str]) -> bool:
    """Whether something is (or may be) missing and no line names it.

    True if a message names no path, if CMake stops, and if a third-party macro fails with a
    message of its own.
    """
    text = "\n".join(line[:_LONGEST_LINE] for line in lines)
    if "error[E" not in text and any(
        not _OF_RUST_ITSELF.fullmatch(found[1]) or "derive macro" in found[0]
        for found in _MACRO.finditer(text)
    ):
        return True
    return bool(_SURELY_MISSING.search(text) or "CMake Error" in text) and not any(
        missing_paths(lines)
    )


def _directories(line: str) -> Iterator[str]:
    for found in _PLACE.finditer(line):
        yield posixpath.dirname(found[1])


def _names(line: str, *, sure: bool) -> Iterator[str]:
    """The words of a line that may be paths.

    Args:
        line: the line.
        sure: whether the line is about a file, so that any quoted word may be one.
    """
    for found in _QUOTED.finditer(line):
        word = next(filter(None, found.groups())).strip()
        if _is_path(word) or (sure and not _NOT_A_PATH.search(word)):
            yield word
    for found in _BARE.finditer(line):
        yield next(filter(None, found.groups())).strip(_TRIMMED)
    for text in line.split():
        word = text.strip(_TRIMMED).rstrip(".").strip(_TRIMMED)
        # skip the location of the message
        if _is_path(word) and not _PLACE.match(word):
            yield word


def _is_path(word: str) -> bool:
    return "/" in word.strip("/") or "." in word.strip(".") or (word[:1] == "." and len(word) > 1)
