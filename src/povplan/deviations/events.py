"""Disasters, prices, policies: which units they touched, and what targets look like without those units.

An event excuses nothing: what deviates deviates, and the figure without the touched units stands beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from povplan.deviations.tables import TABLES, rows_of
from povplan.model import UNIT
from povplan.sums import known

EVENTS = ("event", "event_name", "event_kind", "unit", "since", "until")


def events(yearly: Mapping[int, pd.DataFrame], year: int) -> pd.DataFrame:
    """EVENTS that touch the year: begun by its end, and not over before it; one row a unit.

    `yearly`: year of the register → its rows. An event without a last day goes on until it has one; of two
    rows of one event and unit the later year's holds.
    """
    frames = [_read(rows) for known_year, rows in sorted(yearly.items()) if known_year <= year and len(rows)]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype="string") for name in EVENTS})
    whole = pd.concat(frames, ignore_index=True).drop_duplicates(["event", "unit"], keep="last")
    first, last = pd.Timestamp(dt.date(year, 1, 1)), pd.Timestamp(dt.date(year, 12, 31))
    begun = (whole["since"] <= last).fillna(False)
    over = (whole["until"] < first).fillna(False)
    return whole[begun & ~over].reset_index(drop=True)


def touched(units: pd.Series, found: pd.DataFrame) -> pd.Series:
    """Of each unit the names of the events that touched it, or a unit above it, joined; blank where none."""
    names = {}
    for unit in units.dropna().unique():
        above = [
            name
            for name, at in zip(found["event_name"], found["unit"], strict=True)
            if unit == at or str(unit).startswith(f"{at}/")
        ]
        names[unit] = "、".join(dict.fromkeys(above)) or None
    return units.map(names).astype("string")


def without(
    evaluated: pd.DataFrame,
    apart: pd.DataFrame,
    found: pd.DataFrame,
    units: Mapping[str, str],
    labels: Mapping[str, str],
    additive: Collection[str],
) -> pd.DataFrame:
    """The table `events`: targets of units in which, or below which, something was touched.

    `apart` is EVALUATION of the same targets over the other units alone. `event_effect` is by how much of
    the whole way the target stands nearer its path without the touched units; blank where nothing is left,
    and of `additive` indicators: a sum over fewer units cannot be held against the whole unit's target.
    """
    below = evaluated["unit"].map(lambda unit: _below(unit, found)).to_numpy(object)
    some = np.array([len(one) > 0 for one in below], bool)
    whole, rest = (frame.reset_index(drop=True)[some].reset_index(drop=True) for frame in (evaluated, apart))
    listed = below[some]
    unlike = whole["indicator"].isin(list(additive))
    table = whole.assign(
        subject=whole["target"],
        name=whole["indicator"].map(labels).astype("string").fillna(whole["named"]),
        gap_share_without=rest["gap_share"].mask(unlike),
        actual_without=rest["actual"].mask(unlike),
        verdict_without=rest["verdict"].mask(unlike),
        event_effect=(rest["gap_share"] - whole["gap_share"]).mask(unlike),
        events=["、".join(dict.fromkeys(one["event_name"])) for one in listed],
        touched_units=[one["unit"].nunique() for one in listed],
        indicator_unit=whole["indicator"].map(dict(units)),
    )
    return rows_of(table, list(TABLES["events"].figures))


def _below(unit: object, found: pd.DataFrame) -> pd.DataFrame:
    """The events that touched the unit's villages, in part: one that touched all of it leaves nothing."""
    if not isinstance(unit, str):
        return found.head(0)
    return found[found["unit"].str.startswith(f"{unit}/").fillna(False).astype(bool)]


def _read(rows: pd.DataFrame) -> pd.DataFrame:
    number = known(rows, "event_id", "string")
    name = known(rows, "event_name", "string")
    return pd.DataFrame(
        {
            "event": number.fillna(name),
            "event_name": name.fillna(number),
            "event_kind": known(rows, "event_kind", "string"),
            "unit": known(rows, UNIT, "string"),
            "since": known(rows, "since", "datetime64[s]"),
            "until": known(rows, "until", "datetime64[s]"),
        }
    )
