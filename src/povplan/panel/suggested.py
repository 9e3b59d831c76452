"""Probable events that nobody declared: who came without a reason, beside who went without one.

Evidence is said, nothing is assumed: a suggestion changes no key and explains no term.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povplan.keys import among
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.panel.events import Two
from povplan.panel.geography import likely
from povplan.panel.keymap import Matched

DIGITS = 2
"""Up to so many digits differ in a number that was probably mistyped."""
SHARED = 0.5
"""Of the smaller household's persons, how many must be the same for a new number to be probable."""


@dataclass(frozen=True)
class Suggestion:
    """A probable event: of whom (a key of one of the years), beside whom, in words."""

    kind: str
    key: str
    other: str | None
    said: Said
    is_now: bool = True
    """Whether `key` is one of the year's; else of the year before."""


@dataclass(frozen=True, eq=False)
class Unexplained:
    """Keys that came and went without a reason."""

    appeared: Collection[str]
    vanished: Collection[str]


# ---- households -----------------------------------------------------------------------------------


def of_households(open_: Unexplained, persons: Two, matched: Matched) -> Iterator[Suggestion]:
    """New numbers, splits and mergers, told by whose members are whose."""
    link = persons.link
    if link is None or link not in persons.before or link not in persons.now:
        return
    shared = _shared(persons, matched, link, {*open_.appeared}, {*open_.vanished})
    sizes = persons.before[link].value_counts(), persons.now[link].value_counts()
    renumbered: set[str] = set()
    for new, group in shared[shared["new"].isin(list(open_.appeared))].groupby("new", sort=False):
        best = group.sort_values("same", ascending=False, kind="stable").iloc[0]
        old, same = str(best["old"]), int(best["same"])
        if old not in open_.vanished:
            yield Suggestion("split", str(new), old, say("note_suggest_split", same=same))
        elif same >= SHARED * min(sizes[0][old], sizes[1][new]) and old not in renumbered:
            renumbered.add(old)
            yield Suggestion("renumbered", str(new), old, say("note_suggest_renumbered", same=same))
        else:
            yield Suggestion("split", str(new), old, say("note_suggest_split", same=same))
    gone = shared[shared["old"].isin(list(open_.vanished)) & ~shared["new"].isin(list(open_.appeared))]
    for name, group in gone.groupby("old", sort=False):
        if len(group) == 1 and name not in renumbered:
            said = say("note_suggest_merged", same=int(group["same"].iloc[0]))
            yield Suggestion("merged", str(name), str(group["new"].iloc[0]), said, is_now=False)


def _shared(persons: Two, matched: Matched, link: str, new: set[str], old: set[str]) -> pd.DataFrame:
    """`old`, `new`, `same`: how many persons were in one household and are in another."""
    now = persons.now[[ENTITY, link]].rename(columns={link: "new"})
    before = pd.DataFrame(
        {ENTITY: matched.keys(persons.before[ENTITY], values=False), "old": persons.before[link]}
    )
    now = now[
        now["new"].isin(list(new)) | among(now[ENTITY], before.loc[before["old"].isin(list(old)), ENTITY])
    ]
    both = before.merge(now, on=ENTITY)
    both = both[(both["old"] != both["new"]).fillna(False).astype(bool)]
    return both.groupby(["old", "new"], sort=False).size().rename("same").reset_index()


# ---- persons --------------------------------------------------------------------------------------


def of_persons(open_: Unexplained, persons: Two, matched: Matched) -> Iterator[Suggestion]:
    """Corrected or exchanged numbers, told by name and date of birth, or by household, name and digits."""
    if "name" not in persons.now or "name" not in persons.before:
        return
    new = persons.now[persons.now[ENTITY].isin(list(open_.appeared))]
    gone = persons.before[persons.before[ENTITY].isin(list(open_.vanished))]
    told: set[str] = set()
    if "birth_date" in new and "birth_date" in gone:
        for key, other in _alike(new, gone, ["name", "birth_date"]):
            told |= {key, other}
            yield Suggestion("new_number", key, other, say("note_suggest_new_number"))
    if persons.link in new and persons.link in gone:
        rest = new[~new[ENTITY].isin(list(told))], gone[~gone[ENTITY].isin(list(told))]
        for key, other in _alike(*rest, [str(persons.link), "name"]):
            if 0 < (digits := _differing(key, other)) <= DIGITS:
                yield Suggestion("digits", key, other, say("note_suggest_digits", digits=digits))
    yield from _swapped(persons, matched)


def _alike(new: pd.DataFrame, gone: pd.DataFrame, by: list[str]) -> Iterator[tuple[str, str]]:
    """(new key, old key) of the only two that agree in all of `by`, all known."""
    ours, theirs = (rows[[ENTITY, *by]].dropna().drop_duplicates(by, keep=False) for rows in (new, gone))
    both = ours.merge(theirs, on=by, suffixes=("", "_old"))
    yield from zip(both[ENTITY].astype(str), both[f"{ENTITY}_old"].astype(str), strict=True)


def _differing(one: str, other: str) -> int:
    """In how many places two numbers of one length differ; 0 where the lengths do."""
    return sum(a != b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else 0


def _swapped(persons: Two, matched: Matched) -> Iterator[Suggestion]:
    """Two keys under which each year has the other's name and date of birth."""
    by = ["name", "birth_date"]
    if any(name not in rows for name in by for rows in (persons.before, persons.now)):
        return
    before = persons.before[[ENTITY, *by]].assign(**{ENTITY: matched.keys(persons.before[ENTITY])})
    both = before.dropna().merge(persons.now[[ENTITY, *by]].dropna(), on=ENTITY, suffixes=("_old", ""))
    other = both[(both["name"] != both["name_old"]) & (both["birth_date"] != both["birth_date_old"])]
    pairs = other.merge(other, left_on=by, right_on=[f"{name}_old" for name in by], suffixes=("", "_there"))
    mutual = pairs[
        (pairs["name_there"] == pairs["name_old"]) & (pairs["birth_date_there"] == pairs["birth_date_old"])
    ]
    seen: set[str] = set()
    for key, there in zip(mutual[ENTITY].astype(str), mutual[f"{ENTITY}_there"].astype(str), strict=True):
        if key != there and key not in seen:
            seen |= {key, there}
            yield Suggestion("swapped", key, there, say("note_suggest_swapped"))


def returned(appeared: Collection[str], seen: Mapping[str, int]) -> Iterator[Suggestion]:
    """Who was in the ledger of an earlier year: key → the last such year."""
    for key in appeared:
        if key in seen:
            yield Suggestion("returned", key, None, say("note_suggest_returned", seen=seen[key]))


# ---- units ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unmapped:
    """A village of last year that is gone, and the new one that is probably it; `same` households of `of`."""

    old: str
    new: str
    same: int = 0
    of: int = 0


def unmapped(
    before: Collection[str], now: Collection[str], declared: Collection[str], homes: Two | None
) -> Iterator[Unmapped]:
    """Villages that no change of units declares: by the households that both have, else by the name."""
    gone = [unit for unit in before if unit not in set(now) and unit not in declared and unit.count("/") == 2]
    new = [unit for unit in now if unit not in set(before) and unit.count("/") == 2]
    if not gone or not new:
        return
    moved = _moved(homes, gone, new) if homes else {}
    for unit in gone:
        if unit in moved:
            to, same, of = moved[unit]
            yield Unmapped(unit, to, same, of)
        else:
            inside = [one for one in new if one.rpartition("/")[0] == unit.rpartition("/")[0]]
            near = likely(unit, inside)
            if near:
                yield Unmapped(unit, near)


def _moved(homes: Two, gone: list[str], new: list[str]) -> dict[str, tuple[str, int, int]]:
    """Old unit → the new one to which at least half of its households went, how many, of how many."""
    before = homes.before[homes.before[UNIT].isin(gone)][[ENTITY, UNIT]]
    both = before.merge(
        homes.now[homes.now[UNIT].isin(new)][[ENTITY, UNIT]], on=ENTITY, suffixes=("_old", "")
    )
    sizes = before[UNIT].value_counts()
    found = {}
    for old, group in both.groupby(f"{UNIT}_old", sort=False):
        counts = group[UNIT].value_counts()
        if counts.iloc[0] >= np.ceil(sizes[old] / 2):
            found[str(old)] = (str(counts.index[0]), int(counts.iloc[0]), int(sizes[old]))
    return found
