"""The sample shop on a real engine: which services are built, and the contents of the images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.docker import images
from tests.docker.sample import GO, SERVICES, edited

if TYPE_CHECKING:
    import docker

    from tests.docker.cli import Workspace

pytestmark = pytest.mark.docker

SHARED = {"go-toolchain", "go-deps", "rust-toolchain", "rust-deps", "cpp-toolchain"}
GO_SUM_LINE = "golang.org/x/sync v0.15.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"


def test_all_builds_nine_images(engine: docker.DockerClient, shop: Workspace) -> None:
    assert set(shop.first.outcomes) == SERVICES
    assert set(shop.first.outcomes.values()) <= {"built", "cached"}
    for service in SERVICES:
        assert engine.images.get(f"shop/{service}".replace("shop", shop.name) + ":latest")


def test_a_second_run_builds_nothing_and_prints_one_line(shop: Workspace) -> None:
    result = shop.msbuild("all")
    assert result.code == 0
    assert result.out.count("\n") == 1
    assert result.out.startswith("nothing to build: 9 services up to date")
    as_json = shop.msbuild("all", "--json")
    assert as_json.code == 0
    assert as_json.outcomes == dict.fromkeys(SERVICES, "cached")
    assert as_json.executed_runs == []


@pytest.mark.parametrize(
    ("path", "old", "new", "services"),
    [
        ("go/services/catalog/main.go", "package main", "// x\npackage main", {"catalog"}),
        ("go/lib/product/product.go", "package", "// x\npackage", {"catalog", "storefront"}),
        ("go/lib/web/serve.go", "package", "// x\npackage", GO),
        ("go/services/catalog/data/catalog.json", "{", "{ ", {"catalog"}),
        ("rust/services/pricing/src/main.rs", "\n", "\n// x\n", {"pricing"}),
        ("rust/libs/sku/src/lib.rs", "\n", "\n// x\n", {"inventory", "pricing"}),
        ("rust/services/inventory/opening_stock.csv", "\n", "\nXX-0001,1\n", {"inventory"}),
        ("cpp/services/search/src/main.cpp", "#include", "// x\n#include", {"search"}),
        ("cpp/libs/money/src/money.cpp", "#include", "// x\n#include", {"receipts", "shipping"}),
        ("cpp/services/receipts/templates/receipt.txt", "\n", "\n\n", {"receipts"}),
        ("README.md", "shop", "Shop", set()),
        ("go/services/catalog/catalog_test.go", "package", "// x\npackage", set()),
    ],
)
def test_a_change_rebuilds_exactly_its_users(
    shop: Workspace, path: str, old: str, new: str, services: set[str]
) -> None:
    with edited(shop, path, old, new):
        result = shop.msbuild("all", "--json")
    assert result.code == 0, result.everything
    assert {name for name, how in result.outcomes.items() if how != "cached"} <= services
    planned = {name for name, job in result.events[0]["jobs"].items() if job["service"]}
    assert planned == services
    # according to BuildKit, no script of any other stage ran
    assert set(result.executed_runs) <= {f"{name}-build" for name in services}
    assert shop.msbuild("all", "--json").executed_runs == []


def test_a_changed_go_sum_rebuilds_at_most_the_go_services(shop: Workspace) -> None:
    with edited(shop, "go/go.sum", "\n", f"\n{GO_SUM_LINE}"):
        result = shop.msbuild("all", "--json")
    assert result.code == 0, result.everything
    assert {name for name, how in result.outcomes.items() if how != "cached"} <= GO
    allowed = {"go-deps", *(f"{name}-build" for name in GO)}
    assert set(result.executed_runs) <= allowed


def test_the_context_of_a_service_contains_little_more_than_its_files(shop: Workspace) -> None:
    with edited(shop, "go/services/gateway/main.go", "package", "// y\npackage"):
        result = shop.msbuild("build", "gateway", "--json")
    assert result.code == 0, result.everything
    certificates = 1_000_000  # the host's CA bundle is sent for downloading steps
    assert result.contexts["gateway"] < 100_000 + certificates


def test_a_broken_service_does_not_stop_others_and_is_rebuilt_alone(shop: Workspace) -> None:
    with (
        edited(shop, "go/services/gateway/main.go", "func main() {", "func main() {\n\t_ = y"),
        # a line that no earlier run on this engine has built
        edited(shop, "cpp/services/search/src/main.cpp", "#include", f"// {shop.name}\n#include"),
    ):
        result = shop.msbuild("all", "--json")
        assert result.code == 1
        assert result.outcomes["gateway"] == "failed"
        assert result.outcomes["search"] == "built"
        assert sum(how == "cached" for how in result.outcomes.values()) == len(SERVICES) - 2
        error = result.events[-1]["services"]["gateway"]["error"]
        assert error["stage"] == "gateway-build"
        assert any("undefined: y" in line for line in error["tail"])
        text = shop.msbuild("all").everything
        assert "gateway-build" in text
        assert "undefined: y" in text
        assert ".msbuild/logs/gateway.log" in text
        assert "Traceback" not in text
    fixed = shop.msbuild("all", "--json")
    assert fixed.code == 0
    assert {name for name, how in fixed.outcomes.items() if how != "cached"} <= {"gateway"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_images_contain_only_the_program_and_its_assets(
    engine: docker.DockerClient, shop: Workspace, service: str
) -> None:
    image = f"{shop.name}/{service}:latest"
    user = images.config(engine, image)["User"]
    uid, gid = (int(part) for part in user.split(":"))
    assert uid > 0
    assert gid > 0
    found = set(images.files(engine, image))
    assets = {path for path in found if path.startswith(("/app/data/", "/app/templates/"))}
    rest = found - assets - {f"/app/{service}"}
    named = {"/etc/passwd", "/etc/group", "/etc/ssl/certs/ca-certificates.crt"}
    assert rest == (named if service == "gateway" else set())
    assert bool(assets) == (
        service in {"catalog", "storefront", "recommend", "shipping", "receipts"}
    )


def test_the_host_certificates_are_not_in_the_history(
    engine: docker.DockerClient, shop: Workspace
) -> None:
    api: Any = engine.api
    for service in SERVICES:
        history = str(api.history(f"{shop.name}/{service}:latest"))
        assert "ca.pem" not in history


def test_a_plan_changes_no_files(shop: Workspace) -> None:
    with edited(shop, "go/services/gateway/main.go", "package", "// plan\npackage"):
        before = sorted(path for path in shop.root.rglob("*") if ".msbuild" not in path.parts)
        result = shop.msbuild("plan")
        assert result.code == 0
        assert "go/services/gateway/main.go changed" in result.out
        after = sorted(path for path in shop.root.rglob("*") if ".msbuild" not in path.parts)
        assert before == after
        assert "build  gateway" in shop.msbuild("plan").out


def test_no_cache_rebuilds_only_the_requested_service_and_tags_it(
    engine: docker.DockerClient, shop: Workspace
) -> None:
    result = shop.msbuild("build", "search", "--tag", "v1", "--no-cache", "--json")
    assert result.code == 0, result.everything
    assert "search-build" in result.executed_runs
    assert "gateway-build" not in result.executed_runs
    tagged, latest = (engine.images.get(f"{shop.name}/search:{tag}") for tag in ("v1", "latest"))
    assert images.files(engine, str(tagged.id)) == images.files(engine, str(latest.id))
