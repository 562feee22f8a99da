"""Listed inputs that do not exist."""

from __future__ import annotations

from tests.workspace.config.case import Case

INPUTS = (
    Case(
        "an-input-that-does-not-exist",
        """
services:
  api: {path: api, inputs: [web/static, web/statik]}
""",
        """
error: msbuild.yaml:5:41: `web/statik` does not exist
  hint: did you mean `web/static`?
""",
    ),
    Case(
        "an-absolute-input",
        """
services:
  api: {path: api, inputs: [/etc/hosts]}
""",
        """
error: msbuild.yaml:5:29: `/etc/hosts` is an absolute path
  hint: write a relative path
""",
    ),
    Case(
        "an-input-that-goes-up",
        """
services:
  api: {path: api, inputs: [api/../../schema]}
""",
        """
error: msbuild.yaml:5:29: `..` is not allowed in `api/../../schema`
  hint: write the path without it
""",
    ),
    Case(
        "an-input-that-leaves-through-a-link",
        """
services:
  api: {path: api, inputs: [shared]}
""",
        """
error: msbuild.yaml:5:29: `shared` leaves the source root: `shared` is a symbolic link to `/etc`
  hint: sources must be below the source root
""",
        links={"shared": "/etc"},
    ),
    Case(
        "an-input-that-matches-nothing",
        """
services:
  api: {path: api, inputs: ['**/*.proto', 'web/**/*.svg', 'web/*.svg']}
""",
        """
error: msbuild.yaml:5:29: `**/*.proto` matches no file
  hint: ignored files do not match; `**` matches any depth
error: msbuild.yaml:5:59: `web/*.svg` matches no file
  hint: ignored files do not match; `**` matches any depth
""",
    ),
    Case(
        "an-input-with-stars-beside-other-characters",
        """
services:
  api: {path: api, inputs: ['web/**.svg']}
""",
        """
error: msbuild.yaml:5:29: `**` in `web/**.svg` must be a whole path component
  hint: write `a/**/b`
""",
    ),
    Case(
        "an-input-that-is-ignored",
        """
services:
  api: {path: api, inputs: [.git/config]}
""",
        """
error: msbuild.yaml:5:29: `.git/config` is ignored
  hint: it belongs to version control
""",
        files=(".git/config",),
    ),
    Case(
        "inputs-that-are-no-list",
        """
services:
  api: {path: api, inputs: web}
""",
        """
error: msbuild.yaml:5:28: `inputs` must be a list, found the string `web`
  hint: write items in `[…]`, or on lines that start with `- `
""",
    ),
    Case(
        "inputs-that-are-a-mapping",
        """
services:
  api: {path: api, inputs: {web: static}}
""",
        """
error: msbuild.yaml:5:28: `inputs` must be a list, found a mapping
  hint: write items in `[…]`, or on lines that start with `- `
""",
    ),
    Case(
        "an-input-that-is-no-text",
        """
services:
  api: {path: api, inputs: [{web: static}, '']}
""",
        """
error: msbuild.yaml:5:29: an item of `inputs` must be a string, found a mapping
error: msbuild.yaml:5:44: an item of `inputs` is empty
  hint: use `/` as the separator, and no control characters
""",
    ),
    Case(
        "an-input-of-a-builder-that-does-not-exist",
        """
services:
  api: {path: api}
""",
        """
error: msbuild.yaml:3:48: `.sqlx` does not exist
""",
        head="""\
version: 1
workspace: shop
builders: {go: {image: "golang:1.23", inputs: [.sqlx]}}
""",
    ),
    Case(
        "an-input-of-what-is-found-that-does-not-exist",
        """
discover:
  - {glob: '*', inputs: [web/static, schema]}
""",
        """
error: msbuild.yaml:5:38: `schema` does not exist
""",
    ),
    Case(
        "an-input-of-a-stage-that-matches-nothing",
        """
services:
  api: {path: api}
stages:
  gen: {run: make, inputs: ['api/*.go', 'api/*.sql']}
""",
        """
error: msbuild.yaml:7:41: `api/*.sql` matches no file
  hint: ignored files do not match; `**` matches any depth
""",
    ),
)
