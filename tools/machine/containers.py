"""Runs the sample shop in containers on one network, where services find each other by name."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker
from docker.errors import APIError, DockerException

from machine.say import Problem, delayed_signals, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container
    from docker.models.images import Image

SERVICE_LABEL = "org.msbuild.service"
MARK = "msbuild.demo"
PORT = 8080


@dataclass(frozen=True)
class RunningContainer:
    """A service running in a container."""

    container: Container

    def url(self) -> str:
        """The published URL. Raises if the container has exited."""
        self.container.reload()
        published = self.container.ports.get(f"{PORT}/tcp")
        if self.container.status != "running" or not published:
            log = self.container.logs(tail=20).decode(errors="replace")
            raise Problem(f"`{self.container.name}` exited; its log:\n{log}")
        return f"http://127.0.0.1:{published[0]['HostPort']}"


@contextmanager
def running(workspace: str) -> Iterator[dict[str, RunningContainer]]:
    """Run every service of a workspace in a container until the end of the block."""
    try:
        client = docker.from_env()
        images = _service_images(client, workspace)
        say(f"starting {len(images)} containers: {', '.join(images)}")
        with _started(client, images) as containers:
            yield {name: RunningContainer(each) for name, each in containers.items()}
    except APIError as error:
        raise Problem(f"engine error: {error.explanation or error}") from error
    except DockerException as error:
        raise Problem(
            f"no engine is available: {error}", "`tools/engine with tools/demo`"
        ) from error


def _service_images(client: docker.DockerClient, workspace: str) -> dict[str, Image]:
    """The newest image of every service, by service name."""
    found = {}
    for image in client.images.list(name=f"{workspace}/*"):
        latest = [tag for tag in image.tags if tag.endswith(":latest")]
        if latest:
            name = latest[0].removesuffix(":latest").removeprefix(f"{workspace}/")
            found[image.labels.get(SERVICE_LABEL, name)] = image
    return dict(sorted(found.items()))


@contextmanager
def _started(
    client: docker.DockerClient, images: dict[str, Image]
) -> Iterator[dict[str, Container]]:
    name = f"msbuild-demo-{os.getpid()}"
    network = client.networks.create(name, labels={MARK: "1"})
    containers: dict[str, Container] = {}
    try:
        for service, image in images.items():
            container = client.containers.create(
                image,
                name=f"{name}-{service}",
                labels={MARK: "1"},
                network=name,
                networking_config={name: client.api.create_endpoint_config(aliases=[service])},
                ports={f"{PORT}/tcp": ("127.0.0.1", 0)},
            )
            containers[service] = container
            container.start()
        yield containers
    finally:
        with delayed_signals():
            for container in containers.values():
                container.remove(force=True, v=True)
            network.remove()
