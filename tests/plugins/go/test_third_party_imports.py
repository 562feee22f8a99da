"""Third-party modules that import packages of the tree, checked with the go command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from msbuild_go.language import Go

from msbuild.commands.lock import write_generated
from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import LANGUAGE, go, module, package, program

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.plugin.api import Inputs

GO = Go()
KIT, PLUGIN, FAR = "example.com/kit", "example.org/plugin", "example.net/far"
# The modules of the proxy: a plugin that imports the kit, and one that imports the plugin.
SERVED = {
    KIT: (module(KIT), {"api/a.go": package("api")}),
    PLUGIN: (module(PLUGIN, f"require {KIT} v1.0.0\n"), {"p.go": package("p", f"{KIT}/api")}),
    FAR: (
        module(FAR, f"require {PLUGIN} v1.0.0\nrequire {KIT} v1.0.0 // indirect\n"),
        {"f.go": package("far", PLUGIN)},
    ),
}
KIT_FILES = {
    "kit/go.mod": module(KIT),
    "kit/api/a.go": package("api", f"{KIT}/inner"),
    "kit/inner/i.go": package("inner"),
    "kit/other/o.go": package("other"),
}
# The module of the kit itself, which uses its own plugins.
MAIN = {
    **{path: text for path, text in KIT_FILES.items() if path != "kit/go.mod"},
    "kit/go.mod": module(KIT, f"require {FAR} v1.0.0\nrequire {PLUGIN} v1.0.0 // indirect\n"),
    "kit/app/main.go": program(FAR),
    "kit/plain/main.go": program("fmt"),
}
# Another module, in which a directory replaces the kit.
REPLACED = {
    **KIT_FILES,
    "top/go.mod": module(
        "example.com/top",
        f"replace {KIT} => ../kit\nrequire {FAR} v1.0.0\n"
        f"require (\n\t{KIT} v1.0.0 // indirect\n\t{PLUGIN} v1.0.0 // indirect\n)\n",
    ),
    "top/app/main.go": program(FAR),
    "top/plain/main.go": program("fmt"),
}
WORKSPACE = {
    **REPLACED,
    "go.work": "go 1.22\n\nuse (\n\t./kit\n\t./top\n)\n",
    "top/go.mod": REPLACED["top/go.mod"].replace(f"replace {KIT} => ../kit\n", ""),
}
TREES = {"main": (MAIN, "kit"), "replaced": (REPLACED, "top"), "workspace": (WORKSPACE, "top")}
EXACT = {"kit/api/a.go", "kit/inner/i.go"}


def inputs(files: dict[str, str], path: str) -> Inputs:
    return LANGUAGE.inputs(service(LANGUAGE, path), go(), TextSources(files))


def serve(root: Path) -> None:
    """Write modules in the layout of a proxy."""
    for path, (mod, files) in SERVED.items():
        place = root / path / "@v"
        place.mkdir(parents=True)
        (place / "v1.0.0.mod").write_text(mod)
        (place / "v1.0.0.info").write_text(json.dumps({"Version": "v1.0.0"}))
        with zipfile.ZipFile(place / "v1.0.0.zip", "w") as archive:
            for name, text in {"go.mod": mod, **files}.items():
                archive.writestr(f"{path}@v1.0.0/{name}", text)


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(tmp_path / "proxy")
    values = {
        "GOFLAGS": "-modcacherw",
        "GOMODCACHE": str(tmp_path / "cache"),
        "GOPROXY": f"file://{tmp_path}/proxy",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.slow
@pytest.mark.usefixtures("proxy")
@pytest.mark.skipif(
    shutil.which("go") is None and "CI" not in os.environ, reason="go is not installed"
)
@pytest.mark.parametrize("name", TREES)
def test_go_links_contains_these_imports(name: str, tmp_path: Path) -> None:
    files, home = TREES[name]
    root = tmp_path / "tree"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    # checksums, which go computes
    subprocess.run(["go", "mod", "download", "all"], cwd=root / home, check=True)
    subprocess.run(["go", "mod", "tidy", "-e"], cwd=root / home, check=True)
    files = {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*.*")
        if path.is_file()
    }
    services = [service(LANGUAGE, f"{home}/{each}") for each in ("app", "plain")]
    (wanted,) = GO.generated_files(go(), services, TextSources(files))
    write_generated(wanted, root)
    files[wanted.path] = (root / wanted.path).read_text()
    found = inputs(files, f"{home}/app")
    listed = subprocess.run(
        ["go", "list", "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}", "."],
        cwd=root / home / "app",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    expected = {
        str(path.relative_to(root))
        for each in listed
        if each.startswith(f"{root}/")
        for path in (root / each[len(f"{root}/") :]).glob("*.go")
    }
    assert set(found.files) == expected == {f"{home}/app/main.go", *EXACT}
    assert found.widened == {}
    assert found.files["kit/api/a.go"] == f"imported by the third-party package {FAR}"
    # with a replacement everything that is locked counts
    assert (f"module {PLUGIN}" in found.facts) == (name != "replaced")


@pytest.mark.parametrize("name", ["replaced", "workspace"])
def test_without_go_links_all_packages_of_the_module_are_inputs(name: str) -> None:
    files, home = TREES[name]
    found = inputs(files, f"{home}/app")
    assert {"kit/api/a.go", "kit/inner/i.go", "kit/other/o.go"} <= set(found.files)
    assert found.widened == {"kit": f"third-party packages may import `{KIT}`"}
    plain = inputs(files, f"{home}/plain")
    assert (set(plain.files), plain.widened) == ({f"{home}/plain/main.go"}, {})


@pytest.mark.parametrize("version", ["v0.0.0", "v0.0.0-00010101000000-000000000000"])
def test_a_module_with_a_placeholder_version_is_not_required_by_others(version: str) -> None:
    mod = module(
        "example.com/top",
        f"replace {KIT} => ../kit\nrequire {FAR} v1.0.0\nrequire {KIT} {version}\n",
    )
    files = {**REPLACED, "top/go.mod": mod, "top/app/main.go": program(FAR, f"{KIT}/inner")}
    found = inputs(files, "top/app")
    assert set(found.files) == {"top/app/main.go", "kit/inner/i.go"}


def test_an_outdated_go_links_shows_which_modules_may_be_imported() -> None:
    old = f"# of 0\n{FAR} {FAR} {PLUGIN}\n{PLUGIN} {PLUGIN} {KIT}/api\n"
    found = inputs({**MAIN, "kit/go.links": old}, "kit/app")
    assert {"kit/api/a.go", "kit/inner/i.go", "kit/other/o.go"} <= set(found.files)
    assert set(found.widened) == {"kit"}


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "=======", ">>>>>>> x", "alone", "\0 \0"])
def test_a_broken_go_links_is_ignored_with_a_warning(line: str) -> None:
    (wanted,) = GO.generated_files(go(), [service(LANGUAGE, "kit/app")], TextSources(MAIN))
    text = f"{wanted.head}\n{FAR} {FAR} {PLUGIN}\n{PLUGIN} {PLUGIN} {KIT}/api\n"
    whole = inputs({**MAIN, "kit/go.links": text}, "kit/app")
    assert (whole.warnings, whole.widened) == ((), {})
    broken = inputs({**MAIN, "kit/go.links": f"{text}{line}\n"}, "kit/app")
    assert "run `msbuild lock`" in broken.warnings[0]
    assert set(broken.widened) == {"kit"}
    assert set(broken.facts) == {"kit/go.mod"}


def test_an_unlisted_package_may_import_the_same_as_others() -> None:
    (wanted,) = GO.generated_files(go(), [service(LANGUAGE, "top/app")], TextSources(REPLACED))
    files = {**REPLACED, "top/go.links": f"{wanted.head}\n{FAR} {FAR} fmt\n"}
    assert set(inputs(files, "top/app").files) == {"top/app/main.go"}
    files["top/app/main.go"] = program(FAR, PLUGIN)
    assert "kit/api/a.go" in inputs(files, "top/app").files
