"""Writes measurements to ``results.md`` and plots the growth of times."""

import math
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loky import cpu_count

from benchmarks.cases import GEOFRONT, Case
from benchmarks.growth import PLOT, exponent, growth_chart, sizes
from benchmarks.run import EQUAL, RERUN_BELOW, Measured
from benchmarks.targets import bound, ratio, targets
from geofront.files import staged

LIBRARIES = ("geofront-research", "mip", "highsbox", "linopy", "highspy", "scipy", "numpy", "xarray")
RESULTS = "results.md"

AGAINST = "## Against an older version"
"""Heading of the section that :mod:`benchmarks.against` writes."""

Results = Mapping[str, Mapping[str, Measured]]


def write_page(cases: Mapping[str, Case], measured: Results, folder: Path, hours_file: str) -> None:
    """Write the measurements so far to ``results.md``, and keep the comparison with an older version."""
    page = results_page(cases, measured, quick=False, hours_file=hours_file)
    _write(folder, page + _comparison(folder))


def write_comparison(section: str, folder: Path) -> None:
    """Replace the comparison with an older version, the last section of ``results.md``."""
    page = (folder / RESULTS).read_text(encoding="utf-8")
    _write(folder, page.removesuffix(_comparison(folder)) + f"\n{AGAINST}\n\n{section}\n")


def _comparison(folder: Path) -> str:
    page = folder / RESULTS
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    _, heading, section = text.partition(f"\n{AGAINST}\n")
    return heading + section


def _write(folder: Path, page: str) -> None:
    with staged(folder) as staging:
        (staging / RESULTS).write_text(page, encoding="utf-8", newline="\n")


def write_plot(measured: Results, folder: Path) -> None:
    """Plot the growth of times."""
    from vl_convert import vegalite_to_png

    with staged(folder) as staging:
        (staging / PLOT).write_bytes(vegalite_to_png(growth_chart(measured).to_dict(), scale=2))


def results_page(cases: Mapping[str, Case], measured: Results, *, quick: bool, hours_file: str) -> str:
    """Format the page as Markdown."""
    parts = ["# Benchmarks", _introduction(quick, hours_file), "## Targets", _targets_table(measured)]
    scaled = sizes(measured, "hours") | sizes(measured, "regions")
    for name, tools in measured.items():
        if name not in scaled and name in cases:
            case = cases[name]
            parts += [f"## {case.title[0].upper()}{case.title[1:]}", case.note, _tools_table(tools)]
    if scaled:
        parts += ["## How time grows", *_growth(cases, measured)]
    return "\n\n".join(parts) + "\n"


def _introduction(quick: bool, hours_file: str) -> str:
    hours = "the real hours of 2023" if hours_file else "stylized hours"
    lines = [
        "Written by `make bench`"
        + (" with small instances (`--quick`), which are not representative." if quick else ".")
        + f" The instances of 12 regions have {hours}"
        + ("." if hours_file else "; `make bench ARGS='--hours FILE'` uses real ones."),
        "Times are from a scenario in memory to labelled results: building, solving, reading back. Times of geofront "
        "include validation, costs, emissions and shadow prices, which the peers do not compute. All tools solve the "
        f"same problem, and the run fails unless their objectives agree to {EQUAL:g} (relative). Each run is in its "
        "own process, whose peak memory includes the interpreter and all libraries. The tools run in turn. Times are "
        f"medians of three runs, or of one run that took more than {RERUN_BELOW:.0f} s. A run that exceeds the limit "
        "is stopped, and the table gives the limit. If a peer solves only some points of a grid, its time is scaled "
        "to all points. geofront solves blocks, frontiers and sweeps in two threads; all other programs use one.",
        surroundings(),
    ]
    return "\n\n".join(lines)


def surroundings() -> str:
    """Machine and versions."""
    versions = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    return f"Machine: {machine()}. Python {platform.python_version()}, {versions}."


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "(absent)"


def machine() -> str:
    """Processor, cores and memory."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = f"{cpu_count()} core{'s' * (cpu_count() > 1)}"
    return f"{names[0] if names else platform.machine()}, {cores}, {memory:.0f} GB, {platform.system()}"


def _targets_table(measured: Results) -> str:
    rows = [(target.text, *target.outcome(measured)) for target in targets() if target.case in measured]
    return table(("target", "measured", "met"), "lll", rows)


def _tools_table(tools: Mapping[str, Measured]) -> str:
    rows = []
    for tool, record in tools.items():
        scale = tools[GEOFRONT].points / record.points
        name = tool if scale == 1 else f"{tool} ({record.points} of {tools[GEOFRONT].points} points, scaled)"
        relative = f"{bound(tools, tool)}{ratio(tools, tool):.1f}" if tool != GEOFRONT else "1.0"
        rows.append(
            (
                name,
                record.stopped or f"{record.seconds * scale:.2f}",
                relative,
                _megabytes(record.megabytes),
                str(len(record.runs)),
            )
        )
    return table(("tool", "time [s]", "time of geofront [-]", "peak memory [MB]", "runs"), "lrrrr", rows)


def _megabytes(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0f}"


def _growth(cases: Mapping[str, Case], measured: Results) -> list[str]:
    """One paragraph for each measured growth; the cases of the regions with their tables."""
    parts = []
    if sizes(measured, "hours"):
        parts.append(
            f"Time of geofront grows as hours to the power of {exponent(measured, 'hours'):.2f}: every hour "
            "is a separate problem, and one persistent program solves them all."
        )
    regions = sizes(measured, "regions")
    if regions:
        slope = exponent(measured, "regions")
        grows = "" if math.isnan(slope) else f" Time of geofront grows as regions to the power of {slope:.2f}."
        parts.append(cases[next(iter(regions))].note + grows)
        parts += [
            f"{cases[name].title[0].upper()}{cases[name].title[1:]}:\n\n{_tools_table(measured[name])}"
            for name in regions
        ]
    return [*parts, f"![Time against hours and regions]({PLOT})"]


def table(heads, alignment: str, rows) -> str:
    """Format rows of texts as a Markdown table, with columns aligned to the ``l``eft or the ``r``ight."""
    rule = [{"l": "---", "r": "---:"}[side] for side in alignment]
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, rule, *rows))
