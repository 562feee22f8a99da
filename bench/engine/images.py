"""Compares image sizes with programs and builders, and ko's images with msbuild's."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bench.engine import contenders
from bench.engine.changes import CHANGES
from bench.engine.engine import private_engine, sample
from bench.engine.shop import OURS, SERVICES, builds
from bench.engine.table import columns, medians

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from bench.engine.engine import Engine

KO_SERVICE = "catalog"
_CHANGE = next(change for change in CHANGES if change.name == f"go/services/{KO_SERVICE}")
# like msbuild's image: nothing besides the program and its assets
_KO_BASE = "FROM scratch\nUSER 65532:65532\nWORKDIR /app\n"
_KO_CONFIG = f"""\
defaultBaseImage: ko.local/empty:latest
builds:
  - id: {KO_SERVICE}
    dir: .
    main: ./services/{KO_SERVICE}
    flags: [-trimpath, -buildvcs=false]
    ldflags: [-s, -w]
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The bytes of a service's program, of all files of its image, and of its builder."""

    program: int
    image: int
    builder: int


def main(runs: int, languages: Collection[str]) -> list[str]:
    """Measure the sample's images; then change one Go service and build it with ko and msbuild.

    Args:
        runs: number of runs of ko and of msbuild.
        languages: languages whose services are built.

    Returns:
        The lines of the tables.
    """
    with private_engine(uses_cache=True) as engine, sample() as root:
        result = builds(languages)[OURS](root, engine).checked().events[-1]
        sizes = {name: sizes_of(name, result, engine) for name in result["services"]}
        lines = [engine.describe(), *columns(table(sizes)), ""]
        if SERVICES[KO_SERVICE] not in languages:
            return lines
        if shutil.which("ko") is None:
            return [*lines, "ko is not installed: `go install github.com/google/ko@latest`"]
        return [*lines, *_against_ko(root, engine, runs)]


def sizes_of(service: str, result: Mapping[str, Any], engine: Engine) -> Sizes:
    """The sizes of a service.

    Args:
        service: its name.
        result: the last event of `msbuild all --json`.
        engine: the engine that has its image.
    """
    outcome = result["services"][service]
    files = files_of(outcome["image"], engine)
    return Sizes(files[f"app/{service}"], sum(files.values()), outcome["builder_size"])


def files_of(image: str, engine: Engine) -> dict[str, int]:
    """The bytes of every file of an image by path."""
    # files that the engine adds to containers
    added = (
        "dev/",
        "proc/",
        "sys/",
        ".dockerenv",
        "etc/hosts",
        "etc/hostname",
        "etc/resolv",
    )
    with _exported(image, engine) as tar:
        members = [member for member in tar if member.isfile()]
    return {m.name: m.size for m in members if not m.name.startswith(added)}


@contextmanager
def _exported(image: str, engine: Engine) -> Iterator[tarfile.TarFile]:
    """An archive of all files of an image."""
    container = engine.docker("create", image).strip()
    try:
        archive = subprocess.run(
            ["docker", "export", container],
            env=engine.environment,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    finally:
        engine.docker("rm", container)
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        yield tar


def table(sizes: Mapping[str, Sizes]) -> list[tuple[str, ...]]:
    """A row for every service and one for every language."""
    rows = [("", "program", "image", "image/program", "builder", "builder/image")]
    languages: defaultdict[str, list[Sizes]] = defaultdict(list)
    for service, one in sizes.items():
        rows.append(_row(service, one))
        languages[SERVICES[service]].append(one)
    for language, each in languages.items():
        total = Sizes(
            sum(one.program for one in each),
            sum(one.image for one in each),
            sum(one.builder for one in each),
        )
        rows.append(_row(f"all of {language}", total))
    return rows


def _row(name: str, sizes: Sizes) -> tuple[str, ...]:
    return (
        name,
        f"{sizes.program / 1e6:.2f} MB",
        f"{sizes.image / 1e6:.2f} MB",
        f"{sizes.image / sizes.program:.3f}",
        f"{sizes.builder / 1e6:.0f} MB",
        f"{sizes.builder / sizes.image:.0f}",
    )


def _against_ko(root: Path, engine: Engine, runs: int) -> list[str]:
    """Build the same service with ko, with the Go version of our builder."""
    module = root / "sample-monorepo/go"
    (module / ".ko.yaml").write_text(_KO_CONFIG, "utf-8")
    engine.docker("buildx", "build", "--quiet", "--tag", "ko.local/empty", "-", stdin=_KO_BASE)
    toolchain = _go_version(f"shop/{KO_SERVICE}:latest", engine)
    _ko(module, engine, toolchain)
    times: dict[str, list[float]] = {"msbuild": [], "ko": []}
    for number in range(1, runs + 1):
        _CHANGE.make(root / "sample-monorepo", number)
        ours = contenders.msbuild(root, engine, services=[KO_SERVICE]).checked()
        times["msbuild"].append(ours.seconds)
        seconds, image = _ko(module, engine, toolchain)
        times["ko"].append(seconds)
    files = files_of(image, engine)
    ours_now = sizes_of(KO_SERVICE, ours.events[-1], engine)
    sizes = [
        ("", "program", "image"),
        ("msbuild", *_megabytes(ours_now.program, ours_now.image)),
        ("ko", *_megabytes(files[f"ko-app/{KO_SERVICE}"], sum(files.values()))),
    ]
    head = (
        f"{KO_SERVICE} compiled by {toolchain}; ko's image lacks its data, which is not in kodata"
    )
    return [head, *columns(sizes), "", *medians(f"one line in {KO_SERVICE}", times)]


def _megabytes(*sizes: int) -> list[str]:
    return [f"{size / 1e6:.2f} MB" for size in sizes]


def _go_version(image: str, engine: Engine) -> str:
    """The Go version that compiled an image's program, in the form of `GOTOOLCHAIN`."""
    with _exported(image, engine) as tar, tempfile.TemporaryDirectory() as directory:
        tar.extract(f"app/{KO_SERVICE}", directory, filter="data")
        program = f"{directory}/app/{KO_SERVICE}"
        output = subprocess.run(
            ["go", "version", program], check=True, capture_output=True, text=True
        )
    return output.stdout.split()[-1]


def _ko(module: Path, engine: Engine, toolchain: str) -> tuple[float, str]:
    """The seconds that ko took, and its image."""
    start = time.perf_counter()
    output = subprocess.run(
        ["ko", "build", "--local", "--sbom=none", f"./services/{KO_SERVICE}"],
        cwd=module,
        env={**engine.environment, "GOTOOLCHAIN": toolchain, "GOFLAGS": ""},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return time.perf_counter() - start, output.strip()
