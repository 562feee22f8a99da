"""Invalid images, registries and packages."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

IMAGES = (
    Case(
        "an-image-in-capitals",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:24: `Golang:1.23` is not a valid image reference
  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "Golang:1.23"}}
""",
    ),
    Case(
        "an-image-with-a-space",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:24: `golang 1.23` is not a valid image reference
  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang 1.23"}}
""",
    ),
    Case(
        "an-image-without-a-tag-behind-the-colon",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:24: `golang:` is not a valid image reference
  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:"}}
""",
    ),
    Case(
        "an-image-with-a-short-digest",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:24: `golang@sha256:abc` is not a valid image reference
  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang@sha256:abc"}}
""",
    ),
    Case(
        "an-image-as-a-url",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:24: `docker://golang:1.23` is a URL
  hint: remove `docker://`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "docker://golang:1.23"}}
""",
    ),
    Case(
        "an-image-with-a-line-break",
        """
services:
  api: {path: api}
""",
        (
            "error: msbuild.yaml:3:24: `golang\\nRUN evil` is not a valid image reference\n"
            "  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`\n"
        ),
        head=('version: 1\nworkspace: shop\nbuilders: {go: {image: "golang\\nRUN evil"}}\n'),
    ),
    Case(
        "a-builder-from-scratch",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:24: `scratch` has no toolchain
  hint: a builder needs an image with a shell
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: scratch}}
""",
    ),
    Case(
        "a-registry-as-a-url",
        """
services:
  api: {path: api}
registry: https://registry.example.com/team
""",
        """
error: msbuild.yaml:6:11: `https://registry.example.com/team` is a URL
  hint: remove `https://`
""",
    ),
    Case(
        "a-registry-in-capitals",
        """
services:
  api: {path: api}
registry: registry.example.com/Team
""",
        """
error: msbuild.yaml:6:11: `registry.example.com/Team` is not a valid image repository
  hint: use lower case, for example `registry.example.com/team`
""",
    ),
    Case(
        "a-registry-with-a-tag",
        """
services:
  api: {path: api}
registry: registry.example.com/team:latest
""",
        """
error: msbuild.yaml:6:11: `registry.example.com/team:latest` is not a valid image repository
  hint: use lower case, for example `registry.example.com/team`
""",
    ),
    Case(
        "an-empty-registry",
        """
services:
  api: {path: api}
registry: ""
""",
        """
error: msbuild.yaml:6:11: `registry` is empty
  hint: use lower case, for example `registry.example.com/team`
""",
    ),
    Case(
        "a-package-with-a-flag",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:50: `--allow-untrusted` is not a valid package name
  hint: use the name from the image's package manager, for example `ca-certificates`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", packages: [--allow-untrusted]}}
""",
    ),
    Case(
        "a-package-with-a-command",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:50: `git; evil` is not a valid package name
  hint: use the name from the image's package manager, for example `ca-certificates`
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", packages: ["git; evil"]}}
""",
    ),
    Case(
        "a-stage-named-like-an-image",
        """
services:
  api:
    path: api
    runtime:
      base: alpine
stages:
  golang: {run: make}
  alpine: {run: make}
""",
        """
error: msbuild.yaml:10:3: stage `golang` has the same name as the image of builder `go`
  hint: rename it, or give the image a tag
error: msbuild.yaml:11:3: stage `alpine` has the same name as the image of service `api`
  hint: rename it, or give the image a tag
""",
        head="""
version: 1
workspace: shop
builders: {go: {image: golang}}
""",
    ),
)
