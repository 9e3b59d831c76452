"""`rollup`: the base ledgers of many counties side by side, their figures added up. Read only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from povplan.config import Config
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import MeasureFormula, Scope, measure_formula
from povplan.jobs import figures
from povplan.jobs.standing import Standing
from povplan.messages import Said, say
from povplan.rollup import COUNTY_COLUMNS, rolled_up
from povplan.spec import Double, Indicator
from povplan.workspace import SETTINGS, Workspace

PROVINCES = "province"
"""The code list that names provinces by the first two digits of a county's code."""


@dataclass(frozen=True)
class County:
    """One of the workspaces: which county it is, in which province, and its base ledger."""

    name: str
    code: str
    province: str
    """Its name; empty where the county's code names none."""
    folder: Path
    standing: Standing

    @property
    def years(self) -> Collection[int]:
        """The years of which figures are known."""
        return self.standing.figured


def counties(folders: Sequence[Path], lang: str) -> list[County]:
    """The counties whose workspaces lie in `folders` or are they, in the order of their codes.

    PovplanError with every folder that has none, whose ledger is empty, or whose county is there twice.
    """
    found: list[County] = []
    faults: list[Said] = []
    for folder in dict.fromkeys(place.resolve() for given in folders for place in _within(given)):
        try:
            found.append(_county(Workspace.find(folder), lang))
        except PovplanError as error:
            faults.append(say("rollup_folder", folder=folder, why=error.said))
    faults += _twice(found)
    if faults:
        raise PovplanError(Said(*("\n".join(one.text(lang) for one in faults) for lang in ("zh", "en"))))
    return sorted(found, key=lambda county: (county.code or "~", county.name))


def _within(folder: Path) -> list[Path]:
    """The folder itself, or where it is no workspace those that lie in it."""
    below = sorted(path.parent for path in folder.glob(f"*/{SETTINGS}"))
    return below if below and not (folder / SETTINGS).is_file() else [folder]


def _county(workspace: Workspace, lang: str) -> County:
    standing = figures.standing_at(workspace)
    years = standing.figured
    if not years:
        raise PovplanError(say("ledger_empty"), NOTHING_ACCEPTED)
    declared = workspace.settings.county
    name = declared.name or standing.tree(years[-1]).paths[0]
    listed = standing.config.codes.get(PROVINCES)
    named = {one.code: one.label.text(lang) for one in (listed.values if listed else ())}
    return County(name, declared.code, named.get(declared.code[:2], ""), workspace.root, standing)


def _twice(found: Sequence[County]) -> Iterator[Said]:
    for number, county in enumerate(found):
        first = next((one for one in found[:number] if _may_be_one(one, county)), None)
        if first is not None:
            yield say("rollup_twice", name=county.name, first=first.folder, second=county.folder)


def _may_be_one(one: County, other: County) -> bool:
    """By their codes; where either has none, by their names: two counties of one name need both codes."""
    return one.code == other.code if one.code and other.code else one.name == other.name


def year_of(them: Sequence[County], year: int | None) -> int:
    """The year asked for, if any county knows it; else the last one that all know, or any."""
    known = sorted({one for county in them for one in county.years})
    shared = [one for one in known if all(one in county.years for county in them)]
    if year is None:
        return (shared or known)[-1]
    if year not in known:
        raise PovplanError(
            say("no_data_for_year", year=year, years="、".join(map(str, known))), NOTHING_ACCEPTED
        )
    return year


def named(them: Sequence[County], names: Sequence[str], money: Collection[str]) -> set[str]:
    """The ids of figures named by id or label; PovplanError for one that no county knows."""
    ids: set[str] = set()
    for name in names:
        found = {name} & {*money}
        found |= {one for county in them if (one := figures.indicator_called(county.standing.config, name))}
        if not found:
            raise figures.no_such_indicator(them[0].standing.config, name)
        ids |= found
    return ids


def rolled(
    them: Sequence[County], year: int, whole: str, unknown: str, basis: str | None = None
) -> pd.DataFrame:
    """ROLLED_COLUMNS of indicators and leverage of the counties that know the year.

    `whole` is how all of them together are called, `unknown` the province of those whose code names none.
    """
    names = [county.name for county in them]
    parts = [
        _figures(county, year, basis).assign(
            county=county.name if names.count(county.name) == 1 else f"{county.name}({county.code})",
            province=county.province or unknown,
        )
        for county in them
        if year in county.years
    ]
    frame = pd.concat(parts, ignore_index=True).reindex(columns=list(COUNTY_COLUMNS))
    return rolled_up(frame, whole)


def _figures(county: County, year: int, basis: str | None) -> pd.DataFrame:
    """Every figure of the county itself, and how it may be added."""
    standing = county.standing
    found = figures.all_figures(standing, year)
    if basis is not None:
        money = found["scope"].notna()
        again = figures.leverage(standing, year, basis) if money.any() else found[money]
        found = pd.concat([found[~money], again], ignore_index=True)
    found = figures.at_level(found, "county")
    adding = {one.id: _adding(one, standing.config, year) for one in standing.config.indicators}
    lines = zip(found["indicator"], found["scope"].isna(), found["basis"], strict=True)
    told = [
        adding[name] if is_indicator else _adding_money(name, stage, standing.config)
        for name, is_indicator, stage in lines
    ]
    return found.assign(
        adds=[adds for adds, *_ in told],
        meaning=[meaning for _, meaning, _ in told],
        at_least=[least for *_, least in told],
    )


Adding = tuple[Literal["sum", "ratio", "never"], str, int]
"""How a figure is added, what it means, of how many rows at least there is one."""


def _adding(indicator: Indicator, config: Config, year: int) -> Adding:
    scope = Scope(config.ledgers[indicator.ledger], config.ledgers, config.parameters, config.codes)
    formula = measure_formula(indicator.value, scope, indicator.where)
    adds: Literal["sum", "ratio", "never"] = "ratio" if formula.is_ratio else "sum"
    read = _read(formula, indicator, config, year)
    meaning = repr((indicator.ledger, indicator.value, indicator.where, *read))
    return (adds if formula.additive else "never"), meaning, indicator.at_least


def _read(formula: MeasureFormula, indicator: Indicator, config: Config, year: int) -> Iterator[object]:
    """What the text of a formula does not say of it: what its fields are, what its parameters were."""
    ledger = config.ledgers[indicator.ledger]
    for name in formula.fields:
        field = ledger.field(name)
        yield name, field.type, field.unit, field.codes
    for parameter in formula.parameters:
        yield parameter.id, parameter.in_force(year)


def _adding_money(name: str, stage: object, config: Config) -> Adding:
    """Leverage is a ratio of sums, its parts are sums; alike where taxonomy, currency and stage are.

    So is what becomes of money that stands twice. A class in which no money stands is zero of no rows.
    """
    assert config.funds is not None
    funds = config.funds
    sources = sorted(
        (one.id, one.cls, one.lever, one.memo, one.form or "", sorted(one.relabels), sorted(one.subsidises))
        for one in funds.sources
    )
    doubles = [(kind, funds.treatment(kind)) for kind in get_args(Double)]
    meaning = repr((str(stage), funds.currency, funds.labour, sources, doubles, sorted(funds.pay_words)))
    return ("ratio" if name.startswith("leverage_") else "sum"), meaning, 0


def lacking(them: Sequence[County], year: int) -> list[Said]:
    """One remark: which counties have no figures of the year and are left out."""
    without = [county.name for county in them if year not in county.years]
    if not without:
        return []
    return [say("rollup_lacking", year=year, counties="、".join(without), count=len(without), of=len(them))]


def differing(them: Sequence[County], frame: pd.DataFrame) -> list[Said]:
    """One remark: how many figures are not added because counties define them differently."""
    unlike = frame[(frame["level"] == "all") & (frame["note"] == "not_alike")]["indicator"].unique()
    if not len(unlike):
        return []
    labels = {one.id: one.label for county in them for one in county.standing.config.indicators}
    told = Said(
        *(
            "、".join(labels[one].text(lang) if one in labels else one for one in unlike)
            for lang in ("zh", "en")
        )
    )
    return [say("rollup_differing", count=len(unlike), names=told)]
