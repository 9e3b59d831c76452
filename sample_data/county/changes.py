"""What happens to households from one year to the next: deaths, births, marriages, splits, moves."""

from __future__ import annotations

from random import Random

from .people import ORDINALS, Household, Person, Registry, family_name, furnish, household
from .places import VILLAGES


def advance(random: Random, registry: Registry, households: list[Household], year: int) -> list[Household]:
    """The households a year later: deaths, births, marriages, splits, moves, new ones."""
    standing: list[Household] = []
    for one in households:
        one.events = []
        if random.random() < 0.004:
            continue
        _deaths(random, one, year)
        if not one.members:
            continue
        _births(random, registry, one, year)
        _marriages(random, registry, one, year)
        standing.append(one)
        if (young := _split(random, registry, one)) is not None:
            standing.append(young)
    standing += [_marginal(random, registry, year) for _ in range(3)]
    return sorted(standing, key=lambda one: (one.village.rank, one.number))


def _deaths(random: Random, one: Household, year: int) -> None:
    for person in list(one.members):
        age = person.age(year)
        if random.random() >= (0.002 if age < 60 else 0.02 if age < 76 else 0.07):
            continue
        if person.relation == "户主" and not _succeed(one, person):
            continue
        one.members.remove(person)
        one.events.append("死亡")


def _succeed(one: Household, head: Person) -> bool:
    """The spouse becomes head. A head who has others to care for but no spouse does not die here."""
    spouse = one.all_of("配偶")
    if spouse:
        spouse[0].relation = "户主"
        to_her = {"之父": "之公公", "之母": "之婆婆"}
        to_him = {"之父": "之岳父", "之母": "之岳母"}
        for person in one.members:
            person.relation = (to_her if spouse[0].sex == "女" else to_him).get(
                person.relation, person.relation
            )
    return bool(spouse) or len(one.members) == 1


def _births(random: Random, registry: Registry, one: Household, year: int) -> None:
    wives = [p for p in one.all_of("配偶", "之儿媳") if p.sex == "女" and 21 <= p.age(year) < 38]
    for mother in wives:
        if random.random() < 0.07:
            sex = random.choice("男女")
            kin = ("之子", "之女") if mother.relation == "配偶" else ("之孙子", "之孙女")
            join(registry, one, kin[sex == "女"], sex, year)
            one.events.append("出生")


def join(registry: Registry, one: Household, relation: str, sex: str, born: int) -> None:
    """A new member, named after those who have been."""
    family = family_name(one.village, one.number)
    used = {person.name for person in one.members}
    name = next(name for mark in ORDINALS if (name := family + mark) not in used)
    one.members.append(registry.person(name, sex, born, relation, one.head.ethnicity))


def _marriages(random: Random, registry: Registry, one: Household, year: int) -> None:
    for person in one.all_of("之女"):
        if 20 <= person.age(year) <= 32 and random.random() < 0.1:
            one.members.remove(person)
            one.events.append("婚出")
    sons = [p for p in one.all_of("之子") if 22 <= p.age(year) <= 33]
    if sons and not one.all_of("之儿媳") and random.random() < 0.06:
        join(registry, one, "之儿媳", "女", sons[0].birth.year + 1)
        one.events.append("婚入")


def _split(random: Random, registry: Registry, one: Household) -> Household | None:
    """A married son founds a household of his own, with wife and children."""
    wives, sons = one.all_of("之儿媳"), one.all_of("之子")
    if not wives or not sons or random.random() >= 0.07:
        return None
    son = min(sons, key=lambda person: person.birth)
    leaving = [son, wives[0], *one.all_of("之孙子", "之孙女")]
    one.members = [person for person in one.members if person not in leaving]
    relation = {"之儿媳": "配偶", "之孙子": "之子", "之孙女": "之女"}
    for person in leaving:
        person.relation = relation.get(person.relation, "户主")
    young = Household(
        village=one.village,
        number=registry.next_number(one.village),
        members=leaving,
        wealth=one.wealth,
        status="已脱贫",
        cause=one.cause,
        escape_year=one.escape_year or 2020,
        events=["分户"],
    )
    furnish(random, young)
    one.events.append("分户")
    return young


def _marginal(random: Random, registry: Registry, year: int) -> Household:
    """A household never poor that is now at the margin: newly registered, monitored."""
    found = household(random, registry, random.choice(VILLAGES[:6]), year)
    found.marginal, found.escape_year, found.status = True, None, ""
    found.wealth = 0.45
    return found
