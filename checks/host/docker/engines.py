"""An engine to work with: the one that is there, else the embedded one; swept of what dead runs left."""

from __future__ import annotations

import contextlib
import os

from checks.host.console import Console
from checks.host.docker import embedded, engine, handed, labels
from checks.host.docker.engine import Engine
from checks.report.plain import counted


def need(out: Console) -> Engine:
    """Return an engine, starting the embedded one where none is there, and remove what runs that are over left on it.

    Raises NoEngineError.
    """
    found = engine.find() or _started(out)
    with contextlib.closing(found.client()) as client:
        gone = labels.sweep(client)
        handed.sweep((item.project for item in labels.objects(client)), found.host)
    if gone:
        runs = ", ".join(sorted({item.run for item in gone}))
        out.line(f"removed what runs that are over had left: {counted(len(gone), 'object')} of {runs}", "yellow")
    return found


def _started(out: Console) -> Engine:
    with out.section("engine", "starting an engine"):
        return embedded.up(os.environ, out)
