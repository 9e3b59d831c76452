"""The sheet 疑点清单 of a marked copy: one line a finding, each leading to its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from povplan.excel.marking.package import MAIN
from povplan.excel.marking.sheet import MOST_LINKS
from povplan.excel.marking.styles import Styles
from povplan.excel.marking.values import SEVERITIES, TABS, Doubt, Listing, Severity, legal
from povplan.excel.widths import LINE, lines_of
from povplan.model import column_letters

LONGEST = 32_000
"""Characters of text that a cell is given."""
LINK = {"u": True, "colour": "FF1F4E79"}


@dataclass(frozen=True)
class Looks:
    """Numbers of the list's styles."""

    title: int
    line: int
    heading: int
    text: int
    link: int
    severity: Mapping[Severity, int]

    @classmethod
    def of(cls, styles: Styles, font: str) -> Looks:
        """The styles, added to those of the workbook."""
        plain = {"name": font}
        text = styles.added(plain, border=True, wrapText="1")
        return cls(
            title=styles.added({"name": font, "b": True, "size": 16}, horizontal="left"),
            line=styles.added(plain, horizontal="left"),
            heading=styles.added(
                {"name": font, "b": True}, fill="FFDCE6F1", border=True, horizontal="center", wrapText="1"
            ),
            text=text,
            link=styles.added({**plain, **LINK}, border=True, wrapText="1"),
            severity={one: styles.marked(text, one) for one in SEVERITIES},
        )


def first_row(listing: Listing) -> int:
    """The sheet row of the first finding."""
    return len(listing.lines) + 3


def sheet_xml(listing: Listing, looks: Looks, places: Sequence[tuple[str, int, int] | None]) -> bytes:
    """The part of the list. `places` are the cells that its lines lead to."""
    worst = min((one.severity for one in listing.doubts if one.open), key=SEVERITIES.index, default=None)
    tab = f'<tabColor rgb="{TABS[worst]}"/>' if worst else ""
    heading = first_row(listing) - 1
    last = max(heading + len(listing.doubts), heading)
    right = column_letters(len(listing.headings))
    links = "".join(_links(listing, places))
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
            f'<worksheet xmlns="{MAIN}"><sheetPr>{tab}<pageSetUpPr fitToPage="1"/></sheetPr>',
            '<sheetViews><sheetView showGridLines="0" workbookViewId="0">',
            f'<pane ySplit="{heading}" topLeftCell="A{heading + 1}" activePane="bottomLeft" state="frozen"/>',
            "</sheetView></sheetViews>",
            f"<cols>{''.join(_cols(listing.widths))}</cols>",
            f"<sheetData>{''.join(_rows(listing, looks, places))}</sheetData>",
            f'<autoFilter ref="A{heading}:{right}{last}"/>' if listing.doubts else "",
            f"<hyperlinks>{links}</hyperlinks>" if links else "",
            '<printOptions horizontalCentered="1"/>',
            '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.7" header="0.3" footer="0.3"/>',
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
            f"<headerFooter><oddFooter>{escape(legal(listing.footer))}</oddFooter></headerFooter>",
            "</worksheet>",
        )
    ).encode()


def cell_link(sheet: str, row: int, column: int) -> str:
    """A place in the workbook as links name it."""
    return "'" + sheet.replace("'", "''") + f"'!{column_letters(column)}{row}"


def _cols(widths: Sequence[float]) -> Iterator[str]:
    for number, width in enumerate(widths, 1):
        yield f'<col min="{number}" max="{number}" width="{width:g}" customWidth="1"/>'


def _rows(listing: Listing, looks: Looks, places: Sequence[tuple[str, int, int] | None]) -> Iterator[str]:
    yield _row(1, [(listing.title, looks.title)], 28)
    for number, line in enumerate(listing.lines, 2):
        yield _row(number, [(line, looks.line)], 18)
    tallest = max((lines_of(h, w) for h, w in zip(listing.headings, listing.widths, strict=True)), default=1)
    heading = first_row(listing) - 1
    yield _row(heading, [(text, looks.heading) for text in listing.headings], LINE * tallest + 6)
    for number, (doubt, place) in enumerate(zip(listing.doubts, places, strict=True), first_row(listing)):
        lines = max(lines_of(text, width) for text, width in zip(doubt.cells, listing.widths, strict=True))
        yield _row(number, _line(doubt, place, listing, looks), LINE * min(lines, 25) + 3)


def _line(
    doubt: Doubt, place: tuple[str, int, int] | None, listing: Listing, looks: Looks
) -> list[tuple[str, int]]:
    styles = [looks.text] * len(doubt.cells)
    styles[0] = looks.severity[doubt.severity] if doubt.open else looks.text
    styles[listing.link] = looks.link if place else looks.text
    return list(zip(doubt.cells, styles, strict=True))


def _row(number: int, cells: Sequence[tuple[str, int]], height: float) -> str:
    inside = "".join(
        _cell(f"{column_letters(column)}{number}", text, style)
        for column, (text, style) in enumerate(cells, 1)
    )
    return f'<row r="{number}" ht="{height:g}" customHeight="1">{inside}</row>'


def _cell(ref: str, text: str, style: int) -> str:
    """Text in the cell itself: whatever it begins with, it is no formula."""
    if not text:
        return f'<c r="{ref}" s="{style}"/>'
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    inside = escape(legal(shown))
    return f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{inside}</t></is></c>'


def _links(listing: Listing, places: Sequence[tuple[str, int, int] | None]) -> Iterator[str]:
    column = column_letters(listing.link + 1)
    numbered = [(number, place) for number, place in enumerate(places, first_row(listing)) if place]
    for number, place in numbered[:MOST_LINKS]:
        location = quoteattr(legal(cell_link(*place)))
        yield f'<hyperlink ref="{column}{number}" location={location}/>'
