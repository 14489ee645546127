"""Secrets out of whole logs and documents: values that are known, keys over several lines, and what redact sees in a line.

What stands here errs on the side of hiding, as redact does: evidence is kept, copied and attached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checks import redact, secretwords

MASK = redact.MASK
SHORTEST = 5
"""Characters of a value that is looked for: a shorter one is in too many words."""
NAMED = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)
"""Names of variables whose values are not shown, whatever else they mean."""
_PEM = re.compile(r"(-----BEGIN [A-Z0-9 ]{1,40}-----).*?(-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL)
_KEY_LINE = re.compile(r"[A-Za-z0-9+/=]+")
_LONG = 32
"""Characters of a line of a key, but for its last one."""
_HUNK = re.compile(r"^(@@ [^@]* @@).*")
_VARIABLES = frozenset({"env", "environment", "args", "buildargs"})
"""Keys of documents below which there are variables, as a mapping or as `NAME=value`."""


@dataclass(frozen=True)
class Masker:
    """Hides secrets in texts; `known` are values that are hidden wherever they stand."""

    known: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Iterable[str], shown: Iterable[str] = ()) -> Masker:
        """Return one for values that are long enough to be looked for; what is also in `shown` is no secret."""
        plain = {value.lower() for value in shown}
        kept = {value for value in values if len(value) >= SHORTEST and value.lower() not in plain}
        return cls(tuple(sorted(kept - {MASK}, key=lambda value: (-len(value), value))))

    def values(self, text: str) -> str:
        """Return a text without the values that are known."""
        for value in self.known:
            text = text.replace(value, MASK)
        return text

    def text(self, text: str) -> str:
        """Return a log, of any length, without secrets; its lines stay lines."""
        text = self.values(text)
        text = _PEM.sub(rf"\1{MASK}\2", text)
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        return "".join(redact.masked(piece) for piece in _pieces(line))

    def document(self, data: Any) -> Any:
        """Return JSON data in which no text shows a secret, nor a key that asks for one or a variable named like one."""
        if isinstance(data, Mapping):
            return {self.text(str(key)): self._value(str(key), value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.document(item) for item in data]
        return self.text(data) if isinstance(data, str) else data

    def _value(self, key: str, value: Any) -> Any:
        if key.lower() in _VARIABLES:
            return self._variables(value)
        if isinstance(value, str) and secretwords.asks(key) and value and not secretwords.is_place(value):
            return MASK
        return self.document(value)

    def _variables(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._variable(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._entry(item) if isinstance(item, str) else self.document(item) for item in value]
        return self.document(value)

    def _entry(self, entry: str) -> str:
        name, equals, value = entry.partition("=")
        return f"{name}={self._variable(name, value)}" if equals else self.text(entry)

    def _variable(self, name: str, value: Any) -> Any:
        # A path to a secret is no secret; what it says is where to look.
        if is_secret(name, value):
            return MASK
        return self.text(value) if isinstance(value, str) else value


def difference(shown: str, whole: str) -> str:
    """Return what `git diff` says without secrets, line by line.

    `whole` is the same with all lines of the files: of a key, `shown` may have neither the beginning nor the end.
    """
    masker = Masker.of(
        line for file in re.split(r"^(?=diff --git )", whole, flags=re.MULTILINE) for line in _keys(file)
    )
    return "\n".join(_changed(line, masker) for line in shown.split("\n"))


def _keys(file: str) -> Iterator[str]:
    text = "\n".join(line[1:] for line in file.split("\n"))
    for key in _PEM.finditer(text):
        lines = [line.strip(" \t\r\"',;\\") for line in text[key.end(1) : key.start(2)].strip().split("\n")]
        last = len(lines) - 1 if key[2] else None
        yield from (
            line for at, line in enumerate(lines) if (len(line) >= _LONG or at == last) and _KEY_LINE.fullmatch(line)
        )


def _changed(line: str, masker: Masker) -> str:
    """Return a line of a difference without secrets, and without the line that git shows behind a hunk's place, cut."""
    line = _HUNK.sub(r"\1", line)
    return line[:1] + masker.text(line[1:])  # a name begins behind the sign


def is_secret(name: str, value: Any) -> bool:
    """Return whether a variable is named like a secret and its value is no path."""
    return bool(NAMED.search(name)) and value is not None and not str(value).startswith("/")


def _pieces(line: str) -> Iterator[str]:
    """Cut a line into what redact looks at in one piece, at a blank where there is one."""
    while len(line) > redact.LENGTH:
        at = line.rfind(" ", redact.LENGTH // 2, redact.LENGTH) + 1 or redact.LENGTH
        yield line[:at]
        line = line[at:]
    yield line


def values_of(content: str) -> Iterator[str]:
    """Yield what a file with a secret may be known by: all of it, and each of its lines."""
    yield content.strip()
    yield from (line.strip() for line in content.splitlines())


def variables(resolved: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and value of every variable that a resolved compose file gives to services and builds."""
    for service in (resolved.get("services") or {}).values():
        for found in (service.get("environment"), (service.get("build") or {}).get("args")):
            if isinstance(found, Mapping):
                yield from ((str(name), str(value)) for name, value in found.items() if value is not None)


def words(resolved: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a resolved compose file shows anyway: names of services, images, users, and variables that are no secrets."""
    for name, service in (resolved.get("services") or {}).items():
        image = str(service.get("image", ""))
        yield from (str(name), image, image.rpartition("/")[2].partition(":")[0], str(service.get("user", "")))
    yield from (value for name, value in variables(resolved) if not NAMED.search(name))
