"""The post and comment services over HTTP: pooled connections, time limits, the request id passed on."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import urllib3
from reddit_common.errors import InvalidError, MissingError, UnavailableError
from reddit_common.logs import logger
from reddit_common.requestlog import HEADER, request_id
from reddit_common.settings import Address
from urllib3.exceptions import HTTPError

# A service has 2 s to find out that its own database is away, and must still be able to say so.
TIMEOUT: Final = urllib3.Timeout(connect=1.0, read=3.0)
_T = TypeVar("_T")


class Client:
    """One service, known to people as `part`; what it refuses, does not have or cannot do is raised."""

    def __init__(self, part: str, where: Address) -> None:
        self.part = part
        # No retries: a vote that was sent twice counts twice.
        self._pool = urllib3.HTTPConnectionPool(where.host, where.port, maxsize=32, timeout=TIMEOUT, retries=False)

    def get(self, path: str, read: Callable[[Any], _T]) -> _T:
        """Return what `read` makes of the JSON at `path`; JSON of another shape means that the service is not well."""
        data = self._send("GET", path, None)
        try:
            return read(json.loads(data))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise self._away(f"unreadable answer to GET {path}") from error

    def post(self, path: str, form: Mapping[str, str]) -> None:
        """Send a form."""
        self._send("POST", path, form)

    def healthy(self, passed_on: str) -> bool:
        """Tell whether the service says of itself that it is well; `passed_on` is the request id."""
        try:
            answer = self._pool.request("GET", "/healthcheck", headers={HEADER: passed_on})
            return bool(answer.status == 200 and answer.json()["status"] == 1)
        except (HTTPError, ValueError, TypeError, LookupError):
            return False

    def _send(self, method: str, path: str, form: Mapping[str, str] | None) -> bytes:
        headers = {HEADER: request_id(), "Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._pool.request(method, path, body=urlencode(form or {}), headers=headers, redirect=False)
        except HTTPError as error:
            raise self._away(f"{type(error).__name__}: {error}"[:300]) from error
        return self._checked(answer.status, answer.data)

    def _checked(self, status: int, data: bytes) -> bytes:
        if status == 400:
            raise InvalidError(_reason(data))
        if status == 404:
            raise MissingError(_reason(data))
        if status != 200:
            raise self._away(f"status {status}")
        return data

    def _away(self, reason: str) -> UnavailableError:
        logger().warning("service away", part=self.part, reason=reason)
        return UnavailableError(self.part)


def _reason(data: bytes) -> str:
    try:
        return str(json.loads(data)["error"])
    except (ValueError, TypeError, LookupError):
        return "refused without a reason"
