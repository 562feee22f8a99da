"""Ports, users, directories and bases that containers cannot have."""

from __future__ import annotations

from tests.workspace.config.case import Case

RUNTIMES = (
    Case(
        "a-port-of-zero",
        """
services:
  api:
    path: api
    runtime:
      ports: [0]
""",
        """
error: msbuild.yaml:8:15: `0` is no port
  hint: ports are from 1 to 65535
""",
    ),
    Case(
        "a-port-too-high",
        """
services:
  api:
    path: api
    runtime:
      ports: [8080, 65536]
""",
        """
error: msbuild.yaml:8:21: `65536` is no port
  hint: ports are from 1 to 65535
""",
    ),
    Case(
        "a-port-below-zero",
        """
services:
  api:
    path: api
    runtime:
      ports: [-1]
""",
        """
error: msbuild.yaml:8:15: `-1` is no port
  hint: from 1 to 65535, for example `8080` or `9090/udp`
""",
    ),
    Case(
        "a-port-with-a-point",
        """
services:
  api:
    path: api
    runtime:
      ports: [80.80]
""",
        """
error: msbuild.yaml:8:15: `80.80` is no port
  hint: from 1 to 65535, for example `8080` or `9090/udp`
""",
    ),
    Case(
        "a-port-with-an-unknown-protocol",
        """
services:
  api:
    path: api
    runtime:
      ports: [8080/http]
""",
        """
error: msbuild.yaml:8:15: `8080/http` is no port
  hint: from 1 to 65535, for example `8080` or `9090/udp`
""",
    ),
    Case(
        "ports-of-the-host",
        """
services:
  api:
    path: api
    runtime:
      ports: ["80:8080"]
""",
        """
error: msbuild.yaml:8:15: `80:8080` is no port
  hint: from 1 to 65535, for example `8080` or `9090/udp`
""",
    ),
    Case(
        "a-port-that-is-no-list",
        """
services:
  api:
    path: api
    runtime:
      ports: 8080
""",
        """
error: msbuild.yaml:8:14: `ports` must be a list, found the number `8080`
  hint: items stand in `[…]`, or in lines that start with `- `
""",
    ),
    Case(
        "root",
        """
services:
  api:
    path: api
    runtime:
      user: root
""",
        """
error: msbuild.yaml:8:13: the user `root` may do everything
  hint: containers run unprivileged: give a name, or an id above 0
""",
    ),
    Case(
        "root-by-number",
        """
services:
  api:
    path: api
    runtime:
      user: 0
""",
        """
error: msbuild.yaml:8:13: the user `0` may do everything
  hint: containers run unprivileged: give a name, or an id above 0
""",
    ),
    Case(
        "root-with-a-group",
        """
services:
  api:
    path: api
    runtime:
      user: "0:1000"
""",
        """
error: msbuild.yaml:8:13: the user `0:1000` may do everything
  hint: containers run unprivileged: give a name, or an id above 0
""",
    ),
    Case(
        "root-by-name-and-number",
        """
services:
  api:
    path: api
    runtime:
      user: {name: shop, uid: 0}
""",
        """
error: msbuild.yaml:8:31: `uid` must be from 1 to 2147483647, found `0`
  hint: containers run unprivileged: give a name, or an id above 0
""",
    ),
    Case(
        "a-user-in-capitals",
        """
services:
  api:
    path: api
    runtime:
      user: AppUser
""",
        """
error: msbuild.yaml:8:13: `AppUser` is no user
  hint: a user id, `uid:gid`, or a name in lower-case letters
""",
    ),
    Case(
        "a-user-with-a-colon",
        """
services:
  api:
    path: api
    runtime:
      user: 'shop:shop'
""",
        """
error: msbuild.yaml:8:13: `shop:shop` is no user
  hint: a user id, `uid:gid`, or a name in lower-case letters
""",
    ),
    Case(
        "a-user-id-too-high",
        """
services:
  api:
    path: api
    runtime:
      user: 99999999999
""",
        """
error: msbuild.yaml:8:13: `99999999999` is no user
  hint: ids are at most 2147483647
""",
    ),
    Case(
        "a-group-below-zero",
        """
services:
  api:
    path: api
    runtime:
      user: {name: shop, gid: -1}
""",
        """
error: msbuild.yaml:8:31: `gid` must be from 0 to 2147483647, found `-1`
""",
    ),
    Case(
        "a-user-with-a-line-break",
        ('\nservices:\n  api:\n    path: api\n    runtime:\n      user: "shop\\nUSER root"\n'),
        (
            "error: msbuild.yaml:8:13: `shop\\nUSER root` is no user\n"
            "  hint: a user id, `uid:gid`, or a name in lower-case letters\n"
        ),
    ),
    Case(
        "a-workdir-that-is-relative",
        """
services:
  api:
    path: api
    runtime:
      workdir: app
""",
        """
error: msbuild.yaml:8:16: `app` is no absolute path
  hint: it starts with `/`
""",
    ),
    Case(
        "a-workdir-that-goes-up",
        """
services:
  api:
    path: api
    runtime:
      workdir: /app/../etc
""",
        """
error: msbuild.yaml:8:16: `/app/../etc` goes up with `..`
  hint: name the place itself
""",
    ),
    Case(
        "a-bad-base",
        """
services:
  api:
    path: api
    runtime:
      base: 'Alpine:3'
""",
        """
error: msbuild.yaml:8:13: `Alpine:3` is no image reference
  hint: lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
""",
    ),
    Case(
        "a-bad-base-in-the-defaults",
        """
services:
  api: {path: api}
defaults:
  runtime: {base: 'alpine:3:4'}
""",
        """
error: msbuild.yaml:7:19: `alpine:3:4` is no image reference
  hint: lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
""",
    ),
    Case(
        "packages-on-scratch",
        """
services:
  api:
    path: api
    runtime:
      packages: [curl]
""",
        """
error: msbuild.yaml:8:7: `api` stands on `scratch`, where no packages can be installed
  hint: name a distribution: `base: debian:trixie-slim`
""",
    ),
)
