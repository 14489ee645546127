"""What XML can hold: a log may print any character, a report that nobody can read is none."""

from __future__ import annotations

import re

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return a text with the characters replaced that XML does not know."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
