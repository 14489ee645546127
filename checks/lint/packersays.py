"""What packer says: its errors and warnings as it prints them for people, broken into lines of 80 characters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.model import Severity

_HEAD = re.compile(r"^(Error|Warning): ?(.*)$")
_ON = re.compile(r"^  on (.*?) line (\d+)(?:,.*)?:$")
_SOURCE = re.compile(r"^\s+(?:\d+: .*|\(source code not available\))$|^\d+ error(?:\(s\))?s? occurred:$")
_BULLET = re.compile(r"^\s*\* ")
_AT_LINE = re.compile(r"At line (\d+), column (\d+)")
_AT = re.compile(r"(\S+\.pkr(?:vars)?\.(?:hcl|json)):(\d+),(\d+)(?:-\d+)?: ")
_UNKNOWN = re.compile(r"Unknown (builder|provisioner|post-processor|source)(?: type)? \"?([\w.-]+)\"?")
_PLUGIN = re.compile(
    r"Missing plugins|is unknown by Packer, and is likely part of a plugin|Failed to discover installed plugins"
)
_FUNCTION = re.compile(r'There is no function named "(\w+)"')
_BLOCK = re.compile(r'Blocks of type "([\w-]+)" are not expected here')
_VERSION = re.compile(r"Unsupported Packer Core version|requires Packer version")

_NEWER_BLOCKS = frozenset(
    (
        "required_plugins",
        "data",
        "local",
        "hcp_packer_registry",
        "hcp_config",
        "hcp_packer_image",
        "error-cleanup-provisioner",
    )
)
"""Blocks that came after 1.6: a packer that does not know one is too old for the template."""
_NETWORK = re.compile(r"127\.0\.0\.1:9\b|proxyconnect|no such host")
_KEY = re.compile(
    r"\b(?:access_token|access_key|secret_key|api_token|client_secret|password|credentials?)\b", re.IGNORECASE
)
_WANTED = re.compile(
    r"must be (?:set|specified|provided)|required|(?:is|be) empty|not set|no valid credential", re.IGNORECASE
)
_SURE = re.compile(r"unknown configuration key|Unsupported|Unknown|not expected here|Invalid expression|Error parsing")
_KEY_FILE = re.compile(r"\b(?:account|credentials|private_key|certificate|client_cert|token)_(?:file|path)\b")
_MISSING_FILE = re.compile(r"no such file or directory|does not exist")
_FUNCTIONS = """
alltrue anytrue aws_secretsmanager_raw base64gzip endswith filebase64 legacy_isotime legacy_strftime regex regexall
rfc3339_parse startswith strcontains sum textdecodebase64 textencodebase64 unix_timestamp_parse
"""
"""Functions of 1.16 that 1.6.6 does not know."""
_NEWER_FUNCTIONS = frozenset(_FUNCTIONS.split())
_COMMON = """
amazon-chroot amazon-ebs amazon-ebssurrogate amazon-ebsvolume amazon-instance azure-arm digitalocean docker file
googlecompute hcloud hyperv-iso lxc lxd null openstack parallels-iso proxmox qemu vagrant virtualbox-iso virtualbox-ovf
vmware-iso vsphere-iso ansible ansible-local shell shell-local powershell chef-solo chef-client inspec puppet-masterless
windows-restart breakpoint compress checksum manifest artifice docker-import docker-push docker-save docker-tag
vagrant-cloud
"""
_BUILT_IN = tuple(_COMMON.split())
"""What people call their builders and provisioners, for where packer does not list those that it has."""


@dataclass(frozen=True)
class Said:
    """One thing that packer said: whether it is an error, the summary, the rest, and where that is, as packer names it."""

    error: bool
    summary: str
    detail: str = ""
    path: str = ""
    line: int = 0
    column: int = 0

    @property
    def message(self) -> str:
        """Return all of it in one line."""
        return ": ".join(part for part in (self.summary, self.detail) if part)


def everything(out: str) -> list[Said]:
    """Return what packer said, each once, one for each of the mistakes that it lists under one heading."""
    found: list[Said] = []
    for block in _blocks(out):
        found += _of_block(block)
    return list(dict.fromkeys(found))


def _blocks(out: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in out.split("\n"):
        if _HEAD.match(line) and block:
            yield block
            block = []
        block.append(line)
    if any(line.strip() for line in block):
        yield block


def _of_block(block: list[str]) -> list[Said]:
    head = _HEAD.match(block[0])
    summary = (head[2] if head else block[0]).strip()
    error = head is None or head[1] == "Error"
    place = next(((match[1], int(match[2])) for line in block if (match := _ON.match(line))), ("", 0))
    body = [line for line in block[1:] if not (_ON.match(line) or _SOURCE.match(line))]
    listed = _listed(body)
    at_line = _AT_LINE.search("\n".join(block))
    if at_line:  # JSON that is none: what follows is the line itself, and what is in that is nobody's business
        return [Said(error, summary, "", *("", int(at_line[1]), int(at_line[2])))]
    details = listed or [" ".join(" ".join(body).split())]
    return [_said(error, re.sub(r": \d+ errors? occurred:$", "", summary), detail, *place) for detail in details]


def _said(error: bool, summary: str, detail: str, path: str, line: int) -> Said:
    inner = _AT.search(detail)
    if inner:
        return Said(error, summary, detail.replace(inner[0], ""), inner[1], int(inner[2]), int(inner[3]))
    return Said(error, summary, detail, path, line)


def _listed(body: list[str]) -> list[str]:
    found: list[list[str]] = []
    for line in body:
        if _BULLET.match(line):
            found.append([_BULLET.sub("", line)])
        elif found and line.strip():
            found[-1].append(line.strip())
    return [" ".join(" ".join(lines).split()) for lines in found]


def too_old(said: Said) -> bool:
    """Return whether this packer is too old for the template."""
    function, block = _FUNCTION.search(said.message), _BLOCK.search(said.message)
    newer = (function and function[1] in _NEWER_FUNCTIONS) or (block and block[1] in _NEWER_BLOCKS)
    return bool(_VERSION.search(said.message) or newer)


def lacks_plugin(said: Said) -> bool:
    """Return whether a plugin is missing; a name that is nearly one of those that are there is a mistake instead."""
    unknown = _UNKNOWN.search(said.message)
    if not unknown or "." in unknown[2]:
        return _PLUGIN.search(said.message) is not None
    return not suggestion(said)


def suggestion(said: Said) -> str:
    """Return what an unknown builder or provisioner may have been meant to be; "" where nothing is near."""
    unknown = _UNKNOWN.search(said.message)
    known = re.findall(r"[\w-]+", said.detail.partition("[")[2]) or _BUILT_IN
    near = difflib.get_close_matches(unknown[2], known, 1, 0.8) if unknown and "." not in unknown[2] else []
    return near[0] if near else ""


def short(said: Said) -> str:
    """Return the message without lists of everything there is, the value that is wrong, and addresses in packer's memory."""
    plain = re.sub(r"\s*(?:[Kk]nown [\w-]+|Known): (?:map)?\[.*?\]$", "", said.message)
    plain = re.sub(r": proxyconnect .*$", "", plain)
    plain = re.sub(r"(\btemplate: root:.*?) in: .*$", r"\1", plain)
    return re.sub(r"\b0x[0-9a-f]{6,}\b", "…", plain).strip(": ")


def place(said: Said, path: str, texts: Mapping[str, str]) -> tuple[str, int, int]:
    """Return file, line and column: where packer says it is, else the first place of what it quotes, else of its builder.

    `path` is the file that it names, "" for none; the first of `texts` is the template.
    """
    if path or said.line:
        return path or next(iter(texts)), said.line or 1, said.column
    quoted = re.findall(r"['\"]+([^'\"\s]+)['\"]+", said.detail) + re.findall(r"[\w./-]*[./][\w./-]+", said.detail)
    quoted += re.findall(r"\b[a-z]+_[a-z_]+\b|^\w+\b", said.detail) + re.findall(r"^Unknown source (\S+)", said.summary)
    bare = [name for name in quoted if "." in name]
    return first(texts, [*(f'"{name}"' for name in quoted), *bare, *re.findall(r'"[^"]+"', said.summary)])


def first(texts: Mapping[str, str], names: Sequence[str]) -> tuple[str, int, int]:
    """Return file, line and column of the first of these texts that is in a file; the first file where none is."""
    for name in names:
        for path, text in texts.items():
            at = text.find(name)
            if at >= 0:
                return path, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return next(iter(texts)), 1, 1


def weighed(said: Said, message: str, blank: Sequence[str], stands_in: Sequence[str]) -> tuple[Severity, str]:
    """Return how bad it is, and why it is no worse: what only a person's keys or values would tell is no error.

    `blank` are variables that are empty, `stands_in` those that something stands in for.
    """
    if not said.error:
        return Severity.INFO, ""
    if _NETWORK.search(said.message):
        return Severity.INFO, " (not checked: nobody is asked in the network)"
    if _WANTED.search(message) and _KEY.search(message):
        return Severity.INFO, " (a key, which has no place in a repository)"
    if _KEY_FILE.search(message) and _MISSING_FILE.search(message):
        return Severity.INFO, " (a file with keys, which has no place in a repository)"
    if _WANTED.search(message) and blank:
        return Severity.WARNING, f" (blank here: {', '.join(blank)})"
    if stands_in and not (_SURE.search(said.message) or _MISSING_FILE.search(message)):
        return Severity.WARNING, f" (with stand-ins for {', '.join(stands_in)})"
    return Severity.ERROR, ""
