"""Tables checked in memory as an update would check them: no workspace, no base ledger, nothing kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from povplan.config import Config
from povplan.identity import Registry, place, villages
from povplan.jobs.checking import Findings
from povplan.jobs.gathering import Gathered, ReadTable, Setting, founded, gather, row_years
from povplan.jobs.standing import Standing
from povplan.jobs.update import checked
from povplan.messages import say
from povplan.model import ENTITY, UNIT, Source
from povplan.spec import Ledger, Words
from povplan.store import Batch, Layer, Store
from povplan.workspace import Workspace

At = tuple[str, str]
"""A file and a sheet of it."""


@dataclass(frozen=True, eq=False)
class Passed:
    """The tables of one set of definitions: their findings, the units known, and who is in which table."""

    config: Config
    findings: Findings
    registry: Registry
    listed: bool
    """Whether the units come from a workspace; else they are all that the tables name."""
    reports: pd.DataFrame
    """ledger form file sheet year undated unit: each village that a table names, once a year."""

    standing: Standing
    """The ledger, if there is one, with these tables: which units there are in which year."""

    @cached_property
    def villages(self) -> list[str]:
        """All villages known, in their order."""
        return villages(self.registry.paths)

    def villages_in(self, year: int) -> tuple[str, ...]:
        """Those that there are in a year."""
        return self.standing.over_years.lasting(self.villages, year)

    @property
    def county(self) -> str:
        """The one county of the units; "" where there are several, or nobody names it."""
        counties = {path.split("/")[0] for path in self.registry.paths} - {say("look_county").zh}
        return counties.pop() if len(counties) == 1 else ""

    def villages_by_sheet(self) -> dict[At, set[str]]:
        """(file, sheet) → the villages it names."""
        return {
            (str(at[0]), str(at[1])): set(rows["unit"])
            for at, rows in self.reports.groupby(["file", "sheet"], sort=False)
        }


def pass_through(
    tables: Sequence[ReadTable],
    titles: Iterable[str],
    undated: Set[At],
    config: Config,
    workspace: Workspace | None,
) -> Passed:
    """Gather and check the tables, each year after the one before it, as far as they hold both.

    `undated` are the sheets of which nobody says the year.
    """
    registry = _registry(tables, titles, config, workspace)
    listed = bool(registry.paths)
    if not listed:
        registry = founded(tables, config.ledgers, registry)
    gathered = gather(tables, Setting(config.ledgers, config.codes, registry, "full"), 1)
    nothing = Standing(workspace or _Nowhere(), config, _Unkept(), remembers=False)
    _, findings, gathered = checked(nothing, gathered)
    reports = _reports(tables, undated, gathered, config, registry)
    kept = nothing if workspace is None else Standing(workspace, config, workspace.store)
    return Passed(config, findings, registry, listed, reports, kept.joined_by(gathered.parts))


class _Nowhere:
    """A place that is no workspace: ages count from the end of the year, no unit is declared.

    Its pseudonyms die with it.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def as_of(self, year: int) -> dt.date:
        return dt.date(year, 12, 31)

    def registry(self, known: tuple[str, ...]) -> Registry:
        return Registry(known)

    def pseudonym(self, entity: str) -> str:
        return hashlib.blake2b(entity.encode(), key=self._key, digest_size=5).hexdigest()


class _Unkept(Store):
    """A base ledger that holds nothing and lies nowhere."""

    def __init__(self) -> None:
        super().__init__(Path())

    def active(self, as_of: int | None = None, without: Collection[int] = ()) -> list[int]:
        return []

    def batches(self) -> list[Batch]:
        return []

    def layers(
        self, ledger: str, year: int, as_of: int | None = None, without: Collection[int] = ()
    ) -> list[Layer]:
        return []

    def years(self, ledger: str, as_of: int | None = None) -> list[int]:
        return []

    def sources(self, ids: Iterable[int] | None = None) -> dict[int, Source]:
        return {}


# ---- units -----------------------------------------------------------------------------------------


def _registry(
    tables: Sequence[ReadTable], titles: Iterable[str], config: Config, workspace: Workspace | None
) -> Registry:
    """The units of the workspace's list or base ledger; without them none, of a county as it is named."""
    county = _county(tables, titles, config)
    if workspace is None:
        return Registry((), suffixes=config.words.unit_suffixes, county=county)
    known = Standing(workspace, config, workspace.store).known_units()
    registry = workspace.registry(known)
    return registry if registry.default_county else replace(registry, county=county)


def _county(tables: Sequence[ReadTable], titles: Iterable[str], config: Config) -> str:
    """The county of rows that name none: the one that most other rows name, else most titles.

    "" where every table names its own. Where nobody names one, the words for that: without a county
    there are no units.
    """
    named: Counter[str] = Counter()
    nameless = False
    for read in tables:
        column = config.ledgers[read.table.ledger].placed("county")
        frame = read.table.frame
        counties = frame[column].dropna() if column in frame else frame.index[:0].to_series()
        named.update(str(county) for county in counties)
        nameless = nameless or not len(counties)
    if not nameless:
        return ""
    found = named or Counter(filter(None, (county_of(title, config.words) for title in titles)))
    return next((name for name, _ in found.most_common(1)), say("look_county").zh)


def county_of(title: str, words: Words) -> str | None:
    """The county with which a title begins: 清河县2024年…, 孝感市孝南区祝站镇2023年…; None for any other."""
    county, township = (
        "|".join(re.escape(ending) for group in groups for ending in group)
        for groups in words.unit_suffixes[:2]
    )
    name = "[\u4e00-\u9fff]"
    found = re.match(
        rf"\s*({name}{{1,12}}(?:{county}))(?:{name}{{1,8}}?(?:{township}))?\s*(?:19|20)\d\d", title
    )
    return re.findall(rf"{name}+?(?:{county})", found[1])[-1] if found else None


def _reports(
    tables: Sequence[ReadTable], undated: Set[At], gathered: Gathered, config: Config, registry: Registry
) -> pd.DataFrame:
    """Who reports what in which table: each village named, once a sheet and year."""
    frames = []
    for read in tables:
        ledger = config.ledgers[read.table.ledger]
        units = _units(read, ledger, gathered, registry)
        file, sheet = read.at
        at = {"ledger": ledger.ledger, "form": read.table.form, "file": file, "sheet": sheet}
        rows = pd.DataFrame({**at, "year": row_years(read), "undated": read.at in undated, "unit": units})
        known = set(villages(units.dropna().unique())) & set(registry.paths)
        frames.append(rows[rows["unit"].isin(known)].drop_duplicates())
    return pd.concat(frames, ignore_index=True).drop_duplicates()


def _units(read: ReadTable, ledger: Ledger, gathered: Gathered, registry: Registry) -> pd.Series:
    """Each row's unit; of a table that names none, the unit of what its rows belong to."""
    frame = read.table.frame
    units = place(frame, ledger, registry)
    for parent, name in ledger.links.items():
        if units.isna().all() and name in frame:
            homes = [part.frame[[ENTITY, UNIT]] for part in gathered.parts if part.ledger == parent]
            if homes:
                home = pd.concat(homes).drop_duplicates(ENTITY).set_index(ENTITY)[UNIT]
                units = frame[name].map(home).astype("string")
    return units
