"""A fake of Google's compute API on loopback: the list of a project's instances, in two pages, behind a token.

The inventory plugin names its host in its source, so the fake is reached as a proxy: what connects to that host through it
speaks to the fake, with a certificate of an authority of the test's own. Nothing is handed on to anybody.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy import authority

HOSTS = ("www.googleapis.com", "oauth2.googleapis.com")
TOKEN = "a-token-of-the-test"
LIST = "/compute/v1/projects/{}/aggregated/instances"
NETWORK = "https://www.googleapis.com/compute/v1/projects/{}/global/networks/default"


@dataclass
class Fake:
    """What was asked: method, host and path with query, and what the token request had. `port` is the proxy's."""

    port: int
    ca: Path
    project: str
    instances: list[dict[str, Any]]
    asked: list[tuple[str, str]] = field(default_factory=list)
    refuse: bool = False

    def env(self) -> dict[str, str]:
        """Return the variables that lead a client of Google's here."""
        proxy = f"http://127.0.0.1:{self.port}"
        return {"HTTPS_PROXY": proxy, "https_proxy": proxy, "REQUESTS_CA_BUNDLE": str(self.ca), "NO_PROXY": ""}


def instance(project: str, name: str, *tags: str, public: str = "", **labels: str) -> dict[str, Any]:
    """Return an instance as the API describes it."""
    base = f"https://www.googleapis.com/compute/v1/projects/{project}/zones/europe-west1-d"
    access = [{"name": "nat", "natIP": public}] if public else []
    return {
        "name": name,
        "status": "RUNNING",
        "selfLink": f"{base}/instances/{name}",
        "zone": base,
        "machineType": f"{base}/machineTypes/g1-small",
        "labels": labels,
        "tags": {"items": list(tags)} if tags else {},
        "networkInterfaces": [
            {
                "network": NETWORK.format(project),
                "networkIP": "10.132.0.7",
                **({"accessConfigs": access} if access else {}),
            }
        ],
        "metadata": {"items": [{"key": "enable-oslogin", "value": "TRUE"}]},
    }


def _handler(fake: Fake, context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    """Return what answers for the fake, behind the TLS of `context`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            host = self.path.rpartition(":")[0]
            if host not in HOSTS:
                fake.asked.append(("CONNECT", self.path))
                self.send_error(403)
                return
            self.send_response(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
            self.close_connection = False

        def do_GET(self) -> None:
            fake.asked.append(("GET", self.path))
            if fake.refuse or self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._say(401, {"error": {"code": 401, "errors": [{"message": "Invalid Credentials"}]}})
            elif urlsplit(self.path).path == LIST.format(fake.project):
                self._say(200, _page(fake, parse_qs(urlsplit(self.path).query)))
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            fake.asked.append(("POST", self.path))
            self._say(200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})

        def _say(self, code: int, what: dict[str, Any]) -> None:
            body = json.dumps(what).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def finish(self) -> None:
            super().finish()
            self.connection.close()  # the server closes what it accepted, not what that was wrapped in

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextlib.contextmanager
def up(folder: Path, project: str, instances: list[dict[str, Any]]) -> Iterator[Fake]:
    """Run the fake."""
    made = authority.make(folder / "authority")
    pair = made.issue("google", ",".join(f"DNS:{name}" for name in HOSTS))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    fake = Fake(0, made.ca, project, instances)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake, context))
    server.daemon_threads = True
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(fake: Fake, query: dict[str, list[str]]) -> dict[str, Any]:
    """Return one page of the list: the first instance, then the others; filtered by labels as the real API filters."""
    words = query["filter"][0]
    wanted = [one for one in fake.instances if f"labels.env = {one['labels'].get('env')}" in words]
    second = "pageToken" in query
    chosen = wanted[1:] if second else wanted[:1]
    zones = {"zones/europe-west1-d": {"instances": chosen}} if chosen else {}
    empty = {"zones/europe-west1-b": {"warning": {"code": "NO_RESULTS_ON_PAGE"}}}
    return {"items": {**zones, **empty}, **({} if second else {"nextPageToken": "more"})}
