"""A small Go module made of text, and helpers for tests of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild_go import msbuild_languages

from msbuild.plugin.api import Run
from msbuild.plugin.testing import TextSources, builder, service

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Inputs, Service, Stage

(LANGUAGE,) = msbuild_languages()

GO_MOD = """\
module example.com/shop

go 1.22

require (
\tgithub.com/go-chi/chi/v5 v5.2.3
\tgolang.org/x/sync v0.16.0 // indirect
)
"""

FILES = {
    "go/go.mod": GO_MOD,
    "go/go.sum": "github.com/go-chi/chi/v5 v5.2.3 h1:aaaa=\n",
    "go/lib/web/web.go": 'package web\n\nimport (\n\t"net/http"\n\t"github.com/go-chi/chi/v5"\n)\n',
    "go/lib/web/web_test.go": 'package web\n\nimport "example.com/shop/lib/faker"\n',
    "go/lib/faker/faker.go": "package faker\n",
    "go/lib/money/money.go": 'package money\n\nimport "strconv"\n',
    "go/services/catalog/main.go": 'package main\n\nimport "example.com/shop/lib/web"\n',
    "go/services/catalog/README.md": "",
    "go/services/prices/main.go": 'package main\n\nimport "example.com/shop/lib/money"\n',
}


def shop(changes: dict[str, str] | None = None, *, without: tuple[str, ...] = ()) -> TextSources:
    """The module, with some files added or changed and others missing."""
    files = {**FILES, **(changes or {})}
    return TextSources({path: text for path, text in files.items() if path not in without})


def go(**options: Any) -> Builder:
    return builder(LANGUAGE, **options)


def catalog(**options: Any) -> Service:
    return service(LANGUAGE, "go/services/catalog", **options)


def prices(**options: Any) -> Service:
    return service(LANGUAGE, "go/services/prices", **options)


def inputs_of(each: Service, sources: TextSources, shared: Builder | None = None) -> Inputs:
    return LANGUAGE.inputs(each, shared or go(), sources)


def files_of(files: dict[str, str], path: str = "app", **options: Any) -> set[str]:
    """The closure of the program at ``path`` in a tree of files."""
    each = service(LANGUAGE, path)
    return set(LANGUAGE.inputs(each, go(**options), TextSources(files)).files)


def program(*imports: str) -> str:
    """A main package that imports others."""
    return (
        "package main\n\n"
        + "".join(f'import _ "{path}"\n' for path in imports)
        + "\nfunc main() {}\n"
    )


def package(name: str, *imports: str) -> str:
    """A Go file of a library package."""
    return f"package {name}\n\n" + "".join(f'import _ "{path}"\n' for path in imports)


def module(path: str, more: str = "") -> str:
    return f"module {path}\n\ngo 1.22\n{more}"


def deps_of(sources: TextSources, *services: Service, shared: Builder | None = None) -> Stage:
    """The one stage of dependencies that services share."""
    _, stage = LANGUAGE.shared_stages(shared or go(), services, sources)
    return stage


def script_of(step: object) -> str:
    assert isinstance(step, Run)
    return step.script
