"""CA certificates: the ones downloading steps trust, and the ones images get."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError

if TYPE_CHECKING:
    from msbuild.model import Workspace

# First what the user set, then where distributions store it.
_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


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
