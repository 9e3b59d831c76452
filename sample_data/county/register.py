"""The register of events 变动登记 of the last year: who joined and who left, as far as it was declared.

One event in nine was not, so that the account of the year has something unexplained.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

FORGOTTEN = 9
"""Of so many events one is not declared."""


def event_rows(before: pd.DataFrame, now: pd.DataFrame, year: int) -> list[dict[str, Any]]:
    """The rows of the register between the members of two year ends."""
    old, new = (frame.set_index("id_card") for frame in (before, now))
    stayed = old.index.intersection(new.index)
    homes = set(old["household_id"]), set(new["household_id"])
    rows = []
    for card in old.index.difference(new.index):
        person = old.loc[card]
        if person["household_id"] in homes[1]:
            kind = "婚出" if person["relation"] == "之女" and person["sex"] == "女" else "死亡"
            rows.append(_row(kind, year, person, old_household=person["household_id"], old_id=card))
    for card in new.index.difference(old.index):
        person = new.loc[card]
        if person["household_id"] in homes[0]:
            kind = "出生" if person["birth_date"].year == year else "婚入"
            rows.append(_row(kind, year, person, new_household=person["household_id"], new_id=card))
    moved = {
        (old.loc[card, "household_id"], new.loc[card, "household_id"])
        for card in stayed
        if old.loc[card, "household_id"] != new.loc[card, "household_id"]
    }
    rows += [_row("分户", year, None, old_household=a, new_household=b) for a, b in sorted(moved)]
    gone, come = sorted(homes[0] - homes[1]), sorted(homes[1] - homes[0] - {b for _, b in moved})
    rows += [_row("迁出", year, None, old_household=number) for number in gone]
    rows += [_row("新识别", year, None, new_household=number) for number in come]
    return [row for at, row in enumerate(rows, 1) if at % FORGOTTEN]


def _row(kind: str, year: int, person: pd.Series | None, **keys: Any) -> dict[str, Any]:
    blank = dict.fromkeys(["old_household", "new_household", "old_id", "new_id"])
    name = None if person is None else person["name"]
    return {"event_kind": kind, "year": year, "person_name": name, **blank, **keys}
