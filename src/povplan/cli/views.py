"""How a terminal shows an analysis: few columns, rates in percent, words for ids."""

from __future__ import annotations

from typing import Any

import pandas as pd

from povplan.sheets.views import THREE, is_missing, is_rate, laid_out, word

SHOWN = 200
"""Rows that a terminal gets to see."""


def table(frame: pd.DataFrame, command: str, what: str, lang: str) -> pd.DataFrame:
    """The view as text, in the columns that a terminal has room for; a blank where there is no figure."""
    shown = laid_out(frame, command, what, lang)
    return pd.DataFrame({name: _words(shown[name], str(name), lang) for name in shown})


def _words(values: pd.Series, name: str, lang: str) -> list[str]:
    return ["" if is_missing(value) else _word(value, name, lang) for value in values]


def _word(value: Any, name: str, lang: str) -> str:
    said = word(value, name, lang)
    return _number(float(value), name) if said is None else said


def _number(value: float, name: str) -> str:
    if is_rate(name):
        return f"{value:.2%}"
    return f"{value:.3f}" if name in THREE else f"{value:,.2f}".removesuffix(".00")
