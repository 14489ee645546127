"""What the engine's API says of containers, images, networks and services, as the facts of `checks.cis.facts`.

Every function takes the JSON of one answer, of whatever shape. Values that may be secret stop here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checks.cis import history, redact
from checks.cis.facts import Container, Device, Exec, Image, Mount, Network, Port, Process, Service, Ulimit
from checks.cis.loose import flag, number, pairs, table, tables, text, texts
from checks.cis.unknown import Unknown

NONE = "<none>"
SERVICE_LABEL = "com.docker.swarm.service.id"


def container(
    data: object,
    bound: Mapping[str, str] | None = None,
    processes: tuple[Process, ...] | Unknown = (),
    execs: tuple[Exec, ...] | Unknown = (),
) -> Container:
    """Return one container from its `inspect`; `bound` says which volumes are paths of the host (see `bound_volumes`)."""
    top = table(data)
    config, host, network = table(top.get("Config")), table(top.get("HostConfig")), table(top.get("NetworkSettings"))
    state, policy = table(top.get("State")), table(host.get("RestartPolicy"))
    labels = pairs(config.get("Labels"))
    return Container(
        name=text(top.get("Name")).lstrip("/") or text(top.get("Id"))[:12],
        id=text(top.get("Id")),
        image=redact.url(text(config.get("Image"))),
        image_id=text(top.get("Image")),
        status=text(state.get("Status")),
        created=text(top.get("Created")),
        labels=redact.labels(labels),
        user=text(config.get("User")),
        health=_first(table(config.get("Healthcheck")).get("Test")),
        health_status=text(table(state.get("Health")).get("Status")),
        apparmor=text(top.get("AppArmorProfile")),
        process_label=text(top.get("ProcessLabel")),
        security_options=tuple(map(redact.security_option, texts(host.get("SecurityOpt")))),
        cap_add=texts(host.get("CapAdd")),
        cap_drop=texts(host.get("CapDrop")),
        privileged=flag(host.get("Privileged")),
        readonly_root=flag(host.get("ReadonlyRootfs")),
        mounts=tuple(sorted(_mounts(top, host, bound or {}), key=lambda one: one.target)),  # the engine shuffles them
        ports=tuple(_ports({**_wanted_ports(host), **_bound(network.get("Ports"))})),
        networks=tuple(table(network.get("Networks"))),
        network_mode=text(host.get("NetworkMode")),
        pid_mode=text(host.get("PidMode")),
        ipc_mode=text(host.get("IpcMode")),
        uts_mode=text(host.get("UTSMode")),
        userns_mode=text(host.get("UsernsMode")),
        cgroupns_mode=text(host.get("CgroupnsMode")),
        cgroup_parent=text(host.get("CgroupParent")),
        memory=number(host.get("Memory")),
        cpu_shares=number(host.get("CpuShares")),
        nano_cpus=number(host.get("NanoCpus")),
        cpu_quota=number(host.get("CpuQuota")),
        cpuset=text(host.get("CpusetCpus")),
        pids_limit=None if host.get("PidsLimit") is None else number(host.get("PidsLimit")),
        ulimits=tuple(_ulimits(host.get("Ulimits"))),
        devices=tuple(_devices(host.get("Devices"))),
        device_rules=texts(host.get("DeviceCgroupRules")),
        device_requests=tuple(_requests(host.get("DeviceRequests"))),
        restart=text(policy.get("Name")) or "no",
        restart_attempts=number(policy.get("MaximumRetryCount")),
        init=flag(host.get("Init")),
        runtime=text(host.get("Runtime")),
        log_driver=text(table(host.get("LogConfig")).get("Type")),
        service_id=labels.get(SERVICE_LABEL, ""),
        processes=processes,
        execs=execs,
    )


def _first(value: object) -> str:
    return next(iter(texts(value)), "")


def _mounts(top: Mapping[str, Any], host: Mapping[str, Any], bound: Mapping[str, str]) -> Iterable[Mount]:
    for one in tables(top.get("Mounts")):
        kind, name = text(one.get("Type")) or "bind", text(one.get("Name"))
        yield Mount(
            source=text(one.get("Source")),
            target=text(one.get("Destination")),
            kind=kind,
            writable=flag(one.get("RW")),
            propagation=text(one.get("Propagation")),
            name=name,
            device=bound.get(name, "") if kind == "volume" else "",
        )
    for target, options in pairs(host.get("Tmpfs")).items():
        yield Mount("", target, "tmpfs", "ro" not in options.split(","), "")


def bound_volumes(data: object) -> dict[str, str]:
    """Return the volumes of the local driver that their options bind to a path of the host: name → path.

    Of the options nothing else is kept: those of network file systems hold passwords.
    """
    found = {}
    for one in tables(table(data).get("Volumes")):
        options = pairs(one.get("Options"))
        device = options.get("device", "")
        how = {*options.get("o", "").split(","), options.get("type", "")}
        if text(one.get("Driver")) == "local" and device.startswith("/") and how & {"bind", "rbind"}:
            found[text(one.get("Name"))] = device
    return found


def _bound(ports: object) -> dict[str, Any]:
    return {inside: places for inside, places in table(ports).items() if tables(places)}


def _wanted_ports(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a container is to publish: while it starts the engine does not say yet what is bound, and that is no pass."""
    mode = text(host.get("NetworkMode"))
    if mode in ("host", "none") or mode.startswith("container:"):
        return {}  # there the engine publishes nothing, whatever was asked for
    wanted = _bound(host.get("PortBindings"))
    return {
        inside: [{**place, "HostIp": text(place.get("HostIp")) or "0.0.0.0"} for place in tables(places)]  # noqa: S104
        for inside, places in wanted.items()
    }


def _ports(ports: object) -> Iterable[Port]:
    for inside, places in table(ports).items():
        private, _, protocol = inside.partition("/")
        for place in tables(places):
            public = text(place.get("HostPort"))
            if _is_number(private) and _is_number(public):
                yield Port(int(private), int(public), text(place.get("HostIp")), protocol or "tcp")


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 6


def _ulimits(ulimits: object) -> Iterable[Ulimit]:
    for one in tables(ulimits):
        yield Ulimit(text(one.get("Name")), number(one.get("Soft")), number(one.get("Hard")))


def _devices(devices: object) -> Iterable[Device]:
    for one in tables(devices):
        access = text(one.get("CgroupPermissions"))
        yield Device(text(one.get("PathOnHost")), text(one.get("PathInContainer")), access)


def _requests(requests: object) -> Iterable[str]:
    """Return what `--gpus` asked for: `nvidia: all`, `gpu: 2`, `nvidia: GPU-1,GPU-2`."""
    for one in tables(requests):
        capabilities = [word for some in one.get("Capabilities") or () for word in texts(some)]
        driver = text(one.get("Driver")) or ",".join(capabilities) or "any"
        count = number(one.get("Count"))
        ids = ",".join(texts(one.get("DeviceIDs")))
        yield f"{driver}: {ids or ('all' if count < 0 else count)}"


def exec_ids(data: object) -> tuple[str, ...]:
    """Return the ids of the commands that `docker exec`, or the health check, has in a container."""
    return texts(table(data).get("ExecIDs"))


def execs(answers: Iterable[object], container: object) -> tuple[Exec, ...]:
    """Return those that run, of which the container's own health check is none."""
    check = texts(table(table(table(container).get("Config")).get("Healthcheck")).get("Test"))
    found = []
    for answer in map(table, answers):
        process = table(answer.get("ProcessConfig"))
        command = (text(process.get("entrypoint")), *texts(process.get("arguments")))
        if flag(answer.get("Running")) and not _is_check(command, check):
            found.append(Exec(flag(process.get("privileged")), text(process.get("user"))))
    return tuple(found)


def _is_check(command: tuple[str, ...], check: tuple[str, ...]) -> bool:
    kind, words = check[:1], check[1:]
    return (kind == ("CMD",) and command == words) or (kind == ("CMD-SHELL",) and command[-1:] == words)


def image(data: object, past: object) -> Image:
    """Return one image from its `inspect` and its history."""
    top = table(data)
    config = table(top.get("Config"))
    names = redact.environment(texts(config.get("Env")))
    return Image(
        id=text(top.get("Id")),
        tags=tuple(tag for tag in texts(top.get("RepoTags")) if NONE not in tag),
        digests=tuple(digest for digest in texts(top.get("RepoDigests")) if NONE not in digest),
        labels=redact.labels(pairs(config.get("Labels"))),
        user=text(config.get("User")),
        health=_first(table(config.get("Healthcheck")).get("Test")),
        created=text(top.get("Created")),
        size=number(top.get("Size")),
        environment=names,
        history=past if isinstance(past, Unknown) else history.steps(past, names),
    )


def networks(data: object, containers: Iterable[tuple[str, object]] = ()) -> tuple[Network, ...]:
    """Return the networks from their list; `containers` are ids with what `inspect` says of each."""
    on: dict[str, list[str]] = {}
    for container_id, inspected in containers:
        for one in table(table(table(inspected).get("NetworkSettings")).get("Networks")).values():
            on.setdefault(text(table(one).get("NetworkID")), []).append(container_id)
    listed = sorted(tables(data), key=lambda one: (text(one.get("Name")), text(one.get("Id"))))
    return tuple(_network(one, tuple(on.get(text(one.get("Id")), ()))) for one in listed)


def _network(one: Mapping[str, Any], containers: tuple[str, ...]) -> Network:
    return Network(
        name=text(one.get("Name")),
        id=text(one.get("Id")),
        driver=text(one.get("Driver")),
        scope=text(one.get("Scope")),
        internal=flag(one.get("Internal")),
        ingress=flag(one.get("Ingress")),
        attachable=flag(one.get("Attachable")),
        options=redact.labels(pairs(one.get("Options"))),
        labels=redact.labels(pairs(one.get("Labels"))),
        containers=containers,
    )


def services(data: object) -> tuple[Service, ...]:
    """Return the services of a swarm from their list."""
    return tuple(map(_service, tables(data)))


def _service(one: Mapping[str, Any]) -> Service:
    spec = table(one.get("Spec"))
    task = table(spec.get("TaskTemplate"))
    run, policy = table(task.get("ContainerSpec")), table(task.get("RestartPolicy"))
    return Service(
        name=text(spec.get("Name")) or text(one.get("ID")),
        id=text(one.get("ID")),
        labels=redact.labels(pairs(spec.get("Labels"))),
        restart=text(policy.get("Condition")) or "any",
        restart_attempts=number(policy["MaxAttempts"]) if "MaxAttempts" in policy else None,
        secrets=tuple(text(secret.get("SecretName")) for secret in tables(run.get("Secrets"))),
        environment=redact.environment(texts(run.get("Env"))),
    )
