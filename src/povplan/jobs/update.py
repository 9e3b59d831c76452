"""`validate` and `update`: read what was sent, check it, and (update) make it a batch of the base ledger."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from povplan.config import Config
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.excel.workers import Refused, read_in_workers
from povplan.jobs.checking import Findings, check_years
from povplan.jobs.coverage import cover
from povplan.jobs.gathering import Gathered, ReadTable, Setting, gather, lacks_year
from povplan.jobs.reading import FileRead, Plan, read_file
from povplan.jobs.standing import Standing
from povplan.jobs.submissions import Collected, Submitted, collect
from povplan.ledger import HELD
from povplan.lines import Definitions
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, Coverage
from povplan.store import Batch, Draft, Input, Part, Store
from povplan.store.values import Mode
from povplan.words import Vocabulary
from povplan.workspace import Workspace

Progress = Callable[[Said], None]


@dataclass(frozen=True)
class Order:
    """What the command was told."""

    files: Sequence[Path]
    year: int | None = None
    mode: Mode | None = None
    dry_run: bool = False
    wait: float = 0


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
    years: tuple[int, ...] = ()
    standing: Standing | None = None


def validate(workspace: Workspace, order: Order, progress: Progress) -> Outcome:
    """The findings an update would have, against the ledger as it stands; nothing is written."""
    return _run(workspace, replace(order, dry_run=True), progress)


def update(workspace: Workspace, order: Order, progress: Progress) -> Outcome:
    """Read, check, merge and commit, all or nothing, under the lock. Reports are the caller's."""
    if order.dry_run:
        return _run(workspace, order, progress)
    with workspace.store.lock(order.wait):
        workspace.store.sweep()
        return _run(workspace, order, progress)


def _run(workspace: Workspace, order: Order, progress: Progress) -> Outcome:
    config = workspace.config
    collected = collect(order.files)
    progress(say("progress_reading", count=len(collected.files)))
    outcome = Outcome(refused=list(collected.refused), remarks=list(collected.skipped))
    tables, accepted = _read(workspace, config, collected, order, outcome, progress)
    before = Standing(workspace, config, workspace.store)
    if not tables:
        raise _nothing(outcome)
    if order.year is None and lacks_year(tables):
        raise PovplanError(say("year_missing", example=dt.date.today().year - 1))
    progress(say("progress_checking"))
    setting = Setting(
        ledgers=config.ledgers,
        codes=config.codes,
        registry=workspace.registry(before.known_units()),
        year=order.year,
        mode=order.mode or workspace.settings.submission,
    )
    gathered = gather(tables, setting, workspace.store.next_source_id())
    candidate = Standing(workspace, config, workspace.store, parts=gathered.parts)
    findings = check_years(candidate, gathered, {part.year for part in gathered.parts})
    held = findings.holding()
    if len(held):
        gathered.parts = [_hold(part, held) for part in gathered.parts]
        candidate = Standing(workspace, config, workspace.store, parts=gathered.parts)
    outcome.findings = findings
    outcome.years = tuple(sorted({part.year for part in gathered.parts}))
    outcome.accepted_files = len(accepted)
    outcome.coverage = cover(candidate, gathered, findings, setting.registry)
    outcome.standing = candidate
    if not any((~part.frame[HELD]).any() for part in gathered.parts):
        raise _nothing(outcome)
    if _is_known(workspace.store, accepted, config) and _same(before, candidate, gathered.parts):
        outcome.unchanged = True
        outcome.standing = before
    elif not order.dry_run:
        outcome.batch = _commit(workspace, config, gathered, accepted, setting.mode, order, outcome)
        outcome.standing = Standing(workspace, config, workspace.store)
    return outcome


class NothingAccepted(PovplanError):
    """No row could be taken; carries what was found, so that the sender can mend it."""

    def __init__(self, said: Said, outcome: Outcome) -> None:
        super().__init__(said, NOTHING_ACCEPTED)
        self.outcome = outcome


def _nothing(outcome: Outcome) -> NothingAccepted:
    return NothingAccepted(say("nothing_accepted"), outcome)


# ---- reading --------------------------------------------------------------------------------------


def _read(
    workspace: Workspace,
    config: Config,
    collected: Collected,
    order: Order,
    outcome: Outcome,
    progress: Progress,
) -> tuple[list[ReadTable], list[Submitted]]:
    """The tables of all readable files; what is not taken is said in the outcome."""
    plan = plan_of(config)
    tables: list[ReadTable] = []
    accepted: list[Submitted] = []
    results = read_in_workers(partial(read_file, plan=plan), [file.path for file in collected.files])
    for file, result in zip(collected.files, results, strict=True):
        progress(say("progress_file", name=file.name))
        if isinstance(result, Refused):
            outcome.refused.append((file.name, result.said))
            continue
        taken = list(_taken(result, file, order, outcome))
        if taken:
            accepted.append(file)
            tables += taken
        elif not result.recognised:
            outcome.refused.append((file.name, _no_form(result, file, config)))
    return tables, accepted


def plan_of(config: Config) -> Plan:
    """What workers need of the configuration."""
    vocabulary = Vocabulary(config.measurement, config.words)
    return Plan(Definitions(config.ledgers, config.codes, vocabulary), tuple(config.forms.values()))


def _taken(result: FileRead, file: Submitted, order: Order, outcome: Outcome) -> list[ReadTable]:
    """The tables of the file's recognised sheets, each sheet's remarks said."""
    taken: list[ReadTable] = []
    outcome.remarks += [say(key) for key in result.remarks]
    for sheet in result.sheets:
        where = {"name": file.name, "sheet": sheet.sheet}
        if sheet.tables is None:
            if sheet.refused and result.recognised:
                outcome.remarks.append(_in_file(file.name, sheet.refused))
            continue
        if order.year and sheet.years and order.year not in sheet.years:
            stated = max(sheet.years)
            said = say("file_year_differs", stated=stated, year=order.year, **where)
            outcome.refused.append((file.name, said))
            continue
        if not sheet.lines.data:
            outcome.remarks.append(say("file_no_rows", **where))
            continue
        if sheet.hidden_rows:
            outcome.remarks.append(say("hidden_rows", count=sheet.hidden_rows, **where))
        if sheet.hidden:
            outcome.remarks.append(say("hidden_sheet", **where))
        if sheet.tables.totals_agreeing:
            outcome.remarks.append(say("totals_agree", count=sheet.tables.totals_agreeing, **where))
        first = True
        for table in sheet.tables.tables:
            shared = sheet.tables.notes if first else ()
            taken.append(ReadTable(replace(table, notes=(*shared, *table.notes)), file.sha256, file.name))
            first = False
    return taken


def _in_file(name: str, said: Said) -> Said:
    return Said(f"{name}：{said.zh}", f"{name}: {said.en}")


def _no_form(result: FileRead, file: Submitted, config: Config) -> Said:
    """Why no sheet of the file was taken, and whose form it may be."""
    from povplan.jobs.profiles import other_profile

    other = other_profile(file.path, config)
    if other:
        return _joined(file.name, other)
    reasons = [sheet.refused for sheet in result.sheets if sheet.refused]
    return _joined(file.name, reasons[0]) if reasons else say("file_no_table", name=file.name)


def _joined(name: str, why: Said) -> Said:
    said = say("file_no_form", name=name, why="{why}")
    return Said(said.zh.replace("{why}", why.zh), said.en.replace("{why}", why.en))


# ---- what changed, and the commit -----------------------------------------------------------------


def _hold(part: Part, held: pd.DataFrame) -> Part:
    """The part with rows held that a rule of effect `hold` found."""
    at = held[(held["ledger"] == part.ledger) & (held["year"] == part.year)]
    if not len(at):
        return part
    waits = part.frame[HELD] | part.frame[ENTITY].isin(at["entity"])
    return replace(part, frame=part.frame.assign(**{HELD: waits}))


def _is_known(store: Store, files: Sequence[Submitted], config: Config) -> bool:
    """Whether every file was applied before, under the definitions in force."""
    active = set(store.active())
    batches = [batch for batch in store.batches() if batch.id in active and batch.inputs]
    known = {given.sha256 for batch in batches for given in batch.inputs if given.status == "accepted"}
    return (
        bool(batches)
        and {file.sha256 for file in files} <= known
        and batches[-1].config_digest == config.digest
    )


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


def _commit(
    workspace: Workspace,
    config: Config,
    gathered: Gathered,
    accepted: Sequence[Submitted],
    mode: Mode,
    order: Order,
    outcome: Outcome,
) -> Batch:
    for file in accepted:
        workspace.store.keep_file(file.path, order.year or outcome.years[-1], file.sha256)
    taken = [Input(file.sha256, file.name, order.year, mode, "accepted") for file in accepted]
    refused = [
        Input("", name, order.year, mode, "refused", said.zh, said.en) for name, said in outcome.refused
    ]
    draft = Draft(
        kind="update",
        time=dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds"),
        operator=operator(),
        as_of={year: workspace.as_of(year).isoformat() for year in outcome.years},
        config_digest=config.digest,
        config_texts=config.texts,
        profile=config.profile.profile,
        inputs=(*taken, *refused),
        sources=tuple(gathered.sources.values()),
        parts=tuple(gathered.parts),
        findings=outcome.findings.frame,
        coverage=[as_json(coverage) for coverage in outcome.coverage],
    )
    return workspace.store.commit(draft)


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
