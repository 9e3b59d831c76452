"""What became of each finding since the batch before: new, persisting, fixed, reopened, waived.

A batch keeps its closed findings beside the open ones, so that the newest batch alone knows what was ever
fixed, and taking it back takes back what it knew.
"""

from __future__ import annotations

import pandas as pd

from povplan.keys import among
from povplan.model import FINDING_COLUMNS, FINDING_KEY

STATUS = "status"
"""new, persisting, reopened, waived; fixed of a closed finding."""
WAS = "was"
"""Of a closed finding: its status in the batch before, `fixed` if it was closed already. Blank of others."""
ANSWER = "answer"
"""What the village answered, as a code of its 核实结果; blank where it did not."""
MEMORY_COLUMNS: tuple[str, ...] = (STATUS, WAS, ANSWER)
"""Columns of stored findings beside FINDING_COLUMNS."""
_THING = tuple(name for name in FINDING_KEY if name != "digest")
"""What makes two findings speak of the same thing, whatever its value."""


def known(stored: pd.DataFrame) -> pd.DataFrame:
    """Stored findings with all MEMORY_COLUMNS; what an earlier version did not keep is blank."""
    lacking = {
        name: pd.Series(pd.NA, stored.index, "string") for name in MEMORY_COLUMNS if name not in stored
    }
    return stored.assign(**lacking) if lacking else stored


def is_open(findings: pd.DataFrame) -> pd.Series:
    """Which findings wait to be dealt with: neither fixed nor waived."""
    return ~findings[STATUS].isin(["fixed", "waived"])


def compared(found: pd.DataFrame, stored: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings with STATUS against those stored by the batch before, and the closed ones with WAS.

    A value that changed and is still wrong makes a new finding, its number gone and another there; it was
    never right, so nothing is reopened. Reopened is what was right for a batch at least.
    """
    stored = known(stored)
    was_closed = (stored[STATUS] == "fixed").fillna(False).astype(bool)
    keys, before = _joined(found, FINDING_KEY), _joined(stored, FINDING_KEY)
    persisting = among(keys, before[~was_closed])
    reopened = ~persisting & _again(found, keys, stored[was_closed], before[was_closed])
    reopened &= ~_still(found, stored[~was_closed], among(before, keys)[~was_closed])
    status = pd.Series("new", found.index, "string").mask(persisting, "persisting").mask(reopened, "reopened")
    gone = stored[~among(before, keys)]
    closed = gone.assign(**{WAS: gone[STATUS], STATUS: pd.Series("fixed", gone.index, "string")})
    order = [*FINDING_COLUMNS, *MEMORY_COLUMNS]
    blank = pd.Series(pd.NA, found.index, "string")
    return found.assign(**{STATUS: status, WAS: blank, ANSWER: blank})[order], closed[order].reset_index(
        drop=True
    )


def _again(found: pd.DataFrame, keys: pd.Series, closed: pd.DataFrame, before: pd.Series) -> pd.Series:
    """Which findings were closed once: of a thing with any value, of a whole sheet with the same words."""
    thing = among(_joined(found, _THING), _joined(closed, _THING)) & found["entity"].notna()
    return thing | among(keys, before)


def _still(found: pd.DataFrame, waiting: pd.DataFrame, persists: pd.Series) -> pd.Series:
    """Which findings speak of what was wrong before too: of a whole sheet, where its words are others now."""
    thing = among(_joined(found, _THING), _joined(waiting, _THING))
    place = (*_THING, "unit")
    sheet = among(_joined(found, place), _joined(waiting[~persists], place))
    return thing.where(found["entity"].notna(), sheet)


def _joined(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    parts = [frame[name].astype("string").fillna("") for name in names]
    keys = parts[0]
    for part in parts[1:]:
        keys = keys + "|" + part
    return keys
