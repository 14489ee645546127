"""Findings of several tools into one answer: each said once, with its source line and a fingerprint, in order."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from checks import redact
from checks.model import Finding, Severity
from checks.repository import Repository, Trouble

OWN = "checks"
"""The tool's name in findings of ours."""
MESSAGE = 1000
"""Characters of a message that are kept; hadolint lists everything that it expected."""

EQUIVALENT: tuple[frozenset[str], ...] = (
    frozenset({"hadolint:DL3002", "checkov:CKV_DOCKER_8"}),
    frozenset({"hadolint:DL3007", "checkov:CKV_DOCKER_7"}),
    frozenset({"hadolint:DL3020", "checkov:CKV_DOCKER_4"}),
    frozenset({"hadolint:DL4000", "checkov:CKV_DOCKER_6"}),
    frozenset(
        {
            "yamllint:syntax",
            "ansible-lint:load-failure",
            "check-jsonschema:syntax",
            "compose-config:syntax",
            "compose-lint:syntax",
        }
    ),
    frozenset({"yamllint:key-duplicates", "check-jsonschema:duplicate-key", "compose-config:duplicate-key"}),
    frozenset({"check-jsonschema:compose-spec", "compose-config:schema"}),
    frozenset({"checks:apt-update-joined", "checkov:CKV_DOCKER_5"}),
    frozenset({"checks:docker-socket", "compose-lint:CL-0001"}),
)
"""Rules of different tools that say the same when they say it of the same line."""
_SECRETS = re.compile(
    r"kingfisher:.*|checkov:CKV_SECRET_\d+|checks:secret-in-.*|checks:travis-secret|hadolint:DL3064|compose-lint:CL-002[01]"
)
"""Rules that say of a line that it holds a secret: whatever they call it, it is said once."""

_ADVICE = {
    Trouble.UNREADABLE: "cannot be read: {}",
    Trouble.OUTSIDE: "is not read: {}",
    Trouble.BAD_NAME: "cannot be handed to linters: {}",
    Trouble.TOO_LARGE: "is too large to be linted ({}); exclude it in the configuration if that is meant",
    Trouble.BINARY: "is not text: {}",
    Trouble.NOT_UTF8: "is not UTF-8: {}",
}


def of_troubles(repository: Repository) -> tuple[Finding, ...]:
    """Return a finding for each file that somebody should lint and nobody can."""
    troubled = [(file, file.trouble) for file in repository.troubled if file.trouble is not None]
    # Whatever it is, it should be looked through for secrets.
    nameless = [(file, Trouble.BAD_NAME) for file in repository.files if file.kind is None and not file.is_named]
    return tuple(
        Finding(OWN, str(trouble), Severity.ERROR, printable(file.path), 0, 0, f"this {file.kind or 'file'} " + text)
        for file, trouble in (*troubled, *nameless)
        if (text := _ADVICE[trouble].format(file.detail or "the file's name is not UTF-8"))
    )


def settle(found: Iterable[Finding], lines: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    """Return the findings with source line and fingerprint, sorted by place, the same said once, secrets hidden.

    Where any tool has found a secret in a line, no finding of that line shows more than what stands before it.
    """
    all_found = list(found)
    secrets = {(finding.path, finding.line) for finding in all_found if finding.secret}
    ordered = sorted((_with_source(finding, lines, secrets) for finding in all_found), key=_place)
    return _fingerprinted(_merged(dict.fromkeys(ordered)))


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings sorted by place."""
    return tuple(sorted(found, key=_place))


def printable(path: str) -> str:
    """Return a path as every report can hold it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _place(finding: Finding) -> tuple[str, int, int, str, str, str]:
    return (finding.path, finding.line, finding.column, finding.tool, finding.rule, finding.message)


def _with_source(finding: Finding, lines: Mapping[str, Sequence[str]], secrets: Collection[tuple[str, int]]) -> Finding:
    text = lines.get(finding.path, ())
    source = text[finding.line - 1] if 0 < finding.line <= len(text) else ""
    # Before anything is cut: of half a secret nobody can tell that it is one.
    shown = redact.hidden(source) if source and (finding.path, finding.line) in secrets else redact.masked(source)
    return replace(finding, message=redact.masked(finding.message)[:MESSAGE], source=shown)


def _merged(found: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    by_meaning: dict[tuple[str, int, frozenset[str]], int] = {}
    for finding in found:
        name = f"{finding.tool}:{finding.rule}"
        same = _meaning(name)
        key = (finding.path, finding.line, same)
        if same != frozenset((name,)) and key in by_meaning:
            kept[by_meaning[key]] = _joined(kept[by_meaning[key]], finding)
        else:
            by_meaning[key] = len(kept)
            kept.append(finding)
    return kept


def _meaning(name: str) -> frozenset[str]:
    if _SECRETS.fullmatch(name):
        return frozenset(("a secret",))
    return next((group for group in EQUIVALENT if name in group), frozenset((name,)))


def _joined(first: Finding, second: Finding) -> Finding:
    said, other = (first, second) if first.severity >= second.severity else (second, first)
    names = {f"{other.tool}:{other.rule}", *said.also, *other.also} - {f"{said.tool}:{said.rule}"}
    return replace(said, also=tuple(sorted(names)), secret=said.secret or other.secret)


def _fingerprinted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    seen: Counter[tuple[str, ...]] = Counter()
    out = []
    for finding in found:
        key = (finding.tool, finding.rule, finding.path, " ".join(finding.source.split()))
        digest = hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "replace")).hexdigest()
        seen[key] += 1
        out.append(replace(finding, fingerprint=digest[:32]))
    return tuple(out)
