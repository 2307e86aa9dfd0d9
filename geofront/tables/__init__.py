"""The tables of the paper as DataFrames: readable heads, units and decimals in ``attrs``; none calls a solver."""

from geofront.tables.display import show

__all__ = ["show"]
