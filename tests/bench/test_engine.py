"""The parts of the engine benchmarks that need no engine."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from msbuild_go.language import Go

from bench.engine import changes, images, incremental, large, shop, workspaces
from bench.engine.bound import bound, needs_of, step_seconds
from bench.engine.contenders import Run as Ran
from bench.engine.contenders import executed_in
from bench.engine.downloads import upstream
from bench.engine.rawjson import executed_of, seconds_of
from bench.engine.shop import SERVICES
from bench.engine.table import medians
from msbuild.model import Run
from msbuild.plugin.testing import builder, service
from msbuild.sources.tree import SourceTree
from msbuild.workspace.loading import load

REPOSITORY = Path(__file__).parents[2]
PEERS = REPOSITORY / "bench/engine/peers"


def test_a_tiny_workspace_spreads_its_services_over_its_shared_stages(tmp_path: Path) -> None:
    workspaces.write(tmp_path, workspaces.tiny(20, 4, "salt"))
    loaded = load(tmp_path / "msbuild.yaml")
    assert len(loaded.workspace.services) == 20
    shared = [name for name in loaded.jobs if name.endswith("-deps")]
    assert sorted(shared) == ["g0-deps", "g1-deps", "g2-deps", "g3-deps"]
    targets = json.loads((tmp_path / "docker-bake.json").read_text())["target"]
    assert set(targets) == set(loaded.workspace.services)
    for name, each in loaded.workspace.services.items():
        assert targets[name]["args"] == {"SERVICE": name, "GROUP": each.builder}


def scripts(root: Path) -> set[str]:
    """The scripts of a workspace's stages."""
    graph = load(root / "msbuild.yaml").assembly.graph
    steps = [step for name in graph for step in graph[name].steps]
    return {step.script for step in steps if isinstance(step, Run)}


def test_bake_runs_the_scripts_that_msbuild_runs(tmp_path: Path) -> None:
    workspaces.write(tmp_path, workspaces.tiny(4, 2, "salt"))
    ours = {script.replace('"', "").replace("$OUT", "/out") for script in scripts(tmp_path)}
    *shared, service = re.findall(r"RUN (.*)", (tmp_path / "Dockerfile").read_text())
    services = {service.replace("${SERVICE}", f"s{number:03}") for number in range(4)}
    assert ours == {*shared, *services}


def test_another_salt_makes_all_shared_stages_new(tmp_path: Path) -> None:
    found = []
    for salt in ("one", "other"):
        workspaces.write(tmp_path, workspaces.tiny(4, 2, salt))
        found.append({script for script in scripts(tmp_path) if script.startswith("echo")})
    assert len(found[0]) == len(found[1]) == 2
    assert not found[0] & found[1]


def test_the_broken_service_has_no_text(tmp_path: Path) -> None:
    large.make(tmp_path / "w", 60, 10, broken=True)
    assert not (tmp_path / "w/services" / large.BROKEN / "text").exists()
    large.make(tmp_path / "w", 60, 10, broken=False)
    assert (tmp_path / "w/services" / large.BROKEN / "text").exists()


def test_generated_go_services_import_existing_libraries(tmp_path: Path) -> None:
    workspaces.write(tmp_path, workspaces.go(12, 5))
    loaded = load(tmp_path / "msbuild.yaml")
    files = set(loaded.assembly.graph["s004-build"].files)
    assert {"libs/l4/l4.go", "libs/l0/l0.go", "services/s004/main.go"} <= files
    assert "libs/l1/l1.go" not in files


def test_every_service_of_the_sample_has_both_peers() -> None:
    assert set(load(REPOSITORY / "msbuild.yaml").workspace.services) == set(SERVICES)
    for kind in ("usual", "expert"):
        text = (PEERS / kind / "docker-bake.hcl").read_text()
        for name, language in SERVICES.items():
            block = text.partition(f'target "{name}" {{')[2].partition("\n}")[0]
            assert f'"sample-monorepo/{language}"' in block
            path = block.partition('"../../peers/')[2].partition('"')[0]
            assert f'ENTRYPOINT ["./{name}"]' in (PEERS / path).read_text()
            assert f'tags       = ["{kind}/{name}:latest"]' in block


def test_the_bound_is_the_larger_of_critical_path_and_work() -> None:
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": []}
    seconds = {"a": 1.0, "b": 5.0, "c": 2.0, "d": 1.5, "e": 3.0}
    found = bound(needs, seconds, cpu_seconds=20, cores=4)
    assert (found.critical_path, found.cpu_share, found.seconds) == (7.5, 5.0, 7.5)
    assert bound(needs, seconds, cpu_seconds=40, cores=4).seconds == 10
    assert bound({}, {}, 0, 2).seconds == 0


def test_the_bound_counts_executed_steps_of_stages() -> None:
    step: dict[str, Any] = {
        "event": "step",
        "job": "a",
        "stage": "a-build",
        "state": "done",
        "seconds": 2.0,
    }
    events: list[dict[str, Any]] = [
        {"event": "run_started", "jobs": {"a": {"needs": ["b"]}, "b": {"needs": []}}},
        step,
        {**step, "seconds": 0.5},
        {**step, "state": "cached"},
        {**step, "stage": ""},
        {**step, "job": "b", "seconds": 4.0},
    ]
    assert step_seconds(events) == {"a": 2.5, "b": 4.0}
    assert needs_of(events) == {"a": ["b"], "b": []}


def test_executed_scripts_are_those_completed_without_cache_or_error() -> None:
    def status(digest: str, name: str, **more: object) -> str:
        return json.dumps({"vertexes": [{"digest": digest, "name": name, **more}]}, indent=1)

    def ran(started: str, completed: str) -> dict[str, str]:
        minute = "2026-11-25T22:02"
        return {
            "started": f"{minute}:{started}.5Z",
            "completed": f"{minute}:{completed}.500000001Z",
        }

    text = "\n".join(
        [
            "WARNING: {not json",
            status("1", "[s build 2/3] RUN make"),
            status("1", "[s build 2/3] RUN make", **ran("01", "04")),
            status("2", "[s build 3/3] RUN found", **ran("01", "59"), cached=True),
            status("3", "[s build 1/3] COPY a b", **ran("01", "59")),
            status("4", "[s build 3/3] RUN fails", **ran("01", "59"), error="exit code 1"),
            status("5", "[s build 3/3] RUN never ends"),
            status("6", "[s build 3/3] RUN install", **ran("07", "08")),
            status("7", "[t build 2/3] RUN make", **ran("02", "05")),
            status("8", "[u build 2/3] RUN make", **ran("02", "03")),
        ]
    )
    assert executed_of(text) == (
        "[s build 2/3] RUN make",
        "[s build 3/3] RUN install",
        "[t build 2/3] RUN make",
        "[u build 2/3] RUN make",
    )
    assert seconds_of(text) == 5
    assert seconds_of("") == 0


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("http://deb.debian.org/debian/x.deb", "http://deb.debian.org/debian/x.deb"),
        ("/proxy.golang.org/a/@v/list", "https://proxy.golang.org/a/@v/list"),
        ("/index.crates.io/se/rd/serde", "https://index.crates.io/se/rd/serde"),
        ("/elsewhere.example.com/x", None),
        ("/proxy.golang.org/", None),
        ("/", None),
    ],
)
def test_a_request_path_maps_to_its_upstream_url(path: str, url: str | None) -> None:
    assert upstream(path) == url


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "sample-monorepo", tmp_path / "sample")
    return tmp_path / "sample"


@pytest.mark.parametrize("change", changes.CHANGES, ids=lambda change: change.name)
def test_every_repetition_of_a_change_differs(tree: Path, change: changes.Change) -> None:
    def everything() -> str:
        return "".join(
            file.read_text() for file in sorted(tree.rglob("*")) if file.suffix in _TEXTS
        )

    contents = [everything()]
    for number in range(1, 4):
        change.make(tree, number)
        contents.append(everything())
    assert len(set(contents)) == 4


_TEXTS = {".go", ".rs", ".cpp", ".mod", ".sum", ".lock"}


def test_a_bump_keeps_the_hashes_of_other_modules(tree: Path) -> None:
    before = (tree / "go/go.sum").read_text().splitlines()
    changes.bump_uuid(tree, 1)
    after = (tree / "go/go.sum").read_text().splitlines()
    assert len(after) == len(before)
    assert [line for line in after if "uuid" not in line] == [
        line for line in before if "uuid" not in line
    ]
    version = changes.UUIDS[1][0]
    assert f"uuid {version}\n" in (tree / "go/go.mod").read_text()
    assert sum(f"uuid {version}" in line for line in after) == 2


def test_a_bump_affects_only_the_service_that_links_the_module(tree: Path) -> None:
    go = Go()

    def facts() -> list[object]:
        names = ("catalog", "gateway", "storefront")
        services = (service(go, f"go/services/{name}") for name in names)
        sources = SourceTree(tree)
        return [go.inputs(each, builder(go), sources).facts for each in services]

    before = facts()
    changes.bump_uuid(tree, 1)
    same = [a == b for a, b in zip(before, facts(), strict=True)]
    assert same == [True, False, True]


def test_executed_scripts_are_read_from_logs(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    steps = ("RUN make\nmaking\n# done in 1.0 s", "RUN found\n# cached", "COPY x\n# done in 0.1 s")
    log.write_text("".join(f"=== {step}\n" for step in steps))
    assert list(executed_in(log)) == ["a: RUN make"]


def test_a_table_compares_medians_with_ours() -> None:
    lines = medians("a title", {"msbuild": [1, 9, 2], "bake": [8, 7, 9]})
    assert lines[0].split() == ["a", "title", "median", "min", "max", "ratio", "runs"]
    assert lines[1].split() == ["msbuild", "2.00", "s", "1.00", "s", "9.00", "s", "1.00", "3"]
    assert lines[2].split() == ["bake", "8.00", "s", "7.00", "s", "9.00", "s", "4.00", "3"]


def test_the_image_table_has_a_total_for_every_language() -> None:
    one = images.Sizes(program=1_000_000, image=1_500_000, builder=300_000_000)
    rows = images.table(dict.fromkeys(SERVICES, one))
    assert len(rows) == 1 + len(SERVICES) + 3
    assert rows[-1] == ("all of cpp", "3.00 MB", "4.50 MB", "1.500", "900 MB", "200")


def test_a_failed_run_stops_a_benchmark() -> None:
    with pytest.raises(RuntimeError, match="exit code 1: no way"):
        Ran(1.0, 1, (), "", "no way").checked()


def test_the_incremental_table_has_the_mean_of_each_kind() -> None:
    chosen = [change for change in changes.CHANGES if change.kind == "leaf"]
    seconds = {shop.OURS: [2.0], shop.USUAL: [8.0], shop.EXPERT: [2.0, 6.0, 3.0]}
    times = {(change.name, tool): each for change in chosen for tool, each in seconds.items()}
    times[chosen[0].name, shop.USUAL] = [64.0]
    ran = {change.name: [0.5, 1.5, 9.0] for change in chosen}
    rows = incremental.table(chosen, times, dict.fromkeys(times, 1), ran)
    assert rows[1][-4:-2] == ("32.00", "1.50")
    assert rows[2] == (
        f"leaf: {chosen[1].name}",
        *("2.00 s", "1", "8.00 s", "1", "3.00 s", "1"),
        *("4.00", "1.50", "1.50 s", "2.00"),
    )
    assert rows[-1] == ("leaf, mean", *[""] * 6, "8.00", "1.50", "", "2.00")


def test_builds_can_be_limited_to_a_language() -> None:
    chosen = shop.builds(["cpp"])
    assert chosen[shop.USUAL].keywords["targets"] == ("receipts", "search", "shipping")
    assert set(chosen[shop.EACH].keywords["services"].values()) == {"cpp"}


def test_changes_define_no_function_twice(tree: Path) -> None:
    for number in range(1, 3):
        for change in changes.CHANGES:
            change.make(tree, number)
    sources = "".join(file.read_text() for file in (tree / "cpp").rglob("*.cpp"))
    functions = re.findall(r"^int (\w+_\d+)\(\)", sources, re.MULTILINE)
    assert len(functions) == len(set(functions)) == 4
