"""What the paper asks of placements: frontier, returns, relocatable demand, friction losses, and so on."""
