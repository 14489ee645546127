"""The post service's requests; start it with `gunicorn … "post.app:main()"`."""

import os
from collections.abc import Mapping

from flask import Flask, Response, jsonify, request
from reddit_common import database, health, metrics, settings, validation, web
from reddit_common.database import Database
from reddit_common.stores import Posts


def main() -> Flask:
    """Return the application for gunicorn, configured from the process's environment."""
    return web.started("post", lambda: create_app(os.environ))


def create_app(env: Mapping[str, str]) -> Flask:
    """Return the application; `env` has POST_DATABASE_HOST, POST_DATABASE_PORT, POST_DATABASE and APP_HOME."""
    where = settings.address(env, "POST_DATABASE", "post_db", 27017)
    storage = Database(where, env.get("POST_DATABASE") or "users_post", "postdb")
    registry = metrics.registry()
    state = health.Health(settings.version(env), database.probe({"postdb": storage}))
    state.gauges("post", {"postdb": "mongo_availability"}, registry)
    app = web.create("post")
    app.config["VERSION"] = state.version
    _serve_posts(app, Posts(storage, registry))
    health.serve(app, state)
    metrics.serve(app, registry, state.check)
    return app


def _serve_posts(app: Flask, posts: Posts) -> None:
    @app.get("/posts")
    def all_posts() -> Response:
        return jsonify([post.to_json() for post in posts.all()])

    @app.get("/post/<post_id>")
    def one_post(post_id: str) -> Response:
        return jsonify(posts.get(validation.object_id(post_id)).to_json())

    @app.post("/add_post")
    def add_post() -> Response:
        posts.add(validation.new_post(request.form))
        return _ok()

    @app.post("/vote")
    def vote() -> Response:
        posts.vote(validation.vote(request.form.get("id", ""), request.form.get("type", "")))
        return _ok()


def _ok() -> Response:
    return Response("OK", content_type="text/plain; charset=utf-8")
