"""Questions beyond price-taking and hour by hour: sites, prices that answer, the tail of latency."""
