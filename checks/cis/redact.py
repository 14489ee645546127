"""What never enters a Snapshot: values of environment variables, credentials in addresses, labels and options, profiles.

The collector sends through here whatever may hold a secret, so that one place decides. What is taken out leaves HIDDEN behind,
not a hash: short secrets are found from those.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

HIDDEN = "(hidden)"
_LONGEST = 200
"""Labels that are longer hold documents, not names."""

_SECRET_NAME = re.compile(
    r"pass(wd|word|phrase)?(?![a-z])|secret|token|credential|basic-?auth|api-?_?key|private-?_?key|access-?_?key|auth(?![a-z])",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PROFILE = re.compile(r"\s*([\w-]+)\s*[=:]\s*(\{.*)", re.DOTALL)
_CREDENTIALS = re.compile(r"://\S*@|-----BEGIN |\$(2[aby]|apr1|5|6)\$")


def environment(assignments: Iterable[str] | None) -> tuple[str, ...]:
    """Return the names of `NAME=value` lines."""
    return tuple(line.partition("=")[0] for line in assignments or ())


def is_secret_name(name: str) -> bool:
    """Whether a variable, label or option of that name is likely to hold a secret."""
    return _SECRET_NAME.search(name) is not None


def labels(values: Mapping[str, str] | None) -> dict[str, str]:
    """Return labels, driver options or log options, the values hidden that are secrets by their name or their look."""
    return {name: _value(name, value) for name, value in (values or {}).items()}


def _value(name: str, value: str) -> str:
    if is_secret_name(name) or len(value) > _LONGEST or _CREDENTIALS.search(value):
        return HIDDEN
    return value


def url(text: str) -> str:
    """Return an address without user, password, query and fragment, however odd the characters in them."""
    scheme = _SCHEME.match(text)
    start = scheme[0] if scheme else ""
    return start + re.split(r"[?#]", text[len(start) :].rpartition("@")[2], maxsplit=1)[0]


def security_option(text: str) -> str:
    """Return a security option, an inlined profile replaced by its fingerprint: `seccomp=custom:1a2b3c4d5e6f`."""
    option = _PROFILE.match(text)
    if option is None:
        return text
    return f"{option[1]}=custom:{hashlib.sha256(option[2].encode(errors='replace')).hexdigest()[:12]}"
