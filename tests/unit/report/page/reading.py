"""A page as a browser's parser sees it: its elements in order, each with attributes, text and what it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from checks.report.page import document
from checks.report.page.facts import Facts

FOLDER = Path(document.__file__).parent
STYLE = (FOLDER / "page.css").read_text()
SCRIPT = (FOLDER / "page.js").read_text()
_VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})


@dataclass
class Element:
    """One element; `inside` are the names of those around it, the outermost first."""

    name: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    said: list[str] = field(default_factory=list, repr=False)
    parents: list[Element] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(self.said)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        values = {name: value or "" for name, value in attrs}
        element = Element(tag, values, tuple(one.name for one in self._open), parents=list(self._open))
        self.found.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> ends nothing"
        assert self._open[-1].name == tag, f"</{tag}> ends <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.said.append(data)


class Page:
    """A page that was read; AssertionError where its elements are not nested as they should be."""

    def __init__(self, text: str) -> None:
        self.source = text
        parser = _Parser()
        parser.feed(text)
        parser.close()
        assert not parser._open, [one.name for one in parser._open]
        self.elements = parser.found

    @classmethod
    def of(cls, facts: Facts) -> Page:
        """Make the page of facts and read it."""
        return cls(document.page(facts, STYLE, SCRIPT))

    def all(self, *names: str) -> list[Element]:
        """Return the elements of these names, in order."""
        return [one for one in self.elements if one.name in names]

    def part(self, name: str) -> str:
        """Return the text of the part with that id, "" where there is none; white space is one space."""
        found = (one.text for one in self.elements if one.attributes.get("id") == name)
        return " ".join(next(found, "").split())

    def row(self, name: str, part: str = "") -> list[str]:
        """Return the cells of the first table row that is named so, in the part with that id; [] where there is none."""
        for row in self.all("tr"):
            if part and part not in {one.attributes.get("id") for one in row.parents}:
                continue
            cells = [one for one in self.elements if row in one.parents and one.name in ("th", "td")]
            if cells and " ".join(cells[0].text.split()) == name:
                return [" ".join(cell.text.split()) for cell in cells]
        return []
