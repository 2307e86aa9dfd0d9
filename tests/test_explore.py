"""The explorer: what each knob does, what is remembered, and what the widgets and the picture make of it."""

import asyncio
import json
import re
import threading
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import SimpleNamespace

import pytest
import traitlets
import vl_convert

import geofront as gf
from geofront.explore import Explorer, Settings, picture, reading
from geofront.explore import explorer as module
from geofront.explore.ahead import turns_ahead
from geofront.explore.datasets import FIRST, PRESENT, change, datasets
from geofront.explore.knobs import make_knobs, settings_of, turn
from geofront.explore.live_chart import DRAWN
from geofront.explore.panel import Panel, panel
from geofront.explore.picture import FRAME
from geofront.explore.settings import BUDGETS
from geofront.quantities.frontier import NETWORK_BUDGETS
from geofront.quantities.layers import layer_of_home
from geofront.solver.engine import Interrupted

panel_module = import_module("geofront.explore.panel")  # the package has a function of that name

KNOBS = {
    "carbon_price": 80.0, "carbon_signal": "average", "network_budget": 100.0, "demand_mw": 500.0, "headroom": 0.4,
}
DATASETS = {"flows", "arrows", "regions", "layers", "cost", "carbon", "frontier", "position"}


def explorer(**settings) -> Explorer:
    return Explorer(partial(gf.stylized, snapshots="day"), Settings(**settings))


@pytest.fixture(scope="module")
def shared() -> Explorer:
    """One explorer for the tests that do not count placements; each begins by turning all knobs back."""
    return explorer()


@pytest.fixture
def at_first(shared) -> Explorer:
    shared.reset()
    shared.shown = "all"
    return shared


@pytest.fixture
def count(monkeypatch) -> list:
    """Carbon prices of the placements made from now on."""
    made = []

    def place(*args, **options):
        made.append(options["carbon_price"])
        return gf.place(*args, **options)

    monkeypatch.setattr(module, "place", place)
    return made


def test_reading_says_what_the_placement_says(at_first):
    at_first.change(carbon_price=80.0, frictions=("capacity", "locality"), price_factors=(("us-texas", 3.0),))
    reading, placement = at_first.reading(), at_first.place()
    totals, base = gf.totals(placement), gf.totals(gf.local(at_first.scenario(), carbon_price=80.0))
    assert reading.cost_per_mwh == pytest.approx(totals.cost_per_mwh)
    assert reading.carbon_per_mwh == pytest.approx(totals.carbon_per_mwh)
    assert reading.local_cost_per_mwh == pytest.approx(base.cost_per_mwh)
    assert reading.local_carbon_per_mwh == pytest.approx(base.carbon_per_mwh)
    assert reading.relocated_share == pytest.approx(gf.compare({"it": placement}).relocated_share["it"])
    assert reading.flow.sum() == pytest.approx(1000.0)
    assert placement.attrs["frictions"] == ("locality", "capacity")


def test_reading_of_classes_adds_up_to_the_whole(at_first):
    reading = at_first.reading()
    parts = [reading.of([number]) for number in range(len(at_first.classes))]
    for name in ("flow", "cost", "emissions", "local_cost", "local_emissions", "demand"):
        assert sum(getattr(part, name).sum() for part in parts) == pytest.approx(getattr(reading, name).sum())
    at_first.shown = "D"
    assert at_first.shown_reading().cost_per_mwh == parts[3].cost_per_mwh != reading.cost_per_mwh


@pytest.mark.parametrize(("name", "value"), KNOBS.items())
def test_every_setting_reaches_the_scenario_or_the_placement(at_first, name, value):
    at_first.change(**{name: value})
    scenario, first = at_first.scenario(), at_first.scenario(at_first.at_first)
    if name == "carbon_price":
        assert at_first.place().attrs["carbon_price"] == value
    elif name == "carbon_signal":
        assert scenario.attrs["carbon_signal"] == value
    elif name == "network_budget":
        assert (scenario.latency_budget == scenario.service_time + value).all()
    elif name == "demand_mw":
        assert float(scenario.demand.sum()) == pytest.approx(value / 1000 * float(first.demand.sum()))
    else:
        assert (scenario.capacity > first.capacity).all()


def test_price_factors_multiply_the_first_price_and_leave_it_unharmed(at_first):
    before = at_first.scenario().price.copy(deep=True)
    for factor in (0.5, 0.7):
        at_first.settings = at_first.settings.with_price_factor("br-saopaulo", factor)
    at_first.settings = at_first.settings.with_price_factor("us-texas", 2)
    price = at_first.scenario().price
    assert price.sel(region="br-saopaulo").values == pytest.approx(0.7 * before.sel(region="br-saopaulo").values)
    assert price.sel(region="us-texas").values == pytest.approx(2 * before.sel(region="us-texas").values)
    assert price.attrs == before.attrs
    assert at_first.scenario(at_first.at_first).price.identical(before)
    back = at_first.settings.with_price_factor("us-texas", 1).with_price_factor("br-saopaulo", 1.0)
    assert back == at_first.at_first


def test_frontier_is_that_of_the_package(at_first):
    at_first.change(carbon_price=30.0)
    for budget in BUDGETS[::6]:
        at_first.reading(replace(at_first.settings, network_budget=budget))
    sweep = gf.sweep(at_first.scenario(), network_budgets=BUDGETS[::6], carbon_prices=[30.0])
    cost = [float(reading.cost.sum()) for reading in at_first.frontier().values()]
    assert list(at_first.frontier()) == list(BUDGETS[::6])
    assert cost == pytest.approx(sweep.cost.values.ravel())


def test_nothing_is_placed_twice(count):
    each = explorer()
    each.reading()
    each.change(carbon_price=20.0)
    each.reading()
    each.shown = "A"
    each.shown_reading()
    each.reset()
    each.reading()
    assert count == [0.0, 20.0]


def test_interrupted_trace_goes_on_where_it_stopped(count, monkeypatch):
    each = explorer(frictions=())
    with monkeypatch.context() as patch:
        patch.setattr(reading, "layer_of_home", lambda *_: 1 / 0 if len(count) == 3 else layer_of_home(*_))
        with pytest.raises(ZeroDivisionError):
            each.trace()
    assert (each.traced, list(each.frontier())) == (2, list(BUDGETS[:2]))
    each.trace()
    assert (each.traced, list(each.frontier())) == (len(BUDGETS), list(BUDGETS))
    assert len(count) == len(BUDGETS) + 1
    each.trace()
    assert len(count) == len(BUDGETS) + 1


def test_of_many_hours_fewer_budgets_are_traced(monkeypatch):
    """Which are stops of the slider; those that it was turned to are drawn as well."""
    monkeypatch.setattr(module, "EXACT_HOURS", 23)
    each = explorer(frictions=())
    each.change(network_budget=75.0)
    each.reading()
    each.trace()
    assert set(NETWORK_BUDGETS) < set(BUDGETS)
    assert list(each.frontier()) == sorted([75.0, *NETWORK_BUDGETS])
    assert each.missing() == []


def test_unknown_classes_and_regions_are_refused(at_first):
    with pytest.raises(gf.GeofrontError, match=r"shown='E' is no class: use 'all' or one of 'A'"):
        at_first.shown = "E"
    with pytest.raises(gf.GeofrontError, match=r"no region 'atlantis': use one of 'us-virginia'"):
        at_first.scenario(at_first.settings.with_price_factor("atlantis", 2))
    with pytest.raises(TypeError, match="carbon_tax"):
        at_first.change(carbon_tax=1)
    with pytest.raises(traitlets.TraitError):
        at_first.settings = None


def test_rows_of_the_picture(at_first):
    rows, reading = datasets(at_first, FRAME), at_first.reading()
    assert set(rows) == DATASETS
    json.dumps(rows, allow_nan=False)
    assert len(rows["flows"]) == len(rows["arrows"]) > 3
    assert all(row["home"] != row["region"] and row["percent"] >= 0.2 for row in rows["flows"])
    assert sum(row["percent"] for row in rows["regions"]) == pytest.approx(100, abs=0.01)
    assert sum(row["mw"] for row in rows["regions"]) == pytest.approx(1000, abs=0.1)
    by_class = {row["workload"]: row["end"] for row in rows["layers"] if row["layer"] == "energy-oriented"}
    assert by_class == dict.fromkeys(["all", *at_first.classes], pytest.approx(1))
    local = next(row["share"] for row in rows["layers"] if row["workload"] == "all")
    assert local == pytest.approx(1 - reading.relocated_share, abs=1e-4)
    assert [row["value"] for row in rows["cost"]] == pytest.approx(
        [reading.local_cost_per_mwh, reading.cost_per_mwh], abs=1e-3)
    assert rows["position"] == [{"budget": None, "cost": pytest.approx(reading.cost_per_mwh, abs=1e-3), "own": True}]


def test_rows_follow_the_class_that_is_shown(at_first):
    whole = datasets(at_first, FRAME)
    at_first.shown = "D"
    of_class = datasets(at_first, FRAME)
    assert sum(row["mw"] for row in of_class["regions"]) == pytest.approx(150, abs=0.1)
    assert of_class["cost"] != whole["cost"]
    for name in ("layers", "frontier", "position"):
        assert of_class[name] == whole[name]


def test_frontier_rows_tell_the_present_from_the_first(at_first):
    at_first.reading(replace(at_first.at_first, network_budget=300.0))
    assert {row["line"] for row in datasets(at_first, FRAME)["frontier"]} == {PRESENT}
    at_first.change(headroom=0.5, network_budget=300.0)
    rows = datasets(at_first, FRAME)
    assert {row["line"] for row in rows["frontier"]} == {PRESENT, FIRST}
    now = next(row for row in rows["frontier"] if row["line"] == PRESENT)
    assert rows["position"] == [{"budget": 300.0, "cost": now["cost"], "own": False}]


@pytest.mark.parametrize(("value", "base", "text"), [
    (61.7, 101.4, "−39 %"), (110, 100, "+10 %"), (99.7, 100, "−0.3 %"), (100, 100, "+0.0 %"), (1, 0, "")])
def test_changes_in_words(value, base, text):
    assert change(value, base) == text


def test_picture_holds_its_rows_by_name_and_shows_them(at_first):
    chart = picture(at_first)
    spec = chart.to_dict()
    names = set(re.findall(r'"name": "(\w+)"', json.dumps(spec)))
    assert names >= DATASETS
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.1", allowed_base_urls=[])
    for text in ("Cost [USD/MWh]", "Emissions [kg/MWh]", "Network budget [ms]", "energy-oriented", "São Paulo",
                 f"{at_first.reading().cost_per_mwh:.3g}", "own budgets"):
        assert text in svg
    assert f"{at_first.reading().cost_per_mwh:.1f} USD/MWh" in spec["description"]


def test_every_knob_turns_its_setting_and_back():
    each = explorer(frictions=())
    shown = Panel(each)
    for name, value in KNOBS.items():
        shown.knobs[name].value = value
        assert each.settings == Settings(**{"frictions": ()} | {name: value})
        each.reset()
        assert shown.knobs[name].value != value
    shown.knobs["legal"].value = True
    assert each.settings == Settings(frictions=("legal",))
    shown.knobs["shown"].value = "B"
    assert each.shown == "B"


def test_rounding_of_a_slider_in_the_page_is_no_change(count):
    each = explorer(frictions=())
    Panel(each).knobs["demand_mw"].value = 999.9999999999999
    assert each.settings == each.at_first
    assert count == [0.0]


def test_factor_knob_belongs_to_the_region_that_is_chosen():
    each = explorer(frictions=())
    knobs = Panel(each).knobs
    knobs["region"].value = "br-saopaulo"
    knobs["factor"].value = 0.5
    knobs["region"].value = "us-texas"
    assert knobs["factor"].value == 1
    knobs["factor"].value = 2
    assert each.settings.price_factors == (("br-saopaulo", 0.5), ("us-texas", 2.0))
    knobs["region"].value = "br-saopaulo"
    assert knobs["factor"].value == 0.5
    each.reset()
    assert knobs["factor"].value == 1


def test_knobs_reach_beyond_their_ends_and_between_their_stops():
    unusual = {"carbon_price": 1000.0, "demand_mw": 10.0, "headroom": 2.0, "network_budget": 77.0}
    first, later = explorer(frictions=(), **unusual), explorer(frictions=())
    for each, knobs in ((first, Panel(first).knobs), (later, Panel(later).knobs)):
        each.change(**unusual)
        assert {name: knobs[name].value for name in unusual} == unusual
        knobs["carbon_signal"].value = "ifi"
        assert each.settings == Settings(frictions=(), carbon_signal="ifi", **unusual)


def test_numbers_and_rows_follow_the_knobs_and_the_code():
    each = explorer(frictions=())
    shown = Panel(each)
    numbers, spec = shown.numbers.value, shown.chart.spec
    assert f"<b>{each.reading().cost_per_mwh:.1f} USD/MWh</b>" in numbers
    shown.knobs["carbon_price"].value = 50
    assert f"<b>{each.reading().cost_per_mwh:.1f} USD/MWh</b>" in shown.numbers.value != numbers
    assert shown.chart.rows["cost"][1]["value"] == pytest.approx(each.reading().cost_per_mwh, abs=1e-3)
    each.change(carbon_price=0.0)
    assert shown.knobs["carbon_price"].value == 0
    assert shown.numbers.value == numbers
    assert shown.chart.spec == spec


def test_a_setting_that_cannot_be_placed_says_so_and_leaves_the_rest(monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)
    numbers = shown.numbers.value

    def refuse(*_, **__):
        raise gf.GeofrontError("3 MW find no place at <Paris>")

    with monkeypatch.context() as patch:
        patch.setattr(module, "place", refuse)
        each.change(carbon_price=50.0)
    assert "role='alert'" in shown.status.value
    assert "3 MW find no place at &lt;Paris&gt;" in shown.status.value
    assert shown.numbers.value == numbers
    each.change(carbon_price=0.0)
    assert "alert" not in shown.status.value


def test_within_jupyter_too_a_setting_that_cannot_be_placed_says_so(monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)

    def refuse(*_, **__):
        raise gf.GeofrontError("3 MW find no place")

    async def turn_once() -> None:
        shown.knobs["carbon_price"].value = 10.0
        while "alert" not in shown.status.value:
            await asyncio.sleep(0.01)

    monkeypatch.setattr(module, "place", refuse)
    asyncio.run(asyncio.wait_for(turn_once(), 60))
    assert "3 MW find no place" in shown.status.value


def test_fast_changes_are_placed_once_and_then_all_that_may_come_next(count, monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)
    monkeypatch.setattr(panel_module, "IDLE", 0.0)

    async def drag() -> None:
        for price in (10, 20, 30):
            shown.knobs["carbon_price"].value = price
        while not each.is_known(near[-1]):
            await asyncio.sleep(0.01)

    here = replace(each.at_first, carbon_price=30.0)
    near = next_turns(here, each.at_first, next(iter(each.regions)))
    asyncio.run(asyncio.wait_for(drag(), 60))
    assert each.settings == here
    assert all(each.is_known(settings) for settings in near)
    assert count[:len(near) + 2] == [0.0, 30.0] + [settings.carbon_price for settings in near]
    assert {row["line"] for row in shown.chart.rows["frontier"]} == {PRESENT}


def next_turns(*where) -> list[Settings]:
    """Those of the turns ahead that lead to a neighbouring stop or another choice."""
    turns = turns_ahead(*where)
    return turns[:turns.index(where[0])]


def test_the_next_turn_leads_to_a_neighbouring_stop_or_another_choice():
    settings = Settings(carbon_price=300.0, headroom=0.15, network_budget=200.0).with_price_factor("us-texas", 0.5)
    ahead = next_turns(settings, replace(settings, network_budget=None), "us-texas")
    turned = [{name: value for name, value in vars(each).items() if value != getattr(settings, name)} for each in ahead]
    nearest = (150, 300, 100, 500, 75, 1000, 50, 1500, 20, 2000, 3000, 5000, None)
    assert turned[:len(BUDGETS)] == [{"network_budget": budget} for budget in nearest]
    assert turned[len(BUDGETS):] == [
        *({"frictions": tuple(each for each in gf.FRICTIONS if each != name)} for name in gf.FRICTIONS),
        {"headroom": 0.2}, {"headroom": 0.1}, {"carbon_signal": "average"}, {"carbon_signal": "ifi"},
        {"carbon_price": 295.0}, {"demand_mw": 1050.0}, {"demand_mw": 950.0},
        {"price_factors": (("us-texas", 0.6),)}, {"price_factors": (("us-texas", 0.4),)}]


def test_without_a_network_budget_the_next_one_is_the_loosest():
    budgets = [each.network_budget for each in next_turns(Settings(), Settings(), "us-texas") if each.network_budget]
    assert budgets == sorted(BUDGETS, reverse=True)


def test_later_turns_go_along_one_slider_after_the_other_to_its_ends():
    settings = Settings(carbon_price=10.0, demand_mw=3000.0).with_price_factor("us-texas", 2.8)
    ahead = turns_ahead(settings, replace(settings, headroom=0.5), "us-texas")
    later = ahead[ahead.index(settings):]
    begins = [position for position, each in enumerate(later) if each == settings]
    ways = [later[begin + 1:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]
    assert [round(each.headroom, 2) for each in ways[0]] == [round(0.05 * stop, 2) for stop in range(5, 21)]
    assert [each.headroom for each in ways[1]] == [0.05, 0.0]
    assert [each.carbon_price for each in ways[2]] == list(range(20, 301, 5))
    assert [each.carbon_price for each in ways[3]] == [0.0]
    assert [each.demand_mw for each in ways[4]] == list(range(2900, 99, -50))
    assert [each.price_factor("us-texas") for each in ways[5]] == [3.0]
    assert [each.price_factor("us-texas") for each in ways[6]] == [round(0.1 * stop, 1) for stop in range(26, 0, -1)]
    assert len(ways) == 7
    assert len(set(ahead)) == len(ahead) + 1 - len(begins)


def test_stops_ahead_are_those_of_the_sliders():
    knobs = make_knobs(explorer(frictions=()))
    for each in next_turns(Settings(), Settings(), knobs["region"].value):
        turn(knobs, one := explorer(**vars(each)))
        assert settings_of(knobs, one.settings) == each


def test_programs_are_kept_but_for_those_ahead_with_other_frictions_or_budget(monkeypatch):
    each, kept = explorer(), []

    def place(*args, warm_start, **options):
        kept.append(warm_start.kinds > 0)
        return gf.place(*args, warm_start=warm_start, **options)

    monkeypatch.setattr(module, "place", place)
    for turned in ({}, {"carbon_price": 200.0}, {"network_budget": 100.0}, {"frictions": ()}):
        each.change(**turned)
        each.reading()
    assert kept == 4 * [True]
    resting = each.settings
    for ahead in (replace(resting, headroom=0.5), replace(resting, network_budget=50.0),
                  replace(resting, frictions=("egress",))):
        each.look_ahead(ahead, resting)
    assert kept[4:] == [True, False, False]


def test_programs_come_back_to_where_the_knobs_rest(count):
    each = explorer(frictions=())
    resting = each.settings
    each.reading()
    each.look_ahead(resting, resting)
    assert count == [0.0]
    for ahead in (replace(resting, carbon_price=10.0), resting, resting):
        each.look_ahead(ahead, resting)
    assert count == [0.0, 10.0, 0.0]


def test_looking_ahead_gives_way_to_what_is_wanted_now(monkeypatch):
    """The placement ahead would go on for ever; the one of the present settings ends it."""
    each, begun = explorer(frictions=()), threading.Event()
    ahead = replace(each.settings, carbon_price=10.0)

    def endless(scenario, *, carbon_price, warm_start, **options):
        while carbon_price == 10.0:
            begun.set()
            warm_start.check()
        return gf.place(scenario, carbon_price=carbon_price, warm_start=warm_start, **options)

    monkeypatch.setattr(module, "place", endless)
    thread = threading.Thread(target=each.look_ahead, args=(ahead, each.settings))
    thread.start()
    assert begun.wait(60)
    each.reading()
    thread.join(60)
    assert not thread.is_alive()
    assert each.is_known()
    assert not each.is_known(ahead)


@pytest.fixture
def held(monkeypatch):
    """An explorer whose placements for 10 USD/t go on as a test says, until it says that they have ended."""
    state = SimpleNamespace(explorer=explorer(frictions=()), begins=0, placed=[], begun=threading.Event(), ended=False,
                            goes_on=lambda warm_start: warm_start.check())

    def place(scenario, *, carbon_price, warm_start, **options):
        state.begins += carbon_price == 10.0
        while carbon_price == 10.0 and not state.ended:
            state.begun.set()
            state.goes_on(warm_start)
        state.placed.append(carbon_price)
        return gf.place(scenario, carbon_price=carbon_price, warm_start=warm_start, **options)

    monkeypatch.setattr(module, "place", place)
    monkeypatch.setattr(panel_module, "AHEAD", -1.0)
    return state


def drawn_when_turned_on(held) -> list[float]:
    """Carbon prices that a panel draws when its knob is turned to 10 USD/t, and while that is placed to 20 USD/t."""
    shown, drawn = Panel(held.explorer), []

    def draw(settings, *what) -> None:
        drawn.append(settings.carbon_price)
        Panel.draw(shown, settings, *what)

    async def turn_on() -> None:
        shown.knobs["carbon_price"].value = 10.0
        while not held.begun.is_set():
            await asyncio.sleep(0.01)
        shown.knobs["carbon_price"].value = 20.0
        while 20.0 not in drawn:
            await asyncio.sleep(0.01)

    shown.draw = draw
    asyncio.run(asyncio.wait_for(turn_on(), 60))
    return drawn


def test_a_long_placement_gives_way_when_the_knobs_are_turned_on(held):
    held.goes_on = lambda warm_start: warm_start.check(long=True)
    assert drawn_when_turned_on(held) == [20.0]


def test_a_short_placement_is_shown_though_the_knobs_are_turned_on(held):
    def goes_on(warm_start) -> None:
        warm_start.check(long=False)
        try:
            warm_start.check(long=True)
        except Interrupted:
            held.ended = True

    held.goes_on = goes_on
    assert drawn_when_turned_on(held) == [10.0, 20.0]


def test_another_class_is_shown_without_placing_anew(held):
    shown = Panel(held.explorer)

    async def turn_and_choose() -> None:
        shown.knobs["carbon_price"].value = 10.0
        while not held.begun.is_set():
            await asyncio.sleep(0.01)
        shown.knobs["shown"].value = "A"
        await asyncio.sleep(0.1)
        held.ended = True
        while "Placed in" not in shown.status.value:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(turn_and_choose(), 60))
    assert held.placed == [0.0, 10.0]
    assert held.begins == 1
    assert f"<b>{held.explorer.shown_reading().cost_per_mwh:.1f} USD/MWh</b>" in shown.numbers.value


def test_two_threads_that_want_the_same_place_it_once(held):
    wanted = replace(held.explorer.settings, carbon_price=10.0)
    first, second = (threading.Thread(target=held.explorer.reading, args=(wanted,)) for _ in range(2))
    first.start()
    assert held.begun.wait(60)
    second.start()
    second.join(0.1)
    held.ended = True
    for thread in (first, second):
        thread.join(60)
    assert held.explorer.is_known(wanted)
    assert held.placed == [10.0]


def test_what_takes_long_is_shown_hour_by_hour_first(monkeypatch):
    each, drawn = explorer(), []
    shown = Panel(each)
    monkeypatch.setattr(panel_module, "AHEAD", -1.0)

    def draw(settings, reading, *what) -> None:
        Panel.draw(shown, settings, reading, *what)
        drawn.append((reading, shown.status.value, shown.chart.rows["position"][0]["cost"]))

    async def switch_off() -> None:
        shown.knobs["locality"].value = False
        while not each.is_known() or drawn[-1][0] is not each.reading():
            await asyncio.sleep(0.01)

    shown.draw = draw
    asyncio.run(asyncio.wait_for(switch_off(), 60))
    (preview, told, position), (optimal, placed, _) = drawn
    excess = float(re.search(r"at most ([\d.]+) USD/MWh above the least cost", told)[1])
    assert 0 < preview.cost_per_mwh - optimal.cost_per_mwh <= 1.01 * excess < 5
    assert position == pytest.approx(preview.cost_per_mwh, abs=1e-3)
    assert "Placed in" in placed


def test_a_placement_that_other_code_has_interrupted_is_begun_again(monkeypatch):
    each, calls = explorer(frictions=()), []
    shown = Panel(each)

    def place(*args, **options):
        calls.append(options["carbon_price"])
        if len(calls) == 1:
            raise Interrupted("by a cell that has placed other settings")
        return gf.place(*args, **options)

    monkeypatch.setattr(module, "place", place)
    monkeypatch.setattr(panel_module, "AHEAD", -1.0)

    async def turn_once() -> None:
        shown.knobs["carbon_price"].value = 10.0
        while "Placed" not in shown.status.value:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(turn_once(), 60))
    assert calls == [10.0, 10.0]


def test_what_waits_to_be_placed_can_be_interrupted(count):
    each, raised = explorer(frictions=()), []

    def wait_and_place() -> None:
        try:
            each.place()
        except Interrupted as error:
            raised.append(error)

    with each._placing:
        waiting = threading.Thread(target=wait_and_place)
        waiting.start()
        while not each._interruptions:
            waiting.join(0.01)
        waiting.join(0.1)
        each.interrupt()
    waiting.join(60)
    assert len(raised) == 1
    assert count == []


def test_nothing_is_placed_ahead_once_the_knobs_were_turned(count):
    each = explorer(frictions=())
    resting = each.settings
    each.change(carbon_price=10.0)
    each.look_ahead(replace(resting, carbon_price=20.0), resting)
    assert count == []


@pytest.mark.parametrize("owner", ["scenario", "placement"])
def test_looking_ahead_leaves_errors_to_the_turn_that_leads_there(monkeypatch, owner):
    each, nowhere = explorer(frictions=()), replace(Settings(frictions=()), headroom=0.1)

    def refuse(*_, **__):
        raise gf.GeofrontError("no place")

    if owner == "scenario":
        each.make_scenario = refuse
    else:
        monkeypatch.setattr(module, "place", refuse)
    each.look_ahead(nowhere, each.settings)
    each.settings = nowhere
    with pytest.raises(gf.GeofrontError, match="no place"):
        each.reading()


def test_looking_ahead_begins_where_a_page_shows_the_panel(count, monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)
    monkeypatch.setattr(panel_module, "IDLE", 0.0)
    first, second, *_ = next_turns(each.settings, each.settings, next(iter(each.regions)))

    async def open_page() -> None:
        shown.chart._handle_custom_msg(DRAWN, [])
        while not each.is_known(second):
            await asyncio.sleep(0.01)

    assert count == [0.0]
    asyncio.run(asyncio.wait_for(open_page(), 60))
    assert each.is_known(first)


def test_looking_ahead_comes_to_an_end(count, monkeypatch):
    each = explorer(frictions=())
    shown = Panel(each)
    monkeypatch.setattr(panel_module, "IDLE", 0.0)
    monkeypatch.setattr(panel_module, "AHEAD", -1.0)
    asyncio.run(asyncio.wait_for(shown._look_ahead(), 60))
    assert count == [0.0]


def test_tracing_shows_every_point_as_it_comes():
    each = explorer(frictions=())
    shown, seen = Panel(each), []
    shown.chart.observe(lambda event: seen.append(len(event.new["frontier"])), "rows")
    each.trace()
    assert seen == list(range(1, len(BUDGETS) + 1))


def test_panel_needs_no_address_and_leaves_pictures_as_they_are():
    each = explorer(frictions=())
    widget = panel(each)
    chart = next(child for child in widget.children[1].children if hasattr(child, "_esm"))
    assert not re.search(r"""(?:from|import)\s*\(?["']https?:""", chart._esm)
    assert chart.spec == picture(each).to_dict()
