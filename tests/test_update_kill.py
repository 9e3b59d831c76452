"""A real `update`, killed at any moment, leaves the ledger it found or the one it was making."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from povplan.store import Store
from povplan.workspace import Workspace
from tests.counties import funds, monthly, run, whole, workspace
from tests.killing import CAN_FORK, kill_at_random

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system has no fork")


@pytest.mark.parametrize(("times", "workers"), [(25, False), (3, True)], ids=["in process", "with workers"])
def test_a_kill_at_a_random_moment_leaves_the_old_ledger_or_the_new(
    tmp_path: Path, request: pytest.FixtureRequest, times: int, workers: bool
) -> None:
    if workers:
        request.getfixturevalue("in_workers")
    before = workspace(tmp_path / "before")
    run(before, funds(tmp_path / "a.xlsx", "village planned special own\n甲村 900 10 5\n乙村 800 20 6"))
    files = [
        funds(tmp_path / "b.xlsx", "village planned special own\n甲村 950 11 5"),
        monthly(tmp_path / "c.xlsx", "village poor persons\n甲村 9 30\n丙村 5 20"),
    ]
    place = workspace(tmp_path / "now" / "w")

    def restore() -> None:
        shutil.rmtree(place.root)
        shutil.copytree(before.root, place.root)

    def act() -> None:
        fresh = Workspace(place.root)
        fresh.__dict__["config"] = before.config
        run(fresh, *files)

    restore()
    old = whole(place)
    act()
    new = whole(place)
    seen: list[bool] = []

    def check() -> None:
        found = whole(place)
        assert found in (old, new)
        assert len(Store(place.root / "ledger").batches()) == (1 if found == old else 2)
        seen.append(found == new)
        if len(seen) % 5 == 0:  # the next run works, whatever was left behind
            act()
            assert whole(place) == new
            assert not list(place.root.rglob("*.tmp"))

    landed = kill_at_random(act, check, times=times, prepare=restore, seed=11)

    print(f"{landed} kills landed, {sum(seen)} of {len(seen)} runs had committed")
    assert landed >= times // 2
