"""The words that everything here speaks: posts, comments, and what people send to make them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class NewPost:
    """A post as somebody sent it, checked; `created_at` in epoch seconds."""

    title: str
    link: str
    created_at: int


@dataclass(frozen=True)
class NewComment:
    """A comment as somebody sent it, checked; `created_at` in epoch seconds."""

    post_id: str
    name: str
    email: str
    body: str
    created_at: int


@dataclass(frozen=True)
class Vote:
    """One vote: `change` is 1 or -1."""

    post_id: str
    change: int


@dataclass(frozen=True)
class Post:
    """A stored post; `id` is the 24 hexadecimal digits of its ObjectId."""

    id: str
    title: str
    link: str
    created_at: int
    votes: int

    @classmethod
    def from_fields(cls, post_id: str, fields: Mapping[str, Any]) -> Self:
        """Read a document or JSON object; what an older writer left out gets a neutral value."""
        return cls(
            id=post_id,
            title=str(fields.get("title", "")),
            link=str(fields.get("link", "")),
            created_at=int(fields.get("created_at") or 0),
            votes=int(fields.get("votes") or 0),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object as clients know it, in MongoDB extended JSON."""
        return {
            "_id": {"$oid": self.id},
            "title": self.title,
            "link": self.link,
            "created_at": self.created_at,
            "votes": self.votes,
        }


@dataclass(frozen=True)
class Comment:
    """A stored comment; `id` is the 24 hexadecimal digits of its ObjectId."""

    id: str
    post_id: str
    name: str
    email: str
    body: str
    created_at: int

    @classmethod
    def from_fields(cls, comment_id: str, fields: Mapping[str, Any]) -> Self:
        """Read a document or JSON object; what an older writer left out gets a neutral value."""
        return cls(
            id=comment_id,
            post_id=str(fields.get("post_id", "")),
            name=str(fields.get("name", "")),
            email=str(fields.get("email", "")),
            body=str(fields.get("body", "")),
            created_at=int(fields.get("created_at") or 0),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object as clients know it, in MongoDB extended JSON."""
        return {
            "_id": {"$oid": self.id},
            "post_id": self.post_id,
            "name": self.name,
            "email": self.email,
            "body": self.body,
            "created_at": self.created_at,
        }
