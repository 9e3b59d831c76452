"""The definitions that are shipped: they load, they are complete, and they say what they mean."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from povplan.checks import check
from povplan.config.examples import run_examples
from povplan.config.places import read_document
from povplan.formulas import MeasureFormula, Rows, Scope, measure_formula, row_formula
from povplan.memory.registers import REGISTERS
from povplan.model import DTYPES, ENTITY, UNIT
from povplan.spec import (
    NUMERIC,
    CalendarYear,
    CodeList,
    Comparison,
    Detector,
    Fit,
    Form,
    Group,
    Indicator,
    Ledger,
    LedgerField,
    Parameter,
    Pattern,
    Raise,
    Rule,
    ScoreCard,
    Spec,
    Target,
)
from povplan.units import Tree
from povplan.words import Vocabulary, normal
from tests.definitions import default
from tests.drawing import frame

LEDGERS = ("village", "household", "member", "job", "fund", "project", "benefit")
PLAN = ("target", "need", "correction", "official", "context_event")
DOMAINS = ("economic", "social", "cultural", "ecological")
VILLAGES = ("示例县/城关镇/桥头村", "示例县/城关镇/上河村", "示例县/石门乡/桥头村")
UNIT_IN_ANOTHER_COLUMN = {"planned_quantity", "completed_quantity"}
NATIONAL_EXPORT = """
    省 市 县 乡 村 户编号 人口编号 姓名 性别 出生日期 证件类型 证件号码 民族 户联系电话 成员联系电话
    年度 与户主关系 文化程度 在校生状况 劳动技能 务工时间 健康状况 政治面貌 务工企业名称
    是否享受低保 是否参加城镇职工基本养老保险 是否参加大病保险
    是否参加新型农村合作医疗（城乡居民基本医疗保险） 是否参加城乡居民基本养老保险 失学或辍学原因
    是否会讲普通话 是否参加商业补充医疗保险 是否国外务工 产业分类 是否接受大病医疗救助
    是否接受其他健康扶贫 公益性岗位类型 公益性岗位(月数) 就业渠道 残疾类别 务工所在地 户主姓名
    户主证件号码 是否参加城镇职工基本医疗保险 是否特困供养人员 残疾证办证年度 识别标准
"""


def fields() -> list[tuple[Ledger, LedgerField]]:
    return [(ledger, field) for ledger in default().ledgers.values() for field in ledger.fields]


def rules() -> list[tuple[Ledger, Rule]]:
    return [(ledger, rule) for ledger in default().ledgers.values() for rule in ledger.rules]


def compiled(indicator: Indicator) -> MeasureFormula:
    config = default()
    scope = Scope(config.ledgers[indicator.ledger], config.ledgers, config.parameters, config.codes)
    return measure_formula(indicator.value, scope, indicator.where)


def made_up(ledger: Ledger) -> pd.DataFrame:
    """Six rows in three villages, every field filled but school status: nobody is at school."""
    places = [VILLAGES[i % 3] for i in range(6)]
    columns = {field.id: _filled(field) for field in ledger.fields}
    return pd.DataFrame({**columns, ENTITY: [str(i) for i in range(6)], UNIT: places})


def _filled(field: LedgerField) -> pd.Series:
    codes = default().codes
    if field.id == "school_status":
        values: list[object] = [None] * 6
    elif field.id == "health":
        values = ["残疾"] * 6
    elif field.type in ("choice", "choices"):
        listed = codes[field.codes or ""].values
        values = [listed[i % len(listed)].code for i in range(6)]
    elif field.type == "date":
        values = [pd.Timestamp(1980 + i, 5, 1) for i in range(6)]
    elif field.type == "boolean":
        values = [i % 2 == 0 for i in range(6)]
    elif field.type in NUMERIC:
        values = [10 + i for i in range(6)]
    else:
        values = ["甲"] * 6
    return pd.Series(values, dtype=DTYPES[field.type])


def test_the_default_profile_has_seven_ledgers_the_registers_those_of_the_plan_and_four_domains() -> None:
    config = default()

    assert tuple(config.ledgers) == (*LEDGERS, *REGISTERS, "event", "unit_change", *PLAN)
    assert {indicator.domain for indicator in config.indicators} == set(DOMAINS)


def test_every_rule_has_examples_that_pass_and_fail_and_they_do() -> None:
    without = [rule.id for _, rule in rules() if not (rule.examples.passes and rule.examples.fails)]

    assert without == []
    assert [fault.text("en") for fault in run_examples(default())] == []


def test_every_rule_says_in_both_languages_what_is_wrong_and_what_to_do_and_where_it_comes_from() -> None:
    silent = [
        rule.id
        for _, rule in rules()
        if not (rule.label.en and rule.hint and rule.hint.en and rule.source and rule.fields)
    ]

    assert silent == []


def test_a_parser_of_pure_python_reads_every_definition_that_is_shipped() -> None:
    """Where PyYAML was installed without libyaml, it is the only one there is, and it is the stricter."""
    shipped = sorted((Path(__file__).parents[1] / "configs").rglob("*.yaml"))

    assert shipped
    for path in shipped:
        assert list(yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)), path


def test_no_rule_holds_a_row_back_for_its_figures() -> None:
    assert [rule.id for _, rule in rules() if rule.effect != "flag"] == []


@pytest.mark.parametrize("ledger", LEDGERS)
def test_each_ledger_has_a_solid_set_of_rules(ledger: str) -> None:
    assert len(default().ledgers[ledger].rules) >= 8


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_domain_has_at_least_six_indicators(domain: str) -> None:
    assert sum(indicator.domain == domain for indicator in default().indicators) >= 6


def test_no_two_indicators_measure_the_same() -> None:
    meanings = Counter(
        (indicator.ledger, *(re.sub(r"\s+", "", text or "") for text in (indicator.value, indicator.where)))
        for indicator in default().indicators
    )

    assert [meaning for meaning, count in meanings.items() if count > 1] == []


def test_every_indicator_says_what_is_counted_its_source_and_who_answers_for_it() -> None:
    silent = [
        indicator.id
        for indicator in default().indicators
        if not (
            indicator.label.en
            and indicator.description
            and indicator.description.en
            and indicator.source
            and indicator.responsible
        )
    ]

    assert silent == []


@pytest.mark.parametrize("indicator", default().indicators, ids=lambda indicator: indicator.id)
def test_every_indicator_is_a_number_at_every_level(indicator: Indicator) -> None:
    ledgers = {name: made_up(ledger) for name, ledger in default().ledgers.items()}
    year = min(max(2020, indicator.valid.first), indicator.valid.last)
    rows = Rows(ledgers[indicator.ledger], year, date(year, 12, 31), others=ledgers)

    figures = compiled(indicator)(rows, Tree.of(VILLAGES))

    assert figures["value"].notna().all(), figures
    assert figures["left_out"].eq(0).all()


def of_fields() -> list[Indicator]:
    """The indicators that look into a field; a count of rows has nothing to be filled in."""
    return [indicator for indicator in default().indicators if compiled(indicator).fields]


@pytest.mark.parametrize("indicator", of_fields(), ids=lambda indicator: indicator.id)
def test_nothing_filled_in_gives_no_figure_rather_than_zero(indicator: Indicator) -> None:
    ledgers = default().ledgers
    blank = {name: made_up(ledger)[[ENTITY, UNIT]] for name, ledger in ledgers.items()}

    figures = compiled(indicator)(
        Rows(blank[indicator.ledger], 2020, date(2020, 12, 31), others=blank), Tree.of(VILLAGES)
    )

    assert figures["value"].isna().all()


def test_poverty_incidence_is_sum_over_sum_and_leaves_out_a_village_that_did_not_say() -> None:
    villages = frame(
        """
        _entity _unit                poor_persons rural_population
        1       示例县/城关镇/桥头村 30           100
        2       示例县/城关镇/上河村 10           900
        3       示例县/石门乡/桥头村 ·            500
    """,
        _entity="code",
    )
    incidence = next(each for each in default().indicators if each.id == "poverty_incidence")

    figures = compiled(incidence)(Rows(villages, 2018, date(2018, 12, 31)), Tree.of(VILLAGES))

    county = figures.iloc[0]
    assert (county["numerator"], county["denominator"], county["value"]) == (40, 1000, 0.04)
    assert (county["n"], county["left_out"]) == (2, 1)


def test_income_below_the_line_counts_persons_and_a_household_on_the_line_is_not_below_it() -> None:
    households = frame(
        """
        _entity _unit                persons net_income
        1       示例县/城关镇/桥头村 4       11980
        2       示例县/城关镇/桥头村 1       2994.99
        3       示例县/城关镇/桥头村 5       90000
    """,
        _entity="code",
        net_income="money",
    )
    below = next(each for each in default().indicators if each.id == "income_below_line")

    figures = compiled(below)(Rows(households, 2018, date(2018, 12, 31)), Tree.of(VILLAGES[:1]))

    assert figures["value"].tolist() == [0.1, 0.1, 0.1]


def test_every_quantity_says_its_unit_and_whether_it_is_a_stock_a_flow_or_cumulative() -> None:
    vague = [
        f"{ledger.ledger}.{field.id}"
        for ledger, field in fields()
        if field.type in NUMERIC and not (field.kind and (field.unit or field.id in UNIT_IN_ANOTHER_COLUMN))
    ]

    assert vague == []


def test_every_money_field_is_kept_in_yuan() -> None:
    assert {field.unit for _, field in fields() if field.type == "money"} == {"元"}


def test_figures_per_head_are_not_added_up() -> None:
    added = [
        field.id
        for _, field in fields()
        if field.type in NUMERIC and "人均" in field.label.zh and field.additive
    ]

    assert added == []


def test_what_names_a_person_is_marked() -> None:
    names_a_person = re.compile(
        "姓名|电话|证件号码|账号|住址|^联系人|负责人|责任人姓名|出生日期|户编号|人口编号|收款单位"
    )
    open_ = [
        f"{ledger.ledger}.{field.id}"
        for ledger, field in fields()
        if names_a_person.search(field.label.zh) and not field.person
    ]

    assert open_ == []


def test_every_ledger_has_the_columns_of_place_and_year() -> None:
    for name in LEDGERS:
        ledger = default().ledgers[name]
        assert [ledger.placed(place) for place in ("county", "township", "village")] == [
            "county",
            "township",
            "village",
        ]
        assert not ledger.field("year").required
    assert default().ledgers["village"].placed("code") == "division_code"


def test_no_header_means_two_fields_of_a_ledger() -> None:
    vocabulary = Vocabulary(default().measurement, default().words)
    for ledger in default().ledgers.values():
        meant: dict[tuple[str, ...], set[str]] = {}
        for field in ledger.fields:
            for text in (field.label.zh, *field.aliases):
                path = tuple(vocabulary.label(part).name for part in text.split("/"))
                meant.setdefault(path, set()).add(field.id)
        assert {path: ids for path, ids in meant.items() if len(ids) > 1 and any(path)} == {}


def test_every_label_survives_as_a_header() -> None:
    vocabulary = Vocabulary(default().measurement, default().words)

    assert [field.id for _, field in fields() if not vocabulary.label(field.label.zh).name] == []


def test_every_column_of_the_national_member_export_has_a_field() -> None:
    member = default().ledgers["member"]
    known = {normal(text) for field in member.fields for text in (field.label.zh, *field.aliases)}
    headers = NATIONAL_EXPORT.split()

    assert [header for header in headers if normal(header) not in known] == []


def test_every_written_form_of_a_code_means_one_code() -> None:
    for listed in default().codes.values():
        meant: dict[str, set[str]] = {}
        for value in listed.values:
            for text in (value.code, value.label.zh, value.label.en or value.code, *value.aliases):
                meant.setdefault(normal(text), set()).add(value.code)
        assert {text: codes for text, codes in meant.items() if len(codes) > 1} == {}, listed.codes


def test_the_peoples_of_the_national_standard_are_all_there() -> None:
    peoples = {value.code for value in default().codes["ethnicity"].values} - {"其他"}

    assert len(peoples) == 56
    assert {"怒族", "独龙族", "普米族", "景颇族", "东乡族", "裕固族"} <= peoples


def told(ledger: str, rows: pd.DataFrame, **others: pd.DataFrame) -> set[str]:
    """The rules that find something in rows whose form has just these columns."""
    config = default()
    placed = rows.assign(_source=1, _row=range(5, 5 + len(rows)))
    given = Rows(placed, 2024, date(2024, 12, 31), None, others)
    found = check(config.ledgers[ledger], given, config.ledgers, config.parameters, config.codes)
    return set(found.findings["rule"])


def test_a_form_that_does_not_ask_who_left_has_its_members_counted_all_the_same() -> None:
    """The national export of 46 columns has none of 自然减少原因."""
    members = frame(
        """
        _entity _unit                household_id relation
        1       示例县/城关镇/桥头村 h1           户主
        2       示例县/城关镇/桥头村 h1           户主
    """,
        _entity="code",
    )
    homes = frame(
        """
        _entity _unit                household_id persons
        h1      示例县/城关镇/桥头村 h1           3
    """,
        _entity="code",
    )

    assert {"H8", "H13"} <= told("household", homes, member=members)


def test_nobody_is_called_uninsured_by_a_form_without_a_column_of_the_workers_insurance() -> None:
    """Of three townships one may have the column: in the rows of the others it is there and blank."""
    members = frame(
        """
        _entity _unit                household_id resident_medical worker_medical
        1       示例县/城关镇/桥头村 h1           否               ·
    """,
        _entity="code",
        resident_medical="boolean",
        worker_medical="boolean",
    )

    assert "P67" in told("member", members.assign(worker_medical=pd.array([False], dtype="boolean")))
    assert "P67" not in told("member", members)
    assert "P67" not in told("member", members.drop(columns="worker_medical"))


def in_group(name: str, rows: pd.DataFrame, year: int) -> list[bool | None]:
    """Whether each household is of the group; None where that is not known."""
    config = default()
    ledger = config.ledgers["household"]
    scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
    where = next(group.where for group in ledger.groups if group.id == name)
    found = row_formula(where, scope)(Rows(rows, year, date(year, 12, 31)))
    return [None if value is pd.NA else bool(value) for value in found]


def test_a_household_whose_form_says_only_its_kind_is_poor_or_escaped_by_that() -> None:
    households = frame(
        """
        _entity _unit                poverty_status household_type
        1       示例县/城关镇/桥头村 ·              脱贫户
        2       示例县/城关镇/桥头村 ·              脱贫不享受政策户
        3       示例县/城关镇/桥头村 ·              贫困户
        4       示例县/城关镇/桥头村 返贫           脱贫户
        5       示例县/城关镇/桥头村 ·              ·
    """,
        _entity="code",
    )

    assert in_group("escaped", households, 2023) == [True, True, False, False, None]
    assert in_group("poor", households, 2023) == [False, False, True, True, None]


def test_a_house_graded_c_or_d_is_an_unmet_guarantee_whatever_else_is_filled_in() -> None:
    households = frame(
        """
        _entity _unit                dangerous_house house_grade safe_water dropout uninsured
        1       示例县/城关镇/桥头村 ·               D           是         否      否
        2       示例县/城关镇/桥头村 否              C           是         否      否
        3       示例县/城关镇/桥头村 ·               B           是         否      否
        4       示例县/城关镇/桥头村 ·               ·           是         否      否
    """,
        _entity="code",
        dangerous_house="boolean",
        safe_water="boolean",
        dropout="boolean",
        uninsured="boolean",
    )

    assert in_group("unmet", households, 2023) == in_group("unmet_house", households, 2023)
    assert in_group("unmet", households, 2023) == [True, True, False, None]


def test_every_policy_number_names_its_document_and_examples_are_called_examples() -> None:
    values = [(each.id, value) for each in default().parameters.values() for value in each.values]

    assert [name for name, value in values if not value.source] == []
    assert all("示例" in value.source for name, value in values if name in ("day_wage", "monitoring_range"))


def test_the_poverty_line_is_the_published_one_and_ends_in_2020() -> None:
    line = default().parameters["poverty_line"]

    assert [line.in_force(year) for year in range(2010, 2017)] == [2300, 2536, 2625, 2736, 2800, 2855, 2952]
    assert line.in_force(2009) is None
    assert line.in_force(2020) == 4000
    assert line.in_force(2021) is None


def test_the_lever_is_the_special_fund_and_its_interest_subsidy_and_nothing_else() -> None:
    funds = default().funds
    assert funds

    assert {source.cls for source in funds.sources if source.lever} == {"special"}
    assert all(source.lever for source in funds.sources if source.cls == "special")
    assert {source.id for source in funds.sources if source.memo} == {"enterprise", "credit"}


def test_every_source_has_a_known_class_and_every_class_a_source() -> None:
    funds = default().funds
    assert funds

    assert {source.cls for source in funds.sources} == {group.id for group in funds.classes}


def test_each_of_the_five_combinations_has_money_on_both_sides() -> None:
    funds = default().funds
    assert funds
    tags = {
        tag: {getattr(source, tag) for source in funds.sources} - {None}
        for tag in ("instrument", "mode", "party", "level", "origin")
    }

    assert tags["instrument"] == {"special", "sector"}
    assert tags["mode"] == {"development", "relief"}
    assert tags["party"] == {"government", "social"}
    assert {"central", "provincial", "city", "county"} <= tags["level"]
    assert tags["origin"] == {"external", "own"}


def test_stages_stand_in_the_order_in_which_money_moves() -> None:
    funds = default().funds
    assert funds

    stages = [stage.id for stage in funds.stages]
    assert stages == ["planned", "allocated", "arrived", "released", "paid", "settled"]
    assert funds.basis == ("paid", "arrived", "allocated", "planned")


def test_what_the_guide_shows_is_a_definition() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "definitions.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"```yaml\n# (\w+)\n(.*?)```", guide, re.DOTALL))
    models: dict[str, type[Spec]] = {
        "field": LedgerField,
        "rule": Rule,
        "codes": CodeList,
        "parameter": Parameter,
        "indicator": Indicator,
        "group": Group,
        "raise": Raise,
        "pattern": Pattern,
        "calendar": CalendarYear,
        "comparison": Comparison,
        "form": Form,
        "target": Target,
        "card": ScoreCard,
        "detector": Detector,
        "fit": Fit,
    }

    assert set(shown) == set(models)
    for kind, text in shown.items():
        document, faults = read_document(text, kind)
        assert document and not faults
        models[kind].model_validate(document.value)


def test_the_parameters_and_rules_that_the_guide_names_exist() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "definitions.md").read_text(encoding="utf-8")
    config = default()

    for name in re.findall(r"param\((\w+)\)", guide):
        assert name in config.parameters
    for name in ("day_wage", "monitoring_range", "cultivated_land_cap", "exit_incidence_central_east"):
        assert name in guide
        assert name in config.parameters
    assert {rule.id for _, rule in rules()} >= {"V_exit", "H144"}


def test_the_cards_that_are_shipped_say_where_their_points_come_from() -> None:
    cards = default().cards

    assert {card.of for card in cards.values()} == {"township", "village", "department"}
    silent = [f"{name}.{item.id}" for name, card in cards.items() for item in card.items if not item.source]
    assert silent == []
    assert all({item.domain for item in card.items} <= {*DOMAINS} for card in cards.values())
