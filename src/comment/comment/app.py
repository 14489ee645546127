"""The comment service's requests; start it with `gunicorn … "comment.app:main()"`."""

import os
from collections.abc import Mapping

from flask import Flask, Response, jsonify, request
from reddit_common import database, health, metrics, settings, validation, web
from reddit_common.database import Database
from reddit_common.stores import Comments


def main() -> Flask:
    """Return the application for gunicorn, configured from the process's environment."""
    return web.started("comment", lambda: create_app(os.environ))


def create_app(env: Mapping[str, str]) -> Flask:
    """Return the application; `env` has COMMENT_DATABASE_HOST, COMMENT_DATABASE_PORT, COMMENT_DATABASE and APP_HOME."""
    where = settings.address(env, "COMMENT_DATABASE", "comment_db", 27017)
    storage = Database(where, env.get("COMMENT_DATABASE") or "comments", "commentdb")
    registry = metrics.registry()
    state = health.Health(settings.version(env), database.probe({"commentdb": storage}))
    state.gauges("comment", {"commentdb": "mongo_availability"}, registry)
    app = web.create("comment")
    app.config["VERSION"] = state.version
    _serve_comments(app, Comments(storage, registry))
    health.serve(app, state)
    metrics.serve(app, registry, state.check)
    return app


def _serve_comments(app: Flask, comments: Comments) -> None:
    @app.get("/<post_id>/comments")
    def of_post(post_id: str) -> Response:
        found = comments.of(validation.object_id(post_id, "post_id"))
        return jsonify([comment.to_json() for comment in found])

    @app.post("/add_comment")
    def add_comment() -> Response:
        new = validation.new_comment(request.form, request.form.get("post_id", ""))
        return jsonify(comments.add(new).to_json())
