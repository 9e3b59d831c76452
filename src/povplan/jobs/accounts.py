"""年度变化表: how the register of a year, and the poor of it, came from those of the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import Rows, Scope, row_formula
from povplan.formulas.faults import tell
from povplan.jobs.standing import Standing
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.panel import accounts
from povplan.panel.accounts import REGISTER, STATUS, Declared, Moves, Side
from povplan.panel.reasons import JOINED, LEFT, given
from povplan.spec import Ledger

What = Literal["register", "status"]
Of = Literal["households", "persons"]
POOR, FALLEN_BACK, GONE = "poor", "fallen_back", "struck_off"
"""Groups of the ledgers: poor households; those that fell back; rows that are no longer in the register."""
COUNTED_IN, COUNTED_OUT = "members_joined", "members_left"
"""How many persons a household says joined and left it in the year."""
RECOGNISED = "identified_on"
"""Date of a household on which it was recognised: in the year, it is newly registered."""


def accounts_of(
    standing: Standing, year: int, what: What = "register", of: Of = "households"
) -> pd.DataFrame:
    """A line a unit: `unit`, `level`, `year`, the terms of the identity, `note`.

    Without rows of the year before there is only the closing stock, noted `base_missing`.
    """
    book = Book.of(standing, year)
    ledger = book.ledger(of)
    if not len(standing.folded(ledger.ledger, year).frame):
        raise PovplanError(
            tell("no_rows_of_ledger", year=year, ledger=ledger.label.said, ledger_en=ledger.label.text("en")),
            NOTHING_ACCEPTED,
        )
    if what == "status" and not book.has_group(book.ledger("households"), POOR):
        raise PovplanError(say("accounts_no_poor"))
    known = len(standing.folded(ledger.ledger, year - 1).frame) > 0
    moved = book.moves(of)
    frames = {"before": moved.before.rename(columns={"unit": UNIT})}
    tree = standing.tree_of(frames, year)
    table = (accounts.register if what == "register" else accounts.status)(moved, tree, year)
    table["note"] = pd.array([pd.NA] * len(table), "string")
    return table if known else _without_base(table, what)


def _without_base(table: pd.DataFrame, what: What) -> pd.DataFrame:
    names = [name for name in (REGISTER if what == "register" else STATUS) if name != "closing"]
    blank = {name: pd.array([pd.NA] * len(table), "Int64") for name in names}
    return table.assign(**blank, note="base_missing")


def terms(table: pd.DataFrame) -> list[str]:
    """The columns of a table that are terms of its identity."""
    return [str(name) for name in table if name in {*REGISTER, *STATUS}]


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """As people read it: without terms that are zero throughout, columns named `account_<term>`."""
    kept = ("opening", "closing", "unexplained")
    used = [name for name in terms(table) if name in kept or table[name].fillna(0).ne(0).any()]
    return table[["unit", "level", *used]].rename(columns={name: f"account_{name}" for name in used})


def account_shown(standing: Standing, year: int, what: What, of: Of) -> pd.DataFrame:
    """The table for a report; nothing where there is no year before to account from."""
    table = accounts_of(standing, year, what, of)
    return shown(table if table["opening"].notna().any() else table.iloc[:0])


def remarks(standing: Standing, year: int) -> list[Said]:
    """What must be known of the table: a year that is missing, units that were placed anew."""
    said = standing.over_years.mapped(year - 1, year)
    if year - 1 not in standing.figured:
        earlier = [one for one in standing.figured if one < year]
        key = "accounts_gap" if earlier else "accounts_first"
        said.insert(0, say(key, year=year, before=year - 1, last=earlier[-1] if earlier else ""))
    return said


@dataclass(eq=False)
class Book:
    """Both years of households and persons, and what is declared of them."""

    standing: Standing
    year: int
    poverty: bool = True
    """Whether it is asked who is poor."""

    @classmethod
    def of(cls, standing: Standing, year: int) -> Book:
        """The one of this year that all accounts share."""
        found: Book = standing.analysed.setdefault(("accounts", year), cls(standing, year))
        return found

    def __post_init__(self) -> None:
        self.panel = self.standing.over_years.panel(self.year)
        self._moves: dict[str, Moves] = {}

    def ledger(self, of: Of) -> Ledger:
        """The ledger of households or of persons; PovplanError where the profile has none."""
        found = self.panel.homes if of == "households" else self.panel.persons
        if found is None:
            raise PovplanError(say(f"accounts_no_{of}"))
        return found

    def has_group(self, ledger: Ledger, name: str) -> bool:
        """Whether the ledger declares the group."""
        return any(one.id == name for one in ledger.groups)

    def moves(self, of: Of) -> Moves:
        """What became of every household or person."""
        if of not in self._moves:
            self._moves[of] = self._moves_of(self.ledger(of), of)
        return self._moves[of]

    def _moves_of(self, ledger: Ledger, of: Of) -> Moves:
        declared = self.panel.reasons(ledger) if not self.panel.is_plain else None
        events = self.panel.events
        back = events.loc[events["event_kind"] == "fell_back", ["new_household", "old_household"]]
        told: dict[str, Any] = {"fell_back": frozenset(back.to_numpy().ravel().tolist()) - {pd.NA}}
        if declared is not None:
            told |= {"joined": declared.joined, "left": declared.left}
        if of == "households":
            told["left"] = {**self._emptied(), **told.get("left", {})}
        if of == "persons" and self.panel.homes is not None:
            homes = self.moves("households")
            told |= {"homes_joined": homes.joined, "homes_left": homes.left, **self._counts(homes)}
        matched = self.panel.matched(ledger)
        return accounts.moves(
            self._side(ledger, self.year - 1), self._side(ledger, self.year), matched, Declared(**told)
        )

    def _emptied(self) -> dict[str, str]:
        """Last year's key of a household of which everyone went for a reason that is given → that reason.

        Where the reasons differ it went for another one.
        """
        homes, persons = self.panel.homes, self.panel.persons
        if homes is None or persons is None:
            return {}
        rows = self.standing.folded(persons.ledger, self.year - 1).frame
        link = persons.links[homes.ledger]
        if link not in rows or not len(rows):
            return {}
        kinds = rows[ENTITY].map({} if self.panel.is_plain else self.panel.reasons(persons).left)
        now = self.standing.folded(persons.ledger, self.year).frame
        if LEFT in now:
            own = dict(zip(now[ENTITY], given(now, persons, self.standing.config.codes, LEFT), strict=True))
            keys = self.panel.matched(persons).keys(rows[ENTITY], values=False)
            kinds = kinds.astype("string").fillna(keys.map(own).astype("string"))
        here = ~self._group(persons, self.year - 1, GONE).fillna(False).to_numpy(bool)
        some = pd.DataFrame({"home": rows[link], "kind": kinds.astype("string")})[here]
        asked = some[some["home"].isin(some.loc[some["kind"].notna(), "home"])]
        found = asked.groupby("home")["kind"].agg(_one_of)
        return {str(home): str(kind) for home, kind in found.dropna().items()}

    def _counts(self, homes: Moves) -> dict[str, dict[str, int]]:
        """How many persons each household that stayed says joined and left it."""
        assert self.panel.homes is not None
        rows = self.standing.folded(self.panel.homes.ledger, self.year).frame
        stayed = homes.before[(homes.before["now"] >= 0).to_numpy(bool)]
        now = homes.after[ENTITY].to_numpy(object)[stayed["now"].to_numpy("int64")]
        was = dict(zip(now, stayed[ENTITY], strict=True))
        found: dict[str, dict[str, int]] = {}
        for name, field_ in (("counted_in", COUNTED_IN), ("counted_out", COUNTED_OUT)):
            if field_ not in rows:
                continue
            some = rows.loc[rows[field_].fillna(0) > 0, [ENTITY, field_]]
            keys = some[ENTITY] if name == "counted_in" else some[ENTITY].map(was)
            known = keys.notna()
            found[name] = dict(zip(keys[known], some.loc[known, field_].astype(int), strict=True))
        return found

    def _side(self, ledger: Ledger, year: int) -> Side:
        """A ledger at one year's end."""
        frame = self.standing.folded(ledger.ledger, year).frame
        now = year == self.year
        placed = frame if now else self.panel.placed(ledger)
        poor, back, home = self._poverty(ledger, year, frame)
        return Side(
            frame=placed[[ENTITY, UNIT]],
            here=~self._group(ledger, year, GONE).fillna(False).to_numpy(bool),
            poor=poor.reset_index(drop=True),
            fell_back=back.fillna(False).to_numpy(bool),
            reasons=self._reasons(ledger, frame, year),
            home=home,
            reported=frozenset(placed[UNIT].dropna().unique()),
        )

    def _poverty(
        self, ledger: Ledger, year: int, frame: pd.DataFrame
    ) -> tuple[pd.Series, pd.Series, pd.Series | None]:
        """(poor, fell back, household) of each row: a person's are those of the household."""
        homes = self.panel.homes
        if homes is None or not self.poverty:
            link = ledger.links.get(homes.ledger) if homes else None
            blank = pd.Series(pd.NA, frame.index, dtype="boolean")
            return blank, blank, frame.get(link)
        poor, back = (self._group(homes, year, name) for name in (POOR, FALLEN_BACK))
        if ledger is homes:
            return poor, back, None
        link = ledger.links[homes.ledger]
        home = frame[link] if link in frame else pd.Series(pd.NA, frame.index, dtype="string")
        keys = self.standing.folded(homes.ledger, year).frame[ENTITY]
        of = [dict(zip(keys, one, strict=True)) for one in (poor, back)]
        poor, back = (pd.Series(home.map(one), frame.index).astype("boolean") for one in of)
        return poor, back, home

    def _group(self, ledger: Ledger, year: int, name: str) -> pd.Series:
        """Whether each row is in a declared group; blank throughout where none is declared."""
        config, frame = self.standing.config, self.standing.folded(ledger.ledger, year).frame
        found = next((one for one in ledger.groups if one.id == name), None)
        if found is None:
            return pd.Series(pd.NA, frame.index, dtype="boolean")
        scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
        others: Mapping[str, pd.DataFrame] = self.standing.frames(year)
        rows = Rows(frame, year, self.standing.day(year), None, others)
        return row_formula(found.where, scope)(rows)

    def _reasons(self, ledger: Ledger, frame: pd.DataFrame, year: int) -> pd.Series:
        """The kind of event that a row gives: why it left if it did, else why it is new."""
        codes = self.standing.config.codes
        left, joined = (given(frame, ledger, codes, name) for name in (LEFT, JOINED))
        own = left.fillna(joined)
        if RECOGNISED in frame and ledger is self.panel.homes:
            recognised = (frame[RECOGNISED].dt.year == year).fillna(False)
            own = own.mask(own.isna() & recognised, "registered")
        return own


def _one_of(kinds: pd.Series) -> str | None:
    """The reason of all; None where some have none."""
    if kinds.isna().any():
        return None
    return str(kinds.iloc[0]) if kinds.nunique() == 1 else "other_out"


def unexplained(table: pd.DataFrame) -> int:
    """How many in the whole table nothing explains, those that came and those that went."""
    whole = table[table["level"] == "county"]
    names = [name for name in accounts.PUZZLING if name in whole]
    return int(np.nansum(whole[names].astype("Float64").to_numpy(float, na_value=np.nan)))
