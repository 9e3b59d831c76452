"""Who answers, as offices write it: `甲局、乙局` share alike, `甲局60%;乙局40%` as stated.

Shared responsibility is shown twice: split, so that parts add up to the whole, and whole, so that nobody
who answers for part of a thing can say that it was none of theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

Basis = Literal["sole", "equal", "declared"]
_BETWEEN = re.compile(r"[;；、,，/\n]+")
_STATED = re.compile(r"^(.*?)[(\s]*(\d+(?:\.\d+)?)\s*%[)\s]*$")


@dataclass(frozen=True)
class Share:
    """One party and its part of the whole."""

    party: str
    share: float
    basis: Basis


@lru_cache(maxsize=65536)
def shares_of(text: str | None) -> tuple[Share, ...]:
    """The parties that a cell names, in its order; shares add up to 1.

    Where some state a share, the others divide what is left alike. Stated shares that do not add up to 100 %
    keep their proportions; `adds_up` tells.
    """
    named = _named(text)
    if len(named) <= 1:
        return tuple(Share(name, 1.0, "sole") for name, _ in named)
    stated = [share for _, share in named if share is not None]
    if not stated:
        return tuple(Share(name, 1 / len(named), "equal") for name, _ in named)
    silent = len(named) - len(stated)
    rest = max(100 - sum(stated), 0.0) / silent if silent else 0.0
    parts = [rest if share is None else share for _, share in named]
    whole = sum(parts)
    if not whole:
        return tuple(Share(name, 1 / len(named), "equal") for name, _ in named)
    return tuple(Share(name, part / whole, "declared") for (name, _), part in zip(named, parts, strict=True))


def adds_up(text: str | None) -> bool:
    """Whether the shares that a cell states can be those of one whole."""
    stated = [(share is not None, share or 0.0) for _, share in _named(text)]
    if not any(given for given, _ in stated):
        return True
    whole = sum(share for _, share in stated)
    complete = all(given for given, _ in stated)
    return abs(whole - 100) < 1e-6 if complete else whole < 100


def _named(text: str | None) -> list[tuple[str, float | None]]:
    """Each party with the percent it states, if it does; a party named twice counts once."""
    plain = unicodedata.normalize("NFKC", text) if isinstance(text, str) else ""
    found: dict[str, float | None] = {}
    for part in _BETWEEN.split(plain):
        stated = _STATED.match(part.strip())
        name = "".join((stated[1] if stated else part).split())
        if name:
            found.setdefault(name, float(stated[2]) if stated else None)
    return list(found.items())


def exploded(frame: pd.DataFrame, column: str, keep_nobody: bool = False) -> pd.DataFrame:
    """One row for each party of each row: `party`, `share`, `basis` and `at`, the row's position, beside it.

    A row of nobody is left out, or kept with a blank party and the whole share.
    """
    texts = frame[column].astype("string")
    distinct = {text: shares_of(text) for text in texts.dropna().unique()}
    nobody: Sequence[Share | None] = [None] if keep_nobody else []
    parts = [distinct.get(text) or nobody if isinstance(text, str) else nobody for text in texts.array]
    at = np.repeat(np.arange(len(frame)), [len(one) for one in parts])
    flat = [one for some in parts for one in some]
    return frame.iloc[at].assign(
        party=pd.array([one.party if one else pd.NA for one in flat], dtype="string"),
        share=pd.array([one.share if one else 1.0 for one in flat], dtype="Float64"),
        basis=pd.array([one.basis if one else pd.NA for one in flat], dtype="string"),
        at=at,
    )


def parties_in(*columns: pd.Series) -> list[str]:
    """Every party that some cell names, in order of first appearance."""
    texts = [text for column in columns for text in column.astype("string").dropna().unique()]
    return list(dict.fromkeys(one.party for text in texts for one in shares_of(text)))
