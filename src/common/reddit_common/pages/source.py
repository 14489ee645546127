"""Where the pages get their data from, and who may do what."""

from dataclasses import dataclass
from typing import Protocol

from flask.typing import ResponseReturnValue

from reddit_common.models import Comment, NewComment, NewPost, Post, Vote


class Source(Protocol):
    """Posts and comments; methods raise UnavailableError where a part is away, MissingError for what is not there."""

    def posts(self) -> list[Post]:
        """Return all posts, newest first."""

    def post(self, post_id: str) -> Post:
        """Return one post."""

    def add_post(self, new: NewPost) -> None:
        """Store a post."""

    def vote(self, vote: Vote) -> None:
        """Count a vote."""

    def comments(self, post_id: str) -> list[Comment]:
        """Return the comments on a post, oldest first."""

    def add_comment(self, new: NewComment) -> None:
        """Store a comment."""


class Access(Protocol):
    """Who is asking, and what to answer somebody who must log in first."""

    @property
    def accounts(self) -> bool:
        """Tell whether there are accounts at all."""

    def name(self) -> str | None:
        """Return the name of who is logged in."""

    def refusal(self) -> ResponseReturnValue | None:
        """Return the answer to somebody who may neither vote nor comment; None where they may."""


@dataclass(frozen=True)
class Everybody:
    """No accounts: everybody may do everything."""

    accounts: bool = False  # nobody can log in

    def name(self) -> str | None:
        """Return no name."""
        return None

    def refusal(self) -> ResponseReturnValue | None:
        """Refuse nobody."""
        return None
