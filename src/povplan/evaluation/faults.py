"""What is wrong with targets themselves, whatever comes of them: they contradict, cannot be, have no owner.

One mask a rule over TARGETS, true where the rule is broken; what cannot be told is no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.evaluation.bounds import possible
from povplan.evaluation.owners import responsible
from povplan.evaluation.parties import adds_up
from povplan.evaluation.paths import points_of
from povplan.evaluation.printed import Measurement, factor
from povplan.evaluation.targets import spread
from povplan.spec import Indicator, Severity
from povplan.units import Tree

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_EPS = 1e-9
FAR_BELOW = 50
"""A fraction typed for a percentage that falls is at most a hundredth of its baseline."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Targets with what they are held against."""

    targets: pd.DataFrame
    """TARGETS, superseded ones too."""
    indicators: Mapping[str, Indicator]
    measurement: Measurement
    tree: Tree
    baselines: pd.Series
    """What the ledgers say of each target's unit in its baseline year; unknown where they do not."""
    additive: frozenset[str] = frozenset()
    """Indicators whose figure of a unit is the sum of those below it."""
    rates: frozenset[str] = frozenset()
    """Indicators whose figure of a unit is a weighted mean of those below it."""

    @cached_property
    def ones(self) -> list[Indicator | None]:
        """Each target's indicator."""
        return [
            self.indicators.get(n) if isinstance(n, str) else None for n in self.targets["indicator"].array
        ]

    def numbers(self, name: str) -> Floats:
        """A column as floats, NaN where unknown."""
        return self.targets[name].to_numpy("float64", na_value=np.nan)

    @cached_property
    def direction(self) -> Floats:
        """+1 where more is better, −1 where less is, 0 where neither."""
        return np.array(
            [{"higher": 1.0, "lower": -1.0}.get(one.better, 0.0) if one else 0.0 for one in self.ones]
        )

    @cached_property
    def live(self) -> Bools:
        """Targets that no later version supersedes."""
        return ~self.targets["superseded"].fillna(False).to_numpy(bool)

    @cached_property
    def sums(self) -> pd.DataFrame:
        """`whole` and `parts` of each target whose units below all have one of their own; else unknown."""
        return self._beneath(self.additive, lambda one, below: float(below.sum()))

    @cached_property
    def best(self) -> pd.DataFrame:
        """The same of rates; `parts` is the best figure that the targets below can make of the whole."""
        return self._beneath(self.rates, _best)

    def _beneath(self, wanted: frozenset[str], made: Callable[[Indicator, Floats], float]) -> pd.DataFrame:
        found = pd.DataFrame({"whole": np.nan, "parts": np.nan}, index=range(len(self.targets)))
        wide = spread(self.targets, self.tree)
        wide = wide[wide["indicator"].isin(list(wanted))]
        place = {path: node for node, path in enumerate(self.tree.paths)}
        values = wide["value"].to_numpy("float64", na_value=np.nan)
        for _, at in wide.groupby(["indicator", "target_year"], sort=False).indices.items():
            some = wide.iloc[at]
            of_node = np.full(len(self.tree.paths), np.nan)
            nodes = np.array([place.get(unit, -1) for unit in some["unit"].fillna("")], np.int64)
            of_node[nodes[nodes >= 0]] = values[at][nodes >= 0]
            first = some.iloc[0]
            same = (self.targets["indicator"] == first["indicator"]) & (
                self.targets["target_year"] == first["target_year"]
            )
            for row in np.flatnonzero((same & self.targets["unit"].notna()).fillna(False) & self.live):
                node = place.get(str(self.targets["unit"].iloc[row]), -1)
                below, one = _below(self.tree, node, of_node) if node >= 0 else None, self.ones[row]
                if below is not None and one is not None:
                    found.loc[row] = [of_node[node], made(one, below)]
        return found


def _below(tree: Tree, node: int, values: Floats) -> Floats | None:
    """The values of the units right below a node, else of all its villages; None where one has none."""
    children = np.flatnonzero(tree.parents == node)
    if not len(children):
        return None
    if not np.isnan(values[children]).any():
        return values[children]
    deeper = np.flatnonzero(np.isin(tree.parents, children))
    return None if not len(deeper) or np.isnan(values[deeper]).any() else values[deeper]


def _best(one: Indicator, below: Floats) -> float:
    """The most of several figures where more is better, the least where less is; unknown where neither."""
    if one.better == "neutral":
        return np.nan
    return float(below.max() if one.better == "higher" else below.min())


def _mask(held: object) -> Bools:
    return np.asarray(held, np.bool_)


def _no_indicator(plan: Plan) -> Bools:
    named = plan.targets["named"].notna().to_numpy(bool)
    return _mask(np.array([one is None for one in plan.ones], np.bool_) & named)


def _years(plan: Plan) -> Bools:
    return _mask(plan.numbers("target_year") <= plan.numbers("baseline_year"))


def _deadline(plan: Plan) -> Bools:
    year = plan.targets["deadline"].dt.year.to_numpy("float64", na_value=np.nan)
    return _mask(~np.isnan(year) & (year != plan.numbers("target_year")))


def _direction(plan: Plan) -> Bools:
    """The target lies worse than the baseline that stands beside it."""
    return _mask(plan.direction * (plan.numbers("value") - plan.numbers("baseline")) < -_EPS)


def _met(plan: Plan) -> Bools:
    """The baseline is the target, or the ledger's own figure of that year has reached it."""
    value, declared = plan.numbers("value"), plan.numbers("baseline")
    base = np.where(np.isnan(declared), plan.baselines, declared)
    equal = np.abs(value - base) <= _EPS * np.maximum(np.abs(value), 1)
    ledger = (plan.direction != 0) & (plan.direction * (plan.baselines.to_numpy() - value) >= -_EPS)
    return _mask((equal | ledger) & ~_direction(plan))


def _fraction(plan: Plan) -> Bools:
    """A percentage that is to fall, its target so far below the baseline that it is a fraction: 0.02 for 2%.

    A spreadsheet turns 2% into 0.02. Where more is better such a target lies the wrong way, and is told.
    """
    value, declared = plan.numbers("value"), plan.numbers("baseline")
    base = np.where(np.isnan(plan.baselines), declared, plan.baselines)
    percent = np.array([one is not None and one.unit == "percent" for one in plan.ones], np.bool_)
    return _mask(percent & (plan.direction < 0) & (value > 0) & (value <= base / FAR_BELOW))


def _baseline(plan: Plan) -> Bools:
    """The baseline declared is not the ledger's figure, as both are printed."""
    decimals = np.array([one.decimals if one else 2 for one in plan.ones], np.float64)
    units = np.array([factor(one.unit, plan.measurement) if one else 1.0 for one in plan.ones])
    away = np.abs(plan.numbers("baseline") - plan.baselines.to_numpy()) / units
    return _mask(away > 0.5 * 10.0**-decimals + _EPS)


def _impossible(plan: Plan) -> Bools:
    found = np.zeros(len(plan.targets), np.bool_)
    for name in ("value", "baseline"):
        numbers = plan.numbers(name)
        for at, one in enumerate(plan.ones):
            if one is not None and not np.isnan(numbers[at]):
                found[at] |= not possible(float(numbers[at]), one, plan.measurement)
    return found


def _path(plan: Plan) -> Bools:
    """Listed without points, or with points outside its years; geometric over zero."""
    kind = plan.targets["path"].to_numpy(object)
    begun, goal = plan.numbers("baseline_year"), plan.numbers("target_year")
    signs = plan.numbers("baseline") * plan.numbers("value")
    found = (kind == "geometric") & (signs <= 0)
    for at in np.flatnonzero(kind == "listed"):
        years = np.array(list(points_of(plan.targets["yearly"].iloc[at])), np.float64)
        found[at] = not len(years) or bool(((years <= begun[at]) | (years > goal[at])).any())
    return _mask(found)


def _nobody(plan: Plan) -> Bools:
    """Neither a department nor a person, nor anybody who answers for the indicator in the target year."""
    blank = plan.targets["department"].isna() & plan.targets["person"].isna()
    years = plan.numbers("target_year")
    alone = [
        one is None or np.isnan(year) or not responsible(one, int(year))
        for one, year in zip(plan.ones, years, strict=True)
    ]
    return _mask(blank.to_numpy(bool) & np.array(alone, np.bool_))


def _shares(plan: Plan) -> Bools:
    texts = plan.targets["department"].array
    return np.array([isinstance(text, str) and not adds_up(text) for text in texts], np.bool_)


def _twice(plan: Plan) -> Bools:
    """Two targets of different names for one thing, neither of them superseded."""
    about = plan.targets[["indicator", "unit", "level", "target_year"]]
    known = plan.targets["indicator"].notna().to_numpy(bool) & plan.live
    marked = about.where(pd.Series(known, index=about.index))
    return _mask(marked.duplicated(keep=False).to_numpy(bool) & known)


def _sum(plan: Plan) -> Bools:
    whole, parts = (plan.sums[name].to_numpy("float64") for name in ("whole", "parts"))
    return _mask(np.abs(whole - parts) > 1e-6 * np.maximum(np.abs(whole), 1))


def _mean(plan: Plan) -> Bools:
    """A rate better than the best of all targets below: no weights can bring it about."""
    whole, best = (plan.best[name].to_numpy("float64") for name in ("whole", "parts"))
    return _mask(plan.direction * (whole - best) > _EPS)


RULES: Mapping[str, tuple[Severity, tuple[str, ...], Callable[[Plan], Bools]]] = {
    "target_indicator": ("error", ("indicator",), _no_indicator),
    "target_years": ("error", ("target_year", "baseline_year"), _years),
    "target_impossible": ("error", ("target_value", "baseline_value"), _impossible),
    "target_path": ("error", ("yearly", "path"), _path),
    "target_direction": ("doubt", ("target_value", "baseline_value"), _direction),
    "target_met": ("doubt", ("target_value", "baseline_value"), _met),
    "target_fraction": ("doubt", ("target_value",), _fraction),
    "target_baseline": ("doubt", ("baseline_value", "baseline_year"), _baseline),
    "target_sum": ("doubt", ("target_value",), _sum),
    "target_mean": ("doubt", ("target_value",), _mean),
    "target_twice": ("doubt", ("indicator", "target_id"), _twice),
    "target_shares": ("doubt", ("department",), _shares),
    "target_owner": ("doubt", ("department", "person"), _nobody),
    "target_deadline": ("notice", ("deadline", "target_year"), _deadline),
}
"""Rule → severity, the cells it marks, what is wrong. Only targets in force are judged."""


def faults(plan: Plan) -> dict[str, Bools]:
    """Rule → which targets break it; a superseded target breaks none."""
    if not len(plan.targets):
        return {name: np.zeros(0, np.bool_) for name in RULES}
    with np.errstate(invalid="ignore"):
        return {name: np.asarray(check(plan), np.bool_) & plan.live for name, (_, _, check) in RULES.items()}


def baselines(targets: pd.DataFrame, series: Mapping[int, pd.DataFrame]) -> pd.Series:
    """The ledgers' figure of each target's unit in its baseline year; unknown for a level."""
    found = np.full(len(targets), np.nan)
    for year in targets["baseline_year"].dropna().unique():
        if int(year) in series:
            measures = series[int(year)]
            plain = measures[measures["scope"].isna()]
            values = dict(
                zip(zip(plain["indicator"], plain["unit"], strict=True), plain["value"], strict=True)
            )
            at = (targets["baseline_year"] == year).fillna(False).to_numpy(bool)
            pairs = zip(targets["indicator"].array, targets["unit"].array, strict=True)
            keyed: Sequence[float] = [_number(values.get(_pair(pair))) for pair in pairs]
            found = np.where(at, keyed, found)
    return pd.Series(found)


def _pair(pair: tuple[object, object]) -> tuple[object, object]:
    return tuple(None if part is pd.NA else part for part in pair)  # type: ignore[return-value]


def _number(value: object) -> float:
    return float("nan") if value is None or value is pd.NA else float(value)  # type: ignore[arg-type]
