"""The trace of a figure of money: the lines of the fund ledger on either side of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.errors import PovplanError
from povplan.jobs.asking import unit_named
from povplan.jobs.explaining import entries
from povplan.jobs.facts import Fact, fact
from povplan.jobs.money import account, taxonomy
from povplan.jobs.standing import Standing
from povplan.jobs.tracing.cells import cells_of, shown
from povplan.jobs.tracing.indicator import version
from povplan.jobs.tracing.rows import aside, below, entities_of, flagged, masker
from povplan.jobs.tracing.values import PART_COLUMNS, STATES, Trace
from povplan.leverage import Account, leverage_by_unit
from povplan.leverage.kinds import by_class, by_form, by_relation, headline
from povplan.messages import Said, catalogue, say
from povplan.model import UNIT
from povplan.spec import Funds, Ledger
from povplan.units import Tree
from povplan.words import nearest, normal

Bools = npt.NDArray[np.bool_]
SHOWN = ("source", "stage", "form", "amount", "labour_days", "project_id", "document_no")
"""Fields of a line that a trace shows, those that the county's form has."""
AMOUNT = "amount"


def figure_label(funds: Funds, name: str) -> Said | None:
    """The name of a figure of money; None where there is no such figure."""
    if f"figure_{name}" in catalogue():
        return say(f"figure_{name}")
    kind, _, group = name.partition("_")
    label = next((one.label.said for one in funds.classes if one.id == group), None)
    if kind not in ("leverage", "amount") or label is None:
        return None
    of = say(f"figure_{kind}")
    return Said(f"{of.zh}：{label.zh}", f"{of.en}: {label.en}")


def is_money_figure(funds: Funds | None, name: str) -> str | None:
    """The id of the figure of money that an id or a label means; None where it means none."""
    if funds is None:
        return None
    ids = ["leverage_others", "leverage_total", "lever", "others", "total", "memo", "unclassified", "labour"]
    ids += [f"{kind}_{one.id}" for kind in ("leverage", "amount") for one in funds.classes]
    ids += [
        key.removeprefix("figure_")
        for key in catalogue()
        if key.startswith(("figure_leverage_", "figure_money_"))
    ]
    known = {
        name_: label
        for name_ in ids
        if (label := figure_label(funds, name_)) and name_ != "leverage_marginal"
    }
    if name in known:
        return name
    wanted = normal(name)
    return next((one for one, label in known.items() if wanted in (normal(label.zh), normal(label.en))), None)


@dataclass(frozen=True, eq=False)
class Sides:
    """The lines of one stage and year, and which of them a figure is made of."""

    lines: pd.DataFrame
    above: Bools
    below: Bools | None
    """The denominator; None for an amount."""

    @classmethod
    def of(cls, name: str, lines: pd.DataFrame, funds: Funds) -> Sides:
        """The sides of the figure `name`; PovplanError where no line speaks of such money."""
        kinds: dict[str, Bools] = {n: np.asarray(k, np.bool_) for n, k in headline(lines, funds).items()}
        lever, others, total = kinds["lever"], kinds["others"], kinds["total"]
        apart: dict[str, Any] = {**by_class(lines, funds)}
        apart |= {
            n: np.asarray(k, np.bool_) & total for n, k in {**by_form(lines), **by_relation(lines)}.items()
        }
        if name == "leverage_total":
            return cls(lines, total, lever)
        if name == "leverage_others":
            return cls(lines, others, lever)
        if name in kinds:
            return cls(lines, kinds[name], None)
        kind, _, group = name.partition("_")
        if group not in apart:
            near = nearest(group, apart) or ""
            raise PovplanError(say("trace_no_such_money", name=name, near=near))
        chosen = np.asarray(apart[group], np.bool_)
        return cls(lines, chosen & others, lever) if kind == "leverage" else cls(lines, chosen, None)

    @property
    def meant(self) -> Bools:
        """Lines of either side."""
        return self.above if self.below is None else self.above | self.below


@dataclass(frozen=True, eq=False)
class Ground:
    """The money of one year at one stage."""

    standing: Standing
    year: int
    basis: str | None
    name: str

    @cached_property
    def account(self) -> Account:
        """The account of the money up to the year."""
        return account(self.standing, self.year)

    @property
    def ledger(self) -> Ledger:
        """The ledger of funds."""
        return self.standing.config.ledgers["fund"]

    @cached_property
    def stage(self) -> str | None:
        """The stage that counts."""
        return self.basis or self.account.stage_in_use([self.year])

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of the fund ledger of the year."""
        return self.standing.folded("fund", self.year).frame.reset_index(drop=True)

    @cached_property
    def sides(self) -> Sides:
        """The lines at the stage."""
        return Sides.of(self.name, self.account.at(self.stage, [self.year]), self.account.funds)

    @cached_property
    def paths(self) -> list[str]:
        """The units that the fund ledger names, in official order."""
        listed = self.standing.workspace.registry(()).paths
        return list(dict.fromkeys([*listed, *self.rows[UNIT].dropna().unique()]))

    def unit(self, name: str | None) -> str:
        """The unit asked for, else the county."""
        if name:
            return unit_named(self.standing, self.year, name, Tree.of(self.paths).paths)
        return self.paths[0].split("/")[0] if self.paths else str(self.standing.workspace.registry(()).county)


def trace_leverage(
    standing: Standing,
    name: str,
    year: int,
    unit: str | None,
    limit: int,
    lang: str,
    basis: str | None = None,
) -> Trace:
    """Where a figure of money of a unit and year comes from; scope `all`."""
    funds = taxonomy(standing, basis)
    ground = Ground(standing, year, basis, name)
    at = ground.unit(unit)
    measured = leverage_by_unit(ground.account, Tree.of([at, *ground.paths]), [year], basis)
    own = measured[(measured["indicator"] == name) & (measured["scope"] == "all")]
    whole = own[own["unit"] == at]
    if not len(whole):
        raise PovplanError(say("trace_no_such_money", name=name, near=""))
    depth = at.count("/") + 1
    parts = own[own["unit"].str.startswith(f"{at}/") & (own["unit"].str.count("/") == depth)]
    shown, entities, counts, more = _rows(ground, at, limit, lang)
    names = [one for one in SHOWN if one in ground.ledger.names and one in ground.rows]
    return Trace(
        id=name,
        label=figure_label(funds, name) or Said(name, name),
        unit=at,
        level=str(whole["level"].iloc[0]),
        year=year,
        batch=standing.newest,
        facts=tuple(_facts(ground)),
        figure={column: whole[column].iloc[0] for column in PART_COLUMNS[1:]},
        parts=_parts(ground, at, parts),
        adds=True,
        counts=counts,
        rows=shown,
        more=more,
        cells=cells_of(
            standing, ground.ledger, year, entities, _amounts(names), masker(standing, ground.ledger)
        ),
        fields=[ground.ledger.field(one) for one in names],
    )


def _amounts(names: list[str]) -> list[str]:
    return [name for name in names if name in ("source", "stage", AMOUNT, "labour_days")]


def _facts(ground: Ground) -> Iterator[Fact]:
    config = ground.standing.config
    shown = "leverage_total" if ground.name == "leverage_total" else "leverage_others"
    found = next(one for one in entries(config) if (one.kind, one.id) == ("figure", shown))
    yield from found.explain().facts
    stages = {one.id: one.label.said for one in ground.account.funds.stages}
    yield fact("stage_used", stages.get(ground.stage or ""))
    yield version(config, "", "funds.yaml")


def _parts(ground: Ground, unit: str, parts: pd.DataFrame) -> pd.DataFrame:
    """The sub-units, and what names the unit and nothing below it."""
    if not len(parts):
        return pd.DataFrame(columns=list(PART_COLUMNS))
    lines, sides = ground.sides.lines, ground.sides
    own = (lines[UNIT].astype("string") == unit).fillna(False).to_numpy(bool) & sides.meant
    found = parts[list(PART_COLUMNS)].astype(object)
    if own.any():
        yuan = [_yuan(lines, own & side) if side is not None else None for side in (sides.above, sides.below)]
        n = int((own & lines["amount"].notna().to_numpy(bool)).sum())
        value = (
            yuan[0]
            if sides.below is None
            else (yuan[0] / yuan[1] if yuan[0] is not None and yuan[1] else None)
        )
        line = [None, value, *yuan, n, int(own.sum()) - n, None if value is not None else "no_lever"]
        found = pd.concat([found, pd.DataFrame([line], columns=list(PART_COLUMNS), dtype=object)])
    return found.reset_index(drop=True)


def _yuan(lines: pd.DataFrame, chosen: Bools) -> float:
    return float(lines.loc[chosen, "amount"].fillna(0).sum()) / 100


# ---- lines ------------------------------------------------------------------------------------------


def _rows(
    ground: Ground, unit: str, limit: int, lang: str
) -> tuple[pd.DataFrame, list[str], dict[str, int], int]:
    """Lines of the unit: those that count, with which side and how much; those that cannot, and why."""
    lines = ground.sides.lines.reset_index(drop=True)
    lines = lines.assign(_role=_roles(ground), _state=_states(ground))
    inside = lines[below(lines[UNIT].astype("string"), unit)]
    apart = aside(ground.standing.folded("fund", ground.year), unit)
    in_unit = int(below(ground.rows[UNIT], unit).sum())
    counts = {name: int((inside["_state"] == name).sum()) for name in ("used", "left_out")}
    counts |= {name: int((apart["_state"] == name).sum()) for name in ("waiting", "vanished")}
    counts["out"] = in_unit - counts["used"] - counts["left_out"]
    counts = {name: counts.get(name, 0) for name in STATES}
    meant = inside[inside["_state"] != "out"]
    some = meant.sort_values("_state", ascending=False, kind="stable").head(limit)
    rows = ground.rows.iloc[some["row"].to_numpy(np.int64)]
    names = [one for one in SHOWN if one in ground.ledger.names and one in ground.rows]
    entities = entities_of(rows)
    mask = masker(ground.standing, ground.ledger)
    doubled = ((some["gross"] - some["amount"]) > 0).fillna(False).to_numpy(bool)
    told = {
        "entity": [mask(one) for one in entities],
        "unit": rows[UNIT].astype(object).to_numpy(),
        "state": some["_state"].to_numpy(object),
        "why": [
            _why(*one, lang)
            for one in zip(some["_state"], some["amount"].isna().tolist(), doubled.tolist(), strict=True)
        ],
        "flagged": flagged(ground.standing, "fund", ground.year, entities),
        **{
            name: pd.Series(_shown(rows, ground.ledger, name, ground.standing), dtype=object)
            for name in names
        },
        "side": some["_role"].to_numpy(object),
        "counted": pd.Series([None if pd.isna(one) else one / 100 for one in some["amount"]], dtype=object),
    }
    return pd.DataFrame(told).astype(object), entities, counts, len(meant) - len(some)


def _shown(rows: pd.DataFrame, ledger: Ledger, name: str, standing: Standing) -> list[Any]:
    labels = [str(at) for at in range(len(rows))]
    return shown(rows.set_axis(labels), ledger, name, labels, standing)


def _roles(ground: Ground) -> npt.NDArray[np.object_]:
    """Each line's side: special money below, other money above, or an amount."""
    sides = ground.sides
    under = np.zeros(len(sides.lines), np.bool_) if sides.below is None else sides.below
    names = {(True, True): "both", (True, False): "above", (False, True): "below"}
    found = [names.get((bool(a), bool(b))) for a, b in zip(sides.above, under, strict=True)]
    return np.array(found, object)


def _states(ground: Ground) -> npt.NDArray[np.object_]:
    """used, left_out (amount blank, or source unknown), out."""
    sides, lines = ground.sides, ground.sides.lines
    known = lines["amount"].notna().to_numpy(bool)
    unclassified = np.asarray(headline(lines, ground.account.funds)["unclassified"], np.bool_)
    state = np.where(sides.meant & known, "used", "out").astype(object)
    state[(sides.meant & ~known) | (unclassified & ~sides.meant)] = "left_out"
    return state


def _why(state: str, blank: bool, doubled: bool, lang: str) -> str:
    if state == "left_out":
        return say("trace_why_no_amount" if blank else "trace_why_no_source").text(lang)
    return say("trace_why_doubled").text(lang) if doubled else ""
