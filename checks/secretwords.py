"""Which names ask for a secret, and which values are one: not a reference, a path, a placeholder or a switch."""

from __future__ import annotations

import math
import re
from collections import Counter

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SINGLE = frozenset(
    {
        "password",
        "passwd",
        "passwords",
        "passphrase",
        "pwd",
        "secret",
        "secrets",
        "token",
        "apikey",
        "credential",
        "pat",
    }
    | {
        "credentials",
        "accesskey",
        "secretkey",
        "privatekey",
        "authtoken",
        "accesstoken",
        "apitoken",
        "dbpass",
        "userpass",
    }
)
_PASSWORDS = frozenset({"password", "passwd", "passphrase", "pass", "pwd", "dbpass", "userpass"})
_BEFORE_KEY = frozenset(
    {"api", "access", "private", "secret", "encryption", "auth", "signing", "master", "deploy", "account"}
)
_AFTER = frozenset(
    {
        "file",
        "files",
        "path",
        "paths",
        "dir",
        "folder",
        "name",
        "names",
        "id",
        "ids",
        "url",
        "uri",
        "urls",
        "host",
        "port",
    }
    | {
        "length",
        "len",
        "size",
        "ttl",
        "timeout",
        "age",
        "expiry",
        "expires",
        "expiration",
        "expire",
        "lifetime",
        "type",
    }
    | {
        "algorithm",
        "alg",
        "algo",
        "format",
        "count",
        "min",
        "max",
        "enabled",
        "enable",
        "disabled",
        "required",
        "policy",
    }
    | {
        "header",
        "issuer",
        "audience",
        "version",
        "prefix",
        "suffix",
        "arn",
        "region",
        "location",
        "mount",
        "field",
        "days",
    }
    | {
        "endpoint",
        "method",
        "provider",
        "backend",
        "store",
        "server",
        "service",
        "manager",
        "user",
        "username",
        "column",
    }
    | {
        "label",
        "description",
        "hint",
        "rotation",
        "interval",
        "limit",
        "limits",
        "validity",
        "seconds",
        "minutes",
        "hours",
    }
    | {
        "attempts",
        "retries",
        "strategy",
        "mode",
        "param",
        "parameter",
        "cookie",
        "key_name",
        "ref",
        "class",
        "scope",
        "auth",
    }
)
_WHOLE = frozenset({"pwd", "oldpwd", "gpg_key", "public_key", "ssh_public_key", "pat", "secrets", "credentials"})
_SWITCH = frozenset(
    {"", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "disabled", "enabled"}
)
_REFERENCE = re.compile(
    r"\$|`|\{\{|<[^<>]+>|%[^%\s]+%|@@|\[\[|__\w+__|\bENC\[|!vault|\b(?:vault|ssm|op|secretsmanager|secret|file|env):[\w/]|"
    r"\barn:aws|^projects/[^/]+/secrets/|\b(?:var|local|data|module|secrets|env)\.\w"
)
_PATH = re.compile(
    r"(?:~|\.{1,2})?/[\w.@-]*(?:/[\w.@-]+)*/?|[A-Za-z]:\\.*|[\w./-]+\.(?:pem|key|crt|json|txt|ya?ml|pub|gpg|env)"
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s:@/]+(?:[:/?#]|$)(?!.*@)", re.IGNORECASE)
_ROW = re.compile(r"([xX0])\1{7}")
"""A row of x or of zeros, as people draw what stands for a token: `ghp_xxxxxxxx`."""
_PLACEHOLDER = re.compile(
    r"change.?(?:me|it|this|in)|place.?holder|dummy|fake|example|sample|replace|your\b|your[_-]|\bmy[_-]|insert|redacted|"
    r"to.?be.?|\btbd\b|todo|fixme|unused|not.?(?:used|set|real|a.?secret|needed)|xxx|\*\*\*|\.\.\.|^x+$|^-+$|^_+$|"
    r"(?:build|compile).?time|for.?(?:build|test)|only.?for|default|test|null|secret.?here|goes.?here",
    re.IGNORECASE,
)
KNOWN = re.compile(
    r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{36,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}|"
    r"AIza[\w-]{35}|[sr]k_live_[0-9A-Za-z]{20,}|npm_[0-9A-Za-z]{36}|pypi-[\w-]{40,}|hvs\.[\w-]{20,}|dckr_pat_[\w-]{20,}|"
    r"SG\.[\w-]{16,}\.[\w-]{16,}|ya29\.[\w-]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})",
    re.ASCII,
)
"""Tokens that are known by their form, whoever gave them out."""
URL_PASSWORD = re.compile(
    r"\b(?P<before>[a-z][a-z0-9+.-]{1,20}://[^\s:@/\"']{0,100}):(?P<password>[^\s@/\"']{1,200})@",
    re.ASCII | re.IGNORECASE,
)
"""A URL with a password in it."""


def asks(name: str) -> bool:
    """Return whether a variable of that name is there to hold a secret itself, not where it is or how it is used."""
    words = [word.lower() for word in _SPLIT.findall(name)]
    if words[-3:] == ["secret", "key", "base"]:  # as Rails calls it
        return True
    if not words or "_".join(words) in _WHOLE or words[-1] in _AFTER:
        return False
    if words[-1] == "key":
        return len(words) > 1 and words[-2] in _BEFORE_KEY
    if words[-1].isdigit():
        return asks("_".join(words[:-1]))
    return words[-1] in _SINGLE or words[-1] == "pass" or words[-1].endswith(("password", "passwd", "secret"))


def is_password(name: str) -> bool:
    """Return whether a name asks for a password, which a person may have chosen."""
    return any(word.lower() in _PASSWORDS for word in _SPLIT.findall(name))


def is_place(value: str) -> bool:
    """Return whether a value is a switch, a path or an address: what stands where a secret could, and is none."""
    return value.lower() in _SWITCH or _PATH.fullmatch(value) is not None or _URL.match(value) is not None


def literal(name: str, value: str) -> bool:
    """Return whether what a variable is set to is a secret: of the name `name` everything, of any name known tokens."""
    known = (match[0] for match in KNOWN.finditer(value))
    if any("EXAMPLE" not in token and not _ROW.search(token) for token in known) or has_url_password(value):
        return True
    plain = value.strip().strip("\"'")
    if (
        not asks(name)
        or is_place(plain)
        or _REFERENCE.search(plain)
        or (plain.lower() == name.lower() and not is_password(name))
    ):
        return False
    if (plain.isdigit() and not is_password(name)) or (len(plain) > 8 and len(set(plain) - {"-"}) <= 2):
        return False  # a number, or zeros in the form of a key
    return random(plain) or not _PLACEHOLDER.search(plain)


def has_url_password(value: str) -> bool:
    """Return whether a text holds a URL with a password that is one."""
    return any(
        not (_REFERENCE.search(match["password"]) or _PLACEHOLDER.search(match["password"]))
        for match in URL_PASSWORD.finditer(value)
    )


def random(value: str) -> bool:
    """Return whether no person chose a value: long, of letters and digits, few of them twice."""
    if len(value) < 16 or not re.fullmatch(r"[\w+/=.:~-]+", value, re.ASCII):
        return False
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    counts = Counter(value)
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    return bits >= (3.0 if re.fullmatch(r"[0-9a-fA-F-]+", value) else 3.5)
