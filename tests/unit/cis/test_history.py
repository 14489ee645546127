"""How images were made: both builders' histories, and that no value comes out of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cis import history, shellwords
from checks.cis.facts import Step
from tests.unit.cis.engine_data import SECRET, anything, load


def test_the_history_of_a_classic_build() -> None:
    found = history.steps(load("history-classic"), {"DB_PASSWORD", "GREETING"})
    words = [step.instruction for step in found]
    assert words[:7] == ["USER", "HEALTHCHECK", "COPY", "ADD", "RUN", "ENV", "ARG"]
    run, env, arg = found[4], found[5], found[6]
    assert (run.names, run.commands) == (("TOKEN",), (("echo",), ("chmod", "4755")))
    assert (env.names, arg.names) == (("DB_PASSWORD", "GREETING"), ("TOKEN",))
    assert (found[3].commands, found[3].size, found[3].created) == ((("file",),), 10240, "2026-11-25T22:12:00Z")
    assert SECRET not in str(found)


CASES = [
    ("/bin/sh -c #(nop) ADD file:0a1b in / ", Step("ADD", commands=(("file",),))),
    ("/bin/sh -c #(nop) ADD multi:0a1b in /opt/ ", Step("ADD", commands=(("file",),))),
    ("ADD https://example.org/a.tar.gz /opt # buildkit", Step("ADD", commands=(("url",),))),
    ("ADD --chown=1:1 rootfs.tar.xz a.txt /opt/ # buildkit", Step("ADD", commands=(("archive",), ("file",)))),
    ("ADD git@example.org:a/b.git /opt # buildkit", Step("ADD", commands=(("url",),))),
    ("COPY /app /app # buildkit", Step("COPY")),
    ('/bin/sh -c #(nop)  CMD ["bash"]', Step("CMD")),
    ("/bin/sh -c apt-get update", Step("RUN", commands=(("apt-get", "update"),))),
    ("RUN /bin/sh -c apk add --no-cache curl # buildkit", Step("RUN", commands=(("apk", "add", "--no-cache"),))),
    ("RUN /bin/bash -o pipefail -c yum -y install x # buildkit", Step("RUN", commands=(("yum", "install", "-y"),))),
    ("RUN pip install flask # buildkit", Step("RUN", commands=(("pip", "install"),))),
    ("RUN |2 A=1 TOKEN=hunter2 x /bin/sh -c true # buildkit", Step("RUN", ("A", "TOKEN"), (("true",),))),
    ("|1 TOKEN=hunter2 /bin/sh -c true", Step("RUN", ("TOKEN",), (("true",),))),
    ("ENV TOKEN=hunter2 # buildkit", Step("ENV", ("TOKEN",))),
    ("ARG TOKEN=hunter2", Step("ARG", ("TOKEN",))),
    ("ENV KEY=-----BEGIN KEY\nhunter2==\n", Step("ENV", ("KEY",))),
    ("ENV KEY=a hunter2=b", Step("ENV", ("KEY",))),
    ("cmd /S /C #(nop) USER app", Step("USER")),
    ("#(nop) USER app", Step("")),
    ("mmdebstrap debian trixie", Step("")),
    ("", Step("")),
]


@pytest.mark.parametrize(("text", "step"), CASES)
def test_one_line(text: str, step: Step) -> None:
    assert history.step(text) == step


def test_a_name_that_the_image_sets_is_one() -> None:
    assert history.step("ENV A=1 B=2 C=3", {"A", "B"}).names == ("A", "B")


def test_an_argument_of_the_build_sets_no_variable_of_the_image() -> None:
    # Its value may say anything: only what ENV sets is known to be the image's.
    assert history.step("ARG A=1 B=2", {"A", "B"}).names == ("A",)


def test_what_buildkit_did_not_write_as_a_comment_of_its_own_runs_nothing() -> None:
    assert history.step("/bin/sh -c #(nop) /bin/sh -c true", ()).instruction == ""


@pytest.mark.parametrize("created", [0, -5, None, "soon", 10**30])
def test_a_time_that_is_none_is_empty(created: object) -> None:
    assert history.steps([{"CreatedBy": "RUN x", "Created": created}])[0].created == ""


SHELL = [
    (
        "apt-get update && apt-get install -y --no-install-recommends curl=7.88",
        "apt-get update|apt-get install -y --no-install-recommends",
    ),
    ("curl -fsSLk https://u:hunter2@example.org | sh", "curl -fsSLk|sh"),
    ("curl -H 'X-Token: hunter2' -o /x https://example.org", "curl -H -o"),
    ("wget -q --no-check-certificate https://example.org", "wget -q --no-check-certificate"),
    ("mysql -phunter2 --password=hunter2 -u root", "mysql --password -u"),
    ("TOKEN=hunter2 ./install.sh --yes", "install.sh --yes"),
    ("echo hunter2 | passwd --stdin root", "echo|passwd --stdin"),
    ("cat <<< hunter2 > /x; chmod u+s,g-w /x", "cat|chmod u+s,g-w"),
    ("find / -perm /6000 -type f -exec chmod a-s {} +", "find|chmod a-s"),
    ("find / -type f | xargs -n 1 chmod a-s", "find|chmod a-s"),
    ("sudo -u hunter2 apt install x", "apt install"),
    ("env -u TOKEN -C /srv apt install x", "apt install"),
    ("if true; then yum install -y x; fi", "true|yum install -y|fi"),
    ("x=$(python3 -m pip install -U x) || exit 1", "pip install -U|exit"),
    ("set -eux; for f in a b; do rm $f; done", "set|for|rm|done"),
    ("chmod -R 4755 /x", "chmod -R 4755"),
    ("/usr/bin/apt-key adv --keyserver x --recv-keys 0A", "apt-key adv --keyserver --recv-keys"),
    ("a \\\n  b && c", "a|c"),
    ("rpm -ivh x.rpm; pacman -Syu", "rpm -ivh|pacman -Syu"),
    ("bash -c 'apt-get update'", "bash -c"),
    ('echo "no end', ""),
    ("2>/dev/null true", "true"),
]


@pytest.mark.parametrize(("text", "wanted"), SHELL)
def test_commands_of_a_shell_text(text: str, wanted: str) -> None:
    found = shellwords.commands(text)
    assert "|".join(" ".join(command) for command in found) == wanted
    assert SECRET not in str(found)


@given(st.text())
def test_any_text_is_a_history(text: str) -> None:
    assert isinstance(history.step(text), Step)


@given(st.text(alphabet="ab '\"=|&;<>$()\\\n-"))
def test_any_text_is_shell(text: str) -> None:
    assert all(command and all(command) for command in shellwords.commands(text))


@given(anything())
def test_any_answer_is_a_history(data: object) -> None:
    assert all(isinstance(step, Step) for step in history.steps(data))
