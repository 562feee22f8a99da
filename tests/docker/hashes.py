"""`python -m tests.docker.hashes WORKSPACE`: every file of every image of a workspace, as JSON."""

from __future__ import annotations

import json
import sys

import docker

from tests.docker import images

if __name__ == "__main__":
    client = docker.from_env(timeout=600)
    label = f"org.msbuild.workspace={sys.argv[1]}"
    found = {
        image.labels["org.msbuild.service"]: images.files(client, str(image.id))
        for image in client.images.list(filters={"label": label})
    }
    json.dump(found, sys.stdout)
