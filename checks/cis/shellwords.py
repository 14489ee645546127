"""What a line of shell does, without what may be secret in it: programs, their subcommands and options, no arguments."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

Command = tuple[str, ...]

_SEPARATORS = "();|&\n<>`"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")
_PROGRAM = re.compile(r"[A-Za-z][\w.+-]{0,40}")
_LONG_OPTION = re.compile(r"(--[a-z][a-z0-9-]{1,40})(=|$)")
_MODE = re.compile(r"[0-7]{3,5}|[ugoa]*[-+=][rwxXstugo]+(,[ugoa]*[-+=][rwxXstugo]+)*")
_PYTHON = re.compile(r"python[\d.]*")
_PREFIXES = frozenset(
    """
    busybox then do else elif if while until ! { } sudo env exec eval command time nohup xargs $ -exec -execdir -ok
    """.split()
)
_WITH_VALUE = {"sudo": "ugCpTh", "xargs": "nIPdLsEa", "env": "uC", "time": "fo"}
"""Short options of prefixes that take the next word."""
_SUBCOMMANDS = frozenset(
    """
    update upgrade dist-upgrade full-upgrade safe-upgrade distro-sync system-upgrade install reinstall
    localinstall groupinstall build-dep add remove purge autoremove clean fix makecache check-update refresh
    ref in up dup patch clone adv download get
    """.split()
)
_HAVE_SUBCOMMANDS = frozenset(
    """
    apt apt-get aptitude apt-key yum dnf dnf5 microdnf tdnf zypper apk pip pip3 npm yarn gem git go cargo
    opkg brew conda mamba uv pecl luarocks snap
    """.split()
)
_CLUSTERS = {
    "curl": "fsSLkOJRgiIvqnN#460Gz",
    "wget": "qcNnvSkrp",
    "apt": "yqfsV",
    "apt-get": "yqfsV",
    "yum": "yqvt",
    "dnf": "yqv",
    "rpm": "ivhUFeqK",
    "pacman": "SyuRnsQq",
    "chmod": "Rfvc",
    "gpg": "qv",
    "tar": "xzvfjJcpC",
}
"""Programs whose short options are written together, with the letters that are options without a value."""


def commands(text: str) -> tuple[Command, ...]:
    """Return the simple commands of a shell text, each as program, subcommand and options; () where it cannot be read."""
    try:
        words = list(_words(text))
    except ValueError:  # a quotation without end
        return ()
    found = []
    for is_end, group in groupby(words, key=lambda word: word[0]):
        if not is_end:
            found += [command for part in _parts([word for _, word in group]) if (command := _command(part))]
    return tuple(found)


def assigned(text: str) -> tuple[str, ...]:
    """Return the names of `NAME=value` words at the beginning of a text, or after blanks in it."""
    return tuple(match[1] for match in re.finditer(r"(?<!\S)([A-Za-z_]\w{0,63})=(?!=|\s|$)", text))


def _words(text: str) -> Iterator[tuple[bool, str]]:
    """Yield words, and whether each is an end of a command; redirections are left out with what follows them."""
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace = " \t\r"
    lexer.commenters, lexer.whitespace_split = "", True
    target, held = False, ""
    for word in lexer:
        mark = bool(word) and set(word) <= set(_SEPARATORS)
        redirects = mark and bool(set(word) & set("<>"))
        if held and not (redirects and held.isdigit()):
            yield False, held
        held = "" if mark or target else word
        if mark and not redirects:
            yield True, word
        target = redirects
    if held:
        yield False, held


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield a command, and the one that its `-exec` starts."""
    at = next((n for n, word in enumerate(words) if word in ("-exec", "-execdir") and n), len(words))
    yield words[:at]
    if at < len(words):
        yield words[at:]


def _command(words: Sequence[str]) -> Command | None:
    rest = _without_prefixes(words)
    if len(rest) > 2 and _PYTHON.fullmatch(_base(rest[0])) and rest[1] == "-m":
        rest = rest[2:]
    if not rest:
        return None
    program, arguments = _base(rest[0]), rest[1:]
    if not _PROGRAM.fullmatch(program):
        return None
    kept = [word for one in arguments if (word := _option(program, one))]
    return (program, *_subcommand(program, arguments), *kept)


def _without_prefixes(words: Sequence[str]) -> Sequence[str]:
    at, prefix = 0, ""
    while at < len(words):
        word = words[at]
        if _base(word) in _PREFIXES:
            prefix = _base(word)
        elif prefix and word.startswith("-"):
            at += word[1:] in tuple(_WITH_VALUE.get(prefix, ""))
        elif not _ASSIGNMENT.match(word):
            break
        at += 1
    return words[at:]


def _base(word: str) -> str:
    return word.rpartition("/")[2]


def _subcommand(program: str, arguments: Iterable[str]) -> Command:
    if program not in _HAVE_SUBCOMMANDS:
        return ()
    return next(((word,) for word in arguments if word in _SUBCOMMANDS), ())


def _option(program: str, word: str) -> str:
    """Return what is kept of an argument: a known option without its value, of chmod the mode; else nothing."""
    if program == "chmod" and _MODE.fullmatch(word):
        return word
    if match := _LONG_OPTION.match(word):
        return match[1]
    if len(word) < 2 or word[0] != "-":
        return ""
    letters = word[1:]
    return word if len(letters) == 1 or set(letters) <= set(_CLUSTERS.get(program, "")) else ""
