"""Looks at a machine. It is imported here, and its text is sent to the python3 of other machines.

So it needs nothing but Python 3.7 (and `probe_api`, whose text is sent before it), and it only reads. A question is a list:
a name of QUESTIONS and its arguments. An answer is `["ok", value]`, `["absent", ""]` (there is no such thing) or
`["error", why]`. What answers mean is decided at home, by `checks.host.bench.collect` and `checks.cis`.
"""

from __future__ import annotations

import errno
import grp
import json
import os
import pwd
import re
import stat
import sys
from collections.abc import Callable, Sequence
from typing import Any

from checks.host.docker.probe_api import Api, unix

LARGEST = 8 << 20
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ELOOP)
_CONTAINER = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_KINDS = (("file", stat.S_ISREG), ("directory", stat.S_ISDIR), ("socket", stat.S_ISSOCK))


def text(path: str) -> str:
    """Return a file's text."""
    with open(path, "rb") as file:
        return file.read(LARGEST).decode("utf-8", "replace")


def names(path: str) -> list[str]:
    """Return the names in a folder."""
    return sorted(os.listdir(path))


def metadata(path: str) -> list[Any]:
    """Return a file's kind, uid, gid, mode, owner, group, and where links lead."""
    facts = os.stat(path)
    kind = next((name for name, test in _KINDS if test(facts.st_mode)), "other")
    owner = _name_of(lambda: pwd.getpwuid(facts.st_uid).pw_name, facts.st_uid)
    group_name = _name_of(lambda: grp.getgrgid(facts.st_gid).gr_name, facts.st_gid)
    return [kind, facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode), owner, group_name, os.path.realpath(path)]


def _name_of(look: Callable[[], str], number: int) -> str:
    try:
        return look()
    except KeyError:
        return str(number)


def group(key: Any) -> Any:
    """Return a group, asked for by name or number: [name, gid, members], those too whose primary group it is; None: none."""
    try:
        found = grp.getgrgid(key) if isinstance(key, int) else grp.getgrnam(key)
    except KeyError:
        return None
    primary = [one.pw_name for one in pwd.getpwall() if one.pw_gid == found.gr_gid]
    return [found.gr_name, found.gr_gid, sorted(set(found.gr_mem) | set(primary))]


def process(pid: int) -> dict[str, Any]:
    """Return what a process is: comm, argv, uid, its program, its folders, whether its root is another than ours."""
    folder = f"/proc/{pid}"
    argv = text(folder + "/cmdline").rstrip("\0").split("\0")
    uid = int(_line(text(folder + "/status"), "Uid").split()[1])
    facts: dict[str, Any] = {"pid": pid, "comm": text(folder + "/comm").strip(), "argv": argv, "uid": uid}
    facts.update(exe="", environ=None, root=None)
    try:  # these may be asked by root only, or by the process's own user
        facts["exe"] = os.readlink(folder + "/exe")
        wanted = ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
        pairs = (line.partition("=") for line in text(folder + "/environ").split("\0"))
        facts["environ"] = {name: value for name, _, value in pairs if name in wanted}
        ours, its = os.stat("/"), os.stat(folder + "/root/")
        facts["root"] = (ours.st_dev, ours.st_ino) != (its.st_dev, its.st_ino)
    except OSError:
        pass
    return facts


def named(*wanted: str) -> list[dict[str, Any]]:
    """Return the processes of these names."""
    found = []
    for pid in _pids():
        try:
            if text(f"/proc/{pid}/comm").strip() in wanted:
                found.append(process(pid))
        except OSError:  # it ended while we looked
            continue
    return found


def contained() -> list[list[Any]]:
    """Return the processes in control groups of containers: [container's id, program, its uid and pid as it sees them]."""
    found = []
    for pid in _pids():
        folder = f"/proc/{pid}/"
        try:
            containers = set(_CONTAINER.findall(text(folder + "cgroup")))  # several: a container in a container
            if containers:
                status = text(folder + "status")
                inner = int(_line(status, "NSpid").split()[-1])
                uid = _inner_uid(int(_line(status, "Uid").split()[1]), text(folder + "uid_map"))
                if not _line(status, "State").startswith("Z"):
                    program = _program(folder, _line(status, "Name"))
                    found += [[container, program, uid, inner] for container in containers]
        except (OSError, ValueError, IndexError):  # it ended while we looked
            continue
    return found


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _line(status: str, name: str) -> str:
    return ("\n" + status).partition(f"\n{name}:")[2].partition("\n")[0].strip()


def _program(folder: str, comm: str) -> str:
    """Return a program's whole name: the kernel keeps 15 characters of it."""
    if len(comm) < 15:
        return comm
    first = os.path.basename(text(folder + "cmdline").partition("\0")[0])
    return first if first.startswith(comm) else comm


def _inner_uid(outer: int, uid_map: str) -> int | None:
    for line in uid_map.splitlines():
        inside, outside, length = (int(word) for word in line.split())
        if outside <= outer < outside + length:
            return inside + outer - outside
    return None


def audit_rules() -> str:
    """Return what `auditctl -l` prints: the rules that the kernel holds."""
    # The script imports no subprocess: of our package only checks.host.proc does.
    with os.popen("PATH=$PATH:/usr/sbin:/sbin LC_ALL=C exec auditctl -l 2>&1") as said:  # noqa: S605
        printed = said.read()
        code = said.close()
    if code is None:
        return printed
    first = (printed.strip().splitlines() or ["it fails"])[0]
    raise OSError("auditctl is not installed" if code >> 8 == 127 else f"auditctl -l: {first}")


def system() -> dict[str, Any]:
    """Return the machine's name and kernel, and who looks: uid, home, the value of DOCKER_CONTENT_TRUST."""
    machine, trust = os.uname(), os.environ.get("DOCKER_CONTENT_TRUST")
    home = os.path.expanduser("~")
    return {"name": machine.nodename, "kernel": machine.release, "uid": os.geteuid(), "home": home, "trust": trust}


QUESTIONS: dict[str, Callable[..., Any]] = {
    "text": text,
    "names": names,
    "stat": metadata,
    "group": group,
    "process": process,
    "named": named,
    "contained": contained,
    "audit": audit_rules,
    "system": system,
}


def answer(question: Sequence[Any], api: Api | None) -> list[Any]:
    """Answer one question; `get` and `peer` are asked of the engine."""
    name, arguments = question[0], question[1:]
    of_engine = name in ("get", "peer")
    try:
        return ["ok", getattr(api, name)(*arguments) if of_engine else QUESTIONS[name](*arguments)]
    except OSError as error:
        if error.errno in _ABSENT and not of_engine:
            return ["absent", ""]
        return ["error", (error.strerror or str(error)).lower() + (f": {error.filename}" if error.filename else "")]
    except ValueError as error:
        return ["error", str(error)]


def serve(addresses: Sequence[str]) -> None:
    """Say which of the addresses is there, then answer until standard input ends.

    Each line of it is JSON, a list of questions, and gets a line with the answers.
    """
    paths = [os.path.expandvars(path) for path in addresses]
    address = ([path for path in paths if os.path.exists(path)] or paths)[0]
    api = Api(unix(address))
    _say({"engine": address})
    for line in sys.stdin.buffer:
        _say([answer(question, api) for question in json.loads(line.decode())])


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
