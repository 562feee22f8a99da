"""Registries without a daemon: skopeo, which knows their protocols, proxies and credentials."""

from __future__ import annotations

import os
import re
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import TransientError, UnavailableError
from msbuild.execute.api import Cancelled
from msbuild.execute.failures import is_denied, registry_error
from msbuild.execute.local.process import run
from msbuild.registry.names import host_of, is_loopback
from msbuild.registry.retrying import MANY_REQUESTS, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msbuild.registry.retrying import RetryPolicy

_PROGRAM = "skopeo"
_DENIED_TIMES = 3
_FATAL = re.compile(r'^time="[^"]*" level=fatal msg=')
_HINT_OFFLINE = "run once without `--offline` and `MSBUILD_OFFLINE`"


class Skopeo:
    """Calls of ``skopeo``.

    Args:
        platform: which of several images behind a name is meant.
        offline: no registry may be asked.
        policy: how long to retry one call.
    """

    def __init__(
        self, platform: str, *, offline: bool = False, policy: RetryPolicy = MANY_REQUESTS
    ) -> None:
        self._offline = offline
        self._policy = policy
        system, _, architecture = platform.partition("/")
        self._platform = ["--override-os", system, "--override-arch", architecture]

    def digest(self, reference: str) -> str:
        """The digest behind a name in a registry.

        Raises:
            EnvironmentFault: the registry does not say.
        """
        return self._digest(reference, f"the base image `{reference}` cannot be found")

    def _digest(self, reference: str, what: str) -> str:
        words = ["inspect", "--format", "{{.Digest}}", "--no-tags", *_tls(reference, "")]
        return self._call([*words, f"docker://{reference}"], what).strip()

    def fetch(self, name: str, digest: str, layout: Path, cancel: threading.Event) -> None:
        """Copy an image of a registry into a new OCI layout.

        Raises:
            EnvironmentFault: the registry does not give it.
            Cancelled: ``cancel`` was set.
        """
        source = f"{_repository(name)}@{digest}"
        words = ["copy", "--quiet", *_tls(name, "src-"), f"docker://{source}", f"oci:{layout}:base"]
        self._call(words, f"the base image `{name}` cannot be fetched", cancel)

    def push(self, layout: Path, tag: str, digest: str, line: Callable[[str], None]) -> None:
        """Send what a tag of a layout means to its registry, as it is, and see that it is there.

        Args:
            layout: holds the image.
            tag: its name, here and there.
            digest: of its manifest.
            line: is given what skopeo says.

        Raises:
            EnvironmentFault: the registry does not take it.
        """
        what = f"`{tag}` cannot be pushed"
        words = ["copy", "--preserve-digests", *_tls(tag, "dest-"), f"oci:{layout}:{tag}"]

        denied = 0

        def attempt() -> None:
            nonlocal denied
            self._call([*words, f"docker://{tag}"], what, line=line)
            try:
                self._confirm(tag, digest, what)
            except TransientError:
                raise
            except UnavailableError as fault:
                # who may only write cannot look; but a login that fails once may be a hiccup
                denied = denied + 1 if is_denied(fault.message) else 0
                if denied < _DENIED_TIMES:
                    raise TransientError(fault.message, hint=fault.hint) from fault

        retry(attempt)

    def _confirm(self, tag: str, digest: str, what: str) -> None:
        """Raise if a tag is not what was pushed: half an answer looks like success to skopeo."""
        found = self._digest(tag, what)
        if found != digest:
            raise TransientError(f"{what}: the registry has another image under this name")

    def _call(
        self,
        words: Sequence[str],
        what: str,
        cancel: threading.Event | None = None,
        line: Callable[[str], None] | None = None,
    ) -> str:
        if self._offline:
            raise UnavailableError(f"{what}: registries are not used offline", hint=_HINT_OFFLINE)
        stop = cancel or threading.Event()

        def wait(seconds: float) -> None:
            if stop.wait(seconds):
                raise Cancelled

        def attempt() -> str:
            return self._try(words, what, stop, line)

        return retry(attempt, self._policy, wait=wait)

    def _try(
        self,
        words: Sequence[str],
        what: str,
        cancel: threading.Event,
        line: Callable[[str], None] | None,
    ) -> str:
        program = shutil.which(_PROGRAM)
        if program is None:
            raise UnavailableError(
                f"{what}: without an engine that takes `skopeo`, which is not installed",
                hint="`apt-get install skopeo`",
            )
        said: list[str] = []

        def listen(text: str) -> None:
            said.append(text)
            if line:
                line(text)

        code = run(
            [program, *self._platform, *words],
            cwd=Path.cwd(),
            env=os.environ,
            line=listen,
            cancel=cancel,
        )
        if code:
            text = said[-1] if said else f"skopeo ended with {code}"
            raise registry_error(what, _FATAL.sub("", text).strip('"'))
        return "\n".join(said)


def _tls(reference: str, side: str) -> list[str]:
    """Registries of this machine may speak plain HTTP, as they may with Docker."""
    return [f"--{side}tls-verify=false"] if is_loopback(host_of(reference)) else []


def _repository(name: str) -> str:
    repository, colon, tag = name.rpartition(":")
    return name if not colon or "/" in tag else repository
