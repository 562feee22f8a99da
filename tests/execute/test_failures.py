from __future__ import annotations

import pytest

from msbuild.errors import BuildError, MsbuildError, TransientError, UnavailableError
from msbuild.execute.failures import environment_error, step_failure

EXIT = 'process "/bin/sh -c make" did not complete successfully: exit code: 1'


def failure(*tail: str, error: str = EXIT, network: bool = True) -> MsbuildError:
    return step_failure(error, stage="deps", step="RUN make", tail=tail, network=network)


@pytest.mark.parametrize(
    "line",
    [
        "Err:1 http://deb.debian.org/debian trixie InRelease  Temporary failure resolving 'deb'",
        "E: Failed to fetch http://x  Hash Sum mismatch",
        "E: Failed to fetch http://x  503  Service Unavailable",
        "curl: (6) Could not resolve host: static.rust-lang.org",
        "curl: (7) Failed to connect: Connection refused",
        "curl: (22) The requested URL returned error: 502",
        'go: example.com/m@v1: Get "https://proxy": dial tcp: lookup proxy: no such host',
        "go: reading https://proxy: 503 Service Unavailable",
        "        read tcp 10.0.0.2:1->1.2.3.4:443: read: connection reset by peer",
        'go: Get "https://proxy": net/http: TLS handshake timeout',
        "  [28] Timeout was reached (Operation timed out after 30000 ms)",
        "fatal: unable to access 'https://g/': Couldn't connect to server",
        "  spurious network error (1 tries remaining): [6]",
    ],
)
def test_a_download_that_failed_because_of_the_network_may_be_retried(line: str) -> None:
    error = failure("fetching", line)
    assert isinstance(error, TransientError)
    assert error.message == f"`deps`, step `RUN make`: {line.strip()}"
    assert isinstance(failure("fetching", line, network=False), BuildError)


@pytest.mark.parametrize(
    "lines",
    [
        ("main.go:7:2: undefined: x",),
        ('net.go:7:2: cannot use "connection reset" as int',),
        ("error[E0308]: mismatched types", "  expected: no such host"),
        ("warning: spurious network error (3 tries remaining)", "error: could not compile `x`"),
        ("x.cc:3:1: error: expected ';'", "503 Service Unavailable"),
        ("/usr/bin/ld: x.o: undefined reference to `connection_refused'", "i/o timeout"),
        ("--- FAIL: TestDial", "    dial_test.go:5: connection refused"),
        ("404  Not Found [IP: 1.2.3.4 80]",),
        ("go: example.com/m@v9: invalid version: unknown revision v9",),
        ("listening on :5000", "made 500 objects"),
        (),
    ],
)
def test_compiler_errors_are_final(lines: tuple[str, ...]) -> None:
    found = failure(*lines)
    assert isinstance(found, BuildError)
    assert (found.message, found.stage, found.step) == ("exit code: 1", "deps", "RUN make")
    assert found.tail == lines


def test_network_errors_long_before_the_end_are_ignored() -> None:
    assert isinstance(failure("i/o timeout, trying again", *["compiling"] * 20), BuildError)


@pytest.mark.parametrize(
    ("error", "tail", "hint"),
    [
        (EXIT.replace("1", "137"), (), "--jobs"),
        (EXIT, ("x509: certificate signed by unknown authority",), "ca_bundle"),
        (EXIT, ("SSL certificate problem: unable to get local issuer",), "ca_bundle"),
        (
            EXIT,
            ("/bin/sh: 5: go: not found",),
            "`go` is not installed: add its package to `packages:`",
        ),
        (EXIT, ("/run/msbuild-step.sh: 2: protoc: not found",), "`protoc` is not installed"),
        (EXIT, ("bash: line 1: protoc: command not found",), "`protoc` is not installed"),
        ('failed to calculate checksum of ref x: "/out/a": not found', (), "`/out/a`"),
    ],
)
def test_known_errors_have_hints(error: str, tail: tuple[str, ...], hint: str) -> None:
    found = failure(*tail, error=error)
    assert isinstance(found, BuildError)
    assert hint in str(found.hint)


def test_an_offline_step_that_needs_the_network_gets_a_hint() -> None:
    found = failure("dial tcp: lookup proxy: no such host", network=False)
    assert "no network" in str(found.hint)


def test_a_full_disk_is_an_environment_error() -> None:
    found = failure("cc1: error: write: No space left on device", network=False)
    assert type(found) is UnavailableError
    assert "docker builder prune" in str(found.hint)
    assert "RUN make" in found.message


@pytest.mark.parametrize(
    ("text", "kind", "hint"),
    [
        ("write /var/lib/x: no space left on device", UnavailableError, "prune"),
        ("failed to resolve source metadata: dial tcp: no such host", TransientError, "network"),
        ("received unexpected HTTP status: 503 Service Unavailable", TransientError, "network"),
        ("toomanyrequests: rate limit", TransientError, "network"),
        ("rpc error: code = Unavailable desc = transport is closing", TransientError, "engine"),
        ("denied: requested access to the resource is denied", UnavailableError, "login"),
        ("unauthorized: authentication required", UnavailableError, "login"),
        ("manifest unknown", UnavailableError, "check the name"),
        ("x509: certificate signed by unknown authority", UnavailableError, "certificate"),
        ("failed to read downloaded context: no such host", UnavailableError, "27.5"),
    ],
)
def test_environment_errors_are_recognized(
    text: str, kind: type[UnavailableError], hint: str
) -> None:
    error = environment_error("cannot pull `x`", text)
    assert type(error) is kind
    assert error.message == f"cannot pull `x`: {text}"
    assert hint in str(error.hint)


def test_other_errors_are_not_environment_errors() -> None:
    assert environment_error("x", "dockerfile parse error on line 3") is None
