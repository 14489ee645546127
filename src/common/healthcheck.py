"""The health check of an image: `healthcheck.py PORT [well]`.

Ends with 0 where /healthcheck answers, with `well` only where it says `"status": 1`. No import but these: it runs every
second beside the service, and `http.client` alone would double its time.
"""

import json
import socket
import sys
from typing import Final

TIMEOUT_SECONDS: Final = 2.8
REQUEST: Final = b"GET /healthcheck HTTP/1.0\r\nHost: localhost\r\nRequest-Id: healthcheck\r\n\r\n"


def answer(port: int) -> bytes:
    """Return the whole answer of the service on this port."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        connection.sendall(REQUEST)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def is_well(response: bytes, *, by_status: bool) -> bool:
    """Tell whether this answer is that of a healthy service."""
    head, _, body = response.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1:2] != [b"200"]:
        return False
    return not by_status or json.loads(body).get("status") == 1


def main(argv: list[str]) -> int:
    """Check the port in `argv` and return the exit code."""
    try:
        return int(not is_well(answer(int(argv[0])), by_status=argv[1:] == ["well"]))
    except (OSError, ValueError) as error:
        print(f"no healthy answer: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
