"""The head of the page: what ran, how it ended, when, how long, what it found, and the last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from checks.cis.loose import items, table, tables, text
from checks.report import history
from checks.report.history import REPORTS, figure
from checks.report.page import markup
from checks.report.page.facts import Facts, Report
from checks.report.page.lint import FINE
from checks.report.plain import counted

NOT_RUN = "not run"


@dataclass(frozen=True)
class Came:
    """What became of a verb's last run: in a word, why, its report ({} for none), its line in the history, and one before.

    `before` is the last one like it: of the same part, or whole as it is.
    """

    verb: str
    word: str
    note: str = ""
    report: Report | None = None
    line: Report | None = None
    before: Report | None = None

    @property
    def ran(self) -> bool:
        """Whether anything is known of a run of it."""
        return self.word != NOT_RUN


def of(facts: Facts, verb: str) -> Came:
    """Return what became of a verb. It has passed only where its report says so, and nothing says otherwise."""
    name = REPORTS[verb]
    entries = [one for one in facts.history if one.get("verb") == verb]
    line = entries[-1] if entries else {}
    before = history.last(entries[:-1], verb, line.get("of"))
    report = facts.of(name)
    mark = next((one for one in reversed(facts.marks) if one.verb == verb), None)
    if mark is not None:
        word, note = ("running", "it has not ended yet") if mark.lives else ("killed", "it never said how it ended")
        return Came(verb, word, note, {}, {"time": mark.time, "run": mark.run}, line)
    if name in facts.broken:
        return Came(verb, "unreadable", f"{name}.json is no whole report", {}, line, before)
    if not report:
        return _without(verb, line, before)
    word, note = _judged(report, line if line.get("report") is True else {})
    return Came(verb, word, note, report, line, before)


def _without(verb: str, line: Report, before: Report) -> Came:
    verdict = text(line.get("verdict"))
    if not verdict or verdict == "passed" or line.get("report") is True:
        return Came(verb, NOT_RUN, "there is no report of it", {}, {}, line)
    code = line.get("exit")
    how = "it never said how it ended" if code is None else f"it had no report yet: exit code {code}"
    return Came(verb, verdict, how, {}, line, before)


def _judged(report: Report, line: Report) -> tuple[str, str]:
    verdict = text(line.get("verdict")) or ("interrupted" if report.get("state") == "interrupted" else "")
    if report.get("ok") is not True:
        return ("failed" if verdict in ("", "passed") else verdict), text(report.get("message"))
    asked = report.get("asked")
    words = [_narrowed(key, value) for key, value in table(asked).items()] or [str(one) for one in items(asked)]
    part = f"in part: {', '.join(words)}" if words else ""
    return (verdict or "passed"), part


def _narrowed(key: str, value: object) -> str:
    """Return an option and its values in words; of one that is only given or not, its name."""
    said = " ".join(map(str, value)) if isinstance(value, list) else "" if value is True else str(value)
    return f"{key} {said}".rstrip()


def section(facts: Facts) -> Markup:
    """Return the summary."""
    came = [of(facts, verb) for verb in REPORTS]
    heads = ("What", "Result", "When", "Took", "Found", "Last time", "Run and revision")
    rows = [_row(one) for one in came]
    said = [markup.paragraph(text_of(came), "verdict")]
    if not any(one.ran for one in came):
        said.append(markup.paragraph("There is no report here: run checks lint, build, verify or bench.", "note"))
    return markup.section("summary", "Summary", *said, markup.table("What ran", heads, rows, (3,)))


def text_of(came: Sequence[Came]) -> str:
    """Return in a sentence which verbs came to what; those that did not run are named as that."""
    groups: dict[str, list[str]] = {}
    for one in came:
        groups.setdefault(one.word, []).append(one.verb)
    order = sorted(groups, key=lambda word: (word == NOT_RUN, word == "passed", word))
    return ". ".join(f"{word[:1].upper()}{word[1:]}: {', '.join(groups[word])}" for word in order) + "."


def _row(one: Came) -> Sequence[Any]:
    report, line = one.report or {}, one.line or {}
    result = markup.html("{badge} {note}", badge=markup.badge(one.word), note=one.note)
    began = report.get("started") or report.get("start") or line.get("time")
    took = line.get("seconds") if line.get("seconds") is not None else report.get("seconds")
    known = [text(line.get("run")) or text(report.get("run")), text(line.get("revision"))[:12]]
    return (
        markup.html('<a href="#{part}">{verb}</a>', part=_PARTS[one.verb], verb=one.verb) if report else one.verb,
        result,
        markup.when(began) if began else markup.NOTHING,
        markup.seconds(took),
        found(one.verb, report) or markup.NOTHING,
        _last(one.before or {}, line),
        " ".join(filter(None, known)) or markup.NOTHING,
    )


_PARTS = {"lint": "lint", "build": "images", "verify": "assertions", "bench": "bench", "publish": "published"}


def found(verb: str, report: Report) -> str:
    """Return what a run found or made, in words; "" where nothing is known of that."""
    return ", ".join(_found(verb, report)) if report else ""


def _found(verb: str, report: Report) -> Iterator[str]:
    if verb == "lint":
        new = [one for one in tables(report.get("findings")) if one.get("status") == "new"]
        counts = Counter(text(one.get("severity")) for one in new)
        yield from (counted(counts[name], name) for name in ("error", "warning", "info") if counts[name])
        broken = [one for one in tables(report.get("tools")) if one.get("state") not in FINE]
        yield from [f"{counted(len(broken), 'tool')} failed"] if broken else []
        yield from [] if new or broken else ["no finding"]
    elif verb == "verify":
        yield from (f"{count} {name}" for name, count in table(report.get("tests")).items() if count)
    elif verb == "bench":
        counts = Counter(text(one.get("verdict")) for one in tables(report.get("judgements")))
        yield f"score {figure(report.get('score')):g}"
        yield from (f"{counts[name]} {word}" for name, word in _VERDICTS.items() if counts[name])
    else:
        counts = Counter(text(one.get("state")) for one in tables(report.get("images")))
        yield from (f"{count} {state.replace('-', ' ')}" for state, count in counts.items())


_VERDICTS: Mapping[str, str] = {
    "FAIL": "failed",
    "UNKNOWN": "could not be judged",
    "WAIVED": "waived",
    "PASS": "passed",
}


def _last(before: Report, line: Report) -> str:
    if not before:
        return "no earlier run like it"
    said = [f"{text(before.get('verdict')) or 'not known'} in {markup.seconds(before.get('seconds'))}"]
    for name, word in (("findings", "findings"), ("score", "score")):
        old, new = before.get(name), line.get(name)
        if isinstance(old, int) and isinstance(new, int) and old != new:
            said.append(f"{word} {old} → {new}")
    return ", ".join(said)
