"""What became of a stack's containers, for the report: what each may use, where it is reached, how its health went.

The engine keeps the last five health checks of a container and the last events of all; so events are listened to from
the start. Nothing here fails a run: what the engine does not tell is not in the report.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checks import containerfacts, errors
from checks.host import interrupts, masks
from checks.host.docker import evidence, stack
from checks.host.docker.engine import Engine

if TYPE_CHECKING:
    from docker import DockerClient

SECONDS = 3.0
"""How long the engine may take to tell of one container."""
EVENTS = 2000
_ENDING_SECONDS = 2.0


class Listener:
    """The events of a project's containers so far; `began` is in epoch seconds."""

    def __init__(self, began: float) -> None:
        self.began = began
        self._heard: list[dict[str, Any]] = []

    def listen(self, stream: Iterator[dict[str, Any]]) -> None:
        """Note events until the stream ends, or breaks: then what came before is what is known."""
        with contextlib.suppress(Exception):
            for event in stream:
                if len(self._heard) < EVENTS:
                    self._heard.append(event)

    def history(self) -> dict[str, list[dict[str, Any]]]:
        """Return, by container id, what happened and when, in seconds since the run began."""
        return containerfacts.history(tuple(self._heard), self.began)


@contextlib.contextmanager
def listening(engine: Engine, project: str, began: float) -> Iterator[Listener]:
    """Listen to the engine while the block runs."""
    heard = Listener(began)
    with contextlib.ExitStack() as stack_of:
        with contextlib.suppress(Exception):
            client = stack_of.enter_context(contextlib.closing(engine.client(SECONDS)))
            wanted = {"type": "container", "label": [f"{stack.PROJECT}={project}"], "event": list(containerfacts.TOLD)}
            stream: Any = client.events(decode=True, filters=wanted)
            thread = threading.Thread(target=heard.listen, args=(stream,), daemon=True)
            thread.start()
            stack_of.callback(thread.join, _ENDING_SECONDS)
            stack_of.callback(_close, stream)
        yield heard


@contextlib.contextmanager
def noted(case: evidence.Case, report: dict[str, Any]) -> Iterator[None]:
    """Note, as `containers` of a report, what became of them; nothing of an engine that does not answer any more."""
    with listening(case.engine, case.project, case.run.started) as heard:
        try:
            yield
        except errors.NoEngineError:
            raise
        except BaseException:
            with interrupts.held():
                report["containers"] = of_case(case, heard)
            raise
        report["containers"] = of_case(case, heard)


def _close(stream: Any) -> None:
    with contextlib.suppress(Exception):  # it is broken already, then
        stream.close()


def of_case(case: evidence.Case, heard: Listener) -> list[dict[str, Any]]:
    """Return what is known of every container of a run, by service; what the engine does not tell is left out."""
    found: list[dict[str, Any]] = []
    resolved = evidence.resolved(case)
    masker, past = masks.masker(resolved), heard.history()
    with contextlib.suppress(Exception), contextlib.closing(case.engine.client(SECONDS)) as client:
        for data in _inspected(client, case.project):
            entry = containerfacts.of(data, resolved, heard.began)
            found.append(masker.document({**entry, "history": past.get(str(data.get("Id")), [])}))
    return sorted(found, key=lambda one: (str(one["service"]), str(one["container"])))


def _inspected(client: DockerClient, project: str) -> Iterator[dict[str, Any]]:
    listed = client.api.containers(all=True, filters={"label": [f"{stack.PROJECT}={project}", stack.SERVICE]})
    for entry in listed:
        yield client.api.inspect_container(entry["Id"])
