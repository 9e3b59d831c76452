"""Values between how they are printed and how they are kept: 85 % is 0.85, 120 万元 are 1,200,000 yuan."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from povplan.spec import UnitOfMeasure

Floats = npt.NDArray[np.float64]
Measurement = Mapping[str, UnitOfMeasure]
"""Units of measure by id and alias."""
PRECISION = 9
"""Decimals of a printed value; what a division leaves beyond them is noise, and no score hangs on it."""
_NUMBER = re.compile(r"([+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(.*)", re.IGNORECASE)


def factor(unit: str, measurement: Measurement) -> float:
    """What a printed value is multiplied by: 0.01 for percent, 10,000 for 万元, else 1."""
    known = measurement.get(unit)
    return float(known.factor) if known and known.dimension in ("money", "ratio") else 1.0


def printed(values: Floats, unit: str, measurement: Measurement) -> Floats:
    """Kept values as they are printed."""
    return np.round(np.asarray(values, np.float64) / factor(unit, measurement), PRECISION)


def number_in(text: str | None, unit: str, stated: str | None, measurement: Measurement) -> float | None:
    """A cell's value as it is kept: in the unit it writes itself, else in `stated`, else in the indicator's.

    None where it is no number, or where its unit does not measure the same thing.
    """
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text or "").strip())
    if not found:
        return None
    own = "".join(found[2].split()) or (stated or "").strip() or unit
    if not same_dimension(own, unit, measurement):
        return None
    return _kept(float(found[1].replace(",", "")), own, unit, measurement)


def same_dimension(own: str, unit: str, measurement: Measurement) -> bool:
    """Whether a value in `own` can stand for one in `unit`."""
    here, there = known_unit(own, measurement), known_unit(unit, measurement)
    return own == unit or (here is not None and there is not None and here.dimension == there.dimension)


def known_unit(name: str, measurement: Measurement) -> UnitOfMeasure | None:
    """A unit of measure under any of its names, in half- or full-width signs."""
    return measurement.get(name) or measurement.get(unicodedata.normalize("NFKC", name))


def _kept(number: float, own: str, unit: str, measurement: Measurement) -> float:
    """The number in `own` as a value of `unit` is kept; 2.5 万人 in 人 are 25,000."""
    here, there = known_unit(own, measurement), known_unit(unit, measurement)
    if here is None or there is None:
        return number
    base = _times(number, float(here.factor))
    return base if there.dimension in ("money", "ratio") else base / float(there.factor)


def _times(number: float, by: float) -> float:
    """57 × 0.01 is 0.57 and not 0.5700000000000001: small factors divide."""
    return number / round(1 / by, 9) if by < 1 else number * by
