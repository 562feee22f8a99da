"""Builders, services and stages that do not exist, and services that need themselves."""

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
error: msbuild.yaml:5:29: there is no builder `goo`
  hint: did you mean `go`? known are `go`
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
error: msbuild.yaml:7:18: there is no builder `rust`
  hint: known are `go`
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
error: msbuild.yaml:4:21: there is no builder `goo`
  hint: did you mean `go`? known are `go`
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
error: msbuild.yaml:5:3: no builder is named, and there are several
  hint: add `builder:` or `defaults.builder`; known are `go`, `rust`
error: msbuild.yaml:7:3: no builder is named, and there are several
  hint: add `builder:` or `defaults.builder`; known are `go`, `rust`
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
error: msbuild.yaml:8:18: there is no service `gatewai`
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
error: msbuild.yaml:8:16: there is no stage `codgen`
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
error: msbuild.yaml:8:16: there is no stage `gen`
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
error: msbuild.yaml:8:16: there is no stage `web`
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
error: msbuild.yaml:8:18: there is no service `gen`
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
error: msbuild.yaml:7:18: an item of `depends_on` must be a mapping, found the text `web`
  hint: its keys are `from`, `service`, `stage`, `to`
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
  hint: items stand in `[…]`, or in lines that start with `- `
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
error: msbuild.yaml:8:30: `../x` goes up with `..`
  hint: name the place itself
error: msbuild.yaml:8:40: `/gen` is an absolute path
  hint: paths here are relative
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
error: msbuild.yaml:8:18: service `api` depends on itself: api -> api
  hint: take one of the dependencies out
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
error: msbuild.yaml:8:18: service `api` depends on itself: api -> web -> api
  hint: take one of the dependencies out
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
error: msbuild.yaml:6:41: service `a` depends on itself: a -> b -> c -> d -> a
  hint: take one of the dependencies out
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
error: msbuild.yaml:5:41: service `a` depends on itself: a -> b -> a
  hint: take one of the dependencies out
error: msbuild.yaml:7:41: service `c` depends on itself: c -> d -> c
  hint: take one of the dependencies out
""",
    ),
    Case(
        "a-cycle-through-what-is-found",
        """
discover:
  - {glob: '*', depends_on: [{service: api}]}
""",
        """
error: msbuild.yaml:5:40: service `api` depends on itself: api -> api
  hint: take one of the dependencies out
""",
    ),
)
