"""Unknown keys, and several problems at once."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

KEYS = (
    Case(
        "unknown-key-at-the-top",
        """
services:
  api: {path: api}
service: {}
""",
        """
error: msbuild.yaml:6:1: unknown key `service` in the config
  hint: did you mean `services`? known keys: `builders`, `ca_bundle`, `defaults`, `discover`, `plugins`, `registry`, `services`, `source_root`, `stages`, `version`, `workspace`
""",
    ),
    Case(
        "unknown-key-like-none",
        """
services:
  api: {path: api}
zzz: 1
""",
        """
error: msbuild.yaml:6:1: unknown key `zzz` in the config
  hint: known keys: `builders`, `ca_bundle`, `defaults`, `discover`, `plugins`, `registry`, `services`, `source_root`, `stages`, `version`, `workspace`
""",
    ),
    Case(
        "unknown-key-of-a-builder",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:39: unknown key `package` in `go`
  hint: did you mean `packages`? known keys: `cores`, `env`, `image`, `inputs`, `options`, `packages`, `plugin`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", package: [git]}}
""",
    ),
    Case(
        "unknown-key-of-defaults",
        """
services:
  api: {path: api}
defaults: {runtimes: {}}
""",
        """
error: msbuild.yaml:6:12: unknown key `runtimes` in `defaults`
  hint: did you mean `runtime`? known keys: `builder`, `runtime`
""",
    ),
    Case(
        "unknown-key-of-a-stage",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, input: [api]}
""",
        """
error: msbuild.yaml:7:20: unknown key `input` in `gen`
  hint: did you mean `inputs`? known keys: `builder`, `cores`, `inputs`, `network`, `run`
""",
    ),
    Case(
        "unknown-key-of-discover",
        """
discover:
  - {glob: 'a*', excludes: [web]}
""",
        """
error: msbuild.yaml:5:18: unknown key `excludes` in an item of `discover`
  hint: did you mean `exclude`? known keys: `assets`, `builder`, `cores`, `depends_on`, `exclude`, `glob`, `inputs`, `options`, `runtime`
""",
    ),
    Case(
        "unknown-key-of-a-service",
        """
services:
  api:
    path: api
    depend_on: []
""",
        """
error: msbuild.yaml:7:5: unknown key `depend_on` in `api`
  hint: did you mean `depends_on`? known keys: `assets`, `builder`, `cores`, `depends_on`, `inputs`, `options`, `path`, `runtime`
""",
    ),
    Case(
        "unknown-key-of-a-runtime",
        """
services:
  api:
    path: api
    runtime:
      entry_point: [./api]
""",
        """
error: msbuild.yaml:8:7: unknown key `entry_point` in `runtime`
  hint: did you mean `entrypoint`? known keys: `base`, `certificates`, `command`, `entrypoint`, `env`, `healthcheck`, `labels`, `packages`, `ports`, `user`, `workdir`
""",
    ),
    Case(
        "unknown-key-of-a-healthcheck",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], retry: 3}
""",
        """
error: msbuild.yaml:8:39: unknown key `retry` in `healthcheck`
  hint: did you mean `retries`? known keys: `command`, `interval`, `retries`, `start_period`, `timeout`
""",
    ),
    Case(
        "unknown-key-of-a-user",
        """
services:
  api:
    path: api
    runtime:
      user: {name: shop, id: 10001}
""",
        """
error: msbuild.yaml:8:26: unknown key `id` in `user`
  hint: did you mean `uid`? known keys: `gid`, `name`, `uid`
""",
    ),
    Case(
        "unknown-key-of-an-asset",
        """
services:
  api:
    path: api
    assets:
      - {from: main.go, into: /srv}
""",
        """
error: msbuild.yaml:8:25: unknown key `into` in an item of `assets`
  hint: did you mean `to`? known keys: `from`, `to`
""",
    ),
    Case(
        "unknown-key-of-a-dependency",
        """
services:
  api:
    path: api
    depends_on:
      - {service: web, form: lib}
  web: {path: web}
""",
        """
error: msbuild.yaml:8:24: unknown key `form` in an item of `depends_on`
  hint: did you mean `from`? known keys: `from`, `service`, `stage`, `to`
""",
    ),
    Case(
        "unknown-key-that-is-long-and-wild",
        (
            "\n"
            "services:\n"
            "  api: {path: api}\n"
            '? "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\\n\\e[31m"\n'
            ": 1\n"
        ),
        """
error: msbuild.yaml:6:3: unknown key `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…` in the config
  hint: known keys: `builders`, `ca_bundle`, `defaults`, `discover`, `plugins`, `registry`, `services`, `source_root`, `stages`, `version`, `workspace`
""",
    ),
    Case(
        "another-version",
        """
services:
  api: {path: api}
unknown: 1
""",
        """
error: msbuild.yaml:1:10: config version `2` is not supported
  hint: this msbuild supports `version: 1`
""",
        head="""
version: 2
workspace: shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "several-mistakes-in-their-order",
        """
services:
  web:
    path: wep
    runtime: {ports: [8080, 0], user: root}
  api:
    builder: goo
    path: api
    depends_on:
      - service: wep
registry: https://registry.example.com
colour: red
defaults:
  builder: rust
""",
        """
error: msbuild.yaml:2:12: `Shop` is not a valid image name
  hint: use lower-case letters and digits, with `.`, `_` or `-` between them, at most 63 characters
error: msbuild.yaml:6:11: `wep` does not exist
  hint: did you mean `web`?
error: msbuild.yaml:7:29: `0` is not a valid port
  hint: ports range from 1 to 65535
error: msbuild.yaml:7:39: containers must not run as `root`
  hint: use a name other than `root`, or an id greater than 0
error: msbuild.yaml:9:14: unknown builder `goo`
  hint: did you mean `go`? known builders: `go`
error: msbuild.yaml:12:18: unknown service `wep`
  hint: did you mean `web`?
error: msbuild.yaml:13:11: `https://registry.example.com` is a URL
  hint: remove `https://`
error: msbuild.yaml:14:1: unknown key `colour` in the config
  hint: known keys: `builders`, `ca_bundle`, `defaults`, `discover`, `plugins`, `registry`, `services`, `source_root`, `stages`, `version`, `workspace`
error: msbuild.yaml:16:12: unknown builder `rust`
  hint: known builders: `go`
""",
        head="""
version: 1
workspace: Shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
)
