"""Globs that find nothing, or one name twice."""

# ruff: noqa: E501 - messages stand as they are printed

from __future__ import annotations

from tests.workspace.config.case import Case

DISCOVERY = (
    Case(
        "a-glob-that-matches-nothing",
        """
discover:
  - {glob: services/*}
""",
        """
error: msbuild.yaml:5:12: `services/*` matches no directory
  hint: hidden and ignored directories, links and what `exclude` says are left out
""",
    ),
    Case(
        "a-glob-whose-matches-are-excluded",
        """
discover:
  - {glob: '*', exclude: ['a*', web]}
""",
        """
error: msbuild.yaml:5:12: `*` matches no directory
  hint: hidden and ignored directories, links and what `exclude` says are left out
""",
    ),
    Case(
        "a-glob-that-goes-up",
        """
discover:
  - {glob: ../*}
""",
        """
error: msbuild.yaml:5:12: `../*` goes up with `..`
  hint: name the place itself
""",
    ),
    Case(
        "an-absolute-glob",
        """
discover:
  - {glob: /srv/*}
""",
        """
error: msbuild.yaml:5:12: `/srv/*` is an absolute path
  hint: paths here are relative
""",
    ),
    Case(
        "a-glob-with-stars-beside-other-characters",
        """
discover:
  - {glob: go/**api}
""",
        """
error: msbuild.yaml:5:12: `**` in `go/**api` stands beside other characters
  hint: write `a/**/b`
""",
    ),
    Case(
        "an-empty-glob",
        """
discover:
  - {glob: ''}
""",
        """
error: msbuild.yaml:5:12: `glob` is empty
  hint: paths are written with `/`, without control characters
""",
    ),
    Case(
        "an-exclude-that-goes-up",
        """
discover:
  - {glob: '*', exclude: ../web}
""",
        """
error: msbuild.yaml:5:26: `../web` goes up with `..`
  hint: name the place itself
""",
    ),
    Case(
        "a-glob-that-matches-the-root",
        """
discover:
  - {glob: .}
""",
        """
error: msbuild.yaml:5:12: the directory `.` makes no name of a service
  hint: lower-case letters and digits, a letter first, single `.`, `_` or `-` between them, at most 63 in all; or `exclude` it
""",
    ),
    Case(
        "two-directories-of-one-name",
        """
discover:
  - {glob: go/*}
  - {glob: rust/*}
""",
        """
error: msbuild.yaml:6:12: `go/cart` and `rust/cart` both make a service `cart`
  hint: `exclude` one of them and name it under `services:`
""",
        files=("go/cart/main.go", "rust/cart/main.rs"),
    ),
    Case(
        "one-directory-found-twice",
        """
discover:
  - {glob: 'a*'}
  - {glob: '*i'}
""",
        """
error: msbuild.yaml:6:12: the directory `api` is found a second time
  hint: `exclude` it here, or where line 5 finds it
""",
    ),
    Case(
        "a-directory-whose-name-makes-none",
        """
discover:
  - {glob: go/*}
""",
        """
error: msbuild.yaml:5:12: the directory `go/2fa` makes no name of a service
  hint: lower-case letters and digits, a letter first, single `.`, `_` or `-` between them, at most 63 in all; or `exclude` it
error: msbuild.yaml:5:12: the directory `go/Cart` makes no name of a service
  hint: lower-case letters and digits, a letter first, single `.`, `_` or `-` between them, at most 63 in all; or `exclude` it
""",
        files=("go/Cart/main.go", "go/2fa/main.go"),
    ),
    Case(
        "a-service-elsewhere-than-found",
        """
discover:
  - {glob: 'a*'}
services:
  api: {path: web}
""",
        """
error: msbuild.yaml:7:15: service `api` is found at `api` and is here at `web`
  hint: leave `path` out, take another name, or `exclude` what `discover:` finds
""",
    ),
    Case(
        "a-service-that-was-not-found",
        """
discover:
  - {glob: 'a*'}
services:
  apii: {runtime: {user: 10001}}
""",
        """
error: msbuild.yaml:7:3: `apii` has no `path`
  hint: did you mean `api`? name its directory, or let `discover:` find it
""",
    ),
    Case(
        "an-asset-that-no-directory-has",
        """
discover:
  - {glob: '*', assets: [static, templates]}
""",
        """
error: msbuild.yaml:5:34: none of the directories has `templates`
  hint: take it out, or is it a slip?
""",
    ),
    Case(
        "an-unknown-builder-of-what-is-found",
        """
discover:
  - {glob: '*', builder: goo}
""",
        """
error: msbuild.yaml:5:26: there is no builder `goo`
  hint: did you mean `go`? known are `go`
""",
    ),
    Case(
        "glob-through-a-link",
        """
discover:
  - {glob: old/*}
""",
        """
error: msbuild.yaml:5:12: `old/*` matches no directory
  hint: hidden and ignored directories, links and what `exclude` says are left out
""",
        links={"old": "web"},
    ),
)
