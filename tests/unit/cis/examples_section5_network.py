from __future__ import annotations

from checks.cis.facts import Port
from checks.model import Verdict
from tests.unit.cis.builders import Case, web


def port(public: int, host_ip: str = "127.0.0.1", **changes: str) -> Port:
    return Port(80, public, host_ip, **changes)


EXAMPLES: dict[str, tuple[Case, ...]] = {
    "5.8": (
        web(Verdict.PASS, ports=(port(1025),), says="1 container: none publishes a privileged port"),
        web(Verdict.PASS, ports=()),
        web(Verdict.PASS, ports=(port(0),)),
        web(Verdict.FAIL, "127.0.0.1:1->80/tcp", ports=(port(1),)),
        web(Verdict.FAIL, "127.0.0.1:1023->80/udp", ports=(port(1023, protocol="udp"), port(8080))),
        web(Verdict.FAIL, "127.0.0.1:80->80/tcp, 127.0.0.1:81->80/tcp", ports=(port(80), port(81))),
        # docker-bench-security warns about 1024 and misses IPv6
        web(Verdict.PASS, ports=(port(1024),)),
        web(Verdict.FAIL, "[::1]:443->80/tcp", ports=(port(443, "::1"),)),
    ),
    "5.9": (
        web(Verdict.PASS, ports=(), says="1 container: none publishes a port"),
        web(Verdict.PASS, ports=(port(0),)),
        web(Verdict.MANUAL, "127.0.0.1:8080->80/tcp", ports=(port(8080),)),  # docker-bench-security warns
        web(Verdict.MANUAL, "[::]:8080->80/tcp", ports=(port(8080, "::"),)),  # docker-bench-security passes it
    ),
    "5.14": (
        web(Verdict.PASS, ports=(port(80),), says="1 container: each port is bound to one address"),
        web(Verdict.PASS, ports=(port(80, "10.0.0.0"), port(80, "::1"))),
        web(Verdict.PASS, ports=(port(0, "0.0.0.0"),)),
        web(Verdict.FAIL, "0.0.0.0:8080->80/tcp", ports=(port(8080, "0.0.0.0"), port(81))),
        web(Verdict.FAIL, "0.0.0.0:1->80/tcp, 0.0.0.0:2->80/tcp", ports=(port(1, "0.0.0.0"), port(2, "0.0.0.0"))),
        # docker-bench-security misses these
        web(Verdict.FAIL, "[::]:8080->80/tcp", ports=(port(8080, "::"),)),
        web(Verdict.FAIL, "[::]:8080->80/tcp", ports=(port(8080, "[::]"),)),
        web(Verdict.FAIL, ":8080->80/tcp", ports=(port(8080, ""),)),
    ),
    "5.30": (
        web(Verdict.PASS, networks=("front", "bridges"), says="1 container: none is on the default bridge"),
        web(Verdict.MANUAL, "on the default bridge", networks=("front", "bridge")),
    ),
}
