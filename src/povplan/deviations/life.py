"""What became of deviations: decided, corrected, and whether the next year shows that it worked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from povplan.sums import known

CORRECTIONS = (
    "decision", "measure", "new_value", "owner", "owner_person", "deadline", "decided_on", "done_on",
    "outcome",
)  # fmt: skip
"""Fields of the ledger `correction` that the office fills in."""
LIVES = ("open", "decided", "corrected", "confirmed", "not_confirmed", "not_evaluable")
"""Nothing decided · decided · carried out · silent in the next year's data · fires again · cannot be told."""
NEXT = ("silent", "again", "unknown")
"""What the same detector says of the same subject in the next year."""


def lived(deviations: pd.DataFrame, corrections: pd.DataFrame, after: pd.DataFrame | None) -> pd.DataFrame:
    """DEVIATIONS with CORRECTIONS, `next` and `life`.

    `corrections` are rows of the ledger `correction`, of which the last with a number holds; `after` is
    ASKED of the next year, None where the ledger has no such year. A new value of a target takes effect
    when it is decided, any other measure when it is done.
    """
    rows = corrections.reindex(columns=list(dict.fromkeys(["number", *CORRECTIONS, *corrections.columns])))
    number = known(rows, "number", "string").str.strip().str.lower().str.zfill(10)
    last = rows.assign(number=number).dropna(subset="number").drop_duplicates("number", keep="last")
    found = deviations.merge(last[["number", *CORRECTIONS]], on="number", how="left", sort=False)
    found["next"] = _next(found, after)
    decided = found[["decision", "measure", "new_value"]].notna().any(axis=1)
    done = found["done_on"].notna() | (found["new_value"].notna() & found["decided_on"].notna())
    life = pd.Series("open", index=found.index, dtype="string").mask(decided, "decided")
    life = life.mask(done, "corrected")
    for said, told in (("silent", "confirmed"), ("again", "not_confirmed"), ("unknown", "not_evaluable")):
        life = life.mask(done & (found["next"] == said).fillna(False), told)
    return found.assign(life=life)


def strangers(corrections: pd.DataFrame, deviations: pd.DataFrame) -> pd.Series:
    """Of each correction whether its number is that of no deviation of its year."""
    number = known(corrections, "number", "string").str.strip().str.lower().str.zfill(10)
    return number.notna() & ~number.isin(deviations["number"])


def _next(found: pd.DataFrame, after: pd.DataFrame | None) -> pd.Series:
    if after is None:
        return pd.Series(pd.NA, index=found.index, dtype="string")
    fires = after["fires"].array
    keys = zip(after["detector"], after["subject"], after["unit"], strict=True)
    said: dict[tuple[Any, ...], Any] = {}
    for given, fire in zip(keys, fires, strict=True):
        key, word = _key(given), pd.NA if pd.isna(fire) else "again" if fire else "silent"
        if key not in said or (word is not pd.NA and word == "again"):
            said[key] = word
    told = [
        said.get(_key(key), pd.NA)
        for key in zip(found["detector"], found["subject"], found["unit"], strict=True)
    ]
    return pd.Series(told, index=found.index, dtype="string").fillna("unknown")


def _key(key: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("" if pd.isna(one) else str(one) for one in key)
