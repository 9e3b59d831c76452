"""Faults of the kind that county offices really find, planted in finished sheets, each with its cell.

Every fault names the rule that should find it. `missing` is no finding but a village in the coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from .faults import CENTRE, EAST, WEST, Desk, Fault, misprint, plus, twice, unreported, wrong_total
from .history import Tables
from .places import TOWNSHIPS
from .sheets import Cell
from .workbooks import Book


def plant(books: Sequence[Book], tables: Mapping[int, Tables]) -> list[Fault]:
    """Change the sheets in place; the faults in the order of years."""
    desks = {
        year: Desk(year, of_year, [b for b in books if b.year == year]) for year, of_year in tables.items()
    }
    misread = _misread(tables[2022], tables[2023])
    return [
        *_first(desks[2022], misread),
        *_second(desks[2023], misread),
        *_third(desks[2024], tables[2023]),
    ]


def _misread(first: Tables, second: Tables) -> str:
    """A wife whose number is mistyped in the first year and right in the second."""
    people = first.member[(first.member["township"] == EAST) & first.member["relation"].eq("配偶")]
    stay = people["person_id"].isin(second.member["person_id"])
    return str(people["person_id"][stay].iloc[4])


# ---- 2022 ------------------------------------------------------------------------------------------


def _first(desk: Desk, misread: str) -> list[Fault]:
    east, centre, west = (desk.open("household", township) for township in TOWNSHIPS)
    home = desk.rows("household", EAST)["household_id"].iloc[11]
    stove = desk.rows("household", WEST)["household_id"].iloc[20]
    village = desk.tables.village["village"].iloc[6]
    funds = desk.tables.fund
    paid = funds[(funds["stage"] == "paid") & (funds["source"] == "special_central")]["fund_id"].iloc[2]
    early = pd.Timestamp(desk.year, 1, 9).date()
    return [
        *desk.mistype(
            desk.open("member", EAST),
            misread,
            "id_card",
            _next_digit,
            {"P3": "id_card"},
            "证件号码校验位录错一位",
        ),
        *desk.mistype(
            east,
            home,
            "net_income",
            lambda cell: plus(cell, 500),
            {"H108": "net_income"},
            "年纯收入与分项不符",
        ),
        misprint(desk, centre, "house_structure", "房屋主要结购"),
        *desk.mistype(west, stove, "fuel", "柴禾", {"unknown_code": "fuel"}, "燃料类型不在代码表中"),
        *desk.mistype(
            desk.open("village"),
            village,
            "net_income_per_capita",
            lambda cell: round(plus(cell, 0) / 10_000, 4),
            {"V152_income": "net_income_per_capita"},
            "元的栏目填成了万元",
        ),
        *desk.mistype(desk.open("fund"), paid, "date", early, {"F139": "date"}, "支付早于项目批复"),
        *desk.mistype(
            desk.open("correction"),
            desk.tables.correction["number"].iloc[2],
            "number",
            "0000000000",
            {"correction_number": "number"},
            "纠偏编号不是任何偏差",
        ),
    ]


def _next_digit(cell: Cell) -> Cell:
    text = str(cell)
    return text[:-1] + ("1" if text[-1] == "X" else str((int(text[-1]) + 1) % 10))


# ---- 2023 ------------------------------------------------------------------------------------------


def _second(desk: Desk, misread: str) -> list[Fault]:
    east, centre, west = (desk.open("household", township) for township in TOWNSHIPS)
    keys = [desk.rows("household", township)["household_id"] for township in TOWNSHIPS]
    funds = desk.tables.fund
    given = funds[(funds["stage"] == "paid") & (funds["source"] == "donation")]["fund_id"].iloc[0]
    approved = desk.tables.project
    begun = approved[approved["nature"] == "新建"]["project_id"].iloc[3]
    return [
        *desk.mistype(
            desk.open("member", EAST),
            misread,
            "id_card",
            lambda cell: cell,
            {"P127_card": "id_card"},
            "上年录错的证件号码今年是对的",
        ),
        *twice(desk, east, keys[0].iloc[15], "house_area", 1),
        *twice(desk, centre, keys[1].iloc[30]),
        *desk.mistype(
            centre,
            keys[1].iloc[41],
            "road_distance",
            "约半里",
            {"unreadable_number": "road_distance"},
            "数字栏里写了文字",
        ),
        *desk.mistype(west, keys[2].iloc[8], "head_name", None, {"required": "head_name"}, "必填项空白"),
        wrong_total(desk),
        *desk.mistype(
            desk.open("fund"),
            given,
            "source",
            "扶贫发展资金",
            {"unknown_code": "source"},
            "资金来源不在代码表中",
        ),
        *desk.mistype(
            desk.open("project"),
            begun,
            "started_on",
            pd.Timestamp(desk.year, 1, 6).date(),
            {"J_approval": "started_on"},
            "未批先建",
        ),
    ]


# ---- 2024 ------------------------------------------------------------------------------------------


def _third(desk: Desk, before: Tables) -> list[Fault]:
    east = desk.open("household", EAST)
    people = [desk.rows("member", township) for township in TOWNSHIPS]
    pupil = people[1][people[1]["school_status"] == "小学"]
    pupil = pupil[pupil["birth_date"].map(lambda day: 7 <= desk.year - day.year <= 10)]
    home = desk.rows("household", EAST)["household_id"].iloc[22]
    return [
        unreported(desk, desk.tables.village["village"].iloc[9]),
        *desk.mistype(
            desk.open("village"),
            desk.tables.village["village"].iloc[3],
            "collective_income",
            lambda cell: round(plus(cell, 0) * 10_000),
            {"V152_collective": "collective_income"},
            "万元的栏目填成了元",
        ),
        *desk.mistype(
            east, home, "persons", lambda cell: plus(cell, 1), {"H13": "persons"}, "家庭人口数与成员人数不符"
        ),
        *desk.mistype(
            desk.open("member", CENTRE),
            pupil["person_id"].iloc[3],
            "school_status",
            None,
            {"P57": "school_status"},
            "适龄儿童不在校且无原因",
        ),
        *desk.mistype(
            desk.open("member", WEST),
            people[2]["person_id"].iloc[33],
            "birth_date",
            "1968年13月",
            {"unreadable_date": "birth_date"},
            "日期读不出来",
        ),
        *desk.mistype(
            desk.open("member", EAST),
            people[0]["person_id"].iloc[17],
            "id_card",
            lambda cell: float(str(cell).replace("X", "0")),
            {"damaged_number": "id_card"},
            "证件号码录成了数字，末几位已丢失",
        ),
        *_never_escaped(desk, before),
        *_funds(desk),
        *_benefits(desk),
        *_plan(desk),
    ]


def _never_escaped(desk: Desk, before: Tables) -> list[Fault]:
    """A household poor last year and marked as fallen back this year."""
    was, now = before.household, desk.tables.household
    poor = was[was["poverty_status"] == "贫困"]["household_id"]
    still = now[now["household_id"].isin(poor) & (now["poverty_status"] == "贫困")].iloc[0]
    place = desk.open("household", still["township"])
    return desk.mistype(
        place,
        still["household_id"],
        "poverty_status",
        "返贫",
        {"H134": "poverty_status"},
        "上年未脱贫却填返贫",
    )


def _funds(desk: Desk) -> list[Fault]:
    place, funds = desk.open("fund"), desk.tables.fund
    paid = funds[funds["stage"] == "paid"]
    labour = paid[(paid["form"] == "labour") & (paid["labour_days"] > 0)]["fund_id"].iloc[1]
    central = paid[paid["source"] == "special_central"]["fund_id"]
    done = desk.tables.project
    done = done[done["acceptance"].notna() & (done["nature"] == "新建")]["project_id"].iloc[4]
    return [
        *desk.mistype(
            place,
            labour,
            "amount",
            lambda cell: round(plus(cell, 0) * 10, 6),
            {"F145": "amount"},
            "投工折资额多写一位",
        ),
        *desk.mistype(place, central.iloc[4], "project_id", None, {"F141": "project_id"}, "支出没有对应项目"),
        *desk.mistype(
            place, central.iloc[6], "year", desk.year - 1, {"year_differs": "year"}, "年份写成上年"
        ),
        *desk.mistype(
            desk.open("project"),
            done,
            "accepted_on",
            pd.Timestamp(desk.year, 9, 1).date(),
            {"J_dates": "started_on"},
            "验收早于完工",
        ),
    ]


def _benefits(desk: Desk) -> list[Fault]:
    """A recipient who is in no register, and one thing given to one household from two sources."""
    place, rows = desk.open("benefit"), desk.tables.benefit
    goods = rows[rows["kind"] == "实物"]["benefit_id"].iloc[2]
    dividends = rows[rows["kind"] == "分红"]
    twice = dividends[dividends.duplicated(["household_id", "item"], keep="last")]["benefit_id"].iloc[3]
    return [
        *desk.mistype(
            place, goods, "household_id", "990101999999", {"orphan": "household_id"}, "受益户不在册"
        ),
        *desk.mistype(
            place, twice, "source", "社会捐赠", {"B_double": "source"}, "同一户同一事项有两个资金来源"
        ),
    ]


def _plan(desk: Desk) -> list[Fault]:
    """A target whose responsible departments make 90 %, and a need replied to before it was proposed."""
    targets, needs = desk.open("target"), desk.open("need")
    replied = desk.tables.need[desk.tables.need["reply"].notna()]["need_id"].iloc[4]
    return [
        *desk.mistype(
            targets,
            desk.tables.target["target_id"].iloc[1],
            "department",
            "县文化广电局60%;县工业和信息化局30%",
            {"target_shares": "department"},
            "责任比例合计只有90%",
        ),
        *desk.mistype(
            needs,
            replied,
            "replied_on",
            pd.Timestamp(desk.year, 6, 1).date(),
            {"N_replied": "replied_on"},
            "县级答复早于乡镇上报",
        ),
    ]
