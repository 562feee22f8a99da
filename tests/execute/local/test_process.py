"""Commands; none of their descendants outlives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from msbuild.execute.api import Cancelled
from msbuild.execute.local.locks import locked
from msbuild.execute.local.process import run
from tests.execute.local.conftest import (
    Bench,
    build,
    processes,
    runtime,
    script,
    toolchain,
    unique_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# detaches from session, group and parent, closes every descriptor, reports that, and keeps running
DAEMON = """\
setsid sh -c 'exec </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
(echo > {place}; exec sleep {sleep}) &' &
"""
UNTIL_IT_RUNS = "while [ ! -e {place} ]; do sleep 0.05; done\n"


def run_script(text: str, cwd: Path, cancel: threading.Event | None = None) -> int:
    return run(
        ["/bin/sh", "-c", text],
        cwd=cwd,
        env={"PATH": os.environ["PATH"]},
        line=lambda _line: None,
        cancel=cancel or threading.Event(),
    )


def wait_for(place: Path) -> None:
    wait_until(place.exists)


def wait_until(condition: Callable[[], bool]) -> None:
    """Fails only if a condition does not become true for a very long time."""
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(condition)


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    assert run_script("exit 7", tmp_path) == 7
    assert run_script("kill -SEGV $$", tmp_path) == 128 + signal.SIGSEGV
    assert run(
        ["/no/such/program"], cwd=tmp_path, env={}, line=print, cancel=threading.Event()
    ) == (127)


def test_programs_have_their_default_signals(tmp_path: Path) -> None:
    # SIGPIPE: a pipe without a reader
    assert run_script("sh -c 'kill -PIPE $$'", tmp_path) == 128 + signal.SIGPIPE


def test_a_daemon_ends_with_the_command(tmp_path: Path) -> None:
    sleep = unique_seconds()
    place = tmp_path / "runs"
    text = DAEMON.format(place=place, sleep=sleep) + UNTIL_IT_RUNS.format(place=place)
    assert run_script(text, tmp_path) == 0
    assert not processes(sleep)


def test_a_daemon_ends_when_the_job_is_cancelled(tmp_path: Path) -> None:
    sleep = unique_seconds()
    place = tmp_path / "runs"
    cancel = threading.Event()

    def cancel_soon() -> None:
        wait_for(place)
        cancel.set()

    threading.Thread(target=cancel_soon).start()
    with pytest.raises(Cancelled):
        run_script(DAEMON.format(place=place, sleep=sleep) + "sleep 99999", tmp_path, cancel)
    assert not processes(sleep)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_daemon_ends_with_msbuild_even_if_it_is_killed(
    tmp_path: Path, number: signal.Signals
) -> None:
    program = textwrap.dedent("""\
        import os, signal, sys, threading
        from pathlib import Path
        from msbuild.execute.local.process import run
        # what starts the tests may ignore it
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        run(["/bin/sh", "-c", sys.argv[1]], cwd=Path("/"), env={"PATH": os.environ["PATH"]},
            line=print, cancel=threading.Event())
    """)
    sleep = unique_seconds()
    place = tmp_path / "runs"
    text = DAEMON.format(place=place, sleep=sleep) + "sleep 99999"
    words = [sys.executable, "-c", program, text]
    with subprocess.Popen(words, cwd=Path.cwd(), start_new_session=True) as process:
        wait_for(place)
        assert processes(sleep)
        os.killpg(process.pid, number)
        process.wait()
    wait_until(lambda: not processes(sleep))


def test_a_daemon_of_a_step_ends_with_the_step(bench: Bench, isolation: str) -> None:
    del isolation
    sleep = unique_seconds()
    place = '"$OUT"/runs'
    text = DAEMON.format(place=place, sleep=sleep) + UNTIL_IT_RUNS.format(place=place)
    bench.make(toolchain(), build(script(f'{text}echo > "$OUT/a"')), runtime())
    assert not processes(sleep)


def test_orphans_of_a_step_are_killed_by_a_process_that_waits_for_its_lock(tmp_path: Path) -> None:
    # the process that took the lock has ended; its child still holds the descriptor
    program = textwrap.dedent("""\
        import fcntl, os, subprocess, sys
        lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)
        print(subprocess.Popen(["sleep", "99999"], pass_fds=[lock], stdout=subprocess.DEVNULL).pid)
    """)
    words = [sys.executable, "-c", program, str(tmp_path / "lock")]
    orphan = int(subprocess.check_output(words))
    with locked(tmp_path / "lock", cancel=threading.Event()):
        pass
    assert (
        not Path(f"/proc/{orphan}").exists() or ") Z " in Path(f"/proc/{orphan}/stat").read_text()
    )


def test_waiting_for_a_lock_does_not_kill_a_working_process(tmp_path: Path) -> None:
    program = textwrap.dedent("""\
        import fcntl, os, sys, time
        lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)
        print(flush=True)
        time.sleep(1.5)
    """)
    words = [sys.executable, "-c", program, str(tmp_path / "lock")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with locked(tmp_path / "lock", cancel=threading.Event()):
            assert process.wait() == 0


@pytest.mark.parametrize("kind", ["directory", "link", "fifo"])
def test_anything_else_at_the_path_of_a_lock_file_is_replaced(tmp_path: Path, kind: str) -> None:
    lock = tmp_path / "lock"
    match kind:
        case "directory":
            (lock / "x").mkdir(parents=True)
        case "link":
            lock.symlink_to(tmp_path / "elsewhere")
        case "fifo":
            os.mkfifo(lock)
    with locked(lock):
        assert lock.is_file()
    assert not (tmp_path / "elsewhere").exists()
