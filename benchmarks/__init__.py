"""Compares the speed of geofront with alternatives for its users: run ``make bench``."""
