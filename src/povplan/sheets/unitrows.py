"""Units down a table: live totals over the units below, with what belongs to none of them shown apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from povplan.sheets.page import WITHHELD_SIGN, Cell, Row, RowLook, SumOf, number_in

NEAR = 4e-7
"""Amounts in 万元 that differ by less than half a fen are the same."""


def unit_rows(
    units: Sequence[str],
    cells: Callable[[str], Sequence[Cell]],
    additive: Sequence[bool],
    own: str,
) -> list[Row]:
    """One row a unit, parents before their children.

    `additive` says of each cell whether a unit's is the sum of those below: such a cell becomes a live sum.
    Where the units below do not make up the whole (money booked at the township), the rest gets a row
    right under its unit, called `own`. A whole of which a part is withheld is a value, no sum, and has no
    rest: either would be another figure, or give the part away.
    """
    values = {unit: list(cells(unit)) for unit in units}
    below = _below(units)
    rests = {unit: _rest(values[unit], [values[one] for one in below[unit]], additive) for unit in units}
    places = _places(units, rests)
    top = min((unit.count("/") for unit in units), default=0)
    rows: list[Row] = []
    for unit in units:
        level = unit.count("/") - top
        under = [places[one] for one in below[unit]]
        if rest := rests[unit]:
            under.append(places[unit] + 1)
        told = [all(is_told(values[one][n]) for one in below[unit]) for n in range(len(values[unit]))]
        adding = [adds and of for adds, of in zip(additive, told, strict=True)]
        summed = [_summed(cell, adds, under) for cell, adds in zip(values[unit], adding, strict=True)]
        rows.append(Row([unit.rsplit("/", 1)[-1], *summed], _look(level, bool(below[unit])), level))
        if rest:
            rows.append(Row([own, *rest], "plain", level + 1))
    return rows


def is_number(cell: Cell) -> bool:
    """Whether the cell holds a number."""
    return isinstance(cell.value, int | float) and not isinstance(cell.value, bool)


def is_told(cell: Cell) -> bool:
    """Whether the cell is not withheld."""
    return cell.value != WITHHELD_SIGN


def _below(units: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {unit: [] for unit in units}
    for unit in units:
        if (above := unit.rpartition("/")[0]) in found:
            found[above].append(unit)
    return found


def _places(units: Sequence[str], rests: Mapping[str, list[Cell] | None]) -> dict[str, int]:
    """At which row of the table each unit stands."""
    places, row = {}, 0
    for unit in units:
        places[unit] = row
        row += 2 if rests[unit] else 1
    return places


def _summed(cell: Cell, adds: bool, under: Sequence[int]) -> Cell:
    live = SumOf(tuple(under)) if adds and under and is_number(cell) else cell.live
    return Cell(cell.value, cell.shape, live, cell.look)


def _look(level: int, has_units_below: bool) -> RowLook:
    if level == 0:
        return "total"
    return "subtotal" if has_units_below else "plain"


def _rest(
    whole: Sequence[Cell], parts: Sequence[Sequence[Cell]], additive: Sequence[bool]
) -> list[Cell] | None:
    """What of each additive cell no unit below accounts for; None where they account for all."""
    if not parts:
        return None
    rest = [
        _less(cell, [part[number] for part in parts]) if adds else Cell(None)
        for number, (cell, adds) in enumerate(zip(whole, additive, strict=True))
    ]
    return rest if any(cell.value is not None for cell in rest) else None


def _less(whole: Cell, parts: Sequence[Cell]) -> Cell:
    if not is_number(whole) or not all(map(is_told, parts)):
        return Cell(None)
    left = number_in(whole) - sum(number_in(part) for part in parts)
    return Cell(round(left, 8), whole.shape) if abs(left) > NEAR else Cell(None)
