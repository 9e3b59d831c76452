"""A report as its YAML asks for it: the declared sheets built from the facts, cover and contents first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from povplan.sheets.book import Book
from povplan.sheets.changes import change_sheet, unit_change_sheet
from povplan.sheets.deviations import deviations_sheet
from povplan.sheets.facts import Facts
from povplan.sheets.front import contents_sheet, cover_sheet
from povplan.sheets.indicators import indicator_sheets
from povplan.sheets.money import leverage_sheet, sources_sheet
from povplan.sheets.needs import needs_sheet
from povplan.sheets.notice import notice_sheet
from povplan.sheets.page import Fonts, Sheet, Workbook
from povplan.sheets.plan import responsibility_sheet, targets_sheet
from povplan.sheets.public import public_sheet
from povplan.sheets.quality import coverage_sheet, findings_sheet, rules_sheet
from povplan.sheets.registers import amendments_sheet, waivers_sheet
from povplan.sheets.resources import combinations_sheet, doubles_sheet, stages_sheet, view_sheet
from povplan.sheets.restated import restated_sheet
from povplan.sheets.scores import scores_sheet
from povplan.sheets.sourcing import definitions_sheet, provenance_sheet
from povplan.sheets.spreading import spread
from povplan.sheets.summary import summary_sheet
from povplan.spec import Report, ReportSheet

Builder = Callable[[ReportSheet, Facts, Book], Iterator[Sheet]]
BUILDERS: Mapping[str, Builder] = {
    "summary": summary_sheet,
    "indicators": indicator_sheets,
    "change": change_sheet,
    "unit_change": unit_change_sheet,
    "leverage": leverage_sheet,
    "sources": sources_sheet,
    "coverage": coverage_sheet,
    "rules": rules_sheet,
    "findings": findings_sheet,
    "definitions": definitions_sheet,
    "provenance": provenance_sheet,
    "combinations": combinations_sheet,
    "stages": stages_sheet,
    "doubles": doubles_sheet,
    "view": view_sheet,
    "waivers": waivers_sheet,
    "amendments": amendments_sheet,
    "targets": targets_sheet,
    "scores": scores_sheet,
    "responsibility": responsibility_sheet,
    "notice": notice_sheet,
    "restated": restated_sheet,
    "deviations": deviations_sheet,
    "needs": needs_sheet,
    "public": public_sheet,
}
"""Kind of sheet → what builds it; a builder without anything to show yields no sheet."""


def workbook(report: Report, facts: Facts, book: Book) -> Workbook:
    """The whole report of `facts`, a value to be drawn."""
    book = replace(book, defining=any(spec.kind == "definitions" for spec in report.sheets))
    specs = {kind: next((s for s in report.sheets if s.kind == kind), None) for kind in ("cover", "contents")}
    body = [
        sheet
        for spec in _each_once(report, book)
        if spec.kind in BUILDERS
        for sheet in BUILDERS[spec.kind](spec, facts, book)
    ]
    body = list(spread(body))
    front: list[Sheet] = []
    if spec := specs["cover"]:
        front.append(cover_sheet(spec, report, facts, book))
    if spec := specs["contents"]:
        front.append(contents_sheet(spec, body, book))
        body = [replace(sheet, home=front[-1].name) for sheet in body]
    footer = report.footer.text(book.lang) if report.footer else ""
    numbering = book.word("page_numbering")
    sheets = [replace(sheet, footer=footer, numbering=numbering) for sheet in (*front, *body)]
    title = book.word("report_title", unit=facts.name, year=facts.year, title=report.title.text(book.lang))
    return Workbook(sheets, title, Fonts(report.fonts.body, report.fonts.title))


def notices(report: Report, whole: Facts, each: Iterable[Facts], book: Book) -> Workbook:
    """One page for each of those that `each` speaks of, in their order."""
    footer = report.footer.text(book.lang) if report.footer else ""
    specs = [spec for spec in report.sheets if spec.kind == "notice"]
    pages = [page for facts in each for spec in specs for page in notice_sheet(spec, facts, book)]
    sheets = [replace(page, footer=footer, numbering="") for page in pages]
    title = book.word("report_title", unit=whole.name, year=whole.year, title=report.title.text(book.lang))
    return Workbook(sheets, title, Fonts(report.fonts.body, report.fonts.title))


def _each_once(report: Report, book: Book) -> Iterator[ReportSheet]:
    """The sheets, a domain's without the indicators that another sheet names for itself."""
    named = {name for spec in report.sheets if spec.kind == "indicators" for name in spec.indicators}
    for spec in report.sheets:
        if spec.kind != "indicators" or spec.indicators:
            yield spec
        elif rest := tuple(
            one.id for one in book.ordered if spec.domain in (None, one.domain) and one.id not in named
        ):
            yield spec.model_copy(update={"indicators": rest})
