"""One request id and one log line for every request."""

import re
import time
import uuid
from typing import Final

import structlog
from flask import Flask, Response, g, request

from reddit_common.logs import logger

HEADER: Final = "Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}", re.ASCII)


def install(app: Flask) -> None:
    """Give every request of this application an id and a log line."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """Return the id of the request that is being answered."""
    found: str = g.request_id
    return found


def elapsed() -> float:
    """Return how many seconds the request has been in work."""
    return time.perf_counter() - float(g.started)


def _begin() -> None:
    g.started = time.perf_counter()
    sent = request.headers.get(HEADER, "")
    g.request_id = sent if _ACCEPTED.fullmatch(sent) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    logger().info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        duration=round(elapsed(), 6),
    )
    return response
