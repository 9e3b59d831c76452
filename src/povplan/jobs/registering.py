"""`waive` and `fix`: rows for the registers from the command line, each command one batch."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from povplan.config import Config
from povplan.errors import PovplanError
from povplan.formulas.faults import tell
from povplan.jobs.asking import entity_named, field_named, ledger_named
from povplan.jobs.coverage import cover
from povplan.jobs.gathering import Gathered
from povplan.jobs.memory import form_of, register_part
from povplan.jobs.receiving import Received
from povplan.jobs.restating import closed_years, demand_revision, revision_note
from povplan.jobs.standing import Standing
from povplan.jobs.update import Outcome, checked, commit, operator
from povplan.jobs.waivers import kept
from povplan.memory import answers
from povplan.memory.registers import AMENDMENT, WAIVER, YEAR, as_numbers
from povplan.memory.values import MASK, blank, equal, masked, read, shown
from povplan.memory.waivers import Scene
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, Source
from povplan.spec import Ledger, LedgerField, hidden_fields
from povplan.store.values import Kind
from povplan.workspace import Workspace


@dataclass(frozen=True)
class Excuse:
    """Findings to be excused, why, by whom, until when."""

    numbers: Sequence[str]
    reason: str
    approver: str
    until: dt.date | None = None


@dataclass(frozen=True)
class Fix:
    """A value to be amended, as it was typed."""

    ledger: str
    entity: str
    field: str
    old: str
    new: str
    evidence: str
    caller: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Way:
    """How a command is to be carried out."""

    dry_run: bool = False
    wait: float = 0
    revise: bool = False
    """Whether a value of a closed year may be amended."""
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC).astimezone())


@dataclass
class Fixed:
    """What a fix did: the value before and after in words, masked where it names a person."""

    outcome: Outcome
    ledger: Ledger
    spec: LedgerField
    entity: str
    old: Said
    new: Said


# ---- waive -----------------------------------------------------------------------------------------


def waive(workspace: Workspace, wanted: Excuse, way: Way) -> Outcome:
    """The findings excused from now on, as one batch. PovplanError for a number that cannot be."""
    _demand(workspace.config, WAIVER)
    if not wanted.reason.strip() or not wanted.approver.strip():
        raise PovplanError(say("waive_needs_reason"))
    if wanted.until and wanted.until < way.now.date():
        raise PovplanError(say("waive_until_past", until=wanted.until.isoformat()))
    with _locked(workspace, way):
        before = _standing(workspace, way)
        scene = kept(before)
        rows = [_waiver(number, wanted, scene, way) for number in _numbers(wanted.numbers, scene)]
        return _written(workspace, before, WAIVER, pd.DataFrame(rows), wanted.reason.strip(), way)


def _numbers(given: Sequence[str], scene: Scene) -> list[str]:
    """The numbers, each once; PovplanError for one that names nothing that can be excused."""
    found = list(dict.fromkeys(as_numbers(pd.Series(list(given), dtype="string"))))
    if not found:
        raise PovplanError(say("waive_needs_number"))
    for number in found:
        reason = scene.why_not(number) if number not in scene.at else None
        if reason is None and scene.finding(scene.at[number])["effect"] == "hold":
            reason = say("idle_hold")
        elif reason is None and pd.isna(scene.finding(scene.at[number])["year"]):
            reason = say("idle_undated")
        if reason:
            raise PovplanError(tell("waive_cannot", number=number, reason=reason))
    return found


def _waiver(number: str, wanted: Excuse, scene: Scene, way: Way) -> dict[str, Any]:
    finding = scene.finding(scene.at[number])
    return {
        YEAR: int(finding["year"]),
        "number": number.upper(),
        "rule": finding["rule"],
        "target": finding["ledger"],
        "object": finding["entity"],
        "field": finding["field"],
        "value": _value(finding, scene),
        "reason": wanted.reason.strip(),
        "approver": wanted.approver.strip(),
        "approved_on": pd.Timestamp(way.now.date()),
        "expires_on": pd.Timestamp(wanted.until) if wanted.until else pd.NaT,
    }


def _value(finding: pd.Series, scene: Scene) -> str | None:
    """What stands in the field that the finding marks, as the register holds it."""
    ledger = scene.definitions.ledgers[str(finding["ledger"])]
    if pd.isna(finding["field"]) or str(finding["field"]) not in ledger.names or pd.isna(finding["entity"]):
        return None
    return answers.present(finding, str(finding["field"]), scene)


# ---- fix -------------------------------------------------------------------------------------------


def fix(workspace: Workspace, wanted: Fix, way: Way) -> Fixed:
    """The value amended, as one batch. PovplanError for what cannot be."""
    config = workspace.config
    _demand(config, AMENDMENT)
    if not (wanted.evidence.strip() or wanted.caller.strip()):
        raise PovplanError(say("fix_needs_evidence"))
    ledger = config.ledgers[ledger_named(config, wanted.ledger).ledger]
    spec = field_named(ledger, wanted.field)
    with _locked(workspace, way):
        before = _standing(workspace, way)
        year = _year_of(before, ledger, wanted.year)
        entity = _entity(before, ledger, year, wanted.entity)
        row = {
            YEAR: year,
            "target": ledger.ledger,
            "object": entity,
            "field": spec.id,
            "old": wanted.old.strip() or None,
            "new": wanted.new.strip(),
            "caller": wanted.caller.strip() or None,
            "clerk": operator(),
            "registered_on": pd.Timestamp(way.now.date()),
            "evidence": wanted.evidence.strip() or None,
        }
        restated = {year} & set(closed_years(workspace.store))
        note = wanted.evidence.strip() or wanted.caller.strip()
        demand_revision(restated, revise=way.revise, reason=note, refusal="fix_year_closed")
        _demand_old(before, ledger, year, row, spec)
        stood = _stands(before, ledger, year, entity, spec)
        told = revision_note(restated, note) if restated else note
        outcome = _written(workspace, before, AMENDMENT, pd.DataFrame([row]), told, way, _demand_effect)
        assert outcome.standing is not None
        now = _stands(outcome.standing, ledger, year, entity, spec)
    return Fixed(outcome, ledger, spec, entity, stood, now)


def _demand_old(
    before: Standing, ledger: Ledger, year: int, row: Mapping[str, Any], spec: LedgerField
) -> None:
    """PovplanError where today's value, as sent and amended, is the new one already or is not the old one."""
    frame, definitions = before.folded(ledger.ledger, year).frame, before.definitions
    at = frame[frame[ENTITY] == row["object"]]
    if not len(at):
        return
    present = at[spec.id] if spec.id in frame else blank(spec, len(at))
    old, new = (read(pd.Series([row[name]], dtype="string"), spec, definitions) for name in ("old", "new"))
    if equal(present, new.values, spec).all() and not new.unread.any():
        raise PovplanError(say("fix_nothing"))
    if not equal(present, old.values, spec).all() or (old.unread.any() and present.notna().any()):
        named = masked(ledger, spec.id, definitions)
        stands = shown(present.iloc[0], named, definitions)
        given = {name: MASK if named.person else row[name] or say("check_blank") for name in ("old", "new")}
        said = tell("note_amendment_lost", label=spec.label.said, stands=stands, **given)
        hint = tell("hint_amendment_lost")
        raise PovplanError(Said(f"{said.zh}。{hint.zh}", f"{said.en}. {hint.en}"))


def _demand_effect(after: Standing, gathered: Gathered) -> None:
    """PovplanError where the amendment just written does nothing, saying why."""
    own = next(iter(gathered.sources))
    for year in {part.year for part in gathered.parts}:
        given = after.proposals(year)
        amended = [after.amended(name, year) for name in given.ledgers] if given else []
        strange = given.remarks if given else ()
        for remark in (*strange, *(one for each in amended for one in each.remarks)):
            if int(remark.row[SOURCE]) == own:
                raise PovplanError(
                    Said(remark.said.zh + "。" + remark.hint.zh, f"{remark.said.en}. {remark.hint.en}")
                )
        cells = [one.folded.amended for one in amended if one.folded.amended is not None]
        if not any((frame[SOURCE] == own).any() for frame in cells):
            raise PovplanError(say("fix_nothing"))


def _stands(standing: Standing, ledger: Ledger, year: int, entity: str, spec: LedgerField) -> Said:
    frame = standing.folded(ledger.ledger, year).frame
    value = frame.loc[frame[ENTITY] == entity, spec.id] if spec.id in frame else pd.Series(dtype=object)
    hidden = spec.id in hidden_fields(ledger, standing.config.ledgers)
    if hidden and len(value) and pd.notna(value.iloc[0]):
        return Said("***", "***")
    return shown(value.iloc[0] if len(value) else pd.NA, spec, standing.definitions)


def _year_of(standing: Standing, ledger: Ledger, year: int | None) -> int:
    """The year asked for, else the newest in which the ledger has rows."""
    known = [one for one in standing.years if len(standing.folded(ledger.ledger, one).frame)]
    if not known or (year is not None and year not in known):
        years = "、".join(map(str, known)) or "—"
        raise PovplanError(tell("ask_no_rows", label=ledger.label.said, year=year or "", years=years))
    return year or known[-1]


def _entity(standing: Standing, ledger: Ledger, year: int, name: str) -> str:
    """The key that `name` means; PovplanError where it means none."""
    found = entity_named(standing, ledger, year, name)
    if found is None:
        raise PovplanError(
            tell("fix_no_entity", name=name, label=ledger.label.said, ledger=ledger.ledger, year=year)
        )
    return found


# ---- a batch of a register -------------------------------------------------------------------------


def _written(
    workspace: Workspace,
    before: Standing,
    register: str,
    rows: pd.DataFrame,
    note: str,
    way: Way,
    demand: Callable[[Standing, Gathered], None] | None = None,
) -> Outcome:
    """The rows as a batch of the register, all years that they speak of checked anew."""
    config = workspace.config
    source = _source(register, rows, workspace)
    marks: dict[str, Any] = {SOURCE: source.id, ROW: range(1, len(rows) + 1)}
    placed = rows.assign(**marks)
    parts = [register_part(group, register, int(str(year)), config) for year, group in placed.groupby(YEAR)]
    gathered = Gathered(parts=parts, sources={source.id: source})
    for part in parts:
        gathered.rows_read[register, part.year] += len(part.frame)
    after, findings, gathered = checked(before, gathered)
    if demand:
        demand(after, gathered)
    outcome = Outcome(findings=findings, years=tuple(sorted({part.year for part in parts})), standing=after)
    registry = workspace.registry(before.known_units())
    outcome.coverage = cover(after, gathered, findings, registry)
    if not way.dry_run:
        kind: Kind = "waiver" if register == WAIVER else "amendment"
        commit(workspace, kind, gathered, Received(), "partial", outcome, way.now, note)
    return outcome


def _source(register: str, rows: pd.DataFrame, workspace: Workspace) -> Source:
    """Where rows stand that a command wrote: in its own line, a column a field."""
    ledger = workspace.config.ledgers[register]
    names = [name for name in ledger.names if name in rows]
    told = rows.drop(columns=YEAR).to_csv(index=False)
    command = "povplan waive" if register == WAIVER else "povplan fix"
    columns = {name: at for at, name in enumerate(names, 1)}
    digest = hashlib.sha256(told.encode()).hexdigest()
    number, form = workspace.store.next_source_id(), form_of(workspace.config, register)
    return Source(number, digest, command, ledger.label.zh, form, register, columns)


def _demand(config: Config, register: str) -> None:
    if register not in config.ledgers:
        raise PovplanError(say("register_missing", ledger=register, profile=config.profile.profile))


def _locked(workspace: Workspace, way: Way) -> AbstractContextManager[None]:
    return nullcontext() if way.dry_run else workspace.store.lock(way.wait)


def _standing(workspace: Workspace, way: Way) -> Standing:
    return Standing(workspace, workspace.config, workspace.store, today=way.now.date())
