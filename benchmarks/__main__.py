"""Measures geofront beside its peers, and its explorer: ``make bench`` writes ``results.md`` and ``explorer.md``."""

import argparse
import sys
import time
from pathlib import Path

from benchmarks import explorer_page
from benchmarks.cases import all_cases
from benchmarks.report import results_page, write_page, write_plot
from benchmarks.run import CAP, reproduce_unchanged, run_case

FOLDER = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small instances, to try the benchmarks out")
    parser.add_argument("--hours", default="", metavar="FILE", help="tidy file of real hours; default: stylized hours")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="these cases only; then results are just printed")
    parser.add_argument("--cap", type=float, default=CAP, help="seconds after which a run is stopped [%(default)g]")
    given = parser.parse_args()
    options = ["--quick"] * given.quick + (["--hours", given.hours] if given.hours else [])
    cases = all_cases(given.quick, given.hours)
    names = (*cases, "reproduce", "explorer")
    unknown = set(given.only or ()) - set(names)
    if unknown:
        parser.error(f"unknown case {', '.join(sorted(unknown))}: choose from {', '.join(names)}")
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    wanted = [case for case in cases.values() if not given.only or case.name in given.only]
    kept, measured, turned = not (given.quick or given.only), {}, {}
    for case in wanted:
        measured[case.name] = run_case(case, options, say, given.cap)
        if kept:
            write_page(cases, measured, FOLDER, given.hours)
    if not given.only or "reproduce" in given.only:
        measured["reproduce"] = {"geofront": reproduce_unchanged(say)}
    if not given.only or "explorer" in given.only:
        # Here, because with widgets in memory the children would inherit a higher peak.
        from benchmarks.knobs import measure_all
        turned = measure_all(say)
    if kept:
        write_page(cases, measured, FOLDER, given.hours)
        explorer_page.write_page(turned, FOLDER)
        # At the end for the same reason.
        write_plot(measured, FOLDER)
    else:
        print(results_page(cases, measured, quick=given.quick, hours_file=given.hours))
        if turned:
            print(explorer_page.explorer_page(turned))
    say("done")


if __name__ == "__main__":
    main()
