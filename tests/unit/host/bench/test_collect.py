"""The collector, against an engine that gives a real one's answers, and against what happens while it looks."""

from __future__ import annotations

import contextlib
import copy
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.cis import snapshot
from checks.cis.daemon import Option
from checks.cis.facts import Container, Exec
from checks.cis.host import Role
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.errors import NoEngineError
from checks.host import identity
from checks.host.bench import collect, collect_daemon, probing
from checks.host.docker.probe_api import Api, unix
from tests.unit.cis.engine_data import SECRET, load
from tests.unit.host.docker.fake_engine import Engine, running

REMOTE = "only the API answers"


def _listed(name: str, data: Any) -> dict[str, Any]:
    return {"Id": data["Id"], "Names": [f"/{name}"], "State": data["State"]["Status"]}


def _answers() -> dict[str, Any]:
    """Return what the engine of tests/data/cis answers, path by path."""
    inspects = {name: load(f"container-{name}") for name in ("bad", "good", "priv")}
    image = load("image-classic")
    answers: dict[str, Any] = {
        "/version": {"ApiVersion": "1.41"},
        "/info": load("info"),
        "/networks": load("networks"),
        "/volumes": load("volumes"),
        "/images/json": [{"Id": image["Id"], "RepoTags": image["RepoTags"]}],
        f"/images/{image['Id']}/json": image,
        f"/images/{image['Id']}/history": load("history-classic"),
        "/containers/json": [_listed(name, data) for name, data in inspects.items()],
    }
    for name, data in inspects.items():
        answers[f"/containers/{data['Id']}/json"] = data
        answers[f"/containers/{data['Id']}/top"] = load("top") if name == "bad" else (409, {"message": "not running"})
        for one in data["ExecIDs"] or ():
            answers[f"/exec/{one}/json"] = load("exec-user" if name == "bad" else "exec-health")
    return answers


ID = {name: load(f"container-{name}")["Id"] for name in ("bad", "good", "priv")}
Look = Callable[[dict[str, Any]], Snapshot]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Look at an engine with these answers, by its API alone."""

    def looked(answers: dict[str, Any]) -> Snapshot:
        with (
            running(Engine(tmp_path / "d.sock", answers)) as engine,
            contextlib.closing(Api(unix(str(engine.path)))) as api,
        ):
            return collect.snapshot(probing.Here("tcp://engine", api, no_host=REMOTE))

    return looked


def _by_name(facts: Snapshot) -> dict[str, Container]:
    assert not isinstance(facts.containers, Unknown)
    return {one.name: one for one in facts.containers}


def test_an_engine_by_its_api_alone(look: Look) -> None:
    facts = look(_answers())
    assert set(_by_name(facts)) == {"bad", "good", "priv"}
    assert facts.engine.version == "20.10.24+dfsg1"
    assert [one.name for one in facts.images] == ["built0:1"]  # type: ignore[union-attr]
    assert len(facts.networks) == 3  # type: ignore[arg-type]
    assert (facts.target, facts.vanished, facts.daemon.kind) == ("tcp://engine", (), "remote")
    assert facts.daemon.unread == REMOTE
    assert facts.daemon.option("log-level") == Unknown(REMOTE)
    assert facts.host.mounts == facts.host.role(Role.SOCKET) == facts.host.audit.loaded == Unknown(REMOTE)
    assert not facts.host.root
    assert snapshot.load(snapshot.dump(facts)) == facts
    assert SECRET not in snapshot.dump(facts)


def test_what_runs_in_containers(look: Look) -> None:
    found = _by_name(look(_answers()))
    assert [one.name for one in found["bad"].processes] == ["busybox", "busybox"]  # type: ignore[union-attr]
    assert found["good"].processes == Unknown("it stopped while it was looked at")
    assert found["priv"].processes == ()
    assert found["bad"].execs == (Exec(False, "0"),)
    assert found["good"].execs == ()


def test_containers_and_images_that_vanish_are_named(look: Look) -> None:
    answers = _answers()
    answers[f"/containers/{ID['bad']}/json"] = (404, {"message": "no such container"})
    image = load("image-classic")["Id"]
    answers[f"/images/{image}/history"] = (404, {"message": "no such image"})
    answers["/containers/json"] = _turns(answers["/containers/json"], answers["/containers/json"][1:])
    facts = look(answers)
    assert set(_by_name(facts)) == {"good", "priv"}
    assert facts.vanished == ("container bad", "image built0:1")


def _turns(*values: Any) -> Callable[[], Any]:
    """Return another value each time, and the last one for ever."""
    left = list(values)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_what_starts_meanwhile_is_looked_at_and_what_ends_is_named(look: Look) -> None:
    answers = _answers()
    bad, good, priv = answers["/containers/json"]
    answers["/containers/json"] = _turns([good, priv], [bad, {**good, "State": "exited"}])
    facts = look(answers)
    assert set(_by_name(facts)) == {"bad", "good", "priv"}
    assert facts.vanished == ("container good (running, then exited)", "container priv (after it was looked at)")


def test_a_host_that_starts_containers_all_the_time_is_looked_at_all_the_same(look: Look) -> None:
    answers = _answers()
    numbers = iter(range(1000))

    def more() -> Any:
        number = next(numbers)
        data = copy.deepcopy(load("container-priv"))
        data["Id"], data["Name"] = f"{number:064}", f"/new{number}"
        answers[f"/containers/{data['Id']}/json"] = data
        return [{"Id": data["Id"], "Names": [data["Name"]], "State": "created"}]

    answers["/containers/json"] = more
    assert len(_by_name(look(answers))) == 4


@pytest.mark.parametrize("state", ["dead", "removing"])
def test_a_container_that_is_being_removed_is_not_in_the_way(look: Look, state: str) -> None:
    answers = _answers()
    answers["/containers/json"][0]["State"] = state
    answers[f"/containers/{ID['bad']}/json"] = (500, {"message": "driver failed"})
    assert look(answers).vanished[0] == "container bad"


def test_what_the_engine_refuses_is_unknown(look: Look) -> None:
    answers = _answers()
    denied = (403, {"message": "authorization denied by plugin\nmore"})
    answers |= dict.fromkeys(("/images/json", "/networks", "/volumes", "/version"), denied)
    answers[f"/containers/{ID['bad']}/top"] = denied
    facts = look(answers)
    assert facts.images == Unknown("the engine refuses /images/json: authorization denied by plugin")
    assert facts.networks == Unknown("the engine refuses /networks: authorization denied by plugin")
    assert isinstance(_by_name(facts)["bad"].processes, Unknown)
    assert isinstance(facts.daemon.option("icc"), Unknown)


@pytest.mark.parametrize("path", ["/containers/json", f"/containers/{ID['good']}/json"])
def test_a_container_of_which_nothing_is_known_is_not_passed_over(look: Look, path: str) -> None:
    answers = _answers()
    answers[path] = (500, {"message": "out of memory"})
    found = look(answers).containers
    assert isinstance(found, Unknown)
    assert found.reason.endswith("out of memory")


@pytest.mark.parametrize("info", [(404, {}), (500, {"message": "x"}), [], "text"])
def test_what_has_no_info_is_no_engine(look: Look, info: Any) -> None:
    with pytest.raises(NoEngineError, match="is no Docker engine"):
        look({**_answers(), "/info": info})


def test_an_engine_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoEngineError, match="does not answer"):
        collect.snapshot(probing.Here("local", Api(unix(str(tmp_path / "none"))), str(tmp_path / "none")))


def test_a_manager_of_a_swarm_is_asked_about_it(look: Look) -> None:
    answers = _answers() | {"/info": load("info-manager"), "/swarm": load("swarm"), "/services": load("services")}
    answers["/secrets"] = [{"Spec": {"Name": "key"}}]
    swarm = look(answers).swarm
    assert not isinstance(swarm, Unknown)
    assert (swarm.manager, swarm.secrets, swarm.listen_address) == (True, ("key",), Unknown(REMOTE))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[probing.Here]:
    """An engine that this very process serves."""
    with (
        running(Engine(tmp_path / "d.sock", _answers())) as engine,
        contextlib.closing(Api(unix(str(engine.path)))) as api,
    ):
        yield probing.Here("local", api, str(engine.path))


def test_a_socket_that_another_program_serves_is_no_dockerd_of_this_machine(here: probing.Here) -> None:
    """As with Docker Desktop, or a socket that ssh forwards: this machine's files are not that engine's."""
    facts = collect.snapshot(here)
    comm = Path(f"/proc/{os.getpid()}/comm").read_text().strip()
    assert facts.daemon.unread == f"{here.socket} is served by {comm}, not by a dockerd of this machine"
    assert isinstance(facts.daemon.program, Unknown)
    assert facts.host.role(Role.DAEMON_JSON) == Unknown(facts.daemon.unread)


def test_a_dockerd_that_cannot_be_told_may_still_be_of_this_machine(tmp_path: Path) -> None:
    info = {**load("info"), "Name": platform.node(), "KernelVersion": platform.release()}
    with running(Engine(tmp_path / "d.sock", _answers() | {"/info": info})) as engine:
        api = Api(unix(str(engine.path)))
        facts = collect.snapshot(probing.Here("local", api, str(engine.path)))
        api.close()
    assert facts.daemon.unread
    assert facts.host.kernel == platform.release()
    assert [file.path for file in facts.host.role(Role.SOCKET)] == [str(engine.path)]  # type: ignore[union-attr]
    assert isinstance(facts.host.mounts, tuple)
    assert facts.host.root is (os.geteuid() == 0)


class _Answering:
    """Answers questions from a table: what the machine would say."""

    target, socket, no_host = "local", "/run/docker.sock", ""

    def __init__(self, answers: dict[Any, Any]) -> None:
        self.answers = answers

    def ask(self, *questions: Any) -> list[tuple[str, Any]]:
        return [self.answers.get(tuple(one), self.answers.get(one[0], ("absent", ""))) for one in questions]


def _process(pid: int, *argv: str, comm: str = "dockerd", **more: Any) -> dict[str, Any]:
    standard = {
        "pid": pid,
        "comm": comm,
        "argv": list(argv),
        "uid": 0,
        "exe": "/usr/bin/dockerd",
        "environ": {},
        "root": False,
    }
    return standard | more


@pytest.mark.parametrize(
    ("processes", "found"),
    [
        ([_process(7, "dockerd", "-H", "fd://")], 7),
        ([_process(7, "dockerd", "-H", "fd://"), _process(8, "dockerd", "-H", "unix:///x")], 7),
        ([_process(8, "dockerd")], 8),
        ([_process(7, "dockerd", "-H", "fd://"), _process(8, "dockerd", "--host=fd://")], None),
        ([], None),
    ],
)
def test_a_socket_that_systemd_made(processes: list[dict[str, Any]], found: int | None) -> None:
    prober = _Answering(
        {
            "peer": ("ok", 1),
            "process": ("ok", _process(1, "/sbin/init", comm="systemd", exe="")),
            "named": ("ok", processes),
        }
    )
    daemon = collect_daemon.find(prober)
    assert (None if isinstance(daemon, Unknown) else daemon.pid) == found


@pytest.mark.parametrize("answer", [("ok", 0), ("error", "permission denied")])
def test_a_server_that_cannot_be_seen(answer: tuple[str, Any]) -> None:
    assert isinstance(collect_daemon.find(_Answering({"peer": answer})), Unknown)
    assert isinstance(collect_daemon.find(_Answering({"peer": ("ok", 9), "process": ("absent", "")})), Unknown)


def _daemon(process: dict[str, Any], file: tuple[str, Any], info: Any = None) -> collect_daemon.Found:
    prober = _Answering({"peer": ("ok", 9), "process": ("ok", process), "text": file})
    return collect_daemon.daemon(prober, info or {}, [])


def test_flags_and_file_are_joined() -> None:
    found = _daemon(
        _process(9, "dockerd", "--icc=false", "--exec-root=/x"), ("ok", '{"live-restore": true, "data-root": "/d"}')
    )
    assert (found.daemon.unread, found.daemon.kind, found.daemon.uid) == ("", "system", 0)
    assert found.daemon.options["live-restore"].source == "/etc/docker/daemon.json"
    assert found.daemon.options["icc"].source == "--icc=false"
    assert (found.setting.data_root, found.setting.exec_root, found.daemon.program) == ("/d", "/x", "/usr/bin/dockerd")


def test_a_file_that_is_not_there_says_nothing() -> None:
    found = _daemon(_process(9, "dockerd"), ("absent", ""))
    assert (found.daemon.unread, found.daemon.option("icc")) == ("", Option(True))


@pytest.mark.parametrize("file", [("error", "permission denied: /etc/docker/daemon.json"), ("ok", "{")])
def test_a_file_that_cannot_be_read_leaves_options_unknown(file: tuple[str, str]) -> None:
    found = _daemon(_process(9, "dockerd", "--icc=false"), file)
    assert found.daemon.unread
    assert found.daemon.options["icc"].value is False
    assert isinstance(found.daemon.option("log-level"), Unknown)


def test_a_command_line_that_cannot_be_read_leaves_options_unknown() -> None:
    assert _daemon(_process(9, ""), ("absent", "")).daemon.unread == "its command line cannot be read"


def test_a_rootless_engine_has_its_files_elsewhere() -> None:
    environ = {"HOME": "/home/u", "XDG_RUNTIME_DIR": "/run/user/1000"}
    process = _process(9, "dockerd", uid=1000, environ=environ)
    found = _daemon(process, ("absent", ""), {"SecurityOptions": ["name=rootless"]})
    assert (found.daemon.kind, found.daemon.uid) == ("rootless", 1000)
    assert found.setting.config_file == "/home/u/.config/docker/daemon.json"
    assert found.setting.run == "/run/user/1000"


def test_an_engine_with_a_root_of_its_own_is_looked_at_there() -> None:
    process = _process(9, "dockerd", root=True)
    prober = _Answering({"peer": ("ok", 9), "process": ("ok", process)})
    prober.answers["text", "/proc/9/root/etc/docker/daemon.json"] = ("ok", '{"icc": false}')
    assert collect_daemon.daemon(prober, {}, []).daemon.options["icc"].value is False


def test_a_socket_of_this_runs_own_ssh_connection_leads_to_another_machine() -> None:
    with tempfile.TemporaryDirectory(prefix=f"checks-ssh-{identity.in_a_name()}-") as name:
        (Path(name) / "remote.json").write_text('{"host": "ssh://other", "socket": "/run/docker.sock"}')
        place = Path(name) / "docker.sock"
        with running(Engine(place, _answers())), probing.engine(f"unix://{place}", {}) as asked:
            facts = collect.snapshot(asked)
    assert (facts.target, facts.daemon.kind) == ("ssh://other", "remote")
    assert facts.host.mounts.reason.startswith("no script can be run at ssh://other: ")  # type: ignore[union-attr]
