"""Measures the cost of tracing in `msbuild verify`: the same stages, traced and untraced.

    python -m bench.verify [--services NAME ...] [--runs R]

Both build the same stages of the sample shop, with the full tree and empty caches, as full
processes of `msbuild verify`; the only differences are the tracer and the trace that msbuild reads.
Toolchain and third-party code are built beforehand. CPU time is that of all processes, so it is
meaningful on a busy machine, too.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import markdown
from bench.timing import note

ROOT = Path(__file__).parents[1]
SERVICES = ("gateway", "pricing", "search")
# A fake tracer: it accepts strace's arguments and writes the trace that msbuild expects.
UNTRACED = """\
#!/bin/sh
case "$*" in *-V*) echo "strace -- version 99.9"; exit 0 ;; esac
while [ "$1" != -- ]; do
  [ "$1" = -o ] && echo "1 +++ exited with 0 +++" > "$2"
  shift
done
shift
exec "$@"
"""


def main() -> None:
    """Build, trace and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify")
    parser.add_argument("--services", nargs="+", default=SERVICES, help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=3, help="default: %(default)s")
    given = parser.parse_args()
    # a sandbox has its own `/tmp`, where the fake tracer would not exist
    with tempfile.TemporaryDirectory(prefix="bench-verify-", dir="/var/tmp") as name:
        place = Path(name)
        shutil.copytree(ROOT / "sample-monorepo", place / "tree/sample-monorepo")
        shutil.copy(ROOT / "msbuild.yaml", place / "tree")
        (place / "bin").mkdir()
        (place / "bin/strace").write_text(UNTRACED)
        (place / "bin/strace").chmod(0o755)
        print(f"{note([])}, median of {given.runs}")
        rows = [_row(service, given.runs, place) for service in given.services]
    head = ("service", "untraced", "traced", "ratio", "CPU untraced", "CPU traced", "ratio")
    print(markdown(head, rows))


def _row(service: str, runs: int, place: Path) -> list[str]:
    verify(service, place, traced=True)
    plain, traced = [], []
    for _ in range(runs):
        plain.append(verify(service, place, traced=False))
        traced.append(verify(service, place, traced=True))
    cells = [service]
    for kind in range(2):
        untraced, with_trace = (
            statistics.median(run[kind] for run in each) for each in (plain, traced)
        )
        cells += [f"{untraced:.1f} s", f"{with_trace:.1f} s", f"{with_trace / untraced:.2f}"]
    return cells


def verify(service: str, place: Path, *, traced: bool) -> tuple[float, float]:
    """Wall-clock seconds and CPU seconds of one check."""
    path = os.environ["PATH"] if traced else f"{place}/bin:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "MSBUILD_STORE": f"{place}/store"}
    command = [sys.executable, "-m", "msbuild", "verify", service, "--json", "--jobs", "1"]
    began, used = time.monotonic(), _cpu()
    done = subprocess.run(
        command,
        cwd=place / "tree",
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.monotonic() - began, _cpu() - used


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
