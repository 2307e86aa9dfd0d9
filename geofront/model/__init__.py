"""The placement problem: feasibility, costs, arrays, the plain formulation and the certificate."""
