"""A light scan of the records of an `.xls`: passwords, error cells, hidden rows, numbers shown as 85%.

Source: [MS-XLS] 2.4 (BOF, FilePass, BoundSheet8, Row, BoolErr, Formula, Format, XF, Number, RK, MulRk). Excel
5 and 95 write the same records at the same offsets.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping

from povplan.excel.formats import shown_by
from povplan.excel.marks import Marks
from povplan.grid import Shown

BOF, EOF, FILEPASS, BOUNDSHEET, CODEPAGE = 0x0809, 0x000A, 0x002F, 0x0085, 0x0042
ROW, BOOLERR, FORMULA = 0x0208, 0x0205, (0x0006, 0x0206, 0x0406)
FORMAT, XF = 0x041E, 0x00E0
NUMBER, RK, MULRK = 0x0203, 0x027E, 0x00BD
HIDDEN_ROW = 0x0020
Cell = tuple[int, int]
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def is_encrypted(data: bytes) -> bool:
    """Whether the workbook stream says that what follows is encrypted."""
    stream = _workbook_stream(data)
    for kind, start, _ in _records(stream, 0):
        if kind in (FILEPASS, EOF):
            return kind == FILEPASS
        if start > 1 << 16:
            return False
    return False


def scan(data: bytes) -> dict[str, Marks]:
    """Sheet name → marks, as far as the records can be followed; a broken file tells nothing."""
    stream = _workbook_stream(data)
    shown = _shown_styles(stream)
    return {name: _marks(stream, offset, shown) for name, offset in _sheets(stream)}


def _workbook_stream(data: bytes) -> bytes:
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            for entry in ole.listdir(streams=True, storages=False):
                if len(entry) == 1 and entry[0].lower() in ("workbook", "book"):
                    return bytes(ole.openstream(entry).read())
    except (OSError, IndexError, ValueError, struct.error):
        return b""
    return b""


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, int, int]]:
    """Kind, start and length of the body of each record from `offset` on."""
    end = len(stream)
    while offset + 4 <= end:
        kind, length = struct.unpack_from("<HH", stream, offset)
        if offset + 4 + length > end:
            return
        yield kind, offset + 4, length
        offset += 4 + length


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """Name and offset of each worksheet. Excel 5 and 95 write the name in one byte a character."""
    wide = stream[4:6] == b"\x00\x06"
    for kind, start, length in _records(stream, 0):
        if kind == EOF:
            return
        if kind == BOUNDSHEET and length > 7:
            (offset,) = struct.unpack_from("<I", stream, start)
            body = stream[start + 6 : start + length]
            yield _name(body, wide), offset


def _name(body: bytes, wide: bool) -> str:
    if not wide:
        return body[1 : 1 + body[0]].decode("gb18030", "replace")
    size = body[0] * (2 if body[1] & 1 else 1)
    return body[2 : 2 + size].decode("utf-16-le" if body[1] & 1 else "latin-1", "replace")


def _shown_styles(stream: bytes) -> dict[int, Shown]:
    """The styles of cells, by number, that show a number as another."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    wide = stream[4:6] == b"\x00\x06"
    for kind, start, length in _records(stream, 0):
        if kind == EOF:
            break
        if kind == FORMAT and length > 5:
            (number,) = struct.unpack_from("<H", stream, start)
            body = stream[start + 2 : start + length]
            codes[number] = _name(body[:1] + body[2:] if wide else body, wide)
        elif kind == XF and length >= 4:
            styles.append(struct.unpack_from("<H", stream, start + 2)[0])
    return {style: shown for style, number in enumerate(styles) if (shown := shown_by(number, codes))}


def _shown(
    stream: bytes, kind: int, start: int, length: int, styles: Mapping[int, Shown]
) -> Iterator[tuple[Cell, Shown]]:
    """The cells of one record that hold a number in one of these styles."""
    if (kind in (NUMBER, RK) and length >= 10) or (kind in FORMULA and length >= 14):
        style = struct.unpack_from("<H", stream, start + 4)[0]
        if style in styles and not (kind in FORMULA and stream[start + 12 : start + 14] == b"\xff\xff"):
            yield _cell(stream, start), styles[style]
    elif kind == MULRK:
        row, first = _cell(stream, start)
        for place in range((length - 6) // 6):
            style = struct.unpack_from("<H", stream, start + 4 + 6 * place)[0]
            if style in styles:
                yield (row, first + place), styles[style]


def _marks(stream: bytes, offset: int, styles: Mapping[int, Shown]) -> Marks:
    shown: dict[Cell, Shown] = {}
    errors: dict[tuple[int, int], str] = {}
    hidden: set[int] = set()
    depth = 0
    for kind, start, length in _records(stream, offset):
        depth += (kind == BOF) - (kind == EOF)
        if depth == 0:
            break
        if depth > 1:
            continue  # a chart inside the sheet
        if styles:
            shown.update(_shown(stream, kind, start, length, styles))
        if kind == ROW and length >= 14 and stream[start + 12] & HIDDEN_ROW:
            hidden.add(struct.unpack_from("<H", stream, start)[0] + 1)
        elif kind == BOOLERR and length >= 8 and stream[start + 7] == 1:
            errors[_cell(stream, start)] = ERRORS.get(stream[start + 6], "#ERR")
        elif kind in FORMULA and length >= 14 and _is_error_result(stream, start):
            errors[_cell(stream, start)] = ERRORS.get(stream[start + 8], "#ERR")
    return Marks(errors, hidden_rows=frozenset(hidden), shown=shown)


def _is_error_result(stream: bytes, start: int) -> bool:
    return stream[start + 12 : start + 14] == b"\xff\xff" and stream[start + 6] == 2


def _cell(stream: bytes, start: int) -> Cell:
    row, column = struct.unpack_from("<HH", stream, start)
    return row + 1, column + 1
