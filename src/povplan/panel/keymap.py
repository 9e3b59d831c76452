"""Last year's keys under this year's names: declared corrections, new numbers, splits and mergers.

A person's key is permanent, a household's is not. Which household goes on after a split or a merger follows
EU-SILC (Regulation (EU) 2019/2242, Annex III): the one that keeps the number; else the one at the old
address; else the one with the person of the lowest number. It goes on in the register, but its figures of
the year before are not its own any more: `prev` is unknown for every household of a split or a merger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from povplan.keys import among
from povplan.memory.registers import Remark
from povplan.model import ENTITY, UNIT
from povplan.panel.events import NOBODY, SEVERAL, Two, contradicted, find, keys_at, unknown

ADDRESS = "address"
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Matched:
    """Old key → new key of one ledger, from the year before to the year. A key not named stays as it is."""

    goes_on: Mapping[str, str | None] = field(default_factory=dict)
    """Old key → the key under which it goes on; None: it does not, or its number is another's now."""
    changed: frozenset[str] = frozenset()
    """This year's keys whose figures of last year are unknown: split or merged (`identity_changed`)."""
    from_split: Mapping[str, str] = field(default_factory=dict)
    """This year's key of a household that was split off → last year's key of the one that it left."""
    into: Mapping[str, str] = field(default_factory=dict)
    """Last year's key of a household that was merged → this year's key of the one that took it in."""
    numbers: tuple[tuple[str, str, str], ...] = ()
    """(field, last year's value, this year's): identity and household numbers that were corrected."""
    homes: tuple[str, Mapping[str, str]] = ("", {})
    """Of persons: the field of their household, and this year's key of who moved by a declared split or
    merger → the household's number, which stands for last year's."""

    @cached_property
    def is_plain(self) -> bool:
        """Whether every key stays as it is."""
        return not (self.goes_on or self.changed or self.numbers or self.homes[1])

    def keys(self, old: pd.Series, *, values: bool = True) -> pd.Series:
        """This year's key of each of last year's; blank where it does not go on.

        `values`: also blank where it goes on, but last year's values cannot be compared with this year's.
        """
        if self.is_plain:
            return old
        renamed = _replaced(old, self.goes_on)
        return renamed.mask(renamed.isin(list(self.changed))) if values else renamed

    def past(self, before: pd.DataFrame) -> pd.DataFrame:
        """Last year's rows as `prev` sees them: under this year's keys and corrected numbers."""
        if self.is_plain:
            return before
        found: dict[str, Any] = {ENTITY: self.keys(before[ENTITY])}
        for name in dict.fromkeys(name for name, _, _ in self.numbers if name in before):
            changed = {old: new for one, old, new in self.numbers if one == name}
            found[name] = _replaced(before[name], changed)
        name, moved = self.homes
        if moved and name in before:
            to = found[ENTITY].map(dict(moved)).astype("string")
            found[name] = found.get(name, before[name]).mask(to.notna(), to)
        return before.assign(**found)


def _replaced(values: pd.Series, changed: Mapping[str, str | None]) -> pd.Series:
    """The values, all of `changed` replaced at once: two that swap do not run into each other."""
    hit = values.isin(list(changed))
    return values.mask(hit, values[hit].map(dict(changed)).astype("string")) if hit.any() else values


NONE = Matched()


def renamed(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The rows under other keys; a key not named stays as it is."""
    return rows.assign(**{ENTITY: _replaced(rows[ENTITY], names)}) if names else rows


# ---- households -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Linked:
    """Declared events of households with their keys: who became whom."""

    renumbered: Pairs
    split: Pairs
    merged: Pairs
    remarks: tuple[Remark, ...]


def households(
    rows: pd.DataFrame, two: Two, persons: Two | None, corrected: Pairs
) -> tuple[Matched, tuple[Remark, ...]]:
    """How households go on, and what is wrong with the events that say so.

    `corrected` are identity numbers that were put right: the head's is one.
    """
    linked = _linked(rows, two)
    goes_on: dict[str, str | None] = {}
    changed: set[str] = set()
    from_split: dict[str, str] = {}
    into: dict[str, str] = {}
    own_of = dict(reversed(linked.renumbered))
    for old, group in _groups(linked.split, first=True).items():
        own = own_of.get(old)
        parts = _with_itself(old, group, two.now) if own is None else list(dict.fromkeys([own, *group]))
        heir = _heir(old, parts, two, persons) if own is None else own
        goes_on[old] = heir
        changed |= {*parts}
        from_split |= {part: old for part in parts if part != heir}
    before_of = {new: old for old, new in reversed(linked.renumbered)}
    for new, group in _groups(linked.merged, first=False).items():
        own = before_of.get(new)
        parts = _with_itself(new, group, two.before) if own is None else list(dict.fromkeys([own, *group]))
        heir = _heir(new, parts, two.turned, persons.turned if persons else None) if own is None else own
        goes_on |= {part: new if part == heir else None for part in parts}
        into |= {part: new for part in parts if part != heir}
        changed.add(new)
    for old, new in linked.renumbered:
        goes_on.setdefault(old, new)
    if not rows.empty:
        goes_on |= _corrected_keys(two, corrected, goes_on)
    goes_on = _displaced(goes_on, two.before)
    names = two.numbers[:1]
    numbers = [(name, old, new) for name in names for old, new in linked.renumbered]
    numbers += [(name, old, new) for name in two.numbers[1:] for old, new in corrected]
    kept = {old: new for old, new in goes_on.items() if old != new}
    found = Matched(kept, frozenset(changed), from_split, into, tuple(numbers))
    return found, linked.remarks


def _linked(rows: pd.DataFrame, two: Two) -> _Linked:
    about = rows[rows["event_kind"].isin(["split", "merged", "renumbered"])]
    about = about[about["old_household"].notna() & about["new_household"].notna()].reset_index(drop=True)
    old_at = find(about["old_household"], two.before, two.numbers)
    new_at = find(about["new_household"], two.now, two.numbers)
    old, new = keys_at(two.before, old_at), keys_at(two.now, new_at)
    whole = [
        (kind, a, b)
        for kind, a, b in zip(about["event_kind"], old, new, strict=True)
        if a is not None and b is not None and not (kind == "renumbered" and a == b)
    ]
    found: dict[str, Pairs] = {"renumbered": [], "split": [], "merged": []}
    for kind, a, b in whole:
        found[kind].append((a, b))
    twice = _said_twice(about, old, new)
    remarks = [*_missing(about, two, old_at, new_at), *contradicted(about, twice)]
    once = {kind: list(dict.fromkeys(pairs)) for kind, pairs in found.items()}
    return _Linked(once["renumbered"], once["split"], once["merged"], tuple(remarks))


def _missing(about: pd.DataFrame, two: Two, old_at: Any, new_at: Any) -> Iterator[Remark]:
    for i in range(len(about)):
        year = int(about["_year"].iloc[i])
        if old_at[i] < 0 and len(two.before):
            yield unknown(about.iloc[i], "old_household", two, year - 1, several=old_at[i] == SEVERAL)
        elif new_at[i] < 0 and len(two.now):
            yield unknown(about.iloc[i], "new_household", two, year, several=new_at[i] == SEVERAL)


def _said_twice(about: pd.DataFrame, old: list[str | None], new: list[str | None]) -> list[tuple[int, str]]:
    """Renumberings that name one household for two, or nothing."""
    found, seen_old, seen_new = [], set(), set()
    for i, kind in enumerate(about["event_kind"]):
        if kind != "renumbered" or old[i] is None or new[i] is None:
            continue
        if old[i] == new[i]:
            found.append((i, "note_event_same"))
        elif old[i] in seen_old or new[i] in seen_new:
            found.append((i, "note_event_twice"))
        seen_old.add(old[i])
        seen_new.add(new[i])
    return found


def _groups(pairs: Pairs, *, first: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for old, new in pairs:
        one, other = (old, new) if first else (new, old)
        found.setdefault(one, []).append(other)
    return found


def _with_itself(key: str, others: list[str], frame: pd.DataFrame) -> list[str]:
    there = (frame[ENTITY] == key).any()
    return list(dict.fromkeys([*([key] if there else []), *others]))


def _heir(old: str, parts: list[str], two: Two, persons: Two | None) -> str:
    """Which household after a split is the old one; of a merger, with the years turned, the new one."""
    if old in parts:
        return old
    at_home = _at_address(_cell(two.before, old, ADDRESS), parts, two.now)
    if at_home is not None:
        return at_home
    if persons is not None and persons.link is not None:
        first = _first_person(persons.before, persons.link, [old], persons.now, parts)
        if first is not None:
            return first
    return parts[0]


def _cell(frame: pd.DataFrame, key: str, name: str) -> str | None:
    if name not in frame:
        return None
    found = frame.loc[frame[ENTITY] == key, name].dropna()
    return str(found.iloc[0]) if len(found) else None


def _at_address(address: str | None, keys: list[str], frame: pd.DataFrame) -> str | None:
    """The one household at the address."""
    if address is None:
        return None
    there = [key for key in keys if _cell(frame, key, ADDRESS) == address]
    return there[0] if len(there) == 1 else None


def _first_person(
    ours: pd.DataFrame, link: str, one: list[str], theirs: pd.DataFrame, several: list[str]
) -> str | None:
    """Of several households the one with the lowest-numbered person of the one on the other side."""
    members = ours.loc[ours[link].isin(one), ENTITY] if link in ours else pd.Series(dtype="string")
    if link not in theirs:
        return None
    there = theirs[theirs[ENTITY].isin(members) & theirs[link].isin(several)]
    if not len(there):
        return None
    lowest = min(there[ENTITY], key=lambda key: (len(str(key)), str(key)))
    return str(there.loc[there[ENTITY] == lowest, link].iloc[0])


def _displaced(goes_on: Mapping[str, str | None], before: pd.DataFrame) -> dict[str, str | None]:
    """With those whose number another one has taken: they do not go on under it."""
    taken = {new for old, new in goes_on.items() if new is not None and new != old}
    others = [key for key in taken if key not in goes_on]
    there = set(before.loc[before[ENTITY].isin(others), ENTITY])
    return {**goes_on, **dict.fromkeys(there)}


# ---- persons --------------------------------------------------------------------------------------


def corrections(rows: pd.DataFrame) -> Pairs:
    """(old, new) identity numbers that events put right."""
    about = rows[(rows["event_kind"] == "id_corrected") & rows["old_id"].notna() & rows["new_id"].notna()]
    plain = [about[name].astype("string").str.strip() for name in ("old_id", "new_id")]
    return [(str(a), str(b)) for a, b in zip(*plain, strict=True) if a != b]


def persons(rows: pd.DataFrame, two: Two, homes: Matched) -> tuple[Matched, tuple[Remark, ...]]:
    """How persons go on: by corrected numbers, and where their key holds the household's, by its changes."""
    about = rows[(rows["event_kind"] == "id_corrected") & rows["old_id"].notna() & rows["new_id"].notna()]
    about = about.reset_index(drop=True)
    old_at = find(about["old_id"], two.before, two.numbers)
    new_at = find(about["new_id"], two.now, two.numbers)
    goes_on: dict[str, str | None] = {}
    old, new = keys_at(two.before, old_at), keys_at(two.now, new_at)
    for a, b in zip(old, new, strict=True):
        if a is not None and b is not None:
            goes_on.setdefault(a, b)
    corrected = corrections(rows)
    goes_on |= _by_household(two, homes, goes_on)
    numbers = [(name, a, b) for name in two.numbers for a, b in corrected]
    renamed = {a: b for a, b in homes.goes_on.items() if b is not None}
    if two.link is not None:
        numbers += [(two.link, a, b) for a, b in renamed.items()]
    kept = {a: b for a, b in _displaced(goes_on, two.before).items() if a != b}
    remarks = tuple(_missing_persons(about, two, old_at, new_at))
    return Matched(kept, numbers=tuple(numbers), homes=_moved(two, homes, kept)), remarks


def _moved(two: Two, homes: Matched, goes_on: Mapping[str, str | None]) -> tuple[str, Mapping[str, str]]:
    """Who is in another household by a declared split or merger, and in which."""
    link = two.link
    declared = {(old, part) for part, old in homes.from_split.items()} | {*homes.into.items()}
    if link is None or not declared or link not in two.before or link not in two.now:
        return "", {}
    rows = two.before[two.before[link].isin([old for old, _ in declared])]
    now = dict(zip(two.now[ENTITY], two.now[link], strict=True))
    found = {}
    for key, home in zip(rows[ENTITY], rows[link], strict=True):
        own = goes_on.get(key, key)
        if own is not None and (home, now.get(own)) in declared:
            found[str(own)] = str(now[own])
    return link, found


def _missing_persons(about: pd.DataFrame, two: Two, old_at: Any, new_at: Any) -> Iterator[Remark]:
    for i in range(len(about)):
        year = int(about["_year"].iloc[i])
        if old_at[i] < 0 and len(two.before):
            yield unknown(about.iloc[i], "old_id", two, year - 1, several=old_at[i] == SEVERAL)
        elif new_at[i] < 0 and len(two.now):
            yield unknown(about.iloc[i], "new_id", two, year, several=new_at[i] == SEVERAL)


def _corrected_keys(two: Two, corrected: Pairs, known: Mapping[str, str | None]) -> dict[str, str | None]:
    """Keys that are identity numbers themselves."""
    pairs = [(a, b) for a, b in corrected if a not in known]
    old = find(pd.Series([a for a, _ in pairs], dtype="string"), two.before[[ENTITY]], ())
    new = find(pd.Series([b for _, b in pairs], dtype="string"), two.now[[ENTITY]], ())
    both = zip(pairs, old, new, strict=True)
    return {a: b for (a, b), at, to in both if at != NOBODY and to != NOBODY}


def _by_household(two: Two, homes: Matched, known: Mapping[str, str | None]) -> dict[str, str | None]:
    """Persons whose key is made of household and name, where the household's number changed."""
    link = two.link
    if link is None or not (homes.goes_on or homes.from_split) or link not in two.before:
        return {}
    next_of: dict[str, list[str]] = {}
    for a, b in homes.goes_on.items():
        if b is not None:
            next_of.setdefault(a, []).append(b)
    for b, a in homes.from_split.items():
        next_of.setdefault(a, []).append(b)
    for a, b in homes.into.items():
        next_of.setdefault(a, []).append(b)
    rows = two.before[two.before[link].isin(list(next_of))]
    here = rows[~among(rows[ENTITY], two.now[ENTITY])]
    found: dict[str, str | None] = {}
    now = set(two.now[ENTITY])
    for key, home in zip(here[ENTITY].astype(str), here[link].astype(str), strict=True):
        if key in known or not key.startswith(f"{home}|"):
            continue
        new = [f"{one}{key[len(home) :]}" for one in next_of[home]]
        there = [one for one in new if one in now]
        if len(there) == 1:
            found[key] = there[0]
    return found


def placed_anew(two: Two, units: Mapping[str, str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Keys that hold the unit's name, where that changed: last year's → this year's."""
    held = two.before[UNIT].isin(list(units))
    found: dict[str, str] = {}
    now = set(two.now[ENTITY]) if held.any() else set()
    for key, unit in zip(two.before.loc[held, ENTITY], two.before.loc[held, UNIT], strict=True):
        new = f"{units[unit]}{str(key)[len(unit) :]}"
        if str(key).startswith(f"{unit}|") and key not in known and new in now:
            found[str(key)] = new
    return found
