"""Tables spread over sheets, so that every page has its heading."""

from __future__ import annotations

import pytest

from povplan.sheets.page import Chart, Charts, Column, Row, Sheet, Table, Words
from povplan.sheets.spreading import spread


def table(head: str, rows: int, title: str = "") -> Table:
    return Table(Column.plain(head), [Row([number]) for number in range(rows)], title)


def named(sheets: list[Sheet]) -> dict[str, list[str]]:
    """Sheet → the headings of its tables."""
    return {sheet.name: [one.columns[0].head[0] for one in sheet.tables] for sheet in sheets}


def test_tables_of_one_page_stay_together() -> None:
    sheet = Sheet("表", (table("甲", 10), table("乙", 10), table("丙", 500)))

    assert named(list(spread([sheet]))) == {"表": ["甲", "乙", "丙"]}


def test_what_comes_after_a_table_of_many_pages_gets_a_sheet_of_its_own() -> None:
    parts = (table("甲", 100, "头"), table("乙", 10, "中"), table("丙", 100, "尾"), table("丁", 1))

    sheets = list(spread([Sheet("表", parts, title="标题", left="甲县")]))

    assert named(sheets) == {"表": ["甲"], "表·中": ["乙", "丙"], "表(3)": ["丁"]}
    assert [sheet.title for sheet in sheets] == ["标题", "标题·中", "标题(3)"]
    assert {sheet.left for sheet in sheets} == {"甲县"}


def test_the_title_of_a_sheet_serves_its_only_table() -> None:
    sheets = list(spread([Sheet("表", (table("甲", 100, "头"), table("乙", 1, "尾")), title="标题")]))

    assert [(sheet.title, sheet.tables[0].title) for sheet in sheets] == [("标题", "头"), ("标题·尾", "")]


def test_tables_of_the_same_headings_share_a_sheet_however_long() -> None:
    sheet = Sheet("表", (table("甲", 100), table("甲", 100), table("甲", 1)))

    assert named(list(spread([sheet]))) == {"表": ["甲", "甲", "甲"]}


def test_a_caption_too_long_for_a_tab_gives_way_to_a_number() -> None:
    sheets = list(spread([Sheet("表", (table("甲", 100), table("乙", 1, "长" * 40)), title="标题")]))

    assert [sheet.name for sheet in sheets] == ["表", "表(2)"]
    assert sheets[1].title == "标题·" + "长" * 40


@pytest.mark.parametrize("part", [Words(["说明"]), Charts([])])
def test_a_sheet_of_more_than_tables_stays_whole(part: Words | Charts) -> None:
    sheet = Sheet("表", (part, table("甲", 100), table("乙", 1)))

    assert list(spread([sheet])) == [sheet]


def test_a_sheet_that_charts_are_drawn_from_stays_whole() -> None:
    sheet = Sheet("表", (table("甲", 100), table("乙", 1)))
    chart = Chart("line", "图", 1, (0, 0), 0, (0,), sheet="表")

    assert next(spread([sheet, Sheet("图", (Charts([chart]),))])) == sheet


def test_captions_that_say_the_same_give_way_to_numbers_so_that_links_lead_to_each() -> None:
    parts = (table("甲", 100), table("乙", 100, "同"), table("甲", 100, "同"))

    sheets = list(spread([Sheet("表", parts, title="标题")]))

    assert [sheet.name for sheet in sheets] == ["表", "表(2)", "表(3)"]
    assert [sheet.tables[0].title for sheet in sheets[1:]] == ["同", "同"]
