"""Last year's forms teach headers, units and profile: what is guessed, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from povplan.config import Config, load_config
from povplan.grid import Grid
from povplan.jobs.gathering import ReadTable
from povplan.jobs.learning import CountySeen, Decision, Heading, Unit, survey, units_csv, written
from povplan.jobs.learning.amending import Amended, child, item
from povplan.jobs.learning.headings import together
from povplan.jobs.learning.studying import HeaderSeen, SheetSeen, study, study_sheet
from povplan.jobs.profiles import plan_of
from povplan.jobs.reading import Plan
from povplan.jobs.receiving import Received
from povplan.model import DTYPES
from povplan.reading.tables import TypedTable
from tests.counties import FIXTURES
from tests.grids import grid, of_rows

LEDGERS = FIXTURES / "village_ledgers"


@cache
def config(profile: str = "default") -> Config:
    return load_config(profile)


@cache
def plan(profile: str = "default") -> Plan:
    return plan_of(config(profile))


def seen(sheet: Grid, profile: str = "default") -> SheetSeen:
    return study_sheet(sheet, plan(profile))


def guessed(sheet: SheetSeen) -> dict[str, str]:
    """Header → the field that it is, or with a question mark the likeliest one."""
    return {
        "/".join(header.path): header.field[1] if header.field else f"{_best(header)}?"
        for header in sheet.headers
    }


def _best(header: HeaderSeen) -> str:
    return header.guesses[0].field if header.guesses else ""


def headings(*sheets: SheetSeen) -> dict[str, Heading]:
    """Header → its heading, each sheet in a file of its own."""
    files = [(Path(f"{number}.xlsx"), [sheet]) for number, sheet in enumerate(sheets, 1)]
    return {heading.text: heading for heading in together(files)}


VILLAGES = """
    清河县2023年行政村台账
    乡镇   | 所在村 | 总户数 | 全村总人数 | 村集体的收入(万元) | 村干部评语
    东岭镇 | 甲子村 | 300    | 900       | 5.5              | 好
    东岭镇 | 乙丑村 | 200    | 700       | 3                | 中
    中川乡 | 己巳村 | 250    | 800       | 4                | 好
"""


# ---- guesses ---------------------------------------------------------------------------------------


def test_a_synonym_is_likely_and_never_sure() -> None:
    sheet = seen(grid(VILLAGES))

    assert guessed(sheet) == {
        "乡镇": "township",
        "所在村": "village?",
        "总户数": "rural_households",
        "全村总人数": "rural_population?",
        "村集体的收入": "collective_income?",
        "村干部评语": "?",
    }
    shares = [guess.confidence for header in sheet.headers for guess in header.guesses]
    assert max(shares) <= 0.95
    assert {text: heading.status for text, heading in headings(sheet).items()} == {
        "乡镇": "sure",
        "总户数": "sure",
        "所在村": "likely",
        "全村总人数": "likely",
        "村集体的收入(万元)": "likely",
        "村干部评语": "unmatched",
    }


HOUSEHOLDS = """
    年份 | 乡镇   | 行政村 | 户编号 | 户主姓名 | {header}
    2023 | 东岭镇 | 甲子村 | 9901   | 样本甲   | {one}
    2023 | 东岭镇 | 甲子村 | 9902   | 样本乙   | {two}
    2023 | 东岭镇 | 甲子村 | 9903   | 样本丙   | {three}
"""


def household(header: str, *cells: str) -> str:
    """What the last columns of a household sheet are likeliest to be."""
    one, two, three = cells
    sheet = seen(grid(HOUSEHOLDS.format(header=header, one=one, two=two, three=three)))
    return _best(sheet.headers[-1])


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("家中人口", ("3", "2", "4"), "persons"),
        ("住房安全评级", ("A", "B", "A"), "house_grade"),
        ("户主身份证件", ("'990101197107102393", "'990101197510279471", "'990101800101001"), "head_id_card"),
        ("识别监测的日期", ("2023-05-01", "2023年6月", "2023/7/1"), "identified_on"),
        ("务工收入 | 乡镇公益岗收入 | 工资全部", ("1000|500|1500", "2000|0|2000", "900|100|1000"), "wage"),
        ("无关的事", ("甲", "乙", "丙"), ""),
    ],
)  # fmt: skip
def test_values_tell_what_words_alone_do_not(header: str, cells: tuple[str, ...], field: str) -> None:
    assert household(header, *cells) == field


def test_words_without_fitting_values_are_no_guess() -> None:
    assert household("家中人口", "很多", "不少", "几个") != "persons"


def test_a_column_measured_in_something_else_is_not_that_field() -> None:
    assert household("家中人口(亩)", "3", "2", "4") != "persons"


def test_under_two_merged_headers_a_name_is_declared_with_its_path() -> None:
    sheet = seen(
        of_rows(
            [
                ["年份", "乡镇", "行政村", "户编号", "户主姓名", "甲类补贴", None, "乙类补贴", None],
                [None, None, None, None, None, "金额", "次数", "金额", "次数"],
                [2023, "东岭镇", "甲子村", "9901", "样本甲", 1, 2, 3, 4],
            ],
            *(f"{letter}1:{letter}2" for letter in "ABCDE"),
            "F1:G1",
            "H1:I1",
        )
    )

    assert [header.declared for header in sheet.headers[5:]] == [
        "甲类补贴/金额", "甲类补贴/次数", "乙类补贴/金额", "乙类补贴/次数",
    ]  # fmt: skip


def test_a_merged_header_alone_makes_nothing_alike() -> None:
    head = ["区（县）", "镇名称", "村名称", "贫困户户数(户)", "预计本年脱贫户数", "两委班子", None]
    below = [None] * 5 + ["组织的活动(次)", "打分"]
    merges = [*(f"{letter}1:{letter}2" for letter in "ABCDE"), "F1:G1"]

    sheet = seen(of_rows([head, below, ["甲县", "甲镇", "甲村", 3, 5, 7, 8]], *merges), "guangzhou-2011")

    assert [_best(header) for header in sheet.headers[-2:]] == ["committee_activities", ""]


def test_one_header_twice_on_a_sheet_is_offered_no_field() -> None:
    sheet = seen(grid(HOUSEHOLDS.format(header="家中人口|家中人口", one="3|3", two="2|2", three="4|4")))

    assert [header.guesses for header in sheet.headers[-2:]] == [(), ()]


def test_of_two_headers_like_one_field_the_likelier_gets_it() -> None:
    found = headings(
        seen(grid(HOUSEHOLDS.format(header="家中人口|家里共几口人", one="3|3", two="2|2", three="4|4")))
    )

    assert found["家中人口"].best and found["家中人口"].best.field == "persons"
    other = found["家里共几口人"].best
    assert other is None or other.field != "persons"


def test_a_header_of_many_sheets_is_one_heading() -> None:
    sheets = [seen(grid(VILLAGES)), seen(grid(VILLAGES.replace("2023", "2024")))]

    found = headings(*sheets)["所在村"]

    assert [(place.file, place.cell) for place in found.places] == [("1.xlsx", "B2"), ("2.xlsx", "B2")]


def test_a_sheet_of_another_kind_teaches_nothing() -> None:
    sheet = seen(grid("乡镇|村|血压|血糖|心率|视力\n东岭镇|甲子村|120|5|70|5.0"))

    assert (sheet.fits, headings(sheet)) == (False, {})


# ---- what is written -------------------------------------------------------------------------------


TEXT = """\
# 台账
ledger: own
fields:
  # 人
  - {id: persons, label: {zh: 人口, en: Persons}, type: integer}   # 尾注
  - {id: name, label: 姓名, aliases: [户主], type: text}
  - id: place
    label: 村
    aliases: 村名
    type: text
"""


def test_texts_grow_and_keep_their_layout() -> None:
    amended = Amended(TEXT)
    fields = child(amended.root, "fields")
    for name in ("persons", "name", "place"):
        amended.note(item(fields, "id", name), f"学自 {name}")
        amended.note(item(fields, "id", name), f"学自 {name}")
        amended.add(item(fields, "id", name), "aliases", [f"新:{name}"], after="label")
    amended.append(fields, ["# 另立", "- {id: more}"])

    assert (
        str(amended)
        == """\
# 台账
ledger: own
fields:
  # 人
  # 学自 persons
  - {id: persons, label: {zh: 人口, en: Persons}, aliases: ["新:persons"], type: integer}   # 尾注
  # 学自 name
  - {id: name, label: 姓名, aliases: [户主, "新:name"], type: text}
  # 学自 place
  - id: place
    label: 村
    aliases: [村名, "新:place"]
    type: text
  # 另立
  - {id: more}
"""
    )


def decided(sheet: SheetSeen, answers: Mapping[str, Any]) -> list[Decision]:
    """Header → a field, `own`, `out` or `open`."""
    found = headings(sheet)
    decisions = []
    for text, answer in answers.items():
        heading = found[text]
        is_field = answer not in ("own", "out", "open")
        best = (heading.best.ledger, heading.best.field) if heading.best else None
        target = (str(heading.form), answer) if is_field else best if answer == "open" else None
        decisions.append(Decision(heading, "field" if is_field else answer, target, asked=True))
    return decisions


def test_learned_definitions_load_and_read_the_sheet() -> None:
    answers = {
        "所在村": "village",
        "全村总人数": "rural_population",
        "村集体的收入(万元)": "open",
        "村干部评语": "own",
    }

    learned = written(config(), decided(seen(grid(VILLAGES)), answers), "zh")

    again = study_sheet(grid(VILLAGES), plan_of(learned))
    assert guessed(again) == {
        "乡镇": "township",
        "所在村": "village",
        "总户数": "rural_households",
        "全村总人数": "rural_population",
        "村集体的收入": "collective_income?",
        "村干部评语": "村干部评语",
    }
    text = learned.texts["ledgers/village.yaml"]
    assert "# 学自 1.xlsx「表一」B2：表头“所在村”就是这一栏，把握 6" in text
    assert "# 可能是这一栏：1.xlsx「表一」E2 的表头“村集体的收入(万元)”" in text
    shipped = config().texts["ledgers/village.yaml"].splitlines()
    assert len(set(shipped) - set(text.splitlines())) == 2


def test_headers_left_out_are_known_and_nothing_is_said_of_them() -> None:
    learned = written(config(), decided(seen(grid(VILLAGES)), {"村干部评语": "out"}), "zh")

    assert learned.ledgers["village"].ignore == ("村干部评语",)
    again = study_sheet(grid(VILLAGES), plan_of(learned))
    assert "村干部评语" not in guessed(again)


@pytest.mark.parametrize(
    "header", ['a: "b" #c', "[是]{否}", "yes", "- x", "SUM", "1. 2024", "'引'", "空\n行"]
)
def test_any_header_can_be_written(header: str) -> None:
    rows: list[list[Any]] = [["乡镇", "村名", "总户数", "总人口", header], ["东岭镇", "甲子村", 1, 2, "x"]]
    sheet = seen(of_rows(rows))
    (text,) = [t for t, heading in headings(sheet).items() if heading.status != "sure"]

    for kind in ("own", "out"):
        learned = written(config(), decided(sheet, {text: kind}), "zh")

        left = [h for h in study_sheet(of_rows(rows), plan_of(learned)).headers if h.field is None]
        assert left == []


def test_a_persons_column_of_ones_own_stays_private() -> None:
    sheet = seen(
        grid(
            HOUSEHOLDS.format(
                header="驻村队员手机", one="13800000001", two="13800000002", three="13800000003"
            )
        )
    )

    learned = written(config(), decided(sheet, {"驻村队员手机": "own"}), "zh")

    field = learned.ledgers["household"].field("驻村队员手机")
    assert (field.type, field.person) == ("code", True)


def test_money_of_ones_own_is_kept_in_yuan() -> None:
    sheet = seen(grid(HOUSEHOLDS.format(header="家庭存款(万元)", one="1.5", two="2", three="0")))

    learned = written(config(), decided(sheet, {"家庭存款(万元)": "own"}), "zh")

    field = learned.ledgers["household"].field("家庭存款")
    assert (field.type, field.unit) == ("money", "元")


FUNDS = """
    区（县）|镇名称|村名称|规划的投入资金（元）|已投入帮扶资金|用于帮扶到户资金(元)|贫困户数|财政专项(元)|评语|审计意见
    示例县|城关镇|桥头村|100|50|20|3|50|好|无
"""


def test_a_declared_form_learns_in_its_own_file() -> None:
    sheet = seen(grid(FUNDS), "guangzhou-2011")
    heading = headings(sheet)["规划的投入资金(元)"]
    decisions = [
        Decision(heading, "field", ("village", "planned_investment"), asked=True),
        *decided(sheet, {"评语": "own", "审计意见": "out"}),
    ]

    learned = written(config("guangzhou-2011"), decisions, "zh")

    feed = learned.forms["gz_funds"].feeds[0]
    assert feed.columns["planned_investment"] == ("规划投入资金（元）", "规划的投入资金")
    assert (feed.columns["评语"], feed.ignore) == (("评语",), ("联系人", "联系电话", "审计意见"))
    assert learned.ledgers["village"].field("评语").type == "text"
    names = {n for n, text in learned.texts.items() if config("guangzhou-2011").texts[n] != text}
    assert names == {"forms/gz_funds.yaml", "ledgers/village.yaml"}
    assert yaml.safe_load(learned.texts["forms/gz_funds.yaml"])["version"] == "2011"


# ---- the county ------------------------------------------------------------------------------------


def table(ledger: str, **columns: list[Any]) -> ReadTable:
    declared = config().ledgers[ledger]
    frame = pd.DataFrame(
        {name: pd.Series(cells, dtype=DTYPES[declared.field(name).type]) for name, cells in columns.items()}
    )
    typed = TypedTable(ledger, ledger, "表", frame, {}, (), pd.DataFrame(index=frame.index))
    return ReadTable(typed, "0" * 64, f"{ledger}.xlsx")


def test_units_are_listed_in_order_with_codes_and_spellings() -> None:
    villages = table(
        "village",
        division_code=["990101010201", "990101010202"],
        county=["清河县", "清河县"],
        township=["东岭镇", "东岭镇"],
        village=["甲子村", "乙丑村"],
    )
    households = table(
        "household",
        year=[2023, 2023, 2022],
        county=["清河县"] * 3,
        township=["东岭镇"] * 3,
        village=["乙丑村委会", "甲子村", "甲于村"],
    )

    found = survey(Received(tables=[households, villages]), config())

    assert found == CountySeen(
        county="清河县",
        units=(
            Unit("清河县/东岭镇/甲子村", "990101010201"),
            Unit("清河县/东岭镇/乙丑村", "990101010202", ("乙丑村委会",)),
            Unit("清河县/东岭镇/甲于村"),
        ),
        unlisted=("清河县/东岭镇/甲于村",),
        years=(2022, 2023),
        undated=("village.xlsx",),
        rows={"household": 3, "village": 2},
    )
    assert units_csv(found.units).decode("utf-8-sig").splitlines() == [
        "代码,县,乡镇,村,别名",
        "990101010201,清河县,东岭镇,甲子村,",
        "990101010202,清河县,东岭镇,乙丑村,乙丑村委会",
        ",清河县,东岭镇,甲于村,",
    ]


@pytest.mark.parametrize(
    ("titles", "county"),
    [
        (["清河县2024年行政村台账", "清河县东岭镇2024年农户台账"], "清河县"),
        (["广州市从化区吕田镇2011年进度表"], "从化区"),
        (["从化市2011年帮扶情况"], "从化市"),
        (["清河县2024年台账", "白水县2024年台账"], ""),
        (["农户基础台账", "单位：元"], ""),
    ],
)
def test_titles_name_the_county_where_rows_do_not(titles: list[str], county: str) -> None:
    villages = table("village", township=["东岭镇"], village=["甲子村"])

    found = survey(Received(tables=[villages]), config(), titles=titles)

    assert (found.county, found.needs_county) == (county, not county)


# ---- real forms ------------------------------------------------------------------------------------


@pytest.mark.skipif(not LEDGERS.is_dir(), reason="the shared fixtures are not here")
def test_every_real_form_is_looked_at_without_a_fault() -> None:
    plans = [plan("default"), plan("guangzhou-2011")]
    sure = {}
    for path in sorted(LEDGERS.glob("*_blank.xls")) + sorted(LEDGERS.glob("*funds.xls")):
        files = [study(path, plans)]
        sure[path.name] = [sum(s.sure for sheets in files for s in sheets[n] if s.fits) for n in (0, 1)]

    assert sure == {
        "tmpl_gz_export_report_12_blank.xls": [0, 61],
        "tmpl_gz_export_report_3_blank.xls": [8, 15],
        "tmpl_gz_export_report_dang_blank.xls": [0, 0],
        "gz2011_conghua-206_funds.xls": [8, 15],
    }
