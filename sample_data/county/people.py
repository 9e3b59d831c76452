"""Households and their members as they are in the first year.

Nobody here exists: names begin with 样本, identity numbers with 990101, an address no register has;
their check digits are computed. Draws come from `random.Random`, whose stream is the same everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from .places import COUNTY_CODE, VILLAGES, Village

DIGITS = "〇一二三四五六七八九"
ORDINALS = "甲乙丙丁戊己庚辛壬癸"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
MALE = {
    "之子": "男",
    "之女": "女",
    "之孙子": "男",
    "之孙女": "女",
    "之父": "男",
    "之母": "女",
    "之儿媳": "女",
}
DISABILITIES = ("肢体残疾", "视力残疾", "听力残疾", "言语残疾", "精神残疾")


def identity_number(birth: dt.date, serial: int) -> str:
    """18 characters by GB 11643 under an address that does not exist; an odd serial is a man's."""
    body = f"{COUNTY_CODE}{birth:%Y%m%d}{serial:03}"
    rest = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[rest]


@dataclass
class Person:
    """One member of a household; `relation` is to its head."""

    number: int
    name: str
    sex: str
    birth: dt.date
    id_card: str
    relation: str
    schooling: int
    ethnicity: str
    ill: str = ""
    disability: str = ""
    grade: str = ""
    skilled: bool = False
    migrant: bool = False
    party: bool = False
    mandarin: bool = True

    def age(self, year: int) -> int:
        """Whole years on 31 December."""
        return year - self.birth.year

    @property
    def code(self) -> str:
        """Person number."""
        return f"99{self.number:08}"


@dataclass
class Household:
    """A registered household as it stands in the year at hand."""

    village: Village
    number: int
    members: list[Person]
    wealth: float
    """Its income as a share of the village's median, before the luck of a year."""
    status: str
    cause: str
    marginal: bool = False
    escape_year: int | None = None
    monitor: str = ""
    monitored_on: dt.date | None = None
    identified_income: int = 0
    removed_on: dt.date | None = None
    allowance: bool = False
    dangerous: bool = False
    repaired: bool = False
    land: float = 0.0
    forest: float = 0.0
    returned: float = 0.0
    area: int = 0
    structure: str = "砖混材料"
    built: int = 2000
    clean_fuel: bool = False
    toilet: bool = False
    industry: bool = False
    events: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Household number."""
        return f"99{self.village.rank + 1:02}{self.number:04}"

    @property
    def head(self) -> Person:
        """The head."""
        return next(person for person in self.members if person.relation == "户主")

    def all_of(self, *relations: str) -> list[Person]:
        """Members of some relations."""
        return [person for person in self.members if person.relation in relations]


class Registry:
    """Hands out numbers, and makes persons."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.persons = 0
        self.households = dict.fromkeys((village.rank for village in VILLAGES), 0)
        self.cards: set[str] = set()

    def person(self, family: str, sex: str, born: int, relation: str, ethnicity: str) -> Person:
        """A person born in `born`, with the schooling and health of the age."""
        random = self.random
        birth = dt.date(born, 1, 1) + dt.timedelta(days=random.randrange(365))
        self.persons += 1
        person = Person(
            number=self.persons,
            name=family,
            sex=sex,
            birth=birth,
            id_card=self._card(birth, sex),
            relation=relation,
            schooling=_schooling(random, born),
            ethnicity=ethnicity,
        )
        _health(random, person)
        person.skilled = random.random() < 0.15
        person.migrant = random.random() < (0.64 if sex == "男" else 0.42)
        person.party = born < 1995 and random.random() < 0.04
        person.mandarin = random.random() < (0.97 if born > 1975 else 0.7)
        return person

    def _card(self, birth: dt.date, sex: str) -> str:
        while True:
            card = identity_number(birth, 2 * self.random.randrange(5, 499) + (sex == "男"))
            if card not in self.cards:
                self.cards.add(card)
                return card

    def next_number(self, village: Village) -> int:
        """The next household number of a village."""
        self.households[village.rank] += 1
        return self.households[village.rank]


def family_name(village: Village, number: int) -> str:
    """样本甲三七: what the name of every member of a household begins with."""
    return f"样本{village.stem}" + "".join(DIGITS[int(digit)] for digit in str(number))


def _schooling(random: Random, born: int) -> int:
    """Years of schooling. Those born from 2000 on finish grade 9, from 2004 on enter the next school."""
    if born >= 2004:
        return random.choices((12, 15, 16), (5, 3, 2))[0]
    weights = (1, 3, 8, 4, 2, 1) if born > 1980 else (2, 8, 9, 1, 0, 0) if born > 1960 else (6, 8, 3, 0, 0, 0)
    return max(9 if born >= 2000 else 0, random.choices((0, 6, 9, 12, 15, 16), weights)[0])


def _health(random: Random, person: Person) -> None:
    old = max(0, 2022 - person.birth.year - 40) / 100
    if random.random() < 0.03 + old / 2:
        person.ill = "长期慢性病"
    elif random.random() < 0.01 + old / 10:
        person.ill = "患有大病"
    if random.random() < 0.03 + old / 8:
        person.disability = random.choice(DISABILITIES)
        person.grade = random.choice(("一级", "二级", "三级", "四级"))


# ---- households at the start -----------------------------------------------------------------------


def founding(random: Random, registry: Registry, size: int) -> list[Household]:
    """About `size` households of 2022, in the order of villages."""
    households = []
    for village in VILLAGES:
        for _ in range(round(size / len(VILLAGES) * random.uniform(0.8, 1.2))):
            households.append(household(random, registry, village, 2022))
    return households


def household(random: Random, registry: Registry, village: Village, year: int) -> Household:
    """A new household with its members, house and land."""
    number = registry.next_number(village)
    found = Household(
        village=village,
        number=number,
        members=_members(random, registry, family_name(village, number), year),
        wealth=random.lognormvariate(0, 0.34),
        status="已脱贫",
        cause=random.choice(("因病", "因残", "因学", "缺技术", "缺劳力", "缺资金", "因灾", "交通条件落后")),
        escape_year=random.randint(2015, 2020),
    )
    furnish(random, found)
    return found


def furnish(random: Random, one: Household) -> None:
    """House, land and what the household has."""
    one.land = round(random.uniform(2, 12), 1)
    one.forest = round(random.uniform(0, 20), 1)
    one.returned = round(random.uniform(1, 6), 1) if random.random() < 0.4 else 0.0
    one.area = random.randint(60, 160)
    one.structure = random.choice(("砖混材料", "砖混材料", "砖瓦砖木", "钢筋混凝土"))
    one.built = random.randint(1985, 2019)
    one.clean_fuel = random.random() < 0.62
    one.toilet = random.random() < 0.7
    one.industry = random.random() < 0.35


def _members(random: Random, registry: Registry, family: str, year: int) -> list[Person]:
    ethnicity = "土家族" if family[2] in "戊癸卯" else "汉族"
    born = year - min(84, max(27, round(random.gauss(51, 12))))
    sex = "男" if random.random() < 0.86 else "女"
    members: list[Person] = []

    def add(relation: str, sex: str, born: int) -> None:
        name = family + (ORDINALS[len(members)] if members else "")
        members.append(registry.person(name, sex, born, relation, ethnicity))

    add("户主", sex, born)
    if random.random() < (0.88 if year - born < 68 else 0.55):
        add("配偶", "女" if sex == "男" else "男", born + random.randint(-2, 4))
    for relation, gap in _kin(random, year - born):
        add(relation, MALE[relation], min(year - 1, born + gap))
    return members


def _kin(random: Random, age: int) -> Iterator[tuple[str, int]]:
    """(relation, years younger than the head; negative: older) of those who live with a head of `age`."""
    if age < 62 and random.random() < 0.33:
        yield "之母", -random.randint(20, 26)
    if age < 58 and random.random() < 0.2:
        yield "之父", -random.randint(21, 28)
    first = random.randint(22, 27)
    children = [first + 3 * i for i in range(random.choices((0, 1, 2, 3), (2, 4, 6, 2))[0])]
    at_home = [gap for gap in children if age - gap > 0 and (age - gap < 26 or random.random() < 0.35)]
    for gap in at_home:
        yield (
            random.choice(("之子", "之子", "之女")) if age - gap > 24 else random.choice(("之子", "之女")),
            gap,
        )
    if at_home and age - first > 26 and random.random() < 0.4:
        yield "之儿媳", first + 1
        for i in range(random.choices((1, 2), (3, 2))[0]):
            if age - first - 25 - 3 * i > 0:
                yield random.choice(("之孙子", "之孙女")), first + 25 + 3 * i
