"""Changes of units 区划变更: which units of the year before are which of the year, and when a unit is there.

What a register of changes says, and what is wrong with it. Rows are placed by it in `panel.placing`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from povplan.formulas.faults import tell
from povplan.memory.registers import YEAR, Remark, as_rows, remark
from povplan.messages import Said, say
from povplan.model import ENTITY
from povplan.spec import LEVELS
from povplan.words import normal

UNIT_CHANGE = "unit_change"
FIELDS = ("change_kind", "old_unit", "new_unit", "weight")
WHOLE = 1e-6
"""How far weights may be from 100 percent (or from 1) together."""


@dataclass(frozen=True, eq=False)
class Geography:
    """Units of the year before → those of the year, as the register of the year declares it."""

    parts: Mapping[str, tuple[tuple[str, float | None], ...]] = field(default_factory=dict)
    """Old unit → the new ones with their weights; a single one has 1, a None weight divides nothing."""
    blurred: frozenset[str] = frozenset()
    """Old units that go into one of which another part did not report: their rows lie in the unit above."""
    remarks: tuple[Remark, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether no unit changed."""
        return not self.parts

    @property
    def whole(self) -> dict[str, str]:
        """Old unit → the single new one into which its rows move whole."""
        return {
            old: new[0][0] for old, new in self.parts.items() if len(new) == 1 and old not in self.blurred
        }

    @property
    def divided(self) -> dict[str, tuple[tuple[str, float | None], ...]]:
        """Old unit → the several ones into which it was split."""
        return {old: new for old, new in self.parts.items() if len(new) > 1}

    def said(self) -> Said | None:
        """Which units were placed anew, in words; None where none was."""
        if self.is_plain:
            return None
        told = "；".join(
            f"{_short(old)} → {'、'.join(_short(n) for n, _ in new)}" for old, new in self._few()
        )
        return say("units_mapped", count=len(self.parts), told=told)

    def _few(self) -> list[tuple[str, tuple[tuple[str, float | None], ...]]]:
        return list(self.parts.items())[:5]


def _short(unit: str) -> str:
    return unit.split("/", 1)[-1]


NONE = Geography()


def geography(register: pd.DataFrame, year: int, before: Sequence[str], now: Sequence[str]) -> Geography:
    """The changes of a year, whose units are `now`; `before` those of the year before, both as paths."""
    rows = as_rows(register, FIELDS).assign(**{YEAR: year})
    rows = rows[rows["old_unit"].notna() & rows["new_unit"].notna()].reset_index(drop=True)
    if not len(rows):
        return NONE
    old_known, new_known = _with_above(before), _with_above(now)
    old = [_called(text, old_known) for text in rows["old_unit"]]
    links = [one for one in old if one]
    new = [_called(text, new_known) or _called(text, links) for text in rows["new_unit"]]
    remarks = list(_strangers(rows, old, new, old_known, new_known))
    lines = [
        (i, a, b)
        for i, (a, b) in enumerate(zip(old, new, strict=True))
        if a and b and a.count("/") == b.count("/")
    ]
    groups: dict[str, list[tuple[int, str]]] = {}
    for i, a, b in lines:
        groups.setdefault(a, []).append((i, b))
    remarks += _chains(rows, groups)
    parts: dict[str, tuple[tuple[str, float | None], ...]] = {}
    for a, given in sorted(groups.items(), key=lambda one: -one[0].count("/")):
        weights, odd = _weights(rows, given)
        remarks += odd
        if a.count("/") == len(LEVELS) - 1:
            parts[a] = tuple(zip([b for _, b in given], weights, strict=True))
        else:
            below = _below(a, [b for _, b in given], before, now)
            parts |= {path: found for path, found in below.items() if path not in parts}
    kept = {a: to for a, to in _followed(parts, set(new_known)).items() if to != ((a, 1.0),)}
    merging = {b for i, _, b in lines if rows["change_kind"].iloc[i] == "merge"}
    return Geography(kept, _blurred(kept, set(before), merging), tuple(remarks))


def with_replaced(units: Sequence[str], register: pd.DataFrame) -> list[str]:
    """The units with those that the changes of a register replaced, which no row names any more.

    What an entry calls its old unit is completed by the path of its new one.
    """
    rows = as_rows(register, FIELDS)
    known, found = _with_above(units), list(units)
    for old, new in zip(rows["old_unit"], rows["new_unit"], strict=True):
        there = None if pd.isna(old) or pd.isna(new) else _called(new, known)
        if there is None or _called(old, known):
            continue
        names, above = [one.strip() for one in str(old).split("/")], there.split("/")
        path = "/".join([*above[: max(len(above) - len(names), 0)], *names])
        below = [f"{path}{unit[len(there) :]}" for unit in units if unit.startswith(f"{there}/")]
        found += [path] if len(above) == len(LEVELS) else below
    return list(dict.fromkeys(found))


def there_in(
    year: int, registers: Mapping[int, pd.DataFrame], units: Sequence[str], first: Mapping[str, int]
) -> set[str]:
    """Those of the units that there are in a year, by what the registers of all years say began and ended.

    `first`: unit → the first year whose rows name it; what one was merged into may have been there before.
    """
    began: dict[str, list[int]] = {}
    ended: dict[str, list[int]] = {}
    for at, register in registers.items():
        rows = as_rows(register, FIELDS)
        known = _with_above(with_replaced(units, register))
        pairs = [
            pair
            for old, new in zip(rows["old_unit"], rows["new_unit"], strict=True)
            if pd.notna(old) and pd.notna(new)
            for pair in _each_village(_called(old, known), _called(new, known), units)
        ]
        olds, news = {old for old, _ in pairs}, {new for _, new in pairs}
        for unit in olds - news:
            ended.setdefault(unit, []).append(at)
        for unit in news - olds:
            if first.get(unit, at) >= at:
                began.setdefault(unit, []).append(at)
    return {one for one in units if _is_there(began.get(one, []), ended.get(one, []), year)}


def _each_village(old: str | None, new: str | None, units: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The villages that one entry speaks of: itself, or all below a township that the new one has too."""
    if old is None or new is None or old.count("/") != new.count("/"):
        return
    if old.count("/") == len(LEVELS) - 1:
        yield old, new
        return
    known = set(units)
    for unit in units:
        if unit.startswith(f"{old}/") and f"{new}{unit[len(old) :]}" in known:
            yield unit, f"{new}{unit[len(old) :]}"


def _is_there(began: Sequence[int], ended: Sequence[int], year: int) -> bool:
    """Whether a unit is there in a year, by the years in which it began and ended; without any, always."""
    past = [at for at in (*began, *ended) if at <= year]
    if past:
        return max(past) in began
    coming = [at for at in (*began, *ended) if at > year]
    return not coming or min(coming) in ended


Parts = Mapping[str, tuple[tuple[str, float | None], ...]]


def _followed(parts: Parts, now: Set[str]) -> dict[str, tuple[tuple[str, float | None], ...]]:
    """The parts with those that are gone again within the year replaced by what became of them."""
    found = dict(parts)
    for _ in range(len(parts)):
        gone = {a: to[0][0] for a, to in found.items() if len(to) == 1 and to[0][0] not in now}
        more = {a: found[b] for a, b in gone.items() if b in found and found[b] != found[a]}
        if not more:
            break
        found |= more
    return {a: to for a, to in found.items() if all(one in now for one, _ in to)}


def _with_above(units: Iterable[str]) -> list[str]:
    """The units and all that lies above them."""
    paths = (unit.split("/") for unit in units)
    return list(dict.fromkeys("/".join(parts[:end]) for parts in paths for end in range(len(parts), 0, -1)))


def _called(text: Any, known: Sequence[str]) -> str | None:
    """The one unit that a text means: its path or the end of it, with or without the strokes."""
    wanted = normal(str(text)).replace("/", "")
    found = [path for path in known if any(wanted == end for end in _ends(path))]
    exact = [path for path in known if normal(path) == normal(str(text))]
    found = exact or found
    return found[0] if len(set(found)) == 1 else None


def _ends(path: str) -> Iterator[str]:
    parts = [normal(part) for part in path.split("/")]
    for start in range(len(parts)):
        yield "".join(parts[start:])


def _below(
    old: str, new: Sequence[str], before: Iterable[str], now: Iterable[str]
) -> dict[str, tuple[tuple[str, float | None], ...]]:
    """The villages of a township that changed: to those of their name in the new ones."""
    known = set(now)
    found: dict[str, tuple[tuple[str, float | None], ...]] = {}
    for path in before:
        if path == old:
            found[path] = tuple((one, 1.0 if len(new) == 1 else None) for one in new)
        elif path.startswith(f"{old}/"):
            there = [f"{one}{path[len(old) :]}" for one in new if f"{one}{path[len(old) :]}" in known]
            if len(there) == 1:
                found[path] = ((there[0], 1.0),)
    return found


def _weights(rows: pd.DataFrame, given: Sequence[tuple[int, str]]) -> tuple[list[float | None], list[Remark]]:
    """The weights of the parts of one unit, in percent or fractions; none where they do not add up."""
    if len(given) == 1:
        return [1.0], []
    first = rows.iloc[given[0][0]]
    stated = [rows["weight"].iloc[i] for i, _ in given]
    if all(pd.isna(one) for one in stated):
        return [None] * len(given), []
    total = sum(float(one) for one in stated if pd.notna(one))
    whole = 1.0 if total <= 1 + WHOLE else 100.0
    if any(pd.isna(one) for one in stated) or abs(total / whole - 1) > WHOLE:
        said = say("note_unit_change_weights", old=_short(str(first["old_unit"])), total=f"{total:g}")
        return [None] * len(given), [_told("unit_change_weights", first, "weight", said, f"{total:g}")]
    return [float(one) / whole for one in stated], []


def _told(rule: str, row: pd.Series, name: str, said: Said, value: str) -> Remark:
    return remark(rule, UNIT_CHANGE, row, name, said, say(f"hint_{rule}"), f"{value}|{row[ENTITY]}")


def _strangers(
    rows: pd.DataFrame,
    old: Sequence[str | None],
    new: Sequence[str | None],
    old_known: Sequence[str],
    new_known: Sequence[str],
) -> Iterator[Remark]:
    for i in range(len(rows)):
        row, year = rows.iloc[i], int(rows[YEAR].iloc[i])
        for name, found, known, at in (
            ("old_unit", old[i], old_known, year - 1), ("new_unit", new[i], new_known, year),
        ):  # fmt: skip
            if found is None and known:
                near = likely(str(row[name]), known)
                hint: Said | str = say("suggestion", near=_short(near)) if near else ""
                said = tell("note_unit_change_unknown", shown=row[name], year=at)
                hinted = tell("hint_unit_change_unknown", suggestion=hint)
                yield remark(
                    "unit_change_unknown", UNIT_CHANGE, row, name, said, hinted, f"{row[name]}|{row[ENTITY]}"
                )
        if old[i] and new[i] and str(old[i]).count("/") != str(new[i]).count("/"):
            yield _told("unit_change_chain", row, "new_unit", say("note_unit_change_levels"), "levels")


def likely(name: str, known: Iterable[str]) -> str | None:
    """The known unit whose name is most like this one's."""
    by_name = {_short(path): path for path in known}
    near = difflib.get_close_matches(_short(name), list(by_name), n=1, cutoff=0.5)
    return by_name[near[0]] if near else None


def _chains(rows: pd.DataFrame, groups: Mapping[str, Sequence[tuple[int, str]]]) -> Iterator[Remark]:
    """Entries of one year that hang together: the new unit of one is the old one of another and gone."""
    for a, given in groups.items():
        for i, b in given:
            if b != a and b in groups and all(to != b for _, to in groups[b]):
                cycle = any(to == a for _, to in groups[b])
                said = say("note_unit_change_cycle" if cycle else "note_unit_change_chain", unit=_short(b))
                yield _told("unit_change_chain", rows.iloc[i], "new_unit", said, f"{a}|{b}")


def _blurred(parts: Parts, before: Set[str], merging: Set[str]) -> frozenset[str]:
    """Units whose new one holds another old one of which nothing is known: half is not compared with all."""
    into: dict[str, set[str]] = {}
    for old, new in parts.items():
        for one, _ in new:
            into.setdefault(one, set()).add(old)
    alone = {one for one in merging if len(into.get(one, ())) == 1 and one not in before}
    missing = alone | {one for one, olds in into.items() if not olds <= before}
    return frozenset(old for old, new in parts.items() if any(one in missing for one, _ in new))
