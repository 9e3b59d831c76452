"""A drawn county of four years with every kind of event: both identities, checked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.jobs.accounts import accounts_of, remarks
from povplan.jobs.events import panel_findings
from povplan.jobs.standing import Standing
from povplan.panel.accounts import CAME, POOR_CAME, POOR_WENT, WENT
from tests.panels import county, line

HOUSEHOLDS = {
    2021: """
        id  unit    head  status
        H1  东镇/甲村  张一  贫困
        H2  东镇/甲村  李二  贫困
        H3  东镇/乙村  王三  已脱贫
        H4  东镇/乙村  赵四  贫困
        H5  西镇/丙村  钱五  贫困
        H6  西镇/丙村  孙六  贫困
        H7  西镇/丙村  周七  已脱贫
        """,
    # H1 escaped; H2 renumbered to H20; H3 fell back; H4 split into H4 and H41; H5 moved to 甲村;
    # H6 struck off; H8 newly registered, poor; H7 gone without a word
    2022: """
        id   unit    head  status
        H1   东镇/甲村  张一  已脱贫
        H20  东镇/甲村  李二  贫困
        H3   东镇/乙村  王三  返贫
        H4   东镇/乙村  赵四  贫困
        H41  东镇/乙村  赵九  贫困
        H5   东镇/甲村  钱五  贫困
        H6   西镇/丙村  孙六  注销
        H8   西镇/丙村  吴八  贫困
        """,
    # H4 and H41 merged into H4; H7 returned; H1 moved away; H9 appeared
    2023: """
        id   unit    head  status
        H20  东镇/甲村  李二  已脱贫
        H3   东镇/乙村  王三  已脱贫
        H4   东镇/乙村  赵四  贫困
        H5   东镇/甲村  钱五  ·
        H7   西镇/丙村  周七  贫困
        H8   西镇/丙村  吴八  贫困
        H9   西镇/丙村  郑九  已脱贫
        """,
}
MEMBERS = {
    2021: """
        id  home  unit    name
        P1  H1    东镇/甲村  张一
        P2  H2    东镇/甲村  李二
        P3  H3    东镇/乙村  王三
        P4  H4    东镇/乙村  赵四
        P9  H4    东镇/乙村  赵九
        P5  H5    西镇/丙村  钱五
        P6  H6    西镇/丙村  孙六
        P7  H7    西镇/丙村  周七
        """,
    # P11 born, P12 died by event? no: P9 moved with the split; P31 married in by event; P3 died by her row
    2022: """
        id   home  unit    name  joined  left
        P1   H1    东镇/甲村  张一  ·       ·
        P11  H1    东镇/甲村  张小  新生儿  ·
        P2   H20   东镇/甲村  李二  ·       ·
        P3   H3    东镇/乙村  王三  ·       死亡
        P31  H3    东镇/乙村  王媳  ·       ·
        P4   H4    东镇/乙村  赵四  ·       ·
        P9   H41   东镇/乙村  赵九  ·       ·
        P5   H5    东镇/甲村  钱五  ·       ·
        P8   H8    西镇/丙村  吴八  ·       ·
        """,
}
EVENTS = {
    2022: """
        kind        from  to   person
        renumbered  H2    H20  ·
        split       H4    H41  ·
        registered  ·     H8   ·
        marriage_in H3    ·    P31
        """,
    2023: """
        kind       from  to
        merged     H41   H4
        returned   ·     H7
        moved_out  H1    ·
        """,
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    return county(tmp_path_factory.mktemp("w"), household=HOUSEHOLDS, member=MEMBERS, event=EVENTS)


def test_the_register_of_households_by_hand(ledger: Standing) -> None:
    table = accounts_of(ledger, 2022)

    assert line(table, "示例县") == {
        "opening": 7, "registered": 1, "split_off": 1, "arrived": 1,
        "departed": 1, "struck_off": 1, "vanished": 1, "closing": 7, "unexplained": -1,
    }  # fmt: skip
    assert line(table, "甲村") == {"opening": 2, "arrived": 1, "closing": 3}
    assert line(table, "乙村") == {"opening": 2, "split_off": 1, "closing": 3}
    assert line(table, "丙村") == {
        "opening": 3, "registered": 1, "departed": 1, "struck_off": 1, "vanished": 1, "closing": 1,
        "unexplained": -1,
    }  # fmt: skip


def test_the_year_after(ledger: Standing) -> None:
    assert line(accounts_of(ledger, 2023), "示例县") == {
        "opening": 7, "returned": 1, "appeared": 1, "moved_out": 1, "merged": 1, "closing": 7,
        "unexplained": 1,
    }  # fmt: skip


def test_the_poor_by_hand(ledger: Standing) -> None:
    first, second = (accounts_of(ledger, year, "status") for year in (2022, 2023))

    assert line(first, "示例县") == {
        "opening": 5, "newly_poor": 1, "fell_back": 1, "poor_entered": 1, "arrived": 1,
        "escaped": 1, "departed": 1, "poor_left": 1, "closing": 6,
    }  # fmt: skip
    assert line(second, "示例县") == {
        "opening": 6, "poor_entered": 1, "escaped": 2, "poor_left": 1, "status_lost": 1, "closing": 3,
        "unexplained": -1,
    }  # fmt: skip


def test_persons_go_with_their_own_reasons_and_those_of_their_households(ledger: Standing) -> None:
    table = accounts_of(ledger, 2022, "register", "persons")

    assert line(table, "示例县") == {
        "opening": 8, "born": 1, "registered": 1, "moved_in": 1, "arrived": 1,
        "died": 1, "struck_off": 1, "departed": 1, "vanished": 1, "closing": 8, "unexplained": -1,
    }  # fmt: skip
    assert line(accounts_of(ledger, 2022, "status", "persons"), "乙村") == {
        "opening": 2, "poor_entered": 1, "closing": 3,
    }  # fmt: skip


@pytest.mark.parametrize("what", ["register", "status"])
def test_every_line_balances_and_villages_add_up(ledger: Standing, what: str) -> None:
    came, went = (CAME, WENT) if what == "register" else (POOR_CAME, POOR_WENT)
    for year in (2022, 2023):
        table = accounts_of(ledger, year, what)  # type: ignore[arg-type]
        balance = table["opening"] + table[list(came)].sum(axis=1) - table[list(went)].sum(axis=1)
        assert list(balance) == list(table["closing"]), table
        terms = [*came, *went, "opening", "closing", "unexplained"]
        of = table.groupby("level")[terms].sum()
        assert list(of.loc["village"]) == list(of.loc["township"]) == list(of.loc["county"])


def test_without_a_year_before_there_is_the_closing_stock_and_a_sentence(ledger: Standing) -> None:
    table = accounts_of(ledger, 2021)

    assert line(table, "示例县") == {"closing": 7}
    assert set(table["note"]) == {"base_missing"}
    assert ["2021" in said.zh and "第一年" in said.zh for said in remarks(ledger, 2021)] == [True]


def test_a_year_missing_in_the_middle_is_said(tmp_path: Path) -> None:
    gap = county(tmp_path / "w", household={2021: HOUSEHOLDS[2021], 2023: HOUSEHOLDS[2023]})

    table = accounts_of(gap, 2023)

    assert line(table, "示例县") == {"closing": 7}
    assert "没有 2022 年的台账" in remarks(gap, 2023)[0].zh and "2021" in remarks(gap, 2023)[0].zh


def test_a_village_that_did_not_report_has_a_column_of_its_own(tmp_path: Path) -> None:
    silent = "\n".join(one for one in HOUSEHOLDS[2021].splitlines() if "丙村" not in one)
    ledger = county(tmp_path / "w", household={2021: HOUSEHOLDS[2021], 2022: silent, 2023: HOUSEHOLDS[2021]})

    assert line(accounts_of(ledger, 2022), "示例县") == {"opening": 7, "unreported": 3, "closing": 4}
    assert line(accounts_of(ledger, 2023), "示例县") == {"opening": 4, "reported_again": 3, "closing": 7}


def test_a_household_s_own_count_of_those_who_left_explains_them_if_it_is_enough(tmp_path: Path) -> None:
    homes = "id unit head members_left members_joined\nA 东镇/甲村 张一 {} 1\nB 东镇/甲村 李二 · ·"
    members = {
        2021: "id home unit\nP1 A 东镇/甲村\nP2 A 东镇/甲村\nP3 A 东镇/甲村\nP4 B 东镇/甲村",
        2022: "id home unit left\nP1 A 东镇/甲村 ·\nP3 A 东镇/甲村 死亡\nP5 A 东镇/甲村 ·\nP4 B 东镇/甲村 ·",
    }
    enough, too_few = (
        county(tmp_path / str(n), household={2021: homes.format(0), 2022: homes.format(n)}, member=members)
        for n in (2, 1)
    )

    assert line(accounts_of(enough, 2022, "register", "persons"), "示例县") == {
        "opening": 4, "other_in": 1, "died": 1, "other_out": 1, "closing": 3,
    }  # fmt: skip
    assert line(accounts_of(too_few, 2022, "register", "persons"), "示例县") == {
        "opening": 4, "other_in": 1, "died": 1, "vanished": 1, "closing": 3, "unexplained": -1,
    }  # fmt: skip


def test_no_row_is_lost(ledger: Standing) -> None:
    assert pd.notna(accounts_of(ledger, 2022)["closing"]).all()


KEYS = ["A", "B", "C", "D", "E"]
STATES = ["贫困", "已脱贫", "返贫", "注销", "·"]
UNITS = ["东镇/甲村", "东镇/乙村", "西镇/丙村"]
KINDS = ["split", "merged", "renumbered", "registered", "returned", "moved_in", "moved_out", "struck_off"]


@st.composite
def counties(draw: st.DrawFn) -> dict[str, dict[int, str]]:
    """Any households in any villages in two years, and any events between them, true or not."""
    years = {}
    for year in (2021, 2022):
        keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, unique=True))
        rows = [f"{key} {draw(st.sampled_from(UNITS))} 户 {draw(st.sampled_from(STATES))}" for key in keys]
        years[year] = "\n".join(["id unit head status", *rows])
    ends = st.sampled_from([*KEYS, "·"])
    events = draw(st.lists(st.tuples(st.sampled_from(KINDS), ends, ends), max_size=5, unique=True))
    told = {"household": years}
    if events:
        told["event"] = {2022: "\n".join(["kind from to", *(" ".join(one) for one in events)])}
    return told


@given(counties())
@settings(max_examples=10, deadline=None)
def test_whatever_is_declared_the_identities_balance(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, dict[int, str]]
) -> None:
    ledger = county(tmp_path_factory.mktemp("w"), **drawn)

    for what, came, went in (("register", CAME, WENT), ("status", POOR_CAME, POOR_WENT)):
        table = accounts_of(ledger, 2022, what)  # type: ignore[arg-type]
        balance = table["opening"] + table[list(came)].sum(axis=1) - table[list(went)].sum(axis=1)
        assert list(balance) == list(table["closing"]), (drawn, table)
        counted = ledger.folded("household", 2022).frame
        here = counted[counted["poverty_status"].fillna("") != "注销"]
        if what == "register":
            assert line(table, "示例县").get("closing", 0) == len(here)


def test_a_household_whose_persons_all_went_for_a_reason_has_gone_for_it(tmp_path: Path) -> None:
    """A died out, by an event and by its row; of B one moved out and one died; of C one has no reason."""
    homes = {
        2021: "id unit status\nA 东镇/甲村 贫困\nB 东镇/甲村 贫困\nC 东镇/甲村 贫困\nD 东镇/甲村 贫困",
        2022: "id unit status\nD 东镇/甲村 贫困",
    }
    people = {
        2021: """
            id  home  unit       name
            A1  A     东镇/甲村  甲一
            A2  A     东镇/甲村  甲二
            B1  B     东镇/甲村  乙一
            B2  B     东镇/甲村  乙二
            C1  C     东镇/甲村  丙一
            C2  C     东镇/甲村  丙二
            D1  D     东镇/甲村  丁一
            """,
        2022: """
            id  home  unit       name  left
            A2  A     东镇/甲村  甲二  死亡
            D1  D     东镇/甲村  丁一  ·
            """,
    }
    events = "kind person\ndeath A1\ndeath B1\nmoved_out B2\ndeath C1"
    ledger = county(tmp_path / "w", household=homes, member=people, event={2022: events})

    register = line(accounts_of(ledger, 2022, "register", "households"), "甲村")
    told = panel_findings(ledger, [2022], {})

    assert register == {
        "opening": 4, "died": 1, "other_out": 1, "vanished": 1, "closing": 1, "unexplained": -1
    }  # fmt: skip
    assert [one["entity"] for one in told if one["rule"] == "left_unexplained"] == ["C"]
