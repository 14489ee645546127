"""Stand-ins for Terraform providers: each answers with a schema, and finds nothing wrong with any value.

They speak gRPC on sockets that TF_REATTACH_PROVIDERS names, so that terraform neither installs nor starts anything.
Messages stay bytes: the one that is not empty was written before (checks/lint/provider_schemas.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from checks.lint.provider_schemas import PROTOCOL

_EMPTY = (
    "ValidateProviderConfig",
    "ValidateResourceConfig",
    "ValidateDataResourceConfig",
    "ValidateEphemeralResourceConfig",
    "ValidateListResourceConfig",
    "ValidateActionConfig",
    "ValidateStateStoreConfig",
    "StopProvider",
)


def reattach(servers: Mapping[str, list[str]]) -> str:
    """Return the value of TF_REATTACH_PROVIDERS for servers in this process: address → socket and answer."""
    return json.dumps(
        {
            address: {
                "Protocol": "grpc",
                "ProtocolVersion": PROTOCOL,
                "Pid": os.getpid(),
                "Test": True,  # terraform is not to end us
                "Addr": {"Network": "unix", "String": socket},
            }
            for address, (socket, _) in servers.items()
        }
    )


def serve(servers: Mapping[str, list[str]]) -> list[Any]:
    """Start the stand-ins; they run as long as what is returned is kept."""
    os.environ |= {"GRPC_ENABLE_FORK_SUPPORT": "false", "GRPC_VERBOSITY": "NONE"}  # terraform is started beside it
    import grpc

    pool = ThreadPoolExecutor(4)
    started = []
    for socket, answer in servers.values():
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((_handler(grpc, Path(answer).read_bytes()),))
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        started.append(server)
    return started


def end(started: list[Any], servers: Mapping[str, list[str]], folder: Path) -> None:
    """Stop the stand-ins; their sockets go too, where they are not in a folder that goes as a whole."""
    for server in started:
        server.stop(None).wait()
    for socket, _ in servers.values():
        Path(socket).unlink(missing_ok=True)
    for parent in {Path(socket).parent for socket, _ in servers.values()} - {folder}:
        parent.rmdir()


def _handler(grpc: Any, answer: bytes) -> Any:
    def fixed(data: bytes) -> Callable[[bytes, Any], bytes]:
        return lambda _request, _context: data

    methods = {name: fixed(b"") for name in _EMPTY} | {"GetProviderSchema": fixed(answer)}
    handlers = {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}
    return grpc.method_handlers_generic_handler(f"tfplugin{PROTOCOL}.Provider", handlers)
