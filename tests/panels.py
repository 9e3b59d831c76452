"""A county drawn year by year, households, persons, events and changes of units, as a standing ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from povplan.config import Config
from povplan.identity import Registry, identify
from povplan.jobs.memory import form_of
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.model import ROW, SOURCE
from povplan.panel.keymap import Matched
from povplan.store import Part
from povplan.workspace import Workspace
from tests.counties import _shipped, workspace
from tests.drawing import frame

COUNTY = "示例县"
LEDGERS = ("village", "household", "member", "job", "event", "unit_change")
SHORT = {
    "household": {
        "id": "household_id", "status": "poverty_status", "head": "head_name", "card": "head_id_card",
        "on": "identified_on", "group": "village_group", "income": "net_income", "land": "cultivated_land",
    },
    "member": {
        "id": "person_id", "card": "id_card", "home": "household_id", "born": "birth_date",
        "joined": "joined_reason", "left": "left_reason",
    },
    "event": {
        "kind": "event_kind", "from": "old_household", "to": "new_household", "old": "old_id",
        "new": "new_id", "person": "person_id", "name": "person_name",
    },
    "unit_change": {"kind": "change_kind", "old": "old_unit", "new": "new_unit", "by": "weight_by"},
    "village": {"poor": "poor_persons", "people": "rural_population", "households": "rural_households"},
}  # fmt: skip


@cache
def default() -> Config:
    """The definitions shipped, of their ledgers some and of their indicators one: all take their time."""
    config = _shipped("default")
    return replace(
        config,
        ledgers={name: config.ledgers[name] for name in LEDGERS},
        indicators=tuple(one for one in config.indicators if one.id == "poor_persons_total"),
    )


def county(root: Path, **ledgers: Mapping[int, str]) -> Standing:
    """The ledger of a county: name of a ledger → year → its rows, drawn. A unit is drawn as 乡/村."""
    place = workspace(root, "default", f"county: {{name: {COUNTY}}}\n")
    parts = [
        part(name, year, drawing, number)
        for number, (name, year, drawing) in enumerate(
            ((name, year, drawing) for name, years in ledgers.items() for year, drawing in years.items()), 1
        )
    ]
    return standing(place, parts)


def standing(place: Workspace, parts: list[Part]) -> Standing:
    return Standing(place, default(), place.store, parts=parts)


def part(name: str, year: int, drawing: str, source: int = 1) -> Part:
    """A ledger's rows of a year as one layer."""
    ledger = default().ledgers[name]
    short = SHORT.get(name, {})
    header = drawing.strip().splitlines()[0].split()
    types: dict[str, Any] = {
        one: ledger.field(short.get(one, one)).type for one in header if short.get(one, one) in ledger.names
    }
    types |= {"unit": "text"}
    drawn = frame(drawing, **types).rename(columns=short)
    if "unit" in drawn:
        townships = drawn.pop("unit").str.split("/")
        drawn = drawn.assign(
            county=pd.Series(COUNTY, drawn.index, dtype="string"),
            township=townships.str[0].astype("string"),
            village=townships.str[1].astype("string"),
        )
    rows = identify(drawn, ledger, Registry(county=COUNTY, closed=False))
    marks: dict[str, Any] = {
        SOURCE: pd.Series(source, rows.index, dtype="Int64"),
        ROW: pd.Series(range(2, len(rows) + 2), dtype="Int64"),
        HELD: False,
    }
    whole = rows.assign(**marks)
    return Part(name, year, form_of(default(), name), "full", tuple(whole["_unit"].dropna().unique()), whole)


def matched(ledger: Standing, year: int) -> Matched:
    """Last year's keys of households under the year's."""
    return ledger.over_years.panel(year).matched(ledger.config.ledgers["household"])


def line(table: pd.DataFrame, unit: str) -> dict[str, int]:
    """The terms of one unit that are not zero; `unit` is the end of its path."""
    row = (
        table[table["unit"].str.endswith(unit)]
        .iloc[0]
        .drop(["unit", "level", "year", "note"], errors="ignore")
    )
    return {str(name): int(value) for name, value in row.items() if pd.notna(value) and value != 0}
