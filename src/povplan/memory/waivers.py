"""Waivers 豁免: which findings are excused, which waivers excuse nothing, and why.

A waiver names a finding by its number, or a rule, a ledger and a thing of it, perhaps a field and a value.
Without a value the findings count that were there when it was stored: their numbers bind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from povplan.checks.numbers import numbers
from povplan.formulas.faults import tell
from povplan.formulas.naming import Named, most_like
from povplan.memory.registers import (
    REGISTERS,
    WAIVER,
    YEAR,
    Remark,
    as_numbers,
    as_rows,
    each,
    each_row,
    field_called,
    ledger_called,
    like_field,
    like_ledger,
    remark,
    rows_called,
    rule_called,
)
from povplan.memory.values import equal, read
from povplan.messages import Said, say
from povplan.model import ENTITY
from povplan.reading.lines import Definitions

FIELDS = (
    "number", "rule", "target", "object", "field", "value",
    "reason", "approver", "approved_on", "expires_on", "bound",
)  # fmt: skip
Frames = Callable[[str, int], pd.DataFrame]
"""Rows of a ledger and year as they stand."""
_THING = ("rule", "ledger", "entity", "year", "field")


@dataclass(frozen=True, eq=False)
class Scene:
    """What waivers and answers are held against: findings that are there, that were, and the ledgers."""

    findings: pd.DataFrame
    """FINDING_COLUMNS, without those of the registers' own rows."""
    closed: pd.DataFrame
    frames: Frames
    rules: Mapping[str, Named]
    definitions: Definitions
    today: dt.date

    @cached_property
    def numbers(self) -> pd.Series:
        """Number of each finding."""
        return numbers(self.findings)

    @cached_property
    def at(self) -> dict[str, int]:
        """Number → where the finding stands in `findings`."""
        return dict(zip(self.numbers, self.findings.index, strict=True))

    @cached_property
    def gone(self) -> dict[str, int]:
        """Number → where the finding stands in `closed`."""
        return dict(zip(numbers(self.closed), self.closed.index, strict=True))

    @cached_property
    def _now(self) -> dict[tuple[object, ...], str]:
        """What a finding speaks of → the number it has now."""
        things = zip(
            *(self.findings[name].astype(object).where(self.findings[name].notna(), None) for name in _THING),
            strict=True,
        )
        return dict(zip(things, self.numbers, strict=True))

    def finding(self, at: int) -> pd.Series:
        """One of the findings."""
        return self.findings.loc[[at]].iloc[0]

    def changed_to(self, number: str) -> str | None:
        """The number that a closed finding has now, where its value changed and is still wrong."""
        row = self.closed.loc[self.gone[number]]
        return self._now.get(tuple(None if pd.isna(row[name]) else row[name] for name in _THING))

    def why_not(self, number: str, changed: str = "idle_changed_to") -> Said:
        """Why a number names no finding that is there; `changed` is said where the value has changed."""
        if number in self.gone:
            now = self.changed_to(number)
            return say(changed, now=now) if now else say("idle_fixed")
        near = get_close_matches(number, list(self.at), n=1, cutoff=0.8)
        return (
            say("idle_number_near", number=number, near=near[0])
            if near
            else say("idle_number", number=number)
        )


@dataclass(frozen=True, eq=False)
class Excused:
    """Findings excused (index of `Scene.findings` → the waiver's row in the register), and what is wrong."""

    by: Mapping[int, int]
    remarks: tuple[Remark, ...] = ()
    states: Mapping[int, str] = field(default_factory=dict)
    """Row of the register → in_force, expired, idle, unknown."""
    reasons: Mapping[int, Said] = field(default_factory=dict)
    """Row of the register → why it excuses nothing."""
    bindings: Mapping[int, str] = field(default_factory=dict)
    """Row of the register → numbers of the findings that bind it from now on."""


def excuse(register: pd.DataFrame, scene: Scene) -> Excused:
    """What the rows of the register (all years, with YEAR, numbered) excuse on the day of the scene."""
    rows = as_rows(register, FIELDS)
    if not len(rows):
        return Excused({})
    told = [
        _told(at, row, scene, pairs)
        for (at, row), pairs in zip(each_row(rows), _pairs(rows, scene), strict=True)
    ]
    by = {finding: one.at for one in told if one.state == "in_force" for finding in one.findings}
    return Excused(
        by=by,
        remarks=tuple(remark for one in told for remark in one.remarks),
        states={one.at: one.state for one in told},
        reasons={one.at: one.reason for one in told if one.reason},
        bindings={one.at: one.binding for one in told if one.binding},
    )


@dataclass(frozen=True)
class _Told:
    at: int
    state: str
    findings: tuple[int, ...] = ()
    remarks: tuple[Remark, ...] = ()
    reason: Said | None = None
    binding: str = ""


@dataclass(frozen=True)
class _Pairs:
    """What a waiver matches: findings it excuses, or why there are none."""

    findings: tuple[int, ...] = ()
    reason: Said | None = None
    strange: tuple[str, Said, Said] | None = None
    """The field of the register that names something unknown, what is said, what to do."""
    binds: bool = False


def _told(at: int, row: pd.Series, scene: Scene, pairs: _Pairs) -> _Told:
    if pairs.strange:
        name, said, hint = pairs.strange
        found = remark("waiver_unknown", WAIVER, row, name, said, hint, f"{row[ENTITY]}|{row[name]}")
        return _Told(at, "unknown", (), (found,), said)
    expires = row["expires_on"]
    until = None if pd.isna(expires) else pd.Timestamp(expires).date()
    if until and until < scene.today:
        key = "note_waiver_expired" if pairs.findings else "note_waiver_expired_idle"
        said = say(key, until=until.isoformat())
        hint, value = say("hint_waiver_expired"), f"{row[ENTITY]}|{until}|{bool(pairs.findings)}"
        return _Told(
            at,
            "expired",
            pairs.findings,
            (remark("waiver_expired", WAIVER, row, "expires_on", said, hint, value),),
            said,
        )
    reason = say("idle_unapproved") if pd.isna(row["approver"]) or pd.isna(row["reason"]) else pairs.reason
    if reason:
        said, name = (
            tell("note_waiver_idle", reason=reason),
            "number" if pd.notna(row["number"]) else "object",
        )
        value = f"{row[ENTITY]}|{reason.zh}"
        found = remark("waiver_idle", WAIVER, row, name, said, say("hint_waiver_idle"), value)
        return _Told(at, "idle", (), (found,), reason)
    binding = " ".join(scene.numbers[list(pairs.findings)]) if pairs.binds else ""
    return _Told(at, "in_force", pairs.findings, (), None, binding)


def _pairs(rows: pd.DataFrame, scene: Scene) -> Iterator[_Pairs]:
    """What each row matches, in order."""
    given = as_numbers(rows["number"])
    known = _Known.of(rows, scene)
    for at, row in each_row(rows):
        yield _by_number(given[at], scene) if pd.notna(given[at]) else _by_rule(at, row, known, scene)


def _by_number(number: str, scene: Scene) -> _Pairs:
    if number not in scene.at:
        return _Pairs(reason=scene.why_not(number))
    at = scene.at[number]
    barred = _barred(scene.finding(at))
    return _Pairs(reason=barred) if barred else _Pairs((at,))


def _barred(finding: pd.Series) -> Said | None:
    """Why a finding cannot be excused at all."""
    return say("idle_hold") if finding["effect"] == "hold" else None


@dataclass(frozen=True, eq=False)
class _Known:
    """What the rows name: rule, ledger, field of it, the thing's key; None where it is not known."""

    rules: pd.Series
    ledgers: pd.Series
    fields: pd.Series
    entities: pd.Series
    groups: Mapping[tuple[object, ...], np.ndarray]
    """(rule, ledger, year, entity) → findings."""
    closed: frozenset[tuple[object, ...]]

    @classmethod
    def of(cls, rows: pd.DataFrame, scene: Scene) -> _Known:
        named = rows[rows["number"].isna()]
        rules = each(named["rule"], lambda name: rule_called(name, scene.rules))
        ledgers = each(named["target"], lambda name: ledger_called(name, scene.definitions.ledgers))
        fields = pd.Series(
            [
                field_called(name, scene.definitions.ledgers[ledger]) if ledger and pd.notna(name) else None
                for name, ledger in zip(named["field"], ledgers, strict=True)
            ],
            named.index,
            dtype=object,
        )
        entities = pd.Series(None, named.index, dtype=object)
        for (ledger, year), group in named.groupby([ledgers, YEAR], sort=False):
            frame = scene.frames(str(ledger), int(str(year)))
            at = rows_called(group["object"], frame, scene.definitions.ledgers[str(ledger)])
            entities[group.index[at >= 0]] = frame[ENTITY].iloc[at[at >= 0]].astype(object).to_numpy()
        names = ["rule", "ledger", "year", "entity"]
        groups: Any = scene.findings.groupby(names, sort=False).indices if len(named) else {}
        index = scene.findings.index.to_numpy()
        gone = frozenset(scene.closed[names].dropna().itertuples(index=False, name=None))
        return cls(
            rules,
            ledgers,
            fields,
            entities,
            dict(zip(groups, (index[at] for at in groups.values()), strict=True)),
            gone,
        )


def _by_rule(at: int, row: pd.Series, known: _Known, scene: Scene) -> _Pairs:
    rule, ledger, name, entity = (of[at] for of in (known.rules, known.ledgers, known.fields, known.entities))
    strange = _strange(row, rule, ledger, name, scene)
    if strange:
        return _Pairs(strange=strange)
    if rule is None or ledger is None or pd.isna(row["object"]):
        return _Pairs(reason=say("idle_never"))
    year = int(row[YEAR])
    if entity is None:
        label = scene.definitions.ledgers[ledger].label.said
        return _Pairs(reason=tell("idle_object", ledger=label, year=year))
    key = (rule, ledger, year, entity)
    found = scene.findings.loc[list(known.groups.get(key, ()))]
    if name is not None:
        found = found[found["field"] == name]
    if not len(found):
        return _Pairs(reason=say("idle_fixed" if key in known.closed else "idle_never"))
    if barred := _barred(found.iloc[0]):
        return _Pairs(reason=barred)
    return _with_value(row, found, name, scene)


def _with_value(row: pd.Series, found: pd.DataFrame, name: str | None, scene: Scene) -> _Pairs:
    """Those of the findings whose value is the one excused."""
    if pd.notna(row["value"]):
        held = [at for at, finding in each_row(found) if _holds(finding, name, row["value"], scene)]
        return _Pairs(tuple(held)) if held else _Pairs(reason=say("idle_changed"))
    if pd.isna(row["bound"]):
        return _Pairs(tuple(map(int, found.index)), binds=True)
    bound = set(str(row["bound"]).split())
    held = [int(at) for at in found.index if scene.numbers[at] in bound]
    now = " ".join(scene.numbers[found.index])
    return _Pairs(tuple(held)) if held else _Pairs(reason=say("idle_changed_to", now=now))


def _holds(finding: pd.Series, name: str | None, value: str, scene: Scene) -> bool:
    """Whether the field (of the finding, where the waiver names none) has the value."""
    ledger = scene.definitions.ledgers[finding["ledger"]]
    marked = name or finding["field"]
    if pd.isna(marked) or marked not in ledger.names:
        return False
    frame = scene.frames(ledger.ledger, int(finding["year"]))
    present = (
        frame.loc[frame[ENTITY] == finding["entity"], [marked]] if marked in frame else frame.iloc[:0, :1]
    )
    spec = ledger.field(marked)
    given = read(pd.Series([value]), spec, scene.definitions)
    if not len(present) or given.unread.any():
        return False
    return bool(equal(present[marked], given.values, spec).all())


def _strange(
    row: pd.Series, rule: str | None, ledger: str | None, name: str | None, scene: Scene
) -> tuple[str, Said, Said] | None:
    """The first thing that the row names and nobody knows."""
    ledgers = scene.definitions.ledgers
    if pd.notna(row["rule"]) and rule is None:
        near = most_like(str(row["rule"]), scene.rules.values())
        return (
            "rule",
            say("note_waiver_unknown_rule", shown=row["rule"]),
            _near("hint_waiver_unknown_rule", near),
        )
    if pd.notna(row["target"]) and ledger is None:
        said = say("note_waiver_unknown_ledger", shown=row["target"])
        return "target", said, _near("hint_register_name", like_ledger(row["target"], ledgers))
    if pd.notna(row["field"]) and name is None and ledger is not None:
        label = ledgers[ledger].label.said
        said = tell("note_waiver_unknown_field", shown=row["field"], ledger=label)
        return "field", said, _near("hint_register_name", like_field(row["field"], ledgers[ledger]))
    return None


def _near(key: str, near: str | None) -> Said:
    return tell(key, suggestion=say("suggestion", near=near) if near else "")


def excusable(findings: pd.DataFrame) -> pd.Series:
    """Which findings a waiver may speak of at all: those of the registers themselves it may not."""
    return ~findings["ledger"].isin(REGISTERS)
