"""A sheet's part of the package, inflated piece by piece → its gathered cells, and what is around them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from povplan.excel import bounds
from povplan.excel.columnar.cells import cells_of
from povplan.excel.columnar.gathering import Gathered
from povplan.excel.columnar.tags import Unusual, tags_of
from povplan.grid import Shown

PIECE = 1 << 20
"""Bytes looked at at once: few enough to stay near the processor, enough that each look is worth it."""
LONGEST_HEAD, LONGEST_ROW, LONGEST_TAIL = 1 << 20, 8 << 20, 32 << 20
_DECLARED = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:<\?xml version="1\.0"(?: encoding="(?:UTF-8|utf-8)")?[^<>]*\?>)?\s*'
    rb"<worksheet[\s>]"
)
_BEGIN, _END, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"


@dataclass(frozen=True)
class Scanned:
    """The cells of a sheet, and its XML before and behind them."""

    gathered: Gathered
    head: bytes
    tail: bytes


def scan(
    package: zipfile.ZipFile, part: str, dated: Collection[int], shown: Mapping[int, Shown] | None = None
) -> Scanned:
    """One sheet. Unusual where it is not written as spreadsheet programs write, or is out of scale."""
    gathered = Gathered(dated, shown or {})
    with package.open(part) as stream:
        head, rest = _head(stream)
        pieces = _Pieces(stream, rest)
        for block in pieces.blocks():
            gathered.add(cells_of(tags_of(block), gathered.last))
            if gathered.last * gathered.width > bounds.CELLS:
                raise Unusual("out of scale")
        tail = pieces.rest + stream.read(LONGEST_TAIL)
        if stream.read(1):
            raise Unusual("more behind the cells than cells")
    if b"<sheetData" in tail or b"<row" in tail:
        raise Unusual("two tables of cells")
    return Scanned(gathered, head, tail)


def _head(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """All up to the rows, and what was read of them."""
    head = b""
    while (at := head.find(_BEGIN)) < 0:
        piece = stream.read(PIECE)
        head += piece
        if not piece or len(head) > LONGEST_HEAD:
            raise Unusual("no rows")
    end = at + len(_BEGIN)
    if not _DECLARED.match(head) or b"<!" in head[:end]:
        raise Unusual("another kind of document")
    return head[:end], head[end:]


@dataclass
class _Pieces:
    """The rows of a sheet in blocks that end with a row; then `rest` begins with the end of the rows."""

    stream: IO[bytes]
    rest: bytes

    def blocks(self) -> Iterator[bytes]:
        """Whole rows, up to the end of them all."""
        while True:
            end = self.rest.find(_END)
            cut = end if end >= 0 else self.rest.rfind(_ROW_END) + len(_ROW_END)
            if end >= 0 or cut >= len(_ROW_END):
                block, self.rest = self.rest[:cut], self.rest[cut:]
                if block:
                    yield block
            if end >= 0:
                return
            piece = self.stream.read(PIECE)
            if not piece or len(self.rest) > LONGEST_ROW:
                raise Unusual("rows without an end")
            self.rest += piece
