"""Where the files are that the benchmark asks about: paths by role, from what is known of the daemon."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.cis.daemon import Option
from checks.cis.host import Role

UNIT_FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""Where systemd looks for units, in its order: the first one that is there is in force."""
PROGRAM_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
TRUST_FILES = (
    "/etc/environment",
    "/etc/profile",
    "/etc/bash.bashrc",
    "/etc/bashrc",
    "/etc/zsh/zshenv",
    "/etc/security/pam_env.conf",
)
"""Where a machine sets variables for everybody's shells; besides them /etc/profile.d and the files of who looks."""
OWN_TRUST_FILES = (".profile", ".bash_profile", ".bashrc", ".zshenv")
SYSTEM_CONFIG = "/etc/docker/daemon.json"
DEFAULT_SOCKET = "/var/run/docker.sock"
REGISTRIES = "/etc/docker/certs.d"
_PROGRAMS = {
    Role.CONTAINERD: "containerd",
    Role.CONTAINERD_SHIM: "containerd-shim",
    Role.CONTAINERD_SHIM_V1: "containerd-shim-runc-v1",
    Role.CONTAINERD_SHIM_V2: "containerd-shim-runc-v2",
    Role.RUNC: "runc",
}
_UNITS = {
    Role.DOCKER_SERVICE: "docker.service",
    Role.DOCKER_SOCKET_UNIT: "docker.socket",
    Role.CONTAINERD_SOCKET_UNIT: "containerd.sock",
}
_TLS = {
    Role.TLS_CA: ("tlscacert", "ca.pem", "tlsverify"),
    Role.TLS_CERTIFICATE: ("tlscert", "cert.pem", "tls"),
    Role.TLS_KEY: ("tlskey", "key.pem", "tls"),
}


@dataclass(frozen=True)
class Setting:
    """What decides where files are. program: of the daemon, as far as it is known. rootless: the user's home and run folder
    are then where the system's places would be. socket: the one that we speak to, "" where that is none of this machine's.
    """

    config_file: str = SYSTEM_CONFIG
    program: str = ""
    data_root: str = "/var/lib/docker"
    exec_root: str = ""
    socket: str = ""
    rootless: bool = False
    home: str = "/root"
    run: str = "/var/run"
    options: Mapping[str, Option] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return a text that is set, else ""."""
        option = self.options.get(name)
        return option.value if option and isinstance(option.value, str) else ""

    def is_on(self, name: str) -> bool:
        """Return whether a switch is set and on."""
        option = self.options.get(name)
        return bool(option and option.value is True)


def config_file(rootless: bool, environ: Mapping[str, str], home: str) -> str:
    """Return where dockerd looks for its configuration where no flag says so."""
    if not rootless:
        return SYSTEM_CONFIG
    folder = environ.get("XDG_CONFIG_HOME") or posixpath.join(environ.get("HOME") or home, ".config")
    return posixpath.join(folder, "docker/daemon.json")


def of_all(setting: Setting) -> dict[Role, tuple[str, ...]]:
    """Return the paths to look at for roles that several files may play: all that are there count."""
    config = posixpath.dirname(setting.config_file) if setting.rootless else "/etc/docker"
    return {
        Role.DATA_ROOT: (setting.data_root,),
        Role.CONFIG_DIRECTORY: (config,),
        Role.DAEMON_JSON: (setting.config_file,),
        Role.DEFAULT_DOCKER: ("/etc/default/docker",),
        Role.SYSCONFIG_DOCKER: ("/etc/sysconfig/docker",),
        Role.REGISTRIES: (registries(setting),),
        Role.SOCKET: tuple(_sockets(setting)),
        Role.CONTAINERD_CONFIG: ("/etc/containerd/config.toml",),
        Role.CONTAINERD_RUN: ("/run/containerd",),
        **{role: _tls(setting, *names) for role, names in _TLS.items()},
    }


def of_first(setting: Setting) -> dict[Role, tuple[str, ...]]:
    """Return the paths to look at for roles that one file plays: the first that is there."""
    folders = (posixpath.dirname(setting.program), *PROGRAM_FOLDERS) if setting.program else PROGRAM_FOLDERS
    units = (posixpath.join(setting.home, ".config/systemd/user"), *UNIT_FOLDERS) if setting.rootless else UNIT_FOLDERS
    dockerd = (setting.program,) if setting.program else _in(PROGRAM_FOLDERS, "dockerd")
    return {
        Role.DOCKERD: dockerd,
        Role.CONTAINERD_SOCKET: tuple(_containerd_sockets(setting)),
        **{role: _in(folders, name) for role, name in _PROGRAMS.items()},
        **{role: _in(units, name) for role, name in _UNITS.items()},
    }


def registries(setting: Setting) -> str:
    """Return the folder with the certificates of registries."""
    if setting.rootless:
        return posixpath.join(posixpath.dirname(setting.config_file), "certs.d")
    return REGISTRIES


def is_certificate(name: str) -> bool:
    """Whether a file of that name is one that dockerd takes for a registry's certificate or key."""
    return name.endswith((".crt", ".cert", ".key"))


def _in(folders: Iterable[str], name: str) -> tuple[str, ...]:
    return tuple(posixpath.join(folder, name) for folder in folders)


def _sockets(setting: Setting) -> Iterable[str]:
    option = setting.options.get("hosts")
    hosts = [host for host in option.value if isinstance(host, str)] if option else []
    default = posixpath.join(setting.run, "docker.sock") if setting.rootless else DEFAULT_SOCKET
    found = [host.removeprefix("unix://") or default for host in hosts if host.startswith("unix://")]
    if not hosts or "fd://" in hosts:
        found.append(default)
    return dict.fromkeys([*found, *([setting.socket] if setting.socket else [])])


def _containerd_sockets(setting: Setting) -> Iterable[str]:
    """Return the address that is set; else dockerd's own containerd, where it runs one, before the system's."""
    named = setting.value("containerd")
    if named:
        return (named,)
    own = setting.exec_root or posixpath.join(setting.run, "docker")
    return posixpath.join(own, "containerd/containerd.sock"), "/run/containerd/containerd.sock"


def _tls(setting: Setting, option: str, name: str, switch: str) -> tuple[str, ...]:
    """Return where a TLS file is: as set, else dockerd's default where TLS is on."""
    named = setting.value(option)
    if named:
        return (named,)
    on = setting.is_on(switch) or setting.is_on("tlsverify")
    return (posixpath.join(setting.home, ".docker", name),) if on else ()
