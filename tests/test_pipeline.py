from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigErrors, UnavailableError, UsageError
from msbuild.events import JobFinished, Outcome, RunFinished
from msbuild.plugin.api import TargetPlatform
from msbuild.run_options import RunOptions
from tests.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SHARED = {"text-toolchain": 1, "text-deps": 1}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, ["a", "b", "c"])
    project.write({"lib/x/x": "x", "services/a/main": "use lib/x", "services/b/main": "use lib/x"})
    return project


def test_the_first_run_builds_everything_and_shared_stages_once(project: Project) -> None:
    run = project.run()
    assert run.exit_code == 0
    assert run.executed == {**SHARED, "a": 1, "b": 1, "c": 1}


def test_built_services_are_reported_with_the_size_of_their_builder(project: Project) -> None:
    project.write({"services/b/main": "broken"})
    end = project.run().events[-1]
    assert isinstance(end, RunFinished)
    assert end.builder_sizes == {"a": 9, "c": 9}


@pytest.mark.parametrize("platform", ["linux/arm64", "linux/386", "windows/amd64"])
def test_compilers_for_another_platform_are_rejected_when_planning(
    project: Project, platform: str
) -> None:
    project.language.target = TargetPlatform(platform, "`TARGET: x` in `env`")
    with pytest.raises(ConfigErrors) as caught:
        project.plan("a", "b")
    (problem,) = caught.value.problems
    assert problem.message == (
        f"builder `text` compiles for {platform} (`TARGET: x` in `env`), "
        "but images are built for linux/amd64"
    )
    assert problem.at is not None
    assert not project.executor.executed


def test_compilers_may_be_configured_for_the_platform_of_the_images(project: Project) -> None:
    project.language.target = TargetPlatform("linux/amd64/v2", "`TARGET: x` in `env`")
    assert project.run().exit_code == 0


def test_a_small_build_does_not_request_the_size_of_builders(project: Project) -> None:
    project.run()
    project.write({"services/b/main": "changed"})
    end = project.run().events[-1]
    assert isinstance(end, RunFinished)
    assert end.outcomes["b"] is Outcome.BUILT
    assert not end.builder_sizes


def test_the_second_run_builds_nothing(project: Project) -> None:
    project.run()
    run = project.run()
    assert run.exit_code == 0
    assert not run.executed
    assert isinstance(run.events[-1], RunFinished)
    assert run.events[-1].outcomes == dict.fromkeys("abc", Outcome.CACHED)


@pytest.mark.parametrize(
    ("path", "services"),
    [("services/c/main", {"c"}), ("lib/x/x", {"a", "b"}), ("services/a/new", {"a"})],
)
def test_a_change_rebuilds_exactly_its_users(
    project: Project, path: str, services: set[str]
) -> None:
    project.run()
    project.write({path: "changed"})
    run = project.run()
    assert set(run.executed) - set(SHARED) == services
    assert {name: job.reason.kind for name, job in run.plan.jobs.items() if job.is_service} == (
        dict.fromkeys(services, "changed")
    )
    assert all(path in run.plan.jobs[name].reason.text for name in services)


@pytest.mark.parametrize(
    ("edited", "executed"),
    [
        (["services/c/main"], {"c"}),
        (["lib/x/x"], {"text-deps", "a", "b"}),
        (["services/c/main", "lock"], {"text-deps", "c"}),
    ],
)
def test_an_existing_shared_stage_is_folded_into_the_only_job_that_needs_it(
    project: Project, edited: list[str], executed: set[str]
) -> None:
    project.run()
    project.write(dict.fromkeys(edited, "changed"))
    run = project.run()
    assert set(run.executed) == executed
    ended = {event.job for event in run.events if isinstance(event, JobFinished)}
    assert ended == executed


def test_a_job_is_marked_as_the_only_one(project: Project) -> None:
    assert not any(job.job.alone for job in project.plan().jobs.values())
    project.run()
    project.write({"services/c/main": "changed"})
    (planned,) = project.plan().jobs.values()
    assert planned.job.alone


def test_shared_stages_are_jobs_if_no_service_would_build_them(project: Project) -> None:
    project.run()
    project.write({"services/c/main": "changed"})
    assert set(project.plan(options=RunOptions(cache_to="")).jobs) == {*SHARED, "c"}
    project.executor.builds_parents = False
    assert set(project.run().executed) == {*SHARED, "c"}


def test_speed_only_stages_change_no_fingerprint(project: Project) -> None:
    project.run()
    project.write({"lock": "bumped"})
    assert not project.run().executed


def test_one_broken_service_leaves_the_others_and_is_then_built_alone(project: Project) -> None:
    project.write({"services/b/main": "broken"})
    run = project.run()
    assert run.exit_code == 1
    ended = {event.job: event for event in run.events if isinstance(event, JobFinished)}
    assert ended["b"].outcome is Outcome.FAILED
    assert ended["a"].outcome is ended["c"].outcome is Outcome.BUILT
    project.write({"services/b/main": "mended"})
    run = project.run()
    assert run.exit_code == 0
    assert set(run.executed) - set(SHARED) == {"b"}


def test_a_broken_shared_stage_skips_its_dependents(project: Project) -> None:
    project.write({"lock": "broken"})
    run = project.run()
    assert run.exit_code == 1
    assert run.executed == SHARED
    ended = {event.job: event for event in run.events if isinstance(event, JobFinished)}
    assert {ended[name].outcome for name in "abc"} == {Outcome.SKIPPED}
    assert {ended[name].because for name in "abc"} == {"text-deps"}


def test_a_removed_image_is_rebuilt(project: Project) -> None:
    project.run()
    gone = next(image for image in project.executor.held.values() if "shop/c:latest" in image.tags)
    del project.executor.held[gone.id]
    run = project.run()
    assert run.plan.jobs["c"].reason.kind == "missing"
    assert set(run.executed) - set(SHARED) == {"c"}


def test_a_tag_on_another_image_is_ignored(project: Project) -> None:
    project.run()
    held = project.executor.held
    a, c = (next(i for i in held.values() if f"shop/{n}:latest" in i.tags) for n in "ac")
    project.executor.tag(a.id, [tag for tag in c.tags if ":fp-" in tag])
    assert set(project.run().executed) - set(SHARED) == {"c"}


def test_reverting_a_change_moves_the_tag_without_a_build(project: Project) -> None:
    project.run()
    first = {i.id for i in project.executor.held.values() if "shop/c:latest" in i.tags}
    project.write({"services/c/main": "other"})
    project.run()
    project.write({"services/c/main": "c"})
    run = project.run()
    assert not run.executed
    assert {i.id for i in project.executor.held.values() if "shop/c:latest" in i.tags} == first


def test_without_history_the_result_is_the_same(project: Project) -> None:
    project.run()
    (project.root / ".msbuild" / "history.sqlite").unlink()
    assert not project.run().executed


def test_no_cache_rebuilds_up_to_date_services(project: Project) -> None:
    project.run()
    run = project.run("c", no_cache=True)
    assert set(run.executed) - set(SHARED) == {"c"}
    assert run.plan.jobs["c"].job.no_cache


def test_images_get_the_requested_tags(project: Project) -> None:
    run = project.run("c", tags=["v1", "v2"])
    _, *tags = run.plan.jobs["c"].job.tags
    assert tags == ["shop/c:v1", "shop/c:v2"]


def test_push_covers_built_and_up_to_date_services(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a", "b"], registry="registry.example.com")
    project.run("a")
    project.run(push=True)
    names = sorted(tag for tag in project.executor.pushed if ":fp-" not in tag)
    assert names == ["registry.example.com/shop/a:latest", "registry.example.com/shop/b:latest"]
    assert sum(":fp-" in tag for tag in project.executor.pushed) == 2


def test_planning_changes_nothing(project: Project) -> None:
    plan = project.plan()
    assert list(plan.jobs) == ["text-toolchain", "text-deps", "a", "b", "c"]
    assert plan.jobs["text-deps"].reason.text == "needed by a, b, c"
    assert not (project.root / ".msbuild").exists()
    assert not project.executor.held


def test_an_unknown_service_is_an_error_with_a_suggestion(project: Project) -> None:
    project.write({"services/gateway/main": ""})
    with pytest.raises(UsageError, match="unknown service `aa`") as caught:
        project.plan("aa")
    assert caught.value.hint == "did you mean `a`?"


def test_the_same_tree_at_another_path_has_the_same_tags(tmp_path: Path) -> None:
    tags = []
    for place in ("one", "another/deeper"):
        (tmp_path / place).mkdir(parents=True)
        plan = Project(tmp_path / place, ["a", "b"]).plan()
        tags.append([job.job.tags for job in plan.jobs.values()])
    assert tags[0] == tags[1]


def test_durations_become_estimates(project: Project) -> None:
    assert project.plan().jobs["a"].estimate is None
    project.run()
    estimate = project.plan("a", options=RunOptions(no_cache=True)).jobs["a"].estimate
    assert estimate is not None
    assert estimate >= 0


def test_built_shared_stages_are_pushed_for_other_machines(project: Project) -> None:
    run = project.run()
    prints = {name: run.plan.jobs[name].fingerprint[:16] for name in SHARED}
    assert project.publish(run, "r/cache") == []
    assert project.executor.published == [f"r/cache:{name}-{prints[name]}" for name in SHARED]
    (problem, other) = project.publish(run, "r/refused")
    assert problem == "cannot push shared stage `text-toolchain`: the registry does not take it"
    assert "text-deps" in other


def test_cache_from_is_planned_only_for_stages_not_built_here(
    project: Project,
) -> None:
    plan = project.plan(cache_from="r/cache")
    fingerprint = plan.jobs["text-deps"].fingerprint
    assert plan.jobs["text-deps"].job.cache_from == f"r/cache:text-deps-{fingerprint[:16]}"
    assert plan.jobs["a"].job.cache_from == ""
    assert project.plan().jobs["text-deps"].job.cache_from == ""
    project.run()
    project.write({"lib/x/x": "new"})
    assert project.plan(cache_from="r/cache").jobs["text-deps"].job.cache_from == ""


def test_identical_toolchains_wait_for_each_other_only_if_both_are_built(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path, ["a", "b"])
    project.builders = ["text", "text2"]
    project.services["b"] = replace(project.services["b"], builder="text2")
    both = project.plan().jobs
    assert both["text2-toolchain"].needs == {"text-toolchain"}
    assert set(project.plan("b").jobs) == {"text2-toolchain", "text2-deps", "b"}
    assert project.plan("b").jobs["text2-toolchain"].needs == set()
    assert project.run("b").exit_code == 0


def test_cores_weigh_jobs_and_change_no_fingerprint(project: Project) -> None:
    before = project.plan().jobs
    project.services["a"] = replace(project.services["a"], cores=3)
    after = project.plan().jobs
    assert {name: job.cores for name, job in after.items()} == dict.fromkeys(before, 1) | {"a": 3}
    assert {name: job.fingerprint for name, job in after.items()} == {
        name: job.fingerprint for name, job in before.items()
    }


@pytest.mark.parametrize(
    ("error", "code"), [(OSError(28, "No space left on device", "store/x"), 3), (ValueError(), 1)]
)
def test_system_errors_are_environment_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    project = Project(tmp_path, ["a"])

    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(project.executor, "execute", fail)
    run = project.run()
    assert run.exit_code == code
    end = next(event for event in run.events if isinstance(event, JobFinished))
    if code == 3:
        assert isinstance(end.error, UnavailableError)
        assert end.error.message == "`store/x`: no space left on device"
        assert "msbuild prune" in (end.error.hint or "")
