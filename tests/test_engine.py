"""The engine finds the optimum of the plain formulation, by its structure, with shadow prices for every hour."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.errors import Infeasible
from geofront.model import formulation
from geofront.model.certificate import objective_of, prove
from geofront.model.problem import build_problem, demand_prices
from geofront.names import FRICTIONS, OBJECTIVES, SOLVERS
from geofront.solver import engine, hourly, preview
from geofront.solver.master import Master
from geofront.solver.origins import gather

AGREEMENT = 1e-7
"""Largest difference between the objectives of engine and formulation, relative to `scale`."""

WITHIN_TIE_BREAK = 1e-3
"""By how much the tie-break may move a shadow price in these instances [USD/MWh]."""

carbon_prices = st.sampled_from([0.0, 50.0])


def megawatts(numbers):
    return pytest.approx(np.array(numbers, float), abs=1e-6)


def scale(problem, objective):
    """The objective or, where that is smaller, one USD or kg per MWh of demand."""
    return max(abs(objective), float((problem.weight * problem.demand).sum()), 1.0)


def assert_optimal(problem, solver):
    """The engine's solution proves itself, and has the objective that the plain formulation finds."""
    solution = engine.solve(problem, solver)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    reference = objective_of(problem, formulation.solve(problem, solver).flow)
    assert objective_of(problem, solution.flow) == pytest.approx(
        reference, rel=0, abs=AGREEMENT * scale(problem, reference))
    return solution


@settings(max_examples=60)
@given(scenarios(), friction_subsets, st.sampled_from(OBJECTIVES), carbon_prices, st.sampled_from(SOLVERS))
def test_engine_equals_formulation(scenario, frictions, objective, carbon_price, solver):
    assert_optimal(build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=frictions),
                   solver)


def three_regions(**values):
    """Two clients, two classes, and in each of six hours another cheapest region."""
    blocks = {"hours": 6, "block": [1, 1, 2, 2, 2, 2]} | {
        name: values.pop(name) for name in ("hours", "block", "weight") if name in values}
    return tiny(**{
        "regions": "PQR", "clients": {"a": "P", "b": "Q"}, "workloads": "AB", **blocks,
        "demand": {"a": {"A": [4, 6, 8, 5, 3, 7], "B": 5}, "b": {"A": 3, "B": [2, 9, 4, 4, 1, 0]}},
        "price": {"P": [50, 70, 60, 20, 90, 40], "Q": [30, 80, 20, 50, 10, 60], "R": [20, 60, 50, 10, 70, 30]},
        "carbon": {"P": [500, 400, 100, 300, 0, 200], "Q": 300, "R": [100, 600, 200, 500, 300, 0]},
        "pue": {"P": 1.25, "Q": 1, "R": 1.5}, "capacity": {"P": 14, "Q": 13, "R": 6},
        "egress_request": 0.05, "upload": 40, "pinned_share": {"A": 0.5, "B": 0}, "regulated_share": 0.5,
        "lawful": {"a": [True, False, True], "b": [True, True, False]},
        "overhead_energy": 0.125, "overhead_cost": 1, "warmup": {"A": 0.125, "B": 0.5}, **values})


EVERY_SUBSET = [tuple(name for i, name in enumerate(FRICTIONS) if subset >> i & 1) for subset in range(32)]


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_subset_of_frictions(solver):
    scenario = three_regions()
    for frictions in EVERY_SUBSET:
        assert_optimal(build_problem(scenario, frictions=frictions, carbon_price=50), solver)


FLAT = {"P": 50, "Q": 50, "R": 50}

EDGES = {
    "one region": {"regions": "P", "clients": {"a": "P"}, "demand": {"a": {"A": [4, 6, 8, 5, 3, 7], "B": 5}},
                   "price": 40, "carbon": 0, "pue": 1, "capacity": 20, "lawful": True},
    "one hour": {"hours": 1, "block": 1, "demand": {"a": 4, "b": 5}, "price": {"P": 50, "Q": 30, "R": 20},
                 "carbon": 100},
    "blocks of one hour": {"block": range(6)},
    "blocks of differing lengths": {"block": [1, 2, 2, 3, 3, 3]},
    "blocks in two threads": {"block": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 7, 8, 8], "hours": 17,
                              "demand": {"a": {"A": range(17), "B": 2}, "b": 3}, "capacity": {"P": 19, "Q": 12, "R": 9},
                              "price": {"P": 50, "Q": [30, 60] * 8 + [20], "R": [20] + [70, 10] * 8}, "carbon": 100},
    "negative prices": {"price": {"P": [-40, 70, -60, 20, -90, 40], "Q": -30, "R": [20, -60, 50, -10, 70, -30]}},
    "negative mean prices": {"price": {"P": -10, "Q": -30, "R": [20, -60, 50, -110, 70, -30]}},
    "no demand": {"demand": 0},
    "no demand in some hours": {"demand": {"a": {"A": [0, 6, 0, 0, 3, 0], "B": [0, 5, 0, 0, 1, 2]}, "b": 0}},
    "capacity of demand only": {"capacity": {"P": [9, 11, 13, 10, 8, 12], "Q": [5, 12, 7, 7, 4, 3], "R": 0}},
    "unlimited capacity": {"capacity": np.inf},
    "ties": {"price": FLAT, "carbon": 100, "pue": 1, "overhead_energy": 0, "overhead_cost": 0,
             "egress_request": 0},
    "ties of prices over hours": {"price": {"P": [50, 60] * 3, "Q": [60, 50] * 3, "R": 55}},
    "all pinned": {"pinned_share": 1},
    "all regulated": {"regulated_share": 1},
    "out of reach": {"latency_budget": 20},
    "unequal weights": {"weight": [1, 30, 0.5, 2, 2, 8]},
    "unequal weights in common": {"block": [1, 1, 2, 2, 3, 3], "weight": [1, 2, 3, 6, 1, 3]},
    "home too small": {"capacity": {"P": 8, "Q": 13, "R": 12}, "pinned_share": 0, "regulated_share": 0},
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge, solver):
    for frictions in (FRICTIONS, ("capacity",)):
        for objective in OBJECTIVES:
            problem = build_problem(three_regions(**EDGES[edge]), frictions=frictions, objective=objective)
            assert_optimal(problem, solver)


def test_warm_blocks_do_not_depend_on_those_before():
    """A block may begin with what the one before has; each is solved as it would be alone."""
    problem = build_problem(three_regions(block=[1, 1, 2, 2, 3, 3], price={"P": 50, "Q": [10, 90, 30, 30, 90, 20],
                                                                           "R": [90, 40, 60, 0, 20, 90]}))
    assert problem.coupled
    together = engine.solve(problem)
    for hours in problem.blocks():
        alone = engine.solve(problem.at(hours))
        assert together.flow[..., hours] == pytest.approx(alone.flow, abs=1e-9)


@pytest.mark.parametrize(("module", "name"), [(engine, "CHUNK"), (hourly, "TOGETHER")])
def test_chunks_of_hours_are_joined(module, name, monkeypatch):
    problem = build_problem(three_regions(), frictions=("capacity", "legal"))
    whole = engine.solve(problem)
    assert whole.capacity_price.any()
    monkeypatch.setattr(module, name, 4)
    parts = engine.solve(problem)
    assert parts.flow == pytest.approx(whole.flow, abs=1e-9)
    assert parts.capacity_price == pytest.approx(whole.capacity_price, abs=1e-9)


@pytest.mark.parametrize(("values", "frictions"), [({"demand": 0}, FRICTIONS), ({"capacity": 1000}, ("capacity",)),
                                                   ({}, ("locality", "legal"))])
def test_no_program_where_no_capacity_binds(values, frictions, monkeypatch):
    problem = build_problem(three_regions(**values), frictions=frictions)
    monkeypatch.delattr(hourly, "HourProgram")
    solution = engine.solve(problem)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)


def built(monkeypatch, module, name):
    """Every instance of a module's class that is built, in order."""
    instances, kind = [], getattr(module, name)

    class Counted(kind):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            instances.append(self)

    monkeypatch.setattr(module, name, Counted)
    return instances


@pytest.fixture
def masters(monkeypatch):
    return built(monkeypatch, engine, "Master")


@pytest.fixture
def hour_programs(monkeypatch):
    return built(monkeypatch, hourly, "HourProgram")


def test_one_program_serves_all_hours_and_every_block_has_its_own(masters, hour_programs):
    engine.solve(build_problem(three_regions(), frictions=("capacity",)))
    assert (len(masters), len(hour_programs)) == (0, 1)
    engine.solve(build_problem(three_regions(block=[1, 1, 2, 2, 3, 3], weight=[1, 1, 4, 4, 1, 2])))
    assert [(master.weight / master.weight[0]).tolist() for master in masters] == [[1, 1], [1, 1], [1, 2]]
    assert len(hour_programs) == 2


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("first", ["Q", "R"])
def test_classes_of_one_home_do_not_leave_the_choice_to_the_solver(solver, first):
    """Q and R each have room for one class, at the same rtt and no matter which: A gets Q, wherever one begins."""
    problem = build_problem(tiny(regions="PQR", workloads="AB", price={"P": 50, "Q": 20, "R": 30},
                                 capacity={"P": 100, "Q": 10, "R": 10}))
    placed = np.zeros((2, 3, 1))
    placed[[0, 1], ["PQR".index(first), "PRQ".index(first)]] = 10
    found, _, _ = Master(problem, gather(problem), solver, placed=placed).solve(problem)
    assert found[..., 0] == megawatts([[0, 10, 0], [0, 0, 10]])


@settings(max_examples=40)
@given(scenarios(), st.sampled_from(OBJECTIVES), st.sampled_from(SOLVERS), st.data())
def test_a_program_may_begin_anywhere(scenario, objective, solver, data):
    """Even where capacities could not hold it, at whatever shadow prices, and again from there with other prices."""
    problem = build_problem(scenario, objective=objective)
    hourly = data.draw(st.booleans())
    origins = gather(problem)
    for hours in problem.blocks():
        block = problem.at(hours)
        chance = np.random.default_rng(data.draw(st.integers(0, 2**16)))
        shares = chance.random((*origins.reach.shape, len(hours))) ** 4 * origins.reach[..., None]
        placed = shares / shares.sum(axis=1, keepdims=True) * origins.demand(block)[:, None]
        paid = objective_of(block, origins.flows(block, placed)) - objective_of(block, origins.flows(block, 0 * placed))
        assert origins.cost(block, placed) == pytest.approx(paid, rel=1e-9, abs=1e-6)
        hourly_price = 50 * chance.random(block.price.shape) if hourly else None
        master = Master(block, origins, solver, coupled=True, placed=placed, hourly_price=hourly_price)
        for each in (block, replace(block, price=block.price[::-1], demand=block.demand / 2)):
            found, capacity_price, warmup_price = master.solve(each)
            prove(each, origins.flows(each, found), capacity_price, warmup_price)


def test_a_block_begins_with_what_is_cheapest_where_it_fits(masters):
    """Hours by themselves would go back and forth; once a block stays, the next like it begins there."""
    price = {"P": 50, "Q": [48, 52, 48, 52]}
    alike = build_problem(tiny(hours=4, block=[1, 1, 2, 2], price=price, warmup=0.5))
    engine.solve(alike)
    first, second = masters
    assert first.base.tolist() == [[1, 0]]
    assert second.base.tolist() == [[0, 0]]
    masters.clear()
    capacity = {"P": [100, 100, 9, 100], "Q": 100}
    engine.solve(build_problem(tiny(hours=4, block=[1, 1, 2, 2], price=price, warmup=0.5, capacity=capacity)))
    assert masters[1].base.tolist() == [[1, 0]]


def test_a_program_holds_few_of_its_columns(masters):
    problem = build_problem(gf.stylized(snapshots="day"))
    solution = engine.solve(problem)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    (master,) = masters
    assert master.pool.sum() < 0.5 * master.reach.sum() * master.hours


def binding(**values):
    """10 MW at home P for 50 USD; Q costs 20 USD in the first and last hour only, and holds 4 MW then.

    The middle hour Q costs 60 USD, so that all stays at home.
    """
    return tiny(hours=3, price={"P": 50, "Q": [20, 60, 20]}, capacity={"P": 100, "Q": [4, 100, 4]}, **values)


@pytest.mark.parametrize("solver", SOLVERS)
def test_shadow_prices_of_every_hour(solver):
    """A MW of capacity in Q saves 30 USD where it binds; demand costs what home costs where it does."""
    problem = build_problem(binding())
    solution = engine.solve(problem, solver)
    assert solution.flow[0, :, 0] == megawatts([[6, 10, 6], [4, 0, 4]])
    assert solution.capacity_price == pytest.approx(np.array([[0, 0, 0], [30, 0, 30]]), abs=WITHIN_TIE_BREAK)
    prices = demand_prices(problem, solution.capacity_price, solution.warmup_price)
    assert prices[0, 0] == pytest.approx([50, 50, 50], abs=WITHIN_TIE_BREAK)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("weight", "in_q", "saving"), [([2, 2, 2], [4, 4, 4], 2 * 60), ([1, 5, 1], [4, 0, 4], 59)])
def test_shadow_prices_follow_the_weights(weight, in_q, saving, solver):
    """Q saves 30 and 32 USD in the outer hours and loses 2 in the middle; coming up costs 0.1 · 30 = 3 USD.

    Hours of equal weight: staying up loses less than coming up again, and the ring saves 30 + 32 − 2. Where the
    middle hour stands for five, it does not, and 4 MW come up in the last hour: 30 + 32 − 3 USD per MW.
    """
    scenario = tiny(hours=3, price={"P": 50, "Q": [20, 52, 18]}, capacity={"P": 100, "Q": 4}, warmup=0.1,
                    weight=weight)
    solution = assert_optimal(build_problem(scenario), solver)
    assert solution.flow[0, 1, 0] == megawatts(in_q)
    assert solution.capacity_price[1] @ weight == pytest.approx(saving, abs=WITHIN_TIE_BREAK)


@settings(max_examples=20)
@given(scenarios(), friction_subsets, st.sampled_from(SOLVERS))
def test_shadow_prices_bound_what_more_capacity_saves(scenario, frictions, solver):
    """One more MW in every region and hour saves at most the sum of the prices: the optimum is convex in them."""
    problem = build_problem(scenario, frictions=frictions)
    solution = engine.solve(problem, solver)
    best = objective_of(problem, solution.flow)
    worth = float((problem.weight * solution.capacity_price).sum())
    assert solution.capacity_price.shape == problem.capacity.shape
    assert (solution.capacity_price >= 0).all()
    more = objective_of(problem, engine.solve(replace(problem, capacity=problem.capacity + 1), solver).flow)
    assert best - worth <= more + AGREEMENT * scale(problem, best)


def too_small(**values):
    """20 MW at home P in the second hour, where P holds 12 and Q 5: 3 MW have no place."""
    return tiny(clients={"a": "P", "b": "P"}, hours=2, capacity={"P": 12, "Q": 5},
                demand={"a": 0, "b": [10, 20]}, price={"P": 50, "Q": 20}, **values)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("warmup", [0, 0.5])
def test_missing_capacity_is_named(solver, warmup):
    with pytest.raises(Infeasible) as caught:
        engine.solve(build_problem(too_small(warmup=warmup)), solver)
    message = str(caught.value)
    assert message.startswith("the capacities cannot hold the demand: 3 MW find no place in 1 combination(s)")
    assert "P at 2023-03-21T01:00, class A: 3 MW (clients b)" in message
    assert "raise 'capacity' there, lower 'demand', or allow more regions" in message


def test_missing_capacity_is_named_for_all_hours_of_a_block():
    scenario = tiny(hours=3, capacity={"P": 12, "Q": 5}, demand=[20, 10, 19], price={"P": 50, "Q": 20}, warmup=0.5)
    with pytest.raises(Infeasible, match=r"5 MW find no place in 2 combination") as caught:
        engine.solve(build_problem(scenario))
    assert "P at 2023-03-21T00:00, class A: 3 MW" in str(caught.value)
    assert "P at 2023-03-21T02:00, class A: 2 MW" in str(caught.value)


def test_missing_capacity_of_demand_that_must_stay():
    """All of it pinned, the 5 MW in Q are no help: 8 MW have no place."""
    with pytest.raises(Infeasible, match=r"8 MW find no place.* P at 2023-03-21T01:00, class A: 8 MW"):
        engine.solve(build_problem(too_small(pinned_share=1)))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("warmup", [0, 0.5])
def test_a_program_recovers_from_a_shortage(solver, warmup):
    problem = build_problem(too_small(warmup=warmup))
    ample = replace(problem, capacity=problem.capacity + 4)
    master = Master(problem, gather(problem), solver, coupled=True)
    assert master.coupled
    with pytest.raises(Infeasible):
        master.solve(problem)
    placed, capacity_price, _ = master.solve(ample)
    assert placed[0] == megawatts([[1, 11], [9, 9]])
    assert (capacity_price[1] > 0).all()


def test_unknown_solver_is_refused_where_none_is_needed():
    with pytest.raises(gf.GeofrontError, match="solver='Abacus' is unknown: use one of CBC, HiGHS"):
        engine.solve(build_problem(tiny()), "Abacus")


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_are_silent(solver, capfd):
    engine.solve(build_problem(three_regions()), solver)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


@settings(max_examples=30)
@given(scenarios(), friction_subsets, st.lists(st.sampled_from([0.0, 20.0, 80.0]), min_size=2, max_size=3),
       st.sampled_from(SOLVERS))
def test_a_warm_start_changes_nothing(scenario, frictions, prices, solver):
    """Other carbon prices, a change of frictions and back: each placement is as if it were the first."""
    warm = engine.WarmStart()
    for price in prices:
        for active in (frictions, (*set(FRICTIONS) - {"locality"},), frictions):
            problem = build_problem(scenario, carbon_price=price, frictions=active)
            solution = engine.solve(problem, solver, warm)
            prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
            alone = objective_of(problem, engine.solve(problem, solver).flow)
            assert objective_of(problem, solution.flow) == pytest.approx(
                alone, rel=0, abs=AGREEMENT * scale(problem, alone))


@pytest.fixture
def however_far(monkeypatch):
    """Kept programs are gone on from, whatever has become of the figures."""
    monkeypatch.setattr("geofront.solver.master.MOST_DISPLACED", np.inf)
    monkeypatch.setattr("geofront.solver.master.MOST_LOST", np.inf)


def test_a_warm_start_keeps_programs_while_only_figures_change(masters, however_far):
    warm, scenario = engine.WarmStart(), three_regions(pinned_share=0.25, egress_request=0.02, upload=100)
    for changed in ({}, {"carbon_price": 50}, {"frictions": ("migration", "egress", "legal")},
                    {"frictions": ("migration", "legal")}, {"objective": "carbon"}):
        engine.solve(build_problem(scenario, **changed), warm_start=warm)
        assert len(masters) == 2


def test_a_warm_start_keeps_programs_of_the_last_few_kinds(masters):
    """Law is not a figure: each of the two blocks has one program with it and one without."""
    warm, scenario = engine.WarmStart(kinds=2), three_regions()
    for frictions, seen in [(FRICTIONS, 2), (("migration",), 4), (FRICTIONS, 4), (("legal",), 4), (FRICTIONS, 4),
                            (("migration",), 6)]:
        engine.solve(build_problem(scenario, frictions=frictions), warm_start=warm)
        assert len(masters) == seen, frictions


@pytest.mark.parametrize("frictions", [FRICTIONS, ("capacity",)], ids=["coupled", "independent"])
def test_an_interrupted_warm_start_places_again_once_resumed(frictions, masters, hour_programs):
    warm, scenario = engine.WarmStart(), three_regions()
    problem = build_problem(scenario, frictions=frictions)
    engine.solve(problem, warm_start=warm)
    kept = [*masters, *hour_programs]
    warm.interrupt()
    with pytest.raises(engine.Interrupted, match="no longer wanted"):
        engine.solve(build_problem(scenario, frictions=frictions, carbon_price=50), warm_start=warm)
    warm.resume()
    solution = engine.solve(problem, warm_start=warm)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    assert [*masters, *hour_programs] == kept


def test_what_goes_on_from_kept_programs_may_be_spared_an_interruption():
    warm, scenario = engine.WarmStart(), three_regions()
    engine.solve(build_problem(scenario), warm_start=warm)
    warm.interrupt(short=False)
    problem = build_problem(scenario, carbon_price=1)
    solution = engine.solve(problem, warm_start=warm)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    with pytest.raises(engine.Interrupted):
        engine.solve(build_problem(scenario, frictions=("migration", "capacity")), warm_start=warm)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_preview_places_every_hour_by_itself(solver, objective):
    """What is minimised is between what the preview comes to without warm-up and with it."""
    problem, seen = build_problem(three_regions(), objective=objective, carbon_price=20), []
    least = objective_of(problem, engine.solve(problem, solver, preview=seen.append).flow)
    uncoupled = replace(problem, warmup=np.zeros_like(problem.warmup))
    assert len(seen) == 1
    assert seen[0] == megawatts(engine.solve(uncoupled, solver).flow)
    assert objective_of(uncoupled, seen[0]) < least < objective_of(problem, seen[0])


def test_a_preview_of_two_threads_has_every_block_by_the_hour_or_solved(monkeypatch):
    """Which, depends on how far one is when the other has placed its hours."""
    monkeypatch.setattr(engine, "PARALLEL_BLOCKS", 2)
    problem, seen = build_problem(three_regions(), carbon_price=20), []
    optimum = engine.solve(problem, preview=seen.append).flow
    by_hour = engine.solve(replace(problem, warmup=np.zeros_like(problem.warmup))).flow
    assert len(seen) == 1
    for hours in problem.blocks():
        flow = seen[0][..., hours]
        assert flow == megawatts(by_hour[..., hours]) or flow == megawatts(optimum[..., hours])


def test_a_preview_has_the_optimum_of_blocks_that_went_on_from_kept_programs(monkeypatch):
    monkeypatch.setattr(engine, "PARALLEL_BLOCKS", 2)
    monkeypatch.setattr(preview, "DUE_AFTER", 60)
    warm, seen, problem = engine.WarmStart(), [], build_problem(three_regions(), carbon_price=1)
    engine.solve(build_problem(three_regions()), warm_start=warm)
    monkeypatch.setattr(Master, "is_near", lambda master, block: len(block.weight) == 2)
    optimum = engine.solve(problem, warm_start=warm, preview=seen.append).flow
    uncoupled = replace(problem, warmup=np.zeros_like(problem.warmup))
    assert len(seen) == 1
    assert seen[0][..., :2] == megawatts(optimum[..., :2])
    assert seen[0][..., 2:] == megawatts(engine.solve(uncoupled).flow[..., 2:])


def test_a_preview_that_is_overdue_does_not_wait_for_kept_programs(monkeypatch):
    monkeypatch.setattr(preview, "DUE_AFTER", -1)
    warm, seen, problem = engine.WarmStart(), [], build_problem(three_regions(), carbon_price=1)
    engine.solve(build_problem(three_regions()), warm_start=warm)
    solution = engine.solve(problem, warm_start=warm, preview=seen.append)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    assert len(seen) == 1
    assert seen[0] == megawatts(engine.solve(replace(problem, warmup=np.zeros_like(problem.warmup))).flow)


def test_no_preview_where_there_is_nothing_to_wait_for_or_no_placement(monkeypatch):
    monkeypatch.setattr(preview, "DUE_AFTER", 60)
    warm, seen = engine.WarmStart(), []
    engine.solve(build_problem(three_regions()), warm_start=warm)
    engine.solve(build_problem(three_regions(), carbon_price=1), warm_start=warm, preview=seen.append)
    engine.solve(build_problem(three_regions(), frictions=("capacity",)), preview=seen.append)
    with pytest.raises(Infeasible):
        engine.solve(build_problem(three_regions(capacity=1)), preview=seen.append)
    assert seen == []


def test_an_interruption_takes_effect_before_the_next_run_of_the_solver(monkeypatch):
    """The second run of the solver does not begin, and what it would have found is found afterwards."""
    warm, problem, runs = engine.WarmStart(), build_problem(three_regions()), []

    def optimise(model):
        runs.append(model)
        warm.interrupt()
        return formulation.optimise(model)

    with monkeypatch.context() as patch:
        patch.setattr("geofront.solver.program.optimise", optimise)
        with pytest.raises(engine.Interrupted):
            engine.solve(problem, warm_start=warm)
    assert len(runs) == 1
    warm.resume()
    solution = engine.solve(problem, warm_start=warm)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)


@pytest.mark.parametrize("solver", SOLVERS)
def test_kept_programs_are_given_up_after_too_many_pivots(monkeypatch, masters, however_far, solver):
    """The first of them reaches its limit; that of the second block is not tried any more."""
    warm, scenario = engine.WarmStart(), three_regions()
    engine.solve(build_problem(scenario), solver, warm)
    assert [master.solves for master in masters] == [1, 1]
    monkeypatch.setattr(engine, "MOST_PIVOTS", 1)
    problem = build_problem(scenario, carbon_price=1000)
    solution = engine.solve(problem, solver, warm)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    assert [master.solves for master in masters] == [2, 1, 1, 1]
    engine.solve(problem, solver, warm)
    assert [master.solves for master in masters] == [2, 1, 2, 2]


def test_far_from_kept_programs_only_that_of_single_hours_goes_on(masters, hour_programs, monkeypatch):
    """Of two blocks only the first is asked whether it is near."""
    warm, scenario, asked = engine.WarmStart(), three_regions(), []
    engine.solve(build_problem(scenario), warm_start=warm)
    monkeypatch.setattr(Master, "is_near", lambda master, _: asked.append(master))
    problem = build_problem(scenario, carbon_price=50)
    solution = engine.solve(problem, warm_start=warm)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    assert asked == masters[:1]
    assert (len(masters), len(hour_programs)) == (4, 1)


@pytest.mark.parametrize(("room", "dearer", "demand", "seen"), [
    (1.0, 1.0, 1.0, 2), (2.0, 1.0, 1.0, 2), (0.9, 1.0, 0.9, 2), (0.1, 1.0, 1.0, 4), (1.0, 1.05, 1.0, 2),
    (1.0, 3.0, 1.0, 4)])
def test_kept_programs_are_given_up_where_their_placement_fits_ill(masters, room, dearer, demand, seen):
    """R is the cheapest in some hours of both blocks, and takes all that it can in those."""
    warm, problem = engine.WarmStart(), build_problem(three_regions())
    there = (problem.labels["region"] == "R")[:, None]
    changed = replace(problem, capacity=np.where(there, room, demand) * problem.capacity,
                      price=np.where(there, dearer, 1.0) * problem.price, demand=demand * problem.demand)
    for each in (problem, changed):
        solution = engine.solve(each, warm_start=warm)
        prove(each, solution.flow, solution.capacity_price, solution.warmup_price)
    assert len(masters) == seen


def test_a_warm_start_survives_blocks_without_demand():
    warm, problem = engine.WarmStart(), build_problem(three_regions())
    rested = replace(problem, demand=np.where(problem.block == 1, 0.0, problem.demand))
    for each in (problem, rested, problem):
        solution = engine.solve(each, warm_start=warm)
        prove(each, solution.flow, solution.capacity_price, solution.warmup_price)


@pytest.mark.parametrize("choices", [{}, {"objective": "carbon"}], ids=["cost", "carbon"])
def test_the_optimum_does_not_depend_on_the_way_to_it(choices):
    """What runs where, by home and class, is the same from another optimum on, and by another solver.

    Least carbon leaves much to the tie-break.
    """
    warm, scenario = engine.WarmStart(), gf.stylized()
    problem = build_problem(scenario, **choices)
    engine.solve(build_problem(scenario, carbon_price=200), warm_start=warm)
    homes = np.arange(len(problem.home_region))[:, None] == problem.home
    first, *others = (
        np.tensordot(homes, engine.solve(problem, solver, start).flow, 1)
        for solver, start in (("CBC", None), ("CBC", warm), ("HiGHS", None)))
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_warm_start_survives_a_shortage(solver):
    warm = engine.WarmStart()
    ample = build_problem(three_regions())
    for _ in range(2):
        solution = engine.solve(ample, solver, warm)
        prove(ample, solution.flow, solution.capacity_price, solution.warmup_price)
        with pytest.raises(Infeasible):
            engine.solve(replace(ample, capacity=ample.capacity * 0.1), solver, warm)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("size", [1e-4, 1e4])
def test_size_of_the_demand_does_not_matter(size, solver):
    problem = build_problem(three_regions(), carbon_price=1000)
    sized = replace(problem, demand=size * problem.demand, capacity=size * problem.capacity)
    np.testing.assert_allclose(assert_optimal(sized, solver).flow / size, engine.solve(problem, solver).flow, atol=1e-5)
