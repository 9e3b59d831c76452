"""Who got it: how the benefit of the projects falls on poor and rich, and where it was spread evenly.

Persons are ranked by their household's income per head before the benefit: net income less what was
received in money. Rates of persons weight by persons. Loans are to be repaid and are no benefit.
Who received something but stands in no register is counted apart and has no rank.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from povplan.fifths import Floats, Groups, bottom, concentration, each_fifth, fifths
from povplan.keys import among
from povplan.model import ENTITY, UNIT
from povplan.spec import LEVELS, Funds
from povplan.sums import LEAST, Cases, figures, known, yuan
from povplan.units import Tree

LINES = ("household", "unit", "project", "amount", "income")
"""One thing received: by whom, where, from which project, yuan, whether it is part of the income."""
REGISTER = (
    "household", "unit", "persons", "net_income", "before", "fifth", "poor", "covered", "amount",
    "money",
)  # fmt: skip
"""One registered household. `before`: yuan a head without the benefit; `amount`, and `money` as a part of
it, in yuan, 0 where nothing came."""
FIFTHS = (
    "unit", "level", "fifth", "households", "persons", "benefit_households", "coverage", "amount",
    "benefit_share", "per_head",
)  # fmt: skip
PROJECTS = (
    "project", "project_name", "unit", "benefit_households", "outside_households", "amount", "mean",
    "benefit_variation", "income_variation", "averaged", "note",
)  # fmt: skip
OUTSIDE = ("household", "unit", "project", "amount")


def from_ledger(rows: pd.DataFrame, loans: pd.Series, income: pd.Series) -> pd.DataFrame:
    """LINES of a benefit ledger, loans left out; `loans` and `income` say of each row what it is."""
    given = ~loans.astype("boolean").fillna(False).to_numpy(bool)
    return _lines(rows[given], income[given].astype("boolean").fillna(False))


def from_funds(rows: pd.DataFrame, funds: Funds) -> pd.DataFrame:
    """LINES of a fund ledger: money paid out that names a household, other than what households gave."""
    given = [source.id for source in funds.sources if source.memo or source.cls == "household"]
    paid = (rows["stage"] == "paid").fillna(False) & ~rows["source"].isin(given)
    named = rows[paid.to_numpy(bool) & known(rows, "household_id", "string").notna().to_numpy(bool)]
    form = known(named, "form", "string").fillna("cash")
    return _lines(named.reset_index(drop=True), (form == "cash").reset_index(drop=True))


def _lines(rows: pd.DataFrame, income: pd.Series) -> pd.DataFrame:
    found = {
        "household": known(rows, "household_id", "string"),
        "unit": known(rows, UNIT, "string"),
        "project": known(rows, "project_id", "string"),
        "amount": yuan(known(rows, "amount", "Int64")),
        "income": income,
    }
    return pd.DataFrame(found, columns=list(LINES)).dropna(subset="household").reset_index(drop=True)


def register(households: pd.DataFrame, poor: pd.Series, lines: pd.DataFrame) -> pd.DataFrame:
    """REGISTER: every registered household with what it received.

    A household with a line of unknown amount is covered, and its amount is unknown.
    """
    sums = _by_household(lines).reindex(households[ENTITY])
    covered = among(households[ENTITY], lines["household"]).reset_index(drop=True).astype("boolean")
    amount, money = (pd.Series(sums[name].array).mask(~covered, 0.0) for name in ("amount", "money"))
    persons = known(households, "persons", "Float64").reset_index(drop=True)
    net_income = yuan(known(households, "net_income", "Int64")).reset_index(drop=True)
    before = (net_income - money) / persons.mask(persons <= 0)
    return pd.DataFrame(
        {
            "household": households[ENTITY].reset_index(drop=True),
            "unit": households[UNIT].reset_index(drop=True),
            "persons": persons,
            "net_income": net_income,
            "before": before,
            "fifth": fifths(before, persons),
            "poor": poor.astype("boolean").reset_index(drop=True),
            "covered": covered,
            "amount": amount,
            "money": money,
        }
    )


def _by_household(lines: pd.DataFrame) -> pd.DataFrame:
    """What each household received, in all and in money; unknown where one of its amounts is."""
    money = lines["amount"].where(lines["income"].astype(bool), 0)
    per = lines.assign(money=money).groupby("household", sort=False)
    sums = per[["amount", "money"]].sum()
    return sums.mask(per["amount"].count() < per.size())


def targeting(
    registered: pd.DataFrame, lines: pd.DataFrame, tree: Tree, year: int, line: float | None = None
) -> pd.DataFrame:
    """MEASURE_COLUMNS at every unit: coverage, errors, shares, concentration, and what lies outside.

    Exclusion error: poor persons not covered ÷ poor persons; inclusion error: covered persons who are not
    poor ÷ covered persons (Coady, Grosh and Hoddinott 2004). `cgh_20`: share of the benefit that goes to
    the poorest fifth ÷ 0.2. `line` is the poverty line in yuan a year; with it, the share of the gap below
    it that the money closed, and the share of the money that closed it.
    """
    cases, amount, persons = Cases.at(tree, registered["unit"]), registered["amount"], registered["persons"]
    poor, covered = registered["poor"], registered["covered"]
    received = Cases.at(tree, lines["unit"])
    stranger = ~among(lines["household"], registered["household"])
    after = registered["before"] + registered["money"] / persons
    found = {
        "households": cases.count(persons.notna() | persons.isna()),
        "benefit_households": cases.count(covered),
        "benefit_amount": cases.total(amount),
        "outside_households": received.count(stranger & ~lines["household"].duplicated()),
        "outside_amount": received.total(lines["amount"].where(stranger, 0)),
        "coverage": cases.share(covered, persons),
        "poor_coverage": cases.share(covered.where(poor.fillna(False)), persons),
        "exclusion_error": cases.share((~covered).where(poor.fillna(False)), persons),
        "inclusion_error": cases.share((~poor).where(covered), persons),
        "poor_share": cases.ratio(amount.where(poor.fillna(True), 0).where(poor.notna()), amount),
        "cgh_20": _bottom(registered, cases, 0.2),
        "cgh_40": _bottom(registered, cases, 0.4),
        "concentration": _leaning(registered, cases, amount / persons),
        "gini_before": _leaning(registered, cases, registered["before"]),
        "gini_after": _leaning(registered.assign(before=after), cases, after),
        "benefit_variation": cases.variation(amount.where(covered)),
    }
    found |= _gaps(registered, cases, line) if line is not None else {}
    return figures(found, tree, year)


def by_fifth(registered: pd.DataFrame, tree: Tree) -> pd.DataFrame:
    """FIFTHS: units by fifth of the county's registered persons, the poorest first; shares are of the unit.

    Empty where fewer than ten households have an income. A household whose income is unknown is in none.
    """

    def of_fifth(cases: Cases, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        return {
            "households": cases.count(rows["covered"].notna()),
            "persons": cases.total(rows["persons"]),
            "benefit_households": cases.count(rows["covered"]),
            "coverage": cases.share(rows["covered"], rows["persons"]),
            "amount": cases.total(rows["amount"]),
            "per_head": cases.ratio(rows["amount"], rows["persons"]),
        }

    sums = ("households", "persons", "benefit_households", "amount")
    found = each_fifth(registered, tree, of_fifth, sums)
    if not len(found):
        return found.reindex(columns=list(FIFTHS))
    whole = found.groupby("unit", sort=False)["amount"].transform("sum")
    return found.assign(benefit_share=(found["amount"] / whole).where(whole > 0))[list(FIFTHS)]


def projects(
    lines: pd.DataFrame, registered: pd.DataFrame, declared: pd.DataFrame, even: float, unlike: float
) -> pd.DataFrame:
    """PROJECTS, one row a project, the largest first; `averaged` where it was spread evenly (平均主义).

    Evenly: ten households or more received amounts whose coefficient of variation is below `even` while
    their incomes per head vary by `unlike` or more. `declared` is the project ledger, for names and places.
    """
    of_household = (
        lines.groupby(["project", "household"], sort=False)["amount"].sum(min_count=1).reset_index()
    )
    income = registered.drop_duplicates("household").set_index("household")["before"]
    of_household["income"] = income.reindex(of_household["household"]).array
    inside = among(of_household["household"], registered["household"])
    groups = of_household.assign(outside=~inside).groupby("project", sort=False)
    found = pd.DataFrame(
        {
            "benefit_households": groups.size(),
            "outside_households": groups["outside"].sum().astype("Int64"),
            "amount": groups["amount"].sum(min_count=1),
            "mean": groups["amount"].mean(),
            "benefit_variation": groups["amount"].std(ddof=0) / groups["amount"].mean(),
            "income_variation": groups["income"].std(ddof=0) / groups["income"].mean().where(lambda m: m > 0),
        }
    ).astype({"benefit_variation": "Float64", "income_variation": "Float64"})
    few = groups[["amount", "income"]].count().min(axis=1) < LEAST
    variations = ["benefit_variation", "income_variation"]
    found[variations] = found[variations].mask(few)
    found["note"] = pd.Series(pd.NA, index=found.index, dtype="string").mask(few, "too_few")
    found["averaged"] = (found["benefit_variation"] < even) & (found["income_variation"] >= unlike)
    named = declared.drop_duplicates(ENTITY).set_index(ENTITY)
    for name, column in (("project_name", "project_name"), ("unit", UNIT)):
        found[name] = known(named, column, "string").reindex(found.index)
    whole = found.rename_axis("project").reset_index().sort_values("amount", ascending=False, kind="stable")
    return whole[list(PROJECTS)].reset_index(drop=True)


def outside(lines: pd.DataFrame, registered: pd.DataFrame) -> pd.DataFrame:
    """OUTSIDE: what was received by households that stand in no register of the year."""
    strangers = ~among(lines["household"], registered["household"])
    return lines.loc[strangers, list(OUTSIDE)].reset_index(drop=True)


# ---- what needs ranks within each unit -------------------------------------------------------------


def _leaning(registered: pd.DataFrame, cases: Cases, received: pd.Series) -> pd.DataFrame:
    """The concentration index of each unit over its own persons."""
    before, persons = registered["before"], registered["persons"]

    def index(groups: Groups) -> Floats:
        return concentration(received, before, persons, groups, len(cases.tree.paths))

    return _ranked(cases, before.notna() & received.notna() & (persons > 0), index)


def _bottom(registered: pd.DataFrame, cases: Cases, share: float) -> pd.DataFrame:
    """The share of the benefit that reaches the poorest `share` of each unit's persons, ÷ `share`."""
    before, persons, amount = registered["before"], registered["persons"], registered["amount"]
    usable = (before.notna() & amount.notna() & (persons > 0)).fillna(False)

    def ratio(groups: Groups) -> Floats:
        here = np.where(usable, groups, -1)
        part = bottom(share, before, persons, here).to_numpy("float64", na_value=0.0)
        at, money = here[here >= 0], amount.to_numpy("float64", na_value=0.0)
        number = len(cases.tree.paths)
        low, whole = (np.bincount(at, (money * x)[here >= 0], number) for x in (part, np.ones(len(part))))
        leaning: Floats = np.divide(low, whole * share, out=np.full(number, np.nan), where=whole > 0)
        return leaning

    return _ranked(cases, usable, ratio)


def _ranked(cases: Cases, usable: pd.Series, figure: Callable[[Groups], Floats]) -> pd.DataFrame:
    """A figure whose ranks are taken anew in each unit, with the note where it is missing."""
    value = np.full(len(cases.tree.paths), np.nan)
    for depth, level in enumerate(LEVELS):
        above = np.append(cases.tree.ancestors(level), -1)
        groups = np.where(cases.nodes >= 0, above[cases.nodes], -1)
        here = cases.tree.depths == depth
        value[here] = figure(groups)[here]
    counted = cases.count(usable.astype("boolean").fillna(False))
    n = counted["value"].fillna(0).astype("int64")
    note = pd.Series(pd.NA, index=counted.index, dtype="string").mask(np.isnan(value), "no_denominator")
    note = note.mask(n < LEAST, "too_few").mask(counted["n"] == 0, "no_rows")
    shown = pd.Series(value).mask(note.notna())
    return pd.DataFrame({"value": shown, "n": n, "left_out": counted["n"] - n, "note": note})


def _gaps(registered: pd.DataFrame, cases: Cases, line: float) -> dict[str, pd.DataFrame]:
    """How much of the gap below the line the money closed, and how much of the money did."""
    before, persons, money = registered["before"], registered["persons"], registered["money"]
    gap, left = ((line - income).clip(lower=0) * persons for income in (before, before + money / persons))
    return {"gap_closed": cases.ratio(gap - left, gap), "gap_used": cases.ratio(gap - left, money)}
