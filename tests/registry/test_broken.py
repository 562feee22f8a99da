"""Runs against a registry that breaks a fifth of its responses, and against an unreachable one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.faults.broken_registry import BrokenRegistry, serving
from bench.faults.registry import campaign
from msbuild import pipeline
from msbuild.errors import TransientError, UnavailableError
from msbuild.planning import planner
from msbuild.planning.planner import fingerprint_tag
from msbuild.registry import Registry
from msbuild.registry.retrying import RetryPolicy
from msbuild.run_options import RunOptions
from msbuild.workspace import loading
from msbuild.workspace.lookups import retag_in_registry
from tests.host.conftest import compilers  # noqa: F401 - a fixture
from tests.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.registry.conftest import FakeRegistry

pytestmark = pytest.mark.slow

QUICK = RetryPolicy(tries=10, first=0.005, longest=0.005)
SERVICES = ("a", "b", "c", "d")
RUNS = 40


@pytest.fixture(autouse=True)
def no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


@pytest.fixture
def broken() -> Iterator[BrokenRegistry]:
    with serving(BrokenRegistry(0.2, seed=12, after=0, pause=0.01)) as registry:
        yield registry


def planned(project: Project, registry: Registry | None, *, push: bool = False) -> pipeline.Planned:
    loaded = project.load()
    project.executor.sources = loaded.sources
    request = planner.Request(loading.select(loaded.workspace, []), RunOptions(push=push))
    return pipeline.plan(loaded, project.executor, request, time.monotonic(), registry)


def test_every_run_succeeds_with_a_flaky_registry(tmp_path: Path, broken: BrokenRegistry) -> None:
    project = Project(tmp_path, SERVICES, registry=f"{broken.host}/team")
    fingerprints = planned(project, Registry(QUICK)).fingerprints
    for name in ("a", "b"):
        tag = fingerprint_tag(f"{broken.host}/team/shop/{name}", fingerprints[name].value)
        broken.manifests[tag.partition("/")[2]] = ("application/json", b'{"schemaVersion": 2}')
    for run in range(RUNS):
        broken.reseed(run)
        found = planned(project, Registry(QUICK), push=True)
        assert list(found.plan.cached) == ["a", "b"], run
        retag_in_registry(Registry(QUICK), found.plan.cached.values())
        assert "latest" in broken.tags("team/shop/a")
    assert broken.broken > RUNS


def test_a_registry_that_is_down_is_a_warning_without_push(
    tmp_path: Path, registry: FakeRegistry
) -> None:
    project = Project(tmp_path, SERVICES, registry=f"{registry.host}/team")
    registry.status = 503
    client = Registry(RetryPolicy(tries=2, first=0.001))
    found = planned(project, client)
    assert sorted(found.plan.jobs)[:2] == ["a", "b"]
    (warning,) = found.warnings
    assert warning.startswith("cannot check which images the registry has: ")
    with pytest.raises(TransientError):
        planned(project, client, push=True)


def test_a_registry_that_is_unreachable_is_a_warning(tmp_path: Path) -> None:
    project = Project(tmp_path, SERVICES, registry="127.0.0.1:9/team")
    found = planned(project, Registry(RetryPolicy(first=0.001)))
    assert "does not respond" in found.warnings[0]
    assert "HTTPConnection" not in found.warnings[0]


class NoBase(Project):
    """A registry does not provide the base image of one service."""

    def load(self) -> loading.Loaded:
        loaded = super().load()
        self.executor.pin = self.pin  # type: ignore[method-assign]
        return loaded

    def pin(self, references: Sequence[str], *, refresh: bool = False) -> Mapping[str, str]:
        del refresh
        if any("gone" in name for name in references):
            raise UnavailableError("the base image `gone:1` is unavailable")
        return dict.fromkeys(references, f"x@sha256:{'0' * 64}")


def on_base(project: Project, *names: str) -> None:
    for name in names:
        service = project.services[name]
        runtime = replace(service.runtime, base="gone:1")
        project.services[name] = replace(service, runtime=runtime)


def test_only_services_with_a_missing_base_image_fail(tmp_path: Path) -> None:
    project = NoBase(tmp_path, ("a", "b"))
    on_base(project, "b")
    found = planned(project, None)
    assert found.warnings == ("the base image `gone:1` is unavailable; services that need it: `b`",)
    run = project.run()
    assert run.exit_code == 3
    assert run.executed["a"] == 1
    assert run.executed["b"] == 0


def test_nothing_starts_if_no_service_can_be_built(tmp_path: Path) -> None:
    project = NoBase(tmp_path, ("a", "b"))
    on_base(project, "a", "b")
    with pytest.raises(UnavailableError, match="`gone:1` is unavailable"):
        planned(project, None)


@pytest.mark.host
@pytest.mark.usefixtures("compilers")
def test_pushes_to_a_flaky_registry_succeed(tmp_path: Path) -> None:
    assert not any(campaign(4, 0.2, 7, tmp_path).values())
