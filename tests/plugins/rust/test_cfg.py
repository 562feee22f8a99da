"""The values of `cfg` predicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msbuild_rust.cfg import Cfg
from msbuild_rust.settings import call_of, cfg_of
from msbuild_rust.workspace import workspace_of

from tests.plugins.rust.shop import pricing, rust, shop

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder


@pytest.mark.parametrize(
    ("predicate", "verdict"),
    [
        ("test", False),
        ("not(test)", True),
        ("unix", True),
        ("windows", False),
        ('target_os = "linux"', True),
        ('target_os = "macos"', False),
        ('target_arch = "x86_64"', None),
        ('feature = "test"', None),
        ('all(test, feature = "x")', False),
        ('any(test, feature = "x")', None),
        ('any(windows, all(unix, not(target_os = "macos")),)', True),
        ("all()", True),
        ("any()", False),
        ("other(test)", None),
        ("test test", None),
        ("all(test", None),
        ("", None),
    ],
)
def test_predicates_have_the_expected_value(predicate: str, verdict: object) -> None:
    assert Cfg().judge(predicate) is verdict


def test_a_cfg_that_flags_may_set_is_unknown() -> None:
    assert Cfg(open=True).judge("test") is None
    assert Cfg(linux=False).judge("windows") is None
    assert Cfg(linux=False).judge('target_os = "linux"') is None


def cfg_by(builder: Builder, config: str = "") -> Cfg:
    sources = shop({"rust/.cargo/config.toml": config})
    workspace = workspace_of(pricing(), builder, sources)
    return cfg_of(builder, call_of(workspace, workspace.root, builder, sources), sources)


def test_flags_of_a_builder_determine_its_cfg() -> None:
    assert cfg_by(rust()) == Cfg()
    assert cfg_by(rust(target="aarch64-unknown-linux-musl")) == Cfg()
    assert cfg_by(rust(target="wasm32-wasip1")) == Cfg(linux=False)
    assert cfg_by(rust(), '[build]\ntarget = "wasm32-wasip1"') == Cfg(linux=False)
    assert cfg_by(rust(rustflags=["--cfg", "test"])) == Cfg(open=True)
    assert cfg_by(rust(), '[build]\nrustflags = ["--cfg=test"]') == Cfg(open=True)
