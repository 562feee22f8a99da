"""The private engine's own network bridge and addresses, separate from any other engine's.

By default an engine uses docker0 and rewrites the firewall chains of every other engine on the
machine. The private one gets its own bridge, address range and three firewall rules.
"""

from __future__ import annotations

import ipaddress
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from machine.root import call, find
from machine.say import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machine.home import Home

Net = ipaddress.IPv4Network
# rarely used ranges first; the others for machines whose network is all of 10.0.0.0/8
CHOICES = [Net(f"10.{n}.0.0/16") for n in range(200, 250)]
OTHER_CHOICES = [Net(f"172.{n}.0.0/16") for n in range(18, 32)]
NETWORK_ID_LENGTH = 12  # length of dockerd's IDs in bridge names
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


def up(home: Home) -> None:
    """Create the bridge and allow its traffic."""
    pool = _free_pool(home)
    _pool_file(home).write_text(str(pool))
    address = f"{pool.network_address + 1}/{pool.prefixlen}"
    call("ip", "link", "add", "name", home.name, "type", "bridge")
    call("ip", "address", "add", address, "dev", home.name)
    call("ip", "link", "set", home.name, "up")
    for rule in _rules(pool):
        _iptables(rule, "-I", check=True)
    if FORWARDING.read_text().strip() == "0":
        FORWARDING.write_text("1")


def down(home: Home) -> None:
    """Remove what `up` created, and the remains of a killed engine's networks."""
    _delete_networks(home)
    if not _pool_file(home).is_file():
        return
    pool = Net(_pool_file(home).read_text())
    for rule in _rules(pool):
        while _iptables(rule, "-D", check=False):
            pass
    call("ip", "link", "delete", home.name, check=False)
    _pool_file(home).unlink()


def _delete_networks(home: Home) -> None:
    """Delete the engine's record of its networks, and the bridges that it lists.

    With the record, the next start would give our bridge its previous addresses.
    """
    record = home.data / "docker/network/files/local-kv.db"
    if not record.is_file():
        return
    recorded = record.read_bytes()
    for link in json.loads(call("ip", "-j", "link", "show", "type", "bridge").stdout or "[]"):
        prefix, _, network = link.get("ifname", "").partition("-")
        if prefix == "br" and len(network) == NETWORK_ID_LENGTH and network.encode() in recorded:
            call("ip", "link", "delete", link["ifname"], check=False)
    record.unlink()


def _pool_file(home: Home) -> Path:
    return home.root / "addresses"


def _free_pool(home: Home) -> Net:
    used = [*_addresses(), *_routes()]
    first = int(home.name.rpartition("-")[2], 16) % len(CHOICES)
    for pool in (*CHOICES[first:], *CHOICES[:first], *OTHER_CHOICES):
        if not any(pool.overlaps(net) for net in used):
            return pool
    raise Problem("all private address ranges are in use on this machine")


def _addresses() -> Iterator[Net]:
    for link in json.loads(call("ip", "-j", "-4", "address").stdout or "[]"):
        for address in link.get("addr_info", ()):
            if "local" in address:
                local = f"{address['local']}/{address['prefixlen']}"
                yield Net(local, strict=False)


def _routes() -> Iterator[Net]:
    for route in json.loads(call("ip", "-j", "-4", "route", "show", "table", "all").stdout or "[]"):
        if route["dst"] != "default":
            yield Net(route["dst"], strict=False)


def _rules(pool: Net) -> list[list[str]]:
    """The rules, each as table, chain and the remaining arguments."""
    source, target = ["-s", str(pool)], ["-d", str(pool)]
    replies = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"]
    return [
        ["nat", "POSTROUTING", *source, "!", *target, "-j", "MASQUERADE"],
        ["filter", "FORWARD", *target, *replies, "-j", "ACCEPT"],
        ["filter", "FORWARD", *source, "-j", "ACCEPT"],
    ]


def _iptables(rule: list[str], action: str, *, check: bool) -> bool:
    table, chain, *rest = rule
    command = _firewall_command()
    return call(command, "-w", "-t", table, action, chain, *rest, check=check).returncode == 0


@cache
def _firewall_command() -> str:
    """`iptables`, or its legacy variant if the kernel supports only that."""
    for command in ("iptables", "iptables-legacy"):
        if find(command) and call(command, "-w", "-t", "nat", "-S", check=False).returncode == 0:
            return command
    raise Problem("`iptables` does not work here", "containers need it to reach the network")
