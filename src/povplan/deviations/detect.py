"""Bounds held against tables: what deviates, with its evidence and its number; and what was asked at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from povplan.deviations.tables import TABLES, Figure, Subjects, cases_of, over_of
from povplan.spec import Detector, Parameter, UnitOfMeasure, in_force

DEVIATIONS = (
    "number", "kind", "detector", "severity",
    "subject_kind", "subject", "name", "unit", "year",
    "figure", "value", "word",  # the figure; in words where it is no number
    "bound", "measured",  # the bound it lies past, in the same unit
    "evidence",  # (figure, value, unit) of all figures that belong to it
    "ledger", "entity",  # the row in which the figures stand
    "department", "person",
)  # fmt: skip
ASKED = ("detector", "subject", "unit", "fires", "over")
"""What a detector could say of every subject: fires, silent, or blank where it could not be evaluated.

`over`: what it fires for has come to its end in the year; it is told, and is no proof that it goes on."""
_NUMBERS = frozenset(("value", "bound"))
_FIRES = {
    "above": np.greater,
    "below": np.less,
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
}
_EPS = 1e-9
_KEPT = ("ratio", "money")
"""Dimensions whose values are kept in the base unit: fractions and yuan."""


@dataclass(frozen=True)
class Found:
    """DEVIATIONS in the order of the detectors and then of the subjects, and ASKED."""

    deviations: pd.DataFrame
    asked: pd.DataFrame


def detect(
    detectors: Sequence[Detector],
    tables: Mapping[str, pd.DataFrame],
    parameters: Mapping[str, Parameter],
    measurement: Mapping[str, UnitOfMeasure],
    year: int,
    units: Mapping[str, str] | None = None,
) -> Found:
    """What each detector finds in its table; one whose table or bound is not there says nothing.

    `units`: figure of `indicators` → the unit that it is in.
    """
    deviating, asked = [], []
    for one in detectors:
        table = tables.get(one.table)
        if table is None or not len(table) or year not in one.valid or one.figure not in table:
            continue
        rows = table if one.level is None else table[(table["level"] == one.level).fillna(False)]
        rows = rows.reset_index(drop=True)
        bound = _bound(one, parameters, measurement, year, units or {})
        fires = _fires(one, rows, bound, parameters, year)
        over = rows[over_of(one.figure)].array if over_of(one.figure) in rows else False
        asked.append(rows[["subject", "unit"]].assign(detector=one.id, fires=fires.array, over=over))
        some = rows[fires.fillna(False).to_numpy(bool)]
        deviating.append(_told(one, some, bound, year, units or {}))
    return Found(_together(deviating, DEVIATIONS), _together(asked, ASKED))


def number_of(kind: str, detector: str, subject: Any, unit: Any, year: int) -> str:
    """偏差编号: ten hexadecimal digits of what deviates, how and when; the same in every run."""
    parts = [kind, detector, *("" if pd.isna(one) else str(one) for one in (subject, unit)), str(year)]
    return blake2b("\x1f".join(parts).encode(), digest_size=5).hexdigest()


def figure_of(detector: Detector, name: str, units: Mapping[str, str]) -> Figure:
    """What a figure of the detector's table is."""
    if detector.table == "indicators":
        return Figure(units.get(name, "ratio"))
    return TABLES[detector.table].figures[name]


def subjects_of(detector: Detector) -> Subjects:
    """The table that a detector looks at."""
    return TABLES[detector.table]


def _bound(
    one: Detector,
    parameters: Mapping[str, Parameter],
    measurement: Mapping[str, UnitOfMeasure],
    year: int,
    units: Mapping[str, str],
) -> float:
    """The bound in force, in the figure's own terms: percent and points as fractions, 万元 as yuan."""
    figure = measurement.get(figure_of(one, one.figure, units).unit)
    for name in one.bounds.values():
        unit = measurement.get(parameters[name].unit or "") if name in parameters else None
        kept = figure is None or figure.dimension in _KEPT
        base = 1.0 if kept or figure is None else float(figure.factor)
        return in_force(parameters, name, year) * (float(unit.factor) if unit else 1.0) / base
    return float("nan")


def _fires(
    one: Detector, rows: pd.DataFrame, bound: float, parameters: Mapping[str, Parameter], year: int
) -> pd.Series:
    """Whether each row deviates; blank where its figure or the bound is missing, or cases are too few."""
    figure = rows[one.figure]
    if one.equals is not None:
        wanted = [one.equals] if isinstance(one.equals, bool) else list(one.equals)
        fires = figure.isin(wanted).astype("boolean").mask(figure.isna())
    else:
        (name,) = one.bounds
        values = pd.to_numeric(figure, errors="coerce").astype("Float64").to_numpy("float64", na_value=np.nan)
        slack = {"above": _EPS, "below": -_EPS, "at_least": -_EPS, "at_most": _EPS}[name]
        held = _FIRES[name](values, bound + slack * max(abs(bound), 1.0))
        fires = pd.Series(held, dtype="boolean").mask(np.isnan(values) | np.isnan(bound))
    if one.least is not None:
        least = in_force(parameters, one.least, year)
        cases = rows[cases_of(one.figure)] if cases_of(one.figure) in rows else rows["n"]
        fires = fires.mask(~(cases >= least).fillna(False).astype(bool))
    return fires.reset_index(drop=True)


def _told(
    one: Detector, rows: pd.DataFrame, bound: float, year: int, units: Mapping[str, str]
) -> pd.DataFrame:
    subjects, figure = subjects_of(one), figure_of(one, one.figure, units)
    measured = _measured(figure, rows)
    values, blank = rows[one.figure], pd.Series(pd.NA, index=rows.index, dtype="object")
    names = list(dict.fromkeys((one.figure, *(name for name in one.shows if name in rows))))
    of_table = [(name, figure_of(one, name, units)) for name in names]
    found = rows.assign(
        number=[
            number_of(one.kind, one.id, subject, unit, year)
            for subject, unit in zip(rows["subject"], rows["unit"], strict=True)
        ],
        kind=one.kind,
        detector=one.id,
        severity=one.severity,
        subject_kind=subjects.subject,
        year=year,
        figure=one.figure,
        value=(pd.to_numeric(values, errors="coerce") if figure.is_number else blank).astype("Float64"),
        word=(values if figure.unit == "word" else blank).astype("string"),
        bound=np.nan if one.equals is not None else bound,
        measured=measured,
        ledger=subjects.ledger,
    )
    found["evidence"] = _evidence(rows, of_table)
    return found


def _evidence(rows: pd.DataFrame, figures: Sequence[tuple[str, Figure]]) -> pd.Series:
    """Each row's figures that are known; an endless one says nothing."""
    columns = [
        [
            None if _unknown(value) else (name, _plain(value), unit)
            for value, unit in zip(rows[name].array, _measured(figure, rows), strict=True)
        ]
        for name, figure in figures
    ]
    told = [tuple(one for one in row if one is not None) for row in zip(*columns, strict=True)]
    return pd.Series(told, index=rows.index, dtype=object)


def _measured(figure: Figure, rows: pd.DataFrame) -> list[str]:
    if figure.unit != "indicator":
        return [figure.unit] * len(rows)
    return [str(unit) for unit in rows["indicator_unit"].fillna("ratio")]


def _unknown(value: Any) -> bool:
    return bool(pd.isna(value)) or (isinstance(value, float) and np.isinf(value))


def _plain(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return float(value) if isinstance(value, int | float | np.number) else str(value)


def _together(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    dtypes: dict[str, Any] = dict.fromkeys(columns, "string")
    dtypes |= {name: "Float64" for name in columns if name in _NUMBERS}
    dtypes |= {"year": "Int64", "evidence": object, "fires": "boolean", "over": "boolean"}
    some = [frame.reindex(columns=list(columns)) for frame in frames if len(frame)]
    whole = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(columns))
    return whole.astype({name: dtypes[name] for name in columns})
