"""What a formula may not be: each mistake is found when it is loaded, at its place, in both languages."""

from __future__ import annotations

import pytest

from povplan.formulas import FormulaErrors, Scope, measure_formula, row_formula
from povplan.messages import catalogue
from tests.drawing import code_list, ledger
from tests.test_formulas import SCOPE as ROWS_SCOPE

MEMBER = ledger("member", "person", {"household": "hid"}, hid="code", wage="money")
VILLAGE = ledger("village", "village", vid="code", population="integer")
SCOPE = Scope(
    ROWS_SCOPE.ledger,
    {"household": ROWS_SCOPE.ledger, "member": MEMBER, "village": VILLAGE},
    ROWS_SCOPE.parameters,
    {**ROWS_SCOPE.codes, "status": code_list("status", poor="未脱贫", exited="脱贫户")},
)

# ¦ marks where the fault is said to be
REFUSED = [
    # attempts to get out
    ("__import__('os')¦.system('x')", "不能用 .", ". has no place"),
    ("persons¦.__class__", "不能用 .", ". has no place"),
    ("persons¦[0]", "不能用 […]", "[…] has no place"),
    ("(¦lambda: 1)()", "lambda", "lambda"),
    ("¦[x for x in risks] == 1", "不能用 for", "for has no place"),
    ("¦{1: 2}", "{…}", "{…}"),
    ("(¦y := persons) > 1", ":=", ":="),
    ("max(¦*risks)", "不能用 *", "* has no place"),
    ("¦f'{persons}'", "引号前面", "before a quote"),
    ("¦b'x' == name", "引号前面", "before a quote"),
    ("¦__import__('os')", "没有函数“__import__”", 'no function "__import__"'),
    ("¦eval('1')", "没有函数“eval”", 'no function "eval"'),
    ("¦yield persons", "看不懂", "Cannot be read"),
    ("persons > 0¦; poor", "看不懂", "Cannot be read"),
    ("persons ¦** 9", "不能用 **", "** has no place"),
    ("persons > ¦1e400", "太大", "too great"),
    ("persons > ¦1" + "0" * 15, "太大", "too great"),
    ("persons > ¦1j", "不能写 1j", "1j is no value"),
    ("persons > 1¦\u200b", "看不见的字符(U+200B)", "invisible character (U+200B)"),
    ("name == 'a¦\u202eb'", "U+202E", "U+202E"),
    ("persons > 1¦\x00", "U+0000", "U+0000"),
    # limits
    ("¦" + "-" * 300 + "persons", "超过 200 个", "more than 200 parts"),
    ("¦" + "+".join(["人口"] * 101), "超过 200 个", "more than 200 parts"),
    ("1" + "+1" * 249 + " ¦ + 1", "超过 500 个字符", "longer than 500 characters"),
    ("¦", "空的", "is empty"),
    ("¦  ", "空的", "is empty"),
    ("left(name, ¦0) == 'a'", "正整数", "whole number above 0"),
    ("left(name, ¦persons) == 'a'", "正整数", "whole number above 0"),
    ("¦rank(name) > 1", "有代码表的字段", "from a code list"),
    # writing
    ("persons +¦", "没有写完", "ends too early"),
    ("persons > 1¦)", "看不懂", "Cannot be read"),
    ("¦(persons > 1", "看不懂", "Cannot be read"),
    ("name == ¦'abc", "引号没有配对", "never closed"),
    ("persons ¦= 1", "相等写作 ==", "Write == for equal"),
    ("人口 ¦＝ 1", "相等写作 ==", "Write == for equal"),
    ("persons ¦<> 1", "不等写作 !=", "!= for not equal"),
    ("round(area, digits¦=2)", "相等写作 ==", "Write == for equal"),
    ("persons > 1 ¦# 注", "看不懂", "Cannot be read"),
    ("persons ¦& 人口", "不能用 &", "& has no place"),
    ("人口 ¦% 2 == 0", "不能用 %", "% has no place"),
    ("（人口） ¦// 2", "不能用 //", "// has no place"),
    ("name in ['a' ¦'b']", "少了逗号", "comma is missing"),
    ("persons ¦is 1", "不能用 is", "is has no place"),
    ("persons == ¦None", "blank(x)", "blank(x)"),
    ("name in ¦[]", "非空的列表", "list that is not empty"),
    ("name in ¦name", "非空的列表", "list that is not empty"),
    ("¦['a'] == name", "只能写在 in", "only stand after in"),
    ("¦3(4)", "不是函数名", "not the name of a function"),
    # names
    ("¦personz > 1", "没有字段“personz”。是不是“persons”？", 'no field "personz". Did you mean "persons"?'),
    ("人口 > ¦家庭人口", "没有字段“家庭人口”", 'no field "家庭人口"'),
    ("income < ¦poverty_line", "是不是“param(poverty_line)”", 'Did you mean "param(poverty_line)"?'),
    ("income < param(¦poverty_lin)", "没有参数“poverty_lin”。是不是“poverty_line”", "no parameter"),
    ("¦matchs(name, 'a')", "没有函数“matchs”。是不是“matches”", 'Did you mean "matches"?'),
    ("count(¦membr) > 1", "没有台账“membr”。是不是“member”", 'no ledger "membr". Did you mean "member"?'),
    ("parent(village, ¦populatoin) > 1", "台账 village 没有字段“populatoin”", 'Did you mean "population"?'),
    ("¦median(income) > 1", "汇总函数", "belongs to indicators"),
    ("prev(¦prev(income)) > 1", "已经在看别的行", "already being looked at"),
    ("total(member, ¦parent(village, population)) > 1", "已经在看别的行", "already being looked at"),
    # kinds
    ("income ¦> '1'", "金额与文字不能用 > 比较", "A sum of money and a text cannot be compared"),
    ("name ¦< 'b'", "文字与文字不能用 < 比较", "cannot be compared with <"),
    ("poor ¦+ 1", "真假与数不能用 + 计算", "A truth value and a number cannot be computed"),
    ("income ¦* wage > 1", "金额与金额不能用 * 计算", "cannot be computed with *"),
    ("poor and ¦income", "这里要真假,写的却是金额", "A truth value is wanted here, not a sum of money"),
    ("not ¦persons", "这里要真假", "A truth value is wanted"),
    ("-¦name == 'a'", "这里要数或金额", "A number or sum of money is wanted"),
    ("income if poor else ¦name", "前面是金额,这里是文字", "do not go together"),
    ("coalesce(income, ¦name)", "前面是金额,这里是文字", "do not go together"),
    ("persons in [1, ¦'b']", "前面是数,这里是文字", "do not go together"),
    ("age(¦name) > 1", "这里要日期", "A date is wanted"),
    ("born ¦> '2020-13-01'", "日期与文字不能用 > 比较", "A date and a text"),
    ("has(¦status, 'poor')", "这里要多选", "A list of choices is wanted"),
    # codes
    ("status == ¦'poo'", "代码表 status 没有“poo”。是不是“poor”", 'has no "poo". Did you mean "poor"?'),
    ("¦'脱贫户' != status", "没有“脱贫户”。是不是“exited”", 'Did you mean "exited"?'),
    ("status in ['poor', ¦'脱贫户']", "是不是“exited”", 'Did you mean "exited"?'),
    ("prev(status) == ¦'exit'", "是不是“exited”", 'Did you mean "exited"?'),
    ("has(risks, ¦'il')", "代码表 risk 没有“il”", 'Code list risk has no "il"'),
    ("risks ¦== 'ill'", "请用 has(", "is asked with has("),
    # arguments
    ("¦round(area, 1, 2)", "round 要 1–2 个参数,这里有 3 个", "round takes 1–2 argument(s); here are 3"),
    ("¦IF(poor, 1)", "IF 要 3 个参数", "IF takes 3 argument(s)"),
    ("¦sum(income) > 1", "sum 要 2+ 个参数", "sum takes 2+ argument(s)"),
    ("round(area, ¦persons)", "小数位数应写明", "decimals must be written out"),
    ("matches(name, ¦'(')", "这个模式不能用", "pattern does not work"),
    (r"matches(name, ¦'(a)\1')", "这个模式不能用", "pattern does not work"),
    ("matches(name, ¦status)", "带引号的文字", "text in quotes"),
    ("param(¦1)", "应写一个名称", "A name is wanted"),
]


@pytest.mark.parametrize(("marked", "zh", "en"), REFUSED, ids=[marked[:40] for marked, _, _ in REFUSED])
def test_a_mistake_is_refused_where_it_stands_and_in_both_languages(marked: str, zh: str, en: str) -> None:
    text, place = marked.replace("¦", "", 1), marked.index("¦")

    with pytest.raises(FormulaErrors) as refused:
        row_formula(text, SCOPE)

    first = refused.value.errors[0]
    assert (first.offset, first.text) == (min(place, len(text)), text)
    assert zh in first.said.zh
    assert en in first.said.en


MEASURES_REFUSED = [
    ("¦income", "要放在 sum、count、median", "must stand inside sum"),
    ("sum(income) / ¦persons", "字段“persons”", 'Field "persons"'),
    ("¦age(born)", "不是汇总函数", "is no aggregate"),
    ("¦summ(income)", "是不是“sum”", 'Did you mean "sum"?'),
    ("¦1 + 1", "没有汇总函数", "has no aggregate"),
    ("sum(¦name)", "这里要数或金额", "A number or sum of money is wanted"),
    ("count(¦persons)", "这里要真假", "A truth value is wanted"),
    ("sum(¦median(income))", "汇总函数", "belongs to indicators"),
    ("¦sum(income, wage)", "sum 要 1 个参数", "sum takes 1 argument(s)"),
    ("¦sum(income) > 1", "只能用 + - * /", "only + - * /"),
    ("¦sum(income) if 1 else 2", "只能用 + - * /", "only + - * /"),
    ("¦sum(income) * sum(wage)", "金额与金额不能用 * 计算", "cannot be computed with *"),
    ("quantile(income, ¦1.5)", "0 到 1", "from 0 to 1"),
    ("quantile(income, ¦True)", "0 到 1", "from 0 to 1"),
    ("sum(¦incom)", "是不是“income”", 'Did you mean "income"?'),
    ("¦div(sum(income))", "div 要 2 个参数", "div takes 2 argument(s)"),
    ("¦mean()", "mean 要 1 个参数", "mean takes 1 argument(s)"),
    ("¦coalesce(sum(income), 0)", "不是汇总函数", "is no aggregate"),
]


@pytest.mark.parametrize(("marked", "zh", "en"), MEASURES_REFUSED)
def test_a_mistake_in_an_indicator_is_refused_where_it_stands(marked: str, zh: str, en: str) -> None:
    text, place = marked.replace("¦", ""), marked.index("¦")

    with pytest.raises(FormulaErrors) as refused:
        measure_formula(text, SCOPE)

    first = refused.value.errors[0]
    assert first.offset == place
    assert zh in first.said.zh
    assert en in first.said.en


def test_every_mistake_is_told_each_once_in_the_order_of_the_text() -> None:
    with pytest.raises(FormulaErrors) as refused:
        row_formula("0 < personz < 5 and incom > 1 and status == 'x'", SCOPE)

    assert [error.offset for error in refused.value.errors] == [4, 20, 44]


def test_mistakes_of_an_indicator_and_of_its_condition_each_name_their_text() -> None:
    with pytest.raises(FormulaErrors) as refused:
        measure_formula("sum(incom)", SCOPE, where="personz > 1")

    assert {(error.text, error.offset) for error in refused.value.errors} == {
        ("sum(incom)", 4),
        ("personz > 1", 0),
    }


def test_a_condition_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(FormulaErrors, match="A truth value is wanted here, not a number"):
        measure_formula("sum(income)", SCOPE, where="persons")


@pytest.mark.parametrize("text", ["area" + "+area" * 99, "(" * 150 + "area" + ")" * 150, "-" * 198 + "area"])
def test_formulas_within_the_limits_are_compiled_however_deep(text: str) -> None:
    assert row_formula(text, SCOPE).kind == "number"


def test_codes_are_checked_only_where_their_list_is_at_hand() -> None:
    assert row_formula("status == 'anything'", Scope(SCOPE.ledger)).kind == "boolean"


def test_every_sentence_of_formulas_has_the_same_gaps_in_both_languages() -> None:
    for key, words in catalogue().items():
        if key.startswith("formula_"):
            gaps = [{part.split("}")[0] for part in words[lang].split("{")[1:]} for lang in ("zh", "en")]
            assert gaps[0] == gaps[1], key
