"""The benchmarks measure what they say: same program, same optimum, and a page that tells the truth."""

import asyncio
import math
import re
from functools import partial

import pytest

import geofront as gf
from benchmarks import instances, run
from benchmarks.cases import GEOFRONT, LINOPY, SCIPY_BY_DAY, WITHOUT_MIGRATION, Case, Entry, all_cases
from benchmarks.explorer_page import explorer_page
from benchmarks.growth import exponent, growth_chart, growth_table
from benchmarks.measure import measure
from benchmarks.report import results_page
from benchmarks.run import Measured, check_equal, run_case
from benchmarks.targets import ratio, targets
from benchmarks.turns import LIMIT, SITUATIONS, Situation, optimal_seconds
from geofront.errors import GeofrontError
from geofront.names import FRICTIONS


def case_of_two_days(frictions) -> Case:
    entries = (Entry(GEOFRONT, "geofront:place", {"frictions": frictions}),
               Entry(SCIPY_BY_DAY, "scipy_highs:place", {"frictions": frictions}))
    return Case("two-days", "two days", partial(instances.year, "", 2), entries)


@pytest.mark.parametrize("frictions", [WITHOUT_MIGRATION, FRICTIONS], ids=["hours", "blocks"])
def test_matrix_program_has_the_optimum_of_geofront(frictions):
    case = case_of_two_days(frictions)
    ours, theirs = (measure(case, entry) for entry in case.entries)
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


def test_measurements_run_in_processes_of_their_own_and_agree():
    case = all_cases(quick=True)["coupled"]
    entries = tuple(entry for entry in case.entries if entry.tool in (GEOFRONT, SCIPY_BY_DAY))
    said = []
    measured = run_case(Case("coupled", case.title, case.scenario, entries, repeats=1), ["--quick"], said.append)
    assert [len(record.runs) for record in measured.values()] == [1, 1]
    assert [line.split(":")[1].strip() for line in said] == [GEOFRONT, SCIPY_BY_DAY]
    assert measured[SCIPY_BY_DAY].megabytes > 50


def test_a_run_that_takes_too_long_is_stopped_and_said_to_be():
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


def test_different_optima_are_an_error():
    case = case_of_two_days(FRICTIONS)
    wrong = Measured(SCIPY_BY_DAY, [{"seconds": 1.0, "megabytes": 1.0, "points": 1, "values": {"objective": 1 + 2e-7}}])
    with pytest.raises(GeofrontError, match=r"scipy.* found 1.0000002 at objective, geofront 1"):
        check_equal(case, {GEOFRONT: measured_in(1.0), SCIPY_BY_DAY: wrong})
    nothing = Measured(SCIPY_BY_DAY, [{"seconds": 1.0, "megabytes": 1.0, "points": 1, "values": {"other": 1.0}}])
    with pytest.raises(GeofrontError, match="no point"):
        check_equal(case, {GEOFRONT: measured_in(1.0), SCIPY_BY_DAY: nothing})


def measured_in(*seconds: float, points: int = 1, megabytes: float = 100.0) -> Measured:
    runs = [{"seconds": each, "megabytes": megabytes, "points": points, "values": {"objective": 1.0}}
            for each in seconds]
    return Measured(GEOFRONT, runs)


def turned(shown: float, optimal: float) -> Measured:
    return Measured("turn", [{"seconds": shown, "megabytes": math.nan, "points": 1,
                              "values": {"optimal_seconds": optimal}}])


def peers(seconds: float, points: int = 1) -> dict[str, Measured]:
    tools = {entry.tool for case in all_cases().values() for entry in case.entries} - {GEOFRONT, SCIPY_BY_DAY}
    return {tool: measured_in(seconds, points=points) for tool in sorted(tools)}


def test_time_is_the_median_and_peers_are_scaled_to_all_points():
    assert measured_in(3.0, 1.0, 2.0).seconds == 2.0
    tools = {GEOFRONT: measured_in(2.0, points=1200), **peers(1.0, points=12)}
    assert ratio(tools, LINOPY) == pytest.approx(50.0)
    page = results_page(all_cases(), {"sweep": tools}, quick=False, hours_file="")
    assert "(12 of 1200 points, scaled) | 100.00 | 50.0 |" in page


def test_targets_say_yes_where_they_are_met_and_no_where_not():
    names = (*all_cases(), "reproduce")
    slow = {name: {GEOFRONT: measured_in(100.0, megabytes=900.0), **peers(50.0)} for name in names}
    slow["year"][GEOFRONT] = measured_in(1e6, megabytes=900.0)
    assert {target.outcome(slow)[1] for target in targets()} == {"**no**"}
    fast = {name: {GEOFRONT: measured_in(1.0), **peers(1000.0)} for name in names}
    assert {target.outcome(fast)[1] for target in targets()} == {"yes"}
    assert set(fast) >= {target.case for target in targets()}


def test_growth_is_fitted_and_drawn_over_weeks_and_the_year():
    weeks = {f"growth-{n}": {GEOFRONT: measured_in(0.1 * n)} for n in (1, 4, 32)}
    measured = weeks | {"year": {GEOFRONT: measured_in(0.1 * 8760 / 168), LINOPY: measured_in(9.0)}}
    assert list(growth_table(measured).hours) == [168, 672, 5376, 8760]
    assert exponent(measured) == pytest.approx(1.0)
    assert len(growth_chart(measured).to_dict()["layer"]) == 2


def test_wide_instance_is_the_same_every_time_and_has_negative_prices():
    first, second = instances.wide(days=1), instances.wide(days=1)
    assert first.identical(second)
    assert dict(first.sizes) == {"client": 60, "service": 40, "region": 40, "workload": 4, "hour": 24}
    assert float(instances.wide(days=7).price.min()) < 0


def test_turns_of_the_explorer_are_timed_until_they_are_shown():
    from benchmarks.knobs import measure

    turns = (("carbon_price", 5.0), ("migration", False))
    turned = measure(Situation("some", turns, rest=0.01, repeats=2))
    assert {turn: len(record.runs) for turn, record in turned.items()} == {"carbon_price 5.0": 2, "migration off": 2}
    assert all(0.01 < record.seconds <= optimal_seconds(record) < 60 for record in turned.values())
    assert [len(record.runs) for record in measure(Situation("apart", turns[:1], rest=0.0)).values()] == [1]


def test_sliders_are_led_through_all_their_stops():
    from benchmarks.knobs import Stopwatch
    from geofront.explore import Explorer, Settings

    async def lead(**ends) -> list[Settings]:
        explorer, seen = Explorer(partial(gf.stylized, snapshots="day"), Settings(frictions=())), []
        panel = Stopwatch(explorer)
        explorer.observe(lambda change: seen.append(change.new), "settings")
        for knob, end in ends.items():
            assert all(seconds > 0 for seconds in await panel.time(knob, end, pace=0.0))
        return seen

    seen = asyncio.run(lead(headroom=0.0, network_budget=2000.0))
    assert [each.headroom for each in seen[:3]] == [0.1, 0.05, 0.0]
    assert [each.network_budget for each in seen[3:]] == [5000.0, 3000.0, 2000.0]


def test_turns_that_take_too_long_stand_out():
    at_once, rested, *_ = (situation.name for situation in SITUATIONS)
    measured = {at_once: {"demand_mw 950": turned(0.25, 0.25), "legal off": turned(LIMIT + 0.1, 0.75)},
                rested: {"demand_mw 950": turned(0.03, 0.03), "legal off": turned(0.04, LIMIT + 0.1)}}
    page = explorer_page(measured)
    assert "| demand_mw 950 | 0.25 | 0.25 | 0.03 | 0.03 |" in page
    assert f"| legal off | **{LIMIT + 0.1:.2f}** | **0.75** | 0.04 | **{LIMIT + 0.1:.2f}** |" in page
    assert (f"{at_once} | 1 of 2, median 0.42 s, longest 0.60 s; "
            "the optimum in 1 of 2, median 0.50 s, longest 0.75 s | **no** |") in page
    assert (f"{rested} | 2 of 2, median 0.04 s, longest 0.04 s; "
            "the optimum in 1 of 2, median 0.32 s, longest 0.60 s | yes |") in page
