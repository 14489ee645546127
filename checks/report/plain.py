"""Text for terminals and logs: on one line, without what a terminal would obey, counted in words."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 file`, `2 files`; `many` is for what takes more than an s: `1 entry is`, `2 entries are`."""
    return f"{number} {one}" if number == 1 else f"{number} {many or f'{one}s'}"


def plain_lines(text: str) -> str:
    """Return a text of several lines without what a terminal would obey."""
    return "\n".join(plain(line) for line in text.split("\n")).rstrip("\n")


def plain(text: str, width: int = 1000) -> str:
    """Return a text on one line without what a terminal would obey: a file's content must not draw on the screen."""
    shown = text if text.isprintable() else "".join(char if char.isprintable() else _visible(char) for char in text)
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def _visible(char: str) -> str:
    if char in "\t\n":
        return " "
    return char.encode("unicode_escape", "backslashreplace").decode()


def painted(text: str, code: str, colour: bool) -> str:
    """Return a text in a colour of the terminal, where colour is wanted."""
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
