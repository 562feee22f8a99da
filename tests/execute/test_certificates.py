from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import UnavailableError
from msbuild.execute import certificates
from msbuild.model import Certificates
from tests.execute.local.conftest import runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(certificates, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr(certificates, "BUNDLES", (str(tmp_path / "bundle.pem"),))
    certificates.distribution_bundle.cache_clear()
    yield
    certificates.distribution_bundle.cache_clear()


def test_certificates_of_the_distribution_are_used_without_those_added_to_the_host(
    tmp_path: Path,
) -> None:
    (tmp_path / "shipped" / "mozilla").mkdir(parents=True)
    (tmp_path / "shipped" / "mozilla" / "b.crt").write_text("b")
    (tmp_path / "shipped" / "mozilla" / "a.crt").write_text("a\n\n")
    (tmp_path / "bundle.pem").write_text("a b and a proxy")
    assert certificates.distribution_bundle() == b"a\nb\n"


def test_the_bundle_is_used_if_the_distribution_ships_no_certificates(tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").write_text("bundle")
    assert certificates.distribution_bundle() == b"bundle"


def test_a_host_without_certificates_is_an_error() -> None:
    with pytest.raises(UnavailableError, match="no CA certificates"):
        certificates.distribution_bundle()


def test_certificates_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    stages = [runtime(Certificates("sh-toolchain")), runtime(name="b")]
    missing = certificates.with_certificate_facts(stages)
    assert dict(missing[0].facts) == {"certificates": "missing"}
    assert missing[1].facts == ()
    (tmp_path / "bundle.pem").write_text("bundle")
    assert certificates.with_certificate_facts(stages)[0].facts != missing[0].facts
