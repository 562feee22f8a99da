from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from msbuild.state.file_stat import stat_of
from msbuild.uptodate import traces
from msbuild.uptodate.incremental import load_incrementally
from msbuild.uptodate.traces import NAME
from msbuild.workspace import loading
from tests.uptodate.comparison import check_traces, plans_agree
from tests.uptodate.shop import CONFIG, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.graph.stage_graph import StageGraph
    from msbuild.uptodate.incremental import IncrementalLoad


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("SHOP_COLOUR", "red")
    return Shop(tmp_path)


def change(shop: Shop) -> IncrementalLoad | None:
    found = shop.found()
    assert found is not None
    return load_incrementally(shop.state, found)


def run(shop: Shop) -> str:
    """Run as `msbuild all` does, and compare with a full load; returns how it ended."""
    found = shop.found()
    if found and not found.changed:
        assert shop.is_up_to_date()
        return "nothing to do"
    incremental = load_incrementally(shop.state, found) if found else None
    if incremental is None:
        shop.build()
        return "full"
    assert plans_agree(shop, incremental, ())
    shop.finish(incremental)
    check_traces(shop, ())
    return "incremental"


def append(shop: Shop, path: str, text: str = "more\n") -> None:
    with (shop.source / path).open("a") as file:
        file.write(text)


def test_an_edit_loads_the_services_that_copy_the_file(shop: Shop) -> None:
    shop.build()
    append(shop, "lib/y/code")
    found = change(shop)
    assert found is not None
    assert found.services == ("job",)
    assert sorted(found.up_to_date) == ["api", "web"]
    assert sorted(found.loaded.jobs) == ["job", "text-deps", "text-libs0", "text-toolchain"]


def test_an_edit_of_an_asset_is_loaded_incrementally(shop: Shop) -> None:
    shop.build()
    append(shop, "services/api/extra/page")
    found = change(shop)
    assert found is not None
    assert found.services == ("api",)


def test_an_edit_that_changes_an_answer_evaluates_that_service_again(shop: Shop) -> None:
    shop.build()
    append(shop, "services/web/main", "use lib/y\n")
    found = change(shop)
    assert found is not None
    assert "lib/y/code" in found.loaded.assembly.graph["web-build"].files
    # with `web`, there are other libraries to share
    assert ("service", "web") in found.answers


def test_a_new_file_reevaluates_only_the_services_that_listed_its_directory(shop: Shop) -> None:
    shop.build()
    (shop.source / "services/web/more").write_text("new\n")
    found = change(shop)
    assert found is not None
    assert found.services == ("web",)
    assert "services/web/more" in found.loaded.assembly.graph["web-build"].files


def test_a_removed_file_reevaluates_only_the_services_that_listed_its_directory(shop: Shop) -> None:
    shop.build()
    (shop.source / "services/web/deep/er/file").unlink()
    found = change(shop)
    assert found is not None
    assert found.services == ("web",)
    assert found.loaded.assembly.graph["web-build"].files == ("services/web/main",)


def test_a_new_service_directory_needs_a_full_load(shop: Shop) -> None:
    shop.build()
    (shop.source / "services/new").mkdir()
    (shop.source / "services/new/main").write_text("alone\n")
    assert change(shop) is None


def test_a_new_link_or_ignore_file_needs_a_full_load(shop: Shop) -> None:
    shop.build()
    (shop.source / "services/web/link").symlink_to("main")
    assert change(shop) is None
    (shop.source / "services/web/link").unlink()
    shop.build()
    (shop.source / "services/web/.gitignore").write_text("deep\n")
    assert change(shop) is None


def test_an_incremental_load_starts_from_the_answers_of_the_previous_one(shop: Shop) -> None:
    shop.build()
    for text in ("use lib/x\n", "use lib/y\n", "alone\n"):
        (shop.source / "services/web/main").write_text(text)
        found = change(shop)
        assert found is not None
        shop.finish(found)
        assert shop.fast_path_agrees()
        assert shop.is_up_to_date()


def test_a_file_in_a_new_empty_directory_is_noticed(shop: Shop) -> None:
    shop.build()
    new = shop.source / "services/web/new"
    new.mkdir()
    assert run(shop) == "incremental"
    (new / "file").write_text("new\n")
    assert run(shop) == "incremental"
    assert run(shop) == "nothing to do"


def test_a_file_in_place_of_a_removed_directory_is_noticed(shop: Shop) -> None:
    shop.build()
    (shop.source / "services/web/deep/er/file").unlink()
    (shop.source / "services/web/deep/er").rmdir()
    assert run(shop) == "incremental"
    (shop.source / "services/web/deep/er").write_text("new\n")
    assert run(shop) == "incremental"
    append(shop, "services/web/deep/er")
    assert run(shop) == "incremental"
    assert run(shop) == "nothing to do"


def test_an_ignored_file_that_git_tracks_later_is_noticed(shop: Shop) -> None:
    (shop.top / ".gitignore").write_text("*.log\n.msbuild\n")
    shop.git("init", "--quiet")
    shop.git("add", ".")
    shop.build()
    new = shop.source / "services/web/new"
    new.mkdir()
    (new / "a.log").write_text("ignored\n")
    # git is asked for the first time
    assert run(shop) == "full"
    shop.git("add", "--force", str(new / "a.log"))
    assert run(shop) == "full"


def test_ignore_rules_of_a_repository_in_a_new_directory_are_noticed(shop: Shop) -> None:
    shop.build()
    new = shop.source / "services/web/new"
    new.mkdir()
    (new / "a.log").write_text("source\n")
    shop.git("init", "--quiet", str(new))
    assert run(shop) == "full"
    (new / ".git/info/exclude").write_text("*.log\n")
    assert run(shop) == "full"


def test_new_files_of_a_service_at_the_source_root_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_COLOUR", "red")
    shop = Shop(tmp_path, f"{CONFIG}  top: {{path: .}}\n")
    shop.build()
    for path in ("new", "lib/new"):
        (shop.source / path).write_text("new\n")
        assert run(shop) == "incremental"


def test_traces_that_have_grown_are_replaced_by_a_full_load(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.build()
    monkeypatch.setattr(traces, "MOST_GROWTH", 0)
    append(shop, "services/web/main", "use lib/y\n")
    found = change(shop)
    assert found is not None
    shop.finish(found)
    assert shop.fast_path_agrees()
    append(shop, "services/web/main", "use lib/x\n")
    assert run(shop) == "full"
    append(shop, "services/web/main")
    assert change(shop) is not None


def test_an_edit_of_a_common_library_loads_all_its_users(shop: Shop) -> None:
    shop.build()
    append(shop, "lib/x/code")
    found = change(shop)
    assert found is not None
    assert found.services == ("api", "job")
    assert list(found.up_to_date) == ["web"]
    assert {"api", "job", "text-libs0"} < set(found.loaded.jobs)


def test_an_edit_of_a_shared_stage_loads_all_services_on_it(shop: Shop) -> None:
    shop.build()
    append(shop, "lock")
    found = change(shop)
    assert found is not None
    assert found.services == ("api", "job", "web")


def test_traces_of_another_run_are_not_used(shop: Shop) -> None:
    shop.build()
    append(shop, "lib/y/code")
    file = shop.state / NAME
    whole = file.read_bytes()
    kept = file.stat()
    assert change(shop) is not None
    file.write_bytes(whole[: len(whole) // 2])
    assert change(shop) is None
    file.unlink()
    assert change(shop) is None
    file.write_bytes(whole)
    os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert change(shop) is None


def test_a_flipped_bit_in_the_traces_is_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.build()
    append(shop, "lib/y/code")
    file = shop.state / NAME
    good, stat = file.read_bytes(), stat_of(file)
    # as if the disk had flipped it
    monkeypatch.setattr(traces, "stat_of", lambda _: stat)
    for place in range(0, len(good), 101):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert change(shop) is None
    file.write_bytes(good)
    assert change(shop) is not None


def test_no_state_file_contains_values_of_variables(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_COLOUR", "s3cr3t")
    shop.build()
    loaded = loading.load(shop.file)
    assert colours(loaded.assembly.graph) == {"s3cr3t"}
    files = [path for path in shop.state.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"traces", "witness"}
    for path in files:
        assert b"s3cr3t" not in path.read_bytes(), path
    for name in ("traces", "witness"):
        assert (shop.state / name).stat().st_mode & 0o777 == 0o600
    assert shop.state.stat().st_mode & 0o777 == 0o700
    # an edit still loads only the affected services, with the current values
    append(shop, "lib/y/code")
    found = change(shop)
    assert found is not None
    assert colours(found.loaded.assembly.graph) == {"s3cr3t"}


def colours(graph: StageGraph) -> set[str]:
    pairs = (pair for name in graph for pair in graph[name].env)
    return {value for name, value in pairs if name == "COLOUR"}


def test_a_flipped_bit_in_the_build_record_is_noticed(shop: Shop) -> None:
    shop.build()
    file = shop.state / "witness"
    good = file.read_bytes()
    assert shop.fast_path_agrees()
    for place in range(0, len(good), 101):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert not shop.fast_path_agrees()
    file.write_bytes(good)
    assert shop.fast_path_agrees()


def test_links_in_a_new_directory_are_followed_by_the_next_run(shop: Shop) -> None:
    shop.build()
    (shop.source / "services/web/new").mkdir()
    (shop.source / "services/web/new/link").symlink_to("../../../lib/y")
    found = change(shop)
    assert found is not None
    shop.finish(found)
    # the link leads to it, but its own directory does not change
    (shop.source / "lib/y/more").write_text("more\n")
    found = change(shop)
    assert found is None or "web" in found.services
