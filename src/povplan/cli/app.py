"""The commands of povplan, one module a family; heavy libraries load only inside the command that runs."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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
    report,
    returns,
    setup,
    template,
    trace,
)


class Commands(TyperGroup):
    """The commands; a value that an option cannot take is told without the word of the library for it."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


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


app.command("look")(look.look)
app.command("init")(setup.init)
app.command("template")(template.template)
app.command("validate")(intake.validate)
app.command("update")(intake.update)
app.command("change")(figures.change)
app.command("accounts")(accounts.accounts)
app.command("leverage")(money.leverage)
app.command("funds")(money.funds)
app.command("list")(lists.list_)
app.command("table")(lists.table)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("returns")(returns.returns)
app.command("projects")(analyses.projects)
app.command("capacity")(analyses.capacity)
app.command("benefit")(analyses.benefit)
app.command("evaluate")(evaluation.evaluate)
app.command("dynamics")(dynamics.dynamics)
app.command("deviations")(deviations.deviations)
app.command("needs")(needs.needs)
app.command("log")(history.log)
app.command("diff")(diff.diff)
app.command("rollback")(history.rollback)
app.command("close")(history.close)
app.command("tag")(history.tag)
app.command("trace")(trace.trace)
app.command("waive")(memory.waive)
app.command("fix")(memory.fix)
app.command("explain")(learn.explain)
app.command("schema")(learn.schema)
app.command("doctor")(setup.doctor)
