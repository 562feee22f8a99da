from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import EXIT_ENVIRONMENT, MalformedResponse, UnavailableError
from msbuild.registry import Registry
from tests.registry.conftest import DIGEST, MANIFEST, QUICK, log_in, password

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry.conftest import FakeRegistry


def asked(registry: FakeRegistry) -> str | None:
    registry.manifests[MANIFEST] = b"{}"
    return Registry(QUICK).digest(f"{registry.host}/team/shop", "v1")


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"{}",
        b'{"token": ""}',
        b'{"token": null}',
        b'{"token": 7}',
        b'{"token": ["a"]}',
        b'{"token": "a\\nb"}',
        b'{"token": "a\\r\\nX-Evil: 1"}',
        b'{"token": "a b"}',
        b'{"token": "\\u2028"}',
        b'{"token": "\\ud800"}',
        b'{"token": "let-',
        b"<html>please log in</html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        json.dumps({"token": "x" * 70_000}).encode(),
    ],
)
def test_a_response_without_a_token_is_an_environment_error(
    registry: FakeRegistry, response: bytes
) -> None:
    registry.scheme, registry.token = "bearer", response
    with pytest.raises(
        MalformedResponse, match=f"token service `{registry.host}` returned"
    ) as caught:
        asked(registry)
    assert caught.value.exit_code == EXIT_ENVIRONMENT
    assert registry.asked.count("GET /token") == QUICK.tries


def test_the_message_of_the_token_service_is_quoted(registry: FakeRegistry) -> None:
    registry.scheme, registry.token = "bearer", b"<html><b>please</b> log\x00 in</html>"
    with pytest.raises(MalformedResponse, match="no token: please log in"):
        asked(registry)


def test_a_malformed_token_is_requested_again(registry: FakeRegistry, config: Path) -> None:
    registry.scheme = "bearer"
    log_in(config, registry.host, auth=password("secret"))
    challenge = f'Bearer realm="http://{registry.host}/token",service="r",scope="pull"'
    unknown = (401, {"WWW-Authenticate": challenge}, b"")
    registry.failures = [unknown, (200, {}, b"[]"), unknown, (503, {}, b"")]
    assert asked(registry) == DIGEST


@pytest.mark.parametrize("field", ["token", "access_token"])
def test_both_names_of_a_token_are_accepted(registry: FakeRegistry, field: str) -> None:
    registry.scheme = "bearer"
    registry.token = json.dumps({field: "let-me-in"}).encode()
    assert asked(registry) == DIGEST


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Bearer",
        "Bearer realm",
        'Bearer realm=""',
        'Bearer realm="/token"',
        'Bearer realm="http://"',
        'Bearer realm="http://[::1"',
        'Bearer realm="ftp://127.0.0.1/token"',
        'Bearer realm="file:///etc/passwd"',
        'Bearer realm="http://me@127.0.0.1/token"',
        "Bearer " + "x" * 9000,
        "Negotiate",
        'Basic realm="r"',
        "Digest nonce",
    ],
)
def test_an_invalid_challenge_is_an_environment_error(
    registry: FakeRegistry, challenge: str
) -> None:
    registry.failures = [(401, {"WWW-Authenticate": challenge}, b"")] * 9
    with pytest.raises(UnavailableError) as caught:
        asked(registry)
    assert caught.value.exit_code == EXIT_ENVIRONMENT


@pytest.mark.parametrize(
    "realm",
    ["http://auth.example/token", "http://localhost.evil.example/t", "http://127.0.0.1.nip.io/t"],
)
def test_credentials_are_not_sent_without_tls(
    registry: FakeRegistry, config: Path, realm: str
) -> None:
    registry.scheme, registry.realm = "bearer", realm
    log_in(config, registry.host, auth=password("secret"))
    with pytest.raises(UnavailableError, match=r"requires sending credentials to .* without TLS"):
        asked(registry)
