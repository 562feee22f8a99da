from __future__ import annotations

import pytest

from msbuild.execute.naming import in_one_line


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["cd go && go build ./a"], "cd go && go build ./a"),
        (["set -e", 'export CA="x"', "cd go && \\", "go mod download && \\", "rm x"], "go mod"),
        (
            ["cd go && \\", 'layer="$GOCACHE" && \\', 'export G="$C" && \\', "go list a"],
            "go list a",
        ),
        (['flags="a b"', "cmake -S ."], "cmake -S ."),
        (["cd a", "rm b"], "cd a"),
    ],
)
def test_a_script_is_called_after_the_line_that_tells_most(lines: list[str], name: str) -> None:
    assert in_one_line(lines).startswith(name)
    assert in_one_line(lines).endswith(" …") == (len(lines) > 1)
