"""Whom the benefit reached: spread evenly, captured, given twice; and who left the register too early.

Nobody is named here: households are counted by project and by village.
"""

from __future__ import annotations

import pandas as pd

from povplan.deviations.tables import TABLES, rows_of
from povplan.keys import among
from povplan.model import ENTITY, UNIT
from povplan.sums import known, yuan


def spreads(found: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """The table `spreads` of the benefit by project: how evenly, and how much to households outside."""
    shares = found["outside_households"].astype("Float64") / found["benefit_households"].astype("Float64")
    averaged = found["averaged"].astype("boolean").mask(found["note"].notna())
    whole = of_projects(found, owners).assign(
        outside_share=shares.array, averaged=averaged.array, n=found["benefit_households"].array
    )
    return rows_of(whole, list(TABLES["spreads"].figures))


def captures(
    lines: pd.DataFrame,
    registered: pd.DataFrame,
    officials: pd.Series | None,
    found: pd.DataFrame,
    owners: pd.DataFrame,
) -> pd.DataFrame:
    """The table `captures`: what of each project's benefit went to office holders' households, to the
    largest recipient, to the richest fifth.

    `officials` are households in which an office holder or a relative lives, None where no register is
    kept; `found` is the benefit by project. An amount that is not known leaves the shares unknown.
    """
    per = lines.groupby(["project", "household"], sort=False)["amount"].agg(["sum", "count", "size"])
    amount = per["sum"].mask(per["count"] < per["size"]).rename("amount").reset_index()
    place = registered.drop_duplicates("household").set_index("household")["fifth"]
    fifth = pd.Series(place.reindex(amount["household"]).array, index=amount.index, dtype="Int64")
    office = (
        among(amount["household"], officials.astype("string")).astype("boolean")
        if officials is not None
        else pd.Series(pd.NA, index=amount.index, dtype="boolean")
    )
    parts = amount.assign(
        official=amount["amount"].where(office.fillna(False), 0).mask(office.isna()),
        rich=amount["amount"].where((fifth == 5).fillna(False), 0),
        office=office.astype("Int64"),
        ranked=fifth.notna(),
    )
    groups = parts.groupby("project", sort=False)
    blank = groups["amount"].count() < groups.size()
    whole = groups["amount"].sum().mask(blank)
    known_amount = whole.mask(whole <= 0)
    told = pd.DataFrame(
        {
            "official_households": groups["office"].sum(min_count=1),
            "official_amount": groups["official"].sum(min_count=1).mask(blank),
            "largest_amount": groups["amount"].max().mask(blank),
        }
    )
    told["official_share"] = told["official_amount"] / known_amount
    told["largest_share"] = told["largest_amount"] / known_amount
    told["rich_share"] = groups["rich"].sum().mask(blank).where(groups["ranked"].any()) / known_amount
    base = of_projects(found, owners)
    joined = base.join(told.reindex(base["project"]).set_index(base.index))
    return rows_of(joined.assign(n=found["benefit_households"].array), list(TABLES["captures"].figures))


def exits(rows: pd.DataFrame, escaped: pd.Series, unmet: pd.Series) -> pd.DataFrame:
    """The table `exits`: of the households that left poverty, those with a guarantee unmet or too little
    income, by village.

    `escaped` and `unmet` say so of each registered household; of whom it is not known is not counted.
    """
    left = escaped.astype("boolean").fillna(False)
    early = unmet.astype("boolean").where(left)
    found = _by_village(
        rows,
        {"escaped": left.astype("Int64").where(left & early.notna()), "early_exits": early.astype("Int64")},
    )
    return rows_of(
        found.assign(
            early_exit_share=found["early_exits"] / found["escaped"].astype("Float64"), n=found["escaped"]
        ),
        list(TABLES["exits"].figures),
    )


def repeats(
    rows: pd.DataFrame, before: pd.DataFrame, once: pd.Series, once_before: pd.Series
) -> pd.DataFrame:
    """The table `repeats`: households that got one item twice, from two sources or in two years, by village.

    `once` says of each row whether its benefit is of the kind that is given once. Two payments of one
    source in one year are instalments.
    """
    now, past = _once(rows, once), _once(before, once_before)
    sources = now.groupby(["household", "item"], sort=False)["source"].nunique()
    twice = sources[sources > 1].index
    keys = pd.MultiIndex.from_frame(now[["household", "item"]])
    again = keys.isin(twice) | keys.isin(pd.MultiIndex.from_frame(past[["household", "item"]]))
    now = now.assign(again=again)
    per = now.groupby("unit", sort=False)
    some = now[again].groupby("unit", sort=False)
    found = pd.DataFrame({"n": per["household"].nunique()})
    found["repeated_households"] = some["household"].nunique().reindex(found.index).fillna(0)
    found["repeated_amount"] = some["amount"].sum().reindex(found.index).fillna(0)
    return _villages(found, list(TABLES["repeats"].figures))


def loans(rows: pd.DataFrame, lent: pd.Series, misused: pd.Series) -> pd.DataFrame:
    """The table `loans`: households with a loan, and with one not used to produce, by village.

    `lent` and `misused` say so of each row of the benefit ledger; a household of whose loans one is misused
    counts as such, one of which it cannot be told does not count at all.
    """
    given = lent.astype("boolean").fillna(False).to_numpy(bool)
    lines = pd.DataFrame(
        {
            "unit": known(rows, UNIT, "string"),
            "household": known(rows, "household_id", "string").fillna(rows[ENTITY].astype("string")),
            "misused": misused.astype("boolean").array,
            "amount": yuan(known(rows, "amount", "Int64")).array,
        }
    )[given]
    spent = lines["amount"].where(lines["misused"].fillna(False), 0.0)
    each = lines.assign(
        told=lines["misused"].astype("Int64"), blank=lines["misused"].isna(), spent=spent, lost=spent.isna()
    ).groupby(["unit", "household"], sort=False)
    homes = pd.DataFrame(
        {
            "wrong": each["told"].max(),
            "blank": each["blank"].any(),
            "spent": each["spent"].sum(),
            "lost": each["lost"].any(),
        }
    )
    homes["wrong"] = homes["wrong"].mask(homes["blank"] & (homes["wrong"].fillna(0) == 0))
    homes["spent"] = homes["spent"].mask(homes["lost"])
    by_village = homes.groupby("unit", sort=False)
    found = pd.DataFrame(
        {
            "loan_households": by_village["wrong"].count(),
            "misused_loan_households": by_village["wrong"].sum(min_count=1),
            "misused_loan_amount": by_village["spent"].sum().mask(by_village["lost"].any()),
        }
    )
    return _villages(found.assign(n=found["loan_households"]), list(TABLES["loans"].figures))


def students(rows: pd.DataFrame, due: pd.Series, missing: pd.Series) -> pd.DataFrame:
    """The table `students`: pupils to whom an aid is due and those without it, by village.

    `due` and `missing` say so of each registered person; of whom it is not known is not counted.
    """
    owed = due.astype("boolean").fillna(False)
    without = missing.astype("boolean").where(owed)
    counted = {
        "students_due": owed.astype("Int64").where(owed & without.notna()),
        "students_unaided": without.astype("Int64"),
    }
    found = _by_village(rows, counted)
    share = found["students_unaided"] / found["students_due"].astype("Float64").mask(lambda n: n <= 0)
    return rows_of(
        found.assign(unaided_share=share, n=found["students_due"]), list(TABLES["students"].figures)
    )


def officials(rows: pd.DataFrame, poor: pd.Series, listed: pd.Series) -> pd.DataFrame:
    """The table `officials`: office holders' households in the register, and as poor ones, by village.

    The share is of the households registered as poor that are those of office holders or relatives.
    """
    office = among(rows[ENTITY].astype("string"), listed.astype("string"))
    is_poor = poor.astype("boolean").fillna(False).reset_index(drop=True)
    office = office.reset_index(drop=True)
    found = _by_village(
        rows,
        {
            "official_households": office.astype("Int64"),
            "official_registered": (office & is_poor).astype("Int64"),
            "n": is_poor.astype("Int64"),
        },
    )
    share = found["official_registered"] / found["n"].astype("Float64").mask(lambda n: n <= 0)
    return rows_of(found.assign(official_registered_share=share), list(TABLES["officials"].figures))


def households_of(listed: pd.DataFrame, members: pd.DataFrame) -> pd.Series:
    """The households in which those of a register live: by its household number, else by identity number."""
    own = known(listed, "household_id", "string")
    card = known(listed, "id_card", "string").str.upper()
    at = pd.Series(
        known(members, "household_id", "string").array, index=known(members, "id_card", "string").str.upper()
    )
    at = at[at.index.notna() & ~at.index.duplicated()]
    return own.fillna(card.map(at).astype("string")).dropna().drop_duplicates().reset_index(drop=True)


def _once(rows: pd.DataFrame, once: pd.Series) -> pd.DataFrame:
    given = once.astype("boolean").fillna(False).to_numpy(bool)
    found = pd.DataFrame(
        {
            "household": known(rows, "household_id", "string"),
            "item": known(rows, "item", "string"),
            "source": known(rows, "source", "string"),
            "unit": known(rows, UNIT, "string"),
            "amount": yuan(known(rows, "amount", "Int64")),
        }
    )
    return found[given].dropna(subset=["household", "item"]).reset_index(drop=True)


def of_projects(found: pd.DataFrame, owners: pd.DataFrame) -> pd.DataFrame:
    """A frame by project with who answers for each."""
    unique = owners.drop_duplicates("project").set_index("project")
    return found.assign(
        subject=found["project"],
        name=found["project_name"].fillna(found["project"]),
        entity=found["project"],
        department=unique["department"].reindex(found["project"]).array,
        person=unique["person"].reindex(found["project"]).array,
    ).reset_index(drop=True)


def _by_village(rows: pd.DataFrame, counts: dict[str, pd.Series]) -> pd.DataFrame:
    frame = pd.DataFrame({name: count.array for name, count in counts.items()})
    units = rows[UNIT].astype("string").reset_index(drop=True)
    sums = frame.groupby(units, sort=False).sum(min_count=1)
    return _villages(sums, list(sums.columns), keep=True)


def _villages(found: pd.DataFrame, figures: list[str], keep: bool = False) -> pd.DataFrame:
    """A frame by village as a table; a village answers for its households."""
    units = pd.Series(found.index, dtype="string")
    named = units.str.rsplit("/", n=1).str[-1]
    whole = found.reset_index(drop=True).assign(
        subject=units, unit=units, name=named, department=named, level="village"
    )
    return whole if keep else rows_of(whole, figures)
