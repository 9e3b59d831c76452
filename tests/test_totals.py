"""A printed total against its rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grids import HEADERS, form, grid, ledger, read

HEAD = "乡镇 | 村名 | 贫困户(户) | 贫困人口(人) | 集体收入(元)"


def checked(under: str, **more: Any) -> tuple[int, list[tuple[int, int, str, str]]]:
    """How many totals agree, and (row, column, printed, summed) of those that do not."""
    result = read(grid(f"{HEAD}\n{under}"), form(HEADERS, **more))
    differing = [note for note in result.notes if note.rule == "total_differs"]
    return result.totals_agreeing, [
        (note.row, note.column, note.more["printed"], note.more["summed"]) for note in differing
    ]


ROWS = """
    温泉镇 | 桥头村 | 3 | 9 | 1.10
    温泉镇 | 上河村 | 4 | 8 | 2.20
    石门镇 | 桥头村 | 5 | 7 | 3.30
"""


@pytest.mark.parametrize("total", ["合计 | | 12 | 24 | 6.60", "全县 | | '12 | '24 | '6.60元"])
def test_a_total_equal_to_its_rows_agrees_on_top_and_at_the_foot(total: str) -> None:
    assert checked(f"{ROWS}\n{total}") == (3, [])
    assert checked(f"{total}\n{ROWS}") == (3, [])


def test_a_total_that_disagrees_is_found_at_its_cell() -> None:
    assert checked(f"{ROWS}\n合计 | | 12 | 25 | 6.61") == (1, [(5, 4, "25", "24"), (5, 5, "6.61", "6.60")])


def test_a_blank_in_a_total_is_no_zero() -> None:
    assert checked(f"{ROWS}\n合计 | | 12 | | ") == (1, [])


def test_subtotals_below_or_above_their_rows_and_the_sum_of_all_agree() -> None:
    below = """
        温泉镇 | 桥头村 | 3 | 9 | 1
        温泉镇 | 上河村 | 4 | 8 | 2
        小计 | | 7 | 17 | 3
        石门镇 | 桥头村 | 5 | 7 | 3
        小计 | | 5 | 7 | 3
        合计 | | 12 | 24 | 6
    """
    above = """
        合计 | | 12 | 24 | 6
        温泉镇 | 小计 | 7 | 17 | 3
        温泉镇 | 桥头村 | 3 | 9 | 1
        温泉镇 | 上河村 | 4 | 8 | 2
        石门镇 | 小计 | 5 | 7 | 3
        石门镇 | 桥头村 | 5 | 7 | 3
    """

    assert checked(below) == checked(above) == (9, [])


def test_groups_within_groups_agree() -> None:
    assert checked(
        """
        温泉镇 | 一组 | 1 | 1 | 1
        桥头村小计 | | 1 | 1 | 1
        温泉镇 | 二组 | 2 | 2 | 2
        上河村小计 | | 2 | 2 | 2
        温泉镇合计 | | 3 | 3 | 3
        石门镇 | 三组 | 4 | 4 | 4
        石门镇合计 | | 4 | 4 | 4
        总计 | | 7 | 7 | 7
        """
    ) == (15, [])


def test_page_totals_may_add_up_all_pages_before() -> None:
    assert checked(
        """
        温泉镇 | 桥头村 | 3 | 9 | 1
        本页小计 | | 3 | 9 | 1
        温泉镇 | 上河村 | 4 | 8 | 2
        本页小计 | | 4 | 8 | 2
        累计 | | 7 | 17 | 3
        石门镇 | 桥头村 | 5 | 7 | 3
        本页小计 | | 5 | 7 | 3
        累计 | | 12 | 24 | 6
        """
    ) == (15, [])


def test_a_wrong_subtotal_is_compared_with_its_own_group() -> None:
    agreeing, differing = checked(
        """
        温泉镇 | 桥头村 | 3 | 9 | 1
        温泉镇 | 上河村 | 4 | 8 | 2
        温泉镇小计 | | 8 | |
        石门镇 | 桥头村 | 5 | 7 | 3
        合计 | | 12 | 24 | 6
        """
    )

    assert (agreeing, differing) == (3, [(4, 3, "8", "7")])


def test_parts_and_notes_are_not_added() -> None:
    assert checked(f"{ROWS}\n其中：低保 | | 2 | 2 | 2\n合计 | | 12 | 24 | 6.60\n注：不含五保户") == (3, [])


def test_a_cell_that_could_not_be_read_is_one_finding_not_two() -> None:
    sheet = grid(f"{HEAD}\n温泉镇 | 桥头村 | 三 | 9 | 1\n合计 | | 3 | 9 | 1")
    result = read(sheet)

    assert [note.rule for note in result.tables[0].notes] == ["unreadable_number"]
    assert result.notes == ()


def test_noise_does_not_make_a_total_disagree() -> None:
    tenths = "\n".join(f"温泉镇 | {name}村 | 1 | 1 | 0.1" for name in "甲乙丙丁戊己庚辛壬癸")

    assert checked(f"{tenths}\n合计 | | 10 | 10 | 1") == (3, [])


def test_totals_of_years_rates_and_figures_per_head_are_no_sums() -> None:
    rates = ledger(
        "village",
        "village",
        village={"type": "text", "place": "village"},
        rate="number in percent",
        per_head={"type": "money", "in": "元", "additive": False},
        year="integer in 年",
    )
    sheet = grid("村名 | 发生率 | 人均收入 | 年份\n桥头村 | 5 | 100 | 2011\n合计 | 6 | 150 | 2012")
    headers = form({"village": "村名", "rate": "发生率", "per_head": "人均收入", "year": "年份"})

    result = read(sheet, headers, ledgers=[rates])

    assert (result.totals_agreeing, result.notes) == (0, ())


def test_a_form_may_leave_its_totals_unchecked() -> None:
    assert checked(f"{ROWS}\n合计 | | 99 | 99 | 99", totals="ignore") == (0, [])


def test_a_total_alone_on_a_blank_form_says_nothing() -> None:
    assert checked("合计 | | 0 | 0 | 0") == (0, [])
