"""Which village and year a sheet speaks of as a whole: cells beside labels, lines like 行政村：甲子村."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from povplan.grid import Grid, Value
from povplan.spec import Form, Ledger, Place
from povplan.words import Vocabulary, normal

PLACES: tuple[Place, ...] = ("county", "township", "village", "code")


@dataclass(frozen=True)
class Told:
    """A value that stands over the table, and its cell (row and column from 1)."""

    text: Value
    cell: tuple[int, int]


def told_above(grid: Grid, top: int, form: Form, ledger: Ledger, vocabulary: Vocabulary) -> dict[str, Told]:
    """Field of place, or `year` → what the rows above `top` say of it; the first word counts."""
    labels = _labels(form, ledger)
    found: dict[str, Told] = {}
    for row in range(1, top):
        for name, told in _in_row(grid, row, labels, vocabulary):
            found.setdefault(name, told)
    village = ledger.placed("village")
    if village and village not in found and form.items and form.items.village == "sheet":
        endings = tuple(ending for group in vocabulary.words.village_suffixes for ending in group)
        name = unicodedata.normalize("NFKC", grid.sheet).strip()
        if name.endswith(endings) and name not in endings:
            found[village] = Told(name, (top, 1))
    return found


def _labels(form: Form, ledger: Ledger) -> dict[str, str]:
    """Text of a label → field."""
    columns = form.feeds[0].columns
    placed = [ledger.placed(place) for place in PLACES]
    fields = [name for name in (*placed, "year") if name and name in columns]
    return {normal(text): name for name in fields for text in columns[name]}


def _in_row(
    grid: Grid, row: int, labels: Mapping[str, str], vocabulary: Vocabulary
) -> Iterator[tuple[str, Told]]:
    cells = grid.row(row)
    for at, cell in enumerate(cells):
        if not isinstance(cell, str) or not cell.strip():
            continue
        yield from _in_text(cell, (row, at + 1), labels)
        name = labels.get(_label(cell))
        right = next((j for j in range(at + 1, len(cells)) if cells[j] not in (None, "")), None)
        if name and right is not None and not _is_label(cells[right], labels, vocabulary):
            yield name, Told(cells[right], (row, right + 1))


def _label(text: str) -> str:
    """A label cell without colon and without (盖章)."""
    return re.sub(r"[(][^()]*[)]$", "", normal(text).strip(":")).strip(":")


def _is_label(cell: Value, labels: Mapping[str, str], vocabulary: Vocabulary) -> bool:
    return isinstance(cell, str) and (
        _label(cell) in labels or vocabulary.is_aside(cell) or normal(cell).endswith((":", "(盖章)"))
    )


def _in_text(text: str, cell: tuple[int, int], labels: Mapping[str, str]) -> Iterator[tuple[str, Told]]:
    """`县：清河县　乡镇：东岭镇　行政村：甲子村`, each label followed by what it says."""
    plain = unicodedata.normalize("NFKC", text)
    pieces = re.split(r"([^\s:,;]+)\s*:", plain)
    for label, rest in zip(pieces[1::2], pieces[2::2], strict=True):
        name, said = labels.get(_label(label)), rest.strip().strip("_").split()
        if name and said and said[0].strip("_"):
            yield name, Told(said[0].strip("_,;"), cell)
