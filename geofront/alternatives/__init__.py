"""Least and largest values of quantities among placements of nearly least cost."""
