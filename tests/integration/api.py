"""The services behind the ui, which publish nothing: asked at their containers' addresses, or through ssh where it is far."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

from checks.testing import Stack

_PORTS = {"post": 5000, "comment": 9292}
_DATABASES = {"posts": "users_post", "comments": "comments"}
_COUNT = (
    "import json, pymongo, sys; client = pymongo.MongoClient('post_db', 27017); "
    "print(*(client[name][kind].count_documents({field: value}) for name, kind, field, value in json.loads(sys.argv[1])))"
)


def url(stack: Stack, name: str, path: str) -> str:
    """Return the address of a path of post or comment."""
    address, port = stack[name].at(_PORTS[name])
    return f"http://{address}:{port}{path}"


def posts(stack: Stack) -> list[dict[str, Any]] | None:
    """Return all posts, None where the service says that it has no database."""
    answer = requests.get(url(stack, "post", "/posts"), timeout=10)
    return list(answer.json()) if answer.status_code == 200 else None


def post(stack: Stack, number: str) -> dict[str, Any]:
    """Return a post."""
    return dict(requests.get(url(stack, "post", f"/post/{number}"), timeout=10).json())


def add_post(stack: Stack, title: str) -> int:
    """Add a post and return the status of the answer."""
    form = {"title": title, "link": "https://example.org/", "created_at": str(int(time.time()))}
    return requests.post(url(stack, "post", "/add_post"), form, timeout=10).status_code


def stored(stack: Stack, *questions: tuple[str, str, str]) -> list[int]:
    """Count documents for each (collection, field, value), by the wire protocol, with the driver that is in post's image."""
    asked = json.dumps([(_DATABASES[collection], collection, field, value) for collection, field, value in questions])
    answer = stack["post"].host.check_output("/opt/venv/bin/python -c %s %s", _COUNT, asked)
    return [int(count) for count in answer.split()]
