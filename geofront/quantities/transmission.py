"""Physical transmission or digital relocation of the same megawatt-hour.

See "Physical transmission or digital relocation" in docs/model.md.
"""

from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from geofront import arguments
from geofront.arguments import checked, choice, number, several
from geofront.errors import GeofrontError, first_labels
from geofront.inputs.geography import HALF_CIRCUMFERENCE, LAST_MILE
from geofront.inputs.loaders import figure
from geofront.inputs.table_paths import tables_folder
from geofront.model.costs import carbon_cost, check_carbon_price
from geofront.names import CARBON_SIGNALS, WORKLOAD
from geofront.quantities import hvdc_link, relocated_class
from geofront.quantities.hvdc_link import LINES
from geofront.quantities.relocated_class import SendingEnd, farthest, sending_end
from geofront.scenarios.schema import described

COSTS = ("energy_cost", "carbon_cost", "link_cost", "egress_cost", "overhead_cost")

_ATTRS = {
    "distance": ("km", "Great-circle distance"),
    "delivered_share": ("1", "Useful share of the electricity used"),
    "electricity": ("MWh/MWh", "Electricity used per IT energy served"),
    "traffic": ("GB/MWh", "Bytes moved"),
    "energy_cost": ("USD/MWh", "Electricity at the sending end"),
    "carbon_cost": ("USD/MWh", "Carbon price"),
    "link_cost": ("USD/MWh", "Line"),
    "egress_cost": ("USD/MWh", "Egress"),
    "overhead_cost": ("USD/MWh", "Other cost of relocation"),
    "cost": ("USD/MWh", "Cost per IT energy served"),
    "local_price": ("USD/MWh", "Local electricity price above which it pays"),
    "emissions": ("kg/MWh", "Emissions per IT energy served"),
    "latency_added": ("ms", "Latency added"),
    "break_even": ("km", "Break-even distance"),
    "terminal_cost": ("USD/MWh", "Extra cost of a line of no length"),
    "relocation_cost": ("USD/MWh", "Extra cost of relocation"),
    "reach": ("km", "Largest distance within the latency budget"),
}

_CHECKS = {
    "workloads": arguments.frame_or_path,
    "hvdc": arguments.frame_or_path,
    "case": choice(hvdc_link.CASES),
    "source": arguments.text,
    "price": figure("price", "USD/MWh"),
    "carbon": figure("carbon", "kg/MWh"),
    "carbon_signal": choice(CARBON_SIGNALS),
    "carbon_price": check_carbon_price,
    "egress_price": figure("egress_request", "USD/GB"),
    "pue_source": figure("pue"),
    "pue_user": figure("pue"),
    "access_rtt": figure("access_rtt", "ms"),
    "price_scope": arguments.text,
    "tables_dir": tables_folder,
}


@checked(distances=several(number("km")), **_CHECKS)
def transmission_or_relocation(
    distances,
    *,
    workloads=None,
    hvdc=None,
    case="value",
    source="ca-ontario",
    price=None,
    carbon=None,
    carbon_signal="marginal",
    carbon_price=0.0,
    egress_price=None,
    pue_source=None,
    pue_user=None,
    access_rtt=LAST_MILE,
    price_scope="wholesale",
    tables_dir=None,
) -> xr.Dataset:
    """Compare ways to serve one MWh of inference with distant electricity: send the electricity, or the requests.

    The megawatt-hour is IT energy demanded at the user's site. Either a line brings the electricity and the inference
    runs at the user's site, or the inference runs at the sending end and a wide-area network moves requests and
    responses. Both use electricity of the same price and carbon intensity. A third option is to buy electricity at the
    user's site, which is better unless its price is above ``local_price``.

    Parameters
    ----------
    distances : array_like
        Great-circle distances between user and sending end [km].
    workloads : pandas.DataFrame or path, optional
        Workload classes; by default :func:`geofront.inputs.loaders.workloads`.
    hvdc : pandas.DataFrame or path, optional
        Parameters in the layout of :func:`geofront.inputs.loaders.hvdc`, the default.
    case : {"value", "favours_transmission", "favours_relocation"}
        Column of `hvdc`: central values, or the end of every range that favours one side. The ranges include egress
        prices, bytes and overheads of relocation.
    source : str
        Region at the sending end, with the default values of the next parameters.
    price : float, optional
        Electricity price at the sending end [USD/MWh].
    carbon : float, optional
        Carbon intensity of electricity at the sending end [kg/MWh].
    carbon_signal : {"marginal", "average", "ifi"}
        Carbon signal of the region's intensity if `carbon` is missing.
    carbon_price : float
        [USD/t].
    egress_price : float, optional
        Price of bytes, the same in both directions [USD/GB].
    pue_source, pue_user : float, optional
        Facility energy per IT energy at the sending end, and at the user's site (by default the same) [-].
    access_rtt : float
        Round trip between the user and its service node [ms].
    price_scope : {"wholesale", "delivered"}
        Scope of the region's price if `price` is missing.
    tables_dir : str or path, optional
        Folder of tables that replace ``regions.csv``, ``workloads.csv`` and ``hvdc.csv``.

    Returns
    -------
    xarray.Dataset
        Dims (option, distance); options are ``HVDC overhead``, ``HVDC submarine``, ``AC overhead`` and the
        workload classes.
        Costs, emissions, electricity and traffic are per MWh of IT energy served.

        - ``delivered_share`` [-]: IT energy times PUE over ``electricity``.
        - ``electricity`` [MWh/MWh]: electricity used, including losses, relocation overhead and the network's own use.
        - ``traffic`` [GB/MWh]: request and response bytes.
        - ``energy_cost``, ``carbon_cost``, ``link_cost``, ``egress_cost``, ``overhead_cost`` and their sum
          ``cost`` [USD/MWh].
        - ``local_price`` [USD/MWh]: price of electricity at the user's site, including payments for its carbon, at
          which local purchase costs the same.
        - ``emissions`` [kg/MWh].
        - ``latency_added`` [ms]: latency in excess of local execution.
        - ``feasible``: within the class's latency budget; always True for lines, which add no latency.

        Coords ``kind`` (transmission or relocation) and ``label`` on ``option``.

    Raises
    ------
    GeofrontError
        If a distance or parameter is missing or out of range.

    Notes
    -----
    With PUE π, price p [USD/MWh], carbon intensity γ [kg/MWh], carbon price τ [USD/t] and distance d [km]:

    A line delivers the share η = (1 − c)²·(1 − l)^(f·d/1000) and uses π_user/η. It costs π_user/η times
    K/(8760·u), where K = 1000·C·(a + m_c) + f·d·L·(a + m_l) [USD per MW and year], with losses c of a
    terminal and l of 1000 km of line, capex C of the pair of terminals [USD/kW] and L of the line [USD/MW/km],
    annuity factor a, yearly operation and maintenance m per capex, utilisation u, and route length f per
    great-circle distance. Terminals are converter stations, or substations of an AC line. Emissions are
    γ·π_user/η.

    Relocation uses π_source·(1 + o) at the sending end, with energy overhead o, and b·n/1000 in the network,
    with b [GB/MWh] from bytes and energy per request and n [kWh/GB]. Egress costs b times its price. Multiples
    in `hvdc`, 1 in the central case, scale o and the other overhead, b, and the egress price. That price already
    includes the network's electricity, which therefore adds to ``electricity`` and, at its own carbon intensity, to
    ``emissions``, but not to ``energy_cost``. Only the latency added, round_trips · (modelled RTT(d) − intra-region
    RTT), depends on distance.

    The carbon cost is τ/1000 times emissions. Accelerators are left out because both options need them; embodied
    emissions are left out too. n is an average, which overstates the effect of an additional byte.

    References
    ----------
    ``data/hvdc_provenance.csv`` has the source of each value.
    """
    km = _distances(distances)
    classes = relocated_class.classes(workloads, tables_dir)
    values = hvdc_link.parameters(hvdc, case, tables_dir)
    end = sending_end(
        source, price, carbon, carbon_signal, carbon_price, egress_price, pue_source, pue_user, price_scope, tables_dir
    )

    options = {name: _transmitted(km, values, line, end) for line, name in LINES.items()}
    for name, workload in classes.iterrows():
        options[str(name)] = relocated_class.served(workload, values, end) | {
            "latency_added": relocated_class.latency_added(km, workload),
            "feasible": relocated_class.in_time(km, workload, access_rtt),
        }
    table = xr.concat([_along(km, terms) for terms in options.values()], "option")
    table["cost"] = _total(table)
    table["local_price"] = table.cost / end.pue_user
    labels = [*list(options)[: len(LINES)], *classes.get("label", classes.index)]
    kinds = ["transmission"] * len(LINES) + ["relocation"] * len(classes)
    return described(
        table.assign_coords(
            option=np.array(list(options), object), kind=("option", kinds), label=("option", labels), distance=km
        ),
        _ATTRS,
    )


@checked(**_CHECKS)
def break_even_distance(
    *,
    workloads=None,
    hvdc=None,
    case="value",
    source="ca-ontario",
    price=None,
    carbon=None,
    carbon_signal="marginal",
    carbon_price=0.0,
    egress_price=None,
    pue_source=None,
    pue_user=None,
    access_rtt=LAST_MILE,
    price_scope="wholesale",
    tables_dir=None,
) -> xr.Dataset:
    """Compute the distance from which relocating a class is cheaper than transmission, and its latency reach.

    Parameters
    ----------
    workloads, hvdc, case, source, price, carbon, carbon_signal, carbon_price, egress_price, pue_source, pue_user, \
access_rtt, price_scope, tables_dir
        As in :func:`transmission_or_relocation`.

    Returns
    -------
    xarray.Dataset
        - ``break_even`` (workload, line) [km]: distance at which both cost the same and beyond which relocation is
          cheaper; 0 if it is cheaper at every distance on Earth, infinite if it is cheaper at none.
        - ``terminal_cost`` (line) [USD/MWh]: cost of a line of zero length in excess of its electricity. If a class's
          ``relocation_cost`` is lower, the break-even is 0: two terminals alone cost more than moving the requests at
          any distance.
        - ``relocation_cost`` (workload) [USD/MWh]: cost of relocation in excess of electricity at the user's site;
          negative if a lower PUE at the sending end outweighs the other costs.
        - ``reach`` (workload) [km]: see :func:`latency_reach`.
        - ``relocation_wins`` (workload, line): whether relocation is both cheaper and within the latency budget at
          some distance on Earth.

    Raises
    ------
    GeofrontError
        If a parameter is missing or out of range.

    Notes
    -----
    The cost of relocation does not depend on distance and the cost of a line rises with it, so they are equal at most
    once.
    """
    classes = relocated_class.classes(workloads, tables_dir)
    values = hvdc_link.parameters(hvdc, case, tables_dir)
    end = sending_end(
        source, price, carbon, carbon_signal, carbon_price, egress_price, pue_source, pue_user, price_scope, tables_dir
    )
    budgets = [_total(relocated_class.served(workload, values, end)) for _, workload in classes.iterrows()]
    km = np.array([[_break_even(budget, values, line, end) for line in LINES] for budget in budgets])
    coords = {WORKLOAD: classes.index.to_numpy(object), "line": list(LINES)}
    result = xr.Dataset({"break_even": ((WORKLOAD, "line"), km)}, coords)
    electricity = end.pue_user * (end.price + carbon_cost(end.carbon_price, end.carbon))
    result["terminal_cost"] = "line", [_total(_transmitted(0.0, values, line, end)) - electricity for line in LINES]
    result["relocation_cost"] = WORKLOAD, np.array(budgets) - electricity
    result["reach"] = latency_reach(classes, access_rtt=access_rtt)
    result["relocation_wins"] = result.break_even < result.reach
    return described(result, _ATTRS)


@checked(workloads=arguments.frame_or_path, access_rtt=arguments.MILLISECONDS)
def latency_reach(workloads=None, *, access_rtt: float = LAST_MILE) -> xr.DataArray:
    """Compute the largest distance at which a relocated class is within its latency budget.

    Parameters
    ----------
    workloads : pandas.DataFrame or path, optional
        By default :func:`geofront.inputs.loaders.workloads`.
    access_rtt : float
        Round trip between the user and its service node [ms].

    Returns
    -------
    xarray.DataArray
        Dims (workload,) [km]: distance at which ``access_rtt + round_trips · modelled RTT + service_time`` equals the
        budget. Half the Earth's circumference if every distance is within the budget, NaN if none is.

    Raises
    ------
    GeofrontError
        If there is no class, or a value is missing or out of range.
    """
    classes = relocated_class.classes(workloads)
    km = [
        farthest(partial(relocated_class.in_time, workload=workload, access_rtt=access_rtt))
        for _, workload in classes.iterrows()
    ]
    reach = xr.Dataset({"reach": (WORKLOAD, np.array(km, float))}, {WORKLOAD: classes.index.to_numpy(object)})
    return described(reach, _ATTRS)["reach"]


def _transmitted(km, values: pd.Series, line: str, end: SendingEnd) -> dict:
    share = hvdc_link.delivered_share(km, values, line)
    electricity = end.pue_user / share
    emissions = electricity * end.carbon
    return {
        "delivered_share": share,
        "electricity": electricity,
        "traffic": 0.0,
        "energy_cost": electricity * end.price,
        "carbon_cost": carbon_cost(end.carbon_price, emissions),
        "link_cost": electricity * hvdc_link.link_cost(km, values, line),
        "egress_cost": 0.0,
        "overhead_cost": 0.0,
        "emissions": emissions,
        "latency_added": 0.0,
        "feasible": True,
    }


def _along(km: np.ndarray, terms: dict) -> xr.Dataset:
    return xr.Dataset({name: ("distance", np.broadcast_to(term, km.shape)) for name, term in terms.items()})


def _total(terms):
    return sum(terms[name] for name in COSTS)


def _break_even(budget: float, values: pd.Series, line: str, end: SendingEnd) -> float:
    """Distance at which the cost of a line equals the budget [km]."""
    km = farthest(lambda km: _total(_transmitted(km, values, line, end)) < budget)
    if km is None:
        return 0.0
    return np.inf if km == HALF_CIRCUMFERENCE else km


def _distances(distances) -> np.ndarray:
    km = np.array(distances)
    if not km.size or not ((km >= 0) & (km <= HALF_CIRCUMFERENCE)).all():
        raise GeofrontError(
            f"distances {first_labels(np.ravel(km))}: give a list of kilometres, each from 0 to half "
            f"the Earth's circumference, {HALF_CIRCUMFERENCE:,.0f}."
        )
    return km
