from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import MalformedResponse, TransientError, UnavailableError
from msbuild.registry import Registry
from msbuild.registry.retrying import RetryPolicy
from tests.registry.conftest import DIGEST, MANIFEST, QUICK, log_in, password, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry.conftest import FakeRegistry

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\nContent-Type: a/b\r\n\r\n{}"


def asked(registry: FakeRegistry) -> str | None:
    registry.manifests[MANIFEST] = b"{}"
    return Registry(QUICK).digest(f"{registry.host}/team/shop", "v1")


@pytest.mark.parametrize(
    "failure",
    [
        (500, {}, b""),
        (502, {}, b"<html>"),
        (503, {}, b""),
        (504, {}, b""),
        (408, {}, b""),
        (429, {"Retry-After": "0"}, b""),
        (429, {"Retry-After": "soon"}, b""),
        (200, {}, b"<html>login</html>"),
        (200, {"Docker-Content-Digest": "sha256:1"}, b""),
        b"",
        b"HTTP/1.1 20",
        b"\0\xff\xfe\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_request_is_retried_after_a_transient_error(
    registry: FakeRegistry, failure: bytes | tuple[int, dict[str, str], bytes]
) -> None:
    registry.failures = [failure, failure]
    assert asked(registry) == DIGEST
    assert len(registry.asked) == 3


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_truncated_response_is_retried(registry: FakeRegistry, position: int) -> None:
    registry.manifests[MANIFEST] = b'{"a": 1}'

    registry.failures = [HALF] * position
    Registry(QUICK).add_tags(f"{registry.host}/team/shop", "v1", ["latest"])
    assert registry.manifests["/v2/team/shop/manifests/latest"] == b'{"a": 1}'


def test_a_manifest_with_a_digest_mismatch_is_not_tagged(registry: FakeRegistry) -> None:
    registry.manifests[MANIFEST] = b'{"a": 1}'
    registry.failures = [(200, {"Docker-Content-Digest": DIGEST}, b'{"a":')]
    Registry(QUICK).add_tags(f"{registry.host}/team/shop", "v1", ["latest"])
    assert registry.manifests["/v2/team/shop/manifests/latest"] == b'{"a": 1}'


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b"<html>", b""])
def test_a_response_that_is_not_a_manifest_is_not_tagged(
    registry: FakeRegistry, body: bytes
) -> None:
    registry.manifests[MANIFEST] = b'{"a": 1}'
    registry.failures = [(200, {}, body)]
    Registry(QUICK).add_tags(f"{registry.host}/team/shop", "v1", ["latest"])
    assert registry.manifests["/v2/team/shop/manifests/latest"] == b'{"a": 1}'


def test_a_server_that_accepts_everything_is_not_a_registry(registry: FakeRegistry) -> None:
    registry.failures = [(200, {}, b"<html>welcome</html>")] * 3
    with pytest.raises(MalformedResponse, match="sends no digest for") as caught:
        asked(registry)
    assert caught.value.hint is not None
    assert "login page" in caught.value.hint


def test_the_message_of_the_registry_is_quoted(registry: FakeRegistry) -> None:
    body = b'{"errors":[{"code":"DENIED","message":"pay \\n your bill"}]}'
    registry.failures = [(402, {}, body), (402, {}, body)]
    with pytest.raises(UnavailableError, match="402"):
        asked(registry)
    registry.manifests[MANIFEST] = b"{}"
    with pytest.raises(UnavailableError, match="402 Payment Required: pay your bill"):
        Registry(QUICK).add_tags(f"{registry.host}/team/shop", "v1", ["latest"])


def test_a_registry_that_stayed_down_is_not_tried_again(registry: FakeRegistry) -> None:
    client = Registry(QUICK)
    registry.status = 503
    for _ in range(3):
        with pytest.raises(TransientError, match="503"):
            client.digest(f"{registry.host}/team/shop", "v1")
    assert len(registry.asked) == 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_read(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    now = 1_800_000_000.5
    monkeypatch.setattr("time.time", lambda: now)
    after = "30" if form == "seconds" else formatdate(now + 30, usegmt=True)
    registry.failures = [(429, {"Retry-After": after}, b"")]
    with pytest.raises(TransientError) as caught:
        Registry(RetryPolicy(tries=1)).digest(f"{registry.host}/team/shop", "v1")
    assert caught.value.after == (30 if form == "seconds" else 29.5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_are_not_sent_to_another_host(
    registry: FakeRegistry, config: Path, status: int
) -> None:
    registry.scheme = "basic"
    log_in(config, registry.host, auth=password("secret"))
    with serving() as other:
        other.manifests["/there"] = b"{}"
        away = (status, {"Location": f"http://{other.host}/there"}, b"")
        registry.failures = [(401, {"WWW-Authenticate": 'Basic realm="r"'}, b""), away]
        assert Registry(QUICK).digest(f"{registry.host}/team/shop", "v1") == DIGEST
        assert registry.signed[1].startswith("Basic ")
        assert other.signed == [""]


def test_a_redirect_on_the_same_host_keeps_credentials(
    registry: FakeRegistry, config: Path
) -> None:
    registry.scheme = "basic"
    log_in(config, registry.host, auth=password("secret"))
    registry.manifests["/v2/there"] = b"{}"
    unknown = (401, {"WWW-Authenticate": 'Basic realm="r"'}, b"")
    registry.failures = [unknown, (307, {"Location": "/v2/there"}, b"")]
    assert Registry(QUICK).digest(f"{registry.host}/team/shop", "v1") == DIGEST


def test_data_is_not_sent_to_another_host(registry: FakeRegistry) -> None:
    registry.manifests[MANIFEST] = b"{}"
    with serving() as other:
        client = Registry(QUICK)
        registry.failures = [
            (200, {"Docker-Content-Digest": DIGEST}, b"{}"),
            (307, {"Location": f"http://{other.host}/there"}, b""),
        ]
        with pytest.raises(UnavailableError, match="refusing to send data"):
            client.add_tags(f"{registry.host}/team/shop", "v1", ["latest"])
        assert other.asked == []


@pytest.mark.parametrize("place", ["http://registry.example/x", "ftp://127.0.0.1/x", "file:///x"])
def test_redirects_without_tls_are_refused(registry: FakeRegistry, place: str) -> None:
    registry.failures = [(302, {"Location": place}, b"")]
    with pytest.raises(UnavailableError, match="without TLS"):
        asked(registry)


def test_the_number_of_redirects_is_limited(registry: FakeRegistry) -> None:
    registry.failures = [(302, {"Location": MANIFEST}, b"")] * 9
    with pytest.raises(UnavailableError, match="too many redirects"):
        asked(registry)


def test_the_size_of_a_response_is_limited(registry: FakeRegistry) -> None:
    registry.manifests[MANIFEST] = b"{" + b" " * 9_000_000
    with pytest.raises(MalformedResponse, match="exceeds 8 MB"):
        Registry(QUICK).add_tags(f"{registry.host}/team/shop", "v1", ["latest"])
