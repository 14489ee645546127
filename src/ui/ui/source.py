"""The pages' data, fetched from the post and comment services."""

from collections.abc import Mapping
from typing import Any

from reddit_common.models import Comment, NewComment, NewPost, Post, Vote

from ui.clients import Client


class Services:
    """Posts and comments from the two services."""

    def __init__(self, post: Client, comment: Client) -> None:
        self._post = post
        self._comment = comment

    def posts(self) -> list[Post]:
        """Return all posts, newest first."""
        return self._post.get("/posts", lambda found: [_post(each) for each in found])

    def post(self, post_id: str) -> Post:
        """Return one post."""
        return self._post.get(f"/post/{post_id}", _post, may_miss=True)

    def add_post(self, new: NewPost) -> None:
        """Have a post stored."""
        form = {"title": new.title, "link": new.link, "created_at": str(new.created_at)}
        self._post.post("/add_post", form)

    def vote(self, vote: Vote) -> None:
        """Have a vote counted."""
        self._post.post("/vote", {"id": vote.post_id, "type": str(vote.change)})

    def comments(self, post_id: str) -> list[Comment]:
        """Return the comments on a post, oldest first."""
        return self._comment.get(f"/{post_id}/comments", lambda found: [_comment(each) for each in found])

    def add_comment(self, new: NewComment) -> None:
        """Have a comment stored."""
        form = {"post_id": new.post_id, "name": new.name, "email": new.email, "body": new.body}
        self._comment.post("/add_comment", {**form, "created_at": str(new.created_at)})


def _post(fields: Mapping[str, Any]) -> Post:
    return Post.from_fields(str(fields["_id"]["$oid"]), fields)


def _comment(fields: Mapping[str, Any]) -> Comment:
    return Comment.from_fields(str(fields["_id"]["$oid"]), fields)
