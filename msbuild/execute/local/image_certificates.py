"""The certificates for images: those of the distribution, without what this host added."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.dockerfile import CERTIFICATES
from msbuild.model import Certificates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.model import Stage

# From the package ca-certificates; what an administrator adds is below /usr/local.
_SHIPPED = Path("/usr/share/ca-certificates")
_BUNDLES = (CERTIFICATES, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")


@cache
def distribution_bundle() -> bytes:
    """The certificates as one file, in the format of ``update-ca-certificates``.

    Raises:
        UnavailableError: this host has none.
    """
    shipped = sorted(_SHIPPED.rglob("*.crt"))
    if shipped:
        return b"".join(path.read_bytes().rstrip(b"\n") + b"\n" for path in shipped)
    for bundle in map(Path, _BUNDLES):
        if bundle.is_file():
            return bundle.read_bytes()
    raise UnavailableError(
        "this host has no CA certificates to copy into images",
        hint="run `apt-get install ca-certificates`",
    )


def with_facts(stages: Sequence[Stage]) -> Sequence[Stage]:
    """The stages; the hash of the certificates is a fact of those that copy them."""
    return [_with_fact(stage) for stage in stages]


def _with_fact(stage: Stage) -> Stage:
    if not any(isinstance(step, Certificates) for step in stage.steps):
        return stage
    try:
        found = hashlib.sha256(distribution_bundle()).hexdigest()
    except UnavailableError:
        found = "missing"
    return replace(stage, facts=tuple(sorted({**dict(stage.facts), "certificates": found}.items())))
