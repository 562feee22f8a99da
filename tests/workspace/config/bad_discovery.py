"""Globs without matches, and duplicate names."""

# ruff: noqa: E501 - messages are not wrapped

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
  hint: hidden, ignored and excluded directories and symbolic links do not count
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
  hint: hidden, ignored and excluded directories and symbolic links do not count
""",
    ),
    Case(
        "a-glob-that-goes-up",
        """
discover:
  - {glob: ../*}
""",
        """
error: msbuild.yaml:5:12: `..` is not allowed in `../*`
  hint: write the path without it
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
  hint: write a relative path
""",
    ),
    Case(
        "a-glob-with-stars-beside-other-characters",
        """
discover:
  - {glob: go/**api}
""",
        """
error: msbuild.yaml:5:12: `**` in `go/**api` must be a whole path component
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
  hint: use `/` as the separator, and no control characters
""",
    ),
    Case(
        "an-exclude-that-goes-up",
        """
discover:
  - {glob: '*', exclude: ../web}
""",
        """
error: msbuild.yaml:5:26: `..` is not allowed in `../web`
  hint: write the path without it
""",
    ),
    Case(
        "a-glob-that-matches-the-root",
        """
discover:
  - {glob: .}
""",
        """
error: msbuild.yaml:5:12: the name of the directory `.` is not a valid service name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters; or `exclude` it
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
error: msbuild.yaml:6:12: `go/cart` and `rust/cart` would both be service `cart`
  hint: `exclude` one of them and add it under `services:` with another name
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
error: msbuild.yaml:6:12: the directory `api` is already matched in line 5
  hint: `exclude` it in one of the two places
""",
    ),
    Case(
        "a-directory-whose-name-makes-none",
        """
discover:
  - {glob: go/*}
""",
        """
error: msbuild.yaml:5:12: the name of the directory `go/2fa` is not a valid service name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters; or `exclude` it
error: msbuild.yaml:5:12: the name of the directory `go/Cart` is not a valid service name
  hint: use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` between them, at most 63 characters; or `exclude` it
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
error: msbuild.yaml:7:15: service `api` was discovered in `api`, but `path` is `web`
  hint: remove `path`, choose another name, or `exclude` the discovered directory
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
error: msbuild.yaml:7:3: `apii` is missing `path`
  hint: did you mean `api`? add its directory, or let `discover:` find it
""",
    ),
    Case(
        "an-asset-that-no-directory-has",
        """
discover:
  - {glob: '*', assets: [static, templates]}
""",
        """
error: msbuild.yaml:5:34: no matching directory contains `templates`
  hint: remove it, or check the spelling
""",
    ),
    Case(
        "an-unknown-builder-of-what-is-found",
        """
discover:
  - {glob: '*', builder: goo}
""",
        """
error: msbuild.yaml:5:26: unknown builder `goo`
  hint: did you mean `go`? known builders: `go`
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
  hint: hidden, ignored and excluded directories and symbolic links do not count
""",
        links={"old": "web"},
    ),
)
