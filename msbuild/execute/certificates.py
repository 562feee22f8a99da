"""The certificates that downloading steps trust beside the image's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError

if TYPE_CHECKING:
    from msbuild.model import Workspace

# Where the user says it, then where distributions keep it.
_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def ca_bundle(workspace: Workspace) -> Path | None:
    """The CA bundle of a workspace's downloading steps, or nothing.

    ``auto`` is the bundle of this host, so that builds work behind a proxy that inspects TLS.

    Raises:
        ConfigError: the config names a bundle that is not there.
    """
    if workspace.ca_bundle == "none":
        return None
    if workspace.ca_bundle == "auto":
        named = (os.environ.get(variable, "") for variable in _VARIABLES)
        found = (Path(place) for place in (*named, *_PLACES) if place)
        return next((place for place in found if place.is_file()), None)
    bundle = workspace.root / workspace.ca_bundle
    if not bundle.is_file():
        raise ConfigError(
            f"the CA bundle `{workspace.ca_bundle}` is no file",
            hint="`ca_bundle: auto` takes the host's, `none` takes none",
        )
    return bundle
