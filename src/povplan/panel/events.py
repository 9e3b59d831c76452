"""Declared events 变动登记: whom each row means, and what is wrong with one that means nobody.

An event stands in the register of the year in which it happened, between the row of the year before and
the row of the year. Households are named by their number before or after, persons by theirs, or by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.formulas.faults import tell
from povplan.keys import positions
from povplan.memory.registers import YEAR, Remark, as_rows, remark
from povplan.messages import say
from povplan.model import ENTITY
from povplan.spec import Ledger

EVENT = "event"
FIELDS = (
    "event_kind", "old_household", "new_household", "person_name", "person_id", "old_id", "new_id",
)  # fmt: skip
OF_PERSON = ("person_name", "person_id", "old_id", "new_id")
JOINING = frozenset({"birth", "marriage_in", "other_in", "moved_in", "registered", "returned"})
LEAVING = frozenset({"death", "marriage_out", "other_out", "moved_out", "struck_off"})
Positions = npt.NDArray[np.int64]
NOBODY, SEVERAL = -1, -2


@dataclass(frozen=True, eq=False)
class Two:
    """A ledger of persons or households in the year before and in the year."""

    ledger: Ledger
    before: pd.DataFrame
    now: pd.DataFrame

    @property
    def turned(self) -> Two:
        """The two years the other way round."""
        return Two(self.ledger, self.now, self.before)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Fields each of which alone can tell whose row it is."""
        alone = dict.fromkeys(names[0] for names in self.ledger.key if len(names) == 1)
        return tuple(name for name in alone if name in self.ledger.names)

    @cached_property
    def link(self) -> str | None:
        """Of persons: the field with the number of their household."""
        return next(iter(self.ledger.links.values()), None)


def declared(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows of the register of a year that say what happened, with all FIELDS and YEAR."""
    rows = as_rows(register, FIELDS).assign(**{YEAR: year})
    return rows[rows["event_kind"].notna()].reset_index(drop=True)


def of_persons(rows: pd.DataFrame) -> pd.Series:
    """Which rows speak of a person, not of a whole household."""
    named = rows[list(OF_PERSON)].notna().any(axis=1)
    return named & ~rows["event_kind"].isin(["split", "merged", "renumbered", "escaped", "fell_back"])


def find(names: pd.Series, frame: pd.DataFrame, fields: Iterable[str]) -> Positions:
    """Where each number stands in a ledger: as its key, else in one of the fields; NOBODY, SEVERAL."""
    wanted = _plain(names)
    found = np.full(len(names), NOBODY, np.int64)
    if not len(frame) or not len(names):
        return found
    for name in (ENTITY, *(one for one in fields if one in frame)):
        column = frame[name].astype("string") if name == ENTITY else _plain(frame[name])
        at = positions(wanted, column)
        twice = set(column[column.duplicated()].dropna()) if name != ENTITY else set()
        at = np.where(wanted.isin(twice).to_numpy(bool), SEVERAL, at)
        found = np.where((found == NOBODY) & wanted.notna().to_numpy(bool), at, found)
    return found


def _plain(names: pd.Series) -> pd.Series:
    return names.astype("string").str.strip().str.upper()


def keys_at(frame: pd.DataFrame, at: Positions) -> list[str | None]:
    """The keys at the positions; None where there is none."""
    keys = frame[ENTITY].to_numpy(object) if len(frame) else np.array([], object)
    return [str(keys[one]) if one >= 0 else None for one in at]


# ---- why somebody came or went -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Reasons:
    """Why rows are new or gone, as events declare it."""

    joined: dict[str, str] = field(default_factory=dict)
    """This year's key → kind of event."""
    left: dict[str, str] = field(default_factory=dict)
    """Last year's key → kind of event."""
    remarks: tuple[Remark, ...] = ()


def reasons(rows: pd.DataFrame, two: Two, year: int) -> Reasons:
    """The joins and leaves that events declare of households, or of persons one by one.

    Of a ledger without any rows of the year nobody can say yet that someone is not in it.
    """
    persons = two.link is not None
    about = rows[of_persons(rows) == persons]
    joins, leaves = about[about["event_kind"].isin(JOINING)], about[about["event_kind"].isin(LEAVING)]
    came, gone = _whose(joins, two, two.now), _whose(leaves, two, two.before)
    lost = [*(_nobody(joins, came, two, year) if len(two.now) else ())]
    lost += _nobody(leaves, gone, two, year - 1) if len(two.before) else ()
    return Reasons(
        dict(_pairs(two.now, came, joins["event_kind"])),
        dict(_pairs(two.before, gone, leaves["event_kind"])),
        tuple(lost),
    )


def said_gone(rows: pd.DataFrame, two: Two) -> pd.Series:
    """Rows of `two.before` that events say left, went with their household, or have another number since."""
    frame, numbers = two.before, two.numbers
    about, homes = rows[of_persons(rows) == (two.link is not None)], rows[~of_persons(rows)]
    homes = homes[homes["event_kind"].isin([*LEAVING, "split", "merged", "renumbered"])]
    left = _whose(about[about["event_kind"].isin(LEAVING)], two, frame)
    if two.link is None:
        renamed, with_home = homes["old_household"], pd.Series(False, frame.index)
    else:
        renamed = rows.loc[rows["event_kind"] == "id_corrected", "old_id"]
        link = frame[two.link] if two.link in frame else pd.Series(pd.NA, frame.index)
        with_home = _plain(link).isin(_plain(homes["old_household"]).dropna())
    named = {*keys_at(frame, left), *keys_at(frame, find(renamed, frame, numbers))} - {None}
    return with_home | frame[ENTITY].isin(list(named))


def _whose(rows: pd.DataFrame, two: Two, frame: pd.DataFrame) -> Positions:
    """The row of the ledger that each event means: by any of its numbers, else by household and name."""
    is_now = frame is two.now
    order = ["old_household", "new_household"] if two.link is None else ["old_id", "person_id", "new_id"]
    if is_now:
        order.reverse()
    found = np.full(len(rows), NOBODY, np.int64)
    for name in order:
        found = np.where(found == NOBODY, find(rows[name], frame, two.numbers), found)
    if two.link is not None:
        for name in ("new_household", "old_household"):
            found = np.where(found == NOBODY, _by_name(rows, name, frame, two.link), found)
    return found


def _by_name(rows: pd.DataFrame, household: str, frame: pd.DataFrame, link: str) -> Positions:
    """The one member of the household with that name."""
    if link not in frame or "name" not in frame or not len(rows):
        return np.full(len(rows), NOBODY, np.int64)
    known = _plain(frame[link]) + "|" + _plain(frame["name"])
    wanted = _plain(rows[household]) + "|" + _plain(rows["person_name"])
    at = positions(wanted, known)
    return np.where(wanted.isin(set(known[known.duplicated()].dropna())).to_numpy(bool), SEVERAL, at)


def _pairs(frame: pd.DataFrame, at: Positions, kinds: pd.Series) -> Iterator[tuple[str, str]]:
    for key, kind in zip(keys_at(frame, at), kinds, strict=True):
        if key is not None:
            yield key, str(kind)


def _nobody(rows: pd.DataFrame, at: Positions, two: Two, year: int) -> Iterator[Remark]:
    field_ = "new_household" if two.link is None else "new_id"
    for i in np.flatnonzero(at < 0):
        yield unknown(rows.iloc[i], field_, two, year, several=at[i] == SEVERAL)


def unknown(row: pd.Series, named: str, two: Two, year: int, *, several: bool = False) -> Remark:
    """An event that names nobody in the ledger of a year, at the first of its cells that names somebody."""
    order = [named, *(one for one in (*FIELDS[1:], "event_kind") if one != named)]
    cell = next(one for one in order if pd.notna(row[one]))
    key = "event_several" if several else "event_unknown"
    said = tell(f"note_{key}", ledger=two.ledger.label.said, year=year)
    return remark("event_unknown", EVENT, row, cell, said, say("hint_event_unknown"), f"{year}|{row[ENTITY]}")


def contradicted(rows: pd.DataFrame, said_of: Sequence[tuple[int, str]]) -> Iterator[Remark]:
    """Events that the ledgers contradict: (row, what is said of it)."""
    for i, key in said_of:
        row = rows.iloc[i]
        hint = say("hint_event_contradicted")
        yield remark("event_contradicted", EVENT, row, "event_kind", say(key), hint, f"{key}|{row[ENTITY]}")
