"""Unknown builders, services and stages, and dependency cycles."""

from __future__ import annotations

from tests.workspace.config.case import Case

DEPENDENCIES = (
    Case(
        "unknown-builder",
        """
services:
  api: {path: api, builder: goo}
""",
        """
error: msbuild.yaml:5:29: unknown builder `goo`
  hint: did you mean `go`? known builders: `go`
""",
    ),
    Case(
        "unknown-builder-of-a-stage",
        """
services:
  api: {path: api}
stages:
  gen: {builder: rust, run: make}
""",
        """
error: msbuild.yaml:7:18: unknown builder `rust`
  hint: known builders: `go`
""",
    ),
    Case(
        "unknown-default-builder",
        """
defaults: {builder: goo}
services:
  api: {path: api, builder: go}
""",
        """
error: msbuild.yaml:4:21: unknown builder `goo`
  hint: did you mean `go`? known builders: `go`
""",
    ),
    Case(
        "no-builder-among-several",
        """
services:
  api: {path: api}
stages:
  gen: {run: make}
""",
        """
error: msbuild.yaml:5:3: `builder` is required, as there are several builders
  hint: add `builder:` or `defaults.builder`; known builders: `go`, `rust`
error: msbuild.yaml:7:3: `builder` is required, as there are several builders
  hint: add `builder:` or `defaults.builder`; known builders: `go`, `rust`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23"}, rust: {image: "rust:1"}}
""",
    ),
    Case(
        "unknown-service",
        """
services:
  api:
    path: api
    depends_on:
      - service: gatewai
  gateway: {path: web}
""",
        """
error: msbuild.yaml:8:18: unknown service `gatewai`
  hint: did you mean `gateway`?
""",
    ),
    Case(
        "unknown-stage",
        """
services:
  api:
    path: api
    depends_on:
      - stage: codgen
stages:
  codegen: {run: make}
""",
        """
error: msbuild.yaml:8:16: unknown stage `codgen`
  hint: did you mean `codegen`?
""",
    ),
    Case(
        "unknown-stage-where-there-is-none",
        """
services:
  api:
    path: api
    depends_on:
      - stage: gen
""",
        """
error: msbuild.yaml:8:16: unknown stage `gen`
  hint: the config has no stages
""",
    ),
    Case(
        "a-service-taken-for-a-stage",
        """
services:
  api:
    path: api
    depends_on:
      - stage: web
  web: {path: web}
""",
        """
error: msbuild.yaml:8:16: unknown stage `web`
  hint: it is a service: write `service: web`
""",
    ),
    Case(
        "a-stage-taken-for-a-service",
        """
services:
  api:
    path: api
    depends_on:
      - service: gen
stages:
  gen: {run: make}
""",
        """
error: msbuild.yaml:8:18: unknown service `gen`
  hint: it is a stage: write `stage: gen`
""",
    ),
    Case(
        "a-dependency-as-a-text",
        """
services:
  api:
    path: api
    depends_on: [web]
  web: {path: web}
""",
        """
error: msbuild.yaml:7:18: an item of `depends_on` must be a mapping, found the string `web`
  hint: valid keys: `from`, `service`, `stage`, `to`
""",
    ),
    Case(
        "dependencies-as-a-mapping",
        """
services:
  api:
    path: api
    depends_on: {service: web}
  web: {path: web}
""",
        """
error: msbuild.yaml:7:17: `depends_on` must be a list, found a mapping
  hint: write items in `[…]`, or on lines that start with `- `
""",
    ),
    Case(
        "artifacts-that-go-up",
        """
services:
  api:
    path: api
    depends_on:
      - {service: web, from: ../x, to: /gen}
  web: {path: web}
""",
        """
error: msbuild.yaml:8:30: `..` is not allowed in `../x`
  hint: write the path without it
error: msbuild.yaml:8:40: `/gen` is an absolute path
  hint: write a relative path
""",
    ),
    Case(
        "a-service-that-needs-itself",
        """
services:
  api:
    path: api
    depends_on:
      - service: api
""",
        """
error: msbuild.yaml:8:18: dependency cycle: api -> api
  hint: remove one of these dependencies
""",
    ),
    Case(
        "a-cycle-of-two",
        """
services:
  api:
    path: api
    depends_on:
      - service: web
  web:
    path: web
    depends_on:
      - service: api
""",
        """
error: msbuild.yaml:8:18: dependency cycle: api -> web -> api
  hint: remove one of these dependencies
""",
    ),
    Case(
        "a-long-cycle-with-a-way-in",
        """
services:
  start: {path: api, depends_on: [{service: a}]}
  a: {path: api, depends_on: [{service: b}]}
  b: {path: api, depends_on: [{service: web}, {service: c}]}
  c: {path: api, depends_on: [{service: d}]}
  d: {path: api, depends_on: [{service: a}]}
  web: {path: web}
""",
        """
error: msbuild.yaml:6:41: dependency cycle: a -> b -> c -> d -> a
  hint: remove one of these dependencies
""",
    ),
    Case(
        "two-cycles",
        """
services:
  a: {path: api, depends_on: [{service: b}]}
  b: {path: api, depends_on: [{service: a}]}
  c: {path: web, depends_on: [{service: d}]}
  d: {path: web, depends_on: [{service: c}]}
""",
        """
error: msbuild.yaml:5:41: dependency cycle: a -> b -> a
  hint: remove one of these dependencies
error: msbuild.yaml:7:41: dependency cycle: c -> d -> c
  hint: remove one of these dependencies
""",
    ),
    Case(
        "a-cycle-through-what-is-found",
        """
discover:
  - {glob: '*', depends_on: [{service: api}]}
""",
        """
error: msbuild.yaml:5:40: dependency cycle: api -> api
  hint: remove one of these dependencies
""",
    ),
)
