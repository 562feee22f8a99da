"""The texts that the files of Go modules may have, first the one at the beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GO: Mapping[str, tuple[str, ...]] = {
    "go/go.work": ("go 1.22\n\nuse (\n\t.\n\t./kit\n)\n", "go 1.22\n\nuse .\n"),
    "go/go.mod": (
        (
            "module example.com/shop\n\ngo 1.22\n\nrequire (\n\texample.com/kit v0.0.0\n"
            "\texample.com/other v0.0.0\n)\n\nreplace example.com/other => ./other\n"
        ),
        (
            "module example.com/shop\n\ngo 1.22\n\nrequire (\n\texample.com/kit v0.0.0\n"
            "\texample.com/other v0.0.0\n\tgolang.org/x/sync v0.16.0\n)\n\n"
            "replace example.com/other => ./lib/other\n"
        ),
        (
            "module example.com/shop\n\ngo 1.23\n\nrequire example.com/kit v0.0.0\n\n"
            "replace example.com/kit => ./kit\n"
        ),
    ),
    "go/go.sum": ("golang.org/x/sync v0.16.0 h1:aaaa=\n", "golang.org/x/sync v0.17.0 h1:bbbb=\n"),
    "go/kit/go.mod": ("module example.com/kit\n\ngo 1.22\n", "module example.com/kit\n\ngo 1.21\n"),
    "go/kit/kit.go": (
        'package kit\n\nimport "example.com/shop/lib/text"\n',
        "package kit\n",
        'package kit\n\nimport _ "golang.org/x/sync/errgroup"\n',
    ),
    "go/kit/deep/deep.go": ("package deep\n", ""),
    "go/other/go.mod": ("module example.com/other\n\ngo 1.22\n", ""),
    "go/other/other.go": ("package other\n", 'package other\n\nimport "strings"\n'),
    "go/lib/other/go.mod": ("", "module example.com/other\n\ngo 1.22\n"),
    "go/lib/other/other.go": ("", "package other\n"),
    "go/lib/text/text.go": (
        'package text\n\nimport _ "embed"\n\n//go:embed words/*\nvar words embed.FS\n',
        "package text\n",
        'package text\n\nimport _ "embed"\n\n//go:embed all:words more\nvar words embed.FS\n',
    ),
    "go/lib/text/text_linux.go": ("", 'package text\n\nimport _ "example.com/shop/lib/log"\n'),
    "go/lib/text/text_darwin.go": ('package text\n\nimport _ "example.com/shop/lib/mac"\n', ""),
    "go/lib/text/text_test.go": ("package text\n", 'package text\n\nimport "example.com/shop/x"\n'),
    "go/lib/text/words/one": ("one\n", "two\n"),
    "go/lib/text/words/two": ("", "more\n"),
    "go/lib/text/words/.hidden": ("", "more\n"),
    "go/lib/text/more": ("more\n", "less\n"),
    "go/lib/log/log.go": ("package log\n", "//go:build never\n\npackage log\n"),
    "go/lib/log/tagged.go": (
        '//go:build fast\n\npackage log\n\nimport _ "example.com/shop/lib/fast"\n',
        '//go:build !fast\n\npackage log\n\nimport _ "example.com/shop/lib/fast"\n',
    ),
    "go/lib/fast/fast.go": ("package fast\n", ""),
    "go/lib/c/c.go": (
        'package c\n\n// #cgo CFLAGS: -I${SRCDIR}/include\n// #include "c.h"\nimport "C"\n',
        'package c\n\n// #include "other.h"\nimport "C"\n',
        "package c\n",
    ),
    "go/lib/c/c.c": ('#include "c.h"\n', '#include "inner.h"\n'),
    "go/lib/c/include/c.h": ('#include "inner.h"\n', "\n"),
    "go/lib/c/c.h": ("", "\n"),
    "go/lib/c/include/inner.h": ("int x;\n", "int y;\n"),
    "go/lib/c/other.h": ("int other;\n", ""),
    "go/vendor/modules.txt": ("", "# golang.org/x/sync v0.16.0\n## explicit\n"),
    "go/cmd/api/main.go": (
        'package main\n\nimport (\n\t"example.com/shop/lib/text"\n\t"example.com/kit"\n)\n',
        'package main\n\nimport "example.com/shop/lib/log"\n',
        'package main\n\nimport "example.com/other"\n',
        'package main\n\nimport "example.com/kit/deep"\n',
        'package main\n\nimport "example.com/shop/gen"\n',
    ),
    "go/cmd/api/more.go": ("", 'package main\n\nimport "example.com/shop/lib/c"\n'),
    "go/cmd/api/data/page": ("page\n", "other\n"),
    "go/cmd/api/data/new/deep": ("", "deep\n"),
    "go/cmd/web/main.go": (
        'package main\n\nimport (\n\t"example.com/shop/lib/log"\n\t"example.com/shop/lib/c"\n)\n',
        'package main\n\nimport "example.com/shop/lib/text"\n',
        "package main\n",
    ),
    "go/cmd/web/data/page": ("page\n", ""),
    "go/cmd/new/main.go": ("", "package main\n"),
    "go/gen/gen.go": ("", "package gen\n"),
}
