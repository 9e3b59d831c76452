"""What a finding shows of a cell: no name and no number of a person, whatever column it slipped into."""

from __future__ import annotations

import pytest

from povplan.config import load_config
from povplan.jobs import faults


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("年纯收入", "年纯收入"),
        ("乡镇", "乡镇"),
        ("样本甲", "***"),
        ("阿依·古丽", "***"),
        ("13800000001", "***"),
        ("月均合计支出", "月均合计支出"),
    ],
)
def test_a_header_of_the_ledger_is_nobodys_name(text: str, shown: str) -> None:
    assert faults._showable(text, load_config("default").ledgers["household"]) == shown
