"""Workbooks of a year: the county's, one a township or department, notices, as declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd

from povplan import __version__, needs
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.evaluation.parties import parties_in
from povplan.excel.write import write_workbook
from povplan.formulas import MeasureFormula, Scope, measure_formula
from povplan.identity import villages
from povplan.jobs import analyses, dynamics, figures, money, restating
from povplan.jobs.deviating import Deviating
from povplan.jobs.doubts import listed, standing_findings
from povplan.jobs.needing import Needing
from povplan.jobs.planning import Planning
from povplan.jobs.scoring import Scoring, cards_of
from povplan.jobs.standing import Place, Standing
from povplan.jobs.waivers import listed_amendments, listed_waivers
from povplan.measures import placed, together
from povplan.messages import say
from povplan.model import UNIT, Coverage
from povplan.platform import make_folder
from povplan.sheets.book import Book
from povplan.sheets.deviations import labelled
from povplan.sheets.facts import Facts, Origin, Provenance, Restated
from povplan.sheets.report import notices, workbook
from povplan.spec import Report, ReportSheet
from povplan.store import Batch
from povplan.workspace import Workspace


def write_county(
    workspace: Workspace,
    standing: Standing,
    year: int,
    lang: str,
    found: pd.DataFrame | None = None,
    folder: Path | None = None,
) -> Path:
    """reports/<year>/povplan-<year>.xlsx, or a name beside it where that is open elsewhere; persons masked.

    `found` are the year's findings as `listed`, where the caller has them; else those of the newest batch.
    """
    path = county_path(workspace, year)
    facts = facts_of(workspace, standing, year, lang, standing.config.reports["county"], found)
    return _write(standing, facts, "county", folder / path.name if folder else path, lang)


def write_townships(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Iterator[Path]:
    """One workbook a township in `folder`, in official order, as each is written.

    It holds that township's data only, its households and persons in full.
    """
    folder = folder or workspace.root / "reports" / str(year) / "townships"
    facts = facts_of(workspace, standing, year, lang, standing.config.reports["township"], mask=False)
    townships = [unit for unit in facts.units if unit.count("/") == 1]
    for number, unit in enumerate(townships, 1):
        path = folder / f"{number:02}-{file_name(unit.rsplit('/', 1)[-1])}.xlsx"
        yield _write(standing, facts.within(unit), "township", path, lang)


def write_departments(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Iterator[Path]:
    """One workbook a department that answers for a target, project, money, correction; persons in full."""
    folder = folder or workspace.root / "reports" / str(year) / "departments"
    facts = facts_of(workspace, standing, year, lang, standing.config.reports["department"], mask=False)
    for number, name in enumerate(_departments(facts), 1):
        path = folder / f"{number:02}-{file_name(name)}.xlsx"
        yield _write(standing, facts.answered_by(name), "department", path, lang)


def write_notices(
    workspace: Workspace, standing: Standing, year: int, lang: str, folder: Path | None = None
) -> Path:
    """reports/<year>/notices-<year>.xlsx: a page a township and department; PovplanError without any."""
    report = standing.config.reports["notice"]
    facts = facts_of(workspace, standing, year, lang, report, mask=False)
    townships = [facts.within(unit) for unit in facts.units if unit.count("/") == 1]
    each = [*townships, *(facts.answered_by(name) for name in _departments(facts))]
    made = notices(report, facts, each, book_of(standing, lang))
    if not made.sheets:
        raise PovplanError(say("notice_nothing", year=year), NOTHING_ACCEPTED)
    path = (folder or workspace.root / "reports" / str(year)) / f"notices-{year}.xlsx"
    make_folder(path.parent)
    return write_workbook(path, made)


def _departments(facts: Facts) -> list[str]:
    """Those that answer for something that was done or wanted, then those that put something right.

    A township that does has a page and a workbook of its own already.
    """
    answering = [
        facts.plan[name]["department"] for name in ("evaluated", "projects", "money") if name in facts.plan
    ]
    owning = [facts.plan[name]["owner"] for name in ("deviations", "corrected") if name in facts.plan]
    units = {part for unit in facts.units for part in (unit, unit.rsplit("/", 1)[-1])}
    named = parties_in(*answering)
    return [*named, *(one for one in parties_in(*owning) if one not in units and one not in named)]


def county_path(workspace: Workspace, year: int) -> Path:
    """Where a year's workbook lies."""
    return workspace.root / "reports" / str(year) / f"povplan-{year}.xlsx"


def file_name(text: str) -> str:
    """A unit's name as a file may be called: letters and digits of it, nothing that a path could mean."""
    return re.sub(r"[^\w-]+", "_", text)[:60] or "_"


def book_of(standing: Standing, lang: str) -> Book:
    """The definitions and words that the sheets share."""
    config, formulas = standing.config, _formulas(standing)
    return Book(
        config.indicators,
        config.measurement,
        lang,
        config.ledgers,
        config.funds,
        additive=frozenset(name for name, made in formulas.items() if made.additive and not made.is_ratio),
        fields={name: frozenset(made.fields) for name, made in formulas.items()},
        cards=config.cards,
    )


FIGURED = frozenset({"summary", "indicators", "change", "unit_change", "leverage", "sources"})
"""Kinds of sheets made of the year's figures and their change."""
DOUBTED = frozenset({"summary", "coverage", "rules", "findings"})
"""Kinds of sheets that speak of findings."""
_NOTHING = pd.DataFrame({"unit": pd.Series(dtype="string")})


def facts_of(
    workspace: Workspace,
    standing: Standing,
    year: int,
    lang: str,
    report: Report,
    found: pd.DataFrame | None = None,
    *,
    mask: bool = True,
) -> Facts:
    """Everything that the report says of the county and year; what none of its sheets shows is left out."""
    sheets = report.sheets
    kinds = {sheet.kind for sheet in sheets}
    figured, doubted = bool(kinds & FIGURED), bool(kinds & DOUBTED)
    whole = figures.all_figures(standing, year) if figured else _units_only(standing, year)
    before = [y for y in standing.figured if figured and year - report.years < y < year]
    if found is None:
        found = _findings(workspace, standing, year, lang, mask) if doubted else _NOTHING
    county = next(iter(whole["unit"]), workspace.settings.county.name)
    planning = Planning(standing, year)
    views, beyond = _views(standing, year, report, lang, mask)
    return Facts(
        unit=str(county),
        year=year,
        figures=whole,
        changes=figures.change(standing, year) if figured else _NOTHING,
        earlier={y: figures.in_units_of(standing, y, year) for y in before},
        coverage=_coverage(standing, year),
        entries=_entries(workspace, standing, year),
        findings=found,
        money=_money(standing, year, sheets),
        views=views,
        beyond=beyond,
        registers=_registers(standing, year, lang, sheets) if mask else {},
        plan=_plan(workspace, planning, sheets, lang, mask),
        scores=_scores(planning, report),
        restated=_restated(workspace, standing, year, lang) if mask and "restated" in kinds else None,
        provenance=_provenance(workspace, standing, year),
        mapped=standing.over_years.mapped(year - 1, year),
    )


def _units_only(standing: Standing, year: int) -> pd.DataFrame:
    """MEASURE_COLUMNS with one line a unit and no figure, for a report that shows none."""
    tree = standing.tree(year)
    return together([placed(pd.DataFrame(index=range(len(tree.paths))), tree, year)])


def _money(standing: Standing, year: int, sheets: Sequence[ReportSheet]) -> dict[str, pd.DataFrame]:
    """The tables of money that sheets ask for; none without a fund ledger."""
    kinds = {sheet.kind for sheet in sheets}
    found: dict[str, pd.DataFrame] = {}
    if not standing.config.funds or "fund" not in standing.frames(year):
        return found
    if "combinations" in kinds:
        found["tag"] = money.by_group(standing, year, "tag")
    if "stages" in kinds:
        found["stages"], found["execution"] = money.progress(standing, year)
    if "doubles" in kinds:
        found["doubles"], found["effect"], _ = money.doubles(standing, year)
    return found


def _views(
    standing: Standing, year: int, report: Report, lang: str, mask: bool
) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """The analyses that sheets ask for, and how many rows were left out of lists that are too long to show.

    One whose ledgers are not there is left out. Household dynamics look back over as many years as the
    summary. Lists of a report of the whole county hold what its sheets show; others are still to be divided.
    """
    of = analyses.Year.of(standing, year)
    span = dynamics.Span(standing, year - report.years + 1, year)
    found: dict[str, pd.DataFrame] = {}
    beyond: dict[str, int] = {}
    most: dict[str, int] = {}
    for sheet in report.sheets:
        most |= {name: max(sheet.most, most.get(name, 0)) for name in sheet.views}
    for name, longest in most.items():
        command, _, what = name.partition("/")
        with suppress(PovplanError):
            if command != "dynamics":
                found[name] = analyses.view(of, command, what)
                continue
            if what in dynamics.LISTS and mask:
                watched = span.watched(what)
                frame = dynamics.masked(watched.listed(span.tree, longest), standing.workspace)
                beyond[name] = watched.count - len(frame)
            else:
                frame = dynamics.view(span, what)
            found[name] = dynamics.named(span, frame, lang)
    return found, beyond


def _registers(
    standing: Standing, year: int, lang: str, sheets: Sequence[ReportSheet]
) -> dict[str, pd.DataFrame]:
    """The registers of the year that sheets ask for."""
    kinds = {sheet.kind for sheet in sheets}
    found: dict[str, pd.DataFrame] = {}
    if "waivers" in kinds:
        listed_ = listed_waivers(standing, lang)
        found["waivers"] = listed_[listed_["year"] == year]
    if "amendments" in kinds:
        found["amendments"] = listed_amendments(standing, lang, [year])
    return found


def _plan(
    workspace: Workspace, planning: Planning, sheets: Sequence[ReportSheet], lang: str, mask: bool
) -> dict[str, pd.DataFrame]:
    """The plan's frames where a sheet asks for them; persons masked unless the report names them in full."""
    kinds, found = {sheet.kind for sheet in sheets}, dict[str, pd.DataFrame]()
    if kinds & {"targets", "responsibility", "notice"}:
        found |= {
            "revisions": planning.revisions,
            "evaluated": planning.evaluated,
            "owners": planning.owners,
            "projects": planning.projects,
            "money": planning.money,
        }
    if kinds & {"deviations", "notice"}:
        found |= _deviations(planning, lang)
    if kinds & {"needs", "notice"}:
        found |= _needs(planning)
    return {name: persons_masked(frame, workspace) if mask else frame for name, frame in found.items()}


def _deviations(planning: Planning, lang: str) -> dict[str, pd.DataFrame]:
    """The year's deviations with what was decided, and what became of those corrected before."""
    of, detectors = Deviating.of_year(planning), planning.standing.config.detectors
    return {
        "deviations": labelled(of.lived, detectors, lang),
        "corrected": labelled(of.earlier, detectors, lang),
    }


def _needs(planning: Planning) -> dict[str, pd.DataFrame]:
    """The year's needs, unmet ones by unit, money against them; a department has those of its projects."""
    needing = Needing(planning.of_year)
    rows = needing.needs
    projects = planning.projects.drop_duplicates("project").set_index("project")["department"]
    answers = projects.reindex(rows["project"]).astype("string")
    found = {"needs": rows.assign(department=answers.array)}
    nobody = pd.Series(dtype="string")
    if len(rows):
        found["needs_unmet"] = needs.unmet(rows, planning.tree).assign(department=nobody)
    if planning.standing.config.fits:
        found["needs_fit"] = needing.fit.assign(department=nobody)
    return found


def persons_masked(frame: pd.DataFrame, workspace: Place) -> pd.DataFrame:
    """The frame with persons who answer under their pseudonyms."""
    if "person" not in frame:
        return frame
    names = {name: workspace.pseudonym(name) for name in frame["person"].dropna().unique()}
    return frame.assign(person=frame["person"].map(names).astype("string"))


SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "county": ("township", "department"),
    "township": ("township", "village"),
    "department": ("department",),
    "notice": ("township", "department"),
}
"""Report → whom its score cards appraise, unless a sheet names cards."""


def _scores(planning: Planning, report: Report) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """The score cards that sheets ask for, filled in."""
    asking = [sheet for sheet in report.sheets if sheet.kind in ("scores", "notice")]
    named = {name for sheet in asking for name in sheet.cards}
    everything = any(not sheet.cards for sheet in asking)
    cards = [
        card
        for card in cards_of(planning)
        if card.card in named or (everything and card.of in SUBJECTS[report.report])
    ]
    return {card.card: Scoring(planning, card).found for card in cards}


def _restated(workspace: Workspace, standing: Standing, year: int, lang: str) -> Restated | None:
    """What differs from the figures that the year's last tag froze; None where nothing can."""
    named = [tag for tag in restating.tags(standing.store, standing.as_of) if tag.year == year]
    since = [batch.id for batch in _in_force(standing) if named and batch.id > named[-1].batch]
    if not named or not since:
        return None
    tag = named[-1]
    then = figures.all_figures(figures.standing_at(workspace, tag.batch), year)
    keys = ["indicator", "unit", "level"]
    now, before = (
        frame.loc[frame["scope"].isna(), [*keys, "value"]]
        for frame in (figures.all_figures(standing, year), then)
    )
    both = now.merge(before.rename(columns={"value": "reported"}), how="left", on=keys, sort=False)
    blank = both["value"].isna() & both["reported"].isna()
    same = (both["value"] == both["reported"]).fillna(False).astype(bool) | blank
    moved = both[~same & both["level"].isin(["county", "township"])]
    revising = restating.revisions(standing.store, standing.as_of).get(year, ())
    reasons = [restating.in_words(one, lang) for one in revising]
    return Restated(tag.name, tag.batch, moved.reset_index(drop=True), reasons)


def _findings(workspace: Workspace, standing: Standing, year: int, lang: str, mask: bool) -> pd.DataFrame:
    return listed(standing_findings(standing), [year], workspace, lang, mask=mask)


def _write(standing: Standing, facts: Facts, kind: str, path: Path, lang: str) -> Path:
    make_folder(path.parent)
    return write_workbook(path, workbook(standing.config.reports[kind], facts, book_of(standing, lang)))


def _formulas(standing: Standing) -> dict[str, MeasureFormula]:
    """Indicator → its formula, compiled."""
    config = standing.config
    scopes = {
        name: Scope(ledger, config.ledgers, config.parameters, config.codes)
        for name, ledger in config.ledgers.items()
    }
    return {one.id: measure_formula(one.value, scopes[one.ledger], one.where) for one in config.indicators}


def _coverage(standing: Standing, year: int) -> list[Coverage]:
    """The newest line of each ledger of the year, from the batches in force."""
    newest: dict[str, Coverage] = {}
    for batch in _in_force(standing):
        for line in batch.coverage or ():
            if line["year"] == year:
                newest[line["ledger"]] = Coverage(**{**line, "missing": tuple(line["missing"])})
    return [newest[name] for name in standing.config.ledgers if name in newest]


def _entries(workspace: Workspace, standing: Standing, year: int) -> pd.DataFrame:
    """Village → entries in each ledger that speaks of villages, every village of the list with its zero."""
    frames = {name: frame for name, frame in standing.frames(year).items() if frame[UNIT].notna().any()}
    known = standing.over_years.lasting(villages(workspace.registry(standing.known_units()).paths), year)
    reported: Mapping[str, pd.Series] = {name: frame[UNIT].value_counts() for name, frame in frames.items()}
    paths = list(dict.fromkeys([*known, *villages(standing.units(year))]))
    table = {name: counts.reindex(paths).fillna(0).astype("int64") for name, counts in reported.items()}
    return pd.DataFrame(table, index=pd.Index(paths, dtype=object))


def _in_force(standing: Standing) -> list[Batch]:
    active = set(standing.store.active(standing.as_of))
    return [batch for batch in standing.store.batches() if batch.id in active and batch.checked]


def _provenance(workspace: Workspace, standing: Standing, year: int) -> Provenance | None:
    batches = _in_force(standing)
    if not batches:
        return None
    last = batches[-1]
    origins = [
        Origin(batch.id, given.name, given.sha256, given.status)
        for batch in batches
        for given in batch.inputs
        if given.year in (year, None)
    ]
    return Provenance(
        batch=last.id,
        as_of=standing.day(year).isoformat(),
        profile=last.profile,
        digest=standing.config.digest,
        version=f"povplan {__version__}",
        origins=origins,
    )
