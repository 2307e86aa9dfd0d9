"""Downloads the inputs and results of two published studies at pinned commits, and checks them."""

from __future__ import annotations

import shutil
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pooch

from geofront import arguments
from geofront.arguments import checked
from geofront.errors import GeofrontError
from geofront.files import staged
from geofront.inputs.pinned import local, obtain
from geofront.inputs.table_paths import data_path
from geofront.inputs.table_reading import read_table

FOLDER = "peers"
REGISTRY = "peers_registry.csv"
PUBLISHED = "peers_published.csv"

_KG_PER_TONNE = 1000.0


class EuroSys(NamedTuple):
    """Sukprasert et al., "On the Limitations of Carbon-Aware Temporal and Spatial Workload Shifting in the Cloud"."""

    intensity: pd.Series
    """Annual mean carbon intensity of every zone [g/kWh]."""
    rtt: pd.DataFrame
    """Round trip from origin (rows) to destination (columns), of the zones that have an intensity [ms]."""
    emissions: pd.DataFrame
    """Published emissions [g/kWh] of their placement by latency limit [ms] (rows) and idle capacity [%] (columns)."""
    groups: dict[str, list[str]]
    """Zones of every group."""
    savings: pd.Series
    """Published mean saving of one migration by group [g/kWh]."""


class Equity(NamedTuple):
    """Li et al., "Towards Environmentally Equitable AI via Geographical Load Balancing"."""

    price: pd.DataFrame
    """Price by hour and region [USD/MWh]."""
    carbon: pd.DataFrame
    """Carbon intensity by hour and region [kg/MWh]."""
    water: pd.DataFrame
    """Water intensity by hour and region [m³/MWh]."""
    power: pd.Series
    """Measured power of an inference server by hour [W]."""
    published: pd.Series
    """Published totals by quantity [USD]."""


@checked(source=arguments.path, to=arguments.path, cache=arguments.path)
def fetch_peers(
    *,
    source: str | PathLike[str] | None = None,
    to: str | PathLike[str] | None = None,
    cache: str | PathLike[str] | None = None,
) -> Path:
    """Download the files of published studies that notebook 10 replays.

    Parameters
    ----------
    source : str or path, optional
        Folder, or ``http(s)://`` address, that holds the files of ``data/peers_registry.csv`` under the paths in its
        first column. By default they come from their repositories on GitHub, at the commits pinned there. The sha256
        of every file is checked in either case.
    to : str or path, optional
        Folder to write the files to, by default ``peers`` in the current folder.
    cache : str or path, optional
        Folder for downloads, by default the user's cache folder for geofront. A `source` folder is read in place.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    GeofrontError
        If a file is missing, cannot be downloaded, is incomplete or is not the pinned one, or the folder is not
        writable. Nothing is written unless all files are correct.
    """
    to = Path(FOLDER if to is None else to)
    cache = Path(pooch.os_cache("geofront") / FOLDER if cache is None else cache)
    files = obtain(_registry(), REGISTRY, source, cache)
    try:
        with staged(to) as staging:
            for name, path in files.items():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, staging / name)
    except (OSError, GeofrontError) as error:
        raise GeofrontError(f"{to}: cannot be written ({error}); choose another folder with --to.") from error
    return to


def eurosys(folder: str | PathLike[str], year: int = 2022) -> EuroSys:
    """Read the EuroSys'24 study.

    Parameters
    ----------
    folder : str or path
        What :func:`fetch_peers` returned.
    year : int
        Year of the intensities, from 2020 to 2022; the published results are of 2022.

    Returns
    -------
    EuroSys

    Raises
    ------
    GeofrontError
        If a file is missing or not the pinned one, or has no intensities of the year.

    Notes
    -----
    Where the matrix lists a zone twice, the shorter round trip counts. Zones of the matrix without an intensity under
    the same name are left out, as in the study. The study's script looks up the round trip from destination to origin.
    The two directions differ by at most 2 ms, which changes nothing at the published limits; for its values at other
    limits, such as 170 ms, transpose ``rtt``.
    """
    files = _files(folder, "eurosys24")
    means = pd.read_csv(files["mean_stats.csv"], index_col="zonecode")
    if str(year) not in means:
        raise GeofrontError(f"mean_stats.csv: no intensities of {year}; choose from {', '.join(means)}.")
    intensity = means[str(year)]
    matrix = pd.read_csv(files["gcp_latency_matrix.csv"], header=None, index_col=0)
    matrix = matrix.iloc[1:].astype(float).set_axis(matrix.iloc[0], axis=1)
    rtt = matrix.groupby(level=0, sort=False).min().T.groupby(level=0, sort=False).min().T
    zones = [zone for zone in rtt.index if zone in intensity.index]
    names = pd.read_csv(files["name_stats.csv"], encoding="utf-8-sig", keep_default_na=False).set_index("zone_code")
    savings = pd.read_csv(files["savings_mean.csv"], index_col="migration").loc["one"]
    groups = {
        group: list(names.index[names[group] == "1"] if group in names else names.index) for group in savings.index
    }
    emissions = pd.read_csv(files["published_emissions.csv"], index_col="latency").rename(columns=int)
    return EuroSys(
        intensity, rtt.loc[zones, zones].rename_axis(index="origin", columns="destination"), emissions, groups, savings
    )


def equity(folder: str | PathLike[str]) -> Equity:
    """Read the study of environmentally equitable AI.

    Parameters
    ----------
    folder : str or path
        What :func:`fetch_peers` returned.

    Returns
    -------
    Equity
        Regions are named after their files. The published totals are printed by the notebook in the study's
        repository.

    Raises
    ------
    GeofrontError
        If a file is missing or not the pinned one.
    """
    files = _files(folder, "equity")

    def hourly(quantity: str) -> pd.DataFrame:
        paths = {name.split("/")[1].split("_")[0]: path for name, path in files.items() if name.startswith(quantity)}
        return pd.DataFrame({region: _trace(path) for region, path in paths.items()}).loc[power.index]

    power = _trace(files["AI_workload.csv"])
    published = read_table(data_path(PUBLISHED), "quantity", ("value",))
    return Equity(
        hourly("price"),
        _KG_PER_TONNE * hourly("carbon"),
        hourly("water"),
        power,
        published["value"][published["peer"] == "equity"],
    )


def _trace(path: Path) -> pd.Series:
    """Second column of a file, indexed by the stamps in its first column."""
    trace = pd.read_csv(path, index_col=0).iloc[:, 0]
    return trace.set_axis(pd.to_datetime(trace.index, format="%Y-%m-%d %H"))


def _registry() -> pd.DataFrame:
    return read_table(data_path(REGISTRY), "file", ("size_bytes",))


def _files(folder: str | PathLike[str], peer: str) -> dict[str, Path]:
    """Checked paths of a peer's files, by their names within its own folder."""
    if not Path(folder).is_dir():
        raise GeofrontError(f"no folder {str(folder)!r}: download it with 'geofront fetch-peers'.")
    return {
        file.Index.removeprefix(f"{peer}/"): local(file, Path(folder), REGISTRY)
        for file in _registry().itertuples()
        if file.Index.startswith(f"{peer}/")
    }
