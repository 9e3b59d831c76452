"""A rule that many rows of one village break: graver there, and said once of the village."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import pytest

from povplan.checks import Checked, check
from povplan.formulas import Rows
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger

HERE, THERE = "清河县/东岭镇/甲子村", "清河县/东岭镇/乙丑村"


def run(raised: dict[str, Any], **villages: Sequence[int | None]) -> Checked:
    """A rule `land <= 100` over the values of two villages, `here` and `there`."""
    rule = {
        "id": "H106",
        "label": {"zh": "耕地偏大", "en": "Too much land"},
        "check": "land <= 100",
        "fields": ("land",),
        "raise": raised,
    }
    spec = Ledger.model_validate(
        {
            "ledger": "household",
            "label": "农户",
            "level": "household",
            "key": ["number"],
            "fields": (
                {"id": "number", "label": "户编号", "type": "code"},
                {"id": "land", "label": "耕地", "type": "integer"},
            ),
            "rules": (rule,),
        }
    )
    values = [value for of in villages.values() for value in of]
    units = [{"here": HERE, "there": THERE}[name] for name, of in villages.items() for _ in of]
    frame = pd.DataFrame({ENTITY: [f"h{i}" for i in range(len(values))], UNIT: units, "land": values})
    frame = frame.astype({ENTITY: "string", UNIT: "string", "land": "Int64"})
    rows = Rows(frame, 2024, date(2024, 12, 31), None, {})
    return check(spec, rows, {"household": spec}, {}, {})


def severities(checked: Checked, rule: str = "H106") -> dict[str, list[str]]:
    of = checked.findings[checked.findings["rule"] == rule]
    return {
        str(unit).rsplit("/", 1)[-1]: list(rows["severity"]) for unit, rows in of.groupby("unit", sort=False)
    }


def test_from_the_share_on_the_villages_findings_are_errors_and_the_others_stay_doubts() -> None:
    checked = run({"to": "error", "share": 0.2}, here=[900, 900, *[5] * 8], there=[900, *[5] * 9])

    assert severities(checked) == {"乙丑村": ["doubt"], "甲子村": ["error", "error"]}


def test_the_village_as_a_whole_is_one_finding_that_says_how_many_of_how_many() -> None:
    checked = run({"to": "error", "share": 0.15}, here=[5, 900, None, *[5] * 8, 900])

    [(_, whole)] = checked.findings[checked.findings["rule"] == "widespread"].iterrows()
    assert whole["message_zh"] == "H106 耕地偏大：东岭镇甲子村核查了 11 行，2 行有此问题（18%），按错误处理"
    assert whole["entity"] is pd.NA


def test_a_share_alone_says_nothing_of_fewer_than_ten_rows() -> None:
    assert severities(run({"to": "error", "share": 0.1}, here=[900, *[5] * 8])) == {"甲子村": ["doubt"]}
    assert severities(run({"to": "error", "share": 0.1}, here=[900, *[5] * 9])) == {"甲子村": ["error"]}


def test_rows_of_which_nobody_can_tell_are_not_in_the_share() -> None:
    checked = run({"to": "error", "share": 0.5}, here=[*[900] * 6, *[5] * 6, *[None] * 20])

    assert severities(checked) == {"甲子村": ["error"] * 6}


def test_a_count_is_reached_from_its_number_on() -> None:
    assert severities(run({"to": "error", "count": 3}, here=[900, 900])) == {"甲子村": ["doubt"] * 2}
    assert severities(run({"to": "error", "count": 3}, here=[900, 900, 900])) == {"甲子村": ["error"] * 3}


def test_where_count_and_share_are_given_both_must_be_reached() -> None:
    both = {"to": "error", "count": 2, "share": 0.5}

    assert severities(run(both, here=[900, 900, 5, 5])) == {"甲子村": ["error"] * 2}
    assert severities(run(both, here=[900, 900, 5, 5, 5])) == {"甲子村": ["doubt"] * 2}
    assert severities(run(both, here=[900, 5])) == {"甲子村": ["doubt"]}


def test_a_township_may_be_counted_instead_of_a_village() -> None:
    checked = run({"to": "error", "count": 3, "per": "township"}, here=[900, 900], there=[900])

    assert checked.findings["severity"].tolist() == ["error"] * 4
    assert checked.findings["unit"].iloc[-1] == "清河县/东岭镇"


def test_raised_or_not_a_rule_is_counted_once_a_row_and_its_findings_keep_their_digests() -> None:
    rows = {"here": [900, 900, *[5] * 8]}
    plain, raised = run({"to": "error", "count": 9}, **rows), run({"to": "error", "count": 2}, **rows)

    for column in ("passed", "failed", "not_evaluable"):
        values = [of.evaluated.set_index("rule")[column]["H106"] for of in (plain, raised)]
        assert values[0] == values[1]
    digests = [of.findings.query("rule == 'H106'")["digest"].tolist() for of in (plain, raised)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("count", [2, 3])
def test_the_summary_is_another_finding_when_the_numbers_change(count: int) -> None:
    once, more = (run({"to": "error", "count": 2}, here=[900] * n + [5] * 9) for n in (count, count + 1))

    digests = {of.findings.query("rule == 'widespread'")["digest"].iloc[0] for of in (once, more)}
    assert len(digests) == 2
