from __future__ import annotations

from checks.cis.facts import Mount
from checks.cis.host import Role
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, container, file, snapshot, web

SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr")
VOLUME = "/var/lib/docker/volumes/data/_data"


def mounted(verdict: Verdict, value: str, *mounts: Mount) -> Case:
    return web(verdict, value, mounts=mounts)


def sees(verdict: Verdict, mount: Mount, socket: str | None, value: str = "", *, real: str = "") -> Case:
    """Return an example of one mount on a host whose daemon listens on that socket; None: where it listens is not known."""
    found = DENIED if socket is None else [file(socket, kind="socket", real=real)] if socket else []
    facts = snapshot(containers=[container(mounts=(mount,))], files={Role.SOCKET: found})
    return case(verdict, facts, *([f"web: {value}"] if value else []))


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.6": (
        *(mounted(Verdict.FAIL, path, Mount(path, "/host")) for path in SENSITIVE),
        *(mounted(Verdict.FAIL, "/etc", Mount(path, "/x")) for path in ("/etc/", "//etc", "/etc/.", "/usr/../etc")),
        mounted(Verdict.FAIL, "/etc, /usr", Mount("/etc", "/a"), Mount("/usr", "/b"), Mount("/etc", "/c")),
        web(Verdict.PASS, says="1 container: none mounts a sensitive folder to write to"),
        mounted(Verdict.PASS, "", Mount("/etc", "/host", writable=False)),
        *(mounted(Verdict.PASS, "", Mount(f"{path}/x", "/host")) for path in ("/etc", "/usr", "/dev", "/proc", "/sys")),
        *(mounted(Verdict.PASS, "", Mount(path, "/host")) for path in ("/lib64", "/home", "/run", "/var", "/etcd")),
        # docker-bench-security reads all mounts as one text
        mounted(Verdict.PASS, "", Mount(VOLUME, "/etc", "volume"), Mount("", "/usr", "tmpfs")),
        mounted(Verdict.PASS, "", Mount("/etc", "/host", writable=False), Mount("/srv", "/srv")),
        mounted(Verdict.FAIL, "/etc", Mount(VOLUME, "/host", "volume", device="/etc/")),
        mounted(Verdict.PASS, "", Mount(VOLUME, "/host", "volume", device="/srv")),
    ),
    "5.13": (
        web(Verdict.PASS, readonly_root=True, says="1 container: each is read-only"),
        web(Verdict.FAIL, "writable", readonly_root=False),
    ),
    "5.20": (
        web(Verdict.PASS, says="1 container: no mount is shared"),
        *(mounted(Verdict.PASS, "", Mount("/a", "/b", propagation=one)) for one in ("", "rprivate", "slave", "rslave")),
        mounted(Verdict.FAIL, "/b (shared)", Mount("/a", "/b", propagation="shared")),
        mounted(Verdict.FAIL, "/b (rshared)", Mount("/a", "/b", writable=False, propagation="rshared")),
    ),
    "5.32": (
        web(Verdict.PASS, says="1 container: none has the engine's socket"),
        *(
            sees(Verdict.FAIL, Mount(source, "/s"), "", source)
            for source in ("/var/run/docker.sock", "/run/docker.sock", "/run/user/1000/docker.sock")
        ),
        sees(Verdict.FAIL, Mount("/run/docker.sock", "/s", writable=False), "", "/run/docker.sock"),
        sees(Verdict.FAIL, Mount("/srv/proxy", "/run/docker.sock"), "", "/srv/proxy"),
        sees(Verdict.FAIL, Mount("", "/run/docker.sock", "tmpfs"), "", "/run/docker.sock"),
        # docker-bench-security looks for the name only
        sees(Verdict.FAIL, Mount("/run/dockerd/api", "/s"), "/run/dockerd/api", "/run/dockerd/api"),
        sees(Verdict.FAIL, Mount("/run/dockerd", "/s"), "/run/dockerd/api", "/run/dockerd"),
        sees(Verdict.FAIL, Mount("/run/", "/s"), "/run/dockerd/api", "/run/"),
        sees(Verdict.FAIL, Mount("/var/run", "/s"), "/run/docker.sock", "/var/run"),
        sees(Verdict.FAIL, Mount("/run", "/s"), "/var/run/docker.sock", "/run"),
        sees(Verdict.FAIL, Mount("/", "/s"), "/run/docker.sock", "/"),
        sees(Verdict.FAIL, Mount("/srv", "/s"), "/run/api", "/srv", real="/srv/api"),
        sees(Verdict.FAIL, Mount("/run", "/s"), "/run/api", "/run", real="/srv/api"),
        sees(Verdict.FAIL, Mount("/run", "/s"), None, "/run"),
        sees(Verdict.FAIL, Mount(VOLUME, "/s", "volume", device="/run"), "/run/api", "/run"),
        sees(Verdict.FAIL, Mount(VOLUME, "/s", "volume", device="/x/docker.sock"), "", "/x/docker.sock"),
        sees(Verdict.PASS, Mount("/run", "/s"), ""),
        sees(Verdict.PASS, Mount("/run/other", "/s"), "/run/docker.sock"),
        sees(Verdict.PASS, Mount("/run/docke", "/s"), "/run/docker.sock"),
        sees(Verdict.PASS, Mount("/var", "/s"), "/run/docker.sock"),
        sees(Verdict.PASS, Mount("/var/running", "/s"), "/running/api"),
        sees(Verdict.PASS, Mount("", "/run", "tmpfs"), "/run/docker.sock"),
        sees(Verdict.PASS, Mount("/srv", "/s"), None),
    ),
}
