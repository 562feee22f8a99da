from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import TransientError, UnavailableError
from msbuild.registry import Registry
from msbuild.registry.names import repository_of
from tests.registry.conftest import DIGEST, MANIFEST, QUICK, log_in, password

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry.conftest import FakeRegistry


def test_the_existence_of_an_image_is_checked(registry: FakeRegistry) -> None:
    registry.manifests[MANIFEST] = b"{}"
    name = f"{registry.host}/team/shop"
    assert Registry(QUICK).digest(name, "v1") == DIGEST
    assert Registry(QUICK).digest(name, "v2") is None
    assert registry.asked == [f"HEAD {MANIFEST}", f"HEAD {MANIFEST[:-1]}2"]


def test_adding_tags_transfers_only_the_manifest(registry: FakeRegistry) -> None:
    registry.manifests[MANIFEST] = b'{"a": 1}'
    Registry(QUICK).add_tags(f"{registry.host}/team/shop", "v1", ["latest", "main"])
    assert registry.manifests["/v2/team/shop/manifests/main"] == b'{"a": 1}'
    assert [each.split()[0] for each in registry.asked] == ["GET", "PUT", "PUT"]


@pytest.mark.parametrize("scheme", ["basic", "bearer"])
def test_the_password_from_the_docker_config_is_used(
    registry: FakeRegistry, config: Path, scheme: str
) -> None:
    registry.scheme = scheme
    registry.manifests[MANIFEST] = b"{}"
    log_in(config, registry.host, auth=password("secret"))
    assert Registry(QUICK).digest(f"{registry.host}/team/shop", "v1") == DIGEST


def test_an_identity_token_is_used(registry: FakeRegistry, config: Path) -> None:
    registry.scheme = "bearer"
    registry.manifests[MANIFEST] = b"{}"
    log_in(config, registry.host, auth=password(""), identitytoken="secret")
    assert Registry(QUICK).digest(f"{registry.host}/team/shop", "v1") == DIGEST


@pytest.mark.parametrize("scheme", ["basic", "bearer"])
def test_a_wrong_password_is_reported_but_not_printed(
    registry: FakeRegistry, config: Path, scheme: str
) -> None:
    registry.scheme = scheme
    log_in(config, registry.host, auth=password("wrong"))
    with pytest.raises(UnavailableError, match="cannot look up") as caught:
        Registry(QUICK).digest(f"{registry.host}/team/shop", "v1")
    assert (
        caught.value.hint == f"run `docker login {registry.host}` with an account that has access"
    )
    assert "wrong" not in caught.value.render()
    assert len(registry.asked) <= 3


def test_a_failing_credential_helper_is_reported(registry: FakeRegistry, config: Path) -> None:
    config.write_text(json.dumps({"credsStore": "no-such-helper"}))
    with pytest.raises(UnavailableError, match=r"cannot load the credentials for"):
        Registry(QUICK).digest(f"{registry.host}/team/shop", "v1")


@pytest.mark.parametrize(("status", "transient"), [(500, True), (429, True), (403, False)])
def test_errors_of_the_registry_are_reported(
    registry: FakeRegistry, status: int, *, transient: bool
) -> None:
    registry.status = status
    with pytest.raises(UnavailableError) as caught:
        Registry(QUICK).digest(f"{registry.host}/team/shop", "v1")
    assert isinstance(caught.value, TransientError) == transient


def test_an_unreachable_registry_is_reported() -> None:
    with pytest.raises(TransientError, match=r"`127\.0\.0\.1:9` does not respond"):
        Registry(QUICK).digest("127.0.0.1:9/team/shop", "v1")


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("alpine", "https://registry-1.docker.io/v2/library/alpine"),
        ("team/shop", "https://registry-1.docker.io/v2/team/shop"),
        ("ghcr.example/team/shop", "https://ghcr.example/v2/team/shop"),
        ("localhost/shop", "http://localhost/v2/shop"),
        ("localhost:5000/shop", "http://localhost:5000/v2/shop"),
        ("127.0.0.1:5000/a/b/c", "http://127.0.0.1:5000/v2/a/b/c"),
        ("127.255.0.9/a", "http://127.255.0.9/v2/a"),
        ("[::1]:5000/a", "http://[::1]:5000/v2/a"),
        ("localhost.evil.example/a", "https://localhost.evil.example/v2/a"),
        ("localhost-mirror.example:443/a", "https://localhost-mirror.example:443/v2/a"),
        ("127.evil.example/a", "https://127.evil.example/v2/a"),
        ("127.0.0.1.nip.io/a", "https://127.0.0.1.nip.io/v2/a"),
        ("127.0.0.256/a", "https://127.0.0.256/v2/a"),
        ("127.0.0.1:5000:6000/a", "https://127.0.0.1:5000:6000/v2/a"),
        ("[::1].evil.example/a", "https://[::1].evil.example/v2/a"),
        ("[::10]/a", "https://[::10]/v2/a"),
        ("localhost:5000@evil.example/a", "https://localhost:5000@evil.example/v2/a"),
    ],
)
def test_names_are_split_as_by_docker(name: str, url: str) -> None:
    assert repository_of(name).url == url
