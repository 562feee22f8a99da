from __future__ import annotations

import pytest

from msbuild.execute.dockerfile.instructions import copy_arguments, run_operands, word


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("a/b.go", "a/b.go ./"),
        ("--from=x/go.mod", '["--from=x/go.mod", "./"]'),
        ("a b", '["a b", "./"]'),
        ("a*b", '["a[*]b", "./"]'),
        ("$HOME", '["\\\\$HOME", "./"]'),
    ],
)
def test_a_path_is_not_read_as_flag_pattern_or_variable(source: str, written: str) -> None:
    assert copy_arguments((source,), "./") == written


def test_a_word_cannot_end_an_instruction() -> None:
    assert word('a" b\\$c') == '"a\\" b\\\\\\$c"'


def test_a_script_that_looks_like_a_flag_becomes_a_heredoc() -> None:
    heredoc = "<<'EOF'\nset -e\n--mount=x true\nEOF\n"
    assert run_operands((), "--mount=x true") == (heredoc, True)
