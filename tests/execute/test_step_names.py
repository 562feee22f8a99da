from __future__ import annotations

import dataclasses

import pytest

from msbuild.execute.docker.trace import StepNames, describe, has_network
from msbuild.execute.dockerfile import Layout, render_instructions
from msbuild.execute.dockerfile.instructions import exports, run
from msbuild.model import AddUser, Run, User
from tests.stages import DEPS, TOOLCHAIN, build, runtime

SCRIPT = "mkdir -p d\ncat <<X\nRUN no\nFROM nowhere AS x\nX\ngo build"
STAGES = [TOOLCHAIN, DEPS, build("a", ("a/main.go",), SCRIPT), runtime("a")]
INSTRUCTIONS = render_instructions(
    STAGES, pins={"debian:trixie-slim": f"debian@sha256:{'a' * 64}"}, layout=Layout(True, True)
)


def test_every_instruction_belongs_to_its_stage() -> None:
    found = [(step.stage, step.keyword) for step in INSTRUCTIONS]
    assert found == [
        ("go-toolchain", "FROM"),
        ("go-toolchain", "RUN"),
        ("go-toolchain", "ENV"),
        ("go-toolchain", "WORKDIR"),
        ("go-deps", "FROM"),
        ("go-deps", "COPY"),
        ("go-deps", "RUN"),
        ("a-build", "FROM"),
        ("a-build", "COPY"),
        ("a-build", "RUN"),
        ("a", "FROM"),
        ("a", "WORKDIR"),
        ("a", "COPY"),
        ("a", "USER"),
        ("a", "ENTRYPOINT"),
    ]


@pytest.mark.parametrize(
    ("vertex", "stage", "step"),
    [
        (
            "[go-toolchain 1/3] FROM docker.io/library/debian@sha256:aaaa",
            "go-toolchain",
            "FROM debian@sha256:aaaaaaaaaaaa",
        ),
        (
            "[go-toolchain 2/3] RUN --mount=type=bind,source=x,target=y export …",
            "go-toolchain",
            (
                "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "
                "--no-install-recommends golang-go && rm -rf /var/lib/apt/lists/*"
            ),
        ),
        ("[go-deps 1/2] COPY go-deps/0/ ./", "go-deps", "COPY go-deps/0/ ./"),
        ("[go-deps 2/2] RUN --mount=a export B=c && go mod", "go-deps", "RUN go mod download"),
        (
            "[linux/amd64 a-build 2/2] RUN --network=none <<'EOF_' (set -e...)",
            "a-build",
            "RUN cat <<X …",
        ),
        ("[a 2/2] COPY --from=a-build /out/a ./a", "a", "COPY --from=a-build /out/a ./a"),
        # the name of the same step in another workspace
        ("[other  7/12] RUN go mod download", "go-deps", "RUN go mod download"),
        ("[other 7/12] RUN --network=none make", "", "RUN make"),
        ("[internal] load remote build context", "", "[internal] load remote build context"),
        ("exporting to image", "", "exporting to image"),
    ],
)
def test_steps_have_readable_names(vertex: str, stage: str, step: str) -> None:
    assert StepNames(INSTRUCTIONS).of(vertex) == (stage, step)


def test_a_single_stage_is_recognized_without_its_name() -> None:
    instructions = render_instructions([TOOLCHAIN], pins={}, layout=Layout(by_step=True))
    assert StepNames(instructions).of("[3/3] WORKDIR /work") == ("go-toolchain", "WORKDIR /work")


def test_a_step_name_has_the_command_without_flags() -> None:
    mounts = "--mount=type=cache,id=x,target=/cache/x \\\n    --network=none \\\n    "
    assert describe(f"RUN {mounts}export A='b c' D=e && make  all") == "RUN make  all"
    assert describe(f"RUN {mounts}<<'EOF'\nset -e\nexport A=b\nmake\nEOF") == "RUN make"
    assert describe("RUN export") == "RUN export"


def test_a_step_has_network_access_unless_it_is_disabled() -> None:
    assert has_network("[a 1/1] RUN --mount=x curl")
    assert not has_network("[a 1/1] RUN --network=none curl")
    assert not has_network("[a 1/1] COPY --from=x a b")
    assert not has_network("[internal] load")


def test_the_steps_of_a_named_user_are_recognized() -> None:
    step = AddUser(User(7, 7, "app"), "a-build")
    stage = dataclasses.replace(runtime("a", base="gcr.io/distroless/static"), steps=(step,))
    layout = Layout(by_step=True)
    instructions = render_instructions([*STAGES[:3], stage], pins={}, layout=layout)
    assert StepNames(instructions).of("[a--user 1/1] RUN --mount=x mkdir")[0] == "a--user"
    scratch = dataclasses.replace(runtime("a"), steps=(step, Run("true")))
    names = StepNames(render_instructions([*STAGES[:3], scratch], pins={}, layout=layout))
    assert names.of("[a 4/4] RUN --network=none true") == ("a", "RUN true")


@pytest.mark.parametrize(
    ("script", "name"),
    [
        (
            'set -eu\nbuild="$CACHE/b"\nx=$(command -v y) || x=""\ncmake -S . \\\n  -G Ninja',
            "cmake -S . …",
        ),
        ("mkdir -p a && \\\ncp -R b c && \\\ngo list -e -export x", "go list -e -export x …"),
        (
            'GOPROXY="file://x y" go mod download && \\\nfind a',
            'GOPROXY="file://x y" go mod download …',
        ),
        ("cd a\nmkdir b", "cd a …"),
    ],
)
def test_a_step_is_named_after_the_most_informative_line_of_its_script(
    script: str, name: str
) -> None:
    instruction = run("a", script, ("--network=none",), ())
    assert instruction.step == f"RUN {name}"
    # as BuildKit may print it
    assert describe(instruction.text.rstrip("\n")) == f"RUN {name}"


@pytest.mark.parametrize("value", ["b", "it's", "b c & d", "l1\nl2"])
def test_variables_are_not_part_of_the_name_of_a_step(value: str) -> None:
    instruction = run("a", "make all", ("--network=none",), tuple(exports({"A": value})))
    assert instruction.step == "RUN make all"
