"""CA certificates: the ones downloading steps trust, and the ones images get."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, UnavailableError
from msbuild.model import Certificates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.model import Stage, Workspace

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
# First the user's setting, then the paths that distributions use.
_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
# From the package ca-certificates; an administrator's additions are below /usr/local.
SHIPPED = Path("/usr/share/ca-certificates")
BUNDLES = (CERTIFICATES, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")


def ca_bundle(workspace: Workspace) -> Path | None:
    """The CA bundle for the downloading steps of a workspace, or ``None``.

    ``auto`` is the bundle of this host, so that builds work behind a proxy that inspects TLS.

    Raises:
        ConfigError: the bundle named in the config is not a file.
    """
    if workspace.ca_bundle == "none":
        return None
    if workspace.ca_bundle == "auto":
        named = (os.environ.get(variable, "") for variable in _VARIABLES)
        found = (Path(path) for path in (*named, *_SYSTEM_BUNDLES) if path)
        return next((path for path in found if path.is_file()), None)
    bundle = workspace.root / workspace.ca_bundle
    if not bundle.is_file():
        raise ConfigError(
            f"the CA bundle `{workspace.ca_bundle}` is not a file",
            hint="use `ca_bundle: auto` for this host's bundle, or `none` for no bundle",
        )
    return bundle


@cache
def distribution_bundle() -> bytes:
    """The certificates as one file, in the format of ``update-ca-certificates``.

    Raises:
        UnavailableError: this host has no certificates.
    """
    shipped = sorted(SHIPPED.rglob("*.crt"))
    if shipped:
        return b"".join(path.read_bytes().rstrip(b"\n") + b"\n" for path in shipped)
    for bundle in map(Path, BUNDLES):
        if bundle.is_file():
            return bundle.read_bytes()
    raise UnavailableError(
        "this host has no CA certificates to copy into images",
        hint="run `apt-get install ca-certificates`",
    )


def with_certificate_facts(stages: Sequence[Stage]) -> Sequence[Stage]:
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
