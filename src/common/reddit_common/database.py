"""One MongoDB wire-protocol database: connected when first needed, given up on in time, found again by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pymongo
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import ConfigurationError, DuplicateKeyError, InvalidURI, PyMongoError

from reddit_common.errors import ConfigError, UnavailableError
from reddit_common.logs import logger
from reddit_common.settings import Address

Document = dict[str, Any]
Index = Sequence[tuple[str, int]]
# Health has 2 s to answer; a request should not wait longer for a database than a probe does.
PATIENCE_SECONDS: Final = 1.8


class Database:
    """A named database at an address; `part` is what people know it by when it is away."""

    def __init__(self, where: Address, name: str, part: str) -> None:
        self.part = part
        self._client = _client(where)
        self._database = _named(self._client, name)

    def answers(self) -> bool:
        """Tell within 2 s whether the database answers."""
        try:
            with pymongo.timeout(PATIENCE_SECONDS):
                self._client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def collection(self, name: str, index: Index = ()) -> "Stored":
        """Return a collection; `index` is made when the collection is first used."""
        return Stored(self._database[name], self.part, index)


class Stored:
    """A collection that has its index, and that says UnavailableError where the driver says one of its many errors."""

    def __init__(self, collection: Collection[Document], part: str, index: Index) -> None:
        self._collection = collection
        self._part = part
        self._index = index
        self._indexed = not index

    @contextmanager
    def use(self) -> Iterator[Collection[Document]]:
        """Lend the collection; every driver error but a duplicate key becomes UnavailableError."""
        try:
            with pymongo.timeout(PATIENCE_SECONDS):
                self._ensure_index()
                yield self._collection
        except DuplicateKeyError:
            raise
        except PyMongoError as error:
            # What comes back after an outage may be an empty database: look after the index again.
            self._indexed = not self._index
            logger().warning("database error", part=self._part, error=type(error).__name__, reason=str(error)[:300])
            raise UnavailableError(self._part) from error

    def find(self, query: Mapping[str, Any], sort: Index) -> list[Document]:
        """Return all matching documents in order."""
        with self.use() as collection:
            return list(collection.find(query).sort(list(sort)))

    def _ensure_index(self) -> None:
        if not self._indexed:
            self._collection.create_index(list(self._index))
            self._indexed = True


def probe(databases: Mapping[str, Database]) -> Callable[[], dict[str, bool]]:
    """Return a health probe that asks every database for its answer."""
    return lambda: {name: database.answers() for name, database in databases.items()}


def _client(where: Address) -> MongoClient[Document]:
    milliseconds = int(PATIENCE_SECONDS * 1000)
    try:
        return MongoClient(
            where.host,
            where.port,
            connect=False,
            directConnection=True,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=1000,
            maxPoolSize=64,
            w=1,
            journal=True,
            # A retried $inc counts twice on a server that keeps no record of retries, as a standalone one does not.
            retryWrites=False,
        )
    except (ConfigurationError, InvalidURI, ValueError) as error:
        raise ConfigError(f"{where} is no address of a database: {error}") from error


def _named(client: MongoClient[Document], name: str) -> pymongo.database.Database[Document]:
    try:
        return client[name]
    except PyMongoError as error:
        raise ConfigError(f"{name!r} is no name of a database: {error}") from error
