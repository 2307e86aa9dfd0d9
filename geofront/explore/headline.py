"""The numbers above the picture."""

from geofront.explore.datasets import change
from geofront.explore.reading import Reading


def headline(reading: Reading, reference: Reading | None = None, name: str = "") -> str:
    """Cards of numbers as HTML.

    Parameters
    ----------
    reading : Reading
    reference : Reading, optional
        What it is compared with, shown under its name. Its line stays empty without one, so that nothing moves.
    name : str
    """

    def compared(value: Reading) -> list[str]:
        return [
            f"{value.cost_per_mwh:.1f} USD/MWh",
            f"{value.carbon_per_mwh:.0f} kg/MWh",
            f"{value.relocated_share:.0%}",
            f"{value.cost.sum() / 1e6:,.0f} M USD",
        ]

    notes = [
        f"{change(reading.cost_per_mwh, reading.local_cost_per_mwh)} against all-local",
        f"{change(reading.carbon_per_mwh, reading.local_carbon_per_mwh)} against all-local",
        "of the demand",
        f"{reading.emissions.sum() / 1e9:,.2f} Mt CO₂",
    ]
    beneath = [f"{name}: {text}" for text in compared(reference)] if reference else ["&nbsp;"] * 4
    names = ("Cost", "Emissions", "Relocated", "In a year")
    cards = zip(names, compared(reading), notes, beneath, strict=True)
    return (
        "<div class='geofront-numbers'>"
        + "".join(
            f"<div><span>{title}</span><b>{value}</b><span>{note}</span>"
            f"<span class='geofront-reference' title='at the present carbon price'>{last}</span></div>"
            for title, value, note, last in cards
        )
        + "</div>"
    )
