"""The ui service; start it with `gunicorn … "ui.app:main()"`."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from flask import Flask
from reddit_common import health, metrics, settings, web
from reddit_common.pages import site
from reddit_common.pages.source import Everybody
from reddit_common.requestlog import request_id

from ui.clients import Client
from ui.source import Services

# A name that no longer resolves can take longer than any timeout of the HTTP client.
PATIENCE_SECONDS: Final = 2.5
PROBES: Final = 8


def main() -> Flask:
    """Return the application for gunicorn, configured from the process's environment."""
    return web.started("ui", lambda: create_app(os.environ))


def create_app(env: Mapping[str, str]) -> Flask:
    """Return the application; `env` has {POST,COMMENT}_SERVICE_{HOST,PORT}, SESSION_KEY_FILE and APP_HOME."""
    post = Client("post", settings.address(env, "POST_SERVICE", "post", 5000))
    comment = Client("comment", settings.address(env, "COMMENT_SERVICE", "comment", 9292))
    version, registry = settings.version(env), metrics.registry()
    app = site.create("ui", version, settings.session_key(env), Services(post, comment), Everybody())
    state = health.Health(version, probe([comment, post]))
    state.gauges("ui", {part: f"{part}_availability" for part in ("post", "comment")}, registry)
    health.serve(app, state)
    metrics.serve(app, registry, state.check)
    return app


def probe(clients: list[Client]) -> Callable[[], dict[str, bool]]:
    """Return a health probe that asks all services at once; who has not answered in time is away."""
    pool = ThreadPoolExecutor(PROBES, thread_name_prefix="health")

    def ask() -> dict[str, bool]:
        asked = {client.part: pool.submit(client.healthy, request_id()) for client in clients}
        wait(asked.values(), timeout=PATIENCE_SECONDS)
        return {part: _well(answer) for part, answer in asked.items()}

    return ask


def _well(answer: Future[bool]) -> bool:
    if answer.done() and not answer.cancelled():
        return answer.result()
    answer.cancel()
    return False
