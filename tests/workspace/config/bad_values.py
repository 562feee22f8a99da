"""Values of the wrong type."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

VALUES = (
    Case(
        "version-as-text",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:10: `version` must be an integer, found the string `1`
  hint: remove the quotes
""",
        head="""
version: "1"
workspace: shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "version-with-a-point",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:10: `version` must be an integer, found the number `1.20`
  hint: write `1`
""",
        head="""
version: 1.20
workspace: shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "version-as-a-word",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:10: `version` must be an integer, found the string `latest`
  hint: write `1`
""",
        head="""
version: latest
workspace: shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "version-with-too-many-digits",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:10: config version `999999999999999999999999999999999999999999999999999999999999…` is not supported
  hint: this msbuild supports `version: 1`
""",
        head="""
version: 9999999999999999999999999999999999999999999999999999999999999999999999
workspace: shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "number-for-a-name",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:2:12: `workspace` must be a string, found the number `1.20`
  hint: put it in quotes: "1.20"
""",
        head="""
version: 1
workspace: 1.20
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "boolean-for-a-name",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:2:12: `workspace` must be a string, found the boolean `true`
  hint: put it in quotes: "true"
""",
        head="""
version: 1
workspace: true
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "list-for-a-name",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:2:12: `workspace` must be a string, found a list
""",
        head="""
version: 1
workspace: [shop]
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "builders-as-a-list",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:11: `builders` must be a mapping, found a list
  hint: write entries as `name: …`
""",
        head="""
version: 1
workspace: shop
builders: [go, rust]
""",
    ),
    Case(
        "a-builder-as-a-text",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:16: `go` must be a mapping, found the string `golang:1.23`
  hint: valid keys: `cores`, `env`, `image`, `inputs`, `options`, `packages`, `plugin`
""",
        head="""
version: 1
workspace: shop
builders: {go: "golang:1.23"}
""",
    ),
    Case(
        "packages-as-a-text",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:49: `packages` must be a list, found the string `git make`
  hint: write items in `[…]`, or on lines that start with `- `
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", packages: git make}}
""",
    ),
    Case(
        "services-as-a-list",
        """
services:
  - api
""",
        """
error: msbuild.yaml:5:3: `services` must be a mapping, found a list
  hint: write entries as `name: …`
""",
    ),
    Case(
        "services-with-nothing-in-it",
        """
services:
""",
        """
error: msbuild.yaml:4:10: `services` must be a mapping, found nothing
  hint: write entries as `name: …`
""",
    ),
    Case(
        "a-service-with-nothing-in-it",
        """
services:
  api:
""",
        """
error: msbuild.yaml:5:7: `api` must be a mapping, found nothing
  hint: valid keys: `assets`, `builder`, `cores`, `depends_on`, `inputs`, `options`, `path`, `runtime`
""",
    ),
    Case(
        "a-service-as-a-text",
        """
services:
  api: ./api
""",
        """
error: msbuild.yaml:5:8: `api` must be a mapping, found the string `./api`
  hint: valid keys: `assets`, `builder`, `cores`, `depends_on`, `inputs`, `options`, `path`, `runtime`
""",
    ),
    Case(
        "discover-as-a-text",
        """
discover: '*'
""",
        """
error: msbuild.yaml:4:11: `discover` must be a list, found the string `*`
  hint: write items in `[…]`, or on lines that start with `- `
""",
    ),
    Case(
        "on-for-true",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, network: on}
""",
        """
error: msbuild.yaml:7:29: `network` must be `true` or `false`, found the string `on`
  hint: write `true`
""",
    ),
    Case(
        "no-for-false",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, network: No}
""",
        """
error: msbuild.yaml:7:29: `network` must be `true` or `false`, found the string `No`
  hint: write `false`
""",
    ),
    Case(
        "true-in-quotes",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, network: "true"}
""",
        """
error: msbuild.yaml:7:29: `network` must be `true` or `false`, found the string `true`
  hint: write `true`, without quotes
""",
    ),
    Case(
        "number-for-a-boolean",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, network: 1}
""",
        """
error: msbuild.yaml:7:29: `network` must be `true` or `false`, found the number `1`
""",
    ),
    Case(
        "an-empty-script",
        """
services:
  api: {path: api}
stages:
  gen: {run: ' '}
""",
        """
error: msbuild.yaml:7:14: `run` is empty
  hint: it must not be empty
""",
    ),
    Case(
        "no-scripts",
        """
services:
  api: {path: api}
stages:
  gen: {run: []}
""",
        """
error: msbuild.yaml:7:14: `run` is empty
  hint: add an item
""",
    ),
    Case(
        "a-script-as-a-mapping",
        """
services:
  api: {path: api}
stages:
  gen: {run: {make: all}}
""",
        """
error: msbuild.yaml:7:14: `run` must be a list, found a mapping
  hint: write items in `[…]`, or on lines that start with `- `
""",
    ),
    Case(
        "a-list-in-a-list-of-texts",
        """
services:
  api:
    path: api
    runtime:
      labels: {team: [a, b]}
""",
        """
error: msbuild.yaml:8:22: `team` must be a string, found a list
""",
    ),
    Case(
        "a-mapping-as-an-item",
        """
services:
  api:
    path: api
    runtime:
      ports:
        - {http: 8080}
""",
        """
error: msbuild.yaml:9:11: an item of `ports` must be a string, found a mapping
""",
    ),
    Case(
        "nothing-as-an-item",
        """
services:
  api:
    path: api
    runtime:
      ports:
        - 8080
        -
""",
        """
error: msbuild.yaml:10:10: an item of `ports` must be a string, found nothing
  hint: use 1 to 65535, for example `8080` or `9090/udp`
""",
    ),
    Case(
        "an-asset-as-a-list",
        """
services:
  api:
    path: api
    assets: [[main.go]]
""",
        """
error: msbuild.yaml:7:14: an item of `assets` must be a string or a mapping, found a list
""",
    ),
    Case(
        "runtime-as-a-text",
        """
services:
  api:
    path: api
    runtime: alpine
""",
        """
error: msbuild.yaml:7:14: `runtime` must be a mapping, found the string `alpine`
  hint: valid keys: `base`, `certificates`, `command`, `entrypoint`, `env`, `healthcheck`, `labels`, `packages`, `ports`, `user`, `workdir`
""",
    ),
)
