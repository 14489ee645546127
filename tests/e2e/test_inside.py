"""What is in a container's file system: the same by the engine's export as by /proc of its machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.host.images import imagetar
    from tests.e2e.conftest import World

_BOTH = """
import json, sys, time
from checks.host.docker import engine
from checks.host.testing import inside
client = engine.find().client()
script = (
    "busybox mkdir /made; busybox ln /bin/busybox /bin/second; busybox ln -s busybox /bin/soft; "
    "echo own > /made/own; busybox chmod 4755 /made/own; echo passing > /memory/passing; "
    "echo ready > /made/ready; exec busybox sleep 600"
)
made = client.api.create_container(
    "tiny:1",
    ["/bin/sh", "-c", script],
    host_config=client.api.create_host_config(
        binds={sys.argv[1]: {"bind": "/given", "mode": "ro"}}, tmpfs={"/memory": ""}
    ),
)
try:
    client.api.start(made["Id"])
    inspected = client.api.inspect_container(made["Id"])
    found = {}
    for direct in (True, False):
        inside.directly = lambda: direct
        deadline = time.monotonic() + 20
        while "/made/ready" not in {str(path) for path, _ in inside.files(client, inspected)}:
            assert time.monotonic() < deadline
        found[direct] = sorted((str(path), mode & 0o7777) for path, mode in inside.files(client, inspected))
finally:
    client.api.remove_container(made["Id"], force=True)
print(json.dumps([found[True], found[False]]))
"""


def test_files_are_the_same_by_export_and_from_outside(engine_world: World, tiny: imagetar.Archive) -> None:
    engine_world.load(tiny)
    given = engine_world.folder / "given"
    given.mkdir()
    (given / "theirs").write_text("not the container's own")
    done = engine_world.python(_BOTH.replace("sys.argv[1]", repr(str(given))))
    assert done.ok, done.err
    outside, exported = json.loads(done.out)
    assert outside == exported
    modes = dict(outside)
    assert modes["/bin/busybox"] == modes["/bin/second"]
    assert modes["/made/own"] == 0o4755
    # Neither links that are no files, nor what is mounted over the container's own files.
    assert {"/bin/soft", "/memory/passing", "/given/theirs", "/etc/hosts"}.isdisjoint(modes)
