"""`validate` and `update`: read what was sent, check it, and (update) make it a batch of the base ledger."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.excel.workers import Reader, read_in_workers
from povplan.jobs.absences import Confirm, kept_in, settle
from povplan.jobs.alive import ended
from povplan.jobs.bases import older_bases
from povplan.jobs.checking import Findings, check_years, stored_findings
from povplan.jobs.coverage import cover, cover_all
from povplan.jobs.gathering import PLAUSIBLE, Gathered, Setting, founded, gather, undated
from povplan.jobs.memory import bindings, expired_since, following
from povplan.jobs.receiving import Progress, Received, receive
from povplan.jobs.refusing import refuse
from povplan.jobs.restating import SILENT, closed_years, demand_revision, restated_by, revision_note
from povplan.jobs.standing import Standing
from povplan.jobs.submissions import Submitted, collect, waiting
from povplan.keys import among
from povplan.ledger import HELD
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, Coverage
from povplan.spec import Refusal
from povplan.store import Batch, Draft, Input, Part, Store
from povplan.store.ahead import encoding
from povplan.store.values import Kind, Made, Mode
from povplan.workspace import Workspace


@dataclass(frozen=True)
class Order:
    """What the command was told. No files: those in `submissions/` that no batch knows."""

    files: Sequence[Path]
    year: int | None = None
    mode: Mode | None = None
    dry_run: bool = False
    returns: bool = True
    """Whether what goes back to the senders is written, where anything is."""
    wait: float = 0
    revise: bool = False
    """Whether closed years may be restated; `reason` says why."""
    reason: str = ""
    allow_exits: bool = False
    """Whether any number of rows absent from a full file may vanish."""
    confirm: Confirm | None = None
    """Asks somebody whether they may; None where nobody is there."""
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC).astimezone())
    """When the command was given: the time of its batch, the day on which waivers are in force."""


@dataclass
class Outcome:
    """What came of it. `batch` is None where nothing was committed."""

    batch: Batch | None = None
    unchanged: bool = False
    findings: Findings = field(default_factory=Findings.none)
    coverage: list[Coverage] = field(default_factory=list)
    refused: list[tuple[str, Said]] = field(default_factory=list)
    remarks: list[Said] = field(default_factory=list)
    accepted_files: int = 0
    files: Sequence[Submitted] = ()
    """The files that gave any rows."""
    years: tuple[int, ...] = ()
    standing: Standing | None = None


class NothingAccepted(PovplanError):
    """No row could be taken; carries what was found, so that the sender can mend it."""

    def __init__(self, said: Said, outcome: Outcome) -> None:
        super().__init__(said, NOTHING_ACCEPTED)
        self.outcome = outcome


def validate(
    workspace: Workspace, order: Order, progress: Progress, read: Reader = read_in_workers
) -> Outcome:
    """The findings an update would have, against the ledger as it stands; nothing is written."""
    return _run(workspace, replace(order, dry_run=True), progress, read)


def update(workspace: Workspace, order: Order, progress: Progress, read: Reader = read_in_workers) -> Outcome:
    """Read, check, merge and commit, all or nothing, under the lock. Reports are the caller's."""
    if order.dry_run:
        return _run(workspace, order, progress, read)
    with workspace.store.lock(order.wait):
        workspace.store.sweep()
        outcome = _run(workspace, order, progress, read)
        ended(workspace, order.now)
        return outcome


def _run(workspace: Workspace, order: Order, progress: Progress, read: Reader) -> Outcome:
    if order.year is not None and not PLAUSIBLE[0] <= order.year <= PLAUSIBLE[1]:
        raise PovplanError(say("year_odd", year=order.year))
    if order.files:
        collected = collect(order.files, workspace.root, order.year)
    else:
        collected = waiting(workspace.root, _hashes(workspace.store.batches()), order.year)
    progress(say("progress_reading", count=len(collected.files)))
    received = receive(collected, workspace.config, progress, read)
    outcome = Outcome(refused=received.refused, remarks=received.remarks)
    progress(say("progress_checking"))
    if received.tables:
        return _take(workspace, order, received, outcome)
    if order.files:
        raise NothingAccepted(say("nothing_accepted"), outcome)
    return _without_files(workspace, order, outcome)


def _take(workspace: Workspace, order: Order, received: Received, outcome: Outcome) -> Outcome:
    """Check the tables against the ledger as it stands and, unless it is a trial, commit them."""
    _demand_years(received)
    before = Standing(workspace, workspace.config, workspace.store, today=order.now.date())
    setting = _setting(workspace, order, received, before)
    gathered = gather(received.tables, setting, workspace.store.next_source_id())
    stale, unknown = older_bases(gathered, before)
    gathered.findings += stale
    confirm = None if order.dry_run else order.confirm
    kept = settle(gathered, before, allowed=order.allow_exits, confirm=confirm)
    outcome.remarks += [*unknown, *kept]
    with encoding(() if order.dry_run else gathered.parts) as made:
        after, findings, gathered = checked(before, gathered, workspace.settings.refuse)
        outcome.findings = findings
        outcome.years = tuple(sorted({part.year for part in gathered.parts}))
        outcome.accepted_files, outcome.files = len(received.files), received.files
        outcome.coverage = cover(after, gathered, findings, setting.registry)
        outcome.standing = after
        if not any((~part.frame[HELD]).any() for part in gathered.parts):
            raise NothingAccepted(say("nothing_accepted"), outcome)
        _decide(workspace, order, received, gathered, outcome, before, made)
    return outcome


def _setting(workspace: Workspace, order: Order, received: Received, before: Standing) -> Setting:
    """What gathering must know; the first submission founds the list of units."""
    config, registry = workspace.config, workspace.registry(before.known_units())
    if not registry.paths:
        registry = founded(received.tables, config.ledgers, registry)
    return Setting(config.ledgers, config.codes, registry, order.mode or workspace.settings.submission)


def _decide(
    workspace: Workspace,
    order: Order,
    received: Received,
    gathered: Gathered,
    outcome: Outcome,
    before: Standing,
    made: Made,
) -> None:
    """Whether anything is new and may be taken in; then, unless it is a trial, it is."""
    after, store = outcome.standing, workspace.store
    assert after is not None
    known = {file.sha256 for file in received.files} <= _hashes(_in_force(store))
    same = known and _same(before, after, gathered.parts)
    same = same and kept_in(stored_findings(before)) == kept_in(outcome.findings.frame)
    outcome.remarks += [] if same else _later(outcome.years, before)
    outcome.remarks += _taken_back(store, received, gathered.parts) if known and not same else []
    if same and _judged_alike(workspace, outcome.years):
        outcome.unchanged, outcome.standing = True, before
        return
    restated = [] if same else _restated(before, after, gathered.parts)
    if order.dry_run:
        if restated and not (order.revise and order.reason):
            outcome.remarks.append(say("year_closed", years="、".join(map(str, restated)), year=restated[0]))
        return
    demand_revision(restated, revise=order.revise, reason=order.reason)
    if same:
        gathered.parts = []
    kind: Kind = "recheck" if same else "update"
    told, mode = revision_note(restated, order.reason), order.mode or workspace.settings.submission
    commit(workspace, kind, gathered, received, mode, outcome, order.now, told, made)


def checked(
    before: Standing, gathered: Gathered, refusal: Refusal | None = None
) -> tuple[Standing, Findings, Gathered]:
    """The ledger as it would be, its findings, and all that is added to it.

    Rows that a rule holds back are held. Where the office refuses villages of which too many rows wait, all
    their rows of that file are held too.
    What answers ask for stands in the other registers, and waivers are bound to what they excuse at first.
    """
    gathered = following(before, gathered, stored_findings(before))
    touched = {part.year for part in gathered.parts}
    after = before.joined_by(gathered.parts)
    findings = check_years(after, gathered, touched)
    held = findings.holding(gathered.parts)
    gathered.parts = [_hold(part, held) for part in gathered.parts] if len(held) else gathered.parts
    if refuse(gathered, refusal) or len(held):
        after = before.joined_by(gathered.parts)
        findings = check_years(after, gathered, touched, held)
    if bound := bindings(after, findings.registers):
        gathered.parts = [*gathered.parts, *bound]
        after = after.also(bound)
    return after, findings, gathered


def _without_files(workspace: Workspace, order: Order, outcome: Outcome) -> Outcome:
    """Nothing new was sent: check the whole ledger anew if the definitions have changed."""
    store = workspace.store
    if not _in_force(store):
        raise PovplanError(say("submissions_empty", example=dt.date.today().year - 1))
    standing = Standing(workspace, workspace.config, store, today=order.now.date())
    if order.year is not None and order.year not in standing.years:
        said = say("nothing_accepted") if outcome.refused else say("submissions_year_empty", year=order.year)
        raise NothingAccepted(said, outcome)
    outcome.years = tuple(standing.years)
    if _judged_alike(workspace, outcome.years) and not expired_since(standing, _in_force(store)[-1].time):
        outcome.unchanged, outcome.years = True, ()
        return outcome
    outcome.findings = check_years(standing, Gathered(), set(standing.years))
    outcome.coverage = cover_all(standing, outcome.findings, workspace.registry(standing.known_units()))
    outcome.standing = standing
    if not order.dry_run:
        mode = order.mode or workspace.settings.submission
        received = Received(refused=outcome.refused)
        commit(workspace, "recheck", Gathered(), received, mode, outcome, order.now)
    return outcome


def _demand_years(received: Received) -> None:
    """PovplanError naming the files of which nobody said the year."""
    names = undated(received.tables)
    if names:
        example = max(received.stated, default=dt.date.today().year - 1)
        raise PovplanError(say("year_missing", names="、".join(names[:5]), example=example))


def _later(years: Sequence[int], before: Standing) -> list[Said]:
    """A word where years come in that later ones of the ledger are compared with, in checks and reports."""
    checked = [
        say("later_year_rechecked", year=y, later=y + 1) for y in years if {y, y + 1} <= {*before.years}
    ]
    stale = [one for one in before.figured if one not in years and one > min(years, default=one)]
    late = [year for year in years if year < max(stale, default=0)]
    commands = "、".join(f"povplan report --year {one}" for one in stale)
    told = {"years": "、".join(map(str, late)), "later": "、".join(map(str, stale)), "commands": commands}
    return [*checked, *([say("later_reports_stale", **told)] if stale else [])]


def _restated(before: Standing, after: Standing, parts: Sequence[Part]) -> list[int]:
    """The closed years of which the parts change any row."""
    years = restated_by(parts, closed_years(before.store))
    own = {
        year: [part for part in parts if part.year == year and part.ledger not in SILENT] for year in years
    }
    return [year for year in years if not _same(before, after, own[year])]


# ---- what changed, and the commit -----------------------------------------------------------------------


def _hold(part: Part, held: pd.DataFrame) -> Part:
    """The part with rows held that a rule of effect `hold` found."""
    at = held[(held["ledger"] == part.ledger) & (held["year"] == part.year)]
    if not len(at):
        return part
    waits = part.frame[HELD] | among(part.frame[ENTITY], at["entity"])
    return replace(part, frame=part.frame.assign(**{HELD: waits}))


def _in_force(store: Store) -> list[Batch]:
    active = set(store.active())
    return [batch for batch in store.batches() if batch.id in active and batch.checked]


def _hashes(batches: Iterable[Batch]) -> set[str]:
    """SHA-256 of every file that the batches took."""
    return {given.sha256 for batch in batches for given in batch.inputs if given.status == "accepted"}


def _taken_back(store: Store, received: Received, parts: Sequence[Part]) -> list[Said]:
    """A word where files that were all taken in before come again after others spoke of the same rows."""
    sent = {file.sha256 for file in received.files}
    batches, touched = _in_force(store), {(part.ledger, part.year) for part in parts}
    first = min(max(one.id for one in batches if sha in _hashes([one])) for sha in sent)
    later = [
        str(one.id)
        for one in batches
        if one.id > first and one.kind == "update" and touched & {*store.held(one.id)}
    ]
    return [say("files_come_again", batch=first, later="、".join(later))] if later else []


def _judged_alike(workspace: Workspace, years: Iterable[int]) -> bool:
    """Whether the ledger was last checked under today's definitions, ages counted from today's days."""
    batches = _in_force(workspace.store)
    days = {year: day for batch in batches for year, day in batch.as_of.items()}
    same_days = all(days.get(year) == workspace.as_of(year).isoformat() for year in years)
    return bool(batches) and batches[-1].config_digest == workspace.config.digest and same_days


def _same(before: Standing, after: Standing, parts: Sequence[Part]) -> bool:
    """Whether the ledgers touched hold the same rows, accepted and waiting."""
    return all(
        _equal(getattr(before.folded(*at), which), getattr(after.folded(*at), which))
        for at in {(part.ledger, part.year) for part in parts}
        for which in ("frame", "waiting")
    )


def _equal(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """The same entities with the same values, in whatever order and from whatever cell."""
    if len(a) != len(b):
        return False
    first, second = (
        frame.drop(columns=[SOURCE, ROW]).set_index(ENTITY).sort_index().sort_index(axis=1)
        for frame in (a, b)
    )
    return first.equals(second)


def commit(
    workspace: Workspace,
    kind: Kind,
    gathered: Gathered,
    received: Received,
    mode: Mode,
    outcome: Outcome,
    now: dt.datetime,
    note: str = "",
    made: Made | None = None,
) -> None:
    """The next batch; the files it took are kept first, under each year they speak of."""
    config = workspace.config
    for file in received.files:
        for year in sorted(gathered.years.get(file.sha256, ())):
            workspace.store.keep_file(file.path, year, file.sha256)
    taken = [
        Input(file.sha256, file.name, _only(file, gathered), mode, "accepted") for file in received.files
    ]
    refused = [Input("", name, None, mode, "refused", said.zh, said.en) for name, said in outcome.refused]
    draft = Draft(
        kind=kind,
        time=now.isoformat(timespec="seconds"),
        operator=operator(),
        as_of={year: workspace.as_of(year).isoformat() for year in outcome.years},
        config_digest=config.digest,
        config_texts=config.texts,
        profile=config.profile.profile,
        inputs=(*taken, *refused),
        sources=tuple(gathered.sources.values()),
        parts=tuple(gathered.parts),
        findings=outcome.findings.kept,
        coverage=[as_json(coverage) for coverage in outcome.coverage],
        note=note,
        made=made or {},
    )
    outcome.batch = workspace.store.commit(draft)
    if outcome.standing and kind != "recheck":
        outcome.standing = outcome.standing.committed(outcome.batch.id)
    else:
        outcome.standing = Standing(workspace, config, workspace.store)


def _only(file: Submitted, gathered: Gathered) -> int | None:
    """The year of a file, None where its rows speak of several."""
    years = gathered.years.get(file.sha256, set())
    return next(iter(years)) if len(years) == 1 else None


def as_json(coverage: Coverage) -> Mapping[str, Any]:
    """Coverage as the catalogue and `--format json` write it."""
    return {
        "ledger": coverage.ledger,
        "year": coverage.year,
        "read": coverage.read,
        "accepted": coverage.accepted,
        "repeated": coverage.repeated,
        "waiting": coverage.waiting,
        "entries": coverage.entries,
        "flagged": coverage.flagged,
        "units": coverage.units,
        "missing": list(coverage.missing),
    }


def operator() -> str:
    """Who runs the command, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"
