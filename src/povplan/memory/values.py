"""Values that people wrote into a register, as values of the field they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from povplan.messages import Said, say
from povplan.model import DTYPES
from povplan.reading.lines import Definitions
from povplan.reading.typed import read_column
from povplan.spec import Ledger, LedgerField, hidden_fields
from povplan.words import normal

MASK = "***"


@dataclass(frozen=True)
class Written:
    """Values read as a field's, and which of the texts were none (boolean); a blank is no fault."""

    values: pd.Series
    unread: pd.Series


def read(texts: pd.Series, field: LedgerField, definitions: Definitions) -> Written:
    """The texts as values of `field`; a bare amount is in the field's own unit, 0.8万元 says another."""
    cells = [None if pd.isna(text) else str(text) for text in texts]
    done = read_column(cells, field, None, definitions.vocabulary, definitions.codes)
    unread = pd.Series(False, texts.index)
    wrong = [position for position, rule, _ in done.troubles if rule != "third_decimal"]
    unread.iloc[wrong] = True
    return Written(pd.Series(done.values.array, texts.index), unread)


def blank(field: LedgerField, rows: int) -> pd.Series:
    """A column of blanks."""
    return pd.Series([None] * rows, dtype=DTYPES[field.type])


def equal(a: pd.Series, b: pd.Series, field: LedgerField) -> pd.Series:
    """Which values are the same, row by row in order; blanks are the same, texts but for width and blanks."""
    first, second = a.reset_index(drop=True), b.reset_index(drop=True)
    empty = first.isna() & second.isna()
    if field.type in ("text", "code"):
        first, second = (one.map(normal, na_action="ignore") for one in (first, second))
    return (first == second).fillna(False).astype(bool) | empty


def masked(ledger: Ledger, name: str, definitions: Definitions) -> LedgerField:
    """The field as messages take it: one that leads to a household or person is as personal as a name."""
    hidden = name in hidden_fields(ledger, definitions.ledgers)
    return ledger.field(name).model_copy(update={"person": True}) if hidden else ledger.field(name)


def shown(value: Any, field: LedgerField, definitions: Definitions) -> Said:
    """A value in words; *** where it names a person."""
    if pd.isna(value):
        return say("check_blank")
    if field.person:
        return Said(MASK, MASK)
    if field.type == "money":
        text = f"{int(value) / 100:,.2f}"
        return Said(text, text)
    if field.type == "date":
        text = pd.Timestamp(value).date().isoformat()
        return Said(text, text)
    if field.type == "boolean":
        return say("check_yes" if value else "check_no")
    listed = definitions.codes.get(field.codes or "")
    named = [code.label.said for code in listed.values if code.code == value] if listed else []
    return named[0] if named else Said(str(value), str(value))


def written(value: Any, field: LedgerField, definitions: Definitions) -> str | None:
    """A value as a register holds it, so that `read` gives it back; None of a blank."""
    if pd.isna(value):
        return None
    if field.type == "money":
        return f"{Decimal(int(value)) / 100:.2f}"
    if field.type == "date":
        return pd.Timestamp(value).date().isoformat()
    if field.type == "boolean":
        words = definitions.vocabulary.words
        return words.yes[0] if value else words.no[0]
    return str(value)
