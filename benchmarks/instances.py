"""Scenarios of the benchmarks."""

import numpy as np
import pandas as pd
import xarray as xr

import geofront as gf
from geofront.inputs import loaders
from geofront.names import HOUR, REGION, YEAR

SEED = 20230401


def year(hours_file: str = "", days: int = 365) -> xr.Dataset:
    """First days of 2023 for the 12 core regions, with stylized hours or the hours of a file."""
    return gf.stylized(snapshots="year", hours=hours_file or None).isel({HOUR: slice(0, 24 * days)})


def typical_days(hours_file: str = "", snapshots: str = "month-hour") -> xr.Dataset:
    """Typical days for the 12 core regions."""
    return gf.stylized(snapshots=snapshots, hours=hours_file or None)


def wide(days: int = 7, regions: int = 40, clients: int = 60, classes: int = 4) -> xr.Dataset:
    """Random regions, clients and prices, with geofront's workload classes and variants of them."""
    random = np.random.default_rng(SEED)
    places = pd.DataFrame(
        {
            "latitude": random.uniform(-40, 60, regions),
            "longitude": random.uniform(-180, 180, regions),
            "jurisdiction": random.choice(list("ABCDEFGH"), regions),
            "price_usd_per_mwh": random.lognormal(4.0, 0.4, regions),
            "pue": random.uniform(1.05, 1.5, regions),
            "carbon_marginal_kg_per_mwh": random.uniform(50, 800, regions),
            "market_capacity_mw": random.lognormal(5.0, 1.0, regions),
            "egress_usd_per_gb": random.uniform(0.01, 0.12, regions),
        },
        index=pd.Index([f"region-{i:03d}" for i in range(regions)], name=REGION),
    )
    markets = pd.DataFrame(
        {
            "latitude": random.uniform(-40, 60, clients),
            "longitude": random.uniform(-180, 180, clients),
            "jurisdiction": random.choice(list("ABCDEFGH"), clients),
            "demand_weight": random.lognormal(0.0, 1.0, clients),
        },
        index=pd.Index([f"client-{i:03d}" for i in range(clients)], name="client"),
    )
    markets["timezone"] = [f"Etc/GMT{-round(longitude / 15):+d}" for longitude in markets.longitude]
    transfers = [(a, b) for a in "ABCDEFGH" for b in "ABCDEFGH" if a != b and random.random() < 0.3]
    lawful = pd.DataFrame(transfers, columns=["client_jurisdiction", "region_jurisdiction"])
    scenario = gf.from_tables(
        places, markets, workload_classes(classes), lawful=lawful, hours=_random_hours(places, random), snapshots="year"
    )
    return scenario.isel({HOUR: slice(0, 24 * days)})


def workload_classes(count: int) -> pd.DataFrame:
    """geofront's classes, then variants of them: each round has half the network budget and warm-up time."""
    table = loaders.workloads()
    rounds = []
    for number in range(-(-count // len(table))):
        network = (table.latency_budget_ms - table.service_time_ms) / 2**number
        rounds.append(
            table.assign(
                latency_budget_ms=table.service_time_ms + network, warmup_hours=table.warmup_hours / 2**number
            ).rename(index=lambda label, number=number: f"{label}{number or ''}")
        )
    chosen = pd.concat(rounds).iloc[:count]
    return chosen.assign(energy_share=chosen.energy_share / chosen.energy_share.sum())


def _random_hours(places: pd.DataFrame, random: np.random.Generator) -> xr.Dataset:
    """Daily wave at each region's longitude plus autocorrelated noise; some prices are negative."""
    stamps = pd.date_range(f"{YEAR}-01-01", f"{YEAR}-12-31T23:00", freq="h")
    solar = 2 * np.pi * (stamps.hour.to_numpy() + places.longitude.to_numpy()[:, None] / 15 - 18) / 24
    noise = random.normal(0, 0.25, solar.shape)
    fading = sum(0.8**lag * np.roll(noise, lag, axis=1) for lag in range(24))
    price = places.price_usd_per_mwh.to_numpy()[:, None] * (1 + 0.3 * np.cos(solar) + fading)
    values = {"price": ((REGION, HOUR), price), "carbon_average": ((REGION, HOUR), np.full(price.shape, 300.0))}
    return xr.Dataset(values, {REGION: places.index.to_numpy(object), HOUR: stamps.to_numpy("datetime64[ns]")})
