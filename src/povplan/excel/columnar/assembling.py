"""Gathered cells and calamine's answers → packed columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from povplan.excel.columnar.asking import rows_of
from povplan.excel.columnar.gathering import Lot
from povplan.excel.columnar.scanning import Scanned
from povplan.grid import BLANK, NUMBER, Contents, Packed, Value

_IN_NEED = r"[&\x00-\x08\x0b-\x1f]|_x00|^[ \t\n]|[ \t\n]$"
"""Texts that are not what they are written as: escapes, line ends, blanks at the ends."""
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Question:
    """What is to be asked of a scanned sheet, and how to go on from the answers."""

    scanned: Scanned

    @cached_property
    def _written(self) -> tuple[pa.Array, list[npt.NDArray[Any]]]:
        """Each different text written in a cell, and block by block which of them its cells have."""
        texts, places = _encoded(self.scanned.gathered.written)
        return texts.cast(pa.string()), places

    @cached_property
    def _needy(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(pc.match_substring_regex(self._written[0], _IN_NEED).to_numpy(False))

    @cached_property
    def _others(self) -> tuple[pa.Array, list[npt.NDArray[Any]]]:
        return _encoded(self.scanned.gathered.others)

    @cached_property
    def _shared(self) -> npt.NDArray[np.int32]:
        """Places in the list of shared strings that some cell has."""
        taken = self.scanned.gathered.shared.taken
        return np.unique(np.concatenate(taken)) if taken else np.zeros(0, np.int32)

    def prepare(self) -> None:
        """Make up the question. ArrowInvalid where a text is not what it claims to be."""
        assert self.sheet

    @cached_property
    def sheet(self) -> bytes:
        """The sheet with each thing to be asked in a row of its own."""
        needy = self._written[0].take(pa.array(self._needy)).cast(pa.binary()).to_pylist()
        cells = [
            *(b' t="inlineStr"><is><t>%b</t></is>' % text for text in needy),
            *(b' t="s"><v>%d</v>' % place for place in self._shared.tolist()),
            *self._others[0].to_pylist(),
        ]
        return self.scanned.head + rows_of(cells) + self.scanned.tail

    def columns(self, answers: Sequence[Value]) -> list[Packed]:
        """The columns of the sheet; as with any reader, blank rows and columns at the end are none."""
        needed = len(self._needy) + len(self._shared) + len(self._others[0])
        answers = [None if answer == "" else answer for answer in answers]
        answers += [None] * (needed - len(answers))
        contents, codes, numbers = self._contents(answers)
        filled = [*self._filled(codes, numbers)]
        height, width = self.scanned.gathered.marks().extent
        for one in filled:
            height, width = max(height, one.rows.max(initial=0)), max(width, one.columns.max(initial=0))
        all_codes, all_numbers = np.full((width, height), BLANK, np.int32), np.full((width, height), np.nan)
        for one in filled:
            all_codes[one.columns - 1, one.rows - 1] = one.codes
            all_numbers[one.columns - 1, one.rows - 1] = one.numbers
        return [Packed(*column, contents) for column in zip(all_codes, all_numbers, strict=True)]

    def _contents(self, answers: Sequence[Value]) -> tuple[Contents, Codes, npt.NDArray[np.float64]]:
        """All contents of the sheet, each once; by written text, then by answer, its code and its number."""
        written = self._written[0]
        count, needy = len(written), len(self._needy)
        texts = [answer if isinstance(answer, str) else None for answer in answers]
        is_odd = np.zeros(count, bool)
        is_odd[self._needy] = True
        plain = pc.if_else(pa.array(is_odd | (pc.binary_length(written).to_numpy(False) == 0)), None, written)
        plain = pc.replace_with_mask(plain, pa.array(is_odd), pa.array(texts[:needy], pa.string()))
        encoded = pa.concat_arrays([plain, pa.array(texts[needy:], pa.string())]).dictionary_encode()
        codes = encoded.indices.fill_null(BLANK).to_numpy(False).astype(np.int32)
        numbers = np.full(len(codes), np.nan)
        others: list[Value] = []
        for at, answer in enumerate(answers[needy:], count):
            if isinstance(answer, float):
                codes[at], numbers[at] = NUMBER, answer
            elif answer is not None and not isinstance(answer, str):
                codes[at] = len(encoded.dictionary) + len(others)
                others.append(answer)
        return Contents(encoded.dictionary, others), codes, numbers

    def _filled(self, codes: Codes, numbers: npt.NDArray[np.float64]) -> Iterator[_Filled]:
        """The cells that are not blank, block by block."""
        gathered = self.scanned.gathered
        for rows, columns, taken in gathered.numbers:
            yield _Filled(rows, columns, NUMBER, taken)
        shared = len(self._written[0])
        others = shared + len(self._shared)
        lots = (
            (gathered.written, self._written[1]),
            (
                gathered.shared,
                [np.searchsorted(self._shared, block) + shared for block in gathered.shared.taken],
            ),
            (gathered.others, [block + others for block in self._others[1]]),
        )
        for lot, places in lots:
            for (rows, columns, _), place in zip(lot, places, strict=True):
                is_filled = codes[place] != BLANK
                at = place[is_filled]
                yield _Filled(rows[is_filled], columns[is_filled], codes[at], numbers[at])


@dataclass(frozen=True)
class _Filled:
    """Cells that hold something, where they stand, and their codes and numbers."""

    rows: Codes
    columns: Codes
    codes: Codes | int
    numbers: npt.NDArray[np.float64]


def _encoded(lot: Lot) -> tuple[pa.Array, list[npt.NDArray[Any]]]:
    """Each different thing that was taken from the cells, and block by block which one."""
    if not lot.taken:
        return pa.array([], pa.binary()), []
    chunks = pa.chunked_array(lot.taken).dictionary_encode().unify_dictionaries().chunks
    return chunks[0].dictionary, [chunk.indices.to_numpy(False) for chunk in chunks]
