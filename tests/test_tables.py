"""A sheet to the rows of its ledgers; and that nothing but the figures decides them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.grid import Grid, Value
from povplan.jobs.reading import read_sheet
from povplan.reading.tables import SheetTables
from povplan.spec import Form
from tests.grids import HEADERS, VILLAGES, form, grid, ledger, of_rows, plan, read, rows, said, table

HEAD = "乡镇 | 村名 | 贫困户(户) | 贫困人口(人) | 集体收入(元)"
ALL = ("township", "village", "households", "persons", "income")


def test_every_row_has_its_values_and_its_place() -> None:
    below = "温泉镇 | 桥头村 | 3 | 9 | 1.50\n. |\n温泉镇 | 上河村 | | — | '1,000元"
    typed = table(grid(f"台账 |\n{HEAD}\n{below}"))

    assert rows(typed, *ALL, "_row") == [
        ("温泉镇", "桥头村", 3, 9, 150, 3),
        ("温泉镇", "上河村", None, None, 100000, 5),
    ]
    assert typed.columns == {"township": 1, "village": 2, "households": 3, "persons": 4, "income": 5}


def test_a_cell_that_cannot_be_read_is_blank_with_a_note_at_its_cell() -> None:
    typed = table(grid(f"{HEAD}\n温泉镇 | 桥头村 | 三 | 9.5 | 1.005"))

    assert rows(typed, "households", "persons", "income") == [(None, None, 101)]
    assert said(typed.notes) == [
        ("unreadable_number", 2, 3),
        ("not_whole", 2, 4),
        ("third_decimal", 2, 5),
    ]


def test_what_a_person_wrote_is_not_shown_in_a_note() -> None:
    people = ledger("village", "village", village="text", phone={"type": "code", "person": True}, n="integer")
    sheet = of_rows([["村", "电话", "数"], ["桥头", 1.1e17, 1]])

    typed = table(sheet, form({"village": "村", "phone": "电话", "n": "数"}), ledgers=[people])

    assert [(note.rule, note.shown) for note in typed.notes] == [("damaged_number", "***")]


def test_errors_and_formulas_without_a_result_are_said_in_data_rows_only() -> None:
    sheet = grid(
        f"{HEAD}\n温泉镇 | 桥头村 | | 9 |\n合计 | | | 9 |",
        errors={(2, 3): "#DIV/0!", (3, 3): "#REF!"},
        uncached=frozenset({(2, 5), (2, 3), (3, 5)}),
    )

    assert said(table(sheet).notes) == [("error_cell", 2, 3), ("uncached_formula", 2, 5)]


def test_merged_townships_lend_their_name_but_merged_numbers_stay_one() -> None:
    sheet = grid(
        f"{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1\n | 上河村 | | 8 | 2\n石门镇 | 桥头村 | 5 | 7 | 3",
        "A2:A3",
        "C2:C3",
    )

    assert rows(table(sheet), "township", "households") == [("温泉镇", 3), ("温泉镇", None), ("石门镇", 5)]


def test_a_merged_range_left_below_the_last_row_is_passed_over() -> None:
    sheet = grid(f"{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1", "A9:A12", "A2:A5")

    assert rows(table(sheet), "township", "households") == [("温泉镇", 3)]


def test_a_township_without_merged_cells_is_filled_down_only_if_declared() -> None:
    below = "温泉镇 | 桥头村 | 3 | 9 | 1\n'  | 上河村 | 4 | 8 | 2\n合计 | | 7 | 17 | 3\n | 东村 | 1 | 1 | 1"
    sheet = grid(f"{HEAD}\n{below}")

    filled = table(sheet, form(HEADERS, feed_fill_down=["township"]))

    assert rows(table(sheet), "township") == [("温泉镇",), (None,), (None,)]
    assert rows(filled, "township") == [("温泉镇",), ("温泉镇",), ("温泉镇",)]


FUNDS = ledger(
    "fund",
    "entry",
    township={"type": "text", "place": "township"},
    village={"type": "text", "place": "village"},
    source="text",
    year="integer in 年",
    amount="money in 元",
)


def wide() -> Form:
    special = {"header": "财政专项", "set": {"source": "special"}}
    gift = {"header": "社会捐赠", "set": {"source": "gift"}}
    place = {"township": "乡镇", "village": "村名"}
    unpivot = {"value": "amount", "columns": [special, gift]}
    feeds = [
        {"ledger": "village", "columns": {**place, "households": "户数"}},
        {"ledger": "fund", "columns": place, "constants": {"year": "2011"}, "unpivot": unpivot},
    ]
    return Form.model_validate({"form": "wide", "label": "wide", "feeds": feeds})


WIDE = """
    乡镇 | 村名 | 户数 | 财政专项(万元) | 社会捐赠(元)
    温泉镇 | 桥头村 | 3 | 1.5 |
    温泉镇 | 上河村 | 4 | 0 | 20
    合计 | | 7 | 1.5 | 20
"""


def test_a_wide_form_becomes_one_table_a_block_each_with_its_own_cells() -> None:
    result = read(grid(WIDE), wide(), ledgers=[VILLAGES, FUNDS])

    villages, special, gifts = result.tables
    assert rows(villages, "village", "households") == [("桥头村", 3), ("上河村", 4)]
    assert rows(special, "village", "source", "amount") == [
        ("桥头村", "special", 1500000),
        ("上河村", "special", 0),
    ]
    assert rows(gifts, "village", "source", "amount") == [("桥头村", "gift", None), ("上河村", "gift", 2000)]
    assert (special.columns["amount"], gifts.columns["amount"]) == (4, 5)
    assert (result.totals_agreeing, result.notes) == (3, ())


def test_a_constant_has_the_type_of_its_field() -> None:
    tables = read(grid(WIDE), wide(), ledgers=[VILLAGES, FUNDS]).tables

    assert str(tables[1].frame["year"].dtype) == "Int64"
    assert tables[1].frame["year"].tolist() == [2011, 2011]


HOUSEHOLDS = ledger("household", "household", household_id="code", head="text", land="number in 亩")
MEMBERS = ledger("member", "person", person_id="code", household_id="code", name="text")


def people(**more: Any) -> Form:
    house = {"household_id": "户编号", "head": "户主", "land": "耕地(亩)"}
    person = {"person_id": "人口编号", "household_id": "户编号", "name": "姓名"}
    feeds = [
        {"ledger": "household", "columns": house, **more},
        {"ledger": "member", "columns": person, **more},
    ]
    return Form.model_validate({"form": "people", "label": "people", "feeds": feeds})


PEOPLE = "户编号 | 户主 | 耕地(亩) | 人口编号 | 姓名"


def members(sheet: Grid, form_: Form) -> SheetTables:
    return read(sheet, form_, ledgers=[HOUSEHOLDS, MEMBERS])


def test_members_that_repeat_their_household_give_it_once() -> None:
    sheet = grid(f"{PEOPLE}\nH1 | 张三 | 5 | P1 | 张三\nH1 | 张三 | 5 | P2 | 李四\nH2 | 王五 | 2 | P3 | 王五")

    houses, persons = members(sheet, people()).tables

    assert rows(houses, "household_id", "land", "_row") == [("H1", 5, 2), ("H2", 2, 4)]
    assert rows(persons, "household_id", "person_id") == [("H1", "P1"), ("H1", "P2"), ("H2", "P3")]


def test_members_below_a_merged_or_filled_household_give_it_once() -> None:
    drawing = f"{PEOPLE}\nH1 | 张三 | 5 | P1 | 张三\n | | | P2 | 李四\nH2 | 王五 | 2 | P3 | 王五"
    merged = members(grid(drawing, "A2:A3", "B2:B3", "C2:C3"), people()).tables
    filled = members(grid(drawing), people(fill_down=["household_id"])).tables

    for houses, persons in (merged, filled):
        assert rows(houses, "household_id", "head", "land") == [("H1", "张三", 5), ("H2", "王五", 2)]
        assert rows(persons, "household_id", "name") == [("H1", "张三"), ("H1", "李四"), ("H2", "王五")]


def test_households_that_contradict_each_other_are_both_kept() -> None:
    sheet = grid(f"{PEOPLE}\nH1 | 张三 | 5 | P1 | 张三\nH1 | 张三 | 6 | P2 | 李四")

    assert rows(members(sheet, people()).tables[0], "land") == [(5,), (6,)]


def test_figures_owned_elsewhere_are_read_beside_the_rows() -> None:
    own = {name: header for name, header in HEADERS.items() if name != "persons"}
    typed = table(
        grid(f"{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1"), form(own, feed_compare={"persons": "贫困人口(人)"})
    )

    assert "persons" not in typed.frame
    assert typed.compare["persons"].tolist() == [9]


def test_a_sheet_per_village_and_several_forms_in_a_workbook_are_read_each_by_itself() -> None:
    known = plan(
        form(HEADERS, "全表"), form({"village": "村名", "area": "耕地(亩)", "township": "乡镇"}, "耕地表")
    )
    sheets = [
        grid(f"{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1", sheet="桥头"),
        grid(f"{HEAD}\n温泉镇 | 上河村 | 4 | 8 | 2", sheet="上河"),
        grid("乡镇 | 村名 | 耕地(亩)\n温泉镇 | 桥头村 | 100", sheet="地"),
        grid("说明\n请各村填报", sheet="说明"),
    ]

    outcomes = [read_sheet(sheet, known) for sheet in sheets]

    assert [each.form and each.form.form for each in outcomes] == ["全表", "全表", "耕地表", None]
    assert [len(each.lines.data) for each in outcomes] == [1, 1, 1, 0]
    assert outcomes[3].refused is not None


def test_the_title_names_the_year_but_the_date_of_filling_in_does_not() -> None:
    sheet = grid(
        f"２０２０年台账 | \n填报日期：2021年1月5日 | \n2014年以来统计 |\n{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1"
    )

    assert read_sheet(sheet, plan()).years == {2020}


def test_hidden_rows_are_counted() -> None:
    sheet = grid(f"台账 |\n{HEAD}\n温泉镇 | 桥头村 | 3 | 9 | 1", hidden_rows=frozenset({1, 3}))

    assert read_sheet(sheet, plan()).hidden_rows == 1


# ---- properties ----------------------------------------------------------------------------------

VILLAGE = st.tuples(
    st.sampled_from(["温泉镇", "石门镇", "会计镇"]),
    st.sampled_from(["桥头村", "全福村", "总铺村", "计家村"]),
    st.one_of(st.none(), st.integers(0, 500).map(float), st.integers(0, 500).map(str)),
    st.one_of(st.none(), st.integers(0, 500).map(float), st.just("—"), st.just("三")),
    st.one_of(st.none(), st.integers(0, 10**9).map(lambda fen: fen / 100), st.just("1,234元")),
)
SHEETS = st.lists(VILLAGE, min_size=1, max_size=6)
HEADER = ["乡镇", "村名", "贫困户(户)", "贫困人口(人)", "集体收入(元)"]
few = settings(max_examples=25, deadline=None)


def typed_rows(cells: Sequence[Sequence[Value]]) -> list[tuple[Any, ...]]:
    return sorted(rows(table(of_rows(cells)), *ALL), key=repr)


@few
@given(SHEETS, st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(villages: list[tuple[Value, ...]], random: Any) -> None:
    shuffled = random.sample(villages, len(villages))

    assert typed_rows([HEADER, *villages]) == typed_rows([HEADER, *shuffled])


@few
@given(SHEETS, st.permutations(range(5)))
def test_the_order_of_columns_means_nothing(villages: list[tuple[Value, ...]], order: list[int]) -> None:
    cells: list[Sequence[Value]] = [HEADER, *villages, ("合计", None, 1.0, 2.0, 3.0)]

    assert typed_rows(cells) == typed_rows([[row[j] for j in order] for row in cells])


@few
@given(SHEETS, st.integers(0, 6), st.integers(0, 3), st.data())
def test_titles_and_blank_rows_and_columns_mean_nothing(
    villages: list[tuple[Value, ...]], titles: int, left: int, data: st.DataObject
) -> None:
    cells: list[list[Value]] = [list(HEADER), *(list(row) for row in villages)]
    at = data.draw(st.integers(1, len(cells)))
    title: list[list[Value]] = [["某县2011年台账"], [None]] * titles
    moved: list[list[Value]] = [*title, *cells[:at], [None], ["   "], *cells[at:]]

    margin: list[Value] = [None] * left

    assert typed_rows(cells) == typed_rows([margin + row for row in moved])


@few
@given(SHEETS)
def test_reading_twice_gives_the_same(villages: list[tuple[Value, ...]]) -> None:
    sheet = of_rows([HEADER, *villages])
    first, second = read(sheet), read(sheet)

    assert first.tables[0].frame.equals(second.tables[0].frame)
    assert first.tables[0].notes == second.tables[0].notes
