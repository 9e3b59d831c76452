"""What became of deviations: decided, corrected, and whether a later year's data show that it worked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.sums import known

CORRECTION = "correction"
"""The ledger in which an office keeps what it decides about deviations."""
CORRECTIONS = (
    "decision", "measure", "new_value", "owner", "owner_person", "deadline", "decided_on", "done_on",
    "outcome",
)  # fmt: skip
"""Fields of the ledger `correction` that the office fills in."""
LIVES = ("open", "decided", "corrected", "confirmed", "not_confirmed", "not_evaluable")
"""Nothing decided · decided · carried out · silent in the data after it · fires again · cannot be told."""
NEXT = ("silent", "again", "unknown")
"""What the same detector says of the same subject in the data after it."""
REFUSED = "不予纠偏"
"""The decision that nothing is to be corrected, or no longer."""
PROVED = ("confirmed", "not_confirmed", "not_evaluable")
"""Lives of what a later year has judged."""


def lived(
    deviations: pd.DataFrame,
    corrections: pd.DataFrame,
    later: Sequence[int],
    asked: Callable[[int], pd.DataFrame],
    graver: Mapping[str, str],
) -> pd.DataFrame:
    """DEVIATIONS with CORRECTIONS, `next`, `proof` (the year that says so) and `life`.

    `corrections` are rows of the ledger `correction`, the earlier before the later: of each field the last
    that is filled in holds, for what was decided in one year is often done in another. `later` are the
    years after with data, ascending; `asked` gives ASKED of one. A new value of a target takes effect when
    it is decided, any other measure when it is done: no year before that can prove it. What is not to be
    corrected, by the last word, stays decided. `graver`: detector →
    the one that takes over where it gets worse; where that fires the lesser has not gone. What is over by
    then has gone: begun late, but begun.
    """
    names = list(dict.fromkeys(["number", *CORRECTIONS]))
    rows = corrections.reindex(columns=list(dict.fromkeys([*names, *corrections.columns])))
    given = rows[names].assign(number=numbers_of(rows)).dropna(subset="number")
    last = given.groupby("number", sort=False).last().reset_index()
    found = deviations.merge(last, on="number", how="left", sort=False)
    decided = found[["decision", "measure", "new_value"]].notna().any(axis=1)
    done = found["done_on"].notna() | (found["new_value"].notna() & found["decided_on"].notna())
    done &= (found["decision"] != REFUSED).fillna(True).astype(bool)
    found["proof"] = _proof(found, done, later)
    found["next"] = _next(found, {int(year): asked(int(year)) for year in _years(found["proof"])}, graver)
    life = pd.Series("open", index=found.index, dtype="string").mask(decided, "decided")
    life = life.mask(done, "corrected")
    for said, told in zip(NEXT, PROVED, strict=True):
        life = life.mask(done & (found["next"] == said).fillna(False), told)
    return found.assign(life=life)


def valued(corrections: pd.DataFrame) -> pd.DataFrame:
    """CORRECTIONS with a new value of a target, each with day, year and measure that others of it add.

    They come in the order in which they were filed, `_filed` being the year. A value that takes the place of
    another and has no day of its own was decided in that year; one that is filed again is no new one. A row
    that decides not to correct after all has a blank value and takes back what was given before.
    """
    number = numbers_of(corrections)
    day = known(corrections, "decided_on", "datetime64[s]")
    filled = {
        name: one.fillna(one.groupby(number).ffill()).fillna(one.groupby(number).bfill())
        for name, one in (
            ("decided_on", day),
            ("new_year", known(corrections, "new_year", "Int64")),
            ("measure", known(corrections, "measure", "string")),
        )
    }
    own = known(corrections, "measure", "string")
    refused = (known(corrections, "decision", "string") == REFUSED).fillna(False)
    filled["measure"] = filled["measure"].mask(refused, own.fillna(REFUSED))
    value = known(corrections, "new_value", "string").str.strip().mask(refused)
    had = value.groupby(number).ffill().notna()
    found = corrections.assign(**filled, new_value=value, _number=number, _own=day)
    found = found[(value.notna() | (refused & had)).to_numpy(bool)]
    before = found.groupby("_number")[["new_value", "new_year"]].shift()
    again = (found["new_value"] == before["new_value"]) & (
        found["new_year"].fillna(0) == before["new_year"].fillna(0)
    )
    filed = pd.to_datetime(found["_filed"].astype("string") + "-01-01").astype("datetime64[s]")
    later = found["_number"].duplicated() & found["_own"].isna()
    whole = found.assign(decided_on=found["decided_on"].mask(later, filed))
    return whole[~again.fillna(False).to_numpy(bool)].drop(columns=["_number", "_own"])


def numbers_of(corrections: pd.DataFrame) -> pd.Series:
    """Numbers of deviations as povplan writes them, however they were typed."""
    return known(corrections, "number", "string").str.strip().str.lower().str.zfill(10)


def strangers(corrections: pd.DataFrame, numbers: Sequence[str]) -> pd.Series:
    """Of each correction whether its number is none of those."""
    number = numbers_of(corrections)
    return number.notna() & ~number.isin(list(numbers))


def _proof(found: pd.DataFrame, done: pd.Series, later: Sequence[int]) -> pd.Series:
    """The first year with data that is after the deviation and not over before it was corrected."""
    ended, decided = (found[name].astype("datetime64[s]") for name in ("done_on", "decided_on"))
    worked = ended.fillna(decided).dt.year.where(done).astype("Int64")
    since = (found["year"].astype("Int64") + 1).to_frame().assign(worked=worked)
    first = since.max(axis=1)
    told = [next((year for year in later if year >= one), None) for one in first]
    return pd.Series(told, index=found.index, dtype="Int64")


def _years(proof: pd.Series) -> list[int]:
    return sorted({int(year) for year in proof.dropna()})


def _next(found: pd.DataFrame, asked: Mapping[int, pd.DataFrame], graver: Mapping[str, str]) -> pd.Series:
    """One of NEXT; blank while there is no year that could say."""
    said = {year: _said(frame) for year, frame in asked.items()}
    told: list[Any] = []
    for year, detector, subject, unit in zip(
        found["proof"], found["detector"], found["subject"], found["unit"], strict=True
    ):
        if pd.isna(year):
            told.append(pd.NA)
            continue
        of_year = said[int(year)]
        words = [of_year.get(_key((name, subject, unit))) for name in _worse(str(detector), graver)]
        told.append("again" if "again" in words else words[0] or "unknown")
    return pd.Series(told, index=found.index, dtype="string")


def _worse(detector: str, graver: Mapping[str, str]) -> list[str]:
    """The detector and those that take over where it gets worse."""
    names = [detector]
    while (more := graver.get(names[-1])) is not None and more not in names:
        names.append(more)
    return names


def _said(asked: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """(detector, subject, unit) → again or silent; left out where it could not be evaluated."""
    said: dict[tuple[str, ...], str] = {}
    over = asked["over"] if "over" in asked else pd.Series(False, index=asked.index)
    goes_on = asked["fires"] & ~over.fillna(False).astype("boolean")
    for detector, subject, unit, fires in zip(
        asked["detector"], asked["subject"], asked["unit"], goes_on.array, strict=True
    ):
        key = _key((detector, subject, unit))
        if not pd.isna(fires) and said.get(key) != "again":
            said[key] = "again" if fires else "silent"
    return said


def _key(key: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("" if pd.isna(one) else str(one) for one in key)
