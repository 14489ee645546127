"""Looking for tools without making them: `checks doctor` changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from checks.errors import MissingToolError

_looking: ContextVar[bool] = ContextVar("looking", default=False)


class NotMadeError(MissingToolError):
    """A tool that is made on first need, and has not been needed yet: said to who only looks."""


@contextlib.contextmanager
def only() -> Iterator[None]:
    """Make nothing meanwhile in this thread: what is not there yet is a NotMadeError."""
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


def refuse(name: str) -> None:
    """Raise NotMadeError where somebody only looks; to be called before anything is made."""
    if _looking.get():
        raise NotMadeError(f"{name} is made when it is needed", "checks tools")
