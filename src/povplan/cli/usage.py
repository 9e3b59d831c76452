"""What was typed wrongly is told as povplan tells everything: one sentence, in the user's language.

The library that reads the command line says what is wrong in English and by its own kinds of error. What a
value ought to be is read from the command's own annotations, not from the library's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import NoneType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperGroup
from typer.models import OptionInfo

from povplan.cli.typed import forget
from povplan.errors import PovplanError
from povplan.messages import Said, say
from povplan.words import nearest

WRONGLY_TYPED = cast("type[Exception]", typer.BadParameter.__base__)
"""Every error of the library about what was typed is of this kind."""


class Commands(TyperGroup):
    """The commands; whatever was typed wrongly becomes an error of povplan."""

    def make_context(self, info_name: str | None, args: list[str], *given: Any, **extra: Any) -> Any:
        """Read what stands before the command; nothing typed at all shows the help."""
        if not args:
            return super().make_context(info_name, args, *given, **extra)
        with _told(self, words=tuple(args)):
            return super().make_context(info_name, args, *given, **extra)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that was typed."""
        if args[0] not in self.commands:
            raise _wrong("povplan", say("usage_no_command", name=args[0]), nearest(args[0], self.commands))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was typed."""
        with _told(self, ctx):
            return super().invoke(ctx)


@contextmanager
def _told(commands: Commands, ctx: Any = None, words: tuple[str, ...] = ()) -> Iterator[None]:
    """The library's errors as sentences of povplan, about the command that was found by then."""
    try:
        yield
    except WRONGLY_TYPED as error:
        name = ctx.invoked_subcommand if ctx else None
        command = commands.get_command(ctx, name) if name else commands
        raise (
            _behind(error, commands, words) or _said(error, command, f"povplan {name}" if name else "povplan")
        ) from error


def _behind(error: Any, commands: Any, words: tuple[str, ...]) -> PovplanError | None:
    """An option of a command that stands before it, where none is known."""
    typed = next((word for word in words if word in commands.commands), None)
    if typed is None or type(error).__name__ != "NoSuchOption":
        return None
    if all(error.option_name not in _words(param) for param in commands.get_command(None, typed).params):
        return None
    return _wrong(f"povplan {typed}", say("usage_behind", name=error.option_name, command=typed))


def _said(error: Any, command: Any, typed: str) -> PovplanError:
    match type(error).__name__:
        case "NoSuchOption":
            known = [word for param in command.params for word in _words(param)]
            near = nearest(error.option_name, known)
            return _wrong(typed, say("usage_no_option", name=error.option_name), near)
        case "BadOptionUsage":
            return _wrong(typed, _valued(error.option_name, command.params))
        case "MissingParameter":
            return _wrong(typed, _missing(error.param))
        case "BadParameter":
            return _wrong(typed, _not_that(error, command))
    extra = re.search(r" \((.+)\)$", error.message, re.DOTALL)
    return _wrong(typed, say("usage_extra", extra=extra[1]) if extra else say("usage_command_missing"))


def _wrong(typed: str, what: Said, near: str | None = None) -> PovplanError:
    """No workspace is named in it: help needs none."""
    forget()
    hint = say("usage_near", near=near) if near else Said("", "")
    return PovplanError(
        say("usage_wrong", command=typed, what=what.zh, what_en=what.en, near=hint.zh, near_en=hint.en)
    )


def _missing(param: Any) -> Said:
    """What has to be typed; older libraries keep no help of what is no option."""
    help_ = _help(param)
    key = "usage_missing" if help_["help"] else "usage_missing_bare"
    return say(key, name=_name(param), **help_)


def _valued(name: str, params: Iterable[Any]) -> Said:
    """An option without the value it wants, or a switch with one."""
    option = next(param for param in params if name in _words(param))
    if option.is_flag:
        return say("usage_takes_none", name=name)
    return say("usage_no_value", name=name, **_help(option))


def _not_that(error: Any, command: Any) -> Said:
    """A value that is not what the option takes; an older library's message begins with it."""
    details = getattr(error.__cause__, "errors", None)
    given = details()[0]["input"] if details else error.message.partition(" ")[0].strip("'")
    hint = get_type_hints(command.callback, include_extras=True)[error.param.name]
    least = next((one.min for one in get_args(hint) if isinstance(one, OptionInfo)), None)
    what = _expected(_leaf(hint), least)
    return say("usage_not_that", name=_name(error.param), expected=what.zh, expected_en=what.en, given=given)


def _expected(hint: Any, least: float | None) -> Said:
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return say("usage_one_of", choices="、".join(choices), choices_en=", ".join(choices))
    what = say("usage_whole" if hint is int else "usage_number")
    return what if least is None else say("usage_at_least", what=what.zh, what_en=what.en, least=least)


def _leaf(hint: Any) -> Any:
    """What one value is: `int` of `int | None`, the choices of a list of them."""
    inner = [one for one in get_args(hint) if one is not NoneType]
    return _leaf(inner[0]) if inner and get_origin(hint) is not Literal else hint


def _words(param: Any) -> list[str]:
    """All that may be typed for it, `--no-…` too."""
    return [*param.opts, *param.secondary_opts]


def _name(param: Any) -> str:
    """As it is typed, or as the help calls it."""
    named = param.metavar or param.name.upper()
    return str(param.opts[0] if param.param_type_name == "option" else named)


def _help(param: Any) -> dict[str, str]:
    """The words of the help, each language by itself."""
    zh, _, en = (param.help or "").rstrip(".").partition(" · ")
    return {"help": zh, "help_en": en or zh}
