"""Who a row speaks of: its unit and its key.

A unit is found in the county's list under any of its spellings. Where the county declared no list, the
units of the base ledger are the list, and the first submission founds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, Ledger
from povplan.words import nearest

AREA_LEDGERS = frozenset(LEVELS)
Positions = npt.NDArray[np.int64]
Kinds = tuple[int | None, ...]
"""By level, the group of endings that a name shows; None where it shows none."""


@dataclass(frozen=True)
class Registry:
    """The county's units: paths in official order, codes, other spellings; `closed` if declared."""

    paths: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    """Division code → path."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other path → path."""
    suffixes: tuple[tuple[tuple[str, ...], ...], ...] = ((), (), ())
    """By level, groups of endings that mean the same: 村 is 村委会, and neither is 社区."""
    closed: bool = False
    county: str = ""

    @cached_property
    def _kin(self) -> dict[tuple[str, ...], list[tuple[Kinds, str]]]:
        """Names proper → the units of those names, each with the kinds its endings tell."""
        kin: dict[tuple[str, ...], list[tuple[Kinds, str]]] = {}
        for spelling, path in [*((path, path) for path in self.paths), *self.aliases.items()]:
            names, kinds = self._proper(spelling)
            kin.setdefault(names, []).append((kinds, path))
        return kin

    def _proper(self, path: str) -> tuple[tuple[str, ...], Kinds]:
        """A path's names without their endings, and by level which group of endings each had."""
        parts = [_proper(name, self.suffixes[depth]) for depth, name in enumerate(path.split("/"))]
        return tuple(name for name, _ in parts), tuple(kind for _, kind in parts)

    def _spelled(self, path: str) -> str | None:
        """The one unit that a spelling can mean; None where there is none, or more than one."""
        if path in self._exact:
            return self._exact[path]
        names, kinds = self._proper(path)
        fitting = [(same, known) for same, known in self._kin.get(names, ()) if _agree(kinds, same)]
        units = {known for same, known in fitting if same == kinds} or {known for _, known in fitting}
        return units.pop() if len(units) == 1 else None

    @cached_property
    def _exact(self) -> dict[str, str]:
        return dict(self.aliases) | {path: path for path in self.paths}

    @cached_property
    def default_county(self) -> str:
        """The county of rows that name none: as declared, else the only one of the list; "" if unknown."""
        counties = {path.split("/")[0] for path in self.paths}
        return self.county or (counties.pop() if len(counties) == 1 else "")

    @cached_property
    def _villages(self) -> dict[str, list[str]]:
        """Village name proper → paths of the villages so named."""
        found: dict[str, list[str]] = {}
        for path in self.paths:
            if path.count("/") == 2:
                found.setdefault(_proper(path.rsplit("/", 1)[1], self.suffixes[2])[0], []).append(path)
        return found

    def _alone(self, county: str, village: str) -> str:
        """The path of a village named without its township, if the county has only one that fits."""
        paths = self._villages.get(_proper(village, self.suffixes[2])[0], [])
        units = {known for path in paths if (known := self._spelled(f"{path.rsplit('/', 1)[0]}/{village}"))}
        mine = {unit for unit in units if unit.startswith(f"{county}/")}
        return mine.pop() if len(mine) == 1 else ""

    def _county(self, name: str) -> str:
        """The declared county under another spelling (清河, 清河县); any other name as it is."""
        if not self.county or not name:
            return name or self.default_county
        (own, mine), (other, its) = (_proper(one, self.suffixes[0]) for one in (self.county, name))
        return self.county if own == other and _agree((mine,), (its,)) else name

    def joined_by(self, path: str) -> Registry:
        """The same list with one unit more at its end; what is known of the others is kept."""
        joined = replace(self, paths=(*self.paths, path))
        names, kinds = self._proper(path)
        known: dict[str, Any] = {"_exact": {**self._exact, path: path}}
        known["_kin"] = {**self._kin, names: [*self._kin.get(names, ()), (kinds, path)]}
        if path.count("/") == 2:
            alike = self._villages.get(names[2], ())
            known["_villages"] = {**self._villages, names[2]: [*alike, path]}
        else:
            known["_villages"] = self._villages
        vars(joined).update(known)
        return joined

    def is_foreign(self, path: str) -> bool:
        """Whether a unit lies outside the county that the workspace declares."""
        return bool(self.county) and path.split("/")[0] != self.county

    def find(self, county: str, township: str, village: str) -> str:
        """The unit's path under any spelling; as written where the list does not have it; "" if unnamed.

        A village without its township is found if its name is the only one in the county. Without a county
        there is no path: a township would pass for one.
        """
        if not (county or township or village):
            return ""
        county = self._county(county)
        if not county:
            return ""
        if village and not township:
            return self._alone(county, village)
        path = "/".join(name for name in (county, township, village) if name)
        known = self._spelled(path)
        if known or not village:
            return known or path
        return f"{self._spelled(f'{county}/{township}') or f'{county}/{township}'}/{village}"

    def nearest(self, path: str) -> str | None:
        """The known unit most like an unknown one."""
        return nearest(path, self.paths)


@lru_cache(maxsize=65536)
def _proper(name: str, groups: tuple[tuple[str, ...], ...]) -> tuple[str, int | None]:
    """A unit's name without its ending, and the group of the ending; the longest ending counts."""
    fitting = [
        (len(ending), group)
        for group, endings in enumerate(groups)
        for ending in endings
        if name.endswith(ending) and len(name) > len(ending)
    ]
    if not fitting:
        return name, None
    length, group = max(fitting)
    return name[:-length], group


def _agree(kinds: Kinds, others: Kinds) -> bool:
    """Whether no level tells two different kinds: a name without an ending may be any."""
    return all(a is None or b is None or a == b for a, b in zip(kinds, others, strict=True))


def place(frame: pd.DataFrame, ledger: Ledger, registry: Registry) -> pd.Series:
    """Each row's deepest unit as a path; blank where none can be named.

    A ledger may say that a row which names no place speaks of the whole county.
    """
    blank = pd.Series("", index=frame.index, dtype="string")
    names = [
        frame[name].fillna("") if (name := ledger.placed(level)) and name in frame else blank
        for level in LEVELS
    ]
    code_field = ledger.placed("code")
    code = frame[code_field].fillna("") if code_field and code_field in frame else blank
    positions, firsts = _alike([code, *names])
    unique = zip(*(column.iloc[firsts] for column in (code, *names)), strict=True)
    whole = registry.default_county if ledger.unplaced else ""
    paths = [(registry.codes.get(row[0]) or registry.find(*row[1:])) if any(row) else whole for row in unique]
    known = pd.array([path or pd.NA for path in paths], dtype="string")
    return pd.Series(known[positions], index=frame.index, dtype="string")


def _alike(columns: Sequence[pd.Series]) -> tuple[Positions, Positions]:
    """Each row's number among the different rows of these columns, and where each of those first stands."""
    numbers = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, unique = pd.factorize(column)
        numbers = pd.factorize(numbers * len(unique) + values)[0]
    return numbers, np.unique(numbers, return_index=True)[1]


def key(frame: pd.DataFrame, ledger: Ledger) -> pd.Series:
    """Each row's key as text: the first alternative that is whole; the last serves even with gaps.

    In a ledger of units the key is the unit itself. Place names inside a key stand as the unit's path,
    so that two spellings of a village are one key. Blank where the row cannot be told from others.
    """
    if ledger.level in AREA_LEDGERS:
        deep = frame[UNIT].str.count("/") == LEVELS.index(ledger.level)
        return frame[UNIT].where(deep.fillna(False))
    found = pd.Series(pd.NA, index=frame.index, dtype="string")
    for names in ledger.key[:-1]:
        found = found.fillna(_joined(frame, ledger, names, gaps=False))
    return found.fillna(_joined(frame, ledger, ledger.key[-1], gaps=len(ledger.key[-1]) > 1))


def is_described(keys: pd.Series) -> pd.Series:
    """Keys made of several fields: with another date or spelling in the row, the same thing has another."""
    return keys.str.contains("|", regex=False).fillna(False).astype(bool)


def _joined(frame: pd.DataFrame, ledger: Ledger, names: Sequence[str], *, gaps: bool) -> pd.Series:
    places = {ledger.placed(level) for level in LEVELS}
    parts = [frame[UNIT]] if any(name in places for name in names) else []
    others = [name for name in names if name not in places]
    for name in others:
        part = (
            frame[name].astype("string") if name in frame else pd.Series(pd.NA, frame.index, dtype="string")
        )
        parts.append(part.fillna("") if gaps and name != others[0] else part)
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    return joined


def identify(frame: pd.DataFrame, ledger: Ledger, registry: Registry) -> pd.DataFrame:
    """The frame with UNIT and ENTITY beside its fields."""
    placed = frame.assign(**{UNIT: place(frame, ledger, registry)})
    return placed.assign(**{ENTITY: key(placed, ledger)})


def nameless(frame: pd.DataFrame, fields: Sequence[str]) -> pd.Series:
    """A name for each row that has no key: the same whenever the same content is sent again."""
    content = pd.util.hash_pandas_object(frame[[name for name in fields if name in frame]], index=False)
    number = content.groupby(content).cumcount().astype("string")
    names = content.map("{:016x}".format).astype("string")
    return names.str.cat(number, sep="#")


def villages(paths: Iterable[str]) -> list[str]:
    """The paths that name a village."""
    return [path for path in paths if path.count("/") == 2]
