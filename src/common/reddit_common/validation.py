"""What people send, checked at the edge: functions return a checked value or raise InvalidError with the reason."""

import re
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from reddit_common.errors import InvalidError
from reddit_common.models import NewComment, NewPost, Vote

LONGEST_TITLE: Final = 300
LONGEST_LINK: Final = 2048
LONGEST_NAME: Final = 100
LONGEST_EMAIL: Final = 254
LONGEST_BODY: Final = 10_000
YEAR_10000: Final = 253_402_300_800
INVALID_URL: Final = "Invalid URL"

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# RFC 3986 has none of these unescaped; browsers read a backslash as a slash, so it would change the host.
_NOT_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>\"\\^`{|}]")

Form = Mapping[str, str]


def object_id(value: str, field: str = "id") -> str:
    """Return the 24 hexadecimal digits of an ObjectId, in lower case."""
    if not _OBJECT_ID.fullmatch(value):
        raise InvalidError(f"{field} must be an ObjectId: 24 hexadecimal digits")
    return value.lower()


def is_link(value: str) -> bool:
    """Tell whether this is an absolute http or https URL that is safe to put into a page."""
    if len(value) > LONGEST_LINK or _NOT_IN_A_URL.search(value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or a broken IPv6 address
        return False


def link(form: Form) -> str:
    """Return the form's link."""
    value = form.get("link", "").strip()
    if not is_link(value):
        raise InvalidError(
            f"{INVALID_URL}: link must be an absolute http or https URL of at most {LONGEST_LINK} characters"
        )
    return value


def line(form: Form, field: str, longest: int, *, required: bool = False) -> str:
    """Return one line of text: trimmed, no control characters, at most `longest` characters."""
    value = form.get(field, "").strip()
    if _CONTROL.search(value):
        raise InvalidError(f"{field} must be one line of text without control characters")
    return _measured(value, field, longest, required=required)


def body(form: Form) -> str:
    """Return the text of a comment: lines, at least one character that shows."""
    value = form.get("body", "").strip()
    if _CONTROL_BUT_LINES.search(value):
        raise InvalidError("body must be text without control characters")
    return _measured(value, "body", LONGEST_BODY, required=True)


def created_at(form: Form) -> int:
    """Return the time in epoch seconds; now, where the form has none."""
    value = form.get("created_at", "").strip()
    if not value:
        return int(time.time())
    if not re.fullmatch(r"[0-9]{1,12}", value, re.ASCII) or int(value) >= YEAR_10000:
        raise InvalidError("created_at must be whole seconds since 1970")
    return int(value)


def vote(post_id: str, kind: str) -> Vote:
    """Return a vote for or against a post; `kind` is `1` or `-1`."""
    if kind not in {"1", "-1"}:
        raise InvalidError("type must be 1 or -1")
    return Vote(object_id(post_id), int(kind))


def new_post(form: Form) -> NewPost:
    """Return the post that a form with `title`, `link` and `created_at` describes."""
    return NewPost(line(form, "title", LONGEST_TITLE, required=True), link(form), created_at(form))


def new_comment(form: Form, post_id: str) -> NewComment:
    """Return the comment that a form with `name`, `email`, `body` and `created_at` describes."""
    return NewComment(
        post_id=object_id(post_id, "post_id"),
        name=line(form, "name", LONGEST_NAME),
        email=line(form, "email", LONGEST_EMAIL),
        body=body(form),
        created_at=created_at(form),
    )


def _measured(value: str, field: str, longest: int, *, required: bool) -> str:
    if required and not value:
        raise InvalidError(f"{field} must not be empty")
    if len(value) > longest:
        raise InvalidError(f"{field} has {len(value)} characters, at most {longest} are allowed")
    return value
