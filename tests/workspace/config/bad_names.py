"""Invalid and duplicate names."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

NAMES = (
    Case(
        "a-service-in-capitals",
        """
services:
  Api: {path: api}
""",
        """
error: msbuild.yaml:5:3: `Api` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-with-a-space",
        """
services:
  my api: {path: api}
""",
        """
error: msbuild.yaml:5:3: `my api` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-with-a-slash",
        """
services:
  team/api: {path: api}
""",
        """
error: msbuild.yaml:5:3: `team/api` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-with-two-dashes",
        """
services:
  api--v2: {path: api}
""",
        """
error: msbuild.yaml:5:3: `api--v2` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-that-starts-with-a-digit",
        """
services:
  2fa: {path: api}
""",
        """
error: msbuild.yaml:5:3: `2fa` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-with-a-dash-at-the-end",
        """
services:
  api-: {path: api}
""",
        """
error: msbuild.yaml:5:3: `api-` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-with-an-empty-name",
        """
services:
  "": {path: api}
""",
        """
error: msbuild.yaml:5:3: the name is empty
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-service-that-is-too-long",
        """
services:
  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: {path: api}
""",
        """
error: msbuild.yaml:5:3: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is longer than 63 characters
""",
    ),
    Case(
        "a-service-with-a-line-break",
        ('\nservices:\n  "api\\nRUN evil": {path: api}\n'),
        (
            "error: msbuild.yaml:5:3: `api\\nRUN evil` is not a valid name\n"
            "  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters\n"
        ),
    ),
    Case(
        "a-service-with-a-reserved-name",
        """
services:
  scratch: {path: api}
""",
        """
error: msbuild.yaml:5:3: the name `scratch` is reserved
  hint: it has a meaning in Dockerfiles
""",
    ),
    Case(
        "a-builder-with-a-bad-name",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:12: `Go` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
        head="""
version: 1
workspace: shop
builders: {Go: {plugin: go, image: "golang:1.23"}}
""",
    ),
    Case(
        "a-stage-with-a-bad-name",
        """
services:
  api: {path: api}
stages:
  code gen: {run: make}
""",
        """
error: msbuild.yaml:7:3: `code gen` is not a valid name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters
""",
    ),
    Case(
        "a-workspace-with-a-slash",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:2:12: `team/shop` is not a valid image name
  hint: use lower-case letters and digits, with `.`, `_` or `-` between them, at most 63 characters
""",
        head="""
version: 1
workspace: team/shop
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "a-workspace-without-a-name",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:2:12: `workspace` is empty
  hint: use lower-case letters and digits, with `.`, `_` or `-` between them, at most 63 characters
""",
        head="""
version: 1
workspace: ""
builders: {go: {image: "golang:1.23"}}
""",
    ),
    Case(
        "a-stage-named-like-a-service",
        """
services:
  api: {path: api}
stages:
  api: {run: make}
""",
        """
error: msbuild.yaml:5:3: service `api` and stage `api` would both be stage `api`
  hint: rename one of them
""",
    ),
    Case(
        "a-service-named-like-a-build",
        """
services:
  api: {path: api}
  api-build: {path: web}
""",
        """
error: msbuild.yaml:6:3: service `api-build` and the build of service `api` would both be stage `api-build`
  hint: rename one of them
""",
    ),
    Case(
        "a-service-named-like-a-toolchain",
        """
services:
  api: {path: api}
  go-toolchain: {path: web}
""",
        """
error: msbuild.yaml:6:3: service `go-toolchain` and the toolchain of builder `go` would both be stage `go-toolchain`
  hint: rename one of them
""",
    ),
)
