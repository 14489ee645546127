"""A registry that answers and then fails, run by test_base inside a world: PORT, and how it fails.

500: after the first question, server errors · dies: ends in the middle of an image · silent: takes connections
and never says a word · portal: answers every question with a page, as a login portal does · teapot: refuses at once
truncated: promises more of an image than it sends · slow: takes a second for each answer, and gives an image with a file
"""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import os
import socket
import sys
import tarfile
import time

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LAYER = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 100, "digest": f"sha256:{'a' * 64}"}
_CONFIG = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 50, "digest": f"sha256:{'b' * 64}"}
SLOW_SECONDS = 1.0


def image() -> dict[str, bytes]:
    """Return a whole image of one file, `note`: its manifest ("") and what that names, by digest."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tarfile.TarInfo("note")
        entry.size = 6
        tar.addfile(entry, io.BytesIO(b"noted\n"))
    packed = gzip.compress(layer.getvalue(), mtime=0)
    rootfs = {"type": "layers", "diff_ids": [_digest(layer.getvalue())]}
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    kinds = {"layers": [{**_LAYER, "size": len(packed), "digest": _digest(packed)}]}
    named = {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": len(config),
        "digest": _digest(config),
    }
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": named, **kinds}).encode()
    return {"": manifest, _digest(packed): packed, _digest(config): config}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


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
        elif self.mode in ("slow", "truncated"):
            self._give(image())
        else:
            self._say(500, b"{}", {})

    def do_HEAD(self) -> None:
        """Answer one request for the head alone."""
        self.do_GET()

    def _give(self, parts: dict[str, bytes]) -> None:
        """Give a part of an image, late or half of it."""
        if self.mode == "slow":
            time.sleep(SLOW_SECONDS)
        body = parts.get("" if "/manifests/" in self.path else self.path.rpartition("/")[2])
        if body is None:
            self._say(404, b"{}", {})
            return
        kind = MANIFEST if "/manifests/" in self.path else "application/octet-stream"
        sent = body if self.mode == "slow" else body[: len(body) // 2]
        told = {"Content-Type": kind, "Docker-Content-Digest": _digest(body), "Content-Length": str(len(body))}
        self._say(200, sent, told)
        self.close_connection = True

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
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
