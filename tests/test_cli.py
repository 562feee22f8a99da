from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import msbuild
import msbuild.commands.all
from msbuild import cli
from msbuild.commands.parsing import COMMANDS
from msbuild.errors import EXIT_ENVIRONMENT, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE
from tests.heavy import HEAVY, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "msbuild", *arguments], capture_output=True, text=True, check=False
    )


def test_help_has_every_command_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "examples:" in out
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([name, "--help"])
    assert caught.value.code == 0
    assert f"msbuild {name}" in capsys.readouterr().out.split("examples:")[1]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom msbuild.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print('\\nmodules', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.rsplit("modules ", 1)[1].split())
    assert not HEAVY & modules


def test_without_an_engine_docker_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module x\ngo 1.21\n")
    (tmp_path / "msbuild.yaml").write_text(
        "version: 1\nworkspace: x\nbuilders: {go: {image: 'debian:trixie-slim'}}\n"
        "services: {x: {path: .}}\n"
    )
    code = (
        "import sys\nfrom msbuild.cli import main\n"
        "assert main(['plan']) == 0\nassert main(['images']) == 0\n"
        "print('\\nmodules', *sorted(sys.modules))"
    )
    environment = {
        **os.environ,
        "DOCKER_HOST": "unix:///nowhere",
        "MSBUILD_STORE": str(tmp_path / "store"),
        "MSBUILD_EXECUTOR": "auto",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(done.stdout.rsplit("modules ", 1)[1].split())
    assert not {"docker", "requests", "rich", "zstandard"} & modules
    # planning changes nothing
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["al"], "invalid choice: 'al'", "did you mean `all`?"),
        (["all", "--job", "x"], "expected an integer, found `x`", "--help"),
        (["all", "-j", "0"], "expected an integer greater than 0", "--help"),
        (["all", "--timeout", "-1"], "expected a number of seconds, found `-1`", "--help"),
        (["all", "--tag", "a/b"], "`a/b` is not a valid tag", "--help"),
        (["build"], "required: SERVICE", "--help"),
        (["all", "--json", "--quiet"], "not allowed with argument", "--help"),
    ],
)
def test_a_wrong_command_line_is_an_error_with_a_hint(
    arguments: list[str],
    message: str,
    hint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["msbuild", *arguments])
    assert cli.main() == EXIT_USAGE
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert message in err
    assert hint in err.split("hint: ")[1]


def test_a_missing_config_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("all")
    assert done.returncode == EXIT_USAGE
    assert "msbuild.yaml" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_json_ends_in_a_result_even_for_a_wrong_command_line() -> None:
    done = run("all", "--json", "--jobs", "none")
    assert done.returncode == EXIT_USAGE
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert result["event"] == "result"
    assert result["exit_code"] == EXIT_USAGE
    assert "integer" in result["error"]["message"]


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyboardInterrupt(), EXIT_INTERRUPTED, ""),
        (OSError(28, "No space left on device", "/x"), EXIT_ENVIRONMENT, "`/x`: no space left"),
        (PermissionError(13, "Permission denied"), EXIT_ENVIRONMENT, "error: permission denied"),
        (RuntimeError("oh no"), EXIT_INTERNAL, "internal error: RuntimeError: oh no"),
    ],
)
def test_no_traceback_reaches_a_user(
    error: BaseException,
    code: int,
    text: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_arguments: object) -> int:
        raise error

    monkeypatch.setattr(msbuild.commands.all, "run", fail)
    assert cli.main(["all", "--json"]) == code
    streams = capsys.readouterr()
    assert "Traceback" not in streams.err
    assert text in streams.err
    assert json.loads(streams.out)["exit_code"] == code


def test_the_version_is_printed() -> None:
    assert run("--version").stdout == f"msbuild {msbuild.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_is_valid_for_its_shell(shell: str) -> None:
    script = run("completion", shell).stdout
    assert "msbuild" in script
    assert "doctor" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_command_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/cli_reference.py"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (REPOSITORY / "docs" / "cli.md").read_text()


def python(script: str, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script, in which `$M` starts msbuild."""
    env = {**os.environ, "M": f"{sys.executable} -m msbuild", **changes}
    env["PYTHONPATH"] = str(REPOSITORY)
    return subprocess.run(
        ["sh", "-c", script, "sh", *words], capture_output=True, text=True, check=False, env=env
    )


def test_commands_work_without_standard_streams() -> None:
    done = python("$M --version <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_full_disk_under_the_output_is_an_environment_error() -> None:
    done = python("$M schema > /dev/full")
    assert done.returncode == EXIT_ENVIRONMENT
    assert done.stderr.splitlines()[0] == "error: no space left on device"


def test_a_deleted_working_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    done = python('cd "$1"; rmdir "$1"; $M plan', str(tmp_path / "gone"))
    assert done.returncode == EXIT_ENVIRONMENT
    assert "the working directory no longer exists" in done.stderr


def test_a_store_in_an_unknown_home_directory_is_an_error(tmp_path: Path) -> None:
    done = python(
        'cd "$1"; $M prune --executor local', str(tmp_path), MSBUILD_STORE="~no-such-user/x"
    )
    assert done.returncode == EXIT_ENVIRONMENT
    assert (
        done.stderr.splitlines()[0]
        == "error: cannot expand `~no-such-user/x`: there is no home directory"
    )


def test_an_argument_that_a_command_does_not_take_points_to_its_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["msbuild", "explain", "a", "b"])
    assert cli.main() == EXIT_USAGE
    assert "`msbuild explain --help` shows the usage" in capsys.readouterr().err
