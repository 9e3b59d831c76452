"""Parts encoded while they are still checked: the same bytes, and never those of a part since changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from povplan.store import Part, Store, frames
from povplan.store.ahead import encoding
from povplan.store.frames import to_parquet
from tests.batches import draft, part
from tests.drawing import frame


def village(persons: int) -> pd.DataFrame:
    return frame(f"_entity persons\n乌石村 {persons}")


def test_what_is_made_ahead_is_what_would_be_made_later() -> None:
    one, two = part(village(4)), part(village(5))

    with encoding([one, two]) as made:
        assert [made[one].result(), made[two].result()] == [to_parquet(one.frame), to_parquet(two.frame)]


def test_rows_changed_in_place_afterwards_do_not_reach_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    one, before = part(village(4)), to_parquet(village(4))
    encoded = frames.encoded

    def slowly(table: object) -> bytes:
        one.frame.loc[0, "persons"] = 9
        return encoded(table)

    monkeypatch.setattr(frames, "encoded", slowly)
    with encoding([one]) as made:
        assert made[one].result() == before


def test_a_part_that_is_changed_meanwhile_is_stored_as_changed(tmp_path: Path) -> None:
    ledger, sent = Store(tmp_path / "ledger"), part(village(4))
    with encoding([sent]) as made:
        held = replace(sent, frame=village(5))
        ledger.commit(replace(draft(held), made=made))

    assert [int(layer.read()["persons"][0]) for layer in ledger.layers("village", 2024)] == [5]


def test_a_fault_of_the_encoding_is_raised_where_the_part_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(table: object) -> bytes:
        raise MemoryError

    ledger, sent = Store(tmp_path / "ledger"), part(village(4))
    monkeypatch.setattr(frames, "encoded", full)
    with pytest.raises(MemoryError), encoding([sent]) as made:
        ledger.commit(replace(draft(sent), made=made))

    assert ledger.batches() == []
    with encoding([sent]):
        pass  # nobody asks for it


def test_who_leaves_early_leaves_no_work_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[Part] = [part(village(n)) for n in range(1, 5)]
    seen: list[object] = []
    encoded = frames.encoded

    def counting(table: object) -> bytes:
        seen.append(table)
        return encoded(table)

    monkeypatch.setattr(frames, "encoded", counting)
    with pytest.raises(KeyboardInterrupt), encoding(parts) as made:
        made[parts[0]].result()
        raise KeyboardInterrupt
    after = len(seen)

    assert 1 <= after <= 4
    assert all(one.done() for one in made.values())
