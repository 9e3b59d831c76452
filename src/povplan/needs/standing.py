"""One row a need as it stands at the end of a year, and figures of them by unit and kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS
from povplan.sums import Cases, figures, known
from povplan.units import Tree
from povplan.workdays import calendar_days

NEEDS = (
    "need", "unit", "what", "need_kind", "urgency", "households", "persons",
    "raised_on", "proposed_on", "replied_on", "closed_on",
    "proposal", "reply", "refusal", "project", "satisfaction", "status",
    "township_days", "county_days", "carrying_days", "unlinked_days", "waiting_days",
)  # fmt: skip
STATUSES = ("at_township", "at_county", "agreed", "refused", "closed")
"""Waits for the township's proposal · for the county's reply · is being met · was refused · is settled."""
AGREED, REFUSED = "同意", "不同意"
"""Codes of the county's reply."""
KINDS = (
    "unit",
    "level",
    "need_kind",
    "needs",
    *STATUSES,
    "need_households",
    "unmet_needs",
    "unmet_households",
    "unmet_share",
)
LEVELS_OF = {"township": "at_township", "county": "at_county"}
"""Who lets a need wait → the status that it then has."""
_DATES = ("raised_on", "proposed_on", "replied_on", "closed_on")


def needs(yearly: Mapping[int, pd.DataFrame], year: int, as_of: dt.date) -> pd.DataFrame:
    """NEEDS of a year: those raised up to its as-of day and not settled before it began.

    `yearly`: year → rows of the ledger; of a need in several years the last row until the year holds. A
    date after the as-of day has not come yet. What was refused is settled for the township, not for the
    village: it is neither waiting nor met.
    """
    frames = [rows for one, rows in sorted(yearly.items()) if one <= year and len(rows)]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=_dtype(name)) for name in NEEDS})
    rows = pd.concat(frames, ignore_index=True).drop_duplicates(ENTITY, keep="last").reset_index(drop=True)
    found = _read(rows)
    day, first = pd.Timestamp(as_of), pd.Timestamp(dt.date(year, 1, 1))
    for name in _DATES[1:]:
        found[name] = found[name].mask((found[name] > day).fillna(False))
    found["reply"] = found["reply"].where(found["replied_on"].notna() | ~_later(rows, "replied_on", day))
    here = ~(found["raised_on"] > day).fillna(False) & ~(found["closed_on"] < first).fillna(False)
    found = found[here.to_numpy(bool)].reset_index(drop=True)
    return _waited(found.assign(status=_status(found)), day)[list(NEEDS)]


def waiting(found: pd.DataFrame, tree: Tree, year: int, limits: Mapping[str, float]) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit: how many wait at each level, their mean and longest days, how many
    longer than the level's limit (calendar days); days taken by those that were dealt with."""
    cases = Cases.at(tree, found["unit"])
    every = pd.Series(1.0, index=found.index, dtype="Float64")
    told: dict[str, pd.DataFrame] = {}
    for level, status in LEVELS_OF.items():
        here = (found["status"] == status).fillna(False)
        days = found[f"{level}_days"].astype("Float64")
        told |= {
            f"waiting_{level}": cases.count(here),
            f"waiting_{level}_days": cases.ratio(days.where(here), every.where(here)),
            f"waiting_{level}_longest": cases.greatest(days.where(here)),
            f"waiting_{level}_over": cases.count(((days > limits[level]) & here).where(days.notna() | ~here)),
            f"answered_{level}_days": cases.ratio(days.mask(here), every.mask(here)),
        }
    return figures(told, tree, year)


def by_kind(found: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    """KINDS: units by kind of need, those without any left out; shares are of needs not refused."""
    parts = []
    for kind in found["need_kind"].astype("object").where(found["need_kind"].notna(), "").unique():
        some = found[(found["need_kind"].fillna("") == kind).to_numpy(bool)].reset_index(drop=True)
        parts.append(_counts(some, tree).assign(need_kind=kind or None))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(KINDS))
    place = pd.Series(range(len(tree.paths)), index=list(tree.paths))
    ordered = whole[whole["needs"].fillna(0).astype("float64") > 0]
    ordered = ordered.assign(_at=ordered["unit"].map(place)).sort_values("_at", kind="stable")
    return ordered[list(KINDS)].astype({"need_kind": "string"}).reset_index(drop=True)


def unmet(found: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    """KINDS without the kind: all needs of each unit."""
    whole = _counts(found, tree)
    return whole[[name for name in KINDS if name != "need_kind"]]


def _counts(found: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    cases = Cases.at(tree, found["unit"])
    status = found["status"]
    open_ = status.isin(["at_township", "at_county", "agreed"])
    weight = pd.Series(1.0, index=found.index, dtype="Float64")
    counts = {"needs": cases.count(status.notna())}
    counts |= {one: cases.count((status == one).fillna(False)) for one in STATUSES}
    counts["need_households"] = cases.total(found["households"].astype("Float64"))
    counts["unmet_needs"] = cases.count(open_)
    counts["unmet_households"] = cases.total(found["households"].astype("Float64").where(open_, 0))
    counts["unmet_share"] = cases.ratio(
        weight.where(open_, 0).where(status != "refused"), weight.where(status != "refused")
    )
    told = pd.DataFrame({name: figure["value"] for name, figure in counts.items()}).astype("Float64")
    return told.assign(unit=list(tree.paths), level=[LEVELS[depth] for depth in tree.depths])


def _status(found: pd.DataFrame) -> pd.Series:
    status = pd.Series("at_township", index=found.index, dtype="string")
    status = status.mask(found["proposed_on"].notna(), "at_county")
    status = status.mask((found["reply"] == AGREED).fillna(False), "agreed")
    status = status.mask((found["reply"] == REFUSED).fillna(False), "refused")
    return status.mask(found["closed_on"].notna() & (status != "refused"), "closed")


def _waited(found: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Days at each level: to the next date, or to the day where the need still waits there.

    A step whose end is unknown although a later one was taken has no days.
    """
    told = found.copy()
    status = found["status"]
    steps = (
        ("township_days", "raised_on", "proposed_on", status == "at_township"),
        ("county_days", "proposed_on", "replied_on", status == "at_county"),
        ("carrying_days", "replied_on", "closed_on", status == "agreed"),
    )
    for name, since, until, waits in steps:
        end = found[until].mask(waits.fillna(False).to_numpy(bool) & found[until].isna(), day)
        told[name] = calendar_days(found[since], end)
    unlinked = (status == "agreed").fillna(False) & found["project"].isna()
    told["unlinked_days"] = (
        told["carrying_days"].where(unlinked, 0).mask(unlinked & found["replied_on"].isna())
    )
    told.loc[~status.isin(["agreed"]).to_numpy(bool), "unlinked_days"] = pd.NA
    told["waiting_days"] = pd.Series(pd.NA, index=found.index, dtype="Int64")
    for name, _, _, waits in steps:
        told["waiting_days"] = told["waiting_days"].mask(waits.fillna(False).to_numpy(bool), told[name])
    return told


def _later(rows: pd.DataFrame, name: str, day: pd.Timestamp) -> pd.Series:
    """Whether a date is stated and lies after the day."""
    return (known(rows, name, "datetime64[s]") > day).fillna(False)


def _read(rows: pd.DataFrame) -> pd.DataFrame:
    names = {
        "need_kind": "kind",
        "proposal": "proposal",
        "refusal": "refusal_reason",
        "project": "project_id",
    }
    found = pd.DataFrame({"need": rows[ENTITY].astype("string"), "unit": rows[UNIT].astype("string")})
    for name in ("what", "need_kind", "urgency", "proposal", "reply", "refusal", "project", "satisfaction"):
        found[name] = known(rows, names.get(name, name), "string")
    for name in ("households", "persons"):
        found[name] = known(rows, name, "Int64")
    for name in _DATES:
        found[name] = known(rows, name, "datetime64[s]")
    return found


def _dtype(name: str) -> str:
    if name in _DATES:
        return "datetime64[s]"
    return "Int64" if name.endswith("_days") or name in ("households", "persons") else "string"
