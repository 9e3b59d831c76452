"""Worker processes: one bad file costs that file, and results keep the order of the paths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from povplan.cli.intake import WORK
from povplan.cli.readers import FORMATS
from povplan.errors import BadFile
from povplan.excel.workers import BIRTH, Refused, Workers, read_in_workers, starting
from povplan.messages import say

pytestmark = pytest.mark.usefixtures("in_workers")


def behave(path: Path) -> str:
    """Do what the name says."""
    if path.name == "hang":
        time.sleep(60)
    if path.name == "die":
        os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    if path.name == "eat":
        bytearray(8 << 30)
    if path.name == "bad":
        raise BadFile(say("read_empty"))
    if path.name == "bug":
        raise ZeroDivisionError
    if path.name == "slow":
        time.sleep(0.3)
    return path.name


def told(*names: str, **limits: float) -> list[str]:
    results = read_in_workers(behave, [Path(name) for name in names], **limits)  # type: ignore[arg-type]
    return [result.said.zh if isinstance(result, Refused) else result for result in results]


def test_results_come_in_the_order_of_the_paths() -> None:
    assert told("slow", "a", "b", "slow", "c") == ["slow", "a", "b", "slow", "c"]


def test_no_path_starts_no_worker() -> None:
    assert told() == []


def test_each_failure_costs_its_own_file() -> None:
    results = told("a", "bad", "die", "bug", "b", "hang", "c", seconds=1)

    assert [results[i] for i in (0, 4, 6)] == ["a", "b", "c"]
    assert "空的" in results[1]
    assert "意外中断" in results[2]
    assert "ZeroDivisionError" in results[3]
    assert "1 秒" in results[5]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on address space")
def test_a_greedy_file_is_refused_for_memory() -> None:
    greedy, after = told("eat", "a", memory=1 << 30)

    assert "内存" in greedy
    assert after == "a"


def test_a_fault_of_ours_keeps_its_traceback_for_the_log() -> None:
    (refused,) = read_in_workers(behave, [Path("bug")])

    assert isinstance(refused, Refused)
    assert "ZeroDivisionError" in refused.trace
    assert "Traceback" not in refused.said.zh + refused.said.en


def test_leaving_early_stops_the_workers() -> None:
    started = time.monotonic()
    results = read_in_workers(behave, [Path("a"), Path("hang"), Path("hang")])

    assert next(results) == "a"
    results.close()  # type: ignore[attr-defined]

    assert time.monotonic() - started < 10


def who(path: Path) -> int:
    """The worker that it was done by."""
    return os.getpid()


def test_workers_that_are_kept_serve_one_task_after_another() -> None:
    with starting("povplan.grid") as workers:
        first = set(workers(who, [Path("a"), Path("b")]))
        second = set(workers.work([(who, Path("c")), (who, Path("d"))]))
        alone = set(Workers().work([(who, Path("e"))]))

    assert second <= first and not alone & first
    assert workers.pool is not None and not workers.pool.usable


def test_workers_asked_for_the_last_time_end_while_the_command_goes_on() -> None:
    with starting("povplan.grid") as workers:
        pool = workers.pool
        assert pool is not None
        found = list(workers.last(behave, [Path("a"), Path("bug"), Path("b")]))
        assert not pool.usable
        more = list(workers(behave, [Path("c")]))

    assert [found[0], found[2], more] == ["a", "b", ["c"]]
    pool.stop()  # again, at no cost


@dataclass
class Told:
    """Says what it was told before it was asked."""

    words: list[str]

    def __call__(self, path: Path) -> str:
        return path.name + "".join(self.words)


def test_what_workers_are_to_do_is_packed_when_it_is_asked() -> None:
    one = Told(["x"])
    with starting("povplan.grid", workers=1) as workers:
        results = workers.work([(one, Path("a")), (one, Path("b"))])
        one.words.append("y")

        assert list(results) == ["ax", "bx"]


def test_kept_workers_that_died_or_were_left_are_followed_by_others() -> None:
    with starting("povplan.grid") as workers:
        killed = list(workers(behave, [Path("die"), Path("a")]))
        after = list(workers(behave, [Path("b")]))
        left = workers(behave, [Path("c"), Path("hang"), Path("hang")])
        assert next(left) == "c"
        left.close()  # type: ignore[attr-defined]
        again = list(workers(behave, [Path("d")]))

    assert isinstance(killed[0], Refused) and killed[1:] == ["a"]
    assert (after, again) == (["b"], ["d"])


@pytest.mark.skipif(sys.platform == "win32", reason="no signal masks there")
def test_workers_being_born_do_not_hear_the_interrupt_of_a_terminal(tmp_path: Path) -> None:
    script = (
        "import os, signal, time\n"
        "from povplan.excel.workers import starting\n"
        "if __name__ == '__main__':\n"
        "    with starting('povplan.grid', workers=1):\n"
        "        signal.signal(signal.SIGINT, lambda *_: None)\n"
        "        for _ in range(100):\n"
        "            os.killpg(0, signal.SIGINT)\n"
        "            time.sleep(0.005)\n"
    )
    (tmp_path / "interrupted.py").write_text(script, encoding="utf-8")

    started = time.monotonic()
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "interrupted.py")],
        capture_output=True,
        start_new_session=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert time.monotonic() - started < BIRTH


def test_what_a_command_has_its_workers_load_is_there() -> None:
    with starting(WORK, *FORMATS, workers=1) as workers:
        assert list(workers(behave, [Path("a")])) == ["a"]
