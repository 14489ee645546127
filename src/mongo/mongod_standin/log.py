"""Log lines in the shape of mongod's own: one JSON object a line on stdout."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

SEVERITY: Final = {"CRITICAL": "F", "ERROR": "E", "WARNING": "W", "INFO": "I", "DEBUG": "D1"}


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "t": {"$date": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")},
            "s": SEVERITY.get(record.levelname, "I"),
            "c": record.name.rsplit(".", 1)[-1].upper(),
            "ctx": record.threadName,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            line["attr"] = {"error": self.formatException(record.exc_info)}
        return json.dumps(line)


def configure() -> None:
    """Send everything that this process logs to stdout."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
