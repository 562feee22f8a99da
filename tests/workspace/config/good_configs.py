"""Valid configs, and the workspaces they describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.model import Healthcheck, User
from tests.workspace.config.case import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from msbuild.model import Service, Workspace


@dataclass(frozen=True, slots=True)
class Good:
    """A config, and one expected value of its workspace."""

    name: str
    text: str
    look: Callable[[Workspace], object]
    expected: object
    head: str = HEAD

    @property
    def config(self) -> str:
        """The text of the config."""
        return self.head + self.text.removeprefix("\n")


def runtime(name: str, text: str, look: Callable[[Workspace], object], expected: object) -> Good:
    """A config of one service with a runtime."""
    return Good(name, f"services:\n  api: {{path: api, runtime: {text}}}\n", look, expected)


GOOD = (
    Good(
        "the-only-builder-is-the-default",
        """
services: {api: {path: api}}
""",
        lambda workspace: workspace.services["api"].builder,
        "go",
    ),
    Good(
        "cores",
        "services: {api: {path: api, cores: 4}}\nstages: {gen: {run: make, cores: 2}}\n",
        lambda workspace: (
            workspace.services["api"].cores,
            workspace.stages["gen"].cores,
            workspace.builders["go"].cores,
        ),
        (4, 2, None),
    ),
    Good(
        "no-registry",
        "services: {api: {path: api}}\n",
        lambda workspace: (workspace.registry, workspace.repository("api")),
        (None, "shop/api"),
    ),
    Good(
        "a-registry-with-a-port",
        'services: {api: {path: api}}\nregistry: "localhost:5000"\n',
        lambda workspace: workspace.repository("api"),
        "localhost:5000/shop/api",
    ),
    Good(
        "a-default-builder",
        "services: {api: {path: api}, web: {path: web, builder: go}}\ndefaults: {builder: main}\n",
        lambda workspace: [each.builder for each in workspace.services.values()],
        ["main", "go"],
        head="version: 1\nworkspace: shop\n"
        'builders: {go: {image: "golang:1.23"}, main: {plugin: rust, image: "rust:1"}}\n',
    ),
    Good(
        "a-service-right-at-the-root",
        "services: {api: {path: ., assets: [./web//static/]}}\n",
        lambda workspace: (
            workspace.services["api"].path,
            [(each.source, each.destination) for each in workspace.services["api"].assets],
        ),
        (".", [("web/static", "web/static")]),
    ),
    Good(
        "an-asset-in-another-place",
        "services: {web: {path: web, assets: [{from: static, to: /srv/static}]}}\n",
        lambda workspace: [
            (each.source, each.destination) for each in workspace.services["web"].assets
        ],
        [("web/static", "/srv/static")],
    ),
    Good(
        "a-custom-stage",
        """
services: {api: {path: api, depends_on: [{stage: gen, from: go, to: api/gen}]}}
stages: {gen: {inputs: [web], run: 'make OUT="${OUT}"', network: true}}
""",
        lambda workspace: (
            [(each.name, each.source, each.destination) for each in _api(workspace).depends_on],
            workspace.stages["gen"].run,
            workspace.stages["gen"].network,
        ),
        ([("gen", "go", "api/gen")], ('make OUT="${OUT}"',), True),
    ),
    Good(
        "inputs-of-builder-service-and-stage",
        "services: {api: {path: api, inputs: [./web//static/, '**/*.go']}}\n"
        "stages: {gen: {run: make, inputs: ['web/*']}}\n",
        lambda workspace: (
            workspace.builders["go"].inputs,
            _api(workspace).inputs,
            workspace.stages["gen"].inputs,
        ),
        (("web/static/logo.svg",), ("web/static", "**/*.go"), ("web/*",)),
        head="version: 1\nworkspace: shop\n"
        'builders: {go: {image: "golang:1.23", inputs: [web/static/logo.svg]}}\n',
    ),
    Good(
        "inputs-of-what-is-found",
        "discover: [{glob: '[aw]*', inputs: [web/static]}]\nservices: {web: {inputs: ['api/*']}}\n",
        lambda workspace: {name: each.inputs for name, each in workspace.services.items()},
        {"web": ("api/*",), "api": ("web/static",)},
    ),
    Good(
        "options-stay-as-written",
        "services: {api: {path: api, options: {target: 1.20, tags: netgo, level: 3}}}\n",
        lambda workspace: dict(_api(workspace).options),
        {"target": "1.20", "tags": ("netgo",), "level": 3},
    ),
    Good(
        "options-that-are-not-given",
        "services: {api: {path: api}}\n",
        lambda workspace: (dict(_api(workspace).options), dict(workspace.builders["go"].options)),
        (
            {"target": ".", "tags": (), "level": 1},
            {"cgo": False, "flags": ("-trimpath",)},
        ),
    ),
    Good(
        "an-alias-for-a-whole-value",
        """
services:
  api: {path: api, runtime: &run {user: 77}}
  web: {path: web, runtime: *run}
""",
        lambda workspace: [str(each.runtime.user) for each in workspace.services.values()],
        ["77:77", "77:77"],
    ),
    runtime(
        "a-user-by-number",
        "{user: 10001}",
        lambda workspace: _api(workspace).runtime.user,
        User(10001, 10001),
    ),
    runtime(
        "a-user-and-a-group",
        '{user: "10001:5"}',
        lambda workspace: _api(workspace).runtime.user,
        User(10001, 5),
    ),
    runtime(
        "a-user-by-name",
        "{user: shop}",
        lambda workspace: _api(workspace).runtime.user,
        User(10001, 10001, "shop"),
    ),
    runtime(
        "nobody",
        "{user: nobody}",
        lambda workspace: _api(workspace).runtime.user,
        User(65534, 65534, "nobody"),
    ),
    runtime(
        "a-user-in-full",
        "{user: {name: shop, uid: 7, gid: 0}}",
        lambda workspace: _api(workspace).runtime.user,
        User(7, 0, "shop"),
    ),
    runtime(
        "ports",
        '{ports: [8080, 9090/udp, "443"]}',
        lambda workspace: _api(workspace).runtime.ports,
        ("8080", "9090/udp", "443"),
    ),
    runtime(
        "a-healthcheck",
        "{healthcheck: {command: [./api, -health], interval: 1m30s, timeout: 500ms, retries: 5}}",
        lambda workspace: _api(workspace).runtime.healthcheck,
        Healthcheck(("./api", "-health"), 90, 0.5, 0, 5),
    ),
    runtime(
        "values-that-look-like-something-else",
        '{env: {A: 1.20, B: on, C: true, D: "", E: 0x1F, F: 1_000}}',
        lambda workspace: dict(_api(workspace).runtime.env),
        {"A": "1.20", "B": "on", "C": "true", "D": "", "E": "0x1F", "F": "1_000"},
    ),
    runtime(
        "words-of-a-command-keep-their-dollars",
        '{entrypoint: [./api, "${PORT}", $$, "two\\nlines"], command: []}',
        lambda workspace: (_api(workspace).runtime.entrypoint, _api(workspace).runtime.command),
        (("./api", "${PORT}", "$$", "two\nlines"), ()),
    ),
    runtime(
        "an-image-with-a-digest",
        f'{{base: "registry.example.com:5000/team/base:1@sha256:{"0" * 64}", packages: [tzdata]}}',
        lambda workspace: (_api(workspace).runtime.base, _api(workspace).runtime.packages),
        (f"registry.example.com:5000/team/base:1@sha256:{'0' * 64}", ("tzdata",)),
    ),
    runtime(
        "nothing-said",
        "{}",
        lambda workspace: (_api(workspace).runtime.base, str(_api(workspace).runtime.user)),
        ("scratch", "65532:65532"),
    ),
)


def _api(workspace: Workspace) -> Service:
    return workspace.services["api"]
