"""Structured logs: one JSON object a line on stdout, from the services, gunicorn and libraries alike."""

import logging
import logging.config
import sys
from typing import Any

import structlog
from gunicorn.config import Config
from gunicorn.glogging import Logger as GunicornLogger
from structlog.typing import EventDict, Processor, WrappedLogger


def configure(service: str) -> None:
    """Send everything that this process logs to stdout as JSON lines with `service`, `event`, `level`, `timestamp`."""
    shared = _processors(service)
    logging.config.dictConfig(_stdlib(shared))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logger() -> structlog.stdlib.BoundLogger:
    """Return the logger of the application."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger("reddit")
    return bound


class JsonLogger(GunicornLogger):
    """Gunicorn's logger, writing through ours; its access log is off because the application logs every request."""

    def setup(self, cfg: Config) -> None:
        """Hand gunicorn's messages to the root logger, which configure() set up."""
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(cfg.loglevel.upper())
        self.access_log.disabled = True

    def exception(self, msg: object, *args: object, **how: Any) -> None:
        """Say in a line that a client stalled (gunicorn_conf.CLIENT_SECONDS); log anything else with its traceback."""
        if isinstance(sys.exc_info()[1], BlockingIOError):
            self.error_log.info("client stalled")
        else:
            super().exception(msg, *args, **how)

    def reopen_files(self) -> None:
        """Do nothing: there are no files, and stdout must not be closed."""

    def close_on_exec(self) -> None:
        """Do nothing: there are no files, and stdout belongs to the whole process."""

    def access(self, *_: object) -> None:
        """Write nothing: the application has written its own line."""


def _processors(service: str) -> list[Processor]:
    def name_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        name_service,
    ]


def _stdlib(shared: list[Processor]) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["stdout"], "level": "INFO"},
        # Both tell at INFO and below what our own request line says better.
        "loggers": {"pymongo": {"level": "WARNING"}, "urllib3": {"level": "ERROR"}},
    }
