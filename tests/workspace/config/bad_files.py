"""Files that are not configs, and YAML bombs."""

from __future__ import annotations

from tests.workspace.config.case import Case

FILES = (
    Case(
        "empty",
        "\n",
        """
error: msbuild.yaml:1:1: the config is empty
  hint: start it with `version: 1`
""",
        head="",
    ),
    Case(
        "only-a-comment",
        """
# nothing yet
""",
        """
error: msbuild.yaml:1:1: the config is empty
  hint: start it with `version: 1`
""",
        head="",
    ),
    Case(
        "nothing-as-document",
        """
---
~
""",
        """
error: msbuild.yaml:1:1: the config is empty
  hint: start it with `version: 1`
""",
        head="",
    ),
    Case(
        "a-text-at-the-top",
        """
just text
""",
        """
error: msbuild.yaml:1:1: the config must be a mapping
  hint: start it with `version: 1`
""",
        head="",
    ),
    Case(
        "a-list-at-the-top",
        """
- version: 1
""",
        """
error: msbuild.yaml:1:1: the config must be a mapping
  hint: start it with `version: 1`
""",
        head="",
    ),
    Case(
        "alias-bomb",
        """
a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
""",
        """
error: msbuild.yaml:8:36: more than 100,000 values
  hint: values are counted again wherever an alias repeats them
""",
    ),
    Case(
        "depth-bomb-of-lists",
        "[" * 50_000,
        """
error: msbuild.yaml:1:1001: nesting is too deep
""",
        head="",
    ),
    Case(
        "depth-bomb-of-mappings",
        "{a: " * 50_000,
        """
error: msbuild.yaml:1:401: nesting is deeper than 100 levels
""",
        head="",
    ),
    Case(
        "depth-bomb-of-block-lists",
        "- " * 50_000,
        """
error: msbuild.yaml:1:201: nesting is deeper than 100 levels
""",
        head="",
    ),
    Case(
        "depth-bomb-that-ends",
        f"a: {'[' * 200}{']' * 200}\n",
        """
error: msbuild.yaml:1:103: nesting is deeper than 100 levels
""",
        head="",
    ),
    Case(
        "depth-by-aliases",
        f"a: &a {'[' * 60}{']' * 60}\nb: {'[' * 60}*a{']' * 60}\n",
        """
error: msbuild.yaml:2:64: nesting is deeper than 100 levels
""",
        head="",
    ),
    Case(
        "too-large",
        "# " * 2_000_001,
        """
error: msbuild.yaml:1:1: the config is larger than 4 MB
""",
    ),
    Case(
        "too-many-values",
        f"plugins: [{'x,' * 100_001}]\n",
        """
error: msbuild.yaml:4:199989: more than 100,000 values
  hint: values are counted again wherever an alias repeats them
""",
    ),
    Case(
        "no-utf-8",
        b"services:\n  \xfcber: {path: api}\n",
        """
error: msbuild.yaml:5:3: byte 0xfc is not UTF-8
  hint: save the file as UTF-8
""",
    ),
    Case(
        "no-utf-8-behind-wide-characters",
        b"services:\n  api: {path: \xc3\xa4\xe2\x82\xac}\n  \xff: 1\n",
        """
error: msbuild.yaml:6:3: byte 0xff is not UTF-8
  hint: save the file as UTF-8
""",
    ),
    Case(
        "utf-16",
        b"\xff\xfev\x00e\x00r\x00s\x00i\x00o\x00n\x00:\x00 \x001\x00\n\x00",
        """
error: msbuild.yaml:1:1: byte 0xff is not UTF-8
  hint: save the file as UTF-8
""",
        head="",
    ),
    Case(
        "binary",
        b"\x7fELF\x02\x01\x01\x00\x00",
        """
error: msbuild.yaml:1:1: the character U+007F is not allowed
  hint: write control characters as escapes in double quotes; is this a text file?
""",
        head="",
    ),
    Case(
        "zero-byte",
        b"services:\n  api: {path: a\x00pi}\n",
        """
error: msbuild.yaml:5:16: the character U+0000 is not allowed
  hint: write control characters as escapes in double quotes; is this a text file?
""",
    ),
    Case(
        "bell",
        b"services:\n  \xc3\xa4: {path: a\x07pi}\n",
        """
error: msbuild.yaml:5:14: the character U+0007 is not allowed
  hint: write control characters as escapes in double quotes; is this a text file?
""",
    ),
    Case(
        "byte-order-mark-and-a-mistake",
        b"\xef\xbb\xbfversion: one\n",
        """
error: msbuild.yaml:1:1: the config is missing `workspace`
  hint: add `workspace:` (its name, which is part of every image name)
error: msbuild.yaml:1:1: the config is missing `builders`
  hint: add `builders:` (the toolchains, by name)
error: msbuild.yaml:1:1: the config needs `services` or `discover`
  hint: add one of them
error: msbuild.yaml:1:10: `version` must be an integer, found the string `one`
  hint: write `1`
""",
        head="",
    ),
)
