"""What is wanted: rows of the ledger `target` and targets in YAML as one frame, revisions in their order.

Values are as figures are kept: rates as fractions, money in yuan. A target is *the same* as another if it
has the same number, else the same indicator, place and year; of the same target the latest version holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from povplan.evaluation.printed import Measurement, number_in
from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, Indicator, Target
from povplan.sums import known, yuan
from povplan.units import Tree
from povplan.words import normal

TARGETS = (
    "target",  # its number, else a name made of what it is about
    "same",  # the same in all versions of one target
    "version",  # 1, 2 … in the order of issue
    "superseded",  # whether a later version holds
    "indicator",  # id; blank where no indicator has the name given
    "named",  # the indicator as written
    "unit", "level",  # one unit, or every unit of a level
    "baseline_year", "baseline", "target_year", "value", "path", "yearly",
    "weight", "department", "person", "deadline", "set_on", "reason", "source",
    "year",  # in which it was issued
    "cost",  # yuan that reaching it takes
    "origin",  # ledger, yaml or correction
    "entity",  # of the ledger's row, or the place in the file
)  # fmt: skip
DTYPES: Mapping[str, str] = {
    **dict.fromkeys(("version", "baseline_year", "target_year", "year"), "Int64"),
    **dict.fromkeys(("baseline", "value", "weight", "cost"), "Float64"),
    **dict.fromkeys(("deadline", "set_on"), "datetime64[s]"),
    "superseded": "boolean",
}
PATHS = {"等量": "linear", "等比": "geometric", "分年": "listed"}
APART = "→"
"""Between the number of a level's target and the unit that a correction gave another value."""
LEVEL_CODES = {"全县": "county", "乡镇": "township", "村": "village"}
_POINT = re.compile(r"\s*(\d{4})\s*年?\s*[:=]\s*([^;,、]+)")


def indicator_of(name: object, indicators: Iterable[Indicator]) -> Indicator | None:
    """The indicator that an office means: by id, else by its label in either language."""
    known_ones = list(indicators)
    by_id = next((one for one in known_ones if one.id == name), None)
    if by_id or not isinstance(name, str):
        return by_id
    wanted = normal(name)
    return next((o for o in known_ones if wanted in (normal(o.label.zh), normal(o.label.text("en")))), None)


def yearly_of(text: str | None, unit: str, stated: str | None, measurement: Measurement) -> str | None:
    """`2022:85;2023:90` as kept values, `2022:0.85;2023:0.9`; None where a part of it is unreadable."""
    if not isinstance(text, str) or not text.strip():
        return None
    plain = unicodedata.normalize("NFKC", text)
    points = [_POINT.fullmatch(part) for part in re.split("[;,、\n]+", plain) if part.strip()]
    values = [number_in(found[2], unit, stated, measurement) if found else None for found in points]
    if any(value is None for value in values):
        return None
    return ";".join(f"{found[1]}:{value!r}" for found, value in zip(points, values, strict=True) if found)


def from_ledger(
    yearly: Mapping[int, pd.DataFrame], indicators: Sequence[Indicator], measurement: Measurement
) -> pd.DataFrame:
    """TARGETS of the ledger's rows, year of issue → rows; a value that is no number is blank."""
    frames = [_of_rows(rows, year, indicators, measurement) for year, rows in yearly.items() if len(rows)]
    return typed(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame())


def from_specs(
    specs: Sequence[Target],
    places: Sequence[str],
    county: str,
    indicators: Sequence[Indicator],
    measurement: Measurement,
) -> pd.DataFrame:
    """TARGETS of the targets in YAML, each with its place in the file; without a unit, of the county."""
    rows = []
    for spec, place in zip(specs, places, strict=True):
        one = indicator_of(spec.indicator, indicators)
        unit = one.unit if one else ""
        listed = spec.path if isinstance(spec.path, dict) else {}
        points = ";".join(f"{year}:{value}" for year, value in listed.items())
        base, goal = spec.baseline, spec.target
        rows.append(
            {
                "target": spec.id, "indicator": one.id if one else None, "named": spec.indicator,
                "unit": None if spec.level else spec.unit or county, "level": spec.level,
                "baseline_year": base.year, "target_year": goal.year,
                "baseline": _kept(base.value, unit, spec.measured, measurement),
                "value": _kept(goal.value, unit, spec.measured, measurement),
                "path": "listed" if listed else spec.path,
                "yearly": yearly_of(points, unit, spec.measured, measurement),
                "weight": spec.weight, "department": spec.department, "person": spec.person,
                "deadline": spec.deadline, "set_on": spec.set_on, "reason": spec.reason,
                "source": spec.source, "cost": spec.cost, "origin": "yaml", "entity": place,
            }
        )  # fmt: skip
    return typed(pd.DataFrame(rows))


def from_corrections(
    corrections: pd.DataFrame,
    year: int,
    targets: pd.DataFrame,
    indicators: Sequence[Indicator],
    measurement: Measurement,
) -> pd.DataFrame:
    """TARGETS that corrections of a year's deviations revised.

    They hold from the year after the deviation on, and from the year in which they were decided where that
    is later: nobody is judged by what was not decided yet. The target is known by its number and place; a
    level's target is revised for the unit alone, under a number of its own, and one unit's without a number
    keeps its year. A blank value takes back what those before it revised. A value that is no number, or a
    number of no target, revises nothing.
    """
    units = {one.id: one.unit for one in indicators}
    rows = []
    for _, line in corrections.iterrows():
        base = revised(targets, line.get("subject"), line[UNIT])
        if base is None:
            continue
        back = pd.isna(line["new_value"])
        printed_in = units.get(str(base["indicator"]), "")
        value = base["value"] if back else number_in(line["new_value"], printed_in, None, measurement)
        if value is None:
            continue
        wide = not pd.isna(base["level"])
        named = wide or base["same"] == base["target"]
        number = f"{base['target']}{APART}{line[UNIT]}" if wide else base["target"]
        until, day = line.get("new_year") if named and not back else pd.NA, line.get("decided_on")
        listed = base["path"] == "listed" and not back
        rows.append(
            {
                **base.to_dict(), "target": number if named else None, "value": value,
                "unit": line[UNIT], "level": None,
                "target_year": base["target_year"] if pd.isna(until) else until,
                "set_on": day, "reason": line.get("measure"), "source": str(line.get("number")).lower(),
                "year": year + 1 if pd.isna(day) else max(year + 1, day.year), "origin": "correction",
                "path": "linear" if listed else base["path"], "yearly": base["yearly"] if back else None,
                "entity": line[ENTITY],
            }
        )  # fmt: skip
    return typed(pd.DataFrame(rows))


def revised(targets: pd.DataFrame, number: object, unit: object) -> pd.Series | None:
    """The last version of the target that a correction speaks of: the unit's own, else its level's."""
    if not isinstance(number, str) or not isinstance(unit, str):
        return None
    same = targets[(targets["target"].isin([number, f"{number}{APART}{unit}"])).fillna(False)]
    own = same[(same["unit"] == unit).fillna(False)]
    level = same[(same["level"] == LEVELS[unit.count("/")]).fillna(False)]
    some = own if len(own) else level
    last = some[~some["superseded"].fillna(False).astype(bool)]
    return last.iloc[-1] if len(last) else None


def in_force(targets: pd.DataFrame) -> pd.DataFrame:
    """TARGETS with `same`, `version`, `superseded` worked out: by day of issue, then as they stand.

    A version without a day counts as issued at the beginning of its year; a YAML target without either
    came first.
    """
    if not len(targets):
        return targets
    named = targets["target"].notna()
    about = ["indicator", "named", "unit", "level", "target_year"]
    made = targets[about].astype("string").fillna("").agg("|".join, axis=1)
    same = targets["target"].where(named, made)
    issued = targets["set_on"].fillna(
        pd.to_datetime(targets["year"].astype("string") + "-01-01", errors="coerce").astype("datetime64[s]")
    )
    order = issued.fillna(pd.Timestamp(1900, 1, 1)).argsort(kind="stable").to_numpy()
    label = (targets["named"].fillna("") + "@" + targets["target_year"].astype("string").fillna("")).astype(
        "string"
    )
    ordered = targets.assign(same=same, target=targets["target"].fillna(label)).iloc[order]
    own = ordered.groupby("same", sort=False).cumcount() + 1
    last = ordered.groupby("same", sort=False)["same"].transform("size")
    of_level = _levels_of(ordered).groupby("_own")["version"].size().reindex(ordered.index)
    version = own + of_level.fillna(0).astype("int64")
    return typed(ordered.assign(version=version, superseded=own < last).sort_index())


def _levels_of(targets: pd.DataFrame) -> pd.DataFrame:
    """The versions of its level's target for each version that is one unit's own; `_own`: where that stands.

    A level's target without a number is told from that of another level by the unit's level.
    """
    number = numbered(targets["target"])
    apart = targets[(targets["target"] != number).fillna(False) & targets["unit"].notna()]
    level = apart["unit"].map(lambda unit: LEVELS[str(unit).count("/")]).astype("string")
    own = pd.DataFrame(
        {
            "target": number[apart.index], "level": level, "_own": apart.index,
            "_unit": apart["unit"], "_same": apart["same"],
        }
    )  # fmt: skip
    return targets.merge(own, on=["target", "level"])


def numbered(target: pd.Series) -> pd.Series:
    """Numbers of targets without the unit for which a correction gave a level's target another value."""
    return target.astype("string").str.replace(f"{APART}.*$", "", regex=True)


def versions(targets: pd.DataFrame) -> pd.DataFrame:
    """Of TARGETS those that were revised, all versions in order.

    A unit's own version of its level's target stands below the level's, which are shown as that unit's too.
    """
    as_units = _levels_of(targets).drop_duplicates(["_same", "version"])
    shown = as_units.assign(unit=as_units["_unit"], same=as_units["_same"], superseded=True)
    apart = targets["target"] != numbered(targets["target"])
    several = targets[targets["same"].duplicated(keep=False) | apart.fillna(False)]
    whole = pd.concat([several, shown], ignore_index=True).sort_values(["same", "version"], kind="stable")
    return typed(whole)


def spread(targets: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    """TARGETS in force, one row a unit: a level's for each of its units that has none of its own.

    Units come in the order of the tree, targets in theirs within a unit.
    """
    live = targets[~targets["superseded"].fillna(False).astype(bool)]
    own = live[live["level"].isna()]
    paths = pd.Series(tree.paths, dtype="string")
    of_level = pd.Series([LEVELS[depth] for depth in tree.depths], dtype="string")
    each = live[live["level"].notna()].drop(columns="unit")
    wide = each.merge(pd.DataFrame({"unit": paths, "level": of_level}), on="level", how="inner", sort=False)
    about = ["unit", "indicator", "target_year"]
    taken = pd.MultiIndex.from_frame(own[about])
    wide = wide[~pd.MultiIndex.from_frame(wide[about]).isin(taken)] if len(wide) else wide
    apart = wide["target"] + APART + wide["unit"]
    wide = wide[~apart.isin(list(own["target"])).to_numpy(bool)]
    levels = own["unit"].map(lambda unit: LEVELS[str(unit).count("/")] if isinstance(unit, str) else pd.NA)
    whole = pd.concat([own.assign(level=levels), wide], ignore_index=True)
    place = pd.Series(np.arange(len(tree.paths)), index=list(tree.paths))
    return typed(
        whole.assign(_place=whole["unit"].map(place))
        .sort_values("_place", kind="stable", na_position="last", ignore_index=True)
        .drop(columns="_place")
    )


def _of_rows(
    rows: pd.DataFrame, year: int, indicators: Sequence[Indicator], measurement: Measurement
) -> pd.DataFrame:
    names = known(rows, "indicator", "string")
    found = {name: indicator_of(name, indicators) for name in names.dropna().unique()}
    ones = [found.get(name) if isinstance(name, str) else None for name in names.array]
    stated = [s if isinstance(s, str) else None for s in known(rows, "measured", "string").array]
    units = [one.unit if one else "" for one in ones]

    def read(column: str) -> list[float | None]:
        texts = known(rows, column, "string").array
        given = zip(texts, units, stated, strict=True)
        return [number_in(t, u, s, measurement) if isinstance(t, str) else None for t, u, s in given]

    listed = zip(known(rows, "yearly", "string").array, units, stated, strict=True)
    level = known(rows, "target_level", "string").map(LEVEL_CODES).astype("string")
    level = level.mask(level == "county")
    plain = {name: known(rows, name, "string") for name in ("department", "person", "reason", "source")}
    return pd.DataFrame(
        {
            "target": known(rows, "target_id", "string"),
            "indicator": pd.array([one.id if one else pd.NA for one in ones], dtype="string"),
            "named": names,
            "unit": rows[UNIT].mask(level.notna()),
            "level": level,
            "baseline_year": known(rows, "baseline_year", "Int64"),
            "baseline": read("baseline_value"),
            "target_year": known(rows, "target_year", "Int64"),
            "value": read("target_value"),
            "path": known(rows, "path", "string").map(PATHS).astype("string").fillna("linear"),
            "yearly": pd.array([yearly_of(t, u, s, measurement) for t, u, s in listed], dtype="string"),
            "weight": known(rows, "weight", "Float64").fillna(1.0),
            **plain,
            "deadline": known(rows, "deadline", "datetime64[s]"),
            "set_on": known(rows, "set_on", "datetime64[s]"),
            "cost": yuan(known(rows, "cost", "Int64")),
            "year": year,
            "origin": "ledger",
            "entity": rows[ENTITY],
        }
    )


def _kept(value: float | int | None, unit: str, stated: str | None, measurement: Measurement) -> float | None:
    return None if value is None else number_in(repr(value), unit, stated, measurement)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame in the columns and dtypes of TARGETS; columns it lacks are blank."""
    dtypes = {name: DTYPES.get(name, "string") for name in TARGETS}
    return frame.reindex(columns=list(TARGETS)).astype(dtypes)
