"""The server's life: from its options to an orderly end."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import setproctitle

from mongod_standin import VERSION, log
from mongod_standin.options import BAD_OPTIONS, BadOptionError, Options, read

if TYPE_CHECKING:
    from secantus import SecantusDBServer  # type: ignore[import-untyped]

CANNOT_OPEN_FILES: Final = 100  # the real server's code for a data folder that it cannot use
CANNOT_LISTEN: Final = 48
PATIENCE_SECONDS: Final = 4.0
STOP_SIGNALS: Final = {signal.SIGTERM, signal.SIGINT}
_log = logging.getLogger("control")


def main(argv: Sequence[str]) -> int:
    """Run `mongod` with these arguments and return its exit code; errors are told on stderr."""
    try:
        options = read(argv)
    except BadOptionError as error:
        print(f"{error}\ntry 'mongod --help' for more information", file=sys.stderr)
        return BAD_OPTIONS
    if options.version:
        print(f"db version v{VERSION} (stand-in: SecantusDB)")
        return 0
    if not os.access(options.dbpath, os.W_OK | os.X_OK):
        print(f"Data directory {options.dbpath} not found or not writable", file=sys.stderr)
        return CANNOT_OPEN_FILES
    return _serve(options, argv)


def _serve(options: Options, argv: Sequence[str]) -> int:
    log.configure()
    setproctitle.setproctitle(" ".join(["mongod", *argv]))
    setproctitle.setthreadtitle("mongod")
    # Blocked before the server's threads start, so that none of them can get a signal: sigwait below takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        stop = _start(options)
    except OSError as error:
        _log.critical("cannot listen on %s:%d: %s", options.bind_ip, options.port, error)
        return CANNOT_LISTEN
    _log.info("received %s, shutting down", signal.Signals(signal.sigwait(STOP_SIGNALS)).name)
    stop()
    _log.info("shut down")
    return 0


def _start(options: Options) -> Callable[[], None]:
    """Start serving and return what ends it."""
    from secantus import SecantusDBServer  # 0.5 s of imports that `--version` and a wrong option need not wait for

    server = SecantusDBServer(
        host=options.bind_ip,
        port=options.port,
        storage_path=str(options.dbpath),
        replica_set_name=None,  # a standalone server, as the real one is here
        enable_test_commands=False,
        cache_size=f"{max(1, round(options.cache_gb * 1024))}M",
        sync_on_commit=True,  # without it a SIGKILL loses writes that were acknowledged
    )
    server.start()
    _log.info("Waiting for connections on %s:%d", server.host, server.port)
    return lambda: _stop(server)


def _stop(server: "SecantusDBServer") -> None:
    """End in order; where a client's thread is stuck, end anyway: every acknowledged write is on disk already."""
    impatient = threading.Timer(PATIENCE_SECONDS, os._exit, [0])
    impatient.daemon = True
    impatient.start()
    if server._socket is not None:  # closing alone does not wake its accept(), which stop() gives 2 s to notice
        server._socket.shutdown(socket.SHUT_RDWR)
    server.stop()
    impatient.cancel()
