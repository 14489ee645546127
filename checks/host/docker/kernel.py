"""What an engine changes on the machine that outlives it, and how to put it back.

An engine that ended leaves bridges, firewall rules, cgroups, kernel settings and a few files behind. `snapshot`
remembers what was there before it; `restore` removes what came since and is an engine's, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from checks.errors import MissingToolError
from checks.host import proc

SETTINGS = (
    "net/ipv4/ip_forward",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
TABLES = ("filter", "nat", "mangle", "raw")
PATHS = ("/etc/docker/key.json", "/etc/docker", "/run/docker/plugins", "/run/docker")
"""What dockerd makes outside its own folders whatever it is told, innermost first."""
_OURS = re.compile(r"\bDOCKER|docker0|\bbr-[0-9a-f]{12}\b|docker_gwbridge")
_BRIDGE = re.compile(r"docker0|docker_gwbridge|br-[0-9a-f]{12}")
_HAIRPIN = re.compile(r"-A POSTROUTING -s (?P<address>\S+) -d (?P=address) -p \w+ .*--dport \d+ -j MASQUERADE")
"""What lets a container reach its own published port: such a rule names neither the engine nor a bridge."""


@dataclass(frozen=True)
class Before:
    """What was there: sysctls by path under /proc/sys, links by name, firewall lines by table, files."""

    settings: dict[str, str]
    links: tuple[str, ...]
    rules: dict[str, tuple[str, ...]]
    paths: tuple[str, ...]

    def to_json(self) -> str:
        """Return it as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Before:
        """Read what `to_json` wrote; ValueError where it is something else."""
        data = json.loads(text)
        try:
            rules = {table: tuple(lines) for table, lines in data["rules"].items()}
            return cls(dict(data["settings"]), tuple(data["links"]), rules, tuple(data["paths"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a record of the kernel: {error}") from error


def snapshot() -> Before:
    """Return how things are now in the network namespace that we are in."""
    settings = {name: value for name in SETTINGS if (value := _read(name)) is not None}
    rules = {table: lines for table in TABLES if (lines := _rules(table))}
    return Before(settings, tuple(_links()), rules, tuple(path for path in PATHS if Path(path).exists()))


def restore(before: Before, bridges: Collection[str] = ()) -> tuple[str, ...]:
    """Put back what an engine changed since `before`; return what could not be put back.

    `bridges` are the names that people gave to bridges of the engine.
    """
    for link in _links():
        if link not in before.links and _is_bridge(link, bridges):
            proc.run(["ip", "link", "delete", link], timeout=10)
    for table in TABLES:
        _restore_rules(table, before.rules.get(table, ()), bridges)
    for path in PATHS:
        if path not in before.paths:
            _remove_path(Path(path))
    for name, value in before.settings.items():
        if _read(name) != value:
            with contextlib.suppress(OSError):
                (Path("/proc/sys") / name).write_text(value)
    return tuple(_left(before, bridges))


def _left(before: Before, bridges: Collection[str]) -> Iterator[str]:
    now = snapshot()
    yield from (f"link {link}" for link in now.links if link not in before.links and _is_bridge(link, bridges))
    for table, lines in now.rules.items():
        new = (line for line in lines if line not in before.rules.get(table, ()))
        yield from (f"rule {line}" for line in new if is_ours(line, bridges))
    yield from (f"setting {name}" for name, value in before.settings.items() if now.settings.get(name) != value)


def _is_bridge(link: str, bridges: Collection[str]) -> bool:
    return link in bridges or _BRIDGE.fullmatch(link) is not None


def is_ours(line: str, bridges: Collection[str]) -> bool:
    """Return whether a line of the firewall, new since the engine came, is the engine's."""
    return bool(_OURS.search(line) or _HAIRPIN.fullmatch(line)) or not set(bridges).isdisjoint(_words(line))


def _links() -> list[str]:
    done = proc.run(["ip", "-json", "link", "show"], timeout=10)
    return [str(link["ifname"]) for link in json.loads(done.out or "[]")]


def _rules(table: str) -> tuple[str, ...]:
    """Return the lines of one table as `iptables -S` says them; none where the table does not exist.

    Of a table that is not there `iptables -S` says the policies that it would have; `iptables-save`, asked for all
    tables, says nothing.
    """
    try:
        if f"*{table}" not in proc.run(["iptables-save"], timeout=20).out.splitlines():
            return ()
        done = proc.run(["iptables", "-w", "10", "-t", table, "-S"], timeout=20)
    except MissingToolError:  # then there is no rule of its making
        return ()
    return tuple(done.out.splitlines()) if done.ok else ()


def _restore_rules(table: str, before: Iterable[str], bridges: Collection[str]) -> None:
    known = set(before)
    new = [line for line in _rules(table) if line not in known]
    ours = [line for line in new if line.startswith("-A") and is_ours(line, bridges)]
    chains = [line.split()[1] for line in new if line.startswith("-N") and "DOCKER" in line]
    for line in ours:
        _iptables(table, "-D", *_words(line)[1:])
    for flag in ("-F", "-X"):
        for chain in chains:
            _iptables(table, flag, chain)
    for line in known:  # a policy that the engine changed: -P FORWARD ACCEPT
        if line.startswith("-P") and line not in _rules(table):
            _iptables(table, *line.split())
    if not known and new:
        drop_table(table)


def drop_table(table: str) -> None:
    """Remove a table that was not there before the engine, unless somebody else put something into it since."""
    left = _rules(table)
    if any(not line.startswith("-P") for line in left):
        return
    for line in left:
        _iptables(table, "-P", line.split()[1], "ACCEPT")
    _iptables(table, "-X")
    with contextlib.suppress(MissingToolError):
        proc.run(["nft", "delete", "table", "ip", table], timeout=20)


def _words(line: str) -> list[str]:
    return shlex.split(line)  # a comment may hold blanks


def _iptables(table: str, *words: str) -> None:
    proc.run(["iptables", "-w", "10", "-t", table, *words], timeout=20)


def _remove_path(path: Path) -> None:
    with contextlib.suppress(OSError):  # a folder that somebody else uses by now is not empty
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)


def _read(name: str) -> str | None:
    try:
        return (Path("/proc/sys") / name).read_text().strip()
    except OSError:
        return None


def remove_cgroups(ids: Iterable[str], root: Path = Path("/sys/fs/cgroup")) -> None:
    """Remove the empty cgroups that containers of these ids left, and the engine's own folder when it is empty."""
    for parent in [*root.glob("docker"), *root.glob("*/docker")]:
        for container in ids:
            _remove_tree(parent / container)
        _remove(parent)
        _remove(parent.parent / "docker-buildkit")


def _remove_tree(folder: Path) -> None:
    if folder.is_dir():
        for child in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            _remove(child)
        _remove(folder)


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a cgroup with processes or children refuses: then it is in use
        folder.rmdir()
