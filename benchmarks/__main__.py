"""Measures geofront, its peers and its explorer: ``make bench`` writes ``results.md`` and ``explorer.md``.

``--against REVISION`` compares with an older version instead, and writes that section of ``results.md``.
"""

import argparse
import sys
import time
from pathlib import Path

from benchmarks import against, explorer, rows
from benchmarks.cases import all_cases
from benchmarks.report import results_page, write_comparison, write_page, write_plot
from benchmarks.run import CAP, reproduce_unchanged, run_case

FOLDER = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small instances, to try the benchmarks out")
    parser.add_argument("--hours", default="", metavar="FILE", help="tidy file of real hours; default: stylized hours")
    parser.add_argument("--against", metavar="REVISION", help="compare with an older version of geofront instead")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="CASE",
        help="only these cases, or rows of --against; results are then printed and not written",
    )
    parser.add_argument("--cap", type=float, default=CAP, help="seconds after which a run is stopped [%(default)g]")
    given = parser.parse_args()
    cases = all_cases(given.quick, given.hours)
    names = rows.all_rows(given.hours, given.quick) if given.against else (*cases, "reproduce", "explorer")
    unknown = set(given.only or ()) - set(names)
    if unknown:
        parser.error(f"unknown case {', '.join(sorted(unknown))}: choose from {', '.join(names)}")
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    if given.against:
        _compare(given, say)
    else:
        _measure(given, cases, say)
    say("done")


def _measure(given: argparse.Namespace, cases: dict, say) -> None:
    options = ["--quick"] * given.quick + (["--hours", given.hours] if given.hours else [])
    wanted = [case for case in cases.values() if not given.only or case.name in given.only]
    kept, measured, turned = not (given.quick or given.only), {}, {}
    for case in wanted:
        measured[case.name] = run_case(case, options, say, given.cap)
        if kept:
            write_page(cases, measured, FOLDER, given.hours)
    if not given.only or "reproduce" in given.only:
        measured["reproduce"] = {"geofront": reproduce_unchanged(say)}
    if not given.only or "explorer" in given.only:
        turned = explorer.measure_all(say, repeats=1 if given.quick else 3)
    if kept:
        write_page(cases, measured, FOLDER, given.hours)
        explorer.write_page(turned, FOLDER)
        write_plot(measured, FOLDER)
    else:
        print(results_page(cases, measured, quick=given.quick, hours_file=given.hours))
        if turned:
            print(explorer.explorer_page(turned))


def _compare(given: argparse.Namespace, say) -> None:
    compared = against.compare(given.against, say, given.only, hours_file=given.hours, quick=given.quick, cap=given.cap)
    section = against.comparison(compared, given.against, quick=given.quick, hours_file=given.hours)
    if given.quick or given.only:
        print(section)
    else:
        write_comparison(section, FOLDER)


if __name__ == "__main__":
    main()
