"""A figure can be followed to the submitted cell: by hand, with an amendment and a late village."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.config import Config
from povplan.errors import PovplanError
from povplan.formulas import Rows, Scope, measure_formula
from povplan.jobs.standing import Standing
from povplan.jobs.tracing import past_named, trace
from povplan.workspace import Workspace
from tests.commands import SMALL, Terminal, commit, lay, part, workspace
from tests.counties import workspace as shipped
from tests.drawing import frame
from tests.panels import COUNTY
from tests.panels import part as drawn_part

A, B, C = "桥县/河镇/桥头村", "桥县/河镇/河口村", "桥县/山镇/山脚村"
RATIO = """
    - id: heads
      label: {zh: 户均人口, en: Persons a household}
      domain: social
      ledger: household
      value: sum(persons) / count()
      where: income > 0
      in: 人
      decimals: 2
      source: 示例
"""
AMENDMENT = """
    ledger: amendment
    label: {zh: 更正登记表, en: Amendments}
    level: entry
    key: [[target, object, field, registered_on]]
    fields:
      - {id: target, label: 台账, type: text}
      - {id: object, label: 对象编号, type: text, person: true}
      - {id: field, label: 指标, type: text}
      - {id: old, label: 原值, type: text}
      - {id: new, label: 新值, type: text}
      - {id: registered_on, label: 登记日期, type: date}
"""


_READ: dict[tuple[str, ...], Config] = {}


def known(place: Workspace) -> Workspace:
    """The workspace with its definitions, which are read once for all that have the same."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((place.root / "configs").rglob("*.yaml")))
    key = tuple(texts)
    if key not in _READ:
        _READ[key] = place.config
    place.__dict__["config"] = _READ[key]
    return place


def county(root: Path) -> Workspace:
    """Two villages in the first batch; in the second a late one, h1 sent again and an amendment of h2."""
    at = workspace(root)
    folder = root / "configs" / "profiles" / "small"
    profile = SMALL["profile.yaml"].replace("[village, household]", "[village, household, amendment]")
    lay(folder / "profile.yaml", profile.replace("[small]", "[small, ratio]"))
    lay(folder / "indicators" / "ratio.yaml", RATIO)
    lay(folder / "ledgers" / "amendment.yaml", AMENDMENT)
    at = known(Workspace(root))
    commit(
        at,
        part(
            at, "household", 2024, 1,
            [
                home("h1", A, persons=3, income=100_00, head="甲"),
                home("h2", A, persons=2, income=50_00, head="乙"),
                home("h3", B, persons=None, income=7_00, head="丙"),
                home("h4", B, persons=5, income=0, head="丁"),
            ],
        ),
    )  # fmt: skip
    commit(
        at,
        part(at, "household", 2024, 2, [home("h5", C, persons=6, income=1_00)]),
        part(at, "household", 2024, 3, [home("h1", A, persons=4, income=100_00)], mode="partial"),
        part(
            at, "amendment", 2024, 4,
            [
                {
                    "entity": "a1", "unit": None, "target": "household", "object": "h2", "field": "persons",
                    "old": "2", "new": "1", "registered_on": "2025-01-01",
                }
            ],
            mode="partial", scope=["桥县"],
        ),
    )  # fmt: skip
    return at


def home(entity: str, unit: str, **values: object) -> dict[str, Any]:
    return {"entity": entity, "unit": unit, "household_id": entity, **values}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return county(tmp_path_factory.mktemp("county"))


def now(at: Workspace) -> Standing:
    return Standing(at, at.config, at.store)


# ---- a figure --------------------------------------------------------------------------------------


def test_numerator_denominator_and_parts_by_hand(at: Workspace) -> None:
    found = trace(now(at), "heads", 2024)

    # used: h1 4, h2 1 (amended), h5 6; h3 has no number of persons; h4 no income, so it is not meant
    assert (found.unit, found.level, found.figure["numerator"], found.figure["denominator"]) == (
        "桥县", "county", 11.0, 3.0
    )  # fmt: skip
    assert found.figure["value"] == pytest.approx(11 / 3)
    assert found.parts[["unit", "numerator", "denominator", "n", "left_out"]].to_numpy().tolist() == [
        ["桥县/河镇", 5.0, 2.0, 2, 1],
        ["桥县/山镇", 6.0, 1.0, 1, 0],
    ]
    assert dict(found.counts) == {
        "used": 3, "left_out": 1, "open": 0, "out": 1, "waiting": 0, "vanished": 0
    }  # fmt: skip
    assert found.adds and found.more == 0


def test_every_row_says_why_it_counts_or_not_and_names_no_person(at: Workspace) -> None:
    found = trace(now(at), "户均人口", 2024)

    masked = {name: at.pseudonym(name) for name in ("h1", "h2", "h3", "h5")}
    assert found.rows[["entity", "unit", "state", "why", "persons", "income"]].to_numpy().tolist() == [
        [masked["h1"], A, "used", "", 4, 100.0],
        [masked["h2"], A, "used", "", 1, 50.0],
        [masked["h5"], C, "used", "", 6, 1.0],
        [masked["h3"], B, "left_out", "缺：家庭人口数", None, 7.0],
    ]


def test_a_cell_is_where_its_value_stands_with_batch_and_hash(at: Workspace) -> None:
    found = trace(now(at), "heads", 2024)

    told = found.cells[found.cells["field"] == "persons"]
    names = {at.pseudonym(name): name for name in ("h1", "h2", "h3", "h5")}
    rows: Any = told.itertuples()
    lines = [
        (names[line.entity], line.value, line.file, line.cell, line.batch, str(line.sha256)[-1])
        for line in rows
    ]
    assert lines == [
        ("h1", 4, "s3.xlsx", "B2", 2, "3"),
        ("h2", 1, "s4.xlsx", "E2", 2, "4"),  # the amendment's new value
        ("h5", 6, "s2.xlsx", "B2", 2, "2"),
        ("h3", None, "s1.xlsx", "B4", 1, "1"),  # where it would stand
    ]


def test_as_of_an_earlier_batch_neither_late_village_nor_amendment_is_there(at: Workspace) -> None:
    found = trace(Standing(at, at.config, at.store, 1), "heads", 2024)

    assert (found.figure["numerator"], found.figure["denominator"], found.batch) == (5.0, 2.0, 1)
    assert found.parts["unit"].tolist() == ["桥县/河镇"]


def test_rows_are_limited_with_a_word_how_many_more(at: Workspace) -> None:
    found = trace(now(at), "heads", 2024, limit=2)

    assert (len(found.rows), found.more) == (2, 2)
    assert set(found.cells["entity"]) == {at.pseudonym("h1"), at.pseudonym("h2")}


def test_a_village_has_rows_but_no_parts(at: Workspace) -> None:
    found = trace(now(at), "heads", 2024, "桥头村")

    assert (found.unit, len(found.parts), found.figure["numerator"]) == (A, 0, 5.0)


def test_the_definition_has_its_version_and_its_formula_in_words(at: Workspace) -> None:
    facts = {one.name: [said.zh for said in one.said] for one in trace(now(at), "heads", 2024).facts}

    assert facts["worded"] == ["家庭人口数合计 ÷ 户数"]
    assert facts["where_worded"] == ["纯收入大于0"]
    assert at.config.digest[:12] in facts["version"][0]
    assert facts["file"] == ["configs/profiles/small/indicators/ratio.yaml"]


def test_only_the_ledger_and_year_of_the_figure_are_read(tmp_path: Path, monkeypatch: Any) -> None:
    place = county(tmp_path)
    commit(place, part(place, "household", 2020, 9, [home("h1", A, persons=1, income=1_00)]))
    commit(place, part(place, "village", 2024, 10, [{"entity": A, "unit": A, "population": 9}]))
    read: list[tuple[str, int]] = []
    stored = Standing._stored

    def watched(self: Standing, ledger: str, year: int) -> Any:
        read.append((ledger, year))
        return stored(self, ledger, year)

    monkeypatch.setattr(Standing, "_stored", watched)

    trace(now(place), "heads", 2024)

    assert set(read) <= {("household", 2024), ("amendment", 2024)}


def test_an_unknown_name_is_answered_with_the_nearest(at: Workspace) -> None:
    with pytest.raises(PovplanError) as caught:
        trace(now(at), "户均人囗", 2024)

    assert "户均人口" in caught.value.said.zh


def test_of_each_row_it_is_known_whether_it_counts(at: Workspace) -> None:
    formula = measure_formula("sum(income)", Scope(at.config.ledgers["household"]), "persons > 1")
    rows = frame(
        """
        _entity  _unit  persons  income
        a        甲     2        10
        b        甲     ·        10
        c        甲     3        ·
        d        甲     1        10
        """,
        income="money",
    )

    state = formula.row_by_row(Rows(rows, 2019, dt.date(2019, 12, 31)))

    assert state.tolist() == ["used", "open", "left_out", "out"]


# ---- one cell --------------------------------------------------------------------------------------


def test_the_past_of_a_cell_batch_by_batch(at: Workspace) -> None:
    sent = past_named(now(at), "household", "h1", "persons", None).frame
    amended = past_named(now(at), "household", at.pseudonym("h2"), "家庭人口数", 2024).frame

    columns = ["year", "batch", "value", "became", "file", "cell"]
    assert sent[columns].to_numpy().tolist() == [
        [2024, 1, 3, "entered", "s1.xlsx", "B2"],
        [2024, 2, 4, "changed", "s3.xlsx", "B2"],
    ]
    assert amended[columns].to_numpy().tolist() == [
        [2024, 1, 2, "entered", "s1.xlsx", "B3"],
        [2024, 2, 1, "changed", "s4.xlsx", "E2"],
    ]


# ---- the command -----------------------------------------------------------------------------------


def test_trace_prints_json_a_table_and_a_workbook(
    at: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = Terminal(capsys)
    told = typed("trace", "heads", "--unit", "河镇", "-w", at.root, "--format", "json").json
    table = typed("trace", "heads", "-w", at.root, "--rows", 1)
    book = typed("trace", "heads", "-w", at.root, "-o", tmp_path / "出处.xlsx")
    cell = typed("trace", "household", "h1", "--field", "head", "-w", at.root)

    assert (told["unit"], told["figure"]["numerator"], told["counts"]["used"]) == ("桥县/河镇", 5.0, 2)
    assert "数值 3.67 ＝ 分子 11 ÷ 分母 3" in table.out
    assert "另有 3 行没有列出" in table.err
    assert openpyxl.load_workbook(book.out.strip()).sheetnames == ["定义", "分单位", "各行", "原件单元格"]
    assert cell.code == 0 and "甲" not in cell.out
    assert not any(name in table.out + str(told) for name in ("甲", "乙", "h1", "h2"))


def test_an_entity_without_a_field_is_asked_for_both(
    at: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Terminal(capsys)("trace", "household", "h1", "-w", at.root)

    assert answer.code == 2 and "--field" in answer.err


def test_a_ledger_alone_is_told_what_must_stand_behind_it(at: Workspace) -> None:
    for name in ("household", "户表"):
        with pytest.raises(PovplanError) as wrong:
            trace(now(at), name, 2024)

        assert f"povplan trace {name} 对象 --field 字段" in wrong.value.said.zh


def test_the_past_of_a_cell_goes_with_the_household_not_with_its_number(tmp_path: Path) -> None:
    """A and B exchange their numbers in 2023; C has been called A only since 2024, when A left."""
    place = shipped(tmp_path / "w", "default", f"county: {{name: {COUNTY}}}\n")
    drawn = [
        ("household", 2022, "id unit persons\nA 东镇/甲村 1\nB 东镇/甲村 2\nC 东镇/甲村 3"),
        ("household", 2023, "id unit persons\nA 东镇/甲村 2\nB 东镇/甲村 1\nC 东镇/甲村 3"),
        ("event", 2023, "kind from to\nrenumbered A B\nrenumbered B A"),
        ("household", 2024, "id unit persons\nA 东镇/甲村 3\nB 东镇/甲村 1"),
        ("event", 2024, "kind from to\nrenumbered C A"),
    ]
    commit(place, *(drawn_part(*one, at) for at, one in enumerate(drawn, 1)))
    names = {place.pseudonym(key): key for key in "ABC"}

    found = {key: past_named(now(place), "household", key, "persons", None).frame for key in "ABC"}
    alone = past_named(now(place), "household", "A", "persons", 2022).frame

    assert {
        key: [(row.year, names[str(row.entity)], row.value) for row in frame.itertuples()]
        for key, frame in found.items()
    } == {
        "A": [(2022, "C", 3), (2023, "C", 3), (2024, "A", 3)],
        "B": [(2022, "A", 1), (2023, "B", 1), (2024, "B", 1)],
        "C": [(2022, "C", 3), (2023, "C", 3), (2024, "A", 3)],
    }
    assert alone["value"].tolist() == [1]


def test_numbers_given_year_after_year_lead_back_to_the_first_one(tmp_path: Path) -> None:
    """A is A1 from 2023 on and A2 from 2024 on."""
    place = shipped(tmp_path / "w", "default", f"county: {{name: {COUNTY}}}\n")
    drawn = [
        ("household", 2022, "id unit persons\nA 东镇/甲村 1"),
        ("household", 2023, "id unit persons\nA1 东镇/甲村 2"),
        ("event", 2023, "kind from to\nrenumbered A A1"),
        ("household", 2024, "id unit persons\nA2 东镇/甲村 3"),
        ("event", 2024, "kind from to\nrenumbered A1 A2"),
    ]
    commit(place, *(drawn_part(*one, at) for at, one in enumerate(drawn, 1)))

    for key in ("A", "A1", "A2"):
        found = past_named(now(place), "household", key, "persons", None).frame
        assert list(zip(found["year"], found["value"], strict=True)) == [(2022, 1), (2023, 2), (2024, 3)]
