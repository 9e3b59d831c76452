"""What households gave and promised, and what they borrowed, as the ledgers have it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from povplan.keys import among
from povplan.model import ENTITY, UNIT
from povplan.spec import Funds
from povplan.sums import known, yuan

GIVEN = ("cash_promised", "cash", "goods_promised", "goods", "days_promised", "days")
"""Kinds of contribution: yuan of cash and goods, days of labour, each as promised and as given."""
OWN_FIELDS = {
    "cash_promised": "pledged_cash",
    "cash": "paid_cash",
    "days_promised": "pledged_days",
    "days": "labour_days",
}
"""Kind → the field of the household ledger that tells it too."""
CONTRIBUTIONS = ("household", "unit", "project", "kind", "value")
LOANS = ("household", "unit", "project", "amount")


def contributions(fund_rows: pd.DataFrame, funds: Funds | None) -> pd.DataFrame:
    """CONTRIBUTIONS, one a line of the fund ledger whose source is of the class `household`.

    `household` is blank where the households of a village gave together. What is planned is promised, what
    is paid is given; other stages are passed over. `value` is yuan, of labour days.
    """
    if funds is None or "source" not in fund_rows:
        return _nothing(CONTRIBUTIONS)
    own = {source.id: _form_of(source.id) for source in funds.sources if source.cls == "household"}
    rows = fund_rows[fund_rows["source"].isin(list(own)) & fund_rows["stage"].isin(["planned", "paid"])]
    form = known(rows, "form", "string").fillna(rows["source"].map(own).astype("string"))
    labour = (form == "labour").to_numpy(bool)
    suffix = np.where(rows["stage"] == "planned", "_promised", "")
    return pd.DataFrame(
        {
            "household": known(rows, "household_id", "string"),
            "unit": known(rows, UNIT, "string"),
            "project": known(rows, "project_id", "string"),
            "kind": form.replace({"labour": "days", "in_kind": "goods"}) + suffix,
            "value": yuan(known(rows, "amount", "Int64")).mask(labour, known(rows, "labour_days", "Float64")),
        }
    ).reset_index(drop=True)


def _form_of(source: str) -> str:
    """The form that a source of households' own effort implies where the line does not say it."""
    return next((form for form in ("labour", "in_kind") if source.endswith(form)), "cash")


def loans(
    fund_rows: pd.DataFrame, funds: Funds | None, benefit_rows: pd.DataFrame, lent: pd.Series
) -> pd.DataFrame:
    """LOANS that name a household, in yuan: of the benefit ledger those marked in `lent`.

    Only where the benefit ledger has none, lines of credit paid out by the fund ledger.
    """
    marked = benefit_rows[lent.astype("boolean").fillna(False).to_numpy(bool)]
    if not len(marked) and funds is not None and "source" in fund_rows:
        credit = [source.id for source in funds.sources if source.cls == "credit"]
        out = fund_rows["source"].isin(credit) & (fund_rows["stage"] == "paid")
        marked = fund_rows[out.fillna(False).to_numpy(bool)]
    found = {
        "household": known(marked, "household_id", "string"),
        "unit": known(marked, UNIT, "string"),
        "project": known(marked, "project_id", "string"),
        "amount": yuan(known(marked, "amount", "Int64")),
    }
    return pd.DataFrame(found, columns=list(LOANS)).dropna(subset="household").reset_index(drop=True)


def of_households(households: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """GIVEN and `origin` of every registered household, in their order.

    Of a village whose lines name households, those that no line names gave nothing; of the others it is
    what the household ledger says, unknown where that is blank. The two are never added.
    """
    named = given.dropna(subset="household")
    listed = among(households[UNIT], named["unit"]) | among(households[ENTITY], named["household"])
    sums = _by_household(named).reindex(households[ENTITY])
    found = {}
    for kind in GIVEN:
        line = (
            pd.Series(sums[kind].array, index=households.index)
            .fillna(0)
            .mask(households[ENTITY].isin(_blank(named, kind)))
        )
        found[kind] = line.where(listed, _own(households, kind))
    origin = pd.Series("household", index=households.index, dtype="string").mask(listed, "fund")
    return pd.DataFrame(found).assign(origin=origin).reset_index(drop=True)


def _by_household(named: pd.DataFrame) -> pd.DataFrame:
    wide = named.groupby(["household", "kind"])["value"].sum().unstack()
    return wide.reindex(columns=list(GIVEN)).astype("Float64")


def _blank(named: pd.DataFrame, kind: str) -> pd.Series:
    """Households one of whose lines of the kind has no amount: what they gave is not known."""
    return named.loc[(named["kind"] == kind) & named["value"].isna(), "household"]


def _own(households: pd.DataFrame, kind: str) -> pd.Series:
    name = OWN_FIELDS.get(kind, "")
    money = name.endswith("cash")
    values = known(households, name, "Int64" if money else "Float64")
    return yuan(values) if money else values


def _nothing(names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="Float64" if name == "value" else "string") for name in names})
