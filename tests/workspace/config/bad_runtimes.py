"""Invalid ports, users, directories and base images."""

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
error: msbuild.yaml:8:15: `0` is not a valid port
  hint: ports range from 1 to 65535
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
error: msbuild.yaml:8:21: `65536` is not a valid port
  hint: ports range from 1 to 65535
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
error: msbuild.yaml:8:15: `-1` is not a valid port
  hint: use 1 to 65535, for example `8080` or `9090/udp`
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
error: msbuild.yaml:8:15: `80.80` is not a valid port
  hint: use 1 to 65535, for example `8080` or `9090/udp`
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
error: msbuild.yaml:8:15: `8080/http` is not a valid port
  hint: use 1 to 65535, for example `8080` or `9090/udp`
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
error: msbuild.yaml:8:15: `80:8080` is not a valid port
  hint: use 1 to 65535, for example `8080` or `9090/udp`
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
  hint: write items in `[…]`, or on lines that start with `- `
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
error: msbuild.yaml:8:13: containers must not run as `root`
  hint: use a name other than `root`, or an id greater than 0
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
error: msbuild.yaml:8:13: containers must not run as `0`
  hint: use a name other than `root`, or an id greater than 0
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
error: msbuild.yaml:8:13: containers must not run as `0:1000`
  hint: use a name other than `root`, or an id greater than 0
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
  hint: use a name other than `root`, or an id greater than 0
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
error: msbuild.yaml:8:13: `AppUser` is not a valid user
  hint: use a user id, `uid:gid`, or a lower-case name
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
error: msbuild.yaml:8:13: `shop:shop` is not a valid user
  hint: use a user id, `uid:gid`, or a lower-case name
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
error: msbuild.yaml:8:13: `99999999999` is not a valid user
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
            "error: msbuild.yaml:8:13: `shop\\nUSER root` is not a valid user\n"
            "  hint: use a user id, `uid:gid`, or a lower-case name\n"
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
error: msbuild.yaml:8:16: `app` is not a valid absolute path
  hint: it must start with `/`
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
error: msbuild.yaml:8:16: `..` is not allowed in `/app/../etc`
  hint: write the path without it
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
error: msbuild.yaml:8:13: `Alpine:3` is not a valid image reference
  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
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
error: msbuild.yaml:7:19: `alpine:3:4` is not a valid image reference
  hint: use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`
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
error: msbuild.yaml:8:7: `api` is based on `scratch`, where packages cannot be installed
  hint: use a distribution as the base: `base: debian:trixie-slim`
""",
    ),
)
