"""An HTTP proxy, run by test_base inside a world, behind which a Debian mirror of another name is found.

PORT, then the URIs that stand behind http://mirror.invalid/archive and /security. Every path asked for is printed.
"""

from __future__ import annotations

import http.server
import shutil
import sys
import urllib.error
import urllib.request

BEHIND: dict[str, str] = {}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Hand requests for mirror.invalid on to the real mirror; there is nothing else."""

    def do_GET(self) -> None:
        """Answer one request, which names a whole URI as a proxy is asked."""
        print(self.path, flush=True)
        start = next((start for start in BEHIND if self.path.startswith(f"{start}/")), None)
        if start is None:
            self.send_error(404)
            return
        try:
            with urllib.request.urlopen(BEHIND[start] + self.path.removeprefix(start)) as answer:  # noqa: S310
                self.send_response(200)
                self.send_header("Content-Length", answer.headers["Content-Length"])
                self.end_headers()
                shutil.copyfileobj(answer, self.wfile)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)


def main() -> None:
    """Serve until ended."""
    archive, security = (uri.rstrip("/") for uri in sys.argv[2:4])
    BEHIND.update({"http://mirror.invalid/archive": archive, "http://mirror.invalid/security": security})
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Proxy).serve_forever()


if __name__ == "__main__":
    main()
