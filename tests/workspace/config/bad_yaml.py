"""Invalid YAML."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

YAML = (
    Case(
        "two-documents",
        """
services:
  api: {path: api}
---
version: 1
""",
        """
error: msbuild.yaml:6:1: a second document starts here
  hint: a config is a single document: remove the `---`
""",
    ),
    Case(
        "tab-as-indent",
        ("\nservices:\n\tapi: {path: api}\n"),
        """
error: msbuild.yaml:5:1: tabs cannot be used for indentation
  hint: indent with spaces
""",
    ),
    Case(
        "quote-not-closed",
        """
services:
  api: {path: "api}
""",
        """
error: msbuild.yaml:6:1: invalid YAML: found unexpected end of stream (while scanning a quoted scalar that starts in line 5)
  hint: is a quote not closed?
""",
    ),
    Case(
        "bracket-not-closed",
        """
services:
  api: {path: api
""",
        """
error: msbuild.yaml:6:1: invalid YAML: did not find expected ',' or '}' (while parsing a flow mapping that starts in line 5)
  hint: is a `,` or a closing bracket missing?
""",
    ),
    Case(
        "colon-in-a-plain-text",
        """
services:
  api: {path: api}
  web: path: web
""",
        """
error: msbuild.yaml:6:12: invalid YAML: mapping values are not allowed in this context
  hint: put values that contain `: ` in quotes; or is a `:` missing in the line above?
""",
    ),
    Case(
        "line-out-of-column",
        """
services:
  api:
    path: api
   builder: go
""",
        """
error: msbuild.yaml:7:4: invalid YAML: did not find expected key (while parsing a block mapping that starts in line 5)
  hint: check the indentation, and that all quotes are closed
""",
    ),
    Case(
        "list-out-of-column",
        """
plugins:
  - one
 - two
""",
        """
error: msbuild.yaml:6:2: invalid YAML: did not find expected key (while parsing a block mapping that starts in line 1)
  hint: check the indentation, and that all quotes are closed
""",
    ),
    Case(
        "no-colon",
        """
services:
  api
  web: {path: web}
""",
        """
error: msbuild.yaml:6:6: invalid YAML: mapping values are not allowed in this context
  hint: put values that contain `: ` in quotes; or is a `:` missing in the line above?
""",
    ),
    Case(
        "character-that-starts-nothing",
        """
services:
  api: {path: @api}
""",
        """
error: msbuild.yaml:5:15: invalid YAML: `@` cannot start a value
  hint: put the value in quotes
""",
    ),
    Case(
        "unknown-escape",
        ('\nservices:\n  api: {path: "a\\pi"}\n'),
        (
            "error: msbuild.yaml:5:17: invalid YAML: found unknown escape character\n"
            "  hint: write `\\\\` for a backslash, or use single quotes\n"
        ),
    ),
    Case(
        "anchor-that-does-not-exist",
        """
services:
  api: &service {path: api}
  web: *servise
""",
        """
error: msbuild.yaml:6:8: unknown anchor `&servise`
  hint: did you mean `service`?
""",
    ),
    Case(
        "alias-inside-of-itself",
        """
services: &all
  api: *all
""",
        """
error: msbuild.yaml:5:8: `*all` contains itself
""",
    ),
    Case(
        "tag",
        """
services:
  api: !!python/name:os.system {path: api}
""",
        """
error: msbuild.yaml:5:8: the tag `!!python/name:os.system` is not supported
  hint: if it is meant as a string, put the value in quotes
""",
    ),
    Case(
        "tag-with-a-line-break",
        """
services:
  api: !<a%0Aerror> {path: api}
""",
        (
            "error: msbuild.yaml:5:8: the tag `a\\nerror` is not supported\n"
            "  hint: if it is meant as a string, put the value in quotes\n"
        ),
    ),
    Case(
        "merge-key",
        """
services:
  api: &service {path: api}
  web:
    <<: *service
    path: web
""",
        """
error: msbuild.yaml:7:5: merge keys (`<<`) are not supported
  hint: use `defaults:`, or repeat the entire value with an alias (`*name`)
""",
    ),
    Case(
        "duplicate-key",
        """
services:
  api: {path: api}
  web: {path: web}
  api: {path: web}
""",
        """
error: msbuild.yaml:7:3: duplicate key `api`
  hint: first defined in line 5
""",
    ),
    Case(
        "duplicate-key-at-the-top",
        """
services:
  api: {path: api}
workspace: other
""",
        """
error: msbuild.yaml:6:1: duplicate key `workspace`
  hint: first defined in line 2
""",
    ),
    Case(
        "key-that-is-a-list",
        """
services:
  [api, web]: {path: api}
""",
        """
error: msbuild.yaml:5:3: a key must be a string
  hint: put `{{ … }}` and the like in quotes
""",
    ),
    Case(
        "template-that-is-a-mapping",
        """
services:
  api: {path: {{ path }}}
""",
        """
error: msbuild.yaml:5:15: `path` must be a string, found a mapping
  hint: put `{{ … }}` in quotes
""",
    ),
    Case(
        "a-directive-in-the-middle",
        """
services:
  api: {path: api}
%TAG ! x
""",
        """
error: msbuild.yaml:7:1: invalid YAML: did not find expected <document start>
""",
    ),
)
