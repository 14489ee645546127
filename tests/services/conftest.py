"""Real processes for the services' tests; what is absent fails a test, nothing is skipped.

The services and src/common are found by PYTHONPATH and sys.path: nothing of the repository needs to be installed, only
tests/services/requirements.txt.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# With --import-mode=importlib a test finds neither its helpers nor the services by itself.
sys.path.insert(0, str(Path(__file__).parent))

from processes import (
    KEY,
    PYTHONPATH,
    Mongod,
    Process,
    Service,
    comment_settings,
    post_settings,
    ui_settings,
)

sys.path[:0] = PYTHONPATH.split(os.pathsep)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for data, keys and logs."""
    made = tmp_path_factory.mktemp("services")
    (made / "key").write_text(KEY)
    return made


@pytest.fixture(scope="session")
def mongod(folder: Path) -> Iterator[Mongod]:
    """Return the database that most tests share."""
    database = Mongod(folder / "mongod")
    try:
        yield database.start().ready()
    finally:
        database.kill()


@pytest.fixture(scope="session")
def post(mongod: Mongod, folder: Path) -> Iterator[Service]:
    """Return the post service."""
    yield from _running(Service("post", folder, **post_settings(mongod.port)))


@pytest.fixture(scope="session")
def comment(mongod: Mongod, folder: Path) -> Iterator[Service]:
    """Return the comment service."""
    yield from _running(Service("comment", folder, **comment_settings(mongod.port)))


@pytest.fixture(scope="session")
def ui(post: Service, comment: Service, folder: Path) -> Iterator[Service]:
    """Return the ui over both services."""
    yield from _running(Service("ui", folder, **ui_settings(folder, post.port, comment.port)))


@pytest.fixture(scope="session")
def monolith(mongod: Mongod, folder: Path) -> Iterator[Service]:
    """Return the monolith's web server over the shared database."""
    env = {"SESSION_KEY_FILE": str(folder / "key"), "DATABASE_URL": f"127.0.0.1:{mongod.port}"}
    yield from _running(Service("monolith", folder, **env))


@pytest.fixture
def ended() -> Iterator[Callable[[Process], Process]]:
    """Return a function that has a process end with the test."""
    processes: list[Process] = []

    def remember(process: Process) -> Process:
        processes.append(process)
        return process

    yield remember
    for process in reversed(processes):
        process.kill()


def _running(service: Service) -> Iterator[Service]:
    try:
        yield service.start().ready()
    finally:
        service.kill()
