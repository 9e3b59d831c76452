"""Findings of the panel: events that do not hold, people without a reason, units not mapped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from povplan.formulas.faults import tell
from povplan.jobs.accounts import Book
from povplan.jobs.faults import Finding, finding
from povplan.jobs.memory import as_finding
from povplan.jobs.standing import Standing
from povplan.keys import positions
from povplan.memory.registers import Remark
from povplan.messages import Said, say
from povplan.model import ENTITY, ROW, SOURCE, UNIT, Source
from povplan.panel.accounts import Moves
from povplan.panel.events import EVENT, contradicted, find, of_persons
from povplan.panel.geography import UNIT_CHANGE
from povplan.panel.reasons import JOINED
from povplan.panel.suggested import (
    Suggestion,
    Unexplained,
    Unmapped,
    of_households,
    returned,
    unmapped,
)
from povplan.panel.suggested import of_persons as of_persons_suggested
from povplan.spec import Ledger


def panel_findings(standing: Standing, years: Sequence[int], sources: Mapping[int, Source]) -> list[Finding]:
    """All of the years, each against the one before.

    Where the profile has no register to declare a reason in, nobody is asked for one.
    """
    return [one for year in years for one in _of_year(standing, year, sources)]


def _of_year(standing: Standing, year: int, sources: Mapping[int, Source]) -> Iterator[Finding]:
    panel = standing.over_years.panel(year)
    if year - 1 not in standing.years:
        return
    for remark in panel.remarks():
        yield as_finding(remark, sources)
    declarable = standing.config.ledgers
    if UNIT_CHANGE in declarable:
        yield from _units(standing, year)
    if EVENT not in declarable or panel.homes is None or not _both(standing, panel.homes, year):
        return
    book = Book(standing, year, poverty=not panel.is_plain)
    for remark in _contradictions(book):
        yield as_finding(remark, sources)
    yield from _people(book)


def _both(standing: Standing, ledger: Ledger, year: int) -> bool:
    return all(len(standing.folded(ledger.ledger, at).frame) for at in (year - 1, year))


# ---- people without a reason ------------------------------------------------------------------------


def _people(book: Book) -> Iterator[Finding]:
    """Households, then persons: probable events, and whoever came or went with no reason at all."""
    panel, standing = book.panel, book.standing
    homes, persons = panel.homes, panel.persons
    assert homes is not None
    home_moves = book.moves("households")
    open_homes = _open(home_moves)
    if persons is not None and not _both(standing, persons, book.year):
        persons = None
    told: list[Suggestion] = []
    if persons is not None:
        told += of_households(open_homes, panel.two(persons), panel.matched(persons))
    told += _again(book, homes, open_homes, told)
    yield from _told(book, homes, told, open_homes, joined=True)
    if persons is None:
        return
    people = book.moves("persons")
    open_people = _open(people)
    suggested = list(of_persons_suggested(open_people, panel.two(persons), panel.matched(persons)))
    suggested += _again(book, persons, open_people, suggested)
    yield from _told(book, persons, suggested, _alone(people, open_people, home_moves), joined=False)


def _open(moves: Moves) -> Unexplained:
    gone, new = moves.before, moves.after
    return Unexplained(
        dict.fromkeys(new.loc[(new["term"] == "appeared").fillna(False), ENTITY].astype(str)),
        dict.fromkeys(gone.loc[(gone["term"] == "vanished").fillna(False), ENTITY].astype(str)),
    )


def _alone(people: Moves, open_: Unexplained, homes: Moves) -> Unexplained:
    """Persons who went out of a household that stayed: of the others the household's finding speaks.

    Who is new in a household that was there before is asked for a reason by a rule of the ledger.
    """
    gone = {key for key, term in homes.left.items() if term == "vanished"}
    rows = people.before[people.before[ENTITY].isin(list(open_.vanished))]
    left = rows[~rows["home"].isin(list(gone))] if "home" in rows else rows
    return Unexplained((), dict.fromkeys(left[ENTITY].astype(str)))


def _again(book: Book, ledger: Ledger, open_: Unexplained, told: Collection[Suggestion]) -> list[Suggestion]:
    """Those who were in the ledger before last year."""
    known = {one.key for one in told}
    left = [key for key in open_.appeared if key not in known]
    return list(returned(left, book.standing.seen(ledger.ledger, left, book.year - 1))) if left else []


def _told(
    book: Book, ledger: Ledger, told: Sequence[Suggestion], open_: Unexplained, *, joined: bool
) -> Iterator[Finding]:
    spoken = {one.key for one in told} | {one.other for one in told if one.other}
    two = book.panel.two(ledger)
    of_now = {one.key: one for one in told if one.is_now}
    of_before = {one.key: one for one in told if not one.is_now}
    gone = [key for key in open_.vanished if key not in spoken]
    spoken |= {key for _, key in _merged_yet_there(book)}
    new = [key for key in open_.appeared if key not in spoken] if joined else []
    for frame, some, keys, rule in (
        (two.now, of_now, new, "joined_unexplained"),
        (two.before, of_before, gone, "left_unexplained"),
    ):
        for row in _rows([*some, *keys], frame):
            one = some.get(str(row[ENTITY]))
            said = one.said if one else tell(f"note_{rule}", ledger=ledger.label.said)
            yield _at(row, "event_suggested" if one else rule, said, ledger, book.year, one)


def _rows(keys: Sequence[str], frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of some keys, as far as findings need them."""
    at = positions(pd.Series(list(keys), dtype="string"), frame[ENTITY])
    found: list[Any] = frame[[ENTITY, UNIT, SOURCE, ROW]].iloc[at].to_dict("records")
    return found


def _at(
    row: Mapping[str, Any], rule: str, said: Said, ledger: Ledger, year: int, one: Suggestion | None
) -> Finding:
    """A finding of a row; of one that is gone, where it last stood."""
    return finding(
        rule,
        said,
        say(f"hint_{rule}"),
        ledger=ledger.ledger,
        year=year,
        source=int(row[SOURCE]),
        row=int(row[ROW]),
        entity=str(row[ENTITY]),
        unit=None if pd.isna(row[UNIT]) else str(row[UNIT]),
        value=f"{one.kind}|{one.other}" if one else "",
    )


def answered_twice(found: pd.DataFrame, panel: Sequence[Finding]) -> pd.Series:
    """Findings of rules that only ask for the reason of somebody of whom a probable event is told already."""
    told = {(one["ledger"], one["year"], one["entity"]) for one in panel if one["rule"] == "event_suggested"}
    at = (found["field"] == JOINED).fillna(False).to_numpy(bool)
    keys = zip(found["ledger"], found["year"], found["entity"], strict=True)
    return pd.Series(
        [bool(is_asked) and key in told for is_asked, key in zip(at, keys, strict=True)], found.index
    )


# ---- events that do not hold ------------------------------------------------------------------------


def _contradictions(book: Book) -> Iterator[Remark]:
    panel = book.panel
    events = panel.events
    if not len(events):
        return
    odd: list[tuple[int, str]] = []
    for of, ledger in (("households", panel.homes), ("persons", panel.persons)):
        if ledger is None or not _both(book.standing, ledger, book.year):
            continue
        moves = book.moves(of)  # type: ignore[arg-type]
        reasons = panel.reasons(ledger)
        odd += _still(
            events, moves, reasons.left, set(reasons.left) - set(moves.left), "note_event_still_there", of
        )
        odd += _still(
            events, moves, reasons.joined, set(reasons.joined) - set(moves.joined), "note_event_was_there", of
        )
    odd += [(event, "note_event_still_there") for event, _ in _merged_yet_there(book)]
    odd += _status(book, events)
    yield from contradicted(events, odd)


def _still(
    events: pd.DataFrame, moves: Moves, declared: Mapping[str, str], keys: set[str], note: str, of: str
) -> Iterator[tuple[int, str]]:
    """Events of those who stayed where they were, whatever the event says."""
    stayed = _stayed(moves, is_left=note == "note_event_still_there") & keys
    if not stayed:
        return
    about = events[of_persons(events) == (of == "persons")]
    names = ("old_id", "person_id", "new_id") if of == "persons" else ("old_household", "new_household")
    marks = pd.DataFrame({ENTITY: pd.Series(sorted(stayed), dtype="string")})
    for name in names:
        at = find(about[name], marks, ())
        for i, place in zip(about.index, at, strict=True):
            if place >= 0 and declared.get(str(marks[ENTITY].iloc[place])) == events["event_kind"].iloc[i]:
                yield int(i), note


def _merged_yet_there(book: Book) -> Iterator[tuple[int, str]]:
    """Households declared as merged into another that are in this year's ledger all the same: event, key.

    A number that another household was given in the year is not theirs any more.
    """
    events, homes = book.panel.events, book.panel.homes
    if homes is None or not len(events):
        return
    now = book.panel.two(homes).now
    about = events[events["event_kind"] == "merged"]
    given = set(find(events["new_household"], now, ()).tolist())
    for event, place in zip(about.index, find(about["old_household"], now, ()).tolist(), strict=True):
        if place >= 0 and place not in given:
            yield int(event), str(now[ENTITY].iloc[place])


def _stayed(moves: Moves, *, is_left: bool) -> set[str]:
    """Keys, last year's or this year's, of those in the same unit and household in both years."""
    before, after = moves.before, moves.after
    old = before[(before["now"] >= 0).to_numpy(bool)]
    new = after.iloc[old["now"].to_numpy("int64")]
    same = old["unit"].to_numpy(object) == new["unit"].to_numpy(object)
    if "home" in old:
        same &= old["home"].fillna("").to_numpy(object) == new["home"].fillna("").to_numpy(object)
    return set((old if is_left else new).loc[same, ENTITY].astype(str))


def _status(book: Book, events: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Households declared as escaped that are poor, and as fallen back that are not."""
    homes = book.panel.homes
    assert homes is not None
    after = book.moves("households").after
    for kind, wrong, note in (
        ("escaped", True, "note_event_still_poor"),
        ("fell_back", False, "note_event_not_poor"),
    ):
        about = events[events["event_kind"] == kind]
        for name in ("new_household", "old_household"):
            at = find(about[name], after, ())
            for i, place in zip(about.index, at, strict=True):
                poor = after["poor"].iloc[place] if place >= 0 else pd.NA
                if pd.notna(poor) and bool(poor) == wrong:
                    yield int(i), note


# ---- units ------------------------------------------------------------------------------------------


def _units(standing: Standing, year: int) -> Iterator[Finding]:
    """Villages of last year that are gone while a new one looks like them."""
    for one in unmapped_units(standing, year):
        ledger, frame = _where(standing, year - 1, one.old)
        row = frame[frame[UNIT] == one.old].iloc[0]
        evidence: Said | str = say("unit_evidence", same=f"{one.same}/{one.of}") if one.of else ""
        names = {"old": one.old.split("/", 1)[-1], "new": one.new.split("/", 1)[-1]}
        yield finding(
            "unit_unmapped",
            tell("note_unit_unmapped", evidence=evidence, **names),
            say("hint_unit_unmapped", **names),
            ledger=ledger,
            year=year,
            source=int(row[SOURCE]),
            row=int(row[ROW]),
            unit=one.old,
            value=f"{one.old}|{one.new}",
        )


def unmapped_units(standing: Standing, year: int) -> list[Unmapped]:
    """Villages of the year before that no change declares and that probably are one of the year."""
    panel = standing.over_years.panel(year)
    before, now = (_named(standing, at) for at in (year - 1, year))
    if set(before) <= set(now):
        return []
    declared = set(panel.geography.parts)
    targets = {new for parts in panel.geography.parts.values() for new, _ in parts}
    homes = panel.two(panel.homes) if panel.homes else None
    return list(unmapped(before, [one for one in now if one not in targets], declared, homes))


def _named(standing: Standing, year: int) -> list[str]:
    """The units that rows of villages and households name."""
    ledgers = [one for one in standing.config.ledgers.values() if one.level in ("village", "household")]
    frames = [standing.folded(one.ledger, year).frame for one in ledgers]
    return list(dict.fromkeys(unit for frame in frames for unit in frame[UNIT].dropna().unique()))


def explained_units(standing: Standing, years: Sequence[int]) -> set[str]:
    """New units of which a change of units, or a finding of an unmapped one, says where they come from."""
    found: set[str] = set()
    for year in years:
        if year - 1 in standing.years and UNIT_CHANGE in standing.config.ledgers:
            found |= {one.new for one in unmapped_units(standing, year)}
            changed = standing.over_years.panel(year).geography.parts
            found |= {new for parts in changed.values() for new, _ in parts}
    return found


def _where(standing: Standing, year: int, unit: str) -> tuple[str, pd.DataFrame]:
    """The first ledger with rows of the unit."""
    return next((name, frame) for name, frame in standing.frames(year).items() if (frame[UNIT] == unit).any())
