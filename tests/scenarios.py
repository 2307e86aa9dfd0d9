"""Scenarios small enough to solve by hand, and random ones for property tests.

Random quantities lie on coarse grids, so that ties are frequent and exact.
"""

import numpy as np
import xarray as xr
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import geofront as gf
from geofront.names import BLOCK, CLIENT, FRICTIONS, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD

DEFAULTS = {
    "demand": 10.0,
    "price": 50.0,
    "carbon": 100.0,
    "pue": 1.0,
    "capacity": 100.0,
    "access_rtt": 10.0,
    "rtt": 50.0,
    "egress_request": 0.0,
    "egress_response": 0.0,
    "latency_budget": 1000.0,
    "service_time": 0.0,
    "round_trips": 1.0,
    "upload": 0.0,
    "download": 0.0,
    "pinned_share": 0.0,
    "regulated_share": 0.0,
    "lawful": True,
    "overhead_energy": 0.0,
    "overhead_cost": 0.0,
    "warmup": 0.0,
    "deferral_window": 0.0,
}
AT_HOME = {"rtt": 2.0, "egress_request": 0.0, "egress_response": 0.0}
"""What holds between a service node and its own region, whatever is asked for elsewhere."""

SCHEMA = gf.schema().to_dict("index")
START = np.datetime64("2023-03-21T00:00", "ns")


def tiny(*, regions="PQ", clients=None, workloads="A", hours=1, services=None, weight=1.0, block=1, **values):
    """A scenario of a few labels in which only what is asked for differs from `DEFAULTS`.

    Parameters
    ----------
    regions, workloads : sequence of str
    clients : dict of str to str
        Label of every client and of its home; by default ``a`` at the first region.
    hours : int
    services : sequence of str, optional
        By default one service node in every region.
    weight, block : float and int, or one for every hour
    **values
        Variables of the scenario, as `array` takes them. The round trip at home is 2 ms and egress there
        is free, whatever is given.
    """
    clients = {"a": regions[0]} if clients is None else clients
    services = list(services or regions)
    labels = {
        CLIENT: list(clients),
        SERVICE: services,
        REGION: list(regions),
        WORKLOAD: list(workloads),
        HOUR: START + np.arange(hours) * np.timedelta64(1, "h"),
    }
    unknown = set(values) - set(DEFAULTS)
    assert not unknown, f"not in a scenario: {unknown}"
    away = np.array(services)[:, None] != np.array(list(regions))
    variables = {"home": described("home", (CLIENT,), np.array(list(clients.values()), object))}
    for name, value in (DEFAULTS | values).items():
        dims = dims_of(name, value)
        numbers = array([labels[dim] for dim in dims], value)
        if name in AT_HOME:
            numbers = np.where(away, numbers, AT_HOME[name])
        variables[name] = described(name, dims, numbers)
    coords = {dim: names if dim == HOUR else np.array(names, object) for dim, names in labels.items()}
    coords[WEIGHT] = described(WEIGHT, (HOUR,), array([labels[HOUR]], weight).astype(float))
    coords[BLOCK] = described(BLOCK, (HOUR,), array([labels[HOUR]], block))
    return xr.Dataset(variables, coords, {"carbon_signal": "marginal"})


def described(name, dims, numbers):
    """A variable as a Dataset takes it, with the attributes that the schema gives it."""
    attrs = {key: SCHEMA[name][key] for key in ("long_name", "units") if SCHEMA[name][key]}
    return dims, numbers, attrs


def dims_of(name, value=0.0):
    """The usual dims of a variable; a dict of capacities by hour has ``hour`` too."""
    usual, *by_hour = SCHEMA[name]["dims"].split("|")
    hourly = by_hour and isinstance(value, dict) and any(np.ndim(numbers) for numbers in value.values())
    return tuple((by_hour[0] if hourly else usual).split())


def array(labels, value):
    """Numbers over some labels, one list of labels per dim.

    ``value`` is one number for all, numbers along the last dim, or a dict of such by label of the first dim.
    """
    if isinstance(value, dict):
        return np.array([array(labels[1:], value[label]) for label in labels[0]])
    return np.broadcast_to(value, [len(names) for names in labels]).copy()


friction_subsets = st.sets(st.sampled_from(FRICTIONS)).map(
    lambda chosen: tuple(name for name in FRICTIONS if name in chosen)
)


@st.composite
def scenarios(draw, *, lowest_price=-40):
    """Valid scenarios of 1–4 regions, 1–4 clients, 1–3 classes and 1–6 hours in one or two blocks.

    Prices may be negative, demand zero, the capacity no more than home demand, arcs tied, and regions
    without a service node.
    """
    regions = draw(st.permutations("PQRS"))[: draw(st.integers(1, 4))]
    services = draw(st.permutations(regions))[: draw(st.integers(1, len(regions)))]
    clients = {label: draw(st.sampled_from(services)) for label in "abcd"[: draw(st.integers(1, 4))]}
    workloads = "ABC"[: draw(st.integers(1, 3))]
    hours = draw(st.integers(1, 6))
    in_second_block = np.arange(hours) >= draw(st.integers(0, hours))
    weights = npst.arrays(float, hours, elements=st.sampled_from([1.0, 0.5, 30.0]))
    size = {CLIENT: len(clients), SERVICE: len(services), REGION: len(regions), WORKLOAD: len(workloads), HOUR: hours}

    def grid(name, numbers):
        shape = tuple(size[dim] for dim in dims_of(name))
        return draw(npst.arrays(float, shape, elements=st.sampled_from(numbers).map(float)))

    scenario = tiny(
        regions=regions,
        services=services,
        clients=clients,
        workloads=workloads,
        hours=hours,
        weight=draw(st.one_of(st.just(np.where(in_second_block, 28.0, 31.0)), weights)),
        block=np.where(in_second_block, 2, 1),
        demand=grid("demand", range(9)),
        price=grid("price", range(lowest_price, 165, 5)),
        carbon=grid("carbon", range(0, 850, 50)),
        pue=grid("pue", [1, 1.25, 1.5]),
        access_rtt=grid("access_rtt", range(0, 100, 10)),
        rtt=grid("rtt", range(10, 210, 10)),
        egress_request=grid("egress_request", [0, 0.02, 0.1]),
        egress_response=grid("egress_response", [0, 0.02, 0.1]),
        latency_budget=grid("latency_budget", [20, 100, 300, 1000]),
        service_time=grid("service_time", [0, 50]),
        round_trips=grid("round_trips", [1, 3]),
        upload=grid("upload", range(0, 200, 20)),
        download=grid("download", range(0, 200, 20)),
        pinned_share=grid("pinned_share", [0, 0.25, 0.5, 1]),
        regulated_share=grid("regulated_share", [0, 0.25, 0.5, 1]),
        lawful=draw(npst.arrays(bool, (len(clients), len(regions)))),
        overhead_energy=grid("overhead_energy", [0, 0.125, 0.5]),
        overhead_cost=grid("overhead_cost", [0, 2]),
        warmup=grid("warmup", [0, 0.125, 0.5, 2]),
    )
    capacity = home_demand(scenario) + grid("capacity", [0, 0, 1, 4, 20])[:, None]
    dims = draw(st.sampled_from([(REGION, HOUR), (REGION,)]))
    scenario["capacity"] = described("capacity", dims, capacity if HOUR in dims else capacity.max(axis=1))
    return scenario


def home_demand(scenario):
    """Demand of the clients at home in every region [MW]; shape (region, hour)."""
    at_home = scenario.home.values == scenario[REGION].values[:, None]
    return at_home @ scenario.demand.sum(WORKLOAD).transpose(CLIENT, HOUR).values


def permuted(scenario, order):
    """The scenario with the labels of every dim but ``hour`` in another order, and its blocks rotated.

    Within a block the first hour follows on the last, so that a rotation changes nothing.
    """
    blocks = [np.flatnonzero(scenario[BLOCK] == block) for block in dict.fromkeys(scenario[BLOCK].values)]
    hours = np.concatenate([np.roll(block, order) for block in blocks[::-1]])
    shuffled = {
        dim: np.random.default_rng(order).permutation(scenario.sizes[dim])
        for dim in (CLIENT, SERVICE, REGION, WORKLOAD)
    }
    return scenario.isel(shuffled | {HOUR: hours})
