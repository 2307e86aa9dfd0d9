"""Settings to which one turn of a knob leads: what is worth placing while the knobs rest."""

from dataclasses import fields, replace

from geofront.explore.explorer import BUDGETS, DECIMALS, PRICE_FACTORS, SLIDERS, Settings
from geofront.names import CARBON_SIGNALS, FRICTIONS


def one_turn_away(settings: Settings, before: Settings, region: str) -> list[Settings]:
    """Settings that the next turn of a knob may lead to, the likeliest first.

    Parameters
    ----------
    settings, before : Settings
        Where the knobs stand and where they stood before: who turned a knob is likely to turn it further.
    region : str
        The one whose electricity price the knobs are at.

    Returns
    -------
    list of Settings
        Stops next to those at which the sliders stand, every other signal, each friction switched, every
        network budget. What has just been turned comes first, what takes longest last: the budgets, of which
        the frontier consists.
    """
    turns = {
        **{name: [replace(settings, **{name: stop}) for stop in _next_stops(getattr(settings, name), slider)]
           for name, slider in SLIDERS.items()},
        "price_factors": [settings.with_price_factor(region, stop)
                          for stop in _next_stops(settings.price_factor(region), PRICE_FACTORS)],
        "carbon_signal": [replace(settings, carbon_signal=signal) for signal in CARBON_SIGNALS],
        "frictions": [replace(settings, frictions=_switched(settings.frictions, name)) for name in FRICTIONS],
        "network_budget": [replace(settings, network_budget=budget) for budget in (*BUDGETS, None)],
    }
    turned = {field.name for field in fields(Settings) if getattr(settings, field.name) != getattr(before, field.name)}
    ordered = sorted(turns, key=lambda name: name not in turned)
    return [each for name in ordered for each in turns[name] if each != settings]


def _switched(frictions: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in FRICTIONS if (each in frictions) != (each == name))


def _next_stops(value: float, slider: dict[str, float]) -> list[float]:
    stops = (round(value + way * slider["step"], DECIMALS) for way in (1, -1))
    return [stop for stop in stops if slider["min"] <= stop <= slider["max"]]
