"""A registry that answers and then fails, run by test_base inside a world: PORT, and how it fails.

500: after the first question, server errors · dies: ends in the middle of an image · silent: takes connections
and never says a word · portal: answers every question with a page, as a login portal does · teapot: refuses at once
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import socket
import sys
import time

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LAYER = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 100, "digest": f"sha256:{'a' * 64}"}
_CONFIG = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 50, "digest": f"sha256:{'b' * 64}"}


class Registry(http.server.BaseHTTPRequestHandler):
    """Answer the first question as a registry does, and fail at the next."""

    mode = "500"

    def do_GET(self) -> None:
        """Answer one request."""
        if self.mode == "portal":
            self._say(302, b"", {"Location": "/login"})
        elif self.mode == "teapot":
            self._say(418, b"", {})
        elif self.path == "/v2/":
            self._say(200, b"{}", {})
        elif self.mode == "dies" and "/manifests/" in self.path:
            text = json.dumps(
                {"schemaVersion": 2, "mediaType": MANIFEST, "config": _CONFIG, "layers": [_LAYER]}
            ).encode()
            digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
            self._say(200, text, {"Content-Type": MANIFEST, "Docker-Content-Digest": digest})
        elif self.mode == "dies":
            os._exit(1)
        else:
            self._say(500, b"{}", {})

    def do_HEAD(self) -> None:
        """Answer one request for the head alone."""
        self.do_GET()

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def main() -> None:
    """Serve until ended."""
    port, Registry.mode = int(sys.argv[1]), sys.argv[2]
    if Registry.mode == "silent":
        with socket.create_server(("127.0.0.1", port)):
            time.sleep(600)
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Registry).serve_forever()


if __name__ == "__main__":
    main()
