"""The file system of a container as the engine exports it: an archive that is read as it comes, and never kept."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docker import DockerClient

_CHUNK = 2**20


@contextlib.contextmanager
def archive(client: DockerClient, container: str) -> Iterator[tarfile.TarFile]:
    """Open the file system of a container, by its id: members come in the engine's order, once."""
    pieces = client.api.export(container, chunk_size=_CHUNK)
    with io.BufferedReader(_Stream(pieces), _CHUNK) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        yield tar


class _Stream(io.RawIOBase):
    """The pieces that an engine sends, as a file that can be read once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there is something, 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
