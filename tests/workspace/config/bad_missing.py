"""Keys that are missing, or contradict each other."""

from __future__ import annotations

from tests.workspace.config.case import Case

MISSING = (
    Case(
        "no-version",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:1: the config is missing `version`
  hint: add `version:` (the version of the config format)
""",
        head="""
workspace: shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "no-workspace",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:1: the config is missing `workspace`
  hint: add `workspace:` (its name, which is part of every image name)
""",
        head="""
version: 1
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "no-builders",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:1:1: the config is missing `builders`
  hint: add `builders:` (the toolchains, by name)
""",
        head="""
version: 1
workspace: shop
""",
    ),
    Case(
        "nothing-to-build",
        "\n",
        """
error: msbuild.yaml:1:1: the config needs `services` or `discover`
  hint: add one of them
""",
    ),
    Case(
        "a-builder-without-an-image",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:12: `go` is missing `image`
  hint: add `image:` (the base image of the toolchain)
""",
        head="""
version: 1
workspace: shop
builders: {go: {}}
""",
    ),
    Case(
        "a-service-without-a-path",
        """
services:
  api: {}
""",
        """
error: msbuild.yaml:5:3: `api` is missing `path`
  hint: add its directory, or let `discover:` find it
""",
    ),
    Case(
        "a-stage-without-a-script",
        """
services:
  api: {path: api}
stages:
  gen: {}
""",
        """
error: msbuild.yaml:7:3: `gen` is missing `run`
  hint: add `run:` (shell scripts, run in order; the files that they write to `$OUT` are the result)
""",
    ),
    Case(
        "discover-without-a-glob",
        """
discover:
  - {builder: go}
""",
        """
error: msbuild.yaml:5:5: an item of `discover` is missing `glob`
  hint: add `glob:` (the directories: `*`, `?`, `[ab]`; `**` for any depth)
""",
    ),
    Case(
        "an-asset-without-a-source",
        """
services:
  api:
    path: api
    assets:
      - {to: /srv}
""",
        """
error: msbuild.yaml:8:9: an item of `assets` is missing `from`
  hint: add `from:` (the path to copy, below the service's `path`)
""",
    ),
    Case(
        "a-user-without-a-name",
        """
services:
  api:
    path: api
    runtime:
      user: {uid: 10001}
""",
        """
error: msbuild.yaml:8:7: `user` is missing `name`
  hint: add `name:` (the name)
""",
    ),
    Case(
        "a-healthcheck-without-a-command",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {interval: 10s}
""",
        """
error: msbuild.yaml:8:7: `healthcheck` is missing `command`
  hint: add `command:` (the command to run in the container)
""",
    ),
    Case(
        "a-dependency-on-nothing",
        """
services:
  api:
    path: api
    depends_on:
      - {from: gen}
""",
        """
error: msbuild.yaml:8:9: an item of `depends_on` needs `stage` or `service`
  hint: add one of them
""",
    ),
    Case(
        "a-dependency-on-two",
        """
services:
  api:
    path: api
    depends_on:
      - {stage: gen, service: web}
  web: {path: web}
stages:
  gen: {run: make}
""",
        """
error: msbuild.yaml:8:22: an item of `depends_on` has both `stage` and `service`
  hint: remove one of them
""",
    ),
    Case(
        "no-builder-at-all",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:11: `builders` is empty
  hint: add an entry
""",
        head="""
version: 1
workspace: shop
builders: {}
""",
    ),
)
