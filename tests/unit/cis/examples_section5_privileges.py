from __future__ import annotations

from checks.cis.daemon import Daemon, Option
from checks.cis.facts import Device
from checks.model import Verdict
from tests.unit.cis.builders import Case, case, container, daemon, snapshot, unread_daemon, web

DEFAULT = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
OPTION = "no-new-privileges"


def asked(verdict: Verdict, value: str = "", *, option: str = "", says: str = "", facts: Daemon | None = None) -> Case:
    """Return an example of a container with that security option under that daemon."""
    some = [container(security_options=("label=disable", option) if option else ())]
    return case(verdict, snapshot(containers=some, daemon=facts), *([f"web: {value}"] if value else []), says=says)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.4": (
        web(Verdict.PASS, says="1 container: none has capabilities beyond the default ones"),
        *(web(Verdict.PASS, cap_add=(name,)) for name in DEFAULT),
        web(Verdict.PASS, cap_add=("CAP_CHOWN", "cap_net_raw", "kill")),
        web(Verdict.PASS, cap_drop=("ALL",)),
        web(Verdict.PASS, privileged=True),
        web(Verdict.FAIL, "SYS_ADMIN", cap_add=("CHOWN", "SYS_ADMIN")),
        web(Verdict.FAIL, "SYS_ADMIN, NET_ADMIN", cap_add=("CAP_SYS_ADMIN", "net_admin", "sys_admin")),
        web(Verdict.FAIL, "ALL", cap_add=("ALL",), cap_drop=("ALL",)),
        web(Verdict.FAIL, "ALL", cap_add=("all",)),
        web(Verdict.FAIL, "DAC_READ_SEARCH", cap_add=("cap_dac_read_search",)),
    ),
    "5.5": (
        web(Verdict.PASS, privileged=False, cap_add=("ALL",), says="1 container: none is privileged"),
        web(Verdict.FAIL, "privileged", privileged=True),
        # docker-bench-security leaves out every container with `nil` in its name, from all checks
        case(Verdict.FAIL, snapshot(containers=[container("vanilla", privileged=True)]), "vanilla: privileged"),
    ),
    "5.18": (
        web(Verdict.PASS, says="1 container: none has devices of the host"),
        web(Verdict.MANUAL, "/dev/sda (r)", devices=(Device("/dev/sda", "/dev/x", "r"),)),
        # docker-bench-security looks at --device only
        web(Verdict.MANUAL, "all: privileged", privileged=True),
        web(Verdict.MANUAL, "c 1:3 rwm", device_rules=("c 1:3 rwm",)),
        web(Verdict.MANUAL, "gpu", device_requests=("gpu",)),
    ),
    "5.26": (
        asked(Verdict.PASS, option=OPTION, says="1 container: none can get new privileges"),
        *(asked(Verdict.PASS, option=f"{OPTION}={value}") for value in ("1", "t", "T", "true", "TRUE", "True")),
        asked(Verdict.PASS, option=f"{OPTION}:true"),
        asked(Verdict.PASS, option=OPTION, facts=unread_daemon()),
        asked(Verdict.PASS, facts=daemon(no_new_privileges=True)),
        case(
            Verdict.PASS, snapshot(containers=[container()], engine={"security": {OPTION: ""}}, daemon=unread_daemon())
        ),
        asked(Verdict.FAIL, "off"),
        asked(Verdict.FAIL, "off", option="no-new-privileges-at-all"),
        # docker-bench-security looks for the name, not the value
        asked(Verdict.FAIL, f"{OPTION}=false", option=f"{OPTION}=false"),
        asked(Verdict.FAIL, f"{OPTION}=false", option=f"{OPTION}:false", facts=daemon(no_new_privileges=True)),
        asked(Verdict.FAIL, "off", facts=Daemon({OPTION: Option(False, f"--{OPTION}=false")}, unread="")),
        web(Verdict.FAIL, f"{OPTION}=false", security_options=(OPTION, f"{OPTION}=false")),
        web(Verdict.PASS, security_options=(f"{OPTION}=false", OPTION)),
        asked(Verdict.UNKNOWN, facts=unread_daemon(), says="only the API answers"),
    ),
}
