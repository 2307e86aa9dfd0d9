"""The benchmarks measure what they report: the same problem with the same optimum, and a page of results."""

import math
import re
from functools import partial
from pathlib import Path

import pytest

import geofront as gf
from benchmarks import against, explorer, instances, rows, run
from benchmarks.cases import GEOFRONT, LINOPY, SCIPY_BY_DAY, WITHOUT_MIGRATION, Case, Entry, all_cases
from benchmarks.growth import exponent, growth_chart, growth_table
from benchmarks.measure import measure
from benchmarks.report import results_page, write_comparison, write_page
from benchmarks.run import Measured, check_equal, run_case
from benchmarks.targets import ratio, targets
from geofront.errors import GeofrontError
from geofront.names import FRICTIONS

pytestmark = pytest.mark.slow


def case_of_two_days(frictions) -> Case:
    entries = (
        Entry(GEOFRONT, "geofront:place", {"frictions": frictions}),
        Entry(SCIPY_BY_DAY, "scipy_highs:place", {"frictions": frictions}),
    )
    return Case("two-days", "two days", partial(instances.year, "", 2), entries)


@pytest.mark.parametrize("gathered", [False, True], ids=["clients", "origins"])
@pytest.mark.parametrize("frictions", [WITHOUT_MIGRATION, FRICTIONS], ids=["hours", "blocks"])
def test_matrix_program_has_the_optimum_of_geofront(frictions, gathered):
    case = case_of_two_days(frictions)
    peer = Entry(SCIPY_BY_DAY, "scipy_highs:place", {"frictions": frictions, "gathered": gathered})
    ours, theirs = (measure(case, entry) for entry in (case.entries[0], peer))
    assert theirs["values"]["objective"] == pytest.approx(ours["values"]["objective"], rel=run.EQUAL)
    assert ours["seconds"] > 0
    assert ours["megabytes"] > 50


def test_a_flow_that_breaks_a_constraint_is_no_result(monkeypatch):
    import benchmarks.tools.scipy_highs as scipy_highs

    honest = scipy_highs.place
    monkeypatch.setattr(scipy_highs, "place", lambda *given, **chosen: (0.9 * honest(*given, **chosen)).rename("flow"))
    case = case_of_two_days(WITHOUT_MIGRATION)
    with pytest.raises(GeofrontError, match=r"scipy.*demand balance is violated"):
        measure(case, case.entries[1])


def test_sweep_and_frontier_are_compared_point_by_point():
    small = gf.stylized(snapshots="day", regions=["us-virginia", "eu-paris", "jp-tokyo"])
    budgets, chosen = [50.0, 300.0], {"frictions": WITHOUT_MIGRATION}
    grid = {"network_budgets": budgets, "carbon_prices": [0.0, 100.0], **chosen}
    sweep = measure(Case("s", "", lambda: small, ()), Entry(GEOFRONT, "geofront:sweep", grid))
    assert sweep["points"] == 4
    assert list(sweep["values"]) == ["(50.0, 0.0)", "(50.0, 100.0)", "(300.0, 0.0)", "(300.0, 100.0)"]
    peer = Entry(LINOPY, "linopy_highs:frontier", {"budgets": budgets})
    frontier = measure(Case("f", "", lambda: small, (peer,)), Entry(GEOFRONT, "geofront:frontier"))
    assert frontier["points"] > 20
    assert list(frontier["values"]) == ["50.0", "300.0"]


def test_measurements_run_in_separate_processes_and_agree():
    case = all_cases(quick=True)["coupled"]
    entries = tuple(entry for entry in case.entries if entry.tool in (GEOFRONT, SCIPY_BY_DAY))
    said = []
    measured = run_case(Case("coupled", case.title, case.scenario, entries, repeats=1), ["--quick"], said.append)
    assert [len(record.runs) for record in measured.values()] == [1, 1]
    assert [line.split(":")[1].strip() for line in said] == [GEOFRONT, SCIPY_BY_DAY]
    assert measured[SCIPY_BY_DAY].megabytes > 50


def test_a_run_that_takes_too_long_is_stopped_and_reported():
    case = all_cases(quick=True)["coupled"]
    peer = next(entry for entry in case.entries if entry.tool == SCIPY_BY_DAY)
    measured = {GEOFRONT: measured_in(1.0), SCIPY_BY_DAY: Measured(SCIPY_BY_DAY)}
    run._run_once(Case("coupled", "", case.scenario, (peer,)), measured[SCIPY_BY_DAY], ["--quick"], cap=0.01)
    assert measured[SCIPY_BY_DAY].stopped.startswith("stopped after")
    assert math.isnan(measured[SCIPY_BY_DAY].megabytes)
    assert not measured[SCIPY_BY_DAY].again
    page = results_page({"coupled": case}, {"coupled": {**measured, **peers(2.0)}}, quick=False, hours_file="")
    assert re.search(r"\| scipy linprog.*\| stopped after 0 s \| >0.0 \| – \| 0 \|", page)
    measured[SCIPY_BY_DAY].stopped_after = 400.0
    page = results_page({"coupled": case}, {"coupled": {**measured, **peers(2.0)}}, quick=False, hours_file="")
    assert "| >400.0 |" in page


def test_where_geofront_is_stopped_no_target_is_met_and_ratios_are_bounds():
    stopped = Measured(GEOFRONT, stopped="stopped after 600 s", stopped_after=600.0)
    tools = {GEOFRONT: stopped, **peers(300.0), SCIPY_BY_DAY: measured_in(300.0)}
    check_equal(case_of_two_days(FRICTIONS), tools)
    outcomes = [
        target.outcome(dict.fromkeys((*all_cases(), "reproduce"), tools))
        for target in targets()
        if not target.case.startswith("growth")
    ]
    assert set(outcomes) == {("stopped after 600 s", "**no**")}
    page = results_page(all_cases(), {"big": tools}, quick=False, hours_file="")
    assert "| geofront | stopped after 600 s | 1.0 | – | 0 |" in page
    assert re.search(r"\| scipy linprog, a program per day \| 300.00 \| <0.5 \|", page)


def test_different_optima_are_an_error():
    case = case_of_two_days(FRICTIONS)
    wrong = Measured(SCIPY_BY_DAY, [{"seconds": 1.0, "megabytes": 1.0, "points": 1, "values": {"objective": 1 + 2e-7}}])
    with pytest.raises(GeofrontError, match=r"scipy.* found 1.0000002 at objective, geofront 1"):
        check_equal(case, {GEOFRONT: measured_in(1.0), SCIPY_BY_DAY: wrong})
    nothing = Measured(SCIPY_BY_DAY, [{"seconds": 1.0, "megabytes": 1.0, "points": 1, "values": {"other": 1.0}}])
    with pytest.raises(GeofrontError, match="no point"):
        check_equal(case, {GEOFRONT: measured_in(1.0), SCIPY_BY_DAY: nothing})


def measured_in(*seconds: float, points: int = 1, megabytes: float = 100.0) -> Measured:
    runs = [
        {"seconds": each, "megabytes": megabytes, "points": points, "values": {"objective": 1.0}} for each in seconds
    ]
    return Measured(GEOFRONT, runs)


def peers(seconds: float, points: int = 1) -> dict[str, Measured]:
    tools = {entry.tool for case in all_cases().values() for entry in case.entries} - {GEOFRONT, SCIPY_BY_DAY}
    return {tool: measured_in(seconds, points=points) for tool in sorted(tools)}


def test_time_is_the_median_and_peers_are_scaled_to_all_points():
    assert measured_in(3.0, 1.0, 2.0).seconds == 2.0
    tools = {GEOFRONT: measured_in(2.0, points=1200), **peers(1.0, points=12)}
    assert ratio(tools, LINOPY) == pytest.approx(50.0)
    page = results_page(all_cases(), {"sweep": tools}, quick=False, hours_file="")
    assert "(12 of 1200 points, scaled) | 100.00 | 50.0 |" in page


def test_targets_are_yes_where_met_and_no_elsewhere():
    names = (*all_cases(), "reproduce")
    slow = {name: {GEOFRONT: measured_in(100.0, megabytes=900.0), **peers(50.0)} for name in names}
    slow["year"][GEOFRONT] = measured_in(1e6, megabytes=900.0)
    slow["big"][GEOFRONT] = measured_in(301.0, megabytes=5000.0)
    for name in ("regions-50", "regions-100", "regions-150"):
        slow[name][SCIPY_BY_DAY] = measured_in(99.0)
    assert {target.outcome(slow)[1] for target in targets()} == {"**no**"}
    fast = {name: {GEOFRONT: measured_in(1.0), **peers(1000.0), SCIPY_BY_DAY: measured_in(1.0)} for name in names}
    assert {target.outcome(fast)[1] for target in targets()} == {"yes"}
    assert set(fast) >= {target.case for target in targets()}


def test_growth_is_fitted_and_drawn_over_hours_and_regions():
    weeks = {f"growth-{n}": {GEOFRONT: measured_in(0.1 * n)} for n in (1, 4, 32)}
    year = {"year": {GEOFRONT: measured_in(0.1 * 8760 / 168), LINOPY: measured_in(9.0)}}
    stopped = Measured(GEOFRONT, stopped="stopped after 600 s", stopped_after=600.0)
    regions = {f"regions-{n}": {GEOFRONT: measured_in(n**2 / 1000), SCIPY_BY_DAY: stopped} for n in (50, 100)} | {
        "regions-150": {GEOFRONT: stopped, SCIPY_BY_DAY: measured_in(9.0)}
    }
    measured = weeks | year | regions
    assert list(growth_table(measured, "hours").hours) == [168, 672, 5376, 8760]
    assert exponent(measured, "hours") == pytest.approx(1.0)
    assert list(growth_table(measured, "regions").regions) == [50, 100, 150]
    assert exponent(measured, "regions") == pytest.approx(2.0)
    assert math.isnan(exponent(measured, "regions", SCIPY_BY_DAY))
    assert [len(panel["layer"]) for panel in growth_chart(measured).to_dict()["hconcat"]] == [2, 2]
    assert len(growth_chart(weeks).to_dict()["hconcat"]) == 1
    page = results_page(all_cases(), measured, quick=False, hours_file="")
    assert "grows as hours to the power of 1.00" in page
    assert "grows as regions to the power of 2.00" in page


def test_wide_instance_is_the_same_every_time_and_has_negative_prices():
    first, second = instances.wide(days=1), instances.wide(days=1)
    assert first.identical(second)
    assert dict(first.sizes) == {"client": 60, "service": 40, "region": 40, "workload": 4, "hour": 24}
    assert float(instances.wide(days=7).price.min()) < 0


def test_further_classes_are_variants_with_half_the_network_budget():
    classes = instances.workload_classes(6)
    assert list(classes.index) == ["A", "B", "C", "D", "A1", "B1"]
    assert list(classes.latency_budget_ms - classes.service_time_ms) == [120, 400, 15000, 600000, 60, 200]
    assert classes.energy_share.sum() == pytest.approx(1.0)
    assert classes.energy_share["A1"] == pytest.approx(0.35 / 1.65)


def test_a_revision_is_compared_with_this_version_in_turn():
    said = []
    compared = against.compare("HEAD", said.append, {"typical"}, quick=True)
    assert [line.split(": ")[:2] for line in said] == [["typical", "new"], ["typical", "old"]]
    record = compared["typical"]
    assert record.ratio("objective") == pytest.approx(1.0, rel=1e-7)
    assert all(run["cpu"] > 0 and run["wall"] > 0 for run in record.new + record.old)
    with pytest.raises(GeofrontError, match="no-such-revision"):
        against.compare("no-such-revision", said.append, {"typical"}, quick=True)


def test_rows_of_the_comparison_report_what_was_solved():
    budget = gf.latency_frontier(gf.stylized(snapshots="day"), "B", budgets=[1500.0, 2000.0])
    assert rows.objective(budget) == pytest.approx(float(budget.cost.mean()))
    assert {
        "typical",
        "real",
        "real-free",
        "stylized",
        "stylized-free",
        "near",
        "far",
        "class-b",
        "network",
        "network-free",
        "sweep",
    } == set(rows.all_rows("hours.csv.gz"))
    assert {"real", "real-free"}.isdisjoint(rows.all_rows())
    found = [rows.measure(rows.all_rows(quick=True)[name])["objective"] for name in ("typical", "near", "far")]
    # A higher carbon price costs more.
    assert 0 < found[0] < found[1] < found[2]


def test_comparison_reports_medians_ratios_and_stopped_runs():
    new, old = (
        [{"cpu": cpu, "wall": 2 * cpu, "objective": 10.0} for cpu in times]
        for times in ((3.0, 1.0, 2.0), (4.0, 4.0, 9.0))
    )
    compared = {
        "a": against.Compared("first", new, old),
        "b": against.Compared("second", new[:1], stopped="old version stopped after 600 s"),
    }
    page = against.comparison(compared, "HEAD", quick=False, hours_file="")
    assert "| first | 2.00 | 4.00 | 0.50 | 4.00 | 8.00 | 0.50 | 0e+00 |" in page
    assert "| second (old version stopped after 600 s) | 3.00 | – | – | 6.00 | – | – | – |" in page


def test_comparison_is_kept_when_results_are_written_again(tmp_path: Path):
    cases, measured = all_cases(), {"coupled": {GEOFRONT: measured_in(1.0), **peers(2.0)}}
    write_page(cases, measured, tmp_path, "")
    plain = (tmp_path / "results.md").read_text(encoding="utf-8")
    write_comparison("First.", tmp_path)
    write_comparison("Second.", tmp_path)
    both = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert both == plain + "\n## Against an older version\n\nSecond.\n"
    write_page(cases, measured, tmp_path, "")
    assert (tmp_path / "results.md").read_text(encoding="utf-8") == both


def test_turns_of_the_explorer_are_timed_until_the_first_picture_and_the_optimum():
    make_scenario = partial(gf.stylized, regions=["us-virginia", "eu-paris", "jp-tokyo"])
    turned = explorer.measure("carbon_price 5", repeats=2, make_scenario=make_scenario)
    first, optimum = ([run["seconds"] for run in turned[step].runs] for step in ("first", "optimum"))
    assert len(first) == len(optimum) == 2
    assert all(0 < sooner < later < 60 for sooner, later in zip(first, optimum, strict=True))


def test_page_of_the_explorer_has_one_row_for_each_turn_and_their_medians():
    measured = {
        "near": {"first": measured_in(0.05), "optimum": measured_in(0.3)},
        "far": {"first": measured_in(explorer.LIMIT + 0.1), "optimum": measured_in(0.9)},
    }
    page = explorer.explorer_page(measured)
    assert "| near | 0.05 | 0.30 |" in page
    assert f"| far | **{explorer.LIMIT + 0.1:.2f}** | 0.90 |" in page
    assert "| median | 0.33 | 0.60 |" in page
