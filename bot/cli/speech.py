"""Commands that speak the administrator's language: help, headings and usage errors from the locale files."""

from typing import TYPE_CHECKING, Any, cast

import click
from click.exceptions import NoArgsIsHelpError

from bot.cli.common import fail, tell, words

if TYPE_CHECKING:
    from collections.abc import Callable


def _path(ctx: click.Context, *more: str) -> str:
    names = []
    step: click.Context | None = ctx
    while step is not None and step.parent is not None:
        names.append(step.info_name or "")
        step = step.parent
    return "_".join([*reversed(names), *more])


def _help(path: str) -> str:
    key = f"cli.help.{path or 'main'}"
    return tell(key) if words().has(key) else ""


class SpokenCommand(click.Command):
    """A command whose help is ``cli.help.<names>`` and whose options' are ``cli.option.<name>``."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it is called."""
        pieces = [tell("cli.options_placeholder"), *self._arguments(ctx)]
        if isinstance(self, click.Group):
            pieces.append(tell("cli.command_placeholder"))
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=tell("cli.usage") + " ")

    def _arguments(self, ctx: click.Context) -> list[str]:
        arguments = [one for one in self.get_params(ctx) if isinstance(one, click.Argument)]
        return [one.make_metavar(ctx) for one in arguments]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_help(_path(ctx)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What can be said to it."""
        rows = []
        for param in self.get_params(ctx):
            if isinstance(param, click.Option):
                is_help = "--help" in param.opts
                name = "help" if is_help else str(param.name)
                shown = ", ".join([*param.opts, *param.secondary_opts])
                if not param.is_flag and not is_help:
                    shown += f" {param.make_metavar(ctx)}"
                rows.append((shown, tell(f"cli.option.{name}")))
        with formatter.section(tell("cli.options")):
            formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class SpokenGroup(SpokenCommand, click.Group):
    """A command with commands below it."""

    command_class = SpokenCommand

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What is below it."""
        rows = [(name, _help(_path(ctx, name)).partition("\n")[0]) for name in self.list_commands(ctx)]
        with formatter.section(tell("cli.commands")):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one comes to need them."""
        del ctx
        return list(self.commands)

    def main(self, *args: Any, standalone_mode: bool = True, **options: Any) -> Any:  # noqa: ANN401 - click's own
        """Run, with what was typed wrongly told in one line."""
        run = cast("Callable[..., Any]", super().main)
        if not standalone_mode:
            return run(*args, standalone_mode=False, **options)
        try:
            code = run(*args, standalone_mode=False, **options)
        except NoArgsIsHelpError as problem:
            click.echo(problem.format_message())
            raise SystemExit(2) from None
        except click.ClickException as problem:
            fail(_said(problem))
        except click.Abort:
            fail(tell("cli.aborted"))
        raise SystemExit(code if isinstance(code, int) else 0)


SpokenGroup.group_class = SpokenGroup


def _said(problem: click.ClickException) -> str:
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    more = tell("cli.wrong.more", command=context.command_path) if context else ""
    if isinstance(problem, click.NoSuchOption):
        told = tell("cli.wrong.option", name=problem.option_name)
    elif isinstance(problem, click.NoSuchCommand):
        told = tell("cli.wrong.command", name=problem.command_name)
    elif isinstance(problem, click.MissingParameter):
        told = tell("cli.wrong.missing", name=_name(problem))
    elif isinstance(problem, click.BadParameter):
        told = tell("cli.wrong.value", name=_name(problem), problem=problem.message)
    else:
        told = tell("cli.wrong.usage", problem=problem.format_message())
    return f"{told} {more}".strip()


def _name(problem: click.BadParameter) -> str:
    if problem.param is not None and problem.ctx is not None:
        if isinstance(problem.param, click.Argument):
            return problem.param.make_metavar(problem.ctx).strip("[]")
        return problem.param.opts[-1]
    hint = problem.param_hint
    return hint if isinstance(hint, str) else " ".join(hint or ())


class ElseGroup(SpokenGroup):
    """A group that stands for one of its commands when none is named: ``backup FILE`` and ``backup check FILE``."""

    usual = ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command where none is named."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


def spoken(command: click.Command) -> SpokenCommand:
    """An ordinary command, made to speak."""
    return SpokenCommand(command.name, params=command.params, callback=command.callback)
