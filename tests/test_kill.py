"""A commit is all or none, wherever it is killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from povplan.store import Store
from tests.batches import TIME, content, draft, on_disk, part
from tests.drawing import frame
from tests.killing import (
    CAN_FORK,
    CAN_TRACE,
    SYSTEM_CALLS,
    kill_at_random,
    killed_after,
    killed_at_call,
    watch_operations,
)

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system has no fork")
Act = Callable[[Store], object]


def villages(*persons: int) -> pd.DataFrame:
    return pd.DataFrame({"_entity": pd.array(["乌石村"] * len(persons), "string"), "persons": persons})


FEW = frame("rule year\nH108 2024")
FIRST = draft(part(villages(800)), found=FEW)
SECOND = draft(
    part(villages(810, 820)),
    part(frame("household_id persons\n01 4\n02 ·"), ledger="household", form="household"),
    source=2,
    digest="d2",
    found=FEW,
)


def nothing(store: Store) -> None:
    """An empty ledger."""


def one_batch(store: Store) -> None:
    store.commit(FIRST)


def first_commit(store: Store) -> None:
    store.commit(FIRST)


def second_commit(store: Store) -> None:
    store.commit(SECOND)


def taking_back(store: Store) -> None:
    store.rollback(1, "李", TIME, "重复报送")


class Scene:
    """A ledger as it is before an act, and what it must be before and after it."""

    def __init__(self, folder: Path, before: Act, act: Act) -> None:
        self.act, self.root = act, folder / "now" / "ledger"
        self._old, new = folder / "old" / "ledger", folder / "new" / "ledger"
        self._old.mkdir(parents=True)
        before(Store(self._old))
        shutil.copytree(self._old, new)
        act(Store(new))
        self.old, self.new = content(Store(self._old)), content(Store(new))
        self.files = on_disk(new)

    def restore(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self._old, self.root)

    def run(self) -> None:
        self.act(Store(self.root))

    def check(self) -> None:
        """Old or new, nothing between; the act, done over where it was not, leaves no trace of the kill."""
        store = Store(self.root)
        seen = content(store)
        assert seen in (self.old, self.new)
        store.sweep()
        if seen == self.old:
            self.act(store)
            assert content(store) == self.new
        assert on_disk(self.root) == self.files


def kills(scene: Scene, killed: Callable[[int, Callable[[], None]], bool]) -> int:
    """Kills the scene's act at every point there is, and checks what each kill leaves."""
    for point in range(1, 1000):
        scene.restore()
        was_killed = killed(point, scene.run)
        scene.check()
        if not was_killed:
            return point - 1
    raise AssertionError("the act never came to its end")


SCENES = [(nothing, first_commit), (one_batch, second_commit), (one_batch, taking_back)]
scenes = pytest.mark.parametrize(("before", "act"), SCENES, ids=[act.__name__ for _, act in SCENES])


@scenes
def test_a_kill_after_any_operation_leaves_the_old_ledger_or_the_new(
    tmp_path: Path, before: Act, act: Act
) -> None:
    scene = Scene(tmp_path, before, act)

    fell = kills(scene, killed_after)

    print(f"{act.__name__}: killed after each of {fell} operations")
    assert fell > 10


@pytest.mark.skipif(not CAN_TRACE, reason="strace is not installed")
@pytest.mark.parametrize("names", SYSTEM_CALLS)
def test_a_kill_at_any_call_that_changes_the_disk_leaves_the_old_ledger_or_the_new(
    tmp_path: Path, names: str
) -> None:
    scene = Scene(tmp_path, one_batch, second_commit)

    fell = kills(scene, lambda point, act: killed_at_call(names, point, act))

    print(f"killed at each of {fell} calls of {names}")


def test_a_kill_at_a_random_moment_leaves_the_old_ledger_or_the_new(tmp_path: Path) -> None:
    scene = Scene(tmp_path, one_batch, second_commit)

    fell = kill_at_random(scene.run, scene.check, times=12, prepare=scene.restore)

    print(f"{fell} random kills fell inside the commit")
    assert fell >= 6


def test_every_file_is_on_disk_under_its_name_before_the_catalogue_speaks_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, Any]] = []
    watch_operations(lambda name, given: done.append((name, given[0])), monkeypatch.setattr)

    Store(tmp_path / "ledger").commit(SECOND)

    named = [at for at, (name, _) in enumerate(done) if name == "replace"]
    begun = max(at for at, (_, what) in enumerate(done) if what == "BEGIN IMMEDIATE")
    assert len(named) == 4  # findings, two parts, configuration
    assert named[-1] < begun
    for at in named:
        around = [name for name, _ in done[at - 4 : at + 4]]
        assert around == ["open", "write", "fsync", "close", "replace", "open", "fsync", "close"]
        assert Path(done[at + 1][1]) == Path(os.fspath(done[at][1])).parent
