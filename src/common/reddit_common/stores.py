"""Posts and comments in the database."""

from typing import Any, Final

from bson import ObjectId
from prometheus_client import CollectorRegistry, Counter, Histogram

from reddit_common.database import Database
from reddit_common.errors import MissingError
from reddit_common.models import Comment, NewComment, NewPost, Post, Vote

NEWEST_FIRST: Final = (("created_at", -1), ("_id", -1))
OLDEST_FIRST: Final = (("created_at", 1), ("_id", 1))


class Posts:
    """The collection `posts`, with its metrics `post_count_total` and `post_read_db_seconds`."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        self._stored = database.collection("posts", NEWEST_FIRST)
        self._count = Counter("post_count", "Posts added", registry=registry)
        self._seconds = Histogram("post_read_db_seconds", "Time to read posts from the database", registry=registry)

    def all(self) -> list[Post]:
        """Return all posts, newest first."""
        with self._seconds.time():
            return [_post(found) for found in self._stored.find({}, NEWEST_FIRST)]

    def get(self, post_id: str) -> Post:
        """Return one post, or raise MissingError."""
        with self._seconds.time(), self._stored.use() as posts:
            found = posts.find_one({"_id": ObjectId(post_id)})
        if found is None:
            raise _no_post(post_id)
        return _post(found)

    def add(self, new: NewPost) -> Post:
        """Store a post without votes."""
        document = {"title": new.title, "link": new.link, "created_at": new.created_at, "votes": 0}
        with self._stored.use() as posts:
            made = posts.insert_one(document)
        self._count.inc()
        return Post.from_fields(str(made.inserted_id), document)

    def vote(self, vote: Vote) -> None:
        """Count one vote, or raise MissingError; the database adds, so no vote at the same time is lost."""
        with self._stored.use() as posts:
            result = posts.update_one({"_id": ObjectId(vote.post_id)}, {"$inc": {"votes": vote.change}})
        if not result.matched_count:
            raise _no_post(vote.post_id)


class Comments:
    """The collection `comments`, with its metric `comment_count_total`."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        self._stored = database.collection("comments", (("post_id", 1), *OLDEST_FIRST))
        self._count = Counter("comment_count", "Comments added", registry=registry)

    def of(self, post_id: str) -> list[Comment]:
        """Return all comments on a post, oldest first."""
        return [_comment(found) for found in self._stored.find({"post_id": post_id}, OLDEST_FIRST)]

    def add(self, new: NewComment) -> Comment:
        """Store a comment and return it."""
        document = {
            "post_id": new.post_id,
            "name": new.name,
            "email": new.email,
            "body": new.body,
            "created_at": new.created_at,
        }
        with self._stored.use() as comments:
            made = comments.insert_one(document)
        self._count.inc()
        return Comment.from_fields(str(made.inserted_id), document)


def _no_post(post_id: str) -> MissingError:
    return MissingError(f"There is no post {post_id}")


def _post(document: dict[str, Any]) -> Post:
    return Post.from_fields(str(document["_id"]), document)


def _comment(document: dict[str, Any]) -> Comment:
    return Comment.from_fields(str(document["_id"]), document)
