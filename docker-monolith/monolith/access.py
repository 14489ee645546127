"""Who is logged in, kept in the signed session; voting and commenting need somebody to be."""

from flask import flash, redirect, session, url_for
from flask.typing import ResponseReturnValue

_NAME = "account"


class Accounts:
    """Access for who has logged in."""

    accounts = True

    def name(self) -> str | None:
        """Return the name of who is logged in."""
        return session.get(_NAME)

    def refusal(self) -> ResponseReturnValue | None:
        """Send somebody who is not logged in to the form for that."""
        if self.name() is not None:
            return None
        flash("Log in to vote and to comment.", "error")
        return redirect(url_for("accounts.login"), 303)


def let_in(name: str) -> None:
    """Start a new session for this name; nothing of the old one stays, so nobody can have prepared it."""
    session.clear()
    session[_NAME] = name


def let_out() -> None:
    """End the session."""
    session.clear()
