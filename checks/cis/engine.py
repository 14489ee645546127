"""What the engine's API says of itself and of its swarm."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from checks.cis import inspected
from checks.cis.daemon import Engine, Swarm
from checks.cis.dockerd import security_options
from checks.cis.loose import flag, number, table, tables, text, texts
from checks.cis.unknown import Unknown

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_TIMES = {0x17: 12, 0x18: 14}
"""The DER tags of UTCTime and GeneralizedTime, and how many digits each has before its Z."""


def engine(info: object, version: object = None) -> Engine:
    """Return the engine from the API's `info` and `version`."""
    facts, about = table(info), table(version)
    return Engine(
        id=text(facts.get("ID")),
        version=text(facts.get("ServerVersion")),
        api_version=text(about.get("ApiVersion")),
        kernel=text(facts.get("KernelVersion")),
        os=text(facts.get("OperatingSystem")),
        storage_driver=text(facts.get("Driver")),
        logging_driver=text(facts.get("LoggingDriver")),
        cgroup_driver=text(facts.get("CgroupDriver")),
        cgroup_version=text(facts.get("CgroupVersion")),
        data_root=text(facts.get("DockerRootDir")),
        live_restore=flag(facts.get("LiveRestoreEnabled")),
        experimental=flag(facts.get("ExperimentalBuild")),
        memory_limit=facts.get("MemoryLimit") is not False,
        pids_limit=facts.get("PidsLimit") is not False,
        cpu_limit=facts.get("CpuCfsQuota") is not False,
        security=security_options(facts.get("SecurityOptions")),
        warnings=texts(facts.get("Warnings")),
    )


def is_manager(info: object) -> bool:
    """Whether this node manages a swarm, and so knows of its services and secrets."""
    return flag(table(table(info).get("Swarm")).get("ControlAvailable"))


def swarm(info: object, inspect: object, state_file: object, secrets: object, services: object) -> Swarm:
    """Return the swarm: `info`, then what managers answer to /swarm, the data root's docker-state.json, /secrets, /services.

    Each of the last four may be Unknown: not asked, refused, or not readable.
    """
    mine = table(table(info).get("Swarm"))
    state = text(mine.get("LocalNodeState")) or "inactive"
    manager = flag(mine.get("ControlAvailable"))
    if state == "inactive":
        return Swarm(state)
    return Swarm(
        state=state,
        manager=manager,
        node_address=text(mine.get("NodeAddr")),
        managers=number(mine.get("Managers")) if manager else ONLY_MANAGERS,
        nodes=number(mine.get("Nodes")) if manager else ONLY_MANAGERS,
        secrets=_secrets(secrets),
        services=services if isinstance(services, Unknown) else inspected.services(services),
        **_of_cluster(inspect),
        **_addresses(state_file),
    )


ONLY_MANAGERS = Unknown("this node is a worker: only managers know")


def _of_cluster(cluster: object) -> dict[str, Any]:
    names = ("autolock", "certificate_seconds", "ca_issued", "ca_rotations")
    if isinstance(cluster, Unknown):
        return dict.fromkeys(names, cluster)
    spec = table(table(cluster).get("Spec"))
    authority = table(spec.get("CAConfig"))
    issued = certificate_time(text(table(table(cluster).get("TLSInfo")).get("TrustRoot")))
    return {
        "autolock": flag(table(spec.get("EncryptionConfig")).get("AutoLockManagers")),
        "certificate_seconds": number(authority.get("NodeCertExpiry")) // 1_000_000_000,
        "ca_issued": issued or Unknown("the swarm's CA certificate could not be read"),
        "ca_rotations": number(authority.get("ForceRotate")),
    }


def _addresses(state_file: object) -> dict[str, Any]:
    names = {"listen_address": "ListenAddr", "advertise_address": "AdvertiseAddr", "data_path_address": "DataPathAddr"}
    if isinstance(state_file, Unknown):
        return dict.fromkeys(names, state_file)
    try:
        kept: Mapping[str, Any] = table(json.loads(text(state_file)))
    except (ValueError, RecursionError):
        return dict.fromkeys(names, Unknown("docker-state.json of the swarm could not be read"))
    return {name: text(kept.get(key)) for name, key in names.items()}


def _secrets(secrets: object) -> tuple[str, ...] | Unknown:
    if isinstance(secrets, Unknown):
        return secrets
    return tuple(text(table(one.get("Spec")).get("Name")) for one in tables(secrets))


def certificate_time(pem: str) -> str:
    """Return from when on the first certificate of a PEM text is valid, RFC 3339; "" where it has none.

    The first time in a certificate's DER is its notBefore (RFC 5280): before it are only numbers and names.
    """
    match = _PEM.search(pem)
    try:
        der = base64.b64decode(match[1]) if match else b""
    except ValueError:  # binascii.Error is one
        return ""
    for at in range(len(der) - 2):
        digits = _TIMES.get(der[at])
        if digits and der[at + 1] == digits + 1 and der[at + 2 + digits : at + 3 + digits] == b"Z":
            said = der[at + 2 : at + 2 + digits]
            if said.isdigit():
                return _rfc3339(said.decode("ascii"))
    return ""


def _rfc3339(digits: str) -> str:
    if len(digits) == 12:  # UTCTime: two digits of the year, 1950 to 2049
        digits = ("19" if digits >= "50" else "20") + digits
    year, month, day, hour, minute, second = digits[:4], *(digits[at : at + 2] for at in range(4, 14, 2))
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
