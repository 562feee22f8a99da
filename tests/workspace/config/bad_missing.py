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
error: msbuild.yaml:1:1: the config has no `version`
  hint: add `version:`, the version of this format
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
error: msbuild.yaml:1:1: the config has no `workspace`
  hint: add `workspace:`, its name, a part of every image's name
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
error: msbuild.yaml:1:1: the config has no `builders`
  hint: add `builders:`, the toolchains, by name
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
error: msbuild.yaml:1:1: the config has neither `services` nor `discover`
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
error: msbuild.yaml:3:12: `go` has no `image`
  hint: add `image:`, the image the toolchain stands on
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
error: msbuild.yaml:5:3: `api` has no `path`
  hint: name its directory, or let `discover:` find it
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
error: msbuild.yaml:7:3: `gen` has no `run`
  hint: add `run:`, shell scripts in their order; what they leave in `$OUT` is the result
""",
    ),
    Case(
        "discover-without-a-glob",
        """
discover:
  - {builder: go}
""",
        """
error: msbuild.yaml:5:5: an item of `discover` has no `glob`
  hint: add `glob:`, which directories: `*`, `?`, `[ab]`; `**` for any depth
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
error: msbuild.yaml:8:9: an item of `assets` has no `from`
  hint: add `from:`, the path, below the service's `path`
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
error: msbuild.yaml:8:7: `user` has no `name`
  hint: add `name:`, the name
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
error: msbuild.yaml:8:7: `healthcheck` has no `command`
  hint: add `command:`, what to run inside of the container
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
error: msbuild.yaml:8:9: an item of `depends_on` has neither `stage` nor `service`
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
  hint: take one of them out
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
