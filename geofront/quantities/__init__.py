"""Quantities computed from placements: frontier, returns, relocatable demand, friction losses, and so on."""
