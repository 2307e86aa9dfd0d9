"""Questions beyond the placement of hours at given prices and capacities, each a linear program of its own."""
