"""Shared Rust libraries are compiled once, and programs do not depend on the sharing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.docker.cli import Workspace
from tests.docker.conftest import remove_images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.docker.cli import Result

pytestmark = pytest.mark.docker

WORKSPACE = """\
[workspace]
members = ["kit", "voice", "plain", "loud"]
resolver = "3"
"""
KIT = """\
[package]
name = "kit"
version = "0.1.0"
edition = "2024"
[dependencies]
voice = { path = "../voice", optional = true }
"""
PROGRAM = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "2024"
[dependencies]
kit = {{ path = "../kit"{more} }}
"""
PACKAGE = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n'
GREET = """\
#[cfg(feature = "voice")]
pub fn greet() -> String { voice::raise("hello") }
#[cfg(not(feature = "voice"))]
pub fn greet() -> String { "hello".into() }
"""
MAIN = 'fn main() { println!("{}", kit::greet()); }\n'
LOCK = """\
version = 4

[[package]]
name = "kit"
version = "0.1.0"
dependencies = ["voice"]

[[package]]
name = "loud"
version = "0.1.0"
dependencies = ["kit"]

[[package]]
name = "plain"
version = "0.1.0"
dependencies = ["kit"]

[[package]]
name = "voice"
version = "0.1.0"
"""


@pytest.fixture
def choir(engine: docker.DockerClient, tmp_path: Path) -> Iterator[Workspace]:
    """`loud` and `plain` share `kit`, which needs `voice` only in `loud`."""
    workspace = Workspace(tmp_path, f"choir-{secrets.token_hex(4)}")
    workspace.write(
        {
            "Cargo.toml": WORKSPACE,
            "Cargo.lock": LOCK,
            "kit/Cargo.toml": KIT,
            "kit/src/lib.rs": f"// {workspace.name}\n{GREET}",
            "voice/Cargo.toml": PACKAGE.format(name="voice"),
            "voice/src/lib.rs": "pub fn raise(text: &str) -> String { text.to_uppercase() }\n",
            "plain/Cargo.toml": PROGRAM.format(name="plain", more=""),
            "plain/src/main.rs": MAIN,
            "loud/Cargo.toml": PROGRAM.format(name="loud", more=', features = ["voice"]'),
            "loud/src/main.rs": MAIN,
        }
    )
    workspace.configure("rust", "plain", "loud")
    yield workspace
    remove_images(engine, workspace.name)


def printed(engine: docker.DockerClient, workspace: Workspace, service: str) -> str:
    """The output of a program."""
    output: bytes = engine.containers.run(f"{workspace.name}/{service}", remove=True)
    return output.decode().strip()


def compiled(result: Result, package: str) -> list[str]:
    """The jobs in which cargo compiled a package."""
    return result.jobs_logging(f"Compiling {package} v")


def test_a_shared_library_is_rebuilt_only_when_it_changes(
    engine: docker.DockerClient, choir: Workspace
) -> None:
    first = choir.built()
    assert printed(engine, choir, "plain") == "hello"
    # `kit` with `voice` does not compile against a stub: that is left to the service
    assert printed(engine, choir, "loud") == "HELLO"
    assert "plain" not in compiled(first, "kit")
    assert "loud" in compiled(first, "kit")

    choir.write({"plain/src/main.rs": MAIN.replace("{}", "{}!")})
    again = choir.built()
    assert printed(engine, choir, "plain") == "hello!"
    assert compiled(again, "kit") == []
    assert compiled(again, "plain") == ["plain"]

    choir.write({"kit/src/lib.rs": GREET.replace("hello", "good day")})
    changed = choir.built()
    assert printed(engine, choir, "plain") == "good day!"
    assert printed(engine, choir, "loud") == "GOOD DAY"
    assert "plain" not in compiled(changed, "kit")


def test_a_service_is_identical_whether_built_alone_or_with_others(
    engine: docker.DockerClient, choir: Workspace
) -> None:
    choir.built()
    together = engine.images.get(f"{choir.name}/plain").id
    choir.configure("rust", "plain")
    alone = choir.msbuild("build", "plain", "--no-cache", "--json")
    assert alone.code == 0, alone.everything
    assert "plain" in compiled(alone, "kit")
    assert engine.images.get(f"{choir.name}/plain").id == together


def test_a_library_that_does_not_compile_fails_its_services(choir: Workspace) -> None:
    choir.write({"kit/src/lib.rs": "pub fn greet() -> String { 1 }\n"})
    result = choir.msbuild("all")
    assert result.code == 1
    assert "mismatched types" in result.everything
    assert "plain  " in result.everything
