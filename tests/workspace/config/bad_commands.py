"""Invalid commands, health checks and labels."""

# ruff: noqa: E501 - messages are not wrapped

from __future__ import annotations

from tests.workspace.config.case import Case

COMMANDS = (
    Case(
        "an-entrypoint-as-a-text",
        """
services:
  api:
    path: api
    runtime:
      entrypoint: ./api --port 8080
""",
        """
error: msbuild.yaml:8:19: `entrypoint` must be a list, found the string `./api --port 8080`
  hint: write it as a list of words: ["./api", "--port", "8080"]
""",
    ),
    Case(
        "an-entrypoint-with-an-open-quote",
        """
services:
  api:
    path: api
    runtime:
      entrypoint: ./api "--greeting
""",
        (
            'error: msbuild.yaml:8:19: `entrypoint` must be a list, found the string `./api "--greeting`\n'
            '  hint: write it as a list of words: ["./api \\"--greeting"]\n'
        ),
    ),
    Case(
        "an-entrypoint-of-no-words",
        """
services:
  api:
    path: api
    runtime:
      entrypoint: []
""",
        """
error: msbuild.yaml:8:19: `entrypoint` is empty
  hint: add an item
""",
    ),
    Case(
        "a-number-as-a-word-of-a-command",
        """
services:
  api:
    path: api
    runtime:
      command: [--port, 8080]
""",
        """
error: msbuild.yaml:8:25: an item of `command` must be a string, found the number `8080`
  hint: put it in quotes: "8080"
""",
    ),
    Case(
        "a-command-as-a-mapping",
        """
services:
  api:
    path: api
    runtime:
      command: {--port: 8080}
""",
        """
error: msbuild.yaml:8:16: `command` must be a list, found a mapping
  hint: write items in `[…]`, or on lines that start with `- `
""",
    ),
    Case(
        "a-label-with-a-bad-name",
        """
services:
  api:
    path: api
    runtime:
      labels: {'my label': x}
""",
        """
error: msbuild.yaml:8:16: `my label` is not a valid label name
  hint: for example `org.example.team`
""",
    ),
    Case(
        "a-label-of-our-own",
        """
services:
  api:
    path: api
    runtime:
      labels: {org.msbuild.fingerprint: abc}
""",
        """
error: msbuild.yaml:8:16: `org.msbuild.fingerprint` is set by msbuild
  hint: the prefix `org.msbuild.` is reserved
""",
    ),
    Case(
        "a-label-with-a-line-break",
        (
            "\n"
            "services:\n"
            "  api:\n"
            "    path: api\n"
            "    runtime:\n"
            '      labels: {team: "a\\nRUN evil"}\n'
        ),
        (
            "error: msbuild.yaml:8:22: `a\\nRUN evil` is not a valid single-line string\n"
            "  hint: remove control characters and line breaks\n"
        ),
    ),
    Case(
        "negative-retries",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], retries: -1}
""",
        """
error: msbuild.yaml:8:48: `retries` must be from 1 to 1000, found `-1`
""",
    ),
    Case(
        "retries-of-zero",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], retries: 0}
""",
        """
error: msbuild.yaml:8:48: `retries` must be from 1 to 1000, found `0`
""",
    ),
    Case(
        "a-duration-without-a-unit",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], interval: 30}
""",
        """
error: msbuild.yaml:8:49: `interval` must be a string, found the number `30`
  hint: for example `500ms`, `30s` or `1m30s`
""",
    ),
    Case(
        "a-duration-in-words",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], timeout: 30 seconds}
""",
        """
error: msbuild.yaml:8:48: `30 seconds` is not a valid duration
  hint: for example `500ms`, `30s` or `1m30s`
""",
    ),
    Case(
        "a-duration-below-zero",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], timeout: -5s}
""",
        """
error: msbuild.yaml:8:48: `-5s` is not a valid duration
  hint: for example `500ms`, `30s` or `1m30s`
""",
    ),
    Case(
        "a-duration-that-is-too-long",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], interval: 300h}
""",
        """
error: msbuild.yaml:8:49: `300h` is out of range
  hint: use `1ms` to `24h`, or `0s`
""",
    ),
    Case(
        "a-duration-that-is-too-short",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: [./api], start_period: 0.5ms}
""",
        """
error: msbuild.yaml:8:53: `0.5ms` is out of range
  hint: use `1ms` to `24h`, or `0s`
""",
    ),
    Case(
        "a-healthcheck-as-a-text",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: ./api -health
""",
        """
error: msbuild.yaml:8:20: `healthcheck` must be a mapping, found the string `./api -health`
  hint: valid keys: `command`, `interval`, `retries`, `start_period`, `timeout`
""",
    ),
    Case(
        "a-healthcheck-whose-command-is-a-text",
        """
services:
  api:
    path: api
    runtime:
      healthcheck: {command: ./api -health}
""",
        """
error: msbuild.yaml:8:30: `command` must be a list, found the string `./api -health`
  hint: write it as a list of words: ["./api", "-health"]
""",
    ),
    Case(
        "certificates-as-a-text",
        """
services:
  api:
    path: api
    runtime:
      certificates: yes
""",
        """
error: msbuild.yaml:8:21: `certificates` must be `true` or `false`, found the string `yes`
  hint: write `true`
""",
    ),
)
