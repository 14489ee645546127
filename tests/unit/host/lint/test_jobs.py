from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from checks.host.lint import jobs
from checks.model import Job, Unit


def job(code: str, **options: object) -> Job:
    return Job("python", (sys.executable, "-c", code), **options)  # type: ignore[arg-type]


def test_what_is_done_beside_is_done_while_they_run(tmp_path: Path) -> None:
    code = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\nprint(1)"
    with jobs.Pool(tmp_path, 1) as pool:
        (begun,) = pool.begin([job(code, limit=20)])
        (tmp_path / "go").touch()
        assert (begun.result().code, begun.result().out) == (0, "1\n")


def test_what_is_given_later_is_done_too(tmp_path: Path) -> None:
    code = "import os; open('order', 'a').write('{}'); print(os.environ['HOME'])"
    with jobs.Pool(tmp_path, 1) as pool:
        begun = [*pool.begin([job(code.format(1))]), *pool.begin([job(code.format(weight)) for weight in (2, 3)])]
    assert (tmp_path / "order").read_text() == "123"
    assert len({one.result().out for one in begun}) == 3


def test_answers_come_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    done = jobs.run([job(f"print({number})", weight=number) for number in range(4)], tmp_path, 2)
    assert [one.out for one in done] == ["0\n", "1\n", "2\n", "3\n"]


def test_the_heaviest_starts_first(tmp_path: Path) -> None:
    code = "open('order', 'a').write('{}')"
    jobs.run([job(code.format(weight), weight=weight) for weight in (1, 3, 2)], tmp_path, 1)
    assert (tmp_path / "order").read_text() == "321"


def test_as_many_at_a_time_as_there_are_workers(tmp_path: Path) -> None:
    started = time.monotonic()
    jobs.run([job("import time; time.sleep(1)")] * 2, tmp_path, 2)
    assert time.monotonic() - started < 1.9


def test_each_has_a_home_of_its_own(tmp_path: Path) -> None:
    code = (
        "import os; print(os.environ['HOME'], os.environ['TMPDIR'], os.path.isdir(os.environ['TMPDIR']), os.getcwd())"
    )
    first, second = (one.out.split() for one in jobs.run([job(code), job(code)], tmp_path, 1))
    assert first[0] != second[0]
    assert first[2:] == ["True", str(tmp_path.resolve())]
    assert not Path(first[0]).exists()


def test_a_job_that_takes_too_long_is_ended_and_the_others_are_not(tmp_path: Path) -> None:
    slow, quick = jobs.run([job("import time; time.sleep(60)", limit=0.5), job("print(1)")], tmp_path, 2)
    assert (slow.timed_out, quick.ok) == (True, True)


def test_a_command_that_is_not_there_or_is_none_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"\0\1\2")
    (tmp_path / "data").chmod(0o755)
    gone, bad = jobs.run([Job("x", ("/no/such/tool",)), Job("x", (str(tmp_path / "data"),))], tmp_path, 1)
    assert (gone.code, bad.code) == (127, 127)
    assert "not installed" in gone.err


def test_an_interrupt_ends_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        time.sleep(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.Future.result", interrupt)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        jobs.run([job("import time; time.sleep(60)")] * 3, tmp_path, 1)
    assert time.monotonic() - started < 10
    assert not [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job")]


def test_a_copy_holds_what_the_units_read_and_what_is_put_beside(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    (tmp_path / "a").chmod(0o444)
    code = "import os; print(sorted(os.listdir('..')), open('../a').read(), open('../new/d').read(), os.getcwd()[-4:])"
    unit = Unit(("a",), ("b",))
    one = job(code, cwd="here", units=(unit,), writes=True, texts={"a": "other", "new/d": "ü"})
    (done,) = jobs.run([one], tmp_path, 1)
    assert done.out == "['a', 'b', 'here', 'new'] other ü here\n", done.err
    assert (tmp_path / "a").read_text() == "a"
