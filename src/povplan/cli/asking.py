"""Questions at a terminal: one line each, asked again where the answer cannot be; to stop writes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from povplan.cli.typed import completed
from povplan.errors import INTERRUPTED, PovplanError
from povplan.messages import Said, say
from povplan.words import normal

if TYPE_CHECKING:
    from povplan.config import Config
    from povplan.jobs.learning import Decision, Heading, Target
    from povplan.reading.likeness import Guess
    from povplan.spec import LedgerField

YES, NO = ("是", "y", "yes"), ("", "否", "n", "no")


@dataclass(frozen=True)
class Asker:
    """Who asks, and in which language. Where nobody sits at a terminal nothing is asked."""

    lang: str
    attended: bool

    @classmethod
    def of(cls, lang: str, *, silent: bool) -> Asker:
        """Someone is there if both ends are a terminal and they did not ask for silence."""
        return cls(lang, not silent and sys.stdin.isatty() and sys.stderr.isatty())

    def ask(self, prompt: Said) -> str:
        """The line typed. PovplanError, nothing written, where it ends without one, is cut off, or is `q`."""
        print(prompt.text(self.lang), end="", file=sys.stderr, flush=True)
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        if not line:
            print(file=sys.stderr)
        answer = line.strip()
        if not line or answer.lower() == "q":
            raise PovplanError(say("learn_stopped"), INTERRUPTED)
        return answer

    def tell(self, said: Said) -> None:
        """Words between questions."""
        print(completed(said.text(self.lang)), file=sys.stderr)

    def name(self) -> str:
        """The county's name, which may be left blank; "" where nobody can be asked."""
        return self.ask(say("init_ask_county")) if self.attended else ""

    def county(self) -> str:
        """The county's name."""
        while not (name := self.ask(say("learn_ask_county"))):
            self.tell(say("learn_county_needed"))
        return name

    def stage(self, config: Config) -> str:
        """At which stage the amounts of a wide sheet are: planned … paid."""
        assert config.funds is not None
        stages = config.funds.stages
        shown = "  ".join(f"{number} {one.label.text(self.lang)}" for number, one in enumerate(stages, 1))
        while True:
            answer = self.ask(say("learn_ask_stage", stages=shown))
            if answer.isdecimal() and 1 <= int(answer) <= len(stages):
                return stages[int(answer) - 1].id
            self.tell(say("learn_not_a_stage", answer=answer, count=len(stages)))

    def may_go(self, told: Sequence[Said]) -> bool:
        """Whether the rows that are told to be absent are gone for good."""
        for said in told:
            self.tell(said)
        while (answer := self.ask(say("absences_ask")).lower()) not in (*YES, *NO):
            self.tell(say("absences_yes_or_no"))
        return answer in YES

    def year(self, example: int) -> int | None:
        """A year, or None for later."""
        while answer := self.ask(say("learn_ask_year")):
            if answer.isdecimal() and 1949 <= int(answer) <= 2100:
                return int(answer)
            self.tell(say("learn_not_a_year", answer=answer, example=example))
        return None


def decide(headings: Sequence[Heading], config: Config, asker: Asker) -> list[Decision]:
    """What becomes of each header in doubt: as answered; unattended, likely ones stay open, others out."""
    open_ = [heading for heading in headings if heading.status != "sure"]
    if not asker.attended:
        return [decision for heading in open_ if (decision := _unasked(heading))]
    if open_:
        asker.tell(say("learn_how"))
    return list(_answers(headings, config, asker))


def _unasked(heading: Heading) -> Decision | None:
    """Likely: open. Unmatched: left out where its sheet is read; nothing is said of a sheet that is not."""
    from povplan.jobs.learning import Decision, target

    if heading.status == "likely" and heading.best:
        return Decision(heading, "open", target(heading.best))
    return Decision(heading, "out") if heading.recognised else None


def _answers(headings: Sequence[Heading], config: Config, asker: Asker) -> Iterator[Decision]:
    """One question a header; the same header in another ledger follows the answer, and that is said.

    A field that a header of the same sheet has got is offered no more.
    """
    from povplan.jobs.learning import Decision, target

    given = [(heading, heading.seen.field) for heading in headings if heading.seen.field]
    open_ = [heading for heading in headings if not heading.seen.field]
    answered: dict[tuple[str, str | None], str] = {}
    for number, heading in enumerate(open_, 1):
        used = {field for other, field in given if other.sheets & heading.sheets}
        guesses = [guess for guess in heading.seen.guesses if target(guess) not in used]
        name = answered.get(_name(heading))
        alike = next((guess for guess in guesses if guess.field == name), None)
        if alike:
            decision = Decision(heading, "field", target(alike), asked=True)
            asker.tell(_likewise(heading, alike, config, asker.lang))
        else:
            asker.tell(_question(heading, number, len(open_), config, asker.lang))
            _offer(guesses, config, asker)
            decision = _answer(heading, guesses, _free(heading, used, config), asker)
        if decision.target:
            given.append((heading, decision.target))
            answered[_name(heading)] = decision.target[1]
        yield decision


def _name(heading: Heading) -> tuple[str, str | None]:
    return heading.seen.path[-1], heading.seen.unit


def _offer(guesses: Sequence[Guess], config: Config, asker: Asker) -> None:
    """The fields to choose from, numbered, each with its confidence."""
    for place, guess in enumerate(guesses, 1):
        label = _label(guess, config, asker.lang)
        asker.tell(say("learn_choice", number=place, label=label, share=f"{guess.confidence:.0%}"))


def _label(guess: Guess, config: Config, lang: str) -> str:
    from povplan.jobs.learning import label_of, target

    return label_of(config, target(guess)).text(lang)


def _likewise(heading: Heading, guess: Guess, config: Config, lang: str) -> Said:
    form = config.forms[heading.form].label.text(lang)
    return say("learn_likewise", form=form, header=heading.text, label=_label(guess, config, lang))


def _free(heading: Heading, used: Set[Target], config: Config) -> dict[Target, LedgerField]:
    """The fields that the header may be, whether they are like it or not."""
    feeds = [feed for feed in config.forms[heading.form].feeds if feed.unpivot is None]
    return {
        (feed.ledger, field.id): field
        for feed in feeds
        for field in config.ledgers[feed.ledger].fields
        if (feed.ledger, field.id) not in used
    }


def _named(answer: str, free: Mapping[Target, LedgerField]) -> Target | None:
    """The one field that an answer names by label, alias or id."""
    word = normal(answer)
    found = [
        target
        for target, field in free.items()
        if word in {normal(name) for name in (field.id, field.label.zh, field.label.en, *field.aliases)}
    ]
    return found[0] if len(found) == 1 else None


def _answer(
    heading: Heading, guesses: Sequence[Guess], free: Mapping[Target, LedgerField], asker: Asker
) -> Decision:
    """The answer to a question: a number, a field's name, s, or nothing."""
    from povplan.jobs.learning import Decision, target

    while True:
        answer = asker.ask(say("learn_prompt" if guesses else "learn_prompt_bare"))
        if not answer:
            return Decision(heading, "out", asked=True)
        if answer.lower() == "s":
            return Decision(heading, "own", asked=True)
        if answer.isdecimal() and 1 <= int(answer) <= len(guesses):
            return Decision(heading, "field", target(guesses[int(answer) - 1]), asked=True)
        if named := _named(answer, free):
            return Decision(heading, "field", named, asked=True)
        choices = f"1–{len(guesses)}" if len(guesses) > 1 else "1"
        key = "learn_not_a_choice" if guesses else "learn_not_a_choice_bare"
        asker.tell(say(key, answer=answer, choices=choices))


def _question(heading: Heading, number: int, count: int, config: Config, lang: str) -> Said:
    """Which header, where, and what kind of values stand below it; never a value, it may be a person's."""
    from povplan.jobs.learning import where

    told = {
        "number": number,
        "count": count,
        "form": config.forms[heading.form].label.text(lang),
        "header": heading.text,
        "where": where(heading, lang),
        "nature": say(f"type_{heading.seen.nature}" if heading.seen.filled else "learn_no_values").text(lang),
    }
    return say("learn_question", **told)
