"""Values as a message shows them, and as the digest of a finding sees them.

Columns are written value by distinct value, so that a hundred thousand findings cost little.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from povplan.checks.verdict import Positions, Shown
from povplan.formulas.faults import tell
from povplan.messages import Said
from povplan.spec import CodeList, FieldType

MASK = "***"
"""Stands for a person's name, number or key."""
_GROUPED_FROM = 10_000  # below, a separator would turn the year 2014 into 2,014


@dataclass(frozen=True, eq=False)
class Told:
    """The values of a `Shown` at the rows at fault: for each the place of its value, -1 for blank."""

    shown: Shown
    codes: list[int]
    distinct: list[Any]

    @classmethod
    def of(cls, shown: Shown, positions: Positions) -> Told:
        """What stands at `positions`."""
        codes, distinct = pd.factorize(shown.values.array.take(positions))
        return cls(shown, codes.tolist(), list(distinct))

    def labelled(self) -> tuple[list[str], list[str]]:
        """`label value` of each row, in Chinese and in English."""
        blank, label = tell("check_blank"), self.shown.label
        written_zh, written_en = _written(self.shown, self.distinct)
        chinese = [f"{label.zh} {word}".strip() for word in (*written_zh, blank.zh)]
        english = [f"{label.en} {word}".strip() for word in (*written_en, blank.en)]
        return [chinese[code] for code in self.codes], [english[code] for code in self.codes]

    def plain(self) -> list[str]:
        """Each value as the digest sees it."""
        plain = [_canonical(value) for value in self.distinct] + [""]
        return [plain[code] for code in self.codes]


def digests(rule: str, involved: Sequence[Told], count: int) -> list[str]:
    """A short hash of the rule and the involved values of each row, the same in every run."""
    if not involved:
        return [_digest(rule)] * count
    columns = [told.plain() for told in involved]
    return [_digest("\x1f".join((rule, *values))) for values in zip(*columns, strict=True)]


def quantity(value: float, kind: FieldType) -> Said:
    """A number or, for money, an amount in fen, in words."""
    return tell("check_yuan", number=_yuan(round(value))) if kind == "money" else _same(_number(value))


def _number(value: float) -> str:
    """A number with up to four decimals, grouped from ten thousand on."""
    if value == int(value):
        return f"{int(value):,}" if abs(value) >= _GROUPED_FROM else str(int(value))
    if abs(value) < 1e-3:
        return f"{value:.3g}"
    return (f"{value:,.4f}" if abs(value) >= _GROUPED_FROM else f"{value:.4f}").rstrip("0").rstrip(".")


def _yuan(fen: int) -> str:
    """`1,234.50`; whole yuan without decimals."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}" + (f".{rest:02}" if rest else "")


def _canonical(value: Any) -> str:
    if isinstance(value, dt.date | np.datetime64):
        return pd.Timestamp(value).isoformat()
    return repr(float(value)) if isinstance(value, float) else str(value)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _written(shown: Shown, distinct: list[Any]) -> tuple[list[str], list[str]]:
    """The distinct values in Chinese and in English."""
    if shown.masked:
        return _in_both([MASK] * len(distinct))
    if shown.kind == "money":
        template = tell("check_yuan", number="\0")
        texts = [_yuan(round(value)) for value in distinct]
        return [template.zh.replace("\0", text) for text in texts], [
            template.en.replace("\0", text) for text in texts
        ]
    if shown.kind in ("integer", "number"):
        return _in_both([_number(value) for value in distinct])
    said = [_in_words(value, shown.kind, shown.codes) for value in distinct]
    return [one.zh for one in said], [one.en for one in said]


def _in_both(texts: list[str]) -> tuple[list[str], list[str]]:
    return texts, texts


def _in_words(value: Any, kind: FieldType, codes: CodeList | None) -> Said:
    if kind == "boolean":
        return tell("check_yes" if value else "check_no")
    if kind == "date":
        return _same(pd.Timestamp(value).date().isoformat())
    if kind not in ("choice", "choices") or codes is None:
        return _same(str(value))
    labels = {listed.code: listed.label.said for listed in codes.values}
    said = [labels.get(code, _same(code)) for code in str(value).split(",")]
    return Said("、".join(one.zh for one in said), "/".join(one.en for one in said))


def _same(text: str) -> Said:
    return Said(text, text)
