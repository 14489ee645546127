"""Frozen dataclasses to JSON and back, by their annotations alone; fast enough for ten thousand containers.

What has its default is left out, an Unknown is {"$unknown": reason}. Reading is strict: a name or type that does not fit is a
SnapshotError that says where, so that a damaged file can never read as a host without faults.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from checks.cis.unknown import Unknown

T = TypeVar("T")
Reader = Callable[[Any], Any]
_UNKNOWN = "$unknown"
_SCALARS = (str, int, bool)


class SnapshotError(ValueError):
    """A text or JSON value that is no Snapshot; the message says where and why."""


def encode(value: Any) -> Any:
    """Return a dataclass, and what is in it, as JSON values."""
    if isinstance(value, Unknown):
        return {_UNKNOWN: value.reason}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: encode(mine) for name, default in _stored(type(value)) if (mine := getattr(value, name)) != default
        }
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    return value


def decode(kind: type[T], data: object) -> T:
    """Return the dataclass `kind` that `encode` made `data` of; SnapshotError where it does not fit."""
    try:
        read: T = _reader(typing.cast("Any", kind))(data)
    except RecursionError as error:
        raise SnapshotError("it is nested too deeply") from error
    return read


@cache
def _stored(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return the fields that are written, each with its default (a new object where there is none: equal to nothing)."""
    stored = [field for field in dataclasses.fields(kind) if field.metadata.get("stored", True)]
    return tuple((field.name, _default(field)) for field in stored)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return object() if field.default is dataclasses.MISSING else field.default


@cache
def _reader(annotation: Any) -> Reader:
    origin = typing.get_origin(annotation)
    if annotation is Any:
        return _anything
    if annotation in _SCALARS or annotation is type(None):
        return _scalar(annotation)
    if annotation is Unknown:
        return _unknown
    if dataclasses.is_dataclass(annotation):
        return _object(typing.cast("type[Any]", annotation))
    if origin is tuple:
        return _tuple(_reader(typing.get_args(annotation)[0]))
    if origin in (types.UnionType, typing.Union):
        return _union(typing.get_args(annotation))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(_reader(typing.get_args(annotation)[1]))
    raise TypeError(f"a Snapshot cannot hold {annotation!r}")


def _scalar(kind: type[Any]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not kind:  # bool is an int to isinstance, and a limit of `true` is a damaged file
            raise SnapshotError(f"expected {kind.__name__}, got {value!r:.40}")
        return value

    return read


def _anything(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_anything(item) for item in value)
    if isinstance(value, dict):
        return {key: _anything(item) for key, item in value.items()}
    return value


def _unknown(value: Any) -> Unknown:
    if not isinstance(value, dict) or list(value) != [_UNKNOWN] or not isinstance(value[_UNKNOWN], str):
        raise SnapshotError(f"expected an unknown, got {value!r:.40}")
    return Unknown(value[_UNKNOWN])


def _is_unknown(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and _UNKNOWN in value


def _union(members: tuple[Any, ...]) -> Reader:
    """Read `T | Unknown`, `T | None` or both: no union in a Snapshot has two members of other kinds."""
    optional, (known,) = type(None) in members, [one for one in members if one not in (type(None), Unknown)]
    reader, may_be_unknown = _reader(known), Unknown in members

    def read(value: Any) -> Any:
        if value is None and optional:
            return None
        return _unknown(value) if may_be_unknown and _is_unknown(value) else reader(value)

    return read


def _tuple(reader: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise SnapshotError(f"expected a list, got {value!r:.40}")
        return tuple(map(reader, value))

    return read


def _mapping(reader: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise SnapshotError(f"expected an object, got {value!r:.40}")
        return {key: reader(item) for key, item in value.items()}

    return read


def _object(kind: type[Any]) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = {name: _reader(hints[name]) for name, _ in _stored(typing.cast("Any", kind))}

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise SnapshotError(f"expected {kind.__name__}, got {value!r:.40}")
        values = {}
        for name, item in value.items():
            if name not in readers:
                raise SnapshotError(f"{kind.__name__} has no {name!r:.40}")
            try:
                values[name] = readers[name](item)
            except SnapshotError as error:
                raise SnapshotError(f"{kind.__name__}.{name}: {error}") from error
        try:
            return kind(**values)
        except TypeError as error:  # a field without a default is not there
            raise SnapshotError(f"{kind.__name__}: {error}") from error

    return read
