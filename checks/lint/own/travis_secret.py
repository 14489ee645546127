"""A token in plain text in `.travis.yml` is everybody's.

Travis takes tokens of Slack, HipChat, Campfire, Flowdock and Pushover for its notifications, keys for its deployments and
variables for its builds as they stand there; encrypted by `travis encrypt` they stand under `secure:`, which only Travis can
read, and are no finding. Of variables only values that nobody chose count: a test database's password is none. Whoever has
pushed such a token has to get a new one: it stays in the history.

Bad (`.travis.yml`):

    notifications:
      slack: team:0123456789abcdefABCDEFgh#builds

Bad (`.travis.yml`):

    deploy:
      provider: pypi
      password: hunter2

Good (`.travis.yml`):

    notifications:
      slack:
        rooms:
          - secure: "q8Pa1UIGeXyyBLnTpy3LdlhX7KVhmHoN="
    env:
      global:
        - DB_PASSWORD=test
        - secure: "q8Pa1UIGeXyyBLnTpy3LdlhX7KVhmHoN="
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks import instructions, secretwords
from checks.lint.own.subject import Subject, finding, line_of, scalar
from checks.model import Finding, Severity
from checks.repository import File, Kind

ID = "travis-secret"
SEVERITY = Severity.ERROR
_TOKEN = {
    "slack": re.compile(r"(?:[\w.-]+:)?[A-Za-z0-9]{20,}(?:#\S+)?"),
    "hipchat": re.compile(r"(?:[\w.-]+:)?[A-Za-z0-9]{20,}(?:@.+)?"),
    "campfire": re.compile(r"[\w-]+:[A-Za-z0-9]{20,}@.+"),
    "flowdock": re.compile(r"[A-Za-z0-9]{20,}"),
    "pushover": re.compile(r"[A-Za-z0-9]{20,}"),
}
_NO_TOKEN = frozenset({"secure", "template", "on_success", "on_failure", "on_pull_requests", "if", "format"})


def takes(file: File) -> bool:
    """Return whether it is Travis's configuration."""
    return file.kind is Kind.YAML and PurePosixPath(file.path).name in (".travis.yml", ".travis.yaml")


def check(subject: Subject) -> Iterator[Finding]:
    """Yield each token, key or password that stands there as it is; no message shows it."""
    found: dict[int, str] = {}
    for keys, node in subject.nodes():
        text = scalar(node).strip()
        what = _what(keys, text) if text else ""
        if what:
            found.setdefault(line_of(node), what)
    for line, what in sorted(found.items()):
        message = f"{what} in plain text: write what travis encrypt says under secure:, and get a new one"
        yield finding(ID, SEVERITY, subject, line, message, secret=True)


def _what(keys: tuple[str, ...], text: str) -> str:
    """Return what kind of secret a value is, "" for none."""
    if not _NO_TOKEN.isdisjoint(keys):
        return ""
    service = keys[1] if keys[:1] == ("notifications",) and len(keys) > 1 else ""
    if service in _TOKEN:
        return f"the token of {service}" if _TOKEN[service].fullmatch(text) else ""
    if "deploy" in keys:
        name = next((key for key in reversed(keys) if key), "")
        return f"{name} of a deployment" if secretwords.literal(name, text) else ""
    if "env" in keys:
        pairs = [instructions.unquoted(word).partition("=") for word in instructions.words(text)]
        pairs.append((keys[-1], "=", text))
        names = [name for name, _, value in pairs if _is_token(name, value)]
        return f"{names[0]}, a variable" if names else ""
    return ""


def _is_token(name: str, value: str) -> bool:
    return secretwords.literal(name, value) and bool(secretwords.random(value) or secretwords.KNOWN.search(value))
