"""Secrets out of what is shown: in any text what looks like one, of a line that holds one all but the name.

What stands here errs on the side of hiding: a report is for more eyes than the file is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import secretwords

MASK = "***"
LENGTH = 4000
"""Characters of a text that are looked at: no report shows more of a line."""

_PEM = re.compile(
    r"(?P<begin>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?!\*\*\*).*?(?P<end>-----END [A-Z0-9 ]{0,40}-----|\Z)",
    re.DOTALL,
)
_AUTHORIZATION = re.compile(
    r"(?P<before>\bauthorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:[a-z]{1,20}\s{1,4})?|\b(?:bearer|basic)\s{1,4}(?=\S{16}))"
    r"(?P<value>[^\s\"'*,;]+)",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(r"(?P<before>hooks\.slack\.com/(?:services|workflows|triggers)/)(?P<value>[\w/+-]+)")
_ACCOUNT = re.compile(r"(?P<before>\b[\w.-]{1,60}:)(?P<value>[A-Za-z0-9]{24})(?=#|\s*$|[\"'])", re.MULTILINE)
_ARGUMENT = re.compile(
    r"(?P<before>\b(?:docker\s{1,4}login|sshpass|mysql(?:dump|admin)?)\b[^\n;|&]{0,200}?\s-p\s{0,4}|"
    r"\bcurl\b[^\n;|&]{0,200}?\s(?:-u|--user)\s{0,4}[\"']?[^\s:\"']{1,100}:)(?P<value>[^\s\"'$]+)"
)
_NAME = r"(?P<name>[A-Za-z_][\w.-]{0,80})"
_VALUE = re.compile(r"\"(?:[^\"\\\n]|\\.){0,2000}\"?|'[^'\n]{0,2000}'?|[^\s,;\"'}\])&|]+")
_CONTENT = re.compile(r"[^<\n]+")
_NAMED = (
    (re.compile(rf"(?<![\w.$-])(?:--)?{_NAME}[\"']?\s{{0,4}}(?:=>|:=|=|:)\s{{0,4}}", re.ASCII), _VALUE),
    (re.compile(rf"(?:(?<![\w.$-])--|\bENV\s{{1,4}}){_NAME}\s{{1,4}}", re.ASCII), _VALUE),
    (re.compile(rf"<{_NAME}>", re.ASCII), _CONTENT),
)
"""What gives a value a name, and the value behind it."""
_VARIABLE = re.compile(r"\$(?:\{|\(|[A-Za-z_]\w*$)|\{\{|<|!vault|(?:var|local|data|module|secrets|env)\.\w")
"""What says where a secret comes from."""
_PARSING = re.compile(r"\b(?:unexpected|expected|unknown|invalid|missing|found|illegal)\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before the token that a parser complains of."""
_SEPARATOR = re.compile(r"[=:]|^\s*(?:ENV|ARG|LABEL)\s+[^\s=:]+\s|--[\w-]+\s", re.IGNORECASE)


def masked(text: str) -> str:
    """Return a text, cut, in which what looks like a secret is hidden: keys, tokens, passwords in URLs, values of names."""
    text = _PEM.sub(rf"\g<begin>{MASK}\g<end>", text[:LENGTH])
    text = secretwords.KNOWN.sub(MASK, text)
    text = secretwords.URL_PASSWORD.sub(rf"\g<before>:{MASK}@", text)
    for pattern in (_AUTHORIZATION, _WEBHOOK, _ACCOUNT, _ARGUMENT):
        text = pattern.sub(rf"\g<before>{MASK}", text)
    for named, value in _NAMED:
        text = "".join(_without_values(text, named, value))
    return text


def _without_values(text: str, named: re.Pattern[str], value: re.Pattern[str]) -> Iterator[str]:
    place = 0
    while match := named.search(text, place):
        yield text[place : match.end()]
        place = match.end()  # not behind the value: in `too long: PASSWORD=x` the first name has the second for a value
        found = value.match(text, place) if secretwords.asks(match["name"]) else None
        if found is not None and _is_shown(match, found[0]):
            yield _quoted(found[0])
            place = found.end()
    yield text[place:]


def _is_shown(match: re.Match[str], value: str) -> bool:
    """Return whether a value behind a name that asks for a secret would show one."""
    plain = value.strip("\"'")
    if not plain or plain.startswith(MASK) or _VARIABLE.match(plain) or secretwords.is_place(plain):
        return False
    return not (
        match["name"].lower() == "token" and _PARSING.search(match.string, max(0, match.start() - 20), match.start())
    )


def _quoted(value: str) -> str:
    quote = value[0] if value[0] in "\"'" else ""
    return f"{quote}{MASK}{quote if len(value) > 1 and value.endswith(quote) else ''}"


def hidden(line: str) -> str:
    """Return what may be shown of a line that holds a secret: up to where the value begins, or nothing of it."""
    found = _SEPARATOR.search(line[:LENGTH])
    return f"{masked(line[: found.end()]).rstrip()} {MASK}" if found else MASK
