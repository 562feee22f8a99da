"""What is read of `go.mod` and `go.work` files."""

from __future__ import annotations

from msbuild_go.gomod import Replacement, parse

TEXT = """\
// Deprecated: use v2
module "example.com/a" // the module
go 1.24.3
toolchain go1.25.0

require example.com/one v1.0.0 // indirect
require(
\texample.com/two v2.0.0

\t`example.com/three` v3.0.0
)

exclude example.com/one v1.1.0
replace example.com/one => example.com/fork v1.0.1
replace (
\texample.com/two v2.0.0 => ../two
\texample.com/three => /opt/three
\texample.com/broken
)
"""


def test_a_module() -> None:
    file = parse(TEXT)
    assert (file.module, file.release) == ("example.com/a", 24)
    assert file.requires == ("example.com/one", "example.com/two", "example.com/three")
    assert file.versions("example.com/three") == {"v3.0.0"}
    assert file.versions("example.com/other") == frozenset()
    assert file.replacements == (
        Replacement("example.com/one", "", "example.com/fork"),
        Replacement("example.com/two", "v2.0.0", "../two"),
        Replacement("example.com/three", "", "/opt/three"),
    )
    assert [each.is_local for each in file.replacements] == [False, True, True]


def test_a_workspace() -> None:
    file = parse("go 1.22\nuse ./a\nuse (\n\t.\n\t../b\n)\n")
    assert file.uses == ("./a", ".", "../b")
    assert file.module == ""


def test_a_module_that_names_no_release() -> None:
    assert parse("module a\n").release == 0
    assert parse("module a\ngo\n").release == 0
