"""YAML that is not taken."""

# ruff: noqa: E501 - messages stand as they are printed

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
  hint: a config is one document: take out the `---`
""",
    ),
    Case(
        "tab-as-indent",
        ("\nservices:\n\tapi: {path: api}\n"),
        """
error: msbuild.yaml:5:1: a tab where only spaces may stand
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
error: msbuild.yaml:6:1: no valid YAML: found unexpected end of stream (while scanning a quoted scalar that starts in line 5)
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
error: msbuild.yaml:6:1: no valid YAML: did not find expected ',' or '}' (while parsing a flow mapping that starts in line 5)
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
error: msbuild.yaml:6:12: no valid YAML: mapping values are not allowed in this context
  hint: put a value that contains `: ` in quotes; or is a `:` missing in the line above?
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
error: msbuild.yaml:7:4: no valid YAML: did not find expected key (while parsing a block mapping that starts in line 5)
  hint: is the line indented like its neighbours, are quotes closed?
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
error: msbuild.yaml:6:2: no valid YAML: did not find expected key (while parsing a block mapping that starts in line 1)
  hint: is the line indented like its neighbours, are quotes closed?
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
error: msbuild.yaml:6:6: no valid YAML: mapping values are not allowed in this context
  hint: put a value that contains `: ` in quotes; or is a `:` missing in the line above?
""",
    ),
    Case(
        "character-that-starts-nothing",
        """
services:
  api: {path: @api}
""",
        """
error: msbuild.yaml:5:15: no valid YAML: `@` cannot start a value
  hint: put the value in quotes
""",
    ),
    Case(
        "unknown-escape",
        ('\nservices:\n  api: {path: "a\\pi"}\n'),
        (
            "error: msbuild.yaml:5:17: no valid YAML: found unknown escape character\n"
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
error: msbuild.yaml:6:8: there is no anchor `&servise`
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
error: msbuild.yaml:5:8: `*all` is inside of itself
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
  hint: put a value in quotes where a text is meant
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
            "  hint: put a value in quotes where a text is meant\n"
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
  hint: use `defaults:`, or repeat a whole value with an alias (`*name`)
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
  hint: it is in line 5 already
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
  hint: it is in line 2 already
""",
    ),
    Case(
        "key-that-is-a-list",
        """
services:
  [api, web]: {path: api}
""",
        """
error: msbuild.yaml:5:3: a key must be text
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
error: msbuild.yaml:5:15: `path` must be text, found a mapping
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
error: msbuild.yaml:7:1: no valid YAML: did not find expected <document start>
""",
    ),
)
