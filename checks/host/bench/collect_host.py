"""What the machine says: the files of every role, mounts, groups, audit rules, listeners, switches of its kernel."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from checks.cis import machine, places
from checks.cis.facts import Process as Contained
from checks.cis.host import Audit, File, Group, Host, Role, Stat
from checks.cis.places import Setting
from checks.cis.unknown import Unknown
from checks.host.bench.collect_daemon import Found, Process
from checks.host.bench.probing import Prober, settled

_AUDIT_FILE, _AUDIT_FOLDER = "/etc/audit/audit.rules", "/etc/audit/rules.d"
_APPARMOR, _SELINUX = "/sys/module/apparmor/parameters/enabled", "/sys/fs/selinux/enforce"


def unseen(reason: str) -> Host:
    """Return a machine that nothing can be asked about."""
    why = Unknown(reason)
    return Host(
        root=False,
        apparmor=why,
        selinux=why,
        mounts=why,
        docker_group=why,
        socket_groups=why,
        audit=Audit(why, why),
        content_trust=why,
        listeners=why,
        files={str(role): why for role in Role},
    )


def host(prober: Prober, found: Found) -> Host:
    """Return what the machine of an engine says; what could not be read is Unknown, with the reason."""
    if prober.no_host:
        return unseen(prober.no_host)
    process, setting = found.process, found.setting
    root = "" if isinstance(process, Unknown) else process.root
    system, os_release, apparmor, selinux = map(
        settled, prober.ask(["system"], ["text", "/etc/os-release"], ["text", _APPARMOR], ["text", _SELINUX])
    )
    if isinstance(process, Unknown) and found.machine != (system["name"], system["kernel"]):
        return unseen(process.reason)  # the socket leads to another machine: this one's files are not that engine's
    files = _files(prober, setting, root)
    return Host(
        name=system["name"],
        os=machine.os_name(os_release or "") if not isinstance(os_release, Unknown) else "",
        kernel=system["kernel"],
        root=system["uid"] == 0,
        apparmor=machine.apparmor(apparmor or ""),
        selinux=selinux if isinstance(selinux, Unknown) else selinux is not None,
        mounts=_mounts(prober, process),
        docker_group=_group(prober, setting.value("group") or "docker"),
        socket_groups=_socket_groups(prober, files[Role.SOCKET]),
        audit=_audit(prober),
        content_trust=_content_trust(prober, system),
        listeners=_listeners(prober, process),
        files=files,
    )


def contained(prober: Prober) -> dict[str, tuple[Contained, ...]]:
    """Return what runs in each container, its own first process first; {} where the machine cannot be asked."""
    answer = [] if prober.no_host else settled(prober.ask(["contained"])[0])
    by: dict[str, list[tuple[int, str, int | None]]] = {}
    for container, program, uid, inner in [] if isinstance(answer, Unknown) or answer is None else answer:
        by.setdefault(container, []).append((inner, program, uid))
    return {
        container: tuple(Contained(program, uid) for _, program, uid in sorted(some, key=lambda one: one[0]))
        for container, some in by.items()
    }


def _files(prober: Prober, setting: Setting, root: str) -> dict[str, tuple[File, ...] | Unknown]:
    every, first = places.of_all(setting), places.of_first(setting)
    certificates = _certificates(prober, root + places.registries(setting))
    if not isinstance(certificates, Unknown):
        every[Role.REGISTRY_CERTIFICATES] = tuple(path.removeprefix(root) for path in certificates)
    paths = list(dict.fromkeys(path for some in (*every.values(), *first.values()) for path in some))
    answers = prober.ask(*(["stat", root + path] for path in paths))
    there = {path: _file(path, settled(answer), root) for path, answer in zip(paths, answers, strict=True)}
    found: dict[str, tuple[File, ...] | Unknown] = {}
    for role, some in every.items():
        found[str(role)] = _distinct([file for path in some if (file := there[path])])
    for role, some in first.items():
        found[str(role)] = tuple([file for path in some if (file := there[path]) and _is_file(file)][:1])
    if isinstance(certificates, Unknown):
        found[str(Role.REGISTRY_CERTIFICATES)] = certificates
    return found


def _file(path: str, answer: Any, root: str) -> File | None:
    if answer is None:
        return None
    if isinstance(answer, Unknown):
        return File(path, answer)
    kind, uid, gid, mode, owner, group, real = answer
    return File(path, Stat(kind, uid, gid, mode, owner, group), real.removeprefix(root))


def _is_file(file: File) -> bool:
    """Whether it can play a role: a masked unit is a link to /dev/null, and is none."""
    return file.real != "/dev/null"


def _distinct(files: Sequence[File]) -> tuple[File, ...]:
    """Return each file once, by the first of its names: /var/run/docker.sock and /run/docker.sock are one."""
    seen: dict[str, File] = {}
    for file in files:
        seen.setdefault(file.real or file.path, file)
    return tuple(seen.values())


def _certificates(prober: Prober, folder: str) -> list[str] | Unknown:
    """Return the paths of registries' certificates and keys: certs.d/<registry>/<file>."""
    names = settled(prober.ask(["names", folder])[0])
    if isinstance(names, Unknown):
        return names
    folders = [posixpath.join(folder, name) for name in names or ()]
    found = []
    for path, answer in zip(folders, prober.ask(*(["names", one] for one in folders)), strict=True):
        inside = settled(answer)
        if isinstance(inside, Unknown):
            return inside
        found += [posixpath.join(path, name) for name in inside or () if places.is_certificate(name)]
    return found


def _mounts(prober: Prober, process: Process | Unknown) -> Any:
    pid = "self" if isinstance(process, Unknown) else process.pid
    content = settled(prober.ask(["text", f"/proc/{pid}/mountinfo"])[0])
    if isinstance(content, Unknown) or content is None:
        return content or Unknown("the daemon is gone")
    return machine.mounts(content)


def _listeners(prober: Prober, process: Process | Unknown) -> Any:
    pid = "self" if isinstance(process, Unknown) else process.pid
    four, six = map(settled, prober.ask(*(["text", f"/proc/{pid}/net/{name}"] for name in ("tcp", "tcp6"))))
    unread = next((one for one in (four, six) if isinstance(one, Unknown)), None)
    return unread or machine.listeners([four or "", six or ""])


def _group(prober: Prober, key: str | int) -> Group | Unknown | None:
    answer = settled(prober.ask(["group", key])[0])
    if answer is None or isinstance(answer, Unknown):
        return answer
    name, number, members = answer
    return Group(name, number, tuple(members))


def _socket_groups(prober: Prober, sockets: tuple[File, ...] | Unknown) -> tuple[Group, ...] | Unknown:
    if isinstance(sockets, Unknown):
        return sockets
    unread = next((file.stat for file in sockets if isinstance(file.stat, Unknown)), None)
    if unread is not None:
        return unread
    numbers = {file.stat.gid for file in sockets if isinstance(file.stat, Stat) and file.stat.mode & 0o020}
    groups = [(number, _group(prober, number)) for number in sorted(numbers)]
    refused = next((group for _, group in groups if isinstance(group, Unknown)), None)
    return refused or tuple(g if isinstance(g, Group) else Group(str(number), number) for number, g in groups)


def _audit(prober: Prober) -> Audit:
    loaded, main, names = map(settled, prober.ask(["audit"], ["text", _AUDIT_FILE], ["names", _AUDIT_FOLDER]))
    more = [posixpath.join(_AUDIT_FOLDER, name) for name in _names(names) if name.endswith(".rules")]
    texts = [main, *map(settled, prober.ask(*(["text", path] for path in more)))]
    unread = next((one for one in (names, *texts) if isinstance(one, Unknown)), None)
    lines = [line for text in texts if isinstance(text, str) for line in machine.audit_lines(text)]
    kept = loaded if isinstance(loaded, Unknown) else machine.audit_lines(loaded or "")
    return Audit(kept, unread or tuple(dict.fromkeys(lines)))


def _names(answer: Any) -> Sequence[str]:
    return [] if answer is None or isinstance(answer, Unknown) else answer


def _content_trust(prober: Prober, system: Mapping[str, Any]) -> Mapping[str, str] | Unknown:
    own = [posixpath.join(system["home"], name) for name in places.OWN_TRUST_FILES]
    scripts = _names(settled(prober.ask(["names", "/etc/profile.d"])[0]))
    paths = [*places.TRUST_FILES, *(f"/etc/profile.d/{name}" for name in scripts if name.endswith(".sh")), *own]
    texts = dict(zip(paths, map(settled, prober.ask(*(["text", path] for path in paths))), strict=True))
    found = machine.content_trust({path: text for path, text in texts.items() if isinstance(text, str)})
    return {**({"the environment": system["trust"]} if system["trust"] is not None else {}), **found}
