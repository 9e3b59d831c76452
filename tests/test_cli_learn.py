"""A county can ask what any rule, indicator, parameter, ledger or field means, and how files are written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from povplan.config import load_config
from povplan.config.schema import json_schemas
from povplan.jobs.explaining import CHECKS, entries, explain
from povplan.jobs.faults import READING
from povplan.workspace import Workspace
from tests.commands import Terminal, workspace


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    return workspace(tmp_path)


# ---- explain ---------------------------------------------------------------------------------------


def test_a_rule_is_explained_whole(at: Workspace, typed: Terminal) -> None:
    answer = typed("explain", "X1", "-w", at.root)

    assert answer.code == 0
    assert [line.split(maxsplit=1) for line in answer.out.splitlines()] == [
        ["X1", "人均收入过高  [核对规则]"],
        ["台账", "户表"],
        ["应当成立", "income / persons <= param(poverty_line) * 10"],
        ["字段", "纯收入 income；家庭人口数 persons"],
        ["标记字段", "纯收入 income"],
        ["政策参数", "国家扶贫标准 poverty_line"],
        ["等级", "疑点；须核实"],
        ["处理", "照常入库，做标记"],
        ["怎么办", "核对收入"],
        ["依据", "示例"],
        ["例（通过）", "year 2015，纯收入 28550，家庭人口数 1"],
        ["例（不通过）", "year 2015，纯收入 28550.01，家庭人口数 1"],
        ["定义在", "configs/profiles/small/ledgers/household.yaml"],
    ]


def test_an_explanation_as_json_has_both_languages(at: Workspace, typed: Terminal) -> None:
    answer = typed("explain", "population", "-w", at.root, "--format", "json")

    kinds = [(one["kind"], one["label_zh"], one["label_en"]) for one in answer.json["explanations"]]
    assert kinds == [("field", "总人口", "Population"), ("indicator", "人口", "Population")]
    field, indicator = (one["facts"] for one in answer.json["explanations"])
    assert field["headers"] == [{"zh": "村表：总人口", "en": "Villages: 总人口"}]
    assert field["limits"] == [{"zh": "≥ 0", "en": "≥ 0"}]
    assert field["used_by"] == [{"zh": "population 人口", "en": "population Population"}]
    assert indicator["formula"][0]["zh"] == "sum(population)"
    assert indicator["adds"][0]["zh"] == "下级相加"


def test_a_label_serves_as_well_as_an_id(at: Workspace, typed: Terminal) -> None:
    by_label = typed("explain", "人均收入过高", "-w", at.root)
    by_english = typed("explain", "income per head too high", "-w", at.root)

    assert by_label.out == by_english.out == typed("explain", "X1", "-w", at.root).out


def test_one_of_several_fields_is_named_with_its_ledger(at: Workspace, typed: Terminal) -> None:
    both = typed("explain", "village", "-w", at.root)
    one = typed("explain", "household.village", "-w", at.root)

    assert both.err == "有 3 处叫“village”，逐一列出。\n"
    assert one.out.startswith("village  村  [字段]\n")
    assert one.err == ""


def test_a_parameter_shows_its_values_with_their_documents(at: Workspace, typed: Terminal) -> None:
    facts = typed("explain", "poverty_line", "-w", at.root, "-f", "json").json["explanations"][0]["facts"]

    assert facts["values"][1]["zh"] == "2011：2,536（国家统计局 2011年农村贫困标准（现价））"
    assert facts["values"][-1]["zh"].startswith("2021：到此为止")
    assert facts["used_by"][0]["zh"] == "X1 人均收入过高"


def test_personal_fields_are_said_to_be_hidden(at: Workspace, typed: Terminal) -> None:
    assert "是，终端和县级报表不显示" in typed("explain", "head", "-w", at.root).out


def test_a_nearest_name_is_offered(at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")

    answer = typed("explain", "povertyline", "-w", at.root)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"没有“povertyline”。是否为“poverty_line”？全部名称：povplan explain -w {at.root} --list\n"
    )


def test_where_nothing_is_near_the_list_is_named(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")

    answer = typed("explain", "8b5ff2f3ad", "-w", at.root)

    assert (answer.code, answer.err) == (
        2,
        f"没有“8b5ff2f3ad”。全部名称：povplan explain -w {at.root} --list\n",
    )


def test_the_list_names_everything_that_can_be_explained(at: Workspace, typed: Terminal) -> None:
    listed = typed("explain", "--list", "-w", at.root, "-f", "json").json["names"]

    assert {"X1", "population", "poverty_line", "household", "persons", "no_key", "required"} <= {
        one["id"] for one in listed
    }
    assert typed("explain", "-w", at.root).code == 0


@pytest.mark.parametrize("profile", ["default", "guangzhou-2011"])
def test_everything_shipped_can_be_explained_by_its_id(profile: str) -> None:
    config = load_config(profile)

    explained = [entry.explain() for entry in entries(config)]

    assert all(one.label.zh for one in explained)
    assert all(one.facts for one in explained if one.kind != "note")


def test_every_built_in_check_says_how_grave_it_is_and_what_to_do() -> None:
    config = load_config("guangzhou-2011")

    for name in (*READING, *CHECKS):
        names = {fact.name for one in explain(config, name) for fact in one.facts}
        assert {"what", "severity", "effect", "hint"} <= names, name


# ---- schema ----------------------------------------------------------------------------------------


def test_schema_prints_one_object_without_a_workspace(
    typed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    answer = typed("schema")

    assert answer.json == json_schemas()


def test_schema_files_are_written_and_their_use_is_told(typed: Terminal, tmp_path: Path) -> None:
    answer = typed("schema", "--out", tmp_path / "模式")

    written = {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "模式").iterdir()
    }
    assert written == {f"{name}.schema.json": found for name, found in json_schemas().items()}
    assert len(answer.out.splitlines()) == len(written)
    assert "# yaml-language-server: $schema=file:///" in answer.err


def test_a_folder_that_cannot_be_made_is_one_sentence(
    typed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    (tmp_path / "文件").write_text("", encoding="utf-8")

    answer = typed("schema", "--out", tmp_path / "文件" / "里")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("无法写入 ")


def test_forms_are_listed_with_the_headers_they_want(at: Workspace, typed: Terminal) -> None:
    forms = typed("schema", "--forms", "-w", at.root, "-f", "json").json["forms"]

    assert forms == [
        {"form": "village", "label": "村表", "ledger": "village", "headers": "乡镇、行政村、总人口"},
        {
            "form": "household",
            "label": "户表",
            "ledger": "household",
            "headers": "户编号、村、户主姓名、家庭人口数、纯收入、建档日期",
        },
    ]


def test_a_wide_form_lists_its_columns_too(tmp_path: Path, typed: Terminal) -> None:
    place = workspace(tmp_path, "guangzhou-2011")

    forms = typed("schema", "--forms", "--ledger", "fund", "-w", place.root, "-f", "json").json["forms"]

    assert [one["form"] for one in forms] == ["gz_funds"]
    assert "信贷资金(元)" in forms[0]["headers"]


def test_fields_of_a_ledger_are_listed_with_their_headers(at: Workspace, typed: Terminal) -> None:
    fields = typed("schema", "--ledger", "household", "-w", at.root, "-f", "json").json["fields"]

    assert fields[2] == {
        "id": "head", "label": "户主姓名", "type": "文字", "measure": "", "required": "",
        "headers": "户表：户主姓名、户主",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["户表", "Households"])
def test_a_ledger_is_named_by_its_label_too(at: Workspace, typed: Terminal, name: str) -> None:
    assert typed("schema", "--ledger", name, "-w", at.root) == typed(
        "schema", "--ledger", "household", "-w", at.root
    )


def test_an_unknown_ledger_is_one_sentence(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")

    answer = typed("schema", "--ledger", "户", "-w", at.root)

    assert (answer.code, answer.err) == (
        2,
        "没有台账“户”。是不是“户表”？现有：村表 village、户表 household\n",
    )


def test_a_rule_that_is_raised_says_from_when_on() -> None:
    [one] = explain(load_config("default"), "B_project")

    told = {fact.name: [said.zh for said in fact.said] for fact in one.facts}
    assert told["raised"] == ["一村之内有 5 行以上、且占 50% 以上违反的，按错误处理"]


def test_a_pattern_says_what_it_looks_for_and_within_what() -> None:
    [one] = explain(load_config("default"), "H111")

    told = {fact.name: [said.zh for said in fact.said] for fact in one.facts}
    assert (one.kind, told["within"], told["severity"][0]) == ("pattern", ["村"], "疑点")
    assert told["parameters"] == [
        "离群值的绝对中位差倍数 outlier_deviations",
        "离群值核查的最少户数 outlier_cases",
    ]


def test_after_a_batch_a_rule_says_how_often_it_fired_and_in_which_units(tmp_path: Path) -> None:
    from povplan.jobs.firing import with_firing
    from tests.counties import workspace as county

    place = county(tmp_path / "w")
    [one] = with_firing(explain(place.config, "GZ01"), place)

    assert not {"fired", "fired_at"} & {fact.name for fact in one.facts}  # nothing was committed yet


def test_findings_that_were_mended_or_waived_since_are_not_counted(tmp_path: Path) -> None:
    from povplan.jobs.firing import with_firing
    from tests.commands import commit, part, workspace

    place = workspace(tmp_path / "w")
    village = "桥县/河镇/桥头村"

    def sent(batch: int, *incomes: int) -> str:
        rows = [
            {
                "entity": f"h{i}",
                "unit": village,
                "household_id": f"h{i}",
                "persons": 1,
                "income": income * 100,
            }
            for i, income in enumerate(incomes)
        ]
        commit(place, part(place, "household", 2015, batch, rows))
        [one] = with_firing(explain(place.config, "X1"), place)
        return next(fact.said[0].zh for fact in one.facts if fact.name == "fired")

    assert sent(1, 90_000, 80_000, 1_000) == "2 条疑点（到批次 1）"
    assert sent(2, 90_000, 2_000, 1_000) == "1 条疑点（到批次 2）"
