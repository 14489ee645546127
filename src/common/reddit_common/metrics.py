"""Prometheus metrics: one registry for each application, served at /metrics."""

from collections.abc import Callable

from flask import Flask, Response
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest


def registry() -> CollectorRegistry:
    """Return a new registry that already tells about the process."""
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    return made


def serve(app: Flask, served: CollectorRegistry, refresh: Callable[[], object]) -> None:
    """Serve the registry at /metrics; `refresh` sets the gauges that are only known by asking."""

    @app.get("/metrics")
    def metrics() -> Response:
        refresh()
        return Response(generate_latest(served), content_type=CONTENT_TYPE_PLAIN_0_0_4)
