"""What all sheets of a report share: definitions, words in one language, and how a figure is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pandas as pd

from povplan.messages import catalogue, say
from povplan.model import NOTES
from povplan.sheets.page import NOT_APPLICABLE, WITHHELD_SIGN, Cell
from povplan.spec import Domain, Funds, Indicator, Ledger, ScoreCard, UnitOfMeasure

ABSENT = frozenset({"out_of_life", "no_lever", "no_denominator", "no_stage"})
"""Reasons that say there is no such figure (—); all others say that nobody knows it (blank)."""
WITHHELD = ("withheld", "withheld_part")
"""Reasons that say there is a figure which is not published: of too few, or over part of the units only."""
SMALLEST = '"…"'
"""The number format of a figure that is there but rounds to nothing."""


@dataclass(frozen=True)
class Book:
    """Definitions and words of one workbook, in one language."""

    indicators: Sequence[Indicator]
    measurement: Mapping[str, UnitOfMeasure]
    lang: str
    ledgers: Mapping[str, Ledger]
    funds: Funds | None = None
    additive: frozenset[str] = frozenset()
    """Indicators whose figure of a unit is the sum of those below it."""
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Indicator, or card/line → fields of its ledger that its formula uses."""
    cards: Mapping[str, ScoreCard] = field(default_factory=dict)
    """Score cards by id."""
    least: int | None = None
    """In a public report: figures of fewer households or persons than this are not shown."""
    public_money: str = "money"
    """In a public report: what is said of money, `money` or `money_of_county`."""
    defining: bool = False
    """Whether the workbook has a sheet of definitions, to which figures lead."""

    @property
    def ordered(self) -> list[Indicator]:
        """The indicators by domain, within it as declared."""
        return [one for domain in get_args(Domain) for one in self.indicators if one.domain == domain]

    def word(self, key: str, **values: Any) -> str:
        """The message `key` in the language of the book."""
        return say(key, **values).text(self.lang)

    def named(self, prefix: str, value: Any) -> str:
        """The word for a code, `severity_error` for error; the code itself where there is none."""
        key = f"{prefix}_{value}"
        return self.word(key) if key in catalogue() else str(value)

    def definition(self, indicator: Indicator) -> str:
        """The link to the line that explains an indicator; none where there is no such sheet."""
        return f"#{indicator.id}" if self.defining else ""

    def ledger(self, name: str) -> str:
        """A ledger's name."""
        return self.ledgers[name].label.text(self.lang) if name in self.ledgers else name

    def absent(self, present: Collection[str]) -> list[str]:
        """The ledgers that villages file and that are not among the `present`.

        Those marked as filled in by villages; where none is, all of villages and of what is in them.
        """
        own = [one for one in self.ledgers.values() if one.level in ("village", "household", "person")]
        own = [one for one in own if one.template] or own
        return [one.ledger for one in own if one.ledger not in present]

    def listed(self, ledgers: Iterable[str]) -> str:
        """The ledgers' names in a row."""
        return "、".join(map(self.ledger, ledgers))

    # ---- figures ---------------------------------------------------------------------------------------

    def is_rate(self, indicator: Indicator) -> bool:
        """Whether the figure is shown in percent."""
        return self.measurement[indicator.unit].id == "percent"

    def unit(self, indicator: Indicator) -> str:
        """The unit of measure as it is printed."""
        if self.is_rate(indicator):
            return "%"
        return self.word("report_ratio") if indicator.unit == "ratio" else indicator.unit

    def factor(self, indicator: Indicator) -> float:
        """What a value is divided by to be shown: 10,000 for 万元, whose values are yuan."""
        unit = self.measurement[indicator.unit]
        return float(unit.factor) if unit.dimension == "money" else 1.0

    def money_factor(self, unit: str) -> float:
        """What yuan are divided by to be shown in a unit of money."""
        return float(self.measurement[unit].factor)

    def shape(self, indicator: Indicator, sign: bool = False) -> str:
        """The number format of an indicator; with `sign`, of its change."""
        if self.is_rate(indicator):
            return decimal_shape(indicator.decimals, "", "%")
        shape = decimal_shape(indicator.decimals)
        return f"+{shape};-{shape};0" if sign else shape

    def cell(self, value: Any, note: Any, indicator: Indicator) -> Cell:
        """A figure as a cell: the number, — where there is no such figure, blank where nobody knows it."""
        if pd.isna(value):
            return missing(note)
        return rounded(
            float(value) / self.factor(indicator),
            self.shape(indicator),
            indicator.decimals + 2 * self.is_rate(indicator),
        )

    def written(self, value: Any, indicator: Indicator) -> str:
        """A figure as it stands in a sentence, with its unit."""
        if self.is_rate(indicator):
            return f"{float(value):.{indicator.decimals}%}"
        number = f"{float(value) / self.factor(indicator):,.{indicator.decimals}f}"
        return (
            number
            if indicator.unit == "ratio"
            else number + (" " if self.lang == "en" else "") + indicator.unit
        )

    def reasons(self, figures: pd.DataFrame, named: Mapping[str, str]) -> list[str]:
        """Why cells hold no number: each reason once, with the names of the figures it holds for."""
        gaps = figures[figures["note"].notna() & figures["value"].isna()]
        held = {
            str(note): "、".join(dict.fromkeys(named.get(one, one) for one in group))
            for note, group in gaps.groupby("note", sort=True)["indicator"]
        }
        told = [f"{NOTES[note].text(self.lang)}（{names}）" for note, names in held.items()]
        return [self.word("report_gaps", reasons="；".join(told))] if told else []

    @property
    def legend(self) -> str:
        """What the signs in a table mean."""
        told = self.word("report_legend")
        return told if self.least is None else told + self.word("report_legend_public", least=self.least)


def decimal_shape(decimals: int, thousands: str = "#,##", ending: str = "") -> str:
    """`#,##0.00` and the like."""
    return f"{thousands}0{'.' + '0' * decimals if decimals else ''}{ending}"


def rounded(value: float, shape: str, decimals: int) -> Cell:
    """The value, or … where it is not zero but too small for its decimals."""
    tiny = value != 0 and abs(value) < 0.5 * 10.0**-decimals
    return Cell(value, SMALLEST if tiny else shape)


def is_withheld(note: Any) -> bool:
    """Whether there is a figure that a public report keeps to itself."""
    return not pd.isna(note) and str(note) in WITHHELD


def missing(note: Any) -> Cell:
    """A cell without a number."""
    if is_withheld(note):
        return Cell(WITHHELD_SIGN)
    return Cell(NOT_APPLICABLE) if not pd.isna(note) and str(note) in ABSENT else Cell(None)


def lines(frame: pd.DataFrame) -> Iterable[Any]:
    """The rows, each with its columns as attributes; one conversion a column, not one a value."""
    return frame.astype(object).itertuples(index=False)
