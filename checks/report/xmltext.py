"""What XML can hold: a log may print any character, a report that nobody can read is none."""

from __future__ import annotations

import re

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return a text with the characters replaced that XML does not know."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
