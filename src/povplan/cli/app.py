"""The commands of povplan, one module a family; heavy libraries load only inside the command that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

import typer

from povplan import __version__
from povplan.cli import (
    accounts,
    analyses,
    compare,
    deviations,
    diff,
    dynamics,
    evaluation,
    figures,
    history,
    intake,
    learn,
    lists,
    look,
    memory,
    money,
    needs,
    poverty,
    report,
    returns,
    rollup,
    setup,
    status,
    template,
    trace,
    usage,
)

COMMANDS: Mapping[str, Callable[..., None]] = {
    "look": look.look,
    "init": setup.init,
    "template": template.template,
    "validate": intake.validate,
    "update": intake.update,
    "change": figures.change,
    "accounts": accounts.accounts,
    "leverage": money.leverage,
    "funds": money.funds,
    "list": lists.list_,
    "table": lists.table,
    "compare": compare.compare,
    "report": report.report,
    "returns": returns.returns,
    "rollup": rollup.rollup,
    "projects": analyses.projects,
    "capacity": analyses.capacity,
    "benefit": analyses.benefit,
    "poverty": poverty.poverty,
    "evaluate": evaluation.evaluate,
    "dynamics": dynamics.dynamics,
    "deviations": deviations.deviations,
    "needs": needs.needs,
    "log": history.log,
    "diff": diff.diff,
    "rollback": history.rollback,
    "close": history.close,
    "tag": history.tag,
    "trace": trace.trace,
    "waive": memory.waive,
    "fix": memory.fix,
    "explain": learn.explain,
    "schema": learn.schema,
    "doctor": setup.doctor,
    "status": status.status,
}
"""Name → function, in the order of the help."""


class Commands(usage.Commands):
    """The commands, each built when it is asked for; to build all takes as long as to read a village."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """The command of that name; None where there is none."""
        return _built(cmd_name) if cmd_name in COMMANDS else None

    def taking(self, parameter: str) -> list[str]:
        """The names of the commands that have it."""
        return [name for name, function in COMMANDS.items() if parameter in function.__annotations__]


@cache
def _built(name: str) -> Any:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name)(COMMANDS[name])
    return typer.main.get_command(alone)


app = typer.Typer(
    name="povplan",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"povplan {__version__}")
        raise typer.Exit


@app.callback()
def povplan(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="版本")
    ] = False,
) -> None:
    """县级扶贫台账：读表、核对、入库、算数、说明。

    A county's poverty-reduction ledgers: read, check, merge, measure, explain.

    退出码 Exit codes: 0 完成 done · 1 有疑点 findings · 2 用法或配置 usage · 3 无一入库 nothing accepted ·
    4 另有进程在写 locked · 70 程序错误 our bug · 130 中断 interrupted
    """
