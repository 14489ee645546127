"""Health: what /healthcheck answers, and the same as gauges."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, jsonify
from prometheus_client import CollectorRegistry, Gauge

Probe = Callable[[], Mapping[str, bool]]


class Health:
    """A service's health: it is well when all that it depends on answers.

    `probe` asks all dependencies and returns name → answered; it must end within about 2 s and never raise.
    """

    def __init__(self, version: str, probe: Probe) -> None:
        self.version = version
        self._probe = probe
        self._gauges: dict[str, Gauge] = {}
        self._whole: Gauge | None = None

    def gauges(self, prefix: str, parts: Mapping[str, str], registry: CollectorRegistry) -> None:
        """Register `<prefix>_health`, and `<prefix>_health_<suffix>` for every dependency → suffix in `parts`."""
        self._whole = Gauge(f"{prefix}_health", f"1 where {prefix} and all it depends on are there", registry=registry)
        for part, suffix in parts.items():
            name = f"{prefix}_health_{suffix}"
            self._gauges[part] = Gauge(name, f"1 where {part} answers", registry=registry)

    def check(self) -> dict[str, Any]:
        """Ask all dependencies, set the gauges, and return what /healthcheck answers."""
        answered = self._probe()
        status = int(all(answered.values()))
        if self._whole is not None:
            self._whole.set(status)
        for part, gauge in self._gauges.items():
            gauge.set(int(answered[part]))
        parts = {part: int(well) for part, well in answered.items()}
        return {"status": status, "dependent_services": parts, "version": self.version}


def serve(app: Flask, health: Health) -> None:
    """Serve /healthcheck: always 200, with the state in the JSON."""

    @app.get("/healthcheck")
    def healthcheck() -> Response:
        return jsonify(health.check())
