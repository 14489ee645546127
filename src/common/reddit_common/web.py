"""The application factory that all services share: limits, request ids, headers, and errors turned into answers."""

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, InternalServerError

from reddit_common import logs, requestlog
from reddit_common.errors import ConfigError, InvalidError, MissingError, UnavailableError
from reddit_common.logs import logger
from reddit_common.settings import LARGEST_BODY

Answer = Callable[[int, str], ResponseReturnValue]

# No script, no frame, nothing from elsewhere: what somebody manages to inject has nowhere to go.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def json_error(status: int, reason: str) -> ResponseReturnValue:
    """Answer an error as JSON: `{"error": reason}`."""
    return jsonify(error=reason), status


def create(service: str, answer: Answer = json_error) -> Flask:
    """Return a Flask application that logs, limits and answers errors the way all services do.

    `answer` turns a status and a reason into what the client gets: JSON for services, a page for people.
    """
    app = Flask(service, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY, MAX_FORM_PARTS=64)
    requestlog.install(app)
    app.after_request(_add_headers)
    _answer_errors(app, answer)
    return app


def started(service: str, build: Callable[[], Flask]) -> Flask:
    """Build the application for gunicorn; where the environment is wrong, say why in one line and end the server."""
    logs.configure(service)
    try:
        app = build()
    except ConfigError as error:
        logger().critical("refused to start", reason=str(error))
        # Any other code makes gunicorn start another worker, for ever.
        raise SystemExit(Arbiter.APP_LOAD_ERROR) from error
    logger().info("started", version=app.config.get("VERSION"))
    return app


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _answer_errors(app: Flask, answer: Answer) -> None:
    app.register_error_handler(InvalidError, lambda error: answer(400, str(error)))
    app.register_error_handler(MissingError, lambda error: answer(404, str(error)))
    app.register_error_handler(UnavailableError, lambda error: answer(503, str(error)))
    app.register_error_handler(HTTPException, lambda error: _http_error(error, answer))
    # A body in chunks is read as a form is looked at, so it is here that its framing turns out to be broken.
    app.register_error_handler(ParseException, lambda _: answer(400, "The body of the request is malformed"))
    app.register_error_handler(Exception, lambda error: _bug(error, answer))


def _http_error(error: HTTPException, answer: Answer) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:  # a redirect that the router asks for
        return error.get_response()
    response = current_app.make_response(answer(status, error.description or error.name))
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _bug(error: Exception, answer: Answer) -> ResponseReturnValue:
    logger().error("unexpected error", exc_info=error)
    return answer(500, str(InternalServerError.description))
