"""The pages to sign up, log in and log out."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from reddit_common.errors import InvalidError

from monolith.access import let_in, let_out
from monolith.accounts import Accounts

Admit = Callable[[Mapping[str, str]], str]


def pages(accounts: Accounts) -> Blueprint:
    """Return the pages over these accounts."""
    made = Blueprint("accounts", "monolith", template_folder="templates")

    @made.get("/signup")
    def signup() -> str:
        return render_template("signup.html", name="")

    @made.get("/login")
    def login() -> str:
        return render_template("login.html", name="")

    @made.post("/signup")
    def sign_up() -> ResponseReturnValue:
        return _admit(accounts.sign_up, "signup.html", 400)

    @made.post("/login")
    def log_in() -> ResponseReturnValue:
        return _admit(accounts.log_in, "login.html", 401)

    @made.get("/logout")
    def logout() -> ResponseReturnValue:
        let_out()
        return redirect(url_for("pages.home"), 303)

    return made


def _admit(admit: Admit, template: str, refused: int) -> ResponseReturnValue:
    try:
        name = admit(request.form)
    except InvalidError as error:
        flash(str(error), "error")
        return render_template(template, name=request.form.get("name", "")), refused
    let_in(name)
    return redirect(url_for("pages.home"), 303)
