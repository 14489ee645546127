"""What a machine's own texts say: its mounts, what listens on it, its audit rules, its system."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Iterable, Mapping

from checks.cis.host import Listener, MountPoint
from checks.cis.unknown import Unknown

_LISTENS = "0A"
_TRUST = re.compile(r"^\s*(?:export\s+|setenv\s+)?DOCKER_CONTENT_TRUST(?:=|\s+)\s*[\"']?(\w*)", re.MULTILINE)
_OCTAL = re.compile(r"\\([0-7]{3})")


def mounts(mountinfo: str) -> tuple[MountPoint, ...]:
    """Return the lines of /proc/<pid>/mountinfo; see proc(5)."""
    return tuple(found for line in mountinfo.splitlines() if (found := _mount(line)))


def _mount(line: str) -> MountPoint | None:
    before, mark, after = line.partition(" - ")
    fields, rest = before.split(), after.split()
    if not mark or len(fields) < 5 or len(rest) < 2:
        return None
    return MountPoint(_path(fields[4]), _path(rest[1]), rest[0], _path(fields[3]))


def _path(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def listeners(tables: Iterable[str]) -> tuple[Listener, ...]:
    """Return the sockets of /proc/net/tcp and tcp6 that listen, each address and port once."""
    found: dict[Listener, None] = {}
    for table in tables:
        for fields in map(str.split, table.splitlines()[1:]):
            if len(fields) > 3 and fields[3] == _LISTENS and (one := _listener(fields[1])):
                found[one] = None
    return tuple(found)


def _listener(place: str) -> Listener | None:
    digits, _, port = place.partition(":")
    try:
        # Words of 32 bits in the byte order of the machine: all that Docker runs on is little endian but s390x.
        packed = b"".join(bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8))
        address = ipaddress.ip_address(packed)
        return Listener(str(getattr(address, "ipv4_mapped", None) or address), int(port, 16))
    except ValueError:
        return None


def audit_lines(text: str) -> tuple[str, ...]:
    """Return the rules in a text of auditctl's, or in a file of its rules: no comments, no empty lines."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#") and line != "No rules")


def os_name(os_release: str) -> str:
    """Return PRETTY_NAME of an os-release file, "" where it has none."""
    for line in os_release.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "PRETTY_NAME":
            try:
                return " ".join(shlex.split(value))
            except ValueError:
                return value.strip()
    return ""


def content_trust(texts: Mapping[str, str]) -> dict[str, str]:
    """Return which of these files set DOCKER_CONTENT_TRUST, and to what they do so last."""
    return {path: found[-1] for path, text in texts.items() if (found := _TRUST.findall(text))}


def apparmor(answer: str | Unknown) -> bool | Unknown:
    """Return whether AppArmor is on, from /sys/module/apparmor/parameters/enabled, empty where there is none."""
    return answer if isinstance(answer, Unknown) else answer.strip() == "Y"
