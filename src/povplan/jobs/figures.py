"""Figures of a year: indicators, their change, the leverage of the special fund. Read only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from povplan import change as changes
from povplan.config import Config
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import Scope, measure_formula
from povplan.formulas.faults import tell
from povplan.formulas.naming import Named, called, most_like
from povplan.jobs import money
from povplan.jobs.checking import stored_findings
from povplan.jobs.restating import state
from povplan.jobs.standing import Standing
from povplan.measures import measure
from povplan.memory import is_open
from povplan.memory.status import STATUS
from povplan.messages import Said, say
from povplan.spec import Indicator, Level
from povplan.units import Tree
from povplan.workspace import Workspace


def standing_at(workspace: Workspace, as_of: str | int | None = None) -> Standing:
    """The base ledger now, or as a batch (number or tag) left it, with the definitions and days of then."""
    if as_of is not None:
        as_of = state(str(as_of), workspace.store)
    if as_of is None:
        return Standing(workspace, workspace.config, workspace.store)
    from povplan.config import config_from_texts

    batches = [one for one in workspace.store.batches() if one.id <= as_of]
    batch = next((one for one in reversed(batches) if one.config_digest), None)
    config = workspace.config
    if batch is not None and batch.config_digest != config.digest:
        config = config_from_texts(workspace.store.config_texts(batch.config_digest), batch.profile)
    recorded = {year: day for one in batches for year, day in one.as_of.items()}
    days = {year: dt.date.fromisoformat(day) for year, day in recorded.items()}
    return Standing(workspace, config, workspace.store, as_of, days=days)


def without_flagged(standing: Standing) -> Standing:
    """The same ledger without the rows that an open error or doubt of the newest batch marks, of any year."""
    found = stored_findings(standing, ["ledger", "year", "entity", "severity", STATUS])
    grave = found[is_open(found) & found["severity"].isin(["error", "doubt"])].dropna(subset="entity")
    grave = grave[grave["ledger"].isin(standing.figuring)]
    keys = {
        (str(ledger), int(str(year))): frozenset(some["entity"])
        for (ledger, year), some in grave.groupby(["ledger", "year"])
    }
    return replace(standing, without=keys, figures={}, accounts={}, analysed={}, _amended={})


def left_out(standing: Standing, year: int) -> dict[str, int]:
    """Ledger → how many accepted rows of the year `without_flagged` left out."""
    whole = standing.whole
    counts = {
        ledger: len(whole.folded(ledger, year).frame) - len(standing.folded(ledger, year).frame)
        for ledger, of in standing.without
        if of == year
    }
    return {ledger: counts[ledger] for ledger in standing.figuring if counts.get(ledger)}


def told_left_out(standing: Standing, year: int) -> Said | None:
    """The same in words; None where all rows count."""
    if not standing.without:
        return None
    ledgers, counts = standing.config.ledgers, left_out(standing, year)
    zh, en = (
        sep.join(f"{ledgers[name].label.text(lang)} {count}" for name, count in counts.items())
        for lang, sep in (("zh", "，"), ("en", ", "))
    )
    return say("flagged_left_out", year=year, counts=zh or "0", counts_en=en or "0")


def year_of(standing: Standing, year: int | None) -> int:
    """The year asked for, else the last one; an error that names those there are."""
    years = standing.years
    if not years:
        raise PovplanError(say("ledger_empty"), NOTHING_ACCEPTED)
    if year is None:
        return (standing.figured or years)[-1]
    if year not in years:
        known = "、".join(str(known) for known in years)
        raise PovplanError(say("no_data_for_year", year=year, years=known), NOTHING_ACCEPTED)
    return year


def figured_year(standing: Standing, year: int | None) -> int:
    """The same; an error where only events, changes of units or registers are known of that year."""
    found = year_of(standing, year)
    if found not in standing.figured:
        known = "、".join(map(str, standing.figured)) or "—"
        raise PovplanError(say("only_registers", year=found, years=known), NOTHING_ACCEPTED)
    return found


def indicators(
    standing: Standing, year: int, chosen: Sequence[Indicator] | None = None, tree: Tree | None = None
) -> pd.DataFrame:
    """Every indicator, or those chosen, at every unit of the year, or of a tree that may hold more."""
    config = standing.config
    some = config.indicators if chosen is None else chosen
    return measure(
        some,
        standing.frames(year),
        config.ledgers,
        config.parameters,
        year,
        standing.day(year),
        standing.tree(year) if tree is None else tree,
        previous=_before(standing, year, some),
        codes=config.codes,
    )


def change(
    standing: Standing, year: int, base: int | None = None, chosen: Sequence[Indicator] | None = None
) -> pd.DataFrame:
    """The change of each indicator, or of those chosen, from the year before or `base`, as `comparable`.

    Without the base year, this year's figures stand alone, each noted `base_missing`.
    """
    base = year - 1 if base is None else base
    some = standing.config.indicators if chosen is None else chosen
    if base not in standing.figured:
        return _without_base(standing, year, base, some)
    config, moved = standing.config, bool(standing.over_years.mapped(base, year))
    frames, tree = standing.over_years.frames_in(base, year), tree_of_both(standing, base, year)
    ends = ((year, standing.frames(year)), (base, frames))
    now, before = (
        changes.YearRows(at, standing.day(at), rows, _before(standing, at, some)) for at, rows in ends
    )
    wholes: tuple[pd.DataFrame | None, ...] = (None, None)
    if chosen is None:
        wholes = (_over(tree, standing, year), None if moved else _over(tree, standing, base))
    return changes.comparable(
        now, before, some, config.ledgers, config.parameters, tree, config.codes, *wholes
    )


def _over(tree: Tree, standing: Standing, year: int) -> pd.DataFrame | None:
    """The year's indicators where they are known over just this tree."""
    if standing.tree(year).paths != tree.paths:
        return None
    known = all_figures(standing, year)
    return known[known["scope"].isna()].reset_index(drop=True)


def _without_base(standing: Standing, year: int, base: int, some: Sequence[Indicator]) -> pd.DataFrame:
    now = indicators(standing, year, some)
    nothing = now.assign(year=base, value=pd.array([pd.NA] * len(now), dtype="Float64"))
    alone = changes.change(now, nothing, some)
    return alone.assign(full_value=alone["value"], full_previous=nothing["value"], shared=0)


def in_units_of(standing: Standing, year: int, later: int) -> pd.DataFrame:
    """Every figure of a year at the units of a later one, for trends: measured anew where units changed."""
    if not standing.over_years.mapped(year, later):
        return all_figures(standing, year)
    found = indicators_in(standing, year, later)
    if not standing.config.funds or "fund" not in standing.frames(year):
        return found
    return pd.concat([found, money.by_unit(standing, year, later=later)], ignore_index=True)


def indicators_in(
    standing: Standing,
    year: int,
    later: int,
    chosen: Sequence[Indicator] | None = None,
    tree: Tree | None = None,
) -> pd.DataFrame:
    """Every indicator of a year, or those chosen, with its rows in the units of a later one."""
    if not standing.over_years.mapped(year, later):
        return indicators(standing, year, chosen, tree)
    config, frames = standing.config, standing.over_years.frames_in(year, later)
    some = config.indicators if chosen is None else chosen
    return measure(
        some,
        frames,
        config.ledgers,
        config.parameters,
        year,
        standing.day(year),
        standing.tree_of(frames, later) if tree is None else tree,
        previous=_before(standing, year, some),
        codes=config.codes,
    )


def _before(standing: Standing, year: int, some: Sequence[Indicator]) -> dict[str, pd.DataFrame] | None:
    """The rows of the year before, if any of the indicators looks at them: else that year is not read."""
    config = standing.config
    scopes = {one.ledger: Scope(config.ledgers[one.ledger], config.ledgers, config.parameters, config.codes)
              for one in some}  # fmt: skip
    looking = (measure_formula(one.value, scopes[one.ledger], one.where).uses_previous for one in some)
    return standing.before(year) if any(looking) else None


def tree_of_both(standing: Standing, base: int, year: int) -> Tree:
    """The units of two years, in those of the later one where units changed between them."""
    if not standing.over_years.mapped(base, year):
        return standing.tree(base, year)
    return standing.tree_of(standing.over_years.frames_in(base, year), year)


def leverage(standing: Standing, year: int, basis: str | None) -> pd.DataFrame:
    """What the special fund moved, at every unit, both ratios, both scopes."""
    return money.by_unit(standing, year, basis)


def all_figures(standing: Standing, year: int) -> pd.DataFrame:
    """Indicators, and leverage where there is a fund ledger with rows; computed once."""
    if year not in standing.figures:
        frames = [indicators(standing, year)]
        if standing.config.funds and "fund" in standing.frames(year):
            frames.append(leverage(standing, year, None))
        standing.figures[year] = pd.concat(frames, ignore_index=True)
    return standing.figures[year]


def indicator_called(config: Config, name: str) -> str | None:
    """The id of the indicator called `name`, by id or label, or None; PovplanError where several are."""
    found = called(name, _names(config))
    if len(found) > 1:
        raise PovplanError(say("trace_several", name=name, ids=", ".join(found)))
    return found[0] if found else None


def no_such_indicator(config: Config, name: str) -> PovplanError:
    """That none is called so, with the nearest right name."""
    near = most_like(name, _names(config))
    return PovplanError(tell("trace_unknown", name=name, hint=say("suggestion", near=near) if near else ""))


def indicators_named(config: Config, names: Sequence[str]) -> list[str]:
    """The ids of indicators named by id or label, each once; PovplanError for one that is not defined."""
    ids: dict[str, None] = {}
    for name in names:
        found = indicator_called(config, name)
        if found is None:
            raise no_such_indicator(config, name)
        ids[found] = None
    return list(ids)


def _names(config: Config) -> list[Named]:
    return [Named(one.id, one.label) for one in config.indicators]


def at_level(frame: pd.DataFrame, level: Level | None) -> pd.DataFrame:
    """The figures of one level only, or all."""
    return frame if level is None else frame[frame["level"] == level].reset_index(drop=True)
