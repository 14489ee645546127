"""What happens on each page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from reddit_common import validation
from reddit_common.errors import InvalidError, MissingError, UnavailableError
from reddit_common.pages.source import Access, Source

# A draft travels in the session's cookie, and browsers keep 4 KB of that.
LONGEST_DRAFT: Final = 2000
_LABELS: Final = {"title": "Title", "name": "Name", "email": "Email", "body": "Comment"}
_T = TypeVar("_T")


class Views:
    """The pages over a source of data, for whoever `access` lets in."""

    def __init__(self, source: Source, access: Access) -> None:
        self._source = source
        self._access = access

    def home(self) -> ResponseReturnValue:
        """Show all posts."""
        away: list[str] = []
        posts = _unless_away(self._source.posts, away)
        return render_template("index.html", posts=posts, away=away)

    def new(self) -> ResponseReturnValue:
        """Show the form for a new post."""
        return render_template("new.html", draft=_take_draft())

    def add_post(self) -> ResponseReturnValue:
        """Store a new post, or go back to the form and say why not."""
        try:
            self._source.add_post(validation.new_post(_without_time()))
        except InvalidError as error:
            return _back(url_for("pages.new"), _short(error))
        except UnavailableError as error:
            return _back(url_for("pages.new"), f"Your post is not stored: {error}.")
        return redirect(url_for("pages.home"), 303)

    def post(self, post_id: str) -> ResponseReturnValue:
        """Show one post and its comments; 404 where there is none."""
        known = _known_id(post_id)
        away: list[str] = []
        post = _unless_away(lambda: self._source.post(known), away)
        comments = _unless_away(lambda: self._source.comments(known), away)
        return render_template("post.html", post_id=known, post=post, comments=comments, away=away, draft=_take_draft())

    def vote(self, post_id: str, kind: str) -> ResponseReturnValue:
        """Count a vote and go back to the page that it came from."""
        if (refusal := self._access.refusal()) is not None:
            return refusal
        vote = validation.vote(_known_id(post_id), kind)
        try:
            self._source.vote(vote)
        except UnavailableError as error:
            flash(f"Your vote is not counted: {error}.", "error")
        return redirect(_after_vote(vote.post_id), 303)

    def add_comment(self, post_id: str) -> ResponseReturnValue:
        """Store a comment, or go back to the post and say why not."""
        if (refusal := self._access.refusal()) is not None:
            return refusal
        known = _known_id(post_id)
        try:
            self._store_comment(known)
        except InvalidError as error:
            return _back(url_for("pages.post", post_id=known), _short(error))
        except UnavailableError as error:
            return _back(url_for("pages.post", post_id=known), f"Your comment is not stored: {error}.")
        return redirect(url_for("pages.post", post_id=known, _anchor="comments"), 303)

    def _store_comment(self, post_id: str) -> None:
        comment = validation.new_comment(_without_time(), post_id)
        if (name := self._access.name()) is not None:
            comment = replace(comment, name=name)
        self._source.post(post_id)  # MissingError: nobody can comment on what is not there
        self._source.add_comment(comment)


def _unless_away(read: Callable[[], _T], away: list[str]) -> _T | None:
    try:
        return read()
    except UnavailableError as error:
        away.append(error.part)
        return None


def _known_id(post_id: str) -> str:
    try:
        return validation.object_id(post_id)
    except InvalidError as error:
        raise MissingError("There is no such post") from error


def _without_time() -> dict[str, str]:
    """Return the form without a time of its own: on these pages the clock is ours."""
    return {field: value for field, value in request.form.items() if field != "created_at"}


def _short(error: InvalidError) -> str:
    """Return the reason for a person: fields are called what the form calls them."""
    reason = str(error)
    if reason.startswith(validation.INVALID_URL):
        return validation.INVALID_URL
    field, _, rest = reason.partition(" ")
    return f"{_LABELS.get(field, field)} {rest}"


def _back(to: str, message: str) -> ResponseReturnValue:
    flash(message, "error")
    _keep_draft()
    return redirect(to, 303)


def _keep_draft() -> None:
    """Keep what somebody typed for the form that they are sent back to."""
    typed = {field: value for field, value in request.form.items() if field != "csrf_token"}
    if sum(len(value.encode()) for value in typed.values()) <= LONGEST_DRAFT:
        session["draft"] = typed


def _take_draft() -> dict[str, str]:
    draft = session.pop("draft", {})
    return draft if isinstance(draft, dict) else {}


def _after_vote(post_id: str) -> str:
    """Return where to go after a vote; only ever a page of ours, so never what a client sends as an address."""
    if request.form.get("from") == "post":
        return url_for("pages.post", post_id=post_id)
    return url_for("pages.home", _anchor=f"post-{post_id}")
