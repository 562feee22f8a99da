"""Accesses registries with skopeo, which handles their protocols, proxies and credentials."""

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
        platform: which image of a multi-platform image to use.
        offline: send no requests to registries.
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
            UnavailableError: the registry does not provide it.
        """
        return self._digest(reference, f"cannot find the base image `{reference}`")

    def _digest(self, reference: str, what: str) -> str:
        words = ["inspect", "--format", "{{.Digest}}", "--no-tags", *_tls(reference, "")]
        return self._call([*words, f"docker://{reference}"], what).strip()

    def fetch(self, name: str, digest: str, layout: Path, cancel: threading.Event) -> None:
        """Copy an image from a registry to a new OCI layout.

        Raises:
            UnavailableError: the registry does not provide it.
            Cancelled: ``cancel`` was set.
        """
        source = f"{_repository(name)}@{digest}"
        words = ["copy", "--quiet", *_tls(name, "src-"), f"docker://{source}", f"oci:{layout}:base"]
        self._call(words, f"cannot fetch the base image `{name}`", cancel)

    def push(self, layout: Path, tag: str, digest: str, line: Callable[[str], None]) -> None:
        """Push an image of a layout to its registry unchanged, and verify that it arrived.

        Args:
            layout: the OCI layout with the image.
            tag: its tag in the layout and in the registry.
            digest: the digest of its manifest.
            line: called with every line that skopeo prints.

        Raises:
            UnavailableError: the registry rejects it.
        """
        what = f"cannot push `{tag}`"
        words = ["copy", "--preserve-digests", *_tls(tag, "dest-"), f"oci:{layout}:{tag}"]

        denied = 0

        def attempt() -> None:
            nonlocal denied
            self._call([*words, f"docker://{tag}"], what, line=line)
            try:
                self._confirm(tag, digest, what)
            except TransientError:
                raise
            except UnavailableError as error:
                # a write-only account cannot verify; but a single failed login may be a hiccup
                denied = denied + 1 if is_denied(error.message) else 0
                if denied < _DENIED_TIMES:
                    raise TransientError(error.message, hint=error.hint) from error

        retry(attempt)

    def _confirm(self, tag: str, digest: str, what: str) -> None:
        """Raise if a tag is not what was pushed: skopeo treats a truncated response as success."""
        found = self._digest(tag, what)
        if found != digest:
            raise TransientError(f"{what}: the registry has another image under this tag")

    def _call(
        self,
        words: Sequence[str],
        what: str,
        cancel: threading.Event | None = None,
        line: Callable[[str], None] | None = None,
    ) -> str:
        if self._offline:
            raise UnavailableError(
                f"{what}: registries are not contacted offline", hint=_HINT_OFFLINE
            )
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
                f"{what}: `skopeo` is not installed, which the local executor needs for registries",
                hint="run `apt-get install skopeo`",
            )
        output: list[str] = []

        def receive(text: str) -> None:
            output.append(text)
            if line:
                line(text)

        code = run(
            [program, *self._platform, *words],
            cwd=Path.cwd(),
            env=os.environ,
            line=receive,
            cancel=cancel,
        )
        if code:
            text = output[-1] if output else f"skopeo failed with exit code {code}"
            raise registry_error(what, _FATAL.sub("", text).strip('"'))
        return "\n".join(output)


def _tls(reference: str, side: str) -> list[str]:
    """Allow plain HTTP for registries on this machine, as Docker does."""
    return [f"--{side}tls-verify=false"] if is_loopback(host_of(reference)) else []


def _repository(name: str) -> str:
    repository, colon, tag = name.rpartition(":")
    return name if not colon or "/" in tag else repository
