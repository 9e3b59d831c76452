"""The headers of all files brought together: each once for its form, with every place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from povplan.jobs.learning.studying import HeaderSeen, SheetSeen
from povplan.reading.likeness import LIKELY, Guess

Status = Literal["sure", "likely", "unmatched"]
Target = tuple[str, str]
"""(ledger, field)."""


@dataclass(frozen=True)
class Place:
    """Where a header stands."""

    file: str
    sheet: str
    cell: str


@dataclass(frozen=True)
class Heading:
    """One header of one form, as the first sheet has it and the fullest fills it."""

    form: str
    seen: HeaderSeen
    places: tuple[Place, ...]
    best: Guess | None = None
    """The most likely field that no likelier header of the same sheet is."""
    recognised: bool = False
    """Whether a sheet that it stands on is read as it is."""

    @property
    def text(self) -> str:
        """The header as people read it: the merged header, the own, the unit."""
        unit = f"({self.seen.unit})" if self.seen.unit else ""
        return "/".join(self.seen.path) + unit

    @property
    def status(self) -> Status:
        """sure: declared · likely: the best guess is worth asking about · unmatched."""
        if self.seen.field:
            return "sure"
        return "likely" if self.best and self.best.confidence >= LIKELY else "unmatched"

    @property
    def sheets(self) -> frozenset[tuple[str, str]]:
        """The sheets it stands on."""
        return frozenset((place.file, place.sheet) for place in self.places)


def together(files: Iterable[tuple[Path, Sequence[SheetSeen]]]) -> list[Heading]:
    """Every header of the sheets that fit: sure, likely, unmatched ones, form by form, in sheet order."""
    found: dict[tuple[str, tuple[str, ...], str | None], Heading] = {}
    for path, sheets in files:
        for sheet in sheets:
            for seen in sheet.headers if sheet.fits else ():
                key = _key(sheet.form or "", seen)
                place = Place(path.name, sheet.sheet, seen.cell)
                new = Heading(key[0], seen, (place,), recognised=sheet.recognised)
                found[key] = _joined(found.get(key), new)
    order = {"sure": 0, "likely": 1, "unmatched": 2}
    at = {key: number for number, key in enumerate(found)}
    return sorted(
        _apart([*found.values()]),
        key=lambda heading: (order[heading.status], heading.form, at[_key(heading.form, heading.seen)]),
    )


def _key(form: str, seen: HeaderSeen) -> tuple[str, tuple[str, ...], str | None]:
    """What makes two headers the same."""
    return form, seen.path, seen.unit


def _joined(known: Heading | None, new: Heading) -> Heading:
    """The same header on one more sheet: what is certain anywhere is certain; the fullest column guesses."""
    if known is None:
        return new
    places = (*known.places, *(place for place in new.places if place not in known.places))
    first, second = known.seen, new.seen
    best = first if first.field or (not second.field and first.filled >= second.filled) else second
    whole = first.declared if "/" in first.declared else second.declared
    seen = replace(best, declared=whole, personal=first.personal or second.personal)
    return Heading(known.form, seen, places, recognised=known.recognised or new.recognised)


def _apart(headings: Sequence[Heading]) -> list[Heading]:
    """Each header with its best guess: a field goes to the likeliest header of a sheet, never to two."""
    sure = [(heading, heading.seen.field) for heading in headings if heading.seen.field]
    settled = [heading for heading, _ in sure]
    open_ = [_only(heading, sure) for heading in headings if not heading.seen.field]
    taken: list[tuple[Heading, Target]] = []
    while open_:
        open_ = [replace(heading, best=_first(heading, taken)) for heading in open_]
        heading = max(open_, key=lambda each: each.best.confidence if each.best else 0)
        open_.remove(heading)
        settled.append(heading)
        if heading.best and heading.status == "likely":
            taken.append((heading, target(heading.best)))
    return settled


def _only(heading: Heading, sure: Iterable[tuple[Heading, Target | None]]) -> Heading:
    """The header without guesses at fields that another header of its sheets is for certain."""
    used = {field for other, field in sure if other.sheets & heading.sheets}
    free = tuple(guess for guess in heading.seen.guesses if target(guess) not in used)
    return replace(heading, seen=replace(heading.seen, guesses=free))


def _first(heading: Heading, taken: Iterable[tuple[Heading, Target]]) -> Guess | None:
    used = {field for other, field in taken if other.sheets & heading.sheets}
    return next((guess for guess in heading.seen.guesses if target(guess) not in used), None)


def target(guess: Guess) -> Target:
    """(ledger, field) that a guess names."""
    return guess.ledger, guess.field
