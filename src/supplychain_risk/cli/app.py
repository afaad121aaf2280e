"""The command line: its verbs, its exit codes, and how it fails.

Exit codes: 0 the answer was printed; 1 something the user can mend, told in one message on standard error without
a traceback; 2 the command itself was mistyped. Any other exception is a defect of this program and shows its traceback.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import supplychain_risk
from supplychain_risk.cli.annual import annual
from supplychain_risk.cli.check import check
from supplychain_risk.cli.chokepoints import chokepoints
from supplychain_risk.cli.compare import compare
from supplychain_risk.cli.concentration import concentration
from supplychain_risk.cli.esri import esri
from supplychain_risk.cli.explain import explain
from supplychain_risk.cli.lookthrough import lookthrough
from supplychain_risk.cli.portfolio import portfolio
from supplychain_risk.cli.scenario import scenario
from supplychain_risk.cli.scenarios import scenarios
from supplychain_risk.cli.show import show
from supplychain_risk.errors import SupplyChainRiskError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""


class Verbs(TyperGroup):
    """The verbs, with errors told as messages."""

    def invoke(self, ctx: Any) -> Any:
        """Run a verb; turn errors that a user can mend into a message and exit code 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _drop_output()
            raise typer.Exit(1) from None
        except (SupplyChainRiskError, OSError) as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Verbs,
    name="supplychain-risk",
    help="Which links of the AI hardware chain can break, how far the break travels, and what it costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(scenario)
app.command()(scenarios)
app.command()(compare)
app.command()(portfolio)
app.command()(annual)
app.command()(explain)
app.command()(concentration)
app.command()(lookthrough)
app.command()(esri)
app.command()(show)
app.command()(chokepoints)
app.command()(check)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"supplychain_risk {supplychain_risk.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Which links of the AI hardware chain can break, how far the break travels, and what it costs."""


def main() -> None:
    """Run the command line on the arguments of the process."""
    app()


def _drop_output() -> None:
    """Let the rest of the output go nowhere: the reader of the pipe has left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
