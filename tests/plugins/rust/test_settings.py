"""Settings in `.cargo/config.toml` and `rust-toolchain.toml`: followed, or refused."""

from __future__ import annotations

import dataclasses
import subprocess
from typing import TYPE_CHECKING

import pytest
from msbuild_rust.rustflags import variables
from msbuild_rust.settings import call_of
from msbuild_rust.workspace import workspace_of

from msbuild.errors import ConfigError
from msbuild.plugin.testing import build
from tests.plugins.rust.shop import LANGUAGE, LOCK, inputs_of, pricing, rust, shop, stock

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild_rust.settings import Call

    from msbuild.plugin.api import Builder

CONFIG = "rust/.cargo/config.toml"
PRICING = "rust/services/pricing"
TRIPLE = "x86_64-unknown-linux-gnu"
_RUSTC = f"""#!/bin/sh
case "$*" in
  *--print*cfg*) printf 'unix\\ntarget_os="linux"\\ntarget_env="gnu"\\ntarget_arch="x86_64"\\n' ;;
  *) printf 'rustc 1.95.0 (x 2026-04-14)\\ncommit-date: %s\\nhost: {TRIPLE}\\nrelease: %s\\n' \
"${{DATE:-2026-04-14}}" "${{RELEASE:-1.95.0}}" ;;
esac
"""


def called(files: dict[str, str], builder: Builder | None = None) -> Call:
    builder = builder or rust()
    sources = shop(files)
    workspace = workspace_of(pricing(), builder, sources)
    package = workspace.packages[PRICING]
    return call_of(workspace, package, builder, sources)


def run(lines: str, directory: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script with a fake compiler that only prints its version."""
    compiler = directory / "rustc"
    compiler.write_text(_RUSTC)
    compiler.chmod(0o755)
    path = f"{directory}:/usr/bin:/bin"
    return subprocess.run(
        ["/bin/sh", "-c", lines],
        env={"PATH": path, "CACHE": str(directory), **env},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def flags(files: dict[str, str], directory: Path, builder: Builder | None = None) -> list[str]:
    """The flags that a program is compiled with."""
    builder = builder or rust()
    call = called(files, builder)
    lines = [
        "set -eu",
        f"target={call.target or TRIPLE}",
        *call.flags,
        'printf %s "${CARGO_ENCODED_RUSTFLAGS-$(printf %s "${RUSTFLAGS-}" | tr " " "\\037")}"',
    ]
    done = run("\n".join(lines), directory, **variables(builder))
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\x1f")


STATIC = ["-C", "target-feature=+crt-static"]


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ('[build]\nrustflags = ["--cfg", "a b"]', ["--cfg", "a b"]),
        ('[build]\nrustflags = "--cfg a"', ["--cfg", "a"]),
        (f'[target.{TRIPLE}]\nrustflags = ["--cfg=a"]', ["--cfg=a"]),
        ('[target.aarch64-unknown-linux-gnu]\nrustflags = ["--cfg=a"]', []),
        ("[target.'cfg(unix)']\nrustflags = [\"--cfg=a\"]", ["--cfg=a"]),
        ("[target.'cfg(windows)']\nrustflags = [\"--cfg=a\"]", []),
        (
            (
                '[target.\'cfg(all(target_os = "linux", not(target_env = "musl")))\']\n'
                'rustflags = ["--cfg=a"]'
            ),
            ["--cfg=a"],
        ),
        ('[target.\'cfg(any(windows, target_arch = "arm"))\']\nrustflags = ["-Cx"]', []),
        # flags of `[target]` replace those of `[build]`
        (
            (
                f'[build]\nrustflags = ["--cfg=b"]\n[target.{TRIPLE}]\nrustflags = ["--cfg=a"]\n'
                "[target.'cfg(unix)']\nrustflags = [\"--cfg=c\"]"
            ),
            ["--cfg=a", "--cfg=c"],
        ),
        (
            '[build]\nrustflags = ["--cfg=b"]\n[target.\'cfg(windows)\']\nrustflags = ["-Cx"]',
            ["--cfg=b"],
        ),
    ],
)
def test_flags_of_project_and_builder_are_joined(
    config: str, wanted: list[str], tmp_path: Path
) -> None:
    assert flags({CONFIG: config}, tmp_path) == [*wanted, *STATIC]


def test_flags_of_all_levels_are_joined_nearest_last(tmp_path: Path) -> None:
    files = {
        ".cargo/config.toml": '[build]\nrustflags = ["-Ctop"]',
        "rust/.cargo/config": 'include = ["more.toml"]\n[build]\nrustflags = ["-Cmiddle"]',
        "rust/.cargo/more.toml": '[build]\nrustflags = ["-Cincluded"]',
        f"{PRICING}/.cargo/config.toml": '[build]\nrustflags = ["-Cnear"]',
    }
    assert flags(files, tmp_path) == ["-Ctop", "-Cincluded", "-Cmiddle", "-Cnear", *STATIC]


def test_the_old_config_name_takes_precedence_in_its_directory(tmp_path: Path) -> None:
    files = {
        "rust/.cargo/config": '[build]\nrustflags = ["-Cold"]',
        CONFIG: '[build]\nrustflags = ["-Cnew"]',
    }
    assert flags(files, tmp_path) == ["-Cold", *STATIC]


def test_variables_of_a_builder_apply_as_in_cargo(tmp_path: Path) -> None:
    files = {CONFIG: '[build]\nrustflags = ["-Cfile"]'}
    plain = rust(rustflags=["-Cown"])
    for env, wanted in (
        ({"RUSTFLAGS": "-Ca  -Cb"}, ["-Ca", "-Cb"]),
        ({"CARGO_ENCODED_RUSTFLAGS": "-Ca b\x1f-Cc"}, ["-Ca b", "-Cc"]),
        ({"CARGO_BUILD_RUSTFLAGS": "-Ca"}, ["-Cfile", "-Ca"]),
        ({"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS": "-Ca"}, ["-Ca"]),
        ({"CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS": "-Ca"}, ["-Cfile"]),
    ):
        builder = dataclasses.replace(plain, env=env)
        assert flags(files, tmp_path, builder) == [*wanted, *STATIC, "-Cown"]


def test_config_arguments_of_a_builder_apply(tmp_path: Path) -> None:
    builder = rust(flags=["--config", 'build.rustflags=["-Cargument"]', "--config=ci.toml"])
    files = {
        CONFIG: '[build]\nrustflags = ["-Cfile"]',
        "rust/ci.toml": '[build]\nrustflags=["-Cci"]',
    }
    assert flags(files, tmp_path, builder) == ["-Cfile", "-Cargument", "-Cci", *STATIC]
    with pytest.raises(ConfigError, match="neither a file"):
        called({}, rust(flags=["--config", "nonsense"]))


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        (["-C target-cpu=native -Cdebuginfo=0"], ["-C", "target-cpu=native", "-Cdebuginfo=0"]),
        (["-C link-args=-a -b", "--cfg x"], ["-C", "link-args=-a -b", "--cfg", "x"]),
        (['-Cdebuginfo=0"\nRUN touch /pwned\n#'], ['-Cdebuginfo=0"\nRUN touch /pwned\n#']),
    ],
)
def test_an_item_with_spaces_is_one_flag_in_a_list(
    items: list[str], wanted: list[str], tmp_path: Path
) -> None:
    assert flags({}, tmp_path, rust(static=False, rustflags=items)) == wanted


def test_without_a_target_build_scripts_and_macros_get_the_flags_of_the_project(
    tmp_path: Path,
) -> None:
    config = '[build]\nrustflags = ["-C", "target-feature=+crt-static", "--cfg", "a b"]'
    call = called({CONFIG: config})
    script = "\n".join(
        [
            "set -eu",
            f"target={TRIPLE}",
            *call.flags,
            'exec "$RUSTC_WRAPPER" printf "%s|" macro.rs',
        ]
    )
    assert run(script, tmp_path).stdout == "macro.rs|--cfg|a b|"
    for_program = script.replace("macro.rs", f"--target {TRIPLE}")
    assert run(for_program, tmp_path).stdout == f"--target|{TRIPLE}|"
    with_target = called({CONFIG: f'{config}\ntarget = "{TRIPLE}"'})
    assert not any("RUSTC_WRAPPER" in line for line in with_target.flags)


def test_a_wrapper_of_the_project_is_still_called(tmp_path: Path) -> None:
    config = '[build]\nrustflags = "--cfg a"\nrustc-wrapper = "tools/wrap"'
    call = called({CONFIG: config})
    script = [f"tree={tmp_path}; target={TRIPLE}", *call.flags, 'exec "$RUSTC_WRAPPER" rustc x']
    wrapper = tmp_path / "rust/tools/wrap"
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text('#!/bin/sh\necho "wrapped $*"')
    wrapper.chmod(0o755)
    assert run("\n".join(script), tmp_path).stdout == "wrapped rustc x --cfg a\n"


def test_the_target_of_the_project_is_used() -> None:
    musl = "x86_64-unknown-linux-musl"
    config = f'[build]\ntarget = "{musl}"'
    assert called({CONFIG: config}).target == musl
    assert called({CONFIG: f'[build]\ntarget = ["{musl}"]'}).target == musl
    assert called({CONFIG: config}, rust(target="other")).target == "other"
    assert called({}, dataclasses.replace(rust(), env={"CARGO_BUILD_TARGET": musl})).target == musl


@pytest.mark.parametrize(
    ("target", "platform"),
    [
        ("x86_64-unknown-linux-musl", "linux/amd64"),
        ("aarch64-unknown-linux-gnu", "linux/arm64"),
        ("i686-unknown-linux-gnu", "linux/386"),
        ("armv7-unknown-linux-gnueabihf", "linux/arm"),
        ("riscv64gc-unknown-linux-gnu", "linux/riscv64"),
        ("s390x-unknown-linux-gnu", "linux/s390x"),
        ("x86_64-pc-windows-gnu", "windows/amd64"),
    ],
)
def test_a_target_determines_the_platform_of_images(target: str, platform: str) -> None:
    sources = shop({CONFIG: f'[build]\ntarget = "{target}"'})
    found = build(LANGUAGE, pricing(), rust(), sources).target
    assert found
    assert (found.platform, found.setting) == (platform, f"`build.target` in {CONFIG}:2")
    chosen = build(LANGUAGE, pricing(), rust(target=target), shop()).target
    assert chosen
    assert chosen.setting == f"`target: {target}`"
    assert build(LANGUAGE, pricing(), rust(), shop()).target is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({CONFIG: '\n[build]\ntarget = ["a", "b"]'}, f"{CONFIG}:3: `build.target` names 2"),
        ({CONFIG: '[build]\ntarget = "x.json"'}, f"{CONFIG}:2: target specifications"),
        ({CONFIG: 'paths = ["../log"]'}, f"{CONFIG}:1: `paths`"),
        ({CONFIG: 'include = ["gone.toml"]'}, f"{CONFIG}:1: includes `rust/.cargo/gone.toml`"),
        ({CONFIG: 'include = ["config.toml"]'}, "dependency cycle"),
        (
            {CONFIG: "[target.'cfg(all(unix'] \nrustflags = \"-Cx\""},
            f"{CONFIG}:1: `cfg(all(unix` is not",
        ),
        ({CONFIG: "[build]\nrustflags = 1"}, f"{CONFIG}:2: `build.rustflags` must be"),
        ({CONFIG: "build = 1"}, f"{CONFIG}:1: `build` must be a table"),
        ({CONFIG: "[build"}, "is not valid TOML"),
        ({"rust-toolchain.toml": '[toolchain]\npath = "/opt/x"'}, "rust-toolchain.toml:2: "),
        ({"rust-toolchain.toml": "[toolchain]\nchannel = 1"}, "rust-toolchain.toml:2: `toolchain"),
        ({"rust-toolchain": "my own"}, "rust-toolchain:1: `my own` is not a Rust release channel"),
        ({"rust-toolchain.toml": "1.90"}, "is not valid TOML"),
    ],
)
def test_unsupported_settings_are_refused_with_their_line(
    files: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        called(files)
    assert message in error.value.message


def test_a_target_among_flags_is_refused() -> None:
    with pytest.raises(ConfigError, match="second program"):
        build(LANGUAGE, pricing(), rust(flags=["--target=x"]), shop())


def check(
    files: dict[str, str],
    directory: Path,
    builder: Builder | None = None,
    *,
    release: str = "1.95.0",
) -> str:
    """The error of a script's compiler check, if any."""
    call = called(files, builder)
    done = run("\n".join(["set -eu", *call.checks]), directory, RELEASE=release)
    assert bool(done.returncode) is bool(done.stderr)
    return done.stderr


@pytest.mark.parametrize(
    ("channel", "release"),
    [
        ("stable", "1.95.0"),
        ("1.95.0", "1.95.0"),
        ("1.95", "1.95.0"),
        (f"1.95.0-{TRIPLE}", "1.95.0"),
        ("beta", "1.96.0-beta.2"),
        ("nightly", "1.97.0-nightly"),
        ("nightly-2026-04-15", "1.97.0-nightly"),
    ],
)
def test_the_pinned_compiler_passes(channel: str, release: str, tmp_path: Path) -> None:
    assert not check({"rust/rust-toolchain": f"{channel}\n"}, tmp_path, release=release)


@pytest.mark.parametrize(
    ("channel", "release"),
    [
        ("1.9", "1.95.0"),
        ("1.95.1", "1.95.0"),
        ("nightly", "1.95.0"),
        ("stable", "1.96.0-beta.2"),
        ("1.96", "1.96.0-nightly"),
        ("nightly-2026-05-15", "1.97.0-nightly"),
    ],
)
def test_a_compiler_other_than_the_pinned_one_fails_the_build(
    channel: str, release: str, tmp_path: Path
) -> None:
    files = {"rust/rust-toolchain.toml": f'[toolchain]\nchannel = "{channel}"'}
    said = check(files, tmp_path, release=release)
    assert f"rust/rust-toolchain.toml:2 pins the toolchain {channel}" in said
    assert "hint: builder rust needs an image" in said


def test_the_nearest_pin_applies_unless_a_variable_is_set(tmp_path: Path) -> None:
    files = {
        "rust-toolchain.toml": '[toolchain]\nchannel = "1.1.0"',
        f"{PRICING}/rust-toolchain": "1.95.0",
    }
    assert not check(files, tmp_path)
    builder = dataclasses.replace(rust(), env={"RUSTUP_TOOLCHAIN": "1.94.0"})
    assert "RUSTUP_TOOLCHAIN of builder rust pins" in check(files, tmp_path, builder)


def test_an_image_with_another_version_is_refused_when_planning() -> None:
    files = {"rust-toolchain.toml": '[toolchain]\nchannel = "1.70.0"'}
    for image in ("rust:1.95-slim", "docker.io/library/rust:1.95.0@sha256:0"):
        with pytest.raises(ConfigError, match=r"rust-toolchain\.toml:2 pins the toolchain"):
            called(files, dataclasses.replace(rust(), image=image))
    for image in ("rust:1-slim", "rust:1.70-slim", "debian:trixie-slim", "rust:1.70.0"):
        called(files, dataclasses.replace(rust(), image=image))


def test_two_pins_need_two_builders() -> None:
    sources = shop(
        {
            f"{PRICING}/rust-toolchain": "1.90.0",
            "rust/services/stock/rust-toolchain": "1.91.0",
        }
    )
    with pytest.raises(ConfigError, match=r"pricing/rust-toolchain:1 pins the toolchain"):
        LANGUAGE.shared_stages(rust(), [pricing(), stock()], sources)


def test_the_pinned_compiler_is_looked_up_on_the_host() -> None:
    sources = shop({"rust-toolchain.toml": '[toolchain]\nchannel = "1.90.0"'})
    tools = LANGUAGE.shared_stages(rust(), [pricing()], sources)[0].host
    assert all("rustc +1.90.0 --print sysroot" in tool.home[2] for tool in tools if tool.home)


def test_files_named_by_cargo_config_are_inputs() -> None:
    config = """
include = ["more.toml"]
[build]
rustc-wrapper = "tools/wrap.sh"
[target.x86_64-unknown-linux-gnu]
rustflags = ["-Clink-arg=-Tlink/memory.x"]
[env]
PROTO = { value = "proto", relative = true }
"""
    more = dict.fromkeys(("tools/wrap.sh", "link/memory.x", "proto/a.proto", "docs/x.md"), "")
    files = {CONFIG: config, "rust/.cargo/more.toml": ""}
    sources = shop({**files, **{f"rust/{path}": text for path, text in more.items()}})
    found = inputs_of(pricing(), sources).files
    named = {path for path, reason in found.items() if reason == "named by cargo's settings"}
    assert named == {"rust/tools/wrap.sh", "rust/link/memory.x", "rust/proto/a.proto"}
    assert found["rust/.cargo/more.toml"] == "cargo's settings"
    deps = LANGUAGE.shared_stages(rust(), [pricing()], sources)[1]
    assert named <= set(deps.files)


def test_a_vendored_crate_is_an_input_of_services_that_link_it() -> None:
    config = '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"'
    crates = ("axum", "itoa", "itoa-0.4.9", "unused")
    sources = shop({CONFIG: config, **{f"rust/vendor/{each}/src/lib.rs": "" for each in crates}})
    files = inputs_of(pricing(), sources).files
    assert {path.split("/")[2] for path in files if path.startswith("rust/vendor/")} == {
        "axum",
        "itoa",
    }
    assert "rust/vendor/itoa-0.4.9/src/lib.rs" in inputs_of(stock(), sources).files


def test_a_patch_of_the_config_is_a_package_of_the_tree() -> None:
    source = '"registry+https://github.com/rust-lang/crates.io-index"'
    sources = shop(
        {
            CONFIG: '[patch.crates-io]\naxum = { path = "../mine/axum" }',
            "rust/Cargo.lock": LOCK.replace(f'source = {source}\nchecksum = "aaaa"\n', ""),
            "mine/axum/Cargo.toml": '[package]\nname = "axum"\nversion = "0.8.1"',
            "mine/axum/src/lib.rs": "",
        }
    )
    assert "mine/axum/src/lib.rs" in inputs_of(pricing(), sources).files
