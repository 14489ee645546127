"""JUnit's XML: suites of cases, with the counts that CI systems show.

Written with the standard library: junitparser, by which such files are read here, takes 0.05 s to import, and a lint with
nothing changed or the benchmark of a host has no such time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold: a log may print any character, and a report that nobody can read is none."""
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def case(name: str, classname: str, seconds: float = 0.0) -> Element:
    """Return a case that passed, until `add` says otherwise."""
    return Element("testcase", {"name": _clean(name), "classname": _clean(classname), "time": f"{seconds:.3f}"})


def add(to: Element, tag: str, message: str = "", kind: str = "", text: str = "") -> None:
    """Add to a case what came of it: `failure`, `error`, `skipped`, or what it said, `system-out`."""
    said = {name: _clean(value) for name, value in (("message", message), ("type", kind)) if value}
    SubElement(to, tag, said).text = _clean(text) or None


def suite(name: str, cases: Iterable[Element]) -> Element:
    """Return a suite of cases."""
    made = Element("testsuite", {"name": _clean(name)})
    made.extend(cases)
    counts = {word: len(made.findall(f"testcase/{tag}")) for word, tag in _COUNTED.items()}
    _count(made, {"tests": len(made), **counts}, sum(float(one.get("time", 0)) for one in made))
    return made


def document(suites: Iterable[Element], name: str = "") -> str:
    """Return the file of these suites."""
    top = Element("testsuites", {"name": _clean(name)} if name else {})
    top.extend(suites)
    counts = {word: sum(int(one.get(word, 0)) for one in top) for word in ("tests", *_COUNTED)}
    _count(top, counts, sum(float(one.get("time", 0)) for one in top))
    indent(top, "")
    return tostring(top, "unicode", xml_declaration=True) + "\n"


def _count(of: Element, numbers: dict[str, int], seconds: float) -> None:
    of.attrib |= {**{word: str(number) for word, number in numbers.items()}, "time": f"{seconds:.3f}"}


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
