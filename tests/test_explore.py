"""The explorer: what each knob does, what is cached or cancelled, and what the widgets and the picture show."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
import vl_convert
import xarray as xr

import geofront as gf
from geofront.errors import Cancelled
from geofront.explore import Explorer, Settings, picture, reading
from geofront.explore import explorer as module
from geofront.explore.datasets import FIRST, PRESENT, change, datasets
from geofront.explore.knobs import make_knobs, settings_of, turn
from geofront.explore.panel import Panel, panel
from geofront.explore.picture import FRAME
from geofront.explore.settings import BUDGETS
from geofront.names import HOUR
from geofront.quantities.frontier import NETWORK_BUDGETS
from geofront.quantities.layers import layer_of_home
from geofront.scenarios.snapshots import average_day

pytestmark = pytest.mark.slow

KNOBS = {"carbon_price": 80.0, "carbon_signal": "average", "network_budget": 100.0, "demand_mw": 500.0, "headroom": 0.4}
DATASETS = {"flows", "arrows", "regions", "layers", "cost", "carbon", "frontier", "position"}


def explorer(**settings) -> Explorer:
    return Explorer(partial(gf.stylized, snapshots="day"), Settings(**settings))


def explorer_of_days(**settings) -> Explorer:
    """Of three typical days."""
    return Explorer(lambda **chosen: gf.stylized(**chosen).isel({HOUR: slice(72)}), Settings(**settings))


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
    assert at_first.of_shown(reading).cost_per_mwh == parts[3].cost_per_mwh != reading.cost_per_mwh


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
    each.of_shown(each.reading())
    each.reset()
    each.reading()
    assert count == [0.0, 20.0]


def test_interrupted_trace_resumes_where_it_stopped(count, monkeypatch):
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
    """They are stops of the slider; those that it was turned to are drawn as well."""
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
    with pytest.raises(gf.GeofrontError, match="settings=None is not a Settings"):
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
        [reading.local_cost_per_mwh, reading.cost_per_mwh], abs=1e-3
    )
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


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [(61.7, 101.4, "−39 %"), (110, 100, "+10 %"), (99.7, 100, "−0.3 %"), (100, 100, "+0.0 %"), (1, 0, "")],
)
def test_changes_as_text(value, base, text):
    assert change(value, base) == text


def test_picture_holds_its_rows_by_name_and_shows_them(at_first):
    chart = picture(at_first)
    spec = chart.to_dict()
    names = set(re.findall(r'"name": "(\w+)"', json.dumps(spec)))
    assert names >= DATASETS
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.1", allowed_base_urls=[])
    for text in (
        "Cost [USD/MWh]",
        "Emissions [kg/MWh]",
        "Network budget [ms]",
        "energy-oriented",
        "São Paulo",
        f"{at_first.reading().cost_per_mwh:.3g}",
        "own budgets",
    ):
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


def run_until(done: Callable[[], bool], *steps: Callable[[], object]) -> None:
    """Repeat each step in an event loop, as in Jupyter, until it returns True, and then wait until all is done."""

    async def run() -> None:
        for step in steps:
            while not step():
                await asyncio.sleep(0.01)
        while not done():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 60))


def headline(reading) -> str:
    return f"<b>{reading.cost_per_mwh:.1f} USD/MWh</b>"


def test_first_reading_is_that_of_the_average_day():
    each = explorer_of_days(carbon_price=80.0, price_factors=(("us-texas", 3.0),), network_budget=200.0)
    first, scenario = each.first_reading(), average_day(each.scenario())
    totals = gf.totals(gf.place(scenario, carbon_price=80.0))
    base = gf.totals(gf.local(scenario, carbon_price=80.0))
    assert first.cost_per_mwh == pytest.approx(totals.cost_per_mwh)
    assert first.carbon_per_mwh == pytest.approx(totals.carbon_per_mwh)
    assert first.local_cost_per_mwh == pytest.approx(base.cost_per_mwh)
    assert first.local_carbon_per_mwh == pytest.approx(base.carbon_per_mwh)
    assert first.demand.sum() == pytest.approx(each.reading().demand.sum())
    assert first.cost_per_mwh != pytest.approx(each.reading().cost_per_mwh, rel=1e-4)


def test_first_reading_is_cached_and_once_known_the_reading_itself(count):
    each = explorer_of_days(frictions=())
    assert each.first_reading() is each.first_reading()
    assert not each.is_known()
    optimum = each.reading()
    assert each.first_reading() is optimum
    assert len(count) == 2


def test_of_one_day_the_first_reading_is_the_reading(count):
    each = explorer(frictions=())
    assert each.first_reading() is each.reading()
    assert len(count) == 1


def test_fast_changes_are_placed_once_and_then_their_frontier(count):
    each = explorer(frictions=())
    shown = Panel(each)

    def drag() -> bool:
        for price in (10, 20, 30):
            shown.knobs["carbon_price"].value = price
        return True

    run_until(lambda: len(shown.chart.rows["frontier"]) == len(BUDGETS), drag)
    assert each.settings == replace(each.at_first, carbon_price=30.0)
    assert count == [0.0, 30.0] + len(BUDGETS) * [30.0]
    assert {row["line"] for row in shown.chart.rows["frontier"]} == {PRESENT}
    assert headline(each.reading()) in shown.numbers.value


def test_the_average_day_is_shown_first_and_replaced(count):
    each = explorer_of_days()
    shown, seen = Panel(each), []
    shown.status.observe(
        lambda event: seen.append((event.new, shown.numbers.value, shown.chart.rows["position"][0]["cost"])), "value"
    )

    def switch_off() -> bool:
        shown.knobs["locality"].value = False
        return True

    run_until(lambda: len(seen) >= 3, switch_off)
    average, optimum = each.reading(replace(each.settings, average_day=True)), each.reading()
    assert average.cost_per_mwh != pytest.approx(optimum.cost_per_mwh, rel=1e-4)
    (placing, *_), (first, *shown_first), (last, *shown_last) = seen
    assert "Placing …" in placing
    assert re.search(r"Average day, after [\d.]+ s; all 3 days follow …", first)
    assert re.search(r"Placed in [\d.]+ s", last)
    for (numbers, position), expected in ((shown_first, average), (shown_last, optimum)):
        assert headline(expected) in numbers
        assert position == pytest.approx(expected.cost_per_mwh, abs=1e-3)


def test_a_panel_opens_with_the_average_day():
    each, opened = explorer_of_days(frictions=()), []

    def open_panel() -> bool:
        opened.append(Panel(each))
        assert not each.is_known()
        assert headline(each.first_reading()) in opened[0].numbers.value
        return True

    run_until(lambda: "Placed in" in opened[0].status.value, open_panel)
    assert headline(each.reading()) in opened[0].numbers.value


def test_a_scenario_with_an_average_day_only_that_can_be_placed_says_so():
    """Its capacity suffices on average, but not in every hour."""

    def uneven(**chosen):
        scenario = gf.stylized(**chosen).isel({HOUR: slice(48)})
        day = scenario.block == scenario.block[0]
        return scenario.assign(demand=scenario.demand * xr.where(day, 0.4, 1.3))

    each = Explorer(uneven, Settings(frictions=("capacity",), headroom=0.0))
    opened = []

    def open_panel() -> bool:
        opened.append(Panel(each))
        return True

    run_until(lambda: "alert" in opened[0].status.value, open_panel)
    assert "MW" in opened[0].status.value
    assert headline(each.first_reading()) in opened[0].numbers.value


def test_a_running_placement_is_cancelled_within_a_second(monkeypatch):
    """Sixty days with all frictions, which take several seconds."""
    each = Explorer(lambda **chosen: gf.stylized(snapshots="year", **chosen).isel({HOUR: slice(60 * 24)}))
    raised, begun = [], threading.Event()

    def place(*args, **options):
        begun.set()
        return gf.place(*args, **options)

    def wait_for_reading() -> None:
        with pytest.raises(Cancelled):
            each.reading()
        raised.append(time.perf_counter())

    monkeypatch.setattr(module, "place", place)
    thread = threading.Thread(target=wait_for_reading)
    thread.start()
    assert begun.wait(60)
    time.sleep(0.5)
    began = time.perf_counter()
    each.cancel_others(replace(each.settings, carbon_price=10.0))
    thread.join(60)
    assert 0 < raised[0] - began < 1
    assert not each.is_known()


@pytest.fixture
def held(monkeypatch):
    """An explorer whose placements for 10 USD/t last until they are cancelled, or until a test ends them."""
    state = SimpleNamespace(
        explorer=explorer(frictions=()),
        begins=0,
        placed=[],
        at_once=0,
        most_at_once=0,
        begun=threading.Event(),
        ended=threading.Event(),
        cancelled=threading.Event(),
        error=None,
    )

    def place(scenario, *, carbon_price, cancel, **options):
        state.at_once += 1
        state.most_at_once = max(state.at_once, state.most_at_once)
        try:
            if carbon_price == 10.0:
                state.begins += 1
                state.begun.set()
                while not state.ended.wait(0.01):
                    if cancel.is_set():
                        state.cancelled.set()
                        raise state.error or Cancelled("the placement was cancelled")
            placement = gf.place(scenario, carbon_price=carbon_price, cancel=cancel, **options)
        finally:
            state.at_once -= 1
        state.placed.append(carbon_price)
        return placement

    monkeypatch.setattr(module, "place", place)
    return state


def turner(shown: Panel, price: float) -> Callable[[], bool]:
    """A step that turns the carbon price."""

    def step() -> bool:
        shown.knobs["carbon_price"].value = price
        return True

    return step


@pytest.mark.parametrize("error", [None, gf.GeofrontError("3 MW find no place")], ids=["cancelled", "refused"])
def test_nothing_of_a_cancelled_placement_is_shown(held, error):
    held.error = error
    shown, seen = Panel(held.explorer), []
    shown.numbers.observe(lambda event: seen.append(event.new), "value")
    shown.status.observe(lambda event: seen.append(event.new), "value")
    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, turner(shown, 20.0))
    assert held.cancelled.is_set()
    assert 10.0 not in held.placed
    assert not any("alert" in text for text in seen)
    held.ended.set()
    ten = held.explorer.reading(replace(held.explorer.settings, carbon_price=10.0))
    assert not any(headline(ten) in text for text in seen)


def test_the_average_day_is_cancelled_too(held):
    held.explorer = explorer_of_days(frictions=())
    shown, seen = Panel(held.explorer), []
    shown.status.observe(lambda event: seen.append(event.new), "value")
    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, turner(shown, 20.0))
    assert held.begins == 1
    assert held.cancelled.is_set()
    assert sum("Average day" in text for text in seen) == 1


def test_settings_turned_back_are_shown_at_once_while_others_are_placed(held):
    shown = Panel(held.explorer)
    at_first = shown.numbers.value

    def turned_back() -> bool:
        held.began = time.perf_counter()
        return turner(shown, 0.0)()

    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, turned_back)
    assert time.perf_counter() - held.began < 1
    assert shown.numbers.value == at_first
    assert held.cancelled.wait(1)
    assert set(held.placed) == {0.0}


def test_another_class_is_shown_without_a_new_placement(held):
    shown = Panel(held.explorer)
    whole = shown.numbers.value

    def choose() -> bool:
        shown.knobs["shown"].value = "A"
        return shown.numbers.value != whole

    def end() -> bool:
        held.ended.set()
        return True

    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, choose, end)
    assert held.placed[:2] == [0.0, 10.0]
    assert not held.cancelled.is_set()
    assert headline(held.explorer.of_shown(held.explorer.reading())) in shown.numbers.value


def test_two_threads_that_want_the_same_settings_place_them_once(held):
    wanted = replace(held.explorer.settings, carbon_price=10.0)
    first, second = (threading.Thread(target=held.explorer.reading, args=(wanted,)) for _ in range(2))
    first.start()
    assert held.begun.wait(60)
    second.start()
    second.join(0.1)
    held.ended.set()
    for thread in (first, second):
        thread.join(60)
    assert held.explorer.is_known(wanted)
    assert held.placed == [10.0]


def test_one_thread_places_at_a_time(held):
    each = held.explorer
    cancel = each.cancel_others(each.settings)
    threads = [
        threading.Thread(target=each.reading, args=(replace(each.settings, carbon_price=price), cancel))
        for price in (1.0, 2.0, 3.0, 4.0)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(held.placed) == [1.0, 2.0, 3.0, 4.0]
    assert held.most_at_once == 1


def test_a_placement_that_a_cell_has_cancelled_starts_again(held):
    """A cell that places other settings blocks the event loop until it ends."""
    each = held.explorer
    shown = Panel(each)

    def cell() -> bool:
        each.reading(replace(each.settings, carbon_price=5.0))
        held.ended.set()
        return True

    run_until(lambda: "Placed in" in shown.status.value, turner(shown, 10.0), held.begun.is_set, cell)
    assert held.cancelled.is_set()
    assert held.placed[:3] == [0.0, 5.0, 10.0]
    assert headline(each.reading()) in shown.numbers.value


def test_cancelled_trace_keeps_its_points_and_resumes(held):
    each = held.explorer
    each.trace(replace(each.settings, carbon_price=20.0, network_budget=100.0))
    assert len(held.placed) == len(BUDGETS)
    ten, raised = replace(each.settings, carbon_price=10.0), []
    for budget in BUDGETS[2:]:
        held.ended.set()
        each.reading(replace(ten, network_budget=budget))
        held.ended.clear()
    held.begun.clear()

    def trace() -> None:
        with pytest.raises(Cancelled):
            each.trace(ten)
        raised.append(True)

    thread = threading.Thread(target=trace)
    thread.start()
    assert held.begun.wait(60)
    each.reading(replace(ten, carbon_price=0.0))
    thread.join(60)
    assert raised
    assert list(each.frontier(ten)) == list(BUDGETS[2:])
    held.ended.set()
    each.trace(ten)
    assert list(each.frontier(ten)) == list(BUDGETS)
    assert held.placed.count(10.0) == len(BUDGETS)


@pytest.mark.parametrize(
    "turned",
    [
        {"headroom": 0.2},
        {"demand_mw": 1050.0},
        {"carbon_signal": "ifi"},
        {"network_budget": 2000.0},
        {"frictions": ("legal", "capacity")},
        {"price_factors": (("us-virginia", 0.6),)},
    ],
)
def test_knobs_turned_to_settings_read_the_same_settings(turned):
    knobs = make_knobs(explorer(frictions=()))
    turn(knobs, one := explorer(**turned))
    assert settings_of(knobs, one.settings) == Settings(**turned)


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
