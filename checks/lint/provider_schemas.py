"""What a provider's stand-in answers: schemas as Terraform's plugin protocol 6 writes them (tfplugin6.proto).

A schema is known (checks/schemas), or made up from what a configuration uses, so that everything in it is accepted and
variables, references and modules are still validated. Of a known schema only the resources that are used are written
out; the others are named, for "did you mean". The encoding is that of protocol buffers, in six lines, since the
messages that are needed are four.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from checks.lint.hcl import Block
from checks.lint.terraform_dirs import META, Directory

PROTOCOL = 6
_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
_FIELDS = {"resource": 2, "data": 3, "ephemeral": 8}
_NAME = re.compile(r"[a-z0-9_]+")
_DEEPEST = 20
_AFTER_A_DOT = re.compile(r"\.\s*([a-z_][a-z0-9_]*)")


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int(tag: int, value: int) -> bytes:
    return _number(tag << 3) + _number(value) if value else b""


def _bytes(tag: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _number(tag << 3 | 2) + _number(len(data)) + data


def _block(block: Mapping[str, Any]) -> bytes:
    """Return a Schema.Block: attributes and nested blocks, in the form of `terraform providers schema -json`."""
    parts = []
    for name, one in block.get("attributes", {}).items():
        kind = one["type"] if isinstance(one["type"], str) else json.dumps(one["type"], separators=(",", ":"))
        parts.append(_attribute(name, kind, bool(one.get("required")), bool(one.get("optional"))))
    for name, one in block.get("block_types", {}).items():
        # A set may not hold what has no type.
        mode = "list" if one["nesting_mode"] == "set" and _is_dynamic(one["block"]) else one["nesting_mode"]
        counts = _int(4, one.get("min_items", 0)) + _int(5, one.get("max_items", 0))
        parts.append(_bytes(3, _bytes(1, name) + _bytes(2, _block(one["block"])) + _int(3, _NESTING[mode]) + counts))
    return b"".join(parts)


@cache
def _attribute(name: str, kind: str, required: bool, optional: bool) -> bytes:
    """Return a Schema.Attribute: what is optional may be computed, or takes secrets and is write-only."""
    write_only = optional and name.endswith("_wo")
    flags = _int(4, required) + _int(5, optional) + _int(6, not required and not write_only) + _int(11, write_only)
    text = kind if kind.startswith("[") else f'"{kind}"'
    return _bytes(2, _bytes(1, name) + _bytes(2, text) + flags)


def _is_dynamic(block: Mapping[str, Any]) -> bool:
    return any("dynamic" in json.dumps(one["type"]) for one in block.get("attributes", {}).values()) or any(
        _is_dynamic(one["block"]) for one in block.get("block_types", {}).values()
    )


def _schema(block: Mapping[str, Any]) -> bytes:
    return _bytes(2, _block(block))


@dataclass
class Used:
    """What configurations use of one provider: of each kind, the types and the blocks that are written of them."""

    provider: list[Block] = field(default_factory=list)
    types: dict[str, dict[str, list[Block]]] = field(
        default_factory=lambda: {kind: defaultdict(list) for kind in _FIELDS}
    )
    words: set[str] = field(default_factory=set)
    """Everything that follows a dot: what somebody may read from a resource."""


def used(directories: Iterable[Directory], texts: Mapping[str, str]) -> dict[str, Used]:
    """Return by address what the directories use of every provider, also of those that they only name."""
    found: dict[str, Used] = defaultdict(Used)
    words: set[str] = set()
    for directory in directories:
        for name in directory.files:
            words.update(_AFTER_A_DOT.findall(texts.get(name, "")))
        for local in directory.named():
            found[directory.provider(local)].words = words
        for place, provider in directory.uses():
            found[provider].words = words
            if place.block.kind == "provider":
                found[provider].provider.append(place.block)
            else:
                found[provider].types[place.block.kind][place.block.labels[0]].append(place.block)
    return dict(found)


def response(schema: Mapping[str, Any] | None, used: Used) -> bytes:
    """Return the GetProviderSchema.Response of a known schema, or of one made up."""
    known: Mapping[str, Any] = schema or {}
    provider = known["provider"] if schema else _made_up(used.provider, used.words)
    parts = [_bytes(1, _schema(provider))]
    for kind, key in (("resource", "resources"), ("data", "data_sources"), ("ephemeral", "ephemeral")):
        there = known.get(key, {})
        for name in there.keys() | (() if key in known else used.types[kind].keys()):
            if name in there:
                block = there[name] if name in used.types[kind] else {}
            else:
                block = _made_up(used.types[kind][name], used.words)
            parts.append(_bytes(_FIELDS[kind], _bytes(1, name) + _bytes(2, _schema(block))))
    return b"".join(parts)


def _made_up(written: Iterable[Block], words: Collection[str], depth: int = 0) -> dict[str, Any]:
    """Return a block that accepts everything that is written in these, and has everything that may be read of them."""
    nested: dict[str, list[Block]] = defaultdict(list)
    assigned: set[str] = set(words)
    for block in written:
        assigned.update(block.values)
        for inner in block.blocks:
            if inner.kind == "dynamic" and inner.labels:
                nested[inner.labels[0]] += inner.of("content")
            elif inner.kind not in META:
                nested[inner.kind].append(inner)
    names = sorted(name for name in assigned - nested.keys() - META if _NAME.fullmatch(name))
    return {
        "attributes": {name: {"type": "dynamic", "optional": True} for name in names},
        "block_types": {
            name: {"nesting_mode": "list", "block": _made_up(blocks, words, depth + 1)}
            for name, blocks in nested.items()
            if _NAME.fullmatch(name) and depth < _DEEPEST
        },
    }
