"""The ``geofront`` command. Sub-commands import their modules when they run, so that help is instant."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from geofront.errors import GeofrontError
from geofront.files import in_checkout, resolved
from geofront.names import VERSION


class Commands(TyperGroup):
    """Commands that print errors of geofront and the file system as one message instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (GeofrontError, OSError) as error:
            typer.secho(f"Error: {error}", fg=typer.colors.RED, err=True)
            raise typer.Exit(1) from error


class WithParameters(TyperCommand):
    """Command whose ``-p`` takes two words, joined to ``NAME=VALUE`` because typer cannot take two."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        joined, words = [], iter(args)
        for word in words:
            joined.append(word)
            if word in ("-p", "--parameter") and (name := next(words, None)) is not None:
                value = None if "=" in name else next(words, None)
                joined.append(name if value is None else f"{name}={value}")
        return super().parse_args(ctx, joined)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="When is moving AI inference between regions a way of moving electricity demand?",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"geofront {VERSION}")
        raise typer.Exit


@app.callback()
def main(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that come before any sub-command."""


OutputDir = Annotated[
    Path | None, typer.Option("--output-dir", help="Folder of tables and figures [default: paper_figures].")
]
NotebooksDir = Annotated[
    Path | None, typer.Option("--notebooks-dir", help="Folder of notebooks [default: geofront's own].")
]


@app.command(cls=WithParameters)
def reproduce(
    notebook: Annotated[list[str] | None, typer.Argument(help="Notebooks to run; all by default.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", metavar="NAME VALUE", help="Set a notebook parameter.")
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Notebooks to run in parallel.")] = None,
    output_dir: OutputDir = None,
    notebooks_dir: NotebooksDir = None,
    show: Annotated[bool, typer.Option("--list", help="List notebooks and parameters; run nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run unchanged notebooks too.")] = False,
) -> None:
    """Run the notebooks that have changed to make the tables and figures."""
    if show:
        _list(notebook or [], notebooks_dir)
        return
    from geofront.report import runner

    output_dir = resolved(output_dir or runner.default_output_dir())
    outcomes = runner.reproduce(
        notebook or [],
        _pairs(parameter or []),
        jobs=jobs,
        output_dir=output_dir,
        notebooks_dir=notebooks_dir,
        force=force,
        progress=True,
    )
    for outcome in outcomes:
        taken = f" in {outcome.seconds:.0f} s" if outcome.status == "made" else ""
        typer.echo(f"{outcome.status:<9}  {outcome.notebook}{taken}{': ' if outcome.reason else ''}{outcome.reason}")
    typer.echo(f"The tables and figures are in {output_dir}.")


@app.command()
def notebooks(output_dir: OutputDir = None, notebooks_dir: NotebooksDir = None) -> None:
    """Make the tables and figures with default parameters, and update the notebooks and the README."""
    _refuse_outside_checkout("notebooks")
    from geofront.report.check import refresh

    changed = refresh(output_dir=output_dir, notebooks_dir=notebooks_dir, progress=True)
    for name in changed:
        typer.echo(f"written  {name}")
    if not changed:
        typer.echo("All notebooks were up to date.")


@app.command()
def readme(output_dir: OutputDir = None) -> None:
    """Update the numbers and the output of examples in the README."""
    _refuse_outside_checkout("readme")
    from geofront.report.readme import README, write_readme
    from geofront.report.runner import default_output_dir

    changed = write_readme(output_dir or default_output_dir())
    typer.echo(f"written  {README}" if changed else f"{README} was up to date.")


@app.command()
def check(
    against: Annotated[
        Path | None, typer.Option("--against", metavar="DIR", help="Compare with this new folder; run nothing.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Show the differences, then accept the new files.")] = False,
    output_dir: OutputDir = None,
    notebooks_dir: NotebooksDir = None,
) -> None:
    """Check that the committed tables, figures, numbers and notebooks match the code."""
    _refuse_outside_checkout("check")
    from geofront.report.catalogue import catalogue
    from geofront.report.check import check
    from geofront.report.differences import summary

    _say_left_out(catalogue(notebooks_dir).values())
    found = check(against, output_dir=output_dir, notebooks_dir=notebooks_dir, update=update, progress=True)
    typer.echo(summary(found))
    if update:
        typer.echo("All outputs and notebooks now match the code.")
    elif found:
        several = len(found) > 1
        raise GeofrontError(
            f"{len(found)} difference{'s' * several}; if {'they are' if several else 'it is'} intended, "
            f"accept {'them' if several else 'it'} with 'geofront check --update'."
        )


@app.command()
def verify(output_dir: OutputDir = None, notebooks_dir: NotebooksDir = None) -> None:
    """Check that every table and figure of the notebooks exists and is not empty."""
    from geofront.errors import first_labels
    from geofront.report.catalogue import catalogue, lacks_data
    from geofront.report.outputs import missing_outputs
    from geofront.report.runner import default_output_dir

    notebooks = catalogue(notebooks_dir).values()
    _say_left_out(notebooks)
    stems = [stem for entry in notebooks if not lacks_data(entry) for stem in entry.makes]
    if not stems:
        raise GeofrontError("the notebooks declare no tables or figures (metadata geofront.makes).")
    folder = output_dir or default_output_dir()
    missing = missing_outputs(stems, folder)
    if missing:
        raise GeofrontError(
            f"missing or empty in {str(folder)!r}: {first_labels(missing, limit=50)}; run 'geofront reproduce'."
        )
    typer.echo(f"All {len(stems)} tables and figures exist.")


def _say_left_out(notebooks: Any) -> None:
    from geofront.report.catalogue import lacks_data

    for entry in notebooks:
        if reason := lacks_data(entry):
            typer.echo(f"left out   {entry.name}: {reason}")


@app.command()
def fetch_hours(
    year: Annotated[int, typer.Argument(help="Calendar year of the prices and carbon intensities.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="DIR_OR_URL", help="Folder or address with the same files.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="The tidy file to write.")] = None,
) -> None:
    """Download a year of real hourly prices and carbon intensities as one tidy file."""
    from geofront.inputs.fetch import fetch_hours

    typer.echo(fetch_hours(year, source=source, to=to))


@app.command()
def fetch_peers(
    source: Annotated[
        str | None, typer.Option("--from", metavar="DIR_OR_URL", help="Folder or address with the same files.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Folder to write [default: peers].")] = None,
) -> None:
    """Download the inputs and results of the published studies that notebook 10 replays."""
    from geofront.inputs.peers import fetch_peers

    typer.echo(fetch_peers(source=source, to=to))


@app.command()
def ensemble(
    samples: Annotated[int, typer.Option(help="Worlds for bands and claims, and about as many for indices.")] = 1024,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    snapshots: Annotated[str, typer.Option(help="Hours modelled: day, month-hour or year.")] = "day",
    step: Annotated[int, typer.Option(help="Take every so many hours of them.")] = 3,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask scheduler of a cluster; by default this machine's cores."),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="DIR", help="Folder of finished chunks, from which a killed run resumes."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Folder to write; that of the committed ensembles by default."),
    ] = None,
) -> None:
    """Compute outcomes in many worlds drawn from data/uncertainty.csv, which notebook 12 reads."""
    if to is None:
        _refuse_outside_checkout("ensemble without --to")
    from geofront.ensemble_files import make_ensembles

    executor = None
    if scheduler is not None:
        try:
            from distributed import Client
        except ImportError as error:
            raise GeofrontError("--scheduler needs Dask: pip install distributed") from error
        executor = Client(scheduler)
    for path in make_ensembles(to, samples, seed=seed, snapshots=snapshots, step=step, executor=executor, store=store):
        typer.echo(path)


@app.command()
def fit_profiles(
    hours: Annotated[Path, typer.Argument(help="Tidy hourly file, as from fetch-hours.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The CSV table to write [default: geofront's own].")
    ] = None,
) -> None:
    """Fit the daily and annual harmonics of price and carbon to a year of real hours."""
    if to is None:
        _refuse_outside_checkout("fit-profiles without --to")
    from geofront.inputs.profiles import write_profiles

    typer.echo(write_profiles(hours, to))


def _refuse_outside_checkout(command: str) -> None:
    if not in_checkout():
        raise GeofrontError(
            f"'geofront {command}' updates the files of a checkout, and this geofront is installed without one; "
            "clone the repository and run it there."
        )


def _pairs(words: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise GeofrontError(f"parameter {name!r} has no value; give -p NAME VALUE.")
        if name in given:
            raise GeofrontError(f"parameter {name!r} is given twice; give it once.")
        given[name] = value
    return given


def _list(names: list[str], notebooks_dir: Path | None) -> None:
    from geofront.report.catalogue import catalogue, select
    from geofront.report.outputs import title
    from geofront.report.provenance import OUTPUT_DIR

    for entry in select(catalogue(notebooks_dir), names):
        typer.secho(entry.name, bold=True)
        typer.echo(f"  {entry.title}")
        typer.echo(f"  makes: {', '.join(map(title, entry.makes)) or 'no table or figure'}")
        for item in entry.parameters.values():
            if item.name != OUTPUT_DIR:
                typer.echo(f"    {item.name} = {item.default!r}".ljust(36) + item.help)
        typer.echo()
