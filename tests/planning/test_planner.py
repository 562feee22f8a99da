"""The plan as a function of facts: no disk, no executor."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.execute.api import (
    LABEL_FINGERPRINT,
    LABEL_SERVICE,
    LABEL_WORKSPACE,
    BuiltImage,
)
from msbuild.graph.stage_graph import StageGraph, divide_into_jobs
from msbuild.model import Workspace
from msbuild.planning.fingerprint import fingerprint_all
from msbuild.planning.history import Record
from msbuild.planning.planner import (
    IMAGE_EXISTS,
    IN_REGISTRY,
    CachedService,
    Facts,
    Request,
    fingerprint_tag,
    make_plan,
)
from msbuild.run_options import RunOptions
from tests.stages import DEPS, TOOLCHAIN, build, runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.model import Stage
    from msbuild.planning.fingerprint import Fingerprint
    from msbuild.planning.planner import Plan

PINS = {"debian:trixie-slim": "debian@sha256:1", "scratch": "scratch"}
FILES = ("go.mod", "lib/lib.go", "lib/more.go")


@dataclass
class Known:
    """The state for services that have a main file each and share three others."""

    services: tuple[str, ...] = ("a", "b")
    hashes: dict[str, str] = field(default_factory=dict)
    images: list[BuiltImage] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)

    @property
    def graph(self) -> StageGraph:
        stages: list[Stage] = [TOOLCHAIN, DEPS]
        for name in self.services:
            stages += [build(name, (f"{name}/main.go", *FILES)), runtime(name)]
        return StageGraph(stages)

    @property
    def fingerprints(self) -> Mapping[str, Fingerprint]:
        return fingerprint_all(self.graph, self.graph, self.hash_of, PINS, "linux/amd64")

    def hash_of(self, path: str) -> str:
        return self.hashes.get(path, f"hash of {path}")

    def built(self, *jobs: str, seconds: float = 1.0) -> None:
        """Record builds of jobs from the current files."""
        now = self.fingerprints
        divided = divide_into_jobs(self.graph, self.services)
        for job in jobs:
            inputs = {stage: now[stage].inputs for stage in sorted(divided[job])}
            self.records[job] = Record.of(now[job].value, seconds, inputs)

    def image(self, service: str, *tags: str, remote: bool = False) -> BuiltImage:
        """An image of a service from the current files exists."""
        value = self.fingerprints[service].value
        names = (fingerprint_tag(f"shop/{service}", value), *tags)
        labels = {LABEL_FINGERPRINT: value}
        image = BuiltImage(f"id-{service}", frozenset(names), 7, 0.0, labels, remote=remote)
        self.images.append(image)
        return image

    def plan(
        self,
        *services: str,
        options: RunOptions | None = None,
        cache_from: str = "",
        up_to_date: Mapping[str, CachedService] | None = None,
        builds_parents: bool = True,
    ) -> Plan:
        workspace = Workspace(
            name="shop",
            file=Path("/w/msbuild.yaml"),
            source_root=Path("/w"),
            registry=None,
            ca_bundle="none",
            plugins=(),
            builders={},
            stages={},
            services={},
        )
        facts = Facts(
            workspace=workspace,
            graph=self.graph,
            jobs=divide_into_jobs(self.graph, self.services),
            fingerprints=self.fingerprints,
            hash_of=self.hash_of,
            pins=PINS,
            images=self.images,
            records=self.records,
            builds_parents=builds_parents,
        )
        request = Request(
            services or self.services, options or RunOptions(), cache_from, up_to_date or {}
        )
        return make_plan(facts, request)


def test_shared_jobs_come_first_and_services_wait_for_them() -> None:
    plan = Known().plan()
    assert {name: set(job.needs) for name, job in plan.jobs.items()} == {
        "go-toolchain": set(),
        "go-deps": {"go-toolchain"},
        "a": {"go-deps"},
        "b": {"go-deps"},
    }
    assert list(plan.jobs)[:2] == ["go-toolchain", "go-deps"]
    assert [name for name, job in plan.jobs.items() if job.is_service] == ["a", "b"]


def test_a_service_without_a_record_is_new() -> None:
    assert Known().plan("a").jobs["a"].reason.text == "first build"


def test_a_service_whose_fingerprint_has_an_image_is_up_to_date() -> None:
    known = Known()
    known.built("a", seconds=5.0)
    image = known.image("a", "shop/a:latest")
    plan = known.plan("a", options=RunOptions(tags=("latest", "main")))
    assert not plan.jobs
    value = known.fingerprints["a"].value
    assert plan.cached == {
        "a": CachedService("a", value, image, ("shop/a:main",), IMAGE_EXISTS, 5.0)
    }
    assert plan.tags == {"a": ("shop/a:latest", "shop/a:main")}


def test_an_image_in_the_registry_is_up_to_date() -> None:
    known = Known()
    known.image("a", remote=True)
    assert known.plan("a").cached["a"].reason == IN_REGISTRY


def test_a_tag_whose_image_has_a_different_fingerprint_is_ignored() -> None:
    known = Known()
    tags = known.image("a").tags
    other = {LABEL_FINGERPRINT: "0" * 64}
    known.images = [BuiltImage("moved", tags, 7, 0.0, other)]
    assert list(known.plan("a").cached) == []


def test_without_cache_everything_requested_is_built_separately() -> None:
    known = Known()
    known.built("go-toolchain", "go-deps", "a")
    known.image("a")
    plan = known.plan("a", options=RunOptions(no_cache=True))
    assert list(plan.jobs) == ["go-toolchain", "go-deps", "a"]
    assert plan.jobs["a"].reason.text == "`--no-cache`"
    assert all(planned.job.no_cache for planned in plan.jobs.values())


def test_a_removed_image_is_named_as_the_reason() -> None:
    known = Known()
    known.built("a")
    assert known.plan("a").jobs["a"].reason.text == "its image no longer exists"


def test_the_first_three_changes_are_named() -> None:
    known = Known()
    known.built("a", "b")
    known.hashes = dict.fromkeys(("a/main.go", *FILES), "new")
    plan = known.plan()
    first = "go.mod changed, lib/lib.go changed"
    assert plan.jobs["a"].reason.text == f"a/main.go changed, {first} and 1 more"
    assert plan.jobs["b"].reason.text == f"{first}, lib/more.go changed"


def test_a_damaged_record_still_explains_that_inputs_changed() -> None:
    known = Known()
    known.records["a"] = Record("0" * 64, 1.0, "damaged")
    assert known.plan("a").jobs["a"].reason.text == "its inputs changed"


def test_a_shared_job_names_the_first_four_services_that_need_it() -> None:
    known = Known(services=tuple("abcdef"))
    assert known.plan().jobs["go-deps"].reason.text == "needed by a, b, c, d and 2 more"
    assert known.plan("a", "b").jobs["go-deps"].reason.text == "needed by a, b"


def test_a_job_without_a_record_is_expected_to_take_the_median_of_the_others() -> None:
    known = Known(services=("a", "b", "c", "d"))
    assert known.plan().jobs["d"].estimate is None
    for name, seconds in {"a": 1.0, "b": 8.0, "c": 3.0}.items():
        known.built(name, seconds=seconds)
    estimates = {name: job.estimate for name, job in known.plan().jobs.items()}
    assert estimates == {"go-toolchain": 3, "go-deps": 3, "a": 1, "b": 8, "c": 3, "d": 3}


def test_a_shared_stage_built_before_is_left_to_the_only_job_that_needs_it() -> None:
    known = Known()
    known.built("go-toolchain", "go-deps")
    assert list(known.plan("a").jobs) == ["a"]
    assert known.plan("a").jobs["a"].job.alone
    assert list(known.plan().jobs) == ["go-deps", "a", "b"]
    assert len(known.plan("a", builds_parents=False).jobs) == 3
    known.hashes["go.sum"] = "new"
    assert list(known.plan("a").jobs) == ["go-deps", "a"]


def test_the_job_of_a_service_has_all_that_an_executor_needs() -> None:
    known = Known()
    job = known.plan("a").jobs["a"].job
    now = known.fingerprints
    assert [stage.name for stage in job.stages] == ["go-toolchain", "go-deps", "a-build", "a"]
    assert job.own == {"a-build", "a"}
    assert job.tags == (f"shop/a:fp-{now['a'].short}", "shop/a:latest")
    assert job.labels == {
        LABEL_WORKSPACE: "shop",
        LABEL_SERVICE: "a",
        LABEL_FINGERPRINT: now["a"].value,
    }
    assert job.pins == PINS
    assert job.hashes["a/main.go"] == "hash of a/main.go"
    assert job.fingerprints == {stage.name: now[stage.name].value for stage in job.stages}


def test_shared_stages_are_imported_only_if_this_machine_has_not_built_them() -> None:
    known = Known()
    known.built("go-toolchain")
    jobs = known.plan(cache_from="registry/cache").jobs
    deps = known.fingerprints["go-deps"].short
    assert {name: planned.job.cache_from for name, planned in jobs.items()} == {
        "go-deps": f"registry/cache:go-deps-{deps}",
        "a": "",
        "b": "",
    }


def test_services_that_are_known_to_be_up_to_date_are_in_the_plan_as_they_are() -> None:
    image = BuiltImage("id-b", frozenset(), 7, 0.0, {})
    before = CachedService("b", "f" * 64, image, (), IMAGE_EXISTS, 4)
    plan = Known().plan("a", up_to_date={"b": before})
    assert plan.cached["b"] == before
    assert plan.tags["b"] == ("shop/b:latest",)
