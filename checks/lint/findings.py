"""Findings of several tools into one answer: each said once, with its source line and a fingerprint, in order."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from checks import redact
from checks.model import Finding, Severity
from checks.repository import Repository, Trouble

OWN = "checks"
"""The tool's name in findings of ours."""
MESSAGE = 1000
"""Characters of a message that are kept; hadolint lists everything that it expected."""

_YAMLLINT = (
    *("anchors", "braces", "brackets", "colons", "commas", "comments", "comments-indentation", "document-end"),
    *("document-start", "empty-lines", "empty-values", "float-values", "hyphens", "indentation"),
    *("key-ordering", "line-length", "new-line-at-end-of-file", "new-lines", "octal-values", "quoted-strings"),
    *("trailing-spaces", "truthy"),
)
"""Rules of yamllint, which ansible-lint applies too."""
EQUIVALENT: tuple[frozenset[str], ...] = (
    frozenset({"hadolint:DL3002", "checkov:CKV_DOCKER_8"}),
    frozenset({"hadolint:DL3000", "checkov:CKV_DOCKER_10", "checks:workdir-absolute"}),
    frozenset({"hadolint:DL3004", "checkov:CKV2_DOCKER_1"}),
    frozenset({"hadolint:DL3006", "hadolint:DL3007", "checkov:CKV_DOCKER_7"}),
    frozenset({"hadolint:DL3020", "checkov:CKV_DOCKER_4", "checks:copy-not-add"}),
    frozenset({"hadolint:DL3024", "checkov:CKV_DOCKER_11"}),
    frozenset({"hadolint:DL3027", "checkov:CKV_DOCKER_9"}),
    frozenset({"hadolint:DL3057", "checkov:CKV_DOCKER_2"}),
    frozenset({"hadolint:DL4000", "checkov:CKV_DOCKER_6"}),
    frozenset(
        {
            *("yamllint:syntax", "ansible-lint:load-failure[yaml]", "check-jsonschema:syntax", "checkov:parse-error"),
            *("compose-config:syntax", "compose-lint:syntax"),
        }
    ),
    frozenset(
        {
            *("yamllint:key-duplicates", "ansible-lint:yaml[key-duplicates]"),
            *("check-jsonschema:duplicate-key", "compose-config:duplicate-key"),
        }
    ),
    frozenset({"check-jsonschema:compose-spec", "compose-config:schema"}),
    frozenset({"checks:apt-update-joined", "checkov:CKV_DOCKER_5"}),
    frozenset({"checks:docker-socket", "compose-lint:CL-0001"}),
    *(frozenset({f"yamllint:{rule}", f"ansible-lint:yaml[{rule}]"}) for rule in _YAMLLINT),
)
"""Rules of different tools that say the same when they say it of the same line."""
_SAME = {name: min(group) for group in EQUIVALENT for name in group}
_OF_SECRETS = "holds a secret"
_SECRETS = re.compile(
    r"kingfisher:.*|checkov:CKV_SECRET_\d+|checks:secret-in-.*|checks:travis-secret|hadolint:DL3064|compose-lint:CL-002[01]"
)
"""Rules that say of a line that it holds a secret: whatever they call it, it is said once."""
_OF_THE_FILE = re.compile(
    r"checkov:CKV_DOCKER_[23]|shellcheck:SC2148"
    r"|ansible-lint:(?:(?:schema|galaxy|meta-|role-name|sanity|playbook-extension|internal-error).*)"
)
"""Rules that, where they name the first line, mean the file: whatever stands there is not what they speak of."""
_KEY_LINES = 400
"""Lines of a key that are looked at."""
_FAR = re.compile(
    r"hadolint:DL1000|shellcheck:SC1\d{3}|ansible-lint:(?:syntax-check|load-failure|internal-error|parser-error).*"
    r"|(?:check-jsonschema|compose-config|packer|terraform):.*|[^:]*:(?:syntax|parse|parse-error)"
)
"""Rules that name the line where a reader gives up, or that misses something: what is wrong with it may stand elsewhere."""

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


def settle(
    found: Iterable[Finding],
    lines: Mapping[str, Sequence[str]],
    last: Callable[[Finding], bool] = lambda _finding: False,
    marks: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings with source line and fingerprint, sorted by place, the same said once, secrets hidden.

    Where any tool has found a secret in a line, no finding of that line shows more than what stands before it. Of those that are
    alike in a file the fingerprints are numbered: `last` says which are counted after the others. `marks` are of files
    that hold secrets in no line.
    """
    all_found = list(found)
    secrets = {(finding.path, finding.line) for finding in all_found if finding.secret}
    ordered = sorted((_with_source(finding, lines, secrets) for finding in all_found), key=_place)
    known = {
        (path, line): mark(_block(lines, path, line).encode("utf-8", "replace"))
        if line
        else (marks or {}).get(path, "")
        for path, line in secrets
    }
    return in_order(_fingerprinted(sorted(_merged(dict.fromkeys(ordered)), key=last), known))


def mark(secret: bytes) -> str:
    """Return three digits of a hash: they tell another secret, all but once in 4,096, and nobody can guess it by them."""
    return hashlib.sha256(b" ".join(secret.split())).hexdigest()[:3]


def _block(lines: Mapping[str, Sequence[str]], path: str, line: int) -> str:
    """Return a line with a secret, of a key in lines all of it."""
    first = _line(lines, path, line)
    if "-----BEGIN" not in first or "-----END" in first:
        return first
    block = lines[path][line - 1 : line - 1 + _KEY_LINES]
    end = next((at for at, text in enumerate(block) if "-----END" in text), 0)
    return "\n".join(block[: end + 1])


def is_far(finding: Finding) -> bool:
    """Return whether what a finding is of may stand in another line or file."""
    return finding.severity is Severity.ERROR and _FAR.fullmatch(f"{finding.tool}:{finding.rule}") is not None


def is_whole(finding: Finding) -> bool:
    """Return whether a finding is of the file as a whole: what is missing in it stands in no line."""
    return not finding.line or (
        finding.line == 1 and _OF_THE_FILE.fullmatch(f"{finding.tool}:{finding.rule}") is not None
    )


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings sorted by place."""
    return tuple(sorted(found, key=_place))


def printable(path: str) -> str:
    """Return a path as every report can hold it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _place(finding: Finding) -> tuple[str, int, int, str, str, str]:
    return (finding.path, finding.line, finding.column, finding.tool, finding.rule, finding.message)


def _with_source(finding: Finding, lines: Mapping[str, Sequence[str]], secrets: Collection[tuple[str, int]]) -> Finding:
    source = _line(lines, finding.path, finding.line)
    # Before anything is cut: of half a secret nobody can tell that it is one.
    shown = redact.hidden(source) if source and (finding.path, finding.line) in secrets else redact.masked(source)
    return replace(finding, message=redact.masked(finding.message)[:MESSAGE], source=shown)


def _line(lines: Mapping[str, Sequence[str]], path: str, line: int) -> str:
    text = lines.get(path, ())
    return text[line - 1] if 0 < line <= len(text) else ""


def _merged(found: Iterable[Finding]) -> list[Finding]:
    groups: dict[tuple[str, int, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.path, finding.line, _meaning(finding)), []).append(finding)
    return sorted((one for (*_, meaning), group in groups.items() for one in _said_once(group, meaning)), key=_place)


def _meaning(finding: Finding) -> str:
    name = f"{finding.tool}:{finding.rule}"
    of_secrets = finding.line > 0 and _SECRETS.fullmatch(name)  # an archive, which has no lines, may hold many
    return _OF_SECRETS if of_secrets else _SAME.get(name, name)


def _said_once(group: Sequence[Finding], meaning: str) -> list[Finding]:
    """Return what one tool says, the first of those that take it most seriously; a secret in a line once in all."""
    said = max(group, key=lambda finding: finding.severity)
    mine = [said] if meaning == _OF_SECRETS else [finding for finding in group if finding.tool == said.tool]
    names = {f"{finding.tool}:{finding.rule}" for finding in group if finding not in mine}
    secret = any(finding.secret for finding in group)
    return [
        replace(one, also=tuple(sorted({*one.also, *names} - {f"{one.tool}:{one.rule}"})), secret=secret)
        for one in mine
    ]


def _fingerprinted(found: Iterable[Finding], marks: Mapping[tuple[str, int], str]) -> Iterator[Finding]:
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in found:
        text = "" if is_whole(finding) else " ".join(finding.source.split())
        text += marks.get((finding.path, finding.line), "") if finding.secret else ""
        key = (finding.tool, finding.rule, finding.path, text)
        digest = hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "replace")).hexdigest()
        seen[key] += 1
        yield replace(finding, fingerprint=digest[:32])
