"""What `ps` and `ss` would say in a container whose image has neither, from the text of its /proc.

The scripts run in the image's own shell and need nothing but `cat`; what is understood of the commands is what testinfra
asks and a person types (`ps -A -o …`, `ss -Hltnu`). All else is None: the image really has no such tool.
"""

from __future__ import annotations

import shlex
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

RECORD, FIELD = "\036", "\037"
PROCESSES = (
    "cat /proc/stat; printf '\\037'; cat /proc/meminfo; printf '\\037'; cat /proc/uptime; "
    "for p in /proc/[0-9]*; do printf '\\036'; "
    "for f in status stat cmdline; do cat $p/$f 2>/dev/null; printf '\\037'; done; done"
)
SOCKETS = "for f in tcp tcp6 udp udp6 unix; do printf '\\036%s\\037' $f; cat /proc/net/$f 2>/dev/null; done; true"
_TICKS = 100.0  # USER_HZ: the same on every Linux that Docker runs on
_LISTEN, _UNCONNECTED, _ACCEPTS = "0A", "07", 0x10000
_OPTIONS = {"--numeric": "n", "--listening": "l", "--all": "a", "--tcp": "t", "--udp": "u", "--unix": "x"}


@dataclass(frozen=True)
class Question:
    """A command that /proc can answer: the script to run, and what to make of its output."""

    script: str
    answer: Callable[[str], str]


def question(command: str) -> Question | None:
    """Return how to answer a command from /proc, None where that is not possible."""
    words = shlex.split(command)
    name = words[0].rpartition("/")[2] if words else ""
    if words[:2] == ["command", "-v"] and words[2:] in (["ps"], ["ss"]):
        return Question("true", lambda _text: f"{words[2]}\n")
    if name == "ps":
        return _ps(words[1:])
    return _ss(words[1:]) if name == "ss" else None


def _ps(options: Sequence[str]) -> Question | None:
    """`ps -Aww -o pid,comm:50,args`, also of one process: `-p 1`."""
    if len(options) < 2 or options[-2] != "-o":
        return None
    rest = [word for word in options[:-2] if word not in ("-A", "-e", "-ww", "-Aww")]
    if rest and (rest[0] != "-p" or len(rest) != 2):
        return None
    columns = [word.partition(":")[0] for word in options[-1].split(",")]
    only = rest[1] if rest else ""
    if not set(columns) <= set(_COLUMNS):
        return None
    return Question(PROCESSES, lambda text: _table(columns, processes(text), only))


def _table(columns: Sequence[str], found: Sequence[Mapping[str, str]], only: str) -> str:
    rows = [item for item in found if only in ("", item["pid"])]
    lines = [" ".join(item[column] for column in columns) for item in rows]
    return "\n".join([" ".join(columns).upper(), *lines]) + "\n"


_COLUMNS = ("pid", "ppid", "comm", "args", "uid", "euid", "ruid", "gid", "egid", "nlwp", "lstart", "pcpu", "pmem")


def processes(text: str) -> list[dict[str, str]]:
    """Return the columns of every process in what the script PROCESSES printed."""
    machine, *records = text.split(RECORD)
    stat, meminfo, uptime = machine.split(FIELD)
    boot = float(_lines(stat, " ").get("btime", "0"))
    memory = float(_lines(meminfo).get("MemTotal", "1 kB").split()[0])
    parts = [record.split(FIELD) for record in records]
    # What ended while it was read has lost a part of itself, or all of it.
    return [
        _process(part, boot, memory, float(uptime.split()[0])) for part in parts if part[0].strip() and part[1].strip()
    ]


def _lines(text: str, separator: str = ":") -> dict[str, str]:
    return {name: value.strip() for name, _, value in (line.partition(separator) for line in text.splitlines())}


def _process(part: Sequence[str], boot: float, memory: float, uptime: float) -> dict[str, str]:
    status = _lines(part[0])
    numbers = part[1].rpartition(")")[2].split()
    began = float(numbers[19]) / _TICKS
    cpu = (float(numbers[11]) + float(numbers[12])) / _TICKS
    uids, gids = status["Uid"].split(), status["Gid"].split()
    args = _one_line(part[2].replace("\0", " ").strip()) or f"[{status['Name']}]"
    resident = float(status.get("VmRSS", "0 kB").split()[0])
    return {
        "pid": status["Pid"],
        "ppid": status["PPid"],
        "comm": status["Name"],
        "args": args,
        "ruid": uids[0],
        "uid": uids[1],
        "euid": uids[1],
        "gid": gids[1],
        "egid": gids[1],
        "nlwp": status["Threads"],
        "lstart": datetime.fromtimestamp(boot + began, UTC).strftime("%a %b %e %H:%M:%S %Y"),
        "pcpu": f"{100 * cpu / max(uptime - began, 0.01):.1f}",
        "pmem": f"{100 * resident / memory:.1f}",
    }


def _one_line(text: str) -> str:
    """Return arguments as ps prints them: what would start a line is a space, what would steer a terminal a dot."""
    return "".join(" " if char == "\n" else "." if ord(char) < 32 or ord(char) == 127 else char for char in text)


def _ss(options: Sequence[str]) -> Question | None:
    letters = "".join(_OPTIONS.get(word, word.removeprefix("-")) for word in options)
    if not set(letters) <= set("nlatuxH"):
        return None
    families = "".join(letter for letter in "tux" if letter in letters) or "tux"
    return Question(SOCKETS, lambda text: _sockets(text, families, letters))


def _sockets(text: str, families: str, letters: str) -> str:
    rows: list[list[str]] = []
    for record in text.split(RECORD)[1:]:
        name, _, table = record.partition(FIELD)
        if name[0] in families.replace("x", "") and name != "unix":
            rows += [row for line in table.splitlines()[1:] for row in _inet(name, line.split())]
        elif name == "unix" and "x" in families:
            rows += [row for line in table.splitlines()[1:] for row in _unix(line.split())]
    wanted = [row for row in rows if "a" in letters or (row[1] in ("LISTEN", "UNCONN")) == ("l" in letters)]
    first = 1 if families in ("t", "u") else 0  # ss names the protocol only where there can be several
    head = [] if "H" in letters else [["Netid", "State", "Recv-Q", "Send-Q", "Local", "Peer"]]
    return "".join(" ".join(row[first:]) + "\n" for row in [*head, *wanted])


def _inet(name: str, words: Sequence[str]) -> list[list[str]]:
    state = {_LISTEN: "LISTEN", _UNCONNECTED: "UNCONN", "01": "ESTAB"}.get(words[3], "OTHER")
    return [[name.rstrip("6"), state, "0", "0", address(words[1]), address(words[2])]]


def _unix(words: Sequence[str]) -> list[list[str]]:
    path = words[7] if len(words) > 7 else "*"
    kind = {"0001": "u_str", "0002": "u_dgr", "0005": "u_seq"}.get(words[4], "u_str")
    state = "LISTEN" if int(words[3], 16) & _ACCEPTS else "UNCONN" if kind == "u_dgr" else "ESTAB"
    return [[kind, state, "0", "0", path, "0", "*", "0"]]


def address(text: str) -> str:
    """Return an address of /proc/net as ss writes it: `0100007F:2382` is 127.0.0.1:9090."""
    digits, _, port = text.partition(":")
    # The kernel prints each 32-bit word in the byte order of the machine; all that Docker's images run on is little endian.
    packed = b"".join(bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8))
    place = socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
    shown = {"::": "*"}.get(place, f"[{place}]" if ":" in place else place)
    return f"{shown}:{int(port, 16) or '*'}"
