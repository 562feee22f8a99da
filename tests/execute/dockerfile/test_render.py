from __future__ import annotations

import dataclasses
import textwrap

import pytest

from msbuild.execute.dockerfile import (
    CA_IN_CONTEXT,
    EXECUTED,
    EXPORTED,
    Layout,
    context_paths,
    render,
)
from msbuild.model import (
    AddUser,
    CacheMount,
    Certificates,
    Copy,
    Healthcheck,
    Packages,
    Run,
    Stage,
    StageKind,
    StageRef,
    User,
)
from tests.stages import DEPS, TOOLCHAIN, build, runtime


def one_service() -> list[Stage]:
    return [TOOLCHAIN, DEPS, build("a", ("a/main.go", "a/x/x.go", "lib/lib.go")), runtime("a")]


def test_an_exported_dockerfile_reads_like_a_handwritten_one() -> None:
    text = render(one_service(), pins={}, layout=EXPORTED)
    assert text == textwrap.dedent("""\
        FROM debian:trixie-slim AS go-toolchain
        # hadolint ignore=DL3008
        RUN apt-get update && \\
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends golang-go && \\
            rm -rf /var/lib/apt/lists/*
        ENV OUT=/out \\
            CACHE=/cache \\
            GOCACHE=/cache/go-build
        WORKDIR /work

        FROM go-toolchain AS go-deps
        COPY go.mod go.sum ./
        RUN go mod download

        FROM go-deps AS a-build
        COPY a ./a
        COPY lib ./lib
        RUN --mount=type=cache,id=go-build,target=/cache/go-build,sharing=shared,from=go-deps,source=/cache/go-build \\
            --network=none \\
            go build -o "$OUT/a" ./a

        FROM scratch AS a
        WORKDIR /app
        COPY --from=a-build /out/a ./a
        USER 65532:65532
        ENTRYPOINT ["./a"]
        """)  # noqa: E501


def test_every_executed_copy_has_its_own_context_directory() -> None:
    stages = one_service()
    text = render(stages, pins={}, layout=EXECUTED)
    assert "COPY go-deps/0/ ./" in text
    assert "COPY a-build/0/ ./" in text
    assert context_paths(stages) == {
        "go-deps/0/go.mod": "go.mod",
        "go-deps/0/go.sum": "go.sum",
        "a-build/0/a/main.go": "a/main.go",
        "a-build/0/a/x/x.go": "a/x/x.go",
        "a-build/0/lib/lib.go": "lib/lib.go",
    }


def test_assets_are_copied_to_the_same_path_in_both_layouts() -> None:
    directory = Copy(("svc/data/a.json", "svc/data/b/c.json"), strip="svc/data", destination="data")
    renamed = Copy(("svc/x.json",), strip="svc/x.json", destination="/etc/y.json")
    stage = dataclasses.replace(runtime("svc"), steps=(directory, renamed))
    assert context_paths([stage]) == {
        "svc/0/data/a.json": "svc/data/a.json",
        "svc/0/data/b/c.json": "svc/data/b/c.json",
        "svc/1/etc/y.json": "svc/x.json",
    }
    executed = render([stage], pins={}, layout=EXECUTED)
    assert "COPY svc/0/ ./\nCOPY svc/1/ /\n" in executed
    exported = render([stage], pins={}, layout=EXPORTED)
    assert "COPY svc/data data\nCOPY svc/x.json /etc/y.json\n" in exported


def test_pins_with_a_digest_replace_references_but_local_ids_do_not() -> None:
    digest = "debian:trixie-slim@sha256:" + "0" * 64
    assert render([TOOLCHAIN], pins={"debian:trixie-slim": digest}, layout=EXPORTED).startswith(
        f"FROM {digest} AS go-toolchain\n"
    )
    local = {"debian:trixie-slim": "sha256:" + "1" * 64}
    assert render([TOOLCHAIN], pins=local, layout=EXPORTED).startswith(
        "FROM debian:trixie-slim AS go-toolchain\n"
    )


def test_only_downloading_steps_see_the_ca_bundle() -> None:
    text = render(one_service(), pins={}, layout=Layout(by_step=True, ca=True))
    runs = [line for line in text.split("\n\n") if "RUN" in line]
    assert [CA_IN_CONTEXT in run for run in runs] == [True, True, False]


def test_alpine_packages_are_installed_with_apk() -> None:
    stage = dataclasses.replace(runtime("a", base="alpine:3.22"), steps=(Packages(("tzdata",)),))
    assert "RUN apk add --no-cache tzdata\n" in render([stage], pins={}, layout=EXPORTED)


def with_user(base: str) -> str:
    user = User(10001, 10001, "appuser")
    stage = runtime("a", base=base, user=user)
    stage = dataclasses.replace(stage, steps=(AddUser(user, "go-toolchain"), *stage.steps))
    return render([TOOLCHAIN, stage], pins={}, layout=EXPORTED).split("\n\n", 1)[1]


def test_a_named_user_on_scratch_gets_its_own_passwd() -> None:
    assert with_user("scratch").startswith(
        "FROM scratch AS a\n"
        "COPY <<'EOF' /etc/passwd\nappuser:x:10001:10001:appuser:/app:/sbin/nologin\nEOF\n\n"
        "COPY <<'EOF' /etc/group\nappuser:x:10001:\nEOF\n\n"
        "WORKDIR /app\n"
    )


def test_a_named_user_on_a_base_with_a_shell_is_appended() -> None:
    assert (
        "RUN echo appuser:x:10001:10001:appuser:/app:/sbin/nologin >> /etc/passwd"
        " && echo appuser:x:10001: >> /etc/group\n"
    ) in with_user("alpine:3.22")


def test_a_named_user_on_a_base_without_a_shell_is_appended_in_a_helper_stage() -> None:
    text = with_user("registry.example.com/distroless/static:nonroot")
    helper, stage = text.split("\n\n")
    assert "FROM go-toolchain AS a--user\n" in helper
    assert "cat /mnt/etc/passwd" in helper
    assert "COPY --from=a--user /out/etc/ /etc/\n" in stage
    assert "RUN" not in stage


def test_the_image_config_is_complete() -> None:
    settings = {
        "env": {"B": 'say "hi" $HOME', "A": "1"},
        "labels": {"team": "shop & co"},
        "ports": ("8080", "9090/udp"),
        "command": ("--level", "a b"),
        "healthcheck": Healthcheck(("./a", "-check"), interval=5, timeout=1.5, retries=2),
    }
    text = render([runtime("a", **settings)], pins={}, layout=EXPORTED)
    assert text.splitlines()[3:] == [
        "ENV A=1 \\",
        '    B="say \\"hi\\" \\$HOME"',
        'LABEL team="shop & co"',
        "EXPOSE 8080 9090/udp",
        "USER 65532:65532",
        "HEALTHCHECK --interval=5s --timeout=1.5s --start-period=0s --retries=2 \\",
        '    CMD ["./a", "-check"]',
        'ENTRYPOINT ["./a"]',
        'CMD ["--level", "a b"]',
    ]


def test_certificates_are_copied_from_the_named_stage() -> None:
    stage = dataclasses.replace(runtime("a"), steps=(Certificates("go-toolchain"),))
    assert (
        "COPY --from=go-toolchain /etc/ssl/certs/ca-certificates.crt "
        "/etc/ssl/certs/ca-certificates.crt\n"
    ) in render([stage], pins={}, layout=EXPORTED)


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("true", "RUN --network=none true"),
        ("a\nb", "RUN --network=none <<'EOF'\nset -e\na\nb\nEOF"),
        ("cat <<X\nEOF\nX", "RUN --network=none <<'EOF_'\nset -e\ncat <<X\nEOF\nX\nEOF_"),
        ("[ -d x ]", "RUN --network=none <<'EOF'\nset -e\n[ -d x ]\nEOF"),
        ("--mount=evil", "RUN --network=none <<'EOF'\nset -e\n--mount=evil\nEOF"),
    ],
)
def test_scripts_are_unchanged(script: str, text: str) -> None:
    stage = Stage("x", StageKind.CUSTOM, StageRef("t"), (Run(script),))
    rendered = render([dataclasses.replace(TOOLCHAIN, name="t"), stage], pins={}, layout=EXPORTED)
    assert rendered.endswith(f"FROM t AS x\n{text}\n")


def test_cache_mounts_are_not_in_exported_dockerfiles() -> None:
    step = Run(
        "warm; go; keep", caches=(CacheMount("w", "w", "content"),), env=(("K", "v"),), plain="go"
    )
    stage = Stage("x", StageKind.CUSTOM, StageRef("t"), (step,))
    stages = [dataclasses.replace(TOOLCHAIN, name="t"), stage]
    assert render(stages, pins={}, layout=EXPORTED).endswith("\nRUN --network=none go\n")
    executed = render(stages, pins={}, layout=EXECUTED)
    assert executed.endswith("    export K=v && warm; go; keep\n")


def test_variables_of_one_step_are_exported_in_its_script() -> None:
    stage = Stage("x", StageKind.CUSTOM, StageRef("t"), (Run("a; b", env=(("K", "$CACHE/v w"),)),))
    rendered = render([dataclasses.replace(TOOLCHAIN, name="t"), stage], pins={}, layout=EXPORTED)
    assert rendered.endswith("RUN --network=none export K='/cache/v w' && a; b\n")
