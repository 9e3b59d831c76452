"""Who a row speaks of: its unit and its key.

A unit is found in the county's list under any of its spellings. Where the county declared no list, the
units of the base ledger are the list, and the first submission founds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, Ledger
from povplan.words import nearest

AREA_LEDGERS = frozenset(LEVELS)


@dataclass(frozen=True)
class Registry:
    """The county's units: paths in official order, codes, other spellings; `closed` if declared."""

    paths: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    """Division code → path."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other path → path."""
    suffixes: tuple[str, ...] = ()
    """Endings that do not tell units apart: 村委会, 镇 …"""
    closed: bool = False
    county: str = ""

    @cached_property
    def _known(self) -> dict[str, str]:
        """Every spelling of a path, official or stripped of suffixes, that means one path only."""
        known: dict[str, str] = {}
        doubtful: set[str] = set()
        for path in self.paths:
            short = self._short(path)
            if known.setdefault(short, path) != path:
                doubtful.add(short)
        for short in doubtful:
            del known[short]
        return known | dict(self.aliases) | {path: path for path in self.paths}

    @cached_property
    def default_county(self) -> str:
        """The county of rows that name none: as declared, else the only one of the list; "" if unknown."""
        counties = {path.split("/")[0] for path in self.paths}
        return self.county or (counties.pop() if len(counties) == 1 else "")

    @cached_property
    def _villages(self) -> dict[str, str | None]:
        """Village name → its path, None where two townships have one of that name."""
        found: dict[str, str | None] = {}
        for path in self.paths:
            if path.count("/") == 2:
                name = self._bare(path.rsplit("/", 1)[1])
                found[name] = None if name in found and found[name] != path else path
        return found

    def _bare(self, name: str) -> str:
        for suffix in self.suffixes:
            if name.endswith(suffix) and len(name) > len(suffix):
                return name[: -len(suffix)]
        return name

    def _short(self, path: str) -> str:
        return "/".join(self._bare(name) for name in path.split("/"))

    def find(self, county: str, township: str, village: str) -> str:
        """The unit's path under any spelling; as written where the list does not have it; "" if unnamed.

        A village without its township is found if its name is the only one in the county. Without a county
        there is no path: a township would pass for one.
        """
        if not (county or township or village):
            return ""
        county = county or self.default_county
        if not county:
            return ""
        if village and not township:
            return self._villages.get(self._bare(village)) or ""
        path = "/".join(name for name in (county, township, village) if name)
        return self._known.get(path) or self._known.get(self._short(path)) or path

    def nearest(self, path: str) -> str | None:
        """The known unit most like an unknown one."""
        return nearest(path, self.paths)


def place(frame: pd.DataFrame, ledger: Ledger, registry: Registry) -> pd.Series:
    """Each row's deepest unit as a path; blank where none can be named."""
    blank = pd.Series("", index=frame.index, dtype="string")
    names = [
        frame[name].fillna("") if (name := ledger.placed(level)) and name in frame else blank
        for level in LEVELS
    ]
    code_field = ledger.placed("code")
    code = frame[code_field].fillna("") if code_field and code_field in frame else blank
    spelled = pd.MultiIndex.from_arrays([code, *names])
    positions, unique = pd.factorize(spelled)
    paths = [registry.codes.get(row[0]) or registry.find(*row[1:]) for row in unique]
    known = pd.array([path or pd.NA for path in paths], dtype="string")
    return pd.Series(known[positions], index=frame.index, dtype="string")


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
