"""Paths that do not exist, or leave the source root."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

PATHS = (
    Case(
        "a-path-that-does-not-exist",
        """
services:
  api: {path: apo}
""",
        """
error: msbuild.yaml:5:15: `apo` does not exist
  hint: did you mean `api`?
""",
    ),
    Case(
        "a-path-like-none",
        """
services:
  api: {path: some/where/else}
""",
        """
error: msbuild.yaml:5:15: `some/where/else` does not exist
  hint: `some` does not exist
""",
    ),
    Case(
        "a-path-with-a-slip-in-a-directory",
        """
services:
  api: {path: go/servises/api}
""",
        """
error: msbuild.yaml:5:15: `go/servises/api` does not exist
  hint: did you mean `go/services`? `go/servises` does not exist
""",
        files=("go/services/api/main.go",),
    ),
    Case(
        "a-path-that-goes-up",
        """
services:
  api: {path: ../api}
""",
        """
error: msbuild.yaml:5:15: `..` is not allowed in `../api`
  hint: write the path without it
""",
    ),
    Case(
        "a-path-that-goes-up-in-the-middle",
        """
services:
  api: {path: web/../../api}
""",
        """
error: msbuild.yaml:5:15: `..` is not allowed in `web/../../api`
  hint: write the path without it
""",
    ),
    Case(
        "an-absolute-path",
        """
services:
  api: {path: /srv/api}
""",
        """
error: msbuild.yaml:5:15: `/srv/api` is an absolute path
  hint: write a relative path
""",
    ),
    Case(
        "a-path-with-backslashes",
        ("\nservices:\n  api: {path: 'services\\api'}\n"),
        (
            "error: msbuild.yaml:5:15: `services\\api` is not a valid path\n"
            "  hint: use `/` as the separator, and no control characters\n"
        ),
    ),
    Case(
        "an-empty-path",
        """
services:
  api: {path: ''}
""",
        """
error: msbuild.yaml:5:15: `path` is empty
  hint: use `/` as the separator, and no control characters
""",
    ),
    Case(
        "a-path-with-a-line-break",
        ('\nservices:\n  api: {path: "api\\nRUN evil"}\n'),
        (
            "error: msbuild.yaml:5:15: `api\\nRUN evil` is not a valid path\n"
            "  hint: use `/` as the separator, and no control characters\n"
        ),
    ),
    Case(
        "a-path-that-is-a-file",
        """
services:
  api: {path: api/main.go}
""",
        """
error: msbuild.yaml:5:15: `api/main.go` is not a directory
  hint: use the directory it is in
""",
    ),
    Case(
        "a-path-with-a-name-too-long-for-a-file",
        """
services:
  api: {path: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
""",
        """
error: msbuild.yaml:5:15: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` does not exist
""",
    ),
    Case(
        "a-path-that-is-too-long",
        """
services:
  api: {path: a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/}
""",
        """
error: msbuild.yaml:5:15: `a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/…` is longer than 512 characters
""",
    ),
    Case(
        "a-link-that-leaves",
        """
services:
  api: {path: outside}
""",
        """
error: msbuild.yaml:5:15: `outside` leaves the source root: `outside` is a symbolic link to `/etc`
  hint: sources must be below the source root
""",
        links={"outside": "/etc"},
    ),
    Case(
        "a-link-above-that-leaves",
        """
services:
  api: {path: outside/api}
""",
        """
error: msbuild.yaml:5:15: `outside/api` leaves the source root: `outside` is a symbolic link to `..`
  hint: sources must be below the source root
""",
        links={"outside": ".."},
    ),
    Case(
        "a-link-that-stays",
        """
services:
  api: {path: old}
""",
        """
error: msbuild.yaml:5:15: `old` is a symbolic link to `api`
  hint: use its target: `api`
""",
        links={"old": "api"},
    ),
    Case(
        "a-path-through-a-link-that-stays",
        """
services:
  api: {path: old/static}
""",
        """
error: msbuild.yaml:5:15: `old/static` does not exist: `old` is a symbolic link to `web`
  hint: use its target: `web`
""",
        links={"old": "web"},
    ),
    Case(
        "a-link-to-itself",
        """
services:
  api: {path: loop}
""",
        """
error: msbuild.yaml:5:15: `loop` is a symbolic link to `loop`
  hint: the target does not exist
""",
        links={"loop": "loop"},
    ),
    Case(
        "an-ignored-path",
        """
services:
  api: {path: .git/hooks}
""",
        """
error: msbuild.yaml:5:15: `.git/hooks` is ignored
  hint: it belongs to version control
""",
        files=(".git/hooks/pre-commit",),
    ),
    Case(
        "an-asset-that-does-not-exist",
        """
services:
  web: {path: web, assets: [statik]}
""",
        """
error: msbuild.yaml:5:29: `web/statik` does not exist
  hint: did you mean `web/static`?
""",
    ),
    Case(
        "an-asset-that-goes-up",
        """
services:
  web: {path: web, assets: [../api]}
""",
        """
error: msbuild.yaml:5:29: `..` is not allowed in `../api`
  hint: write the path without it
""",
    ),
    Case(
        "an-asset-that-is-a-link",
        """
services:
  web: {path: web, assets: [passwd]}
""",
        """
error: msbuild.yaml:5:29: `web/passwd` leaves the source root: `web/passwd` is a symbolic link to `/etc/passwd`
  hint: sources must be below the source root
""",
        links={"web/passwd": "/etc/passwd"},
    ),
    Case(
        "an-asset-to-a-place-that-goes-up",
        """
services:
  web: {path: web, assets: [{from: static, to: ../etc}]}
""",
        """
error: msbuild.yaml:5:48: `..` is not allowed in `../etc`
  hint: write the path without it
""",
    ),
    Case(
        "an-asset-to-nowhere",
        """
services:
  web: {path: web, assets: [{from: static, to: ''}]}
""",
        """
error: msbuild.yaml:5:48: `to` is empty
  hint: use `/` as the separator, and no control characters
""",
    ),
    Case(
        "inputs-that-do-not-exist",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, inputs: [api/main.go, wep]}
""",
        """
error: msbuild.yaml:7:42: `wep` does not exist
  hint: did you mean `web`?
""",
    ),
    Case(
        "inputs-that-leave",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, inputs: [hosts]}
""",
        """
error: msbuild.yaml:7:29: `hosts` leaves the source root: `hosts` is a symbolic link to `/etc/hosts`
  hint: sources must be below the source root
""",
        links={"hosts": "/etc/hosts"},
    ),
    Case(
        "a-source-root-that-goes-up",
        """
services:
  api: {path: api}
source_root: ..
""",
        """
error: msbuild.yaml:6:14: `..` is not allowed in `..`
  hint: write the path without it
""",
    ),
    Case(
        "a-source-root-that-does-not-exist",
        """
services:
  api: {path: api}
source_root: sources
""",
        """
error: msbuild.yaml:6:14: the source root `sources` does not exist
  hint: it is relative to the config
""",
    ),
    Case(
        "a-source-root-that-is-a-file",
        """
services:
  api: {path: api}
source_root: api/main.go
""",
        """
error: msbuild.yaml:6:14: the source root `api/main.go` is not a directory
  hint: it is relative to the config
""",
    ),
    Case(
        "a-source-root-that-leaves",
        """
services:
  api: {path: api}
source_root: up
""",
        """
error: msbuild.yaml:6:14: the source root `up` leaves the config's directory through a link
  hint: move the config next to the sources it builds
""",
        links={"up": ".."},
    ),
    Case(
        "a-link-to-nothing",
        """
services:
  api: {path: gone}
""",
        """
error: msbuild.yaml:5:15: `gone` is a symbolic link to `nothing`
  hint: the target does not exist
""",
        links={"gone": "nothing"},
    ),
)
