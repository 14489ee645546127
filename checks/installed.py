"""What is installed in an image, from the files in which package managers keep it: dpkg, apk, Python's and npm's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

LARGEST = 32 << 20
"""Bytes of such a file that are read: a list of all packages of a large image has a tenth of that."""


@dataclass(frozen=True, order=True)
class Package:
    """A package: `kind` is the type in its purl (deb, apk, pypi, npm), `source` what it was built from, if another."""

    kind: str
    name: str
    version: str
    architecture: str = ""
    licence: str = ""
    source: str = ""


def dpkg(text: str) -> Iterator[Package]:
    """Read dpkg's status file, or one of its pieces: what is installed, not what is only configured yet or still."""
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        state = fields.get("status", "install ok installed").split()
        if "installed" in state and fields.get("package") and fields.get("version"):
            source = fields.get("source", "").partition(" ")[0]
            yield Package("deb", fields["package"], fields["version"], fields.get("architecture", ""), "", source)


def apk(text: str) -> Iterator[Package]:
    """Read apk's list of what is installed."""
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(line.partition(":")[::2] for line in stanza.splitlines() if ":" in line[:2])
        if fields.get("P") and fields.get("V"):
            origin = fields.get("o", "")
            yield Package("apk", fields["P"], fields["V"], fields.get("A", ""), fields.get("L", "")[:200], origin)


def python(text: str) -> Iterator[Package]:
    """Read a distribution's METADATA or PKG-INFO."""
    fields = _fields(text.replace("\r\n", "\n").partition("\n\n")[0])
    licence = fields.get("license-expression") or fields.get("license", "")
    if fields.get("name") and fields.get("version"):
        name = re.sub(r"[-_.]+", "-", fields["name"]).lower()
        yield Package("pypi", name, fields["version"], "", licence if len(licence) < 64 else "")


def npm(text: str) -> Iterator[Package]:
    """Read the package.json of a module that is installed."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict) and isinstance(data.get("name"), str) and isinstance(data.get("version"), str):
        licence = data.get("license")
        yield Package("npm", data["name"], data["version"], "", licence[:64] if isinstance(licence, str) else "")


def system(text: str) -> dict[str, str]:
    """Read os-release: names in lower case → values."""
    lines = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip().lower(): value.strip().strip("'\"") for name, _, value in lines}


READERS: Mapping[str, tuple[re.Pattern[str], Callable[[str], Iterator[Package]]]] = {
    "dpkg": (re.compile(r"var/lib/dpkg/(?:status|status\.d/(?!.*\.md5sums$)[^/]+)"), dpkg),
    "apk": (re.compile(r"(?:usr/)?lib/apk/db/installed"), apk),
    "python": (re.compile(r"(?:.*/)?[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)"), python),
    "npm": (re.compile(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/]+/package\.json"), npm),
}
"""Which files say what is installed, by their path without the first /, and how they are read."""
SYSTEM = ("etc/os-release", "usr/lib/os-release")
RPM = re.compile(r"(?:var|usr)/lib/(?:sysimage/)?rpm/(?:rpmdb\.sqlite|Packages(?:\.db)?)")
"""A list that is there and is not read: it is a database."""


def reader(path: str) -> Callable[[str], Iterator[Package]] | None:
    """Return what reads a file, None for one that says nothing of packages."""
    return next((read for pattern, read in READERS.values() if pattern.fullmatch(path)), None)


def _fields(stanza: str) -> dict[str, str]:
    """Return the fields of a stanza, names in lower case, each one's first line."""
    found: dict[str, str] = {}
    for line in stanza.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name and not name[0].isspace():
            found.setdefault(name.lower(), value.strip())
    return found
