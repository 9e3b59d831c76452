"""Everything that a report says of a year: its figures, what is behind them, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import pandas as pd

from povplan import __version__, needs
from povplan.identity import villages
from povplan.jobs import figures, money, restating
from povplan.jobs.deviating import Deviating
from povplan.jobs.doubts import listed, standing_findings
from povplan.jobs.needing import Needing
from povplan.jobs.planning import Planning
from povplan.jobs.reporting.views import views_of
from povplan.jobs.scoring import Scoring, cards_of
from povplan.jobs.standing import Place, Standing
from povplan.jobs.waivers import listed_amendments, listed_waivers
from povplan.measures import placed, together
from povplan.model import UNIT, Coverage
from povplan.sheets.deviations import labelled
from povplan.sheets.facts import Facts, Origin, Provenance, Restated
from povplan.spec import Report, ReportSheet
from povplan.workspace import Workspace

FIGURED = frozenset({"summary", "indicators", "change", "unit_change", "leverage", "sources"})
"""Kinds of sheets made of the year's figures and their change."""
DOUBTED = frozenset({"summary", "change", "targets", "scores", "coverage", "rules", "findings"})
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
    """Everything that the report says of the county and year; what none of its sheets shows is left out.

    `found` are the year's findings as `listed`, where the caller has them.
    """
    sheets = report.sheets
    kinds = {sheet.kind for sheet in sheets}
    figured, doubted = bool(kinds & FIGURED), bool(kinds & DOUBTED)
    whole = figures.all_figures(standing, year) if figured else _units_only(standing, year)
    before = [y for y in standing.figured if figured and year - report.years < y < year]
    if found is None:
        found = _findings(workspace, standing, year, lang, mask) if doubted else _NOTHING
    county = next(iter(whole["unit"]), workspace.settings.county.name)
    planning = Planning(standing, year)
    views = views_of(standing, year, report, lang, mask=mask)
    plan = _plan(workspace, planning, sheets, lang, mask)
    return Facts(
        unit=str(county),
        year=year,
        figures=whole,
        changes=figures.change(standing, year) if figured else _NOTHING,
        earlier={y: figures.in_units_of(standing, y, year) for y in before},
        coverage=_coverage(standing, year),
        entries=_entries(workspace, standing.whole if standing.without else standing, year),
        findings=found,
        money=_money(standing, year, sheets),
        views=views.frames,
        beyond=views.beyond,
        remarks=views.remarks,
        since=year - report.years + 1,
        registers=_registers(standing, year, lang, sheets) if mask else {},
        plan=plan,
        coded=_persons(plan) - planning.openly if mask else frozenset(),
        scores=_scores(planning, report),
        restated=_restated(workspace, standing, year, lang) if mask and "restated" in kinds else None,
        provenance=_provenance(standing, year),
        omitted=sum(figures.left_out(standing, year).values()) if standing.without else None,
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
    if not mask:
        return found
    return {name: persons_masked(frame, workspace, planning.openly) for name, frame in found.items()}


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


def _persons(plan: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Everybody who stands in the plan's frames as answering for something."""
    named = [frame["person"] for frame in plan.values() if "person" in frame]
    return frozenset(str(name) for names in named for name in names.dropna())


def persons_masked(
    frame: pd.DataFrame, workspace: Place, openly: Set[str], columns: Sequence[str] = ("person",)
) -> pd.DataFrame:
    """The frame with persons who answer under their pseudonyms, but for those whose names are no secret."""
    given = {column: frame[column] for column in columns if column in frame}
    hidden = {name: workspace.pseudonym(name) for one in given.values() for name in one.dropna().unique()}
    names = hidden | {name: name for name in openly}
    return frame.assign(**{column: one.map(names).astype("string") for column, one in given.items()})


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
    since = [batch.id for batch in standing.checked() if named and batch.id > named[-1].batch]
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


def _coverage(standing: Standing, year: int) -> list[Coverage]:
    """The newest line of each ledger of the year, from the batches in force."""
    newest: dict[str, Coverage] = {}
    for batch in standing.checked():
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


def _provenance(standing: Standing, year: int) -> Provenance | None:
    batches = standing.checked()
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
