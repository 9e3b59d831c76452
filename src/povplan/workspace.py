"""A county's folder: where its files are, what `povplan.yaml` says, and the units it has.

povplan.yaml        county, profile, how files are submitted
configs/            definitions, to be changed by the county
units.csv           the county's townships and villages, if it declares them
submissions/<year>/ files as they came, named by their hash
ledger/             the base ledger
reports/<year>/     workbooks
returned/<year>/    marked copies and findings, to be sent back
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from povplan.errors import PovplanError, why
from povplan.identity import Registry
from povplan.messages import say

if TYPE_CHECKING:
    from povplan.config import Config
    from povplan.spec import Settings
    from povplan.store import Store

SETTINGS = "povplan.yaml"
UNITS = "units.csv"
UNIT_COLUMNS = ("代码", "县", "乡镇", "村", "别名")


@dataclass(frozen=True)
class Workspace:
    """An existing workspace; `root` holds its povplan.yaml."""

    root: Path

    @classmethod
    def find(cls, given: Path | None = None) -> Workspace:
        """The workspace at `given`, else the one that holds the current folder, searched upward."""
        given = given or (
            Path(os.environ["POVPLAN_WORKSPACE"]) if "POVPLAN_WORKSPACE" in os.environ else None
        )
        try:
            return cls._at(given) if given is not None else cls._around()
        except OSError as error:
            raise PovplanError(say("workspace_closed", folder=given or ".", reason=why(error))) from error

    @classmethod
    def _at(cls, folder: Path) -> Workspace:
        if not (folder / SETTINGS).is_file():
            raise PovplanError(say("workspace_not_here", folder=folder))
        return cls(folder.resolve())

    @classmethod
    def _around(cls) -> Workspace:
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / SETTINGS).is_file():
                return cls(folder)
        raise PovplanError(say("workspace_not_found", folder=here))

    @cached_property
    def settings(self) -> Settings:
        """What `povplan.yaml` says."""
        from povplan.config.single import read_spec
        from povplan.spec import Settings

        return read_spec(self.root / SETTINGS, Settings, SETTINGS)

    @cached_property
    def config(self) -> Config:
        """The definitions in force: the workspace's own files over the profile's."""
        from povplan.config import load_config

        return load_config(self.settings.profile, self.root)

    @cached_property
    def store(self) -> Store:
        """The base ledger."""
        from povplan.store import Store

        return Store(self.root / "ledger")

    def registry(self, known: tuple[str, ...]) -> Registry:
        """The units the county declares in units.csv, else `known`, those of its base ledger."""
        suffixes = self.config.words.unit_suffixes
        county = self.settings.county.name
        listed = self.root / UNITS
        if not listed.is_file():
            return Registry(known, suffixes=suffixes, county=county)
        paths, codes, aliases = _read_units(listed, county)
        return Registry(tuple(paths), codes, aliases, suffixes, closed=True, county=county)

    @cached_property
    def secret(self) -> bytes:
        """The key of the workspace's pseudonyms, made on first need and readable by its owner only."""
        from povplan.platform import make_folder, write_whole

        path = self.root / "ledger" / "pseudonym.key"
        if not path.is_file():
            make_folder(path.parent)
            write_whole(path, [secrets.token_hex(32).encode()])
        return path.read_bytes()

    def pseudonym(self, entity: str) -> str:
        """A stable name for a person or household that says nothing about it."""
        return hmac.new(self.secret, entity.encode(), hashlib.sha256).hexdigest()[:10]

    def as_of(self, year: int) -> dt.date:
        """The day from which ages of that year count."""
        month, day = (int(part) for part in self.settings.as_of.split("-"))
        last = calendar.monthrange(year, month)[1]
        return dt.date(year, month, min(day, last))


def is_list_of_units(path: Path) -> bool:
    """Whether a file is povplan's own list of units: named so, and no other column in its header."""
    if path.name.lower() != UNITS:
        return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return {"乡镇", "村"} <= {*header} <= {*UNIT_COLUMNS}


def _read_units(path: Path, county: str) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Paths in order, code → path and alias → path of a units.csv (代码,县,乡镇,村,别名)."""
    paths: list[str] = []
    codes: dict[str, str] = {}
    aliases: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        lacking = {"乡镇", "村"} - set(reader.fieldnames or ())
        if lacking:
            raise PovplanError(say("units_columns", path=path, columns="、".join(sorted(lacking))))
        for line in reader:
            names = [(line.get(column) or "").strip() for column in ("县", "乡镇", "村")]
            names[0] = names[0] or county
            path_ = "/".join(name for name in names if name)
            paths.append(path_)
            if code := (line.get("代码") or "").strip():
                codes[code] = path_
            for alias in re.split("[,，;；、]", line.get("别名") or ""):
                if alias.strip():
                    aliases[path_.rsplit("/", 1)[0] + "/" + alias.strip()] = path_
    return paths, codes, aliases
