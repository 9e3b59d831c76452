"""Waivers and answers of the registers, held against the findings; what answers add to other registers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from povplan.checks.numbers import numbers
from povplan.config import Config
from povplan.formulas.naming import Named
from povplan.identity import key
from povplan.jobs.faults import Finding, finding
from povplan.jobs.gathering import Gathered
from povplan.jobs.standing import Standing
from povplan.ledger import HELD
from povplan.memory import ANSWER, STATUS, answers, compared
from povplan.memory.registers import AMENDMENT, ANSWER_LEDGER, REGISTERS, WAIVER, YEAR, Remark, as_rows
from povplan.memory.waivers import Excused, Scene, excusable, excuse
from povplan.messages import catalogue, say
from povplan.model import DTYPES, ENTITY, ROW, SOURCE, UNIT, Source
from povplan.spec import Text
from povplan.store import Part


@dataclass(frozen=True, eq=False)
class Registers:
    """The rows of waivers and answers of all years, and what the waivers excuse."""

    waivers: pd.DataFrame = field(default_factory=pd.DataFrame)
    answers: pd.DataFrame = field(default_factory=pd.DataFrame)
    excused: Excused = field(default_factory=lambda: Excused({}))
    numbers: frozenset[str] = frozenset()
    """Of the findings excused."""


def remembered(
    found: pd.DataFrame, stored: pd.DataFrame, standing: Standing, sources: Mapping[int, Source]
) -> tuple[pd.DataFrame, pd.DataFrame, Registers]:
    """(findings with their status, closed ones, what excused them): `found` and those of the registers."""
    registers = Registers(rows_of(standing, WAIVER), rows_of(standing, ANSWER_LEDGER))
    if not standing.remembers or not (len(registers.waivers) or len(registers.answers)):
        return *compared(found, stored), registers
    scene = scene_of(standing, found, compared(found, stored)[1])
    told = answers.given(registers.answers)
    excused = excuse(registers.waivers, scene)
    remarks = [as_finding(one, sources) for one in (*excused.remarks, *answers.judged(told, scene))]
    more = pd.DataFrame(remarks, columns=list(found.columns)).astype(found.dtypes.to_dict())
    now, closed = compared(pd.concat([found, more], ignore_index=True), stored)
    own = numbers(now)
    waived = frozenset(scene.numbers[list(excused.by)])
    words = {scene.numbers[at]: word for at, word in answers.answered(told, scene).items()}
    now[STATUS] = now[STATUS].mask(own.isin(list(waived)), "waived")
    now[ANSWER] = own.map(words).astype("string")
    return now, closed, replace(registers, excused=excused, numbers=waived)


def scene_of(standing: Standing, found: pd.DataFrame, closed: pd.DataFrame) -> Scene:
    """What registers are held against: the findings but for the registers' own, the ledgers as they stand."""
    return Scene(
        findings=found[excusable(found)],
        closed=closed[excusable(closed)],
        frames=lambda ledger, year: standing.folded(ledger, year).frame,
        rules=rule_names(standing.config),
        definitions=standing.definitions,
        today=standing.today,
    )


def rows_of(standing: Standing, register: str) -> pd.DataFrame:
    """The register's rows of all years, with YEAR; none where the definitions have no such register."""
    if register not in standing.config.ledgers:
        return pd.DataFrame()
    years = {part.year for part in standing.parts if part.ledger == register}
    years |= set(standing.store.years(register, standing.as_of))
    frames = [standing.folded(register, year).frame.assign(**{YEAR: year}) for year in sorted(years)]
    known = [frame for frame in frames if len(frame)]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame()


def rule_names(config: Config) -> dict[str, Named]:
    """Every rule by its names, those of the ledgers and povplan's own."""
    told = catalogue()
    own = {name.removeprefix("rule_"): say(name) for name in told if name.startswith("rule_")}
    found = {name: Named(name, Text(zh=said.zh, en=said.en)) for name, said in own.items()}
    for ledger in config.ledgers.values():
        found |= {rule.id: Named(rule.id, rule.label) for rule in ledger.checks}
    return found


def as_finding(remark: Remark, sources: Mapping[int, Source]) -> Finding:
    """A remark on a register's row as a finding, at its cell."""
    source, row = int(remark.row[SOURCE]), int(remark.row[ROW])
    at = sources.get(source)
    return finding(
        remark.rule,
        remark.said,
        remark.hint,
        ledger=remark.ledger,
        year=remark.year,
        source=source,
        row=row,
        column=at.columns.get(remark.field or "") if at else None,
        entity=str(remark.row[ENTITY]),
        unit=None if pd.isna(remark.row[UNIT]) else str(remark.row[UNIT]),
        name=remark.field,
        value=remark.value,
    )


def amendment_remarks(standing: Standing, years: Iterable[int]) -> Iterator[Remark]:
    """What is wrong with the amendments of the years."""
    for year in years:
        if given := standing.proposals(year):
            yield from given.remarks
            for ledger in given.ledgers:
                yield from standing.amended(ledger, year).remarks


def amended_cells(standing: Standing, years: Iterable[int]) -> pd.DataFrame:
    """ledger, year, entity and field of every cell that an amendment gave its value."""
    cells = [pd.DataFrame(columns=["ledger", "year", "entity", "field"])]
    for year in years:
        if given := standing.proposals(year):
            for ledger in given.ledgers:
                amended = standing.folded(ledger, year).amended
                if amended is not None and len(amended):
                    told = amended.rename(columns={ENTITY: "entity"})[["entity", "field"]]
                    cells.append(told.assign(ledger=ledger, year=year))
    return pd.concat(cells, ignore_index=True)


# ---- what a batch adds to the registers by itself --------------------------------------------------


def following(before: Standing, gathered: Gathered, stored: pd.DataFrame) -> Gathered:
    """What was gathered, with the rows of other registers that follow from its waivers and answers."""
    ledgers = {part.ledger for part in gathered.parts}
    if not before.remembers or ledgers.isdisjoint(REGISTERS):
        return gathered
    after = before.joined_by(gathered.parts)
    parts = [*gathered.parts, *_bound_before(before, after, gathered.parts)]
    sources = dict(gathered.sources)
    if ANSWER_LEDGER in ledgers:
        scene = scene_of(before, stored[stored[STATUS] != "fixed"].reset_index(drop=True), stored.iloc[:0])
        told = _changed(before, after)
        for register, rows in (
            (AMENDMENT, answers.amendments(told, scene)),
            (WAIVER, answers.waivers(told, scene)),
        ):
            if len(rows) and register in before.config.ledgers:
                parts += _derived(rows, register, before.config, sources)
    return replace(gathered, parts=parts, sources=sources)


def bindings(standing: Standing, registers: Registers) -> list[Part]:
    """What binds waivers without number and value to the findings that they excuse for the first time."""
    bound = registers.excused.bindings
    if not bound:  # there may be no register of waivers at all
        return []
    rows = registers.waivers.loc[list(bound)].assign(bound=pd.array(list(bound.values()), dtype="string"))
    form = form_of(standing.config, WAIVER)
    return [_binding(group, int(str(year)), form) for year, group in rows.groupby(YEAR)]


def expired_since(standing: Standing, time: str) -> bool:
    """Whether a waiver that was in force at `time` (ISO) no longer is."""
    rows = as_rows(rows_of(standing, WAIVER), ["expires_on"])
    then = pd.Timestamp(time[:10])
    until = pd.to_datetime(rows["expires_on"])
    return bool(((until >= then) & (until < pd.Timestamp(standing.today))).any())


def _bound_before(before: Standing, after: Standing, parts: Sequence[Part]) -> list[Part]:
    """A waiver sent again as it was stays bound to what it was bound to; one approved anew does not."""
    found = []
    for part in parts:
        if part.ledger == WAIVER:
            marks = ["approved_on", "bound"]
            old, new = (
                as_rows(one.folded(WAIVER, part.year).frame, marks).set_index(ENTITY, drop=False)
                for one in (before, after)
            )
            known = new[new["bound"].isna() & new.index.isin(old.index[old["bound"].notna()])]
            same = old.loc[known.index, "approved_on"].astype("string").fillna("")
            known = known[(known["approved_on"].astype("string").fillna("") == same).to_numpy(bool)]
            if len(known):
                again = known.assign(bound=old.loc[known.index, "bound"])
                found.append(_binding(again, part.year, part.form))
    return found


def _binding(rows: pd.DataFrame, year: int, form: str) -> Part:
    frame = rows[[ENTITY, UNIT, SOURCE, ROW, "bound"]].reset_index(drop=True)
    return Part(WAIVER, year, form, "partial", (), frame.assign(**{HELD: False}))


def _changed(before: Standing, after: Standing) -> pd.DataFrame:
    """Answers that are not as they were."""
    old, new = (answers.given(rows_of(one, ANSWER_LEDGER)) for one in (before, after))
    known = set(_content(old)) if len(old) else set()
    return new[~_content(new).isin(known)] if len(new) else new


def _content(rows: pd.DataFrame) -> pd.Series:
    told = pd.Series("", rows.index, "string")
    for name in answers.FIELDS:
        told = told + "|" + rows[name].astype("string").fillna("")
    return told


_COLUMNS: Mapping[str, Mapping[str, str]] = {
    AMENDMENT: {
        "target": "target", "object": "object", "field": "field", "old": "new", "new": "new",
        "caller": "verifier", "registered_on": "verified_on", "evidence": "explanation",
    },
    WAIVER: {
        "number": "number", "target": "target", "object": "object", "rule": "rule", "reason": "explanation",
        "approver": "approver", "approved_on": "verified_on", "expires_on": "expires_on",
    },
}  # fmt: skip
"""Register → its field → the answer's field in whose column it stands."""


def _derived(rows: pd.DataFrame, register: str, config: Config, sources: dict[int, Source]) -> list[Part]:
    """Rows for a register as parts; the sheet of the answers becomes a sheet of the register as well."""
    form = form_of(config, register)
    of = {}
    for number in rows[SOURCE].unique():
        answer = sources[int(number)]
        columns = {
            name: answer.columns[own] for name, own in _COLUMNS[register].items() if own in answer.columns
        }
        of[int(number)] = max(sources) + 1
        sources[of[int(number)]] = replace(
            answer, id=of[int(number)], form=form, ledger=register, columns=columns
        )
    placed = rows.assign(**{SOURCE: [of[int(number)] for number in rows[SOURCE]]})
    return [register_part(group, register, int(str(year)), config) for year, group in placed.groupby(YEAR)]


def register_part(rows: pd.DataFrame, register: str, year: int, config: Config) -> Part:
    """Rows written for a register (SOURCE, ROW and fields), typed and keyed, as a part of a batch."""
    ledger = config.ledgers[register]
    frame = rows.reset_index(drop=True)
    typed: dict[str, Any] = {
        one.id: pd.Series(list(frame[one.id]), dtype=DTYPES[one.type])
        for one in ledger.fields
        if one.id in frame
    }
    marks = {name: frame[name].astype("Int64") for name in (SOURCE, ROW)}
    unit = pd.Series(pd.NA, frame.index, "string")
    found = pd.DataFrame({**typed, **marks, UNIT: unit, HELD: False})
    entity = key(found, ledger)
    if "answered" in frame:  # two findings of one cell may be answered
        entity = entity + "|" + frame["answered"].astype("string")
    return Part(register, year, form_of(config, register), "full", (), found.assign(**{ENTITY: entity}))


def form_of(config: Config, register: str) -> str:
    """The form by which the register's rows come in."""
    forms = config.forms.values()
    return next(form.form for form in forms if any(feed.ledger == register for feed in form.feeds))
