"""A stand-in for Debian's slim image, made from Debian's packages: same packages, same image id.

`docker import` dates what it imports, so two engines would get two ids from one tree and share no
cache. Here everything that varies is fixed: dates, order, owners' names, logs and caches.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from machine import apt
from machine.root import as_root, call, find, search_path
from machine.say import Problem, say

SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
EPOCH = 1754697600  # 2025-08-09, the day trixie came out
CREATED = "2025-08-09T00:00:00Z"
ARCHITECTURES = {
    "amd64": {"architecture": "amd64"},
    "arm64": {"architecture": "arm64", "variant": "v8"},
    "armhf": {"architecture": "arm", "variant": "v7"},
    "i386": {"architecture": "386"},
    "ppc64el": {"architecture": "ppc64le"},
    "riscv64": {"architecture": "riscv64"},
    "s390x": {"architecture": "s390x"},
}
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Emptied: what is in there differs from run to run, or is no use in a container
EMPTIED = (
    "dev",
    "run",
    "tmp",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
    "var/cache",
    "var/lib/apt/lists",
    "var/log",
    "var/tmp",
)
DROPPED = ("etc/hostname", "etc/machine-id", "etc/resolv.conf", "var/lib/dbus/machine-id")
KEPT_DIRECTORIES = ("var/cache/apt/archives/partial", "var/lib/apt/lists/partial", "var/log/apt")
SETTINGS = {
    # what the image that is pulled has, too: nobody asks for a container's files after a power cut,
    # and seeing to it that they would be there takes dpkg nearly as long as unpacking them
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/apt/apt.conf.d/90container": (
        'Acquire::Languages "none";\n'
        'Dir::Cache::pkgcache "";\n'
        'Dir::Cache::srcpkgcache "";\n'
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n'
    ),
    "etc/dpkg/dpkg.cfg.d/90container": (
        "path-exclude /usr/share/doc/*\n"
        "path-include /usr/share/doc/*/copyright\n"
        "path-exclude /usr/share/info/*\n"
        "path-exclude /usr/share/locale/*\n"
        "path-exclude /usr/share/man/*\n"
    ),
}


def architecture() -> str:
    """The machine's architecture in Debian's words."""
    if find("dpkg") is None:
        raise Problem("a base image cannot be made here: this is no Debian-like machine")
    return call("dpkg", "--print-architecture").stdout.strip()


def recipe() -> str:
    """Changes when the way of making changes, so that no older image is taken for a current one."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


def make(reference: str, archive: Path) -> None:
    """Make the image and write it as an archive that `docker load` takes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix="making-") as name:
        tree, layer, image = (Path(name) / part for part in ("tree.tar", "layer.tar", "image.tar"))
        _bootstrap(tree)
        _normalise(tree, layer)
        _write_archive(image, layer, reference)
        image.rename(archive)


def _bootstrap(tree: Path) -> None:
    needed = [p for p in ("mmdebstrap", "debian-archive-keyring") if not _is_there(p)]
    if needed:
        apt.install(needed, "a base image made from packages")
    mirror = apt.debian_mirror()
    say(f"making Debian {SUITE} from the packages at {mirror} (takes less than a minute)")
    options = ["--variant=minbase", "--include=ca-certificates", f"--keyring={KEYRING}"]
    command = ["mmdebstrap", *options, SUITE, str(tree), mirror]
    done = subprocess.run(
        as_root(["env", f"SOURCE_DATE_EPOCH={EPOCH}", *command]),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env={**os.environ, "PATH": search_path(), "LC_ALL": "C.UTF-8"},
    )
    if done.returncode != 0:
        raise Problem(f"mmdebstrap ended with {done.returncode}", "its own message is above")


def _is_there(package: str) -> bool:
    return find(package) is not None or (package.endswith("keyring") and Path(KEYRING).is_file())


def _normalise(tree: Path, layer: Path) -> None:
    """Copy a tar without what differs from run to run, in a fixed order and with fixed dates."""
    with (
        tarfile.open(tree) as source,
        tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as target,
    ):
        members = {_name(m): m for m in source if _is_wanted(_name(m))}
        added = {name: _file(name, text) for name, text in SETTINGS.items()}
        added_directories = {name: _directory(name) for name in KEPT_DIRECTORIES}
        everything = {**added_directories, **members, **added}
        # a hard link has to come after the file it names
        for name in sorted(everything, key=lambda n: (everything[n].islnk(), n)):
            member = everything[name]
            text = SETTINGS.get(name)
            content = io.BytesIO(text.encode()) if text is not None else None
            if content is None and member.isfile() and not member.islnk():
                content = source.extractfile(member)  # type: ignore[assignment]
            target.addfile(_fixed(member, name), content)


def _name(member: tarfile.TarInfo) -> str:
    return member.name.removeprefix("./").strip("/")


def _is_wanted(name: str) -> bool:
    if name in ("", ".", *DROPPED):
        return False
    if name.startswith("usr/share/doc/"):
        return name.count("/") == 3 or name.endswith("/copyright")  # noqa: PLR2004 - doc/PACKAGE
    backup = name.startswith("etc/") and name.endswith("-")
    return not backup and not any(name.startswith(f"{top}/") for top in EMPTIED)


def _file(name: str, text: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    return member


def _directory(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, 0o755
    return member


def _fixed(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    member.name, member.mtime = name, EPOCH
    member.linkname = member.linkname.removeprefix("./") if member.islnk() else member.linkname
    member.uname = member.gname = ""  # numbers stay: a few files belong to others than root
    kept = {k: v for k, v in member.pax_headers.items() if k.startswith("SCHILY.xattr.")}
    member.pax_headers = kept
    return member


def _write_archive(image: Path, layer: Path, reference: str) -> None:
    """Wrap a layer as an OCI layout that older engines can load too."""
    layer_digest = _digest(layer)
    config = _json(
        {
            "created": CREATED,
            "os": "linux",
            **ARCHITECTURES[architecture()],
            "config": {"Env": [PATH], "Cmd": ["bash"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
            "history": [{"created": CREATED, "created_by": f"mmdebstrap {SUITE}"}],
        }
    )
    manifest_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": manifest_type,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar",
                    "digest": f"sha256:{layer_digest}",
                    "size": layer.stat().st_size,
                }
            ],
        }
    )
    names = {
        "io.containerd.image.name": f"docker.io/library/{reference}",
        "org.opencontainers.image.ref.name": reference.partition(":")[2],
    }
    index = {"manifests": [{**_descriptor(manifest_type, manifest), "annotations": names}]}
    old = [{"Config": _blob(config), "RepoTags": [reference], "Layers": [_blob_of(layer_digest)]}]
    with tarfile.open(image, "w", format=tarfile.PAX_FORMAT) as target:
        for name, content in (
            ("oci-layout", _json({"imageLayoutVersion": "1.0.0"})),
            ("index.json", _json({"schemaVersion": 2, **index})),
            ("manifest.json", _json(old)),
            (_blob(config), config),
            (_blob(manifest), manifest),
        ):
            _add(target, name, len(content), io.BytesIO(content))
        with layer.open("rb") as content_of_layer:
            _add(target, _blob_of(layer_digest), layer.stat().st_size, content_of_layer)


def _add(target: tarfile.TarFile, name: str, size: int, content: io.BufferedIOBase) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime = size, EPOCH
    target.addfile(member, content)


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _blob(content: bytes) -> str:
    return _blob_of(hashlib.sha256(content).hexdigest())


def _blob_of(digest: str) -> str:
    return f"blobs/sha256/{digest}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
