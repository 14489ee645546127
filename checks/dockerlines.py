"""The lines of a Dockerfile as the parsing library reads them right, and the texts of here-documents, which it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEREDOC = re.compile(r"<<(?P<tabs>-?)(?P<quote>[\"']?)(?P<word>[A-Za-z_]\w*)(?P=quote)")
_ESCAPE = re.compile(r"#\s*escape\s*=\s*([\\`])\s*$", re.IGNORECASE)
_DIRECTIVE = re.compile(r"#\s*[A-Za-z]+\s*=")


def plain(text: str, bodies: dict[int, list[list[str]]]) -> Iterator[str]:
    """Yield the lines as the library reads them right: what it does not know becomes a comment, numbers stay.

    The lines of here-documents go to `bodies`, by the first line of their instruction.

    It takes the lines of a here-document for instructions, an empty line for the end of one that goes on, and forgets
    an instruction that the end of the file cuts off.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    escape = _escape(lines)
    opened: list[re.Match[str]] = []  # here-documents that are open, innermost last to be read
    said, goes_on, start = "", False, 0
    for number, line in enumerate(lines, 1):
        comment = line.lstrip().startswith("#")
        if opened:
            inner = line.lstrip("\t") if opened[0]["tabs"] else line
            if inner == opened[0]["word"]:
                opened = opened[1:]
            else:
                bodies[start][-len(opened)].append(inner)
            yield "#"
        elif goes_on and not line:
            yield "#"
        elif comment:
            yield line
        else:
            said, start = (f"{said}{line}", start) if goes_on else (line, number)
            goes_on = line.endswith(escape)
            opened = [] if goes_on else _heredocs(said)
            bodies[start] = [[] for _ in opened]
            yield line.removesuffix(escape) if number == len(lines) else line


def _escape(lines: list[str]) -> str:
    for line in lines:
        if match := _ESCAPE.match(line.strip()):
            return match[1]
        if not _DIRECTIVE.match(line.strip()):
            break
    return "\\"


def _heredocs(said: str) -> list[re.Match[str]]:
    words = said.split(None, 2)
    keyword = words[1 if words[:1] and words[0].upper() == "ONBUILD" and len(words) > 1 else 0] if words else ""
    return list(_HEREDOC.finditer(said)) if keyword.upper() in ("RUN", "COPY", "ADD") else []
