"""The monolith's web server; start it with `gunicorn … "monolith.app:main()"`."""

import os
from collections.abc import Mapping

from flask import Flask
from prometheus_client import CollectorRegistry
from reddit_common import database, health, metrics, settings, web
from reddit_common.database import Database
from reddit_common.models import Comment, NewComment, NewPost, Post, Vote
from reddit_common.pages import site
from reddit_common.stores import Comments, Posts

from monolith.access import Accounts as Access
from monolith.accounts import Accounts
from monolith.views import pages


def main() -> Flask:
    """Return the application for gunicorn, configured from the process's environment."""
    return web.started("monolith", lambda: create_app(os.environ))


def create_app(env: Mapping[str, str]) -> Flask:
    """Return the application; `env` has DATABASE_URL (host:port), SESSION_KEY_FILE and APP_HOME."""
    where = settings.address_from_url("DATABASE_URL", env.get("DATABASE_URL") or "127.0.0.1:27017")
    storage = Database(where, "reddit", "database")
    version, registry = settings.version(env), metrics.registry()
    app = site.create("monolith", version, settings.session_key(env), Stores(storage, registry), Access())
    app.register_blueprint(pages(Accounts(storage)))
    state = health.Health(version, database.probe({"db": storage}))
    state.gauges("monolith", {"db": "mongo_availability"}, registry)
    health.serve(app, state)
    metrics.serve(app, registry, state.check)
    return app


class Stores:
    """The pages' data, straight from the database."""

    def __init__(self, storage: Database, registry: CollectorRegistry) -> None:
        self._posts = Posts(storage, registry)
        self._comments = Comments(storage, registry)

    def posts(self) -> list[Post]:
        """Return all posts, newest first."""
        return self._posts.all()

    def post(self, post_id: str) -> Post:
        """Return one post."""
        return self._posts.get(post_id)

    def add_post(self, new: NewPost) -> None:
        """Store a post."""
        self._posts.add(new)

    def vote(self, vote: Vote) -> None:
        """Count a vote."""
        self._posts.vote(vote)

    def comments(self, post_id: str) -> list[Comment]:
        """Return the comments on a post, oldest first."""
        return self._comments.of(post_id)

    def add_comment(self, new: NewComment) -> None:
        """Store a comment."""
        self._comments.add(new)
