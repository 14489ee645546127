"""How an image was made: the texts of its history, of the classic builder and of BuildKit, as Steps without secrets."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from typing import Any

from checks.cis import shellwords
from checks.cis.facts import Step
from checks.cis.loose import number, tables, text

_INSTRUCTIONS = frozenset(
    """
    ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER
    VOLUME WORKDIR
    """.split()
)
_NOP = re.compile(r"\S*\s+(?:-c\s+|/S\s+/C\s+)?#\(nop\)\s+", re.IGNORECASE)
_SHELL = re.compile(r"(?:/\S*/|)(?:ba|da|a|z|k|)sh\s(?:\S+\s)*?-\w*c\s")
_ARGUMENTS = re.compile(r"\|(\d+)\s")
_URL = re.compile(r"(?:https?|ftp|git|ssh)://|git@")
_ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tar\.\w+)$", re.IGNORECASE)


def steps(history: object, environment: Collection[str] = ()) -> tuple[Step, ...]:
    """Return an image's history as the engine's API gives it, newest first; `environment` are the names that it sets."""
    return tuple(
        step(text(one.get("CreatedBy")), environment, size=number(one.get("Size")), created=_time(one.get("Created")))
        for one in tables(history)
    )


def step(created_by: str, environment: Collection[str] = (), *, size: int = 0, created: str = "") -> Step:
    """Return one line of a history."""
    word, rest = _instruction(created_by.strip())
    names: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    if word == "RUN":
        names, script = _given(rest)
        commands = shellwords.commands(_script(script))
    elif word == "ADD":
        commands = tuple((kind,) for kind in _kinds(rest))
    elif word in ("ENV", "ARG"):
        names = _names(rest, environment if word == "ENV" else ())
    return Step(word, names, commands, size, created)


def _instruction(created_by: str) -> tuple[str, str]:
    """Return the Dockerfile's word and what follows it; ("", "") where it was made in another way."""
    nop = _NOP.match(created_by)
    body = created_by[nop.end() :].strip() if nop else created_by.removesuffix("# buildkit").rstrip()
    word, _, rest = body.partition(" ")
    if word in _INSTRUCTIONS:
        return word, rest.strip()
    if not nop and (_ARGUMENTS.match(body) or _SHELL.match(body)):
        return "RUN", body
    return "", ""


def _given(body: str) -> tuple[tuple[str, ...], str]:
    """Return the names of the build arguments that RUN was given (`|2 A=1 B=2 /bin/sh -c …`), and the rest."""
    match = _ARGUMENTS.match(body)
    if match is None:
        return (), body
    shell = _SHELL.search(body)
    before = body[match.end() : shell.start() if shell else len(body)]
    count = int(match[1][:4])
    return shellwords.assigned(before)[:count], body[shell.start() :] if shell else ""


def _script(body: str) -> str:
    shell = _SHELL.match(body)
    return body[shell.end() :] if shell else body


def _names(body: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the variables that ENV or ARG set: the first, and of what looks like further ones those that are known.

    A value may hold `word=` itself, and then that word is a part of what may be secret.
    """
    first = re.match(r"[A-Za-z_]\w*", body)
    others = [name for name in shellwords.assigned(body) if name in known]
    return tuple(dict.fromkeys([first[0], *others] if first else others))


def _kinds(body: str) -> Iterable[str]:
    sources = [word for word in re.sub(r'[\[\],"]', " ", body).split() if not word.startswith("--")]
    return dict.fromkeys(_kind(source) for source in sources[:-1] if source != "in") or ("file",)


def _kind(source: str) -> str:
    if _URL.match(source):
        return "url"
    return "archive" if _ARCHIVE.search(source) else "file"


def _time(seconds: Any) -> str:
    """Return seconds since 1970 as RFC 3339 in UTC, "" where there is no such time."""
    if not number(seconds) > 0:
        return ""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
