"""Makes a web application with pages: sessions, csrf tokens, templates, error pages."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect  # type: ignore[import-untyped]

from reddit_common import web
from reddit_common.pages.source import Access, Source
from reddit_common.pages.views import Views
from reddit_common.validation import is_link

STYLE_SECONDS: Final = 3600


def create(service: str, version: str, key: bytes, source: Source, access: Access) -> Flask:
    """Return the web application that shows `source`; `key` signs its sessions."""
    app = web.create(service, answer=error_page)
    app.config.update(
        VERSION=version,
        SECRET_KEY=key,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=STYLE_SECONDS,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open over lunch
    )
    CSRFProtect(app)
    app.register_error_handler(CSRFError, _csrf_error)
    app.jinja_env.tests["link"] = is_link
    app.jinja_env.filters["when"] = when
    app.context_processor(lambda: {"access": access, "version": version})
    app.register_blueprint(_pages(Views(source, access)))
    return app


def error_page(status: int, reason: str) -> ResponseReturnValue:
    """Answer an error as a page for people."""
    return render_template("error.html", status=status, phrase=HTTPStatus(status).phrase, reason=reason), status


def when(seconds: int) -> str:
    """Show epoch seconds to a person; what is no time at all is shown as nothing."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return ""


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    return error_page(400, f"{error.description} Go back, reload the page and send the form again.")


def _pages(views: Views) -> Blueprint:
    pages = Blueprint(
        "pages", "reddit_common.pages", template_folder="templates", static_folder="static", static_url_path="/static"
    )
    pages.add_url_rule("/", view_func=views.home, endpoint="home")
    pages.add_url_rule("/new", view_func=views.new, endpoint="new")
    pages.add_url_rule("/new", view_func=views.add_post, endpoint="add_post", methods=["POST"])
    pages.add_url_rule("/post/<post_id>", view_func=views.post, endpoint="post")
    pages.add_url_rule("/post/<post_id>/vote/<kind>", view_func=views.vote, endpoint="vote", methods=["POST"])
    pages.add_url_rule("/post/<post_id>/comment", view_func=views.add_comment, endpoint="comment", methods=["POST"])
    return pages
