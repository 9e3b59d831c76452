"""The number of a finding names its key, and changes with the value."""

from __future__ import annotations

import pandas as pd

from povplan.checks.numbers import numbers
from povplan.model import FINDING_KEY


def test_the_number_of_a_finding_stays_while_its_value_does() -> None:
    key = {"rule": "H108", "ledger": "household", "entity": "1", "year": 2024, "field": "net_income"}
    first = pd.DataFrame([{**key, "digest": "aa", "message_zh": "甲"}, {**key, "digest": "bb"}])
    second = pd.DataFrame([{**key, "digest": "bb"}, {**key, "digest": "aa", "message_zh": "乙"}])

    given = numbers(first)

    assert given.tolist() == numbers(second).tolist()[::-1]
    assert given.nunique() == 2
    assert given.str.fullmatch("[0-9a-f]{10}").all()


def test_blank_parts_of_a_key_have_their_place() -> None:
    blank = dict.fromkeys(FINDING_KEY)
    frame = pd.DataFrame([{**blank, "field": "x"}, {**blank, "entity": "x"}])

    assert numbers(frame).nunique() == 2
