"""Accounts in the database: names and salted, slow hashes of passwords."""

import re
import threading
from collections.abc import Mapping
from typing import Final

from pymongo.errors import DuplicateKeyError
from reddit_common.database import Database
from reddit_common.errors import InvalidError
from werkzeug.security import check_password_hash, generate_password_hash

# 32 MB for each hash that is being made: slow to guess, and bounded by the semaphore below.
METHOD: Final = "scrypt:32768:8:1"
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128
_NAME = re.compile(r"[A-Za-z0-9_.-]{3,32}", re.ASCII)


class Accounts:
    """The collection `accounts`. The key is the name in lower case, so the database itself keeps names apart."""

    def __init__(self, database: Database) -> None:
        self._stored = database.collection("accounts")
        self._hashing = threading.BoundedSemaphore(2)
        # Checked where there is no such account, so that the time taken does not tell which names exist.
        self._nobody = generate_password_hash("nobody", METHOD)

    def sign_up(self, form: Mapping[str, str]) -> str:
        """Store a new account and return its name, or raise InvalidError with the reason."""
        name, password = _new(form)
        with self._hashing:
            hashed = generate_password_hash(password, METHOD)
        try:
            with self._stored.use() as accounts:
                accounts.insert_one({"_id": name.lower(), "name": name, "password": hashed})
        except DuplicateKeyError as error:
            raise InvalidError("This name is taken") from error
        return name

    def log_in(self, form: Mapping[str, str]) -> str:
        """Return the name of the account that name and password belong to, or raise InvalidError."""
        name, password = form.get("name", "").strip(), form.get("password", "")
        with self._stored.use() as accounts:
            account = accounts.find_one({"_id": name.lower()}) or {}
        if not self._matches(str(account.get("password", self._nobody)), password) or not account:
            raise InvalidError("Name or password is wrong")
        return str(account["name"])

    def _matches(self, hashed: str, password: str) -> bool:
        if len(password) > LONGEST_PASSWORD:
            return False
        with self._hashing:
            return check_password_hash(hashed, password)


def _new(form: Mapping[str, str]) -> tuple[str, str]:
    name, password = form.get("name", "").strip(), form.get("password", "")
    if not _NAME.fullmatch(name):
        raise InvalidError("A name has 3 to 32 letters, digits, dots, dashes or underscores")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return name, password
