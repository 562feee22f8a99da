"""Unknown plugins, and invalid options."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

PLUGINS = (
    Case(
        "a-plugin-with-a-slip",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:27: unknown plugin `rusd`
  hint: did you mean `rust`? installed plugins: `go`, `rust`
""",
        head="""
version: 1
workspace: shop
builders: {main: {plugin: rusd, image: "rust:1"}}
""",
    ),
    Case(
        "a-builder-named-like-no-plugin",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:12: unknown plugin `main`
  hint: installed plugins: `go`, `rust`; choose one with `plugin:`
""",
        head="""
version: 1
workspace: shop
builders: {main: {image: "rust:1"}}
""",
    ),
    Case(
        "a-plugin-with-a-bad-name",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:25: `../evil` is not a valid plugin name
  hint: `msbuild plugins` lists them
""",
        head="""
version: 1
workspace: shop
builders: {go: {plugin: ../evil, image: "golang:1.23"}}
""",
    ),
    Case(
        "a-plugin-that-does-not-exist",
        """
plugins:
  - tests.workspace.config.languages
  - no_such_module
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:6:5: plugin `no_such_module` cannot be imported: ModuleNotFoundError: No module named 'no_such_module'
  hint: is it installed in the same environment as msbuild?
""",
    ),
    Case(
        "a-plugin-that-is-no-plugin",
        """
plugins: [string]
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:4:11: plugin `string` implements no msbuild hook
  hint: mark a function `msbuild_languages` with `@hookimpl`
""",
    ),
    Case(
        "a-plugin-that-is-a-path",
        """
plugins: [./plugins/zig.py]
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:4:11: `./plugins/zig.py` is not a valid Python module name
  hint: write it as in an `import` statement
""",
    ),
    Case(
        "unknown-option-of-a-builder",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:49: plugin `go` has no option `flag` for builders
  hint: did you mean `flags`? known options: `cgo`, `flags`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", options: {flag: [-v]}}}
""",
    ),
    Case(
        "unknown-option-of-a-service",
        """
services:
  api:
    path: api
    options: {tagret: ./cmd/api}
""",
        """
error: msbuild.yaml:7:15: plugin `go` has no option `tagret` for services
  hint: did you mean `target`? known options: `level`, `tags`, `target`
""",
    ),
    Case(
        "an-option-of-builders-at-a-service",
        """
services:
  api:
    path: api
    options: {cgo: true}
""",
        """
error: msbuild.yaml:7:15: plugin `go` has no option `cgo` for services
  hint: it is an option for builders
""",
    ),
    Case(
        "an-option-where-there-are-none",
        """
services:
  api: {path: api, options: {target: api}}
""",
        """
error: msbuild.yaml:5:30: plugin `rust` has no option `target` for services
  hint: it has no options
""",
        head="""
version: 1
workspace: shop
builders: {rust: {image: "rust:1"}}
""",
    ),
    Case(
        "an-option-with-the-wrong-type",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:54: `cgo` must be `true` or `false`, found the string `on`
  hint: write `true`, without quotes
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", options: {cgo: "on"}}}
""",
    ),
    Case(
        "a-list-for-an-option-of-one",
        """
services:
  api:
    path: api
    options: {target: [./cmd/api]}
""",
        """
error: msbuild.yaml:7:23: `target` must be a string, found a list
""",
    ),
    Case(
        "a-mapping-in-a-list-option",
        """
services:
  api:
    path: api
    options: {tags: [{name: netgo}]}
""",
        """
error: msbuild.yaml:7:22: an item of `tags` must be a string, found a mapping
""",
    ),
    Case(
        "options-as-a-list",
        """
services:
  api:
    path: api
    options: [target]
""",
        """
error: msbuild.yaml:7:14: `options` must be a mapping, found a list
  hint: write entries as `name: …`
""",
    ),
    Case(
        "a-wrong-option-of-what-was-discovered",
        """
discover:
  - {glob: 'a*', options: {tagret: .}}
""",
        """
error: msbuild.yaml:5:28: plugin `go` has no option `tagret` for services
  hint: did you mean `target`? known options: `level`, `tags`, `target`
""",
    ),
    Case(
        "plugin-option-in-quotes",
        """
services:
  api:
    path: api
    options: {level: "2"}
""",
        """
error: msbuild.yaml:7:22: `level` must be an integer, found the string `2`
  hint: remove the quotes
""",
    ),
    Case(
        "plugin-option-with-a-point",
        """
services:
  api:
    path: api
    options: {level: 1.5}
""",
        """
error: msbuild.yaml:7:22: `level` must be an integer, found the number `1.5`
""",
    ),
    Case(
        "plugin-option-out-of-range",
        """
services:
  api:
    path: api
    options: {level: 99999999999999999999}
""",
        """
error: msbuild.yaml:7:22: `level` must be from -1000000000000000 to 1000000000000000, found `99999999999999999999`
""",
    ),
)
