"""Settings to which one turn of a knob leads: what is worth placing while the knobs rest."""

import math
from collections.abc import Iterable
from dataclasses import fields, replace

from geofront.explore.settings import BUDGETS, DECIMALS, PRICE_FACTORS, SLIDERS, Settings
from geofront.names import CARBON_SIGNALS, FRICTIONS


def turns_ahead(settings: Settings, before: Settings, region: str) -> list[Settings]:
    """Settings that the next turn of one knob may lead to, in the order in which to place them.

    Parameters
    ----------
    settings, before : Settings
        Where the knobs stand and where they stood before: who turned a knob is likely to turn it further.
    region : str
        The one whose electricity price the knobs are at.

    Returns
    -------
    list of Settings
        What takes longest to place once it is turned to: each friction switched, the next stops of the headroom, every
        other signal, every network budget from the next on, of which the frontier consists. Then the stops next to
        those at which the other sliders stand, which start warm, and at last their further stops, one after the other.
        What has just been turned comes first. The settings themselves stand where it is worth setting out from them
        again, which is before each of these ways along a slider.
    """
    ways = {
        **{name: [[replace(settings, **{name: stop}) for stop in stops]
                  for stops in _ways(getattr(settings, name), slider)] for name, slider in SLIDERS.items()},
        "price_factors": [[settings.with_price_factor(region, stop) for stop in stops]
                          for stops in _ways(settings.price_factor(region), PRICE_FACTORS)],
    }
    next_stops = {name: [stop for way in several for stop in way[:1]] for name, several in ways.items()}
    turns = {
        "frictions": [replace(settings, frictions=_switched(settings.frictions, name)) for name in FRICTIONS],
        "headroom": next_stops["headroom"],
        "carbon_signal": [replace(settings, carbon_signal=signal) for signal in CARBON_SIGNALS],
        "network_budget": [replace(settings, network_budget=budget) for budget in _budgets(settings.network_budget)],
        **next_stops,
    }
    turned = {field.name for field in fields(Settings) if getattr(settings, field.name) != getattr(before, field.name)}

    def likeliest_first(names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda name: name not in turned)

    near = [each for name in likeliest_first(turns) for each in turns[name] if each != settings]
    far = [each for name in likeliest_first(ways) for way in ways[name] if way[1:] for each in (settings, *way[1:])]
    return near + far


def _budgets(budget: float | None) -> list[float | None]:
    """Stops of the slider of network budgets, those next to a budget first; its last stands for none."""
    stops = [*BUDGETS, None]

    def place(stop: float | None) -> int:
        return len(BUDGETS) if stop is None else sum(other < stop for other in BUDGETS)

    return sorted(stops, key=lambda stop: abs(place(stop) - place(budget)))


def _switched(frictions: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in FRICTIONS if (each in frictions) != (each == name))


def _ways(value: float, slider: dict[str, float]) -> list[list[float]]:
    """Stops of a slider from a value on, up to its one end and then down to its other."""
    ends = (slider["max"] - value, value - slider["min"])
    return [[round(value + way * step * slider["step"], DECIMALS)
             for step in range(1, math.floor(round(end / slider["step"], DECIMALS)) + 1)]
            for way, end in zip((1, -1), ends, strict=True)]
