"""Files as users have them: exports of Electricity Maps and of prices."""

import pandas as pd

import geofront as gf

CARBON_HEADER = "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle)"


def write_carbon(folder, start="2024-01-01 00:00", count=6, zones=("FR",)):
    """An hourly export with the carbon intensity 50 g/kWh."""
    stamps = pd.date_range(start, periods=count, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    lines = [CARBON_HEADER, *(f"{stamp},{zone},40,50" for zone in zones for stamp in stamps)]
    path = folder / "carbon.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_prices(folder, lines, header="Datetime,Price", name="prices.csv"):
    """A file of prices, from its lines."""
    path = folder / name
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def read_prices_at(folder, lines, timezone="UTC", *, header="Datetime,Price", start="2024-01-01 00:00", count=6):
    """Prices and flags of zone FR over some hours, read from the lines of a price file."""
    carbon, prices = write_carbon(folder, start, count), write_prices(folder, lines, header)
    real = gf.hours(carbon, prices=prices, timezone=timezone, usd_per_unit=1.0)
    return real.price.values[0].tolist(), real.price_filled.values[0].astype(int).tolist()
