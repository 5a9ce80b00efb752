"""Options whose order on the command line matters: an --output belongs to the --format before it."""

from __future__ import annotations

from typing import Any

import click

_KEY = "sendworthy.order"


class OrderedCommand(click.Command):
    """A command that remembers in what order options came."""

    def make_parser(self, ctx: click.Context) -> Any:
        """The usual parser, which also notes the order."""
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            options, rest, order = parse(args)
            ctx.meta[_KEY] = [parameter.name for parameter in order]
            return options, rest, order

        parser.parse_args = parse_args  # type: ignore[method-assign]
        return parser


def pairs(context: click.Context, formats: tuple[str, ...], outputs: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """Formats with the output each goes to; None is standard output.

    Raises:
        click.UsageError: When an output has no format, or two formats want standard output.
    """
    if not formats:
        found: list[tuple[str, str | None]] = [("text", output) for output in outputs] or [("text", None)]
    else:
        names = [name for name in context.meta[_KEY] if name in ("formats", "outputs")]
        left_formats, left_outputs = iter(formats), iter(outputs)
        found, free = [], False
        for name in names:
            if name == "formats":
                found.append((next(left_formats), None))
                free = True
            elif free:
                found[-1] = (found[-1][0], next(left_outputs))
                free = False
            else:
                message = f"--output {next(left_outputs)} has no --format of its own: put one just before it"
                raise click.UsageError(message, context)
    found = [(name, None if output == "-" else output) for name, output in found]
    screen = [name for name, output in found if output is None]
    if len(screen) > 1:
        message = (
            f"only one format fits on standard output, not {' and '.join(screen)}: give --output after each but one"
        )
        raise click.UsageError(message, context)
    return found
