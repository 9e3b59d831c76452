"""What a change is made of, the way of a figure over the years, its real change. Read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from povplan import change as changes
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import MeasureFormula, Scope, measure_formula
from povplan.identity import villages
from povplan.jobs import figures
from povplan.jobs.doubts import standing_findings
from povplan.jobs.standing import Standing
from povplan.messages import Said, say
from povplan.model import UNIT
from povplan.spec import Indicator, in_force
from povplan.units import Tree

BACK = 5
"""Years that a path looks back over where nobody says."""
WHOLE = frozenset({"path", "decomposition", "contribution"})
"""Tables that speak of all units of each year, not only of those in every year."""
FEW = 5
"""Villages that are named where some did not report."""
STALL = ("change_stall_share", "change_stall_points", "change_slowing_share")
"""The parameters of a pattern, all in percent."""


def yearly(standing: Standing, year: int, base: int | None, names: Sequence[str] = ()) -> pd.DataFrame:
    """Every indicator's change, with the difference of the figures as printed beside it."""
    found = figures.change(standing, year, base, _chosen(standing, names) if names else None)
    return changes.printed(found, standing.config.indicators, factors(standing))


def factors(standing: Standing) -> dict[str, float]:
    """Indicator → how many yuan make one of the unit that its money is printed in; 1 for all else."""
    units = ((one.id, standing.config.measurement[one.unit]) for one in standing.config.indicators)
    return {name: float(unit.factor) if unit.dimension == "money" else 1.0 for name, unit in units}


def path(standing: Standing, year: int, first: int | None, names: Sequence[str] = ()) -> pd.DataFrame:
    """The way of every indicator from `first`, else over the last five years of the ledger.

    All years are in the units of `year`: a village renamed since goes on, one split since has its part.
    """
    first = first_of(standing, "path", year, first)
    years, chosen = [one for one in standing.figured if one <= year], _chosen(standing, names)
    found = {one: figures.indicators_in(standing, one, year, chosen) for one in years if one >= first}
    return changes.path(found, chosen, thresholds(standing, year))


def first_of(standing: Standing, what: str, year: int, first: int | None) -> int:
    """The first year that a table of `change` looks at: as asked, else as far back as its kind looks."""
    if first is not None or what != "path":
        return year - 1 if first is None else first
    years = [one for one in standing.figured if one <= year]
    return years[max(len(years) - BACK, 0)]


def thresholds(standing: Standing, year: int) -> changes.Thresholds:
    """When a figure stands still or slows down, as declared; undeclared, only no change at all is none."""
    share, points, slowing = (in_force(standing.config.parameters, name, year) for name in STALL)
    return changes.Thresholds(*(0.0 if one != one else one for one in (share / 100, points, slowing / 100)))


def real(standing: Standing, year: int, base: int | None, names: Sequence[str] = ()) -> pd.DataFrame:
    """Nominal and real change of the indicators that name what they are deflated by."""
    chosen = [one for one in _chosen(standing, names) if one.deflate is not None]
    found = figures.change(standing, year, base, chosen)
    return changes.real(found, standing.config.indicators, standing.config.parameters)


def decomposition(
    standing: Standing, year: int, base: int | None, names: Sequence[str] = (), *, ratios: bool = True
) -> pd.DataFrame:
    """The change of every unit's figure by the units right below it; with `ratios` only that of ratios."""
    base = _base(standing, year, base)
    formulas = {one.id: formula(standing, one.value, one) for one in _chosen(standing, names)}
    additive = {name: made.is_ratio for name, made in formulas.items() if made.additive}
    chosen = [
        one
        for one in _chosen(standing, names)
        if names or (one.id in additive and (additive[one.id] or not ratios))
    ]
    tree = figures.tree_of_both(standing, base, year)
    now, before = (figures.indicators_in(standing, y, year, chosen, tree) for y in (year, base))
    return changes.decomposition(now, before, chosen, additive, tree)


def contribution(standing: Standing, year: int, base: int | None, names: Sequence[str] = ()) -> pd.DataFrame:
    """What each unit, and each source where an indicator declares its parts, gave to the change."""
    base = _base(standing, year, base)
    tree = figures.tree_of_both(standing, base, year)
    found = [decomposition(standing, year, base, names, ratios=False)]
    for one in _chosen(standing, names):
        if one.parts and (made := formula(standing, one.value, one)).additive:
            now, before = (figures.indicators_in(standing, y, year, [one], tree) for y in (year, base))
            sources = {y: _sources(standing, one, made, (y, year), tree) for y in (base, year)}
            part = changes.contributions(now, before, one, tree, ratio=made.is_ratio, sources=sources)
            found.append(part)
    return pd.concat(found, ignore_index=True)


def formula(standing: Standing, text: str, one: Indicator) -> MeasureFormula:
    """A measure over the rows that an indicator speaks of."""
    config = standing.config
    scope = Scope(config.ledgers[one.ledger], config.ledgers, config.parameters, config.codes)
    return measure_formula(text, scope, one.where)


def _sources(
    standing: Standing, one: Indicator, made: MeasureFormula, at: tuple[int, int], tree: Tree
) -> dict[str, pd.DataFrame]:
    """Source → its sum over the rows that the indicator used, taken off where it is declared with a minus.

    `at`: the year, and the one in whose units it is.
    """
    needed = [f"is_known({name})" for name in made.fields]
    where = " and ".join([*([f"({one.where})"] if one.where else []), *needed])
    wanted = [
        one.model_copy(update={"id": part, "value": f"sum({part})", "where": where, "at_least": 1})
        for part in one.parts
    ]
    whole = figures.indicators_in(standing, *at, wanted, tree)
    return {part: whole[whole["indicator"] == part] for part in one.parts}


def _base(standing: Standing, year: int, base: int | None) -> int:
    """The base year asked for, else the year before; PovplanError where the ledger has none."""
    base = year - 1 if base is None else base
    if base not in standing.figured or base >= year:
        known = "、".join(str(one) for one in standing.figured if one < year) or "—"
        raise PovplanError(say("change_no_base", base=base, year=year, years=known), NOTHING_ACCEPTED)
    return base


def missing_base(standing: Standing, year: int, base: int | None) -> Said | None:
    """That the year before is missing though earlier ones are there; None where another was asked for."""
    earlier = [one for one in standing.figured if one < year]
    if base is not None or not earlier or earlier[-1] == year - 1:
        return None
    return say("change_gap", missing=year - 1, year=year, last=earlier[-1])


def coming_and_going(
    standing: Standing, what: str, year: int, first: int | None, names: Sequence[str] = ()
) -> list[Said]:
    """Which villages did not report in every year that a table speaks of, ledger by ledger.

    Of tables that take every unit of each year: what a village brings or takes away is no change of its own.
    """
    if what not in WHOLE:
        return []
    since = first_of(standing, what, year, first)
    used = dict.fromkeys(one.ledger for one in _chosen(standing, names))
    ledgers = [name for name in used if standing.config.ledgers[name].level != "entry"]
    years = [one for one in standing.figured if since <= one <= year]
    return [said for name in ledgers for said in _gaps(standing, name, year, years)]


def doubted(standing: Standing, year: int, names: Sequence[str] = ()) -> list[Said]:
    """Which indicators are made of fields that open errors or doubts of the year mark, and how many do."""
    found = standing_findings(standing).of([year]).open
    grave = found[found["severity"].isin(["error", "doubt"])]
    if standing.without:  # what is left out does not touch the figures; a sheet's findings do
        grave = grave[grave["entity"].isna()]
    marks = grave.groupby(["ledger", "field"]).size().to_dict()
    told = []
    for one in _chosen(standing, names):
        fields = formula(standing, one.value, one).fields if year in one.valid else ()
        if count := sum(marks.get((one.ledger, field), 0) for field in fields):
            told.append(say("change_doubted_one", label=one.label.zh, en=one.label.text("en"), count=count))
    if not told:
        return []
    zh, en = ("、".join(one.zh for one in told), ", ".join(one.en for one in told))
    return [Said(say("change_doubted", names=zh).zh, say("change_doubted", names=en).en)]


def _gaps(standing: Standing, name: str, year: int, years: Sequence[int]) -> Iterator[Said]:
    frames = {one: standing.over_years.frame_in(name, one, year) for one in years}
    there = {one: dict.fromkeys(villages(f[UNIT].dropna().unique())) for one, f in frames.items() if len(f)}
    everywhere = dict.fromkeys(unit for units in there.values() for unit in units)
    label = standing.config.ledgers[name].label
    for one, units in there.items():
        missing = [unit.rsplit("/", 1)[-1] for unit in everywhere if unit not in units]
        if missing:
            told = {"year": one, "ledger": label.zh, "ledger_en": label.text("en"), "count": len(missing)}
            yield say("change_gone", **told, names="、".join(missing[:FEW]), more="…" * (len(missing) > FEW))


def _chosen(standing: Standing, names: Sequence[str]) -> list[Indicator]:
    return [one for one in standing.config.indicators if not names or one.id in names]


TABLES: Mapping[str, str] = {
    "change": "measures",
    "path": "measures",
    "real": "measures",
    "decomposition": "parts",
    "contribution": "parts",
}
"""What `change` may show → what its rows are called in JSON."""


def table(standing: Standing, what: str, year: int, base: int | None, names: Sequence[str]) -> pd.DataFrame:
    """One table of `change` by its name, of all indicators or those named."""
    if base is not None and base >= year:
        raise PovplanError(say("change_no_base", base=base, year=year, years="—"))
    if what == "decomposition":
        return decomposition(standing, year, base, names)
    if what == "contribution":
        return contribution(standing, year, base, names)
    if what == "path":
        return path(standing, year, base, names)
    return (real if what == "real" else yearly)(standing, year, base, names)
