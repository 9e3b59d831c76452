"""The county's targets and what the villages ask for, in the last year, and what was corrected of the first.

Some targets are on their path, some behind, one was met before it was set, one was revised. Some needs wait,
some were answered, refused or settled. Of three deviations of the first year one was put right, one only said
to be, and of one it was decided what to do.
"""

from __future__ import annotations

import datetime as dt
from hashlib import blake2b
from typing import Any

import pandas as pd

from .places import COUNTY, VILLAGES, YEARS

TARGETS = (
    ("MB01", "", "饮水安全户比例", 100, "县水利局", "样本周", ""),
    ("MB02", "", "通宽带户比例", 95, "县文化广电局60%;县工业和信息化局40%", "样本吴", ""),
    ("MB03", "乡镇", "通宽带户比例", 95, "县工业和信息化局", "样本吴", ""),
    ("MB04", "", "有效灌溉面积比例", 60, "县水利局、县农业农村局", "样本周", ""),
    ("MB05", "", "在册户人均纯收入", 18000, "县农业农村局", "样本郑", ""),
    ("MB05", "", "在册户人均纯收入", 16500, "县农业农村局", "样本郑", "上年旱情，调低目标"),
    ("MB06", "", "贫困人口", 0, "县乡村振兴局", "样本王", ""),
    ("MB07", "", "有文化(图书)室村比例", 80, "县文化广电局", "样本冯", ""),
)
"""Number, level, indicator, value in 2025 as printed, who answers, why it was revised. From 2022 on."""
NEEDS = (
    (0, "组内道路未硬化", "道路", "急", 34, (3, 4), (3, 25), "同意", (4, 20), True, (11, 15), "满意"),
    (1, "旱季饮水困难", "饮水", "紧急", 21, (2, 18), (3, 1), "同意", (3, 20), True, None, None),
    (2, "灌溉渠渗漏", "水利", "一般", 15, (5, 6), (6, 3), "不同意", (7, 1), False, None, "不满意"),
    (3, "无幼儿园接送车", "教育", "一般", 12, (9, 2), (10, 8), None, None, False, None, None),
    (5, "变压器容量不足", "用电网络", "急", 40, (4, 11), (4, 28), "同意", (6, 5), False, None, None),
    (6, "缺养殖技术指导", "产业", "一般", 18, (6, 10), (6, 20), "同意", (7, 2), True, (12, 1), "满意"),
    (7, "雨季塌方阻路", "道路", "紧急", 27, (7, 15), None, None, None, False, None, None),
    (10, "饮水水质浑浊", "饮水", "急", 30, (3, 12), (4, 2), "同意", (4, 25), True, (10, 30), "基本满意"),
    (11, "卫生室缺药", "医疗", "一般", 22, (11, 20), None, None, None, False, None, None),
    (12, "危房待修", "住房", "急", 2, (5, 20), (6, 1), "同意", (6, 15), True, (12, 20), "满意"),
)
"""Village, what, kind, urgency, households, raised, proposed, reply, replied, linked, settled, content."""

CORRECTIONS = (
    ("design", "money_off_cause", "guarantee", "", "医疗、教育项目优先安排", (6, 30)),
    ("execution", "delivery_short", "清河县/东岭镇", "东岭镇", "催收承诺的配套资金", (5, 31)),
    ("pro_poor", "inclusion", "清河县/西坪镇", "西坪镇", "重新核实受益名单", None),
)
"""Kind, detector, subject, township of a deviation of the first year, what was decided, when it was done."""


def correction_rows(year: int) -> list[dict[str, Any]]:
    """The rows of the ledger of corrections: of deviations of the first year, decided in the next."""
    if year != YEARS[0]:
        return []
    return [
        {
            "number": _number(kind, detector, subject, f"{COUNTY}/{township}".rstrip("/"), year),
            "year": year, "township": township or None, "subject": subject, "decision": "采取措施",
            "measure": measure, "owner": township or "县乡村振兴局", "decided_on": dt.date(year + 1, 2, 10),
            "done_on": _day(year + 1, done),
        }
        for kind, detector, subject, township, measure, done in CORRECTIONS
    ]  # fmt: skip


def _number(*parts: object) -> str:
    """偏差编号 of a deviation, as `povplan deviations` prints it."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=5).hexdigest()


def target_rows(year: int) -> list[dict[str, Any]]:
    """The rows of the target ledger: the county sends one in the last year only."""
    if year != YEARS[-1]:
        return []
    return [
        {
            "target_id": number, "year": year, "target_level": level or None, "indicator": indicator,
            "baseline_year": YEARS[0], "target_year": year + 1, "target_value": value, "department": who,
            "person": person, "deadline": dt.date(year + 1, 12, 20),
            "set_on": dt.date(year, 3, 1) if why else dt.date(YEARS[0], 12, 20), "reason": why or None,
            "source": "样本县“十四五”规划",
        }
        for number, level, indicator, value, who, person, why in TARGETS
    ]  # fmt: skip


def need_rows(projects: pd.DataFrame, year: int) -> list[dict[str, Any]]:
    """The rows of the ledger of needs of the last year; a need's project is one of its township."""
    if year != YEARS[-1]:
        return []
    own = projects.groupby("township")["project_id"].first()
    rows = []
    for number, need in enumerate(NEEDS, 1):
        at, what, kind, urgency, homes, raised, proposed, reply, replied, linked, closed, content = need
        village = VILLAGES[at]
        rows.append(
            {
                "need_id": f"XQ{year}{number:03}", "year": year, "township": village.township,
                "village": village.name, "what": what, "kind": kind, "urgency": urgency, "households": homes,
                "persons": homes * 4, "raised_on": _day(year, raised),
                "proposal": "拟纳入项目库" if proposed else None, "proposed_on": _day(year, proposed),
                "reply": reply, "replied_on": _day(year, replied),
                "refusal_reason": "列入下年水利规划统一实施" if reply == "不同意" else None,
                "project_id": own.get(village.township) if linked else None, "closed_on": _day(year, closed),
                "satisfaction": content,
            }
        )  # fmt: skip
    return rows


def _day(year: int, at: tuple[int, int] | None) -> dt.date | None:
    return dt.date(year, *at) if at else None
