"""The post and comment services over HTTP: pooled connections, time limits, the request id passed on."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import urllib3
from reddit_common.errors import InvalidError, MissingError, UnavailableError
from reddit_common.logs import logger
from reddit_common.requestlog import HEADER, elapsed, request_id
from reddit_common.settings import Address
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

# A service has 2 s to find out that its own database is away, and must still be able to say so.
CONNECT_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 2.5
# For all that one page asks for, so that it is answered within the time that a stopping server gives it.
PAGE_SECONDS: Final = 3.4
_REFUSALS: Final = {400: InvalidError, 404: MissingError}
_T = TypeVar("_T")


class Client:
    """One service, known to people as `part`; what it refuses, does not have or cannot do is raised."""

    def __init__(self, part: str, where: Address) -> None:
        self.part = part
        # No retries: a vote that was sent twice counts twice.
        self._pool = urllib3.HTTPConnectionPool(where.host, where.port, maxsize=32, timeout=_limit(), retries=False)

    def get(self, path: str, read: Callable[[Any], _T], *, may_miss: bool = False) -> _T:
        """Return what `read` makes of the JSON at `path`; any other answer means that the service is not well.

        With `may_miss` a 404 is an answer too, and raised as MissingError.
        """
        answer = self._send("GET", path, None)
        if may_miss and answer.status == 404:
            raise MissingError(self._reason(answer))
        if answer.status != 200:
            raise self._away(f"status {answer.status} to GET {path}")
        try:
            return read(answer.json())
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise self._away(f"unreadable answer to GET {path}") from error

    def post(self, path: str, form: Mapping[str, str]) -> None:
        """Send a form; what the service refuses is raised as InvalidError or MissingError."""
        answer = self._send("POST", path, form)
        if answer.status in _REFUSALS:
            raise _REFUSALS[answer.status](self._reason(answer))
        if answer.status != 200:
            raise self._away(f"status {answer.status} to POST {path}")

    def healthy(self, passed_on: str) -> bool:
        """Tell whether the service says of itself that it is well; `passed_on` is the request id."""
        try:
            answer = self._pool.request("GET", "/healthcheck", headers={HEADER: passed_on})
            return bool(answer.status == 200 and answer.json()["status"] == 1)
        except (HTTPError, ValueError, TypeError, LookupError):
            return False

    def _send(self, method: str, path: str, form: Mapping[str, str] | None) -> BaseHTTPResponse:
        headers = {HEADER: request_id(), "Content-Type": "application/x-www-form-urlencoded"}
        try:
            body, limit = urlencode(form or {}), _limit(PAGE_SECONDS - elapsed())
            return self._pool.request(method, path, body=body, headers=headers, redirect=False, timeout=limit)
        except HTTPError as error:
            raise self._away(f"{type(error).__name__}: {error}"[:300]) from error

    def _reason(self, answer: BaseHTTPResponse) -> str:
        try:
            return str(answer.json()["error"])
        except (ValueError, TypeError, LookupError) as error:  # a refusal, but not one of ours: somebody else is there
            raise self._away(f"unreadable refusal with status {answer.status}") from error

    def _away(self, reason: str) -> UnavailableError:
        logger().warning("service away", part=self.part, reason=reason)
        return UnavailableError(self.part)


def _limit(left: float = PAGE_SECONDS) -> urllib3.Timeout:
    """Return the time limits of one question, of which there is `left` for the whole page."""
    seconds = max(0.1, min(ANSWER_SECONDS, left))
    return urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds, total=seconds)
