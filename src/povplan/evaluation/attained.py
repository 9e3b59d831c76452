"""How far targets are met: attainment, distance to the path, the pace it takes from here, where it leads.

Attainment is (actual − baseline) ÷ (target − baseline), uncapped: 1.2 is a fifth more than was wanted, −0.3
the wrong way. A target equal to its baseline has none. What is better follows the indicator; where it is
neutral, the target's own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.evaluation.bounds import kept_within
from povplan.evaluation.forecast import FORECAST, LEAST_YEARS, forecast
from povplan.evaluation.paths import planned
from povplan.spec import Indicator, Parameter, UnitOfMeasure, in_force
from povplan.sums import floats

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
STATES = ("reached", "ahead", "on_path", "behind", "out_of_reach", "not_evaluable")
EVALUATION = (
    "target", "indicator", "named", "unit", "level", "year",
    "baseline_year", "baseline", "baseline_from",  # declared or ledger
    "target_year", "goal", "path",
    "actual", "n", "left_out",
    "attainment", "numerator", "denominator",
    "due",  # the path's value in the year
    "gap",  # actual − due, above zero is better
    "gap_share",  # gap ÷ the whole way
    "pace_required", "pace_best",  # a year, above zero is better; the best the unit ever had
    "slope", "forecast", "forecast_low", "forecast_high", "n_years", "forecast_note", "bound_year",
    "verdict", "because", "note",
    "weight", "department", "person", "deadline", "version", "source", "origin",
)  # fmt: skip
WHYS = ("deadline_passed", "forecast_short", "pace_beyond")
_EPS = 1e-9
Series = Mapping[int, pd.DataFrame]
"""Year → MEASURE_COLUMNS of it."""


@dataclass(frozen=True)
class Tolerances:
    """What counts as on the path, and what as out of reach; fractions and times."""

    path: float
    reach: float
    confidence: float

    @classmethod
    def of(cls, parameters: Mapping[str, Parameter], year: int) -> Tolerances:
        """Those in force in a year; without a parameter exactly on the path, no pace beyond, 80 %."""
        path, confidence = (
            in_force(parameters, name, year) / 100 for name in ("path_tolerance", "forecast_confidence")
        )
        reach = in_force(parameters, "reach_factor", year)
        return cls(
            0.0 if np.isnan(path) else path,
            np.inf if np.isnan(reach) else reach,
            0.8 if np.isnan(confidence) else confidence,
        )


def evaluate(
    targets: pd.DataFrame,
    series: Series,
    year: int,
    indicators: Iterable[Indicator],
    parameters: Mapping[str, Parameter],
    measurement: Mapping[str, UnitOfMeasure],
) -> pd.DataFrame:
    """EVALUATION of each of TARGETS (one row a unit, as `spread` gives them) at the end of `year`.

    `series` holds the figures of the year and of all before. Years that a definition does not hold for, or
    that lie on the other side of its `comparable_from`, are compared with nothing. Whether a target will be
    met is told by the whole line; of its forecast only what can be is shown.
    """
    known = {one.id: one for one in indicators}
    ones = [known.get(name) if isinstance(name, str) else None for name in targets["indicator"].array]
    years = np.array(sorted(one for one in series if one <= year), np.int64)
    figures = _matrix(targets, series, years)
    like = _comparable(ones, years, year)
    tolerances = Tolerances.of(parameters, year)
    base = _baseline(targets, ones, series, year)
    now = _now(targets, series, year)
    found = _judged(targets, ones, base, now, figures, like, years, year, tolerances)
    goal, used = floats(targets["target_year"]), np.where(like, figures, np.nan)
    ahead = kept_within(found[list(FORECAST)], used, ones, goal, year, measurement)
    few = (found["n_years"] < LEAST_YEARS).to_numpy(bool)
    note = ahead["forecast_note"].mask(few, "few_years").replace("", pd.NA)
    shown = ahead.assign(forecast_note=note).set_axis(found.index)
    return _typed(found.drop(columns=list(FORECAST)).join(shown))


def _judged(
    targets: pd.DataFrame,
    ones: Sequence[Indicator | None],
    base: pd.DataFrame,
    now: pd.DataFrame,
    figures: Floats,
    like: Bools,
    years: npt.NDArray[np.int64],
    year: int,
    tolerances: Tolerances,
) -> pd.DataFrame:
    baseline, actual = floats(base["baseline"]), floats(now["value"])
    value, goal = floats(targets["value"]), floats(targets["target_year"])
    way, moved = value - baseline, actual - baseline
    direction = _direction(ones, way)
    path = planned(targets, baseline, year)
    gap = direction * (actual - path)
    with np.errstate(divide="ignore", invalid="ignore"):
        attainment = np.where(np.abs(way) > _EPS, moved / way, np.nan)
        gap_share = np.where(np.abs(way) > _EPS, gap / np.abs(way), np.nan)
        required = np.where(year < goal, direction * (value - actual) / (goal - year), np.nan)
    ahead = forecast(years.astype(np.float64), np.where(like, figures, np.nan), goal, tolerances.confidence)
    best, steps = _paces(np.where(like, figures, np.nan), years, direction)
    found = targets.rename(columns={"value": "goal"}).assign(
        year=year, baseline=baseline, baseline_from=base["baseline_from"].array,
        actual=actual, n=now["n"].array, left_out=now["left_out"].array,
        attainment=attainment, numerator=moved, denominator=way, due=path, gap=gap, gap_share=gap_share,
        pace_required=required, pace_best=best,
        **{name: ahead[name].array for name in FORECAST},
    )  # fmt: skip
    note = _notes(found, ones, base["note"], now["note"], direction, year)
    found["verdict"], found["because"] = _states(found, direction, steps, tolerances, note)
    return found.assign(note=note)


def _states(
    found: pd.DataFrame,
    direction: Floats,
    steps: npt.NDArray[np.int64],
    tolerances: Tolerances,
    note: pd.Series,
) -> tuple[pd.Series, pd.Series]:
    """One of STATES, and of WHYS where a target is out of reach.

    Reached goes first. After the target year what is not reached is out of reach; before it, what is behind
    the path and either needs a pace beyond the best ever had (two yearly steps at least must be known),
    that many times, or would be missed at the better end of the forecast too.
    """
    value, actual = floats(found["goal"]), floats(found["actual"])
    slack = _EPS * np.maximum(np.abs(value), 1)
    goal, year = floats(found["target_year"]), floats(found["year"])
    reached = direction * (actual - value) >= -slack
    share = floats(found["gap_share"])
    flat = np.abs(floats(found["denominator"])) <= _EPS
    behind = np.where(flat, ~reached, share < -tolerances.path - _EPS)
    better_end = np.where(direction > 0, floats(found["forecast_high"]), floats(found["forecast_low"]))
    short = direction * (better_end - value) < -slack
    beyond = (
        floats(found["pace_required"]) > tolerances.reach * np.maximum(floats(found["pace_best"]), 0) + _EPS
    )
    beyond &= steps >= 2
    why = np.select(
        [year >= goal, behind & short, behind & beyond],
        ["deadline_passed", "forecast_short", "pace_beyond"],
        "",
    )
    lost = (why != "") & ~reached
    ahead = share > tolerances.path + _EPS
    state = np.select(
        [reached, lost, behind, ahead], ["reached", "out_of_reach", "behind", "ahead"], "on_path"
    )
    some = note.isna().to_numpy(bool) | (note == "target_is_base").fillna(False).to_numpy(bool)
    state = np.where(some, state, "not_evaluable")
    told = pd.Series(np.where(some & lost, why, ""), index=found.index, dtype="string").replace("", pd.NA)
    return pd.Series(state, index=found.index, dtype="string"), told


def _notes(
    found: pd.DataFrame,
    ones: Sequence[Indicator | None],
    base_note: pd.Series,
    now_note: pd.Series,
    direction: Floats,
    year: int,
) -> pd.Series:
    """Why a target cannot be judged, the gravest reason first."""
    unknown = np.array([one is None for one in ones], np.bool_)
    way = floats(found["denominator"])
    reasons = [
        (unknown, "unknown_indicator"),
        (found["n"].isna().to_numpy(bool), "unknown_unit"),
        (found["goal"].isna().to_numpy(bool), "no_target_value"),
        ((found["baseline_year"] > year).fillna(False).to_numpy(bool), "before_base"),
        (found["actual"].isna().to_numpy(bool), "no_rows"),
        ((base_note == "not_comparable").fillna(False).to_numpy(bool), "not_comparable"),
        (found["baseline"].isna().to_numpy(bool), "base_missing"),
        (direction * way < -_EPS, "against_direction"),
        (np.abs(way) <= _EPS, "target_is_base"),
        (found["due"].isna().to_numpy(bool), "no_path"),
    ]
    note = np.select([held for held, _ in reasons], [name for _, name in reasons], "")
    told = pd.Series(note, index=found.index, dtype="string").replace("", pd.NA)
    own = pd.Series(now_note.array, index=found.index, dtype="string")
    return told.mask((told == "no_rows").fillna(False) & own.notna(), own)


# ---- what is known --------------------------------------------------------------------------------


def _matrix(targets: pd.DataFrame, series: Series, years: npt.NDArray[np.int64]) -> Floats:
    """Target → its unit's figure of each year."""
    columns = [floats(_at(targets, series[int(year)])["value"]) for year in years]
    return np.column_stack(columns) if columns else np.full((len(targets), 0), np.nan)


def _now(targets: pd.DataFrame, series: Series, year: int) -> pd.DataFrame:
    """The figures of the year itself; `n` is unknown where the year has no such unit."""
    if year in series:
        return _at(targets, series[year])
    blank = dict.fromkeys(("value", "n", "left_out", "note"), pd.NA)
    return pd.DataFrame(blank, index=range(len(targets)))


def _at(targets: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    plain = measures[measures["scope"].isna()] if "scope" in measures else measures
    keyed = plain.set_index(["indicator", "unit"])[["value", "n", "left_out", "note"]]
    keyed = keyed[~keyed.index.duplicated()]
    wanted = pd.MultiIndex.from_frame(targets[["indicator", "unit"]].astype(object))
    keyed.index = pd.MultiIndex.from_tuples(list(keyed.index), names=["indicator", "unit"])
    return keyed.reindex(wanted).reset_index(drop=True)


def _baseline(
    targets: pd.DataFrame, ones: Sequence[Indicator | None], series: Series, year: int
) -> pd.DataFrame:
    """The baseline as declared, else the ledger's figure of that year; and why it cannot be compared."""
    declared = floats(targets["baseline"])
    begun = targets["baseline_year"]
    from_ledger = np.full(len(targets), np.nan)
    for one in begun.dropna().unique():
        if int(one) in series:
            at = (begun == one).fillna(False).to_numpy(bool)
            from_ledger[at] = floats(_at(targets, series[int(one)])["value"])[at]
    broken = [
        one is not None and not pd.isna(start) and not one.is_same_in(int(start), year)
        for one, start in zip(ones, begun.array, strict=True)
    ]
    given = ~np.isnan(declared)
    where = np.where(given, "declared", np.where(np.isnan(from_ledger), "", "ledger"))
    return pd.DataFrame(
        {
            "baseline": np.where(given, declared, from_ledger),
            "baseline_from": pd.Series(where, dtype="string").replace("", pd.NA),
            "note": pd.Series(np.where(broken, "not_comparable", ""), dtype="string").replace("", pd.NA),
        }
    )


def _comparable(ones: Sequence[Indicator | None], years: npt.NDArray[np.int64], year: int) -> Bools:
    """Target × year → whether the year's figure means the same as that of the year evaluated."""
    rows: dict[str, list[bool]] = {}
    for one in ones:
        if one is not None and one.id not in rows:
            rows[one.id] = [one.is_same_in(int(other), year) for other in years]
    nothing = [False] * len(years)
    table = [rows[one.id] if one else nothing for one in ones]
    return np.array(table, np.bool_).reshape(len(ones), len(years))


def _direction(ones: Sequence[Indicator | None], way: Floats) -> Floats:
    """+1 where more is better, −1 where less is; a neutral indicator goes where its target lies."""
    stated = np.array([{"higher": 1.0, "lower": -1.0}.get(one.better, 0.0) if one else 0.0 for one in ones])
    return np.where(stated == 0, np.sign(np.nan_to_num(way)), stated)


def _paces(
    figures: Floats, years: npt.NDArray[np.int64], direction: Floats
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The best change for the better from one year to the next, and how many such steps are known."""
    follows = np.diff(years) == 1
    steps = np.diff(figures, axis=1)[:, follows] * direction[:, None]
    known = ~np.isnan(steps)
    best = np.where(known, steps, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(known.any(axis=1), best, np.nan), known.sum(axis=1)


_WHOLE = ("year", "baseline_year", "target_year", "n", "left_out", "n_years", "bound_year", "version")
_TEXTS = (
    "target", "indicator", "named", "unit", "level", "baseline_from", "path", "forecast_note",
    "verdict", "because", "note", "department", "person", "source", "origin",
)  # fmt: skip


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    dtypes = (
        dict.fromkeys(EVALUATION, "Float64")
        | dict.fromkeys(_WHOLE, "Int64")
        | dict.fromkeys(_TEXTS, "string")
    )
    dtypes["deadline"] = "datetime64[s]"
    return found.reindex(columns=list(EVALUATION)).astype(dtypes).reset_index(drop=True)
