"""The wire between this machine and a host on it, and the words that take everything away again.

What is made outside the host's own namespaces (a link, three firewall rules, control groups, a folder) has names that no other
run uses. The removal is a shell script of commands that may fail; it runs when the host is over, and a watcher runs it when
this process ends in any other way, by SIGKILL too.
"""

from __future__ import annotations

import ipaddress
import json
import random
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.errors import FailedError
from checks.host import proc

POOL = ipaddress.IPv4Network("10.214.0.0/16")
FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Wire:
    """A pair of links. `name` is this machine's end, and the name of all that belongs to it."""

    name: str
    subnet: str
    outside: str
    inside: str

    @property
    def rules(self) -> tuple[tuple[str, ...], ...]:
        """The firewall's rules that let the host out, each a table and the rule's words."""
        return (
            ("nat", "POSTROUTING", "-s", self.subnet, "!", "-o", self.name, "-j", "MASQUERADE"),
            ("filter", "FORWARD", "-i", self.name, "-j", "ACCEPT"),  # an engine outside sets the policy to DROP
            ("filter", "FORWARD", "-o", self.name, "-j", "ACCEPT"),
        )


def plan(name: str) -> Wire:
    """Return a wire with four addresses that no route of the machine covers, far from docker's default pools."""
    routes = [str(line.get("dst", "")) for line in json.loads(command("ip", "-json", "-4", "route"))]
    subnet = free(routes)
    outside, inside = (str(address) for address in subnet.hosts())
    return Wire(name, str(subnet), outside, inside)


def free(routes: Iterable[str], order: random.Random | None = None) -> ipaddress.IPv4Network:
    """Return a /30 of the pool that overlaps no route; FailedError where all are taken."""
    taken = [ipaddress.IPv4Network(route, strict=False) for route in routes if route and route != "default"]
    near = [route for route in taken if route.overlaps(POOL)]
    count, first = POOL.num_addresses // 4, int(POOL.network_address)
    start = (order or random.Random()).randrange(count)  # noqa: S311  two runs at once are to differ, nothing more
    for number in range(start, start + count):
        subnet = ipaddress.IPv4Network((first + number % count * 4, 30))
        if not any(subnet.overlaps(other) for other in near):
            return subnet
    raise FailedError(f"no addresses are free in {POOL}", "remove the routes there that are of no use")


def lay(wire: Wire, pid: int) -> None:
    """Connect the network namespace of `pid`, and let it out."""
    command("ip", "link", "add", wire.name, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    command("ip", "address", "add", f"{wire.outside}/30", "dev", wire.name)
    command("ip", "link", "set", wire.name, "up")
    inside = ("nsenter", f"--net=/proc/{pid}/ns/net", "--", "ip")
    command(*inside, "address", "add", f"{wire.inside}/30", "dev", "eth0")
    command(*inside, "link", "set", "lo", "up")
    command(*inside, "link", "set", "eth0", "up")
    command(*inside, "route", "add", "default", "via", wire.outside)
    for table, *rule in wire.rules:
        command("iptables", "-w", "10", "-t", table, "-I", *rule)


def command(*argv: str) -> str:
    """Run a command that is to work, and return what it says; FailedError else."""
    done = proc.run(argv, timeout=30)
    if not done.ok:
        raise FailedError(f"{' '.join(argv)} failed", "see its words", done.last_lines(4))
    return done.out


def removal(wire: Wire, folder: Path) -> str:
    """Return the script that removes all that is outside the host's namespaces; it may run twice, or halfway through."""
    commands: list[Sequence[str]] = [("ip", "link", "delete", wire.name)]
    commands += [("iptables", "-w", "10", "-t", table, "-D", *rule) for table, *rule in wire.rules]
    groups = f"find {CGROUPS}/{wire.name} {CGROUPS}/*/{wire.name} -depth -type d -exec rmdir {{}} +"
    lines = [f"{shlex.join(words)} 2>/dev/null" for words in commands]
    lines.append(f"{groups} 2>/dev/null")
    lines.append(f"rm -rf --one-file-system -- {shlex.quote(str(folder))}")
    return "\n".join(lines) + "\n"


def watch(pid: int, script: str, log: Path) -> int:
    """Start what waits for the end of a process, and of what dies with it, and then runs the script; return its pid."""
    # A zombie is over, too, whoever has yet to ask for its exit code.
    waiting = f"while grep -q '^State:.[^ZX]' /proc/{pid}/status 2>/dev/null; do sleep 0.5; done\nsleep 0.5\n{script}"
    return proc.spawn(["sh", "-c", waiting], log=log, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, cwd=Path("/"))
