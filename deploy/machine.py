"""A host to deploy to: a Debian in namespaces of its own, with sysvinit and sshd, reached by ssh and by nothing else.

It is no container of an engine. Everything in it ends with one process, which ends with this one; what is outside of it
(deploy/wire.py) is removed after it, whatever this process dies of.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from checks.errors import FailedError
from checks.host import identity, interrupts, proc
from checks.host.images import bootstrap, buildenv
from checks.host.tools import aptsources, packages
from checks.model import Done, Output
from deploy import root, wire

USER = "deployer"
TOOLS = {
    "ip": "iproute2",
    "iptables": "iptables",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "pivot_root": "util-linux",
    "setpriv": "util-linux",
    "ssh": "openssh-client",
}
READY_SECONDS = 30.0


@dataclass(frozen=True)
class Host:
    """A host that runs. `files` is its root as seen from here, `config` the configuration by which ssh reaches it by `name`."""

    name: str
    files: Path
    config: Path
    wire: wire.Wire
    pid: int

    @property
    def address(self) -> str:
        """Its address on the wire."""
        return self.wire.inside

    def ssh(self, command: str, timeout: float = 120) -> Done:
        """Run a shell command there as its administrator would: logged in as a user, by sudo as root."""
        return proc.run(
            ["ssh", "-F", self.config, self.name, "--", "sudo", "sh", "-c", _quoted(command)], timeout=timeout
        )

    def must(self, command: str, timeout: float = 600) -> str:
        """Run a shell command there that is to work, and return what it says; FailedError else."""
        done = self.ssh(command, timeout)
        if not done.ok:
            raise FailedError(f"on the host {self.name}: {command.splitlines()[0]} failed", "", done.last_lines(12))
        return done.out


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@contextlib.contextmanager
def up(label: str, environ: Mapping[str, str], out: Output, data_mebibytes: int = 0) -> Iterator[Host]:
    """Bring up a host, and take it away again; with `data_mebibytes` its engine's data have a file system of that size."""
    _refuse_where_impossible()
    packages.ensure(TOOLS, out)
    archive = root.tar(environ, out)
    started = time.monotonic()
    name = f"dep{os.getpid():x}{secrets.token_hex(2)}"
    folder = Path(tempfile.mkdtemp(prefix="deploy", dir="/var/tmp"))
    log = folder / "host.log"
    planned = wire.plan(name)
    script = wire.removal(planned, folder)
    wire.watch(os.getpid(), script, log)
    forward = wire.FORWARD.read_text()
    pid = 0
    try:
        _unpack(archive, folder, planned, label, environ)
        pid = _start(planned, folder, label, data_mebibytes, log)
        with _explained(log):
            first = _first(pid)
            wire.lay(planned, first)
            wire.FORWARD.write_text("1")
            host = Host(label, folder / "root", _ssh_config(folder, label, planned), planned, first)
            _wait(host)
        out.line(f"host {label}: Debian {root.SUITE} at {host.address} after {time.monotonic() - started:.1f} s")
        yield host
    finally:
        with interrupts.held():
            _end(pid)
            proc.run(["sh", "-c", script], timeout=120)
            if wire.FORWARD.read_text() != forward:
                wire.FORWARD.write_text(forward)


def _refuse_where_impossible() -> None:
    if os.geteuid() != 0:
        raise FailedError("a host of its own needs root: it is made of namespaces", "run it again as root (sudo)")
    if proc.run(["unshare", "--pid", "--mount", "--net", "--fork", "true"], timeout=20).ok is False:
        raise FailedError("this machine allows no new namespaces", "run it on one that does")


def _unpack(archive: Path, folder: Path, planned: wire.Wire, label: str, environ: Mapping[str, str]) -> None:
    files = folder / "root"
    (files / "dev").mkdir(mode=0o755, parents=True)  # which the archive leaves out
    folder.chmod(0o711)  # who is not root inside passes through it
    wire.command("tar", "-C", str(files), "-xf", str(archive))
    inside = ("chroot", str(files))
    wire.command("ssh-keygen", "-q", "-A", "-f", str(files))
    wire.command(*inside, "useradd", "--create-home", "--shell", "/bin/bash", USER)
    wire.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "checks", "-f", str(folder / "key"))
    home = files / "home" / USER / ".ssh"
    home.mkdir(mode=0o700)
    (home / "authorized_keys").write_text((folder / "key.pub").read_text())
    wire.command(*inside, "chown", "-R", f"{USER}:{USER}", f"/home/{USER}/.ssh")
    (files / "etc/sudoers.d" / USER).write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
    (files / "etc/hosts").write_text(f"127.0.0.1 localhost\n{planned.inside} {label}\n")
    _ways_out(files, environ)


def _ways_out(files: Path, environ: Mapping[str, str]) -> None:
    """Give a host this machine's resolver, package mirrors, proxy and authorities: they go with it when it is over."""
    upstream = Path("/run/systemd/resolve/resolv.conf")
    resolver = Path("/etc/resolv.conf")
    stub = "nameserver 127." in resolver.read_text()
    (files / "etc/resolv.conf").write_text((upstream if stub and upstream.exists() else resolver).read_text())
    (files / "etc/apt/apt.conf.d/90machine").write_text(
        "".join(line + "\n" for line in bootstrap.transport(environ).splitlines() if not line.startswith("Dir::"))
    )
    sources = aptsources.of_the_host(root.SUITE, environ)
    if sources:
        (files / "etc/apt/sources.list").write_text(sources)
    bundle = buildenv.ca_bundle(environ)
    if bundle is not None:
        for place in ("etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates/machine.crt"):
            (files / place).parent.mkdir(parents=True, exist_ok=True)
            (files / place).write_bytes(bundle.read_bytes())


def _start(planned: wire.Wire, folder: Path, label: str, data: int, log: Path) -> int:
    """Start the process that everything hangs on, in control groups of its own, and return its pid."""
    groups = _groups(planned.name)
    joined = "".join(f"echo $$ >{group}/cgroup.procs\n" for group in groups)
    kinds = ("--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--propagation", "private")
    script = str(Path(__file__).with_name("enter.sh"))
    begin = ["setpriv", "--pdeathsig", "KILL", "unshare", *kinds, "--fork", "--kill-child", "sh", script]
    words = [*begin, str(folder / "root"), label, str(data)]
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    return proc.spawn(["sh", "-c", f'set -e\n{joined}exec "$@"', "sh", *words], log=log, env=environment, cwd=Path("/"))


def _groups(name: str) -> list[Path]:
    """Make a control group of that name in each hierarchy, and return them."""
    parents = [wire.CGROUPS]
    if not (wire.CGROUPS / "cgroup.procs").exists():  # version 1: one hierarchy each, links for joined ones
        parents = [
            path for path in wire.CGROUPS.iterdir() if (path / "cgroup.procs").exists() and not path.is_symlink()
        ]
    made = []
    for parent in parents:
        group = parent / name
        group.mkdir()
        for file in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group of version 1, which then takes no process
            if (parent / file).exists() and (group / file).exists():
                (group / file).write_text((parent / file).read_text())
        made.append(group)
    return made


@contextlib.contextmanager
def _explained(log: Path) -> Iterator[None]:
    """Add what the host itself said to a failure to bring it up."""
    try:
        yield
    except FailedError as error:
        said = log.read_text(errors="replace").splitlines()[-8:]
        raise FailedError(str(error), error.advice, [*error.details, *said]) from error


def _first(pid: int) -> int:
    """Return the host's init, as we see it."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and identity.start_time(pid) is not None:
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if children:
                return int(children[0])
        time.sleep(0.02)
    raise FailedError("the host ended while it started", "see its words")


def _ssh_config(folder: Path, label: str, planned: wire.Wire) -> Path:
    """Write how ssh reaches the host, whose key is known beforehand, as an instance's is from its console."""
    keys = sorted((folder / "root/etc/ssh").glob("ssh_host_*_key.pub"))
    (folder / "known_hosts").write_text("".join(f"{planned.inside} {key.read_text()}" for key in keys))
    options = {
        "HostName": planned.inside,
        "User": USER,
        "IdentityFile": folder / "key",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "UserKnownHostsFile": folder / "known_hosts",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "ConnectTimeout": 10,
        "ServerAliveInterval": 5,
        "ServerAliveCountMax": 3,
        "LogLevel": "ERROR",
    }
    config = folder / "ssh_config"
    config.write_text(f"Host {label}\n" + "".join(f"  {name} {value}\n" for name, value in options.items()))
    return config


def _wait(host: Host) -> None:
    deadline = time.monotonic() + READY_SECONDS
    done = host.ssh("true", 15)
    while not done.ok:
        if time.monotonic() > deadline:
            raise FailedError(f"ssh did not get in within {READY_SECONDS:.0f} s", "see its words", done.last_lines(3))
        time.sleep(0.1)
        done = host.ssh("true", 15)


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if pid:
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while pid and identity.start_time(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)  # what was below it is taken down by the kernel a moment later
