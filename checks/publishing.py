"""What may be published, under which name, and what a registry's refusals mean."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.errors import FailedError


class State(enum.StrEnum):
    """What came of publishing an image."""

    PUSHED = "pushed"
    ALREADY_THERE = "already-there"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Published:
    """An image: its name here, `name` and `tag` at the registry, digest of its manifest there ("": not there), what came of it.

    `message` says why it was refused or failed; `advice` what to do.
    """

    image: str
    name: str
    tag: str
    state: State
    digest: str = ""
    message: str = ""
    advice: str = ""
    seconds: float = 0.0

    @property
    def target(self) -> str:
        """Its whole name at the registry."""
        return f"{self.name}:{self.tag}"

    @property
    def ok(self) -> bool:
        """Whether the registry has it now."""
        return self.state in (State.PUSHED, State.ALREADY_THERE)


@dataclass(frozen=True)
class Allowed:
    """What the command line allows although it is refused by default."""

    overwrite: bool = False
    dirty: bool = False
    standin: bool = False
    bootstrapped: bool = False


@dataclass(frozen=True)
class Facts:
    """What an image is made of: all that it stands on, which of that is a stand-in or was bootstrapped, what it says it is of.

    `marked` says that it carries the mark of a bootstrapped base itself; `revision` is its label, "" where it has none.
    """

    below: frozenset[str]
    standins: frozenset[str] = frozenset()
    bootstrapped: frozenset[str] = frozenset()
    marked: bool = False
    revision: str = ""


def below(image: str, bases: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return all that an image stands on, also through others; `bases` is image → what its Dockerfile names."""
    found: set[str] = set()
    todo = list(bases.get(image, ()))
    while todo:
        base = todo.pop()
        if base not in found:
            found.add(base)
            todo += bases.get(base, ())
    return frozenset(found)


def objection(facts: Facts, allowed: Allowed) -> tuple[str, str] | None:
    """Return why an image is not to be published, and what to do; None where it may be."""
    standins = sorted(facts.below & facts.standins)
    if standins and not allowed.standin:
        return (
            f"it stands on {', '.join(standins)}, a stand-in that is made for tests",
            "build it where a registry answers, or say --force-standin",
        )
    made = sorted(facts.below & facts.bootstrapped)
    if (made or facts.marked) and not allowed.bootstrapped:
        return (
            f"it stands on {', '.join(made) or 'a base'} that was bootstrapped here and is not the one that others pull",
            "build it where a registry answers, or say --force-bootstrapped",
        )
    if facts.revision.endswith("-dirty") and not allowed.dirty:
        return (
            f"it says of itself that it was built from {facts.revision}: the tree was not clean then",
            "remove the image (docker image rm) and publish again, or say --force-dirty",
        )
    return None


def dirty(changed: Iterable[str], allowed: Allowed) -> tuple[str, str] | None:
    """Return why a tree with changed files is not published, and what to do; None where it is."""
    names = [name for name in changed if name.partition("/")[0] != "reports"]
    if not names or allowed.dirty:
        return None
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"the tree is not as it is committed: {', '.join(names[:3])}{more}", "commit it, or say --force-dirty"


def is_absent(said: str) -> bool:
    """Return whether a registry's words mean that it has no such image; Docker Hub says so of repositories by denying."""
    return bool(
        re.search(
            r"manifest unknown|name unknown|not known to registry|NAME_UNKNOWN|MANIFEST_UNKNOWN|no such manifest"
            r"|not found|requested access to the resource is denied",
            said,
        )
    )


def failure(host: str, said: str) -> FailedError:
    """Return what it means that a registry, through the engine, answers with these words."""
    words = " ".join(said.split())[:300]
    for pattern, what, advice in _MEANINGS:
        if re.search(pattern, said):
            return FailedError(f"{host} {what}", advice.replace("HOST", host), [words])
    return FailedError(
        f"{host} fails", "look at the registry's log and publish again: what is there is not sent twice", [words]
    )


_AGAIN = "publish again: what is there is not sent twice"
_MEANINGS = (
    (
        r"[Cc]redentials? store|credentials? helper|StoreError",
        "is one that docker's credential helper gives nothing for",
        "see credHelpers and credsStore in docker's config.json, or docker login HOST",
    ),
    (
        r"x509|certificate",
        "has a certificate that the engine does not trust",
        "put its CA into /etc/docker/certs.d/HOST/ca.crt on the engine's machine",
    ),
    (
        r"HTTP response to HTTPS client",
        "speaks no TLS",
        "give it a certificate, or name it in the engine's insecure-registries",
    ),
    (
        r"no basic auth|[Uu]nauthorized|UNAUTHORIZED|incorrect username|authentication required|denied|DENIED|forbidden",
        "does not let us in",
        "docker login HOST, as a user who may push there",
    ),
    (
        r"connection refused|connection reset|no such host|i/o timeout|unreachable|EOF|broken pipe|deadline exceeded"
        r"|Client\.Timeout|not done after",
        "does not answer, or not to the end",
        f"start it, and {_AGAIN}",
    ),
    (r"no space left|quota", "has no room", f"make some, and {_AGAIN}"),
)
