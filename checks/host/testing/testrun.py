"""One run of pytest against a stack: limited, watched, and with a JUnit report that says what happened whatever happened.

pytest writes its report when it ends. One that is killed writes none, and one that is killed while it writes leaves half:
so it writes elsewhere, our plugin notes every test as it begins and ends, and from that a report is made where there is none.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from checks.host import masks, proc
from checks.host.docker import watch
from checks.host.docker.engine import Engine
from checks.host.files import write_atomic
from checks.host.run import Run
from checks.host.testing import notes
from checks.host.testing.livestack import VARIABLE as STACK
from checks.masking import Masker
from checks.model import Done, Step
from checks.pytest_plugin import RESULTS
from checks.report import steps

NAME = "integration"
JUNIT = "junit/{}.xml"


@dataclass(frozen=True)
class Wanted:
    """What to run: pytest's words, where, for how long (seconds), the stack, who hears it, and its report's name."""

    words: Sequence[str]
    cwd: Path
    seconds: float
    stack: Mapping[str, Any]
    say: Callable[[str], None]
    name: str = NAME


@dataclass(frozen=True)
class Ran:
    """How pytest ended, and what the tests noted."""

    done: Done
    noted: Mapping[str, Any]


def run(wanted: Wanted, engine: Engine, run: Run) -> Ran:
    """Run it, and write reports/junit/<name>.xml in one step; NoEngineError where the engine comes to hang."""
    place, results, noted = (run.work / name for name in ("stack.json", "results.jsonl", "notes.json"))
    own = run.work / "pytest.xml"
    place.write_text(json.dumps(wanted.stack), encoding="utf-8")
    masker = masks.masker(wanted.stack.get("resolved") or {})
    # What pytest and Python keep beside the tests would be in the next build context, and have an image built anew.
    kept = f"cache_dir={run.reports.absolute() / '.pytest_cache'}"
    pytest = (sys.executable, "-P", str(Path(__file__).with_name("session.py")))
    argv = [*pytest, "-o", kept, *wanted.words, f"--junit-xml={own}", "--fail-on-skip"]
    env = {
        **engine.env(),
        "CHECKS_RUN": run.id,
        STACK: str(place),
        notes.VARIABLE: str(noted),
        RESULTS: str(results),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with watch.watched(engine.local or engine.host) as watched:
        try:
            done = proc.run(
                argv,
                cwd=wanted.cwd,
                env=env,
                timeout=wanted.seconds,
                on_line=lambda line: wanted.say(masker.values(line)),
                doomed=watched.hung,
            )
        except KeyboardInterrupt:
            _report(wanted.name, run, own, results, "the run was interrupted", masker)
            raise
        _report(wanted.name, run, own, results, _why(done, hung=watched.hung.is_set()), masker)
        watched.refuse("while the assertions ran")
    return Ran(done, notes.read(noted))


def _why(done: Done, *, hung: bool) -> str:
    """Say in what way pytest did not end well, "" where every test passed."""
    if hung:
        return "the engine did not answer any more"
    if done.timed_out:
        return f"pytest had not ended after {done.seconds:.0f} s"
    if done.code < 0:
        return f"pytest was ended by {signal.Signals(-done.code).name}"
    return f"pytest ended with exit code {done.code}" if done.code else ""


def _report(name: str, run: Run, own: Path, results: Path, why: str, masker: Masker) -> None:
    root = _read(own)
    if root is None:
        text = steps.junit(name, _steps(results, why or "pytest wrote no report"))
        root = ElementTree.fromstring(text)  # noqa: S314  it was made here
    elif why and not [*root.iter("failure"), *root.iter("error")]:
        _add_error(name, root, why)  # an unexpected skip, or an end that was none: the report must not look green
    for element in root.iter():
        element.text = masker.text(element.text) if element.text else element.text
        if "message" in element.attrib:
            element.attrib["message"] = masker.text(element.attrib["message"])
    write_atomic(
        run.reports / JUNIT.format(name),
        ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n",
    )


def _read(path: Path) -> ElementTree.Element | None:
    """Return pytest's own report, None where it is not there or not whole."""
    try:
        return ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  pytest wrote it
    except (OSError, ValueError, ElementTree.ParseError):
        return None


def _add_error(name: str, root: ElementTree.Element, why: str) -> None:
    suite = next(root.iter("testsuite"), root)
    case = ElementTree.SubElement(suite, "testcase", {"classname": name, "name": "pytest", "time": "0"})
    ElementTree.SubElement(case, "error", {"message": why})
    for count in ("tests", "errors"):
        suite.set(count, str(int(suite.get(count, "0")) + 1))


def _steps(results: Path, why: str) -> Iterator[Step]:
    """Yield what became of each test that was collected, by what the plugin noted: it may end in the middle of a line."""
    collected: list[str] = []
    begun: set[str] = set()
    ended: dict[str, Step] = {}
    for entry in _noted(results):
        collected += entry.get("collected", ())
        begun |= {entry["begun"]} if "begun" in entry else set()
        if "ended" in entry:
            step = Step(entry["ended"], entry["state"], entry["seconds"], entry["said"])
            if ended.get(step.name, step).state != "failed":  # a test that failed is no pass for its tear-down
                ended[step.name] = step
    yield Step("pytest", "ended", 0.0, why)
    for name in dict.fromkeys((*collected, *begun, *ended)):
        state, said = ("ended", f"was running: {why}") if name in begun else ("not-run", f"not run: {why}")
        yield ended.get(name) or Step(name, state, 0.0, said)


def _noted(path: Path) -> Iterator[dict[str, Any]]:
    with contextlib.suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                yield dict(json.loads(line))
