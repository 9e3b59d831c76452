"""The first submission founds the list of units."""

from __future__ import annotations

import pandas as pd

from povplan.identity import Registry
from povplan.jobs.gathering import ReadTable, founded
from povplan.reading.tables import TypedTable
from povplan.spec import Ledger

SUFFIXES = ((("县",),), (("镇",), ("乡",)), (("村民委员会", "村委会", "村"), ("社区", "居委会")))


def ledger(name: str, level: str) -> Ledger:
    fields = [
        {"id": place, "label": {"zh": place}, "type": "text", "place": place}
        for place in ("county", "township", "village")
    ]
    return Ledger.model_validate(
        {"ledger": name, "label": {"zh": name}, "level": level, "key": ["village"], "fields": fields}
    )


LEDGERS = {one.ledger: one for one in (ledger("village", "village"), ledger("household", "household"))}


def table(name: str, *places: tuple[str, str]) -> ReadTable:
    frame = pd.DataFrame(list(places), columns=["township", "village"], dtype="string")
    typed = TypedTable(name, "form", "sheet", frame, {}, (), pd.DataFrame(index=frame.index))
    return ReadTable(typed, "0" * 64, "file.xlsx", 2024)


def units(*tables: ReadTable) -> tuple[str, ...]:
    return founded(tables, LEDGERS, Registry(suffixes=SUFFIXES, county="清河县")).paths


def test_two_spellings_in_two_sheets_are_one_unit_in_the_spelling_of_the_village_ledger() -> None:
    households = table("household", ("东岭镇", "甲子村委会"), ("东岭镇", "乙丑村"))
    villages = table("village", ("东岭镇", "甲子村"))

    assert units(households, villages) == ("清河县/东岭镇/甲子村", "清河县/东岭镇/乙丑村")


def test_two_spellings_in_one_sheet_are_one_unit_too() -> None:
    villages = table("village", ("城关镇", "甲村"), ("城关", "甲村委会"))

    assert units(villages) == ("清河县/城关镇/甲村",)


def test_a_unit_of_another_county_founds_nothing() -> None:
    villages = table("village", ("东岭镇", "甲村"))
    villages.table.frame["county"] = "外县"

    assert units(villages) == ()


def test_a_village_and_a_community_of_one_name_are_two_units() -> None:
    villages = table("village", ("东岭镇", "桥头村"), ("东岭镇", "桥头社区"))

    assert units(villages) == ("清河县/东岭镇/桥头村", "清河县/东岭镇/桥头社区")
