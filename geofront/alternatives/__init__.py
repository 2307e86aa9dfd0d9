"""Least and largest values of quantities among near-optimal placements."""
