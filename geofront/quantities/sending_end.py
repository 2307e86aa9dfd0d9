"""The place whose electricity serves distant users: its prices, carbon intensity and efficiency."""

import math
from dataclasses import dataclass

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.names import CARBON_SIGNAL


@dataclass(frozen=True)
class SendingEnd:
    """Figures of the sending end, and the PUE of the user's site that its electricity may be sent to."""

    price: float  # electricity [USD/MWh]
    carbon: float  # electricity [kg/MWh]
    carbon_price: float  # [USD/t]
    egress_price: float  # the same in both directions [USD/GB]
    pue_source: float  # facility energy per IT energy [-]
    pue_user: float  # [-]


def sending_end(source, price, carbon, carbon_signal, carbon_price, egress_price, pue_source, pue_user) -> SendingEnd:
    """The figures of a region of ``data/regions.csv``, of any tier, where None is given for them.

    Without `pue_user` the user's site has the PUE of the sending end.

    Raises
    ------
    GeofrontError
        Region or signal are unknown, or a figure is missing or out of range.
    """
    if carbon_signal not in CARBON_SIGNAL:
        raise GeofrontError(f"carbon_signal={carbon_signal!r} is unknown: use one of {', '.join(CARBON_SIGNAL)}")
    regions = loaders.regions(tier=None)
    if source not in regions.index:
        raise GeofrontError(f"source={source!r} is not a region: use one of {first_labels(regions.index)}")
    region = regions.loc[source]
    pue_source = region["pue"] if pue_source is None else pue_source
    end = SendingEnd(
        price=region["price_usd_per_mwh"] if price is None else price,
        carbon=region[CARBON_SIGNAL[carbon_signal].column] if carbon is None else carbon,
        carbon_price=carbon_price,
        egress_price=region["egress_usd_per_gb"] if egress_price is None else egress_price,
        pue_source=pue_source,
        pue_user=pue_source if pue_user is None else pue_user,
    )
    least = {"pue_source": 1, "pue_user": 1}
    bad = [name for name, value in vars(end).items() if not least.get(name, 0) <= value < math.inf]
    if bad:
        raise GeofrontError(f"sending end {source!r}: {first_labels(bad)} missing or out of range; pass numbers, PUE "
                            "from 1 and all others from 0.")
    return end
