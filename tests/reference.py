"""Independent statement of the placement problem for scipy, directly from its formulas.

See "Placement" in docs/model.md. It shares only the scenario and the names of the frictions with the package.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

import geofront as gf


def values(scenario, name):
    """A variable as a dict from labels to numbers."""
    return scenario[name].to_series().to_dict()


def optimum(scenario, *, carbon_price=0.0, objective="cost", frictions=gf.FRICTIONS):
    """Least cost [USD/yr] or least emissions [kg/yr] of a scenario.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t].
    objective : {"cost", "carbon"}
    frictions : sequence of str
    """
    program = ReferenceProgram(scenario, carbon_price, objective, frictions)
    program.add_flows()
    program.add_shares()
    if "capacity" in frictions:
        program.add_capacities()
    if "migration" in frictions:
        program.add_starts()
    return program.solve()


def least_within(scenario, coefficient, slacks, *, carbon_price=0.0, objective="cost", frictions=gf.FRICTIONS):
    """Least sum of coefficient · weight · flow among all placements whose objective is within each slack of the least.

    Parameters
    ----------
    scenario, carbon_price, objective, frictions
        As for :func:`optimum`.
    coefficient : dict from (client, region, workload, hour) to float
    slacks : sequence of float
        Relative to the size of the least objective [-].
    """
    program = ReferenceProgram(scenario, carbon_price, objective, frictions)
    program.add_flows()
    program.add_shares()
    if "capacity" in frictions:
        program.add_capacities()
    if "migration" in frictions:
        program.add_starts()
    least = program.solve()
    cost, program.cost = program.cost, [0.0] * len(program.cost)
    for key, column in program.columns.items():
        if key[0] != "start":
            program.cost[column] = program.weight[key[3]] * coefficient[key]
    program.rows["ub"].append((dict(enumerate(cost)), least))
    values = []
    for slack in slacks:
        program.rows["ub"][-1] = program.rows["ub"][-1][0], least + slack * abs(least) + 1e-9 + 1e-12 * abs(least)
        values.append(program.solve())
    return values


class ReferenceProgram:
    """Columns and rows of the linear program, keyed by labels."""

    def __init__(self, scenario, carbon_price, objective, frictions):
        self.v = {name: values(scenario, name) for name in scenario.data_vars}
        for friction, names in {
            "migration": ("overhead_energy", "overhead_cost", "warmup"),
            "egress": ("egress_request", "egress_response"),
            "locality": ("pinned_share",),
            "legal": ("regulated_share",),
        }.items():
            for name in names if friction not in frictions else ():
                self.v[name] = dict.fromkeys(self.v[name], 0.0)
        self.clients, self.regions, self.workloads, self.hours = (
            list(scenario.indexes[dim]) for dim in ("client", "region", "workload", "hour")
        )
        self.weight = dict(zip(self.hours, scenario.weight.values, strict=True))
        self.block = dict(zip(self.hours, scenario.block.values, strict=True))
        self.carbon_price, self.objective = carbon_price, objective
        self.cost, self.columns = [], {}
        self.rows = {"ub": [], "eq": []}

    def away(self, c, r):
        return r != self.v["home"][c]

    def latency(self, c, k, r):
        v, home = self.v, self.v["home"][c]
        return v["access_rtt"][c, home] + v["round_trips"][k] * v["rtt"][home, r] + v["service_time"][k]

    def unit_cost(self, c, r, k, t):
        v, home, away = self.v, self.v["home"][c], self.away(c, r)
        energy = (1 + v["overhead_energy"][k] * away) * v["pue"][r]
        if self.objective == "carbon":
            return energy * v["carbon"][r, t]
        egress = v["upload"][k] * v["egress_request"][home, r] + v["download"][k] * v["egress_response"][home, r]
        return energy * (v["price"][r, t] + self.carbon_price * v["carbon"][r, t] / 1000) + away * (
            egress + v["overhead_cost"][k]
        )

    def warmup_cost(self, r, k, t):
        hours = [hour for hour in self.hours if self.block[hour] == self.block[t]]
        price = max(np.mean([self.v["price"][r, hour] for hour in hours]), 0.0)
        carbon = np.mean([self.v["carbon"][r, hour] for hour in hours])
        per_mwh = carbon if self.objective == "carbon" else price + self.carbon_price * carbon / 1000
        return self.v["warmup"][k] * self.v["pue"][r] * per_mwh

    def add_column(self, key, cost):
        self.columns[key] = len(self.cost)
        self.cost.append(cost)

    def add_row(self, kind, terms, right):
        self.rows[kind].append(({self.columns[key]: factor for key, factor in terms}, right))

    def add_flows(self):
        for c in self.clients:
            for k in self.workloads:
                for r in self.regions:
                    if self.away(c, r) and self.latency(c, k, r) > self.v["latency_budget"][k]:
                        continue
                    for t in self.hours:
                        self.add_column((c, r, k, t), self.weight[t] * self.unit_cost(c, r, k, t))

    def add_shares(self):
        v = self.v
        for (c, k, t), demand in v["demand"].items():
            arcs = [(c, r, k, t) for r in self.regions if (c, r, k, t) in self.columns]
            unlawful = [arc for arc in arcs if self.away(c, arc[1]) and not v["lawful"][c, arc[1]]]
            pinned, regulated = v["pinned_share"][k], v["regulated_share"][c, k]
            self.add_row("eq", [(arc, 1) for arc in arcs], demand)
            self.add_row("ub", [((c, v["home"][c], k, t), -1)], -pinned * demand)
            self.add_row("ub", [(arc, 1) for arc in unlawful], (1 - pinned) * (1 - regulated) * demand)

    def add_capacities(self):
        for r in self.regions:
            for t in self.hours:
                used = [
                    ((c, s, k, h), 1 + self.v["overhead_energy"][k] * self.away(c, r))
                    for c, s, k, h in self.columns
                    if (s, h) == (r, t)
                ]
                capacity = self.v["capacity"]
                self.add_row("ub", used, capacity[r, t] if (r, t) in capacity else capacity[r])

    def add_starts(self):
        arcs = list(self.columns)
        for r in self.regions:
            for k in self.workloads:
                for t in self.hours:
                    block = [hour for hour in self.hours if self.block[hour] == self.block[t]]
                    before = block[block.index(t) - 1]
                    self.add_column(("start", r, k, t), self.weight[t] * self.warmup_cost(r, k, t))
                    if before == t:
                        continue
                    now = [arc for arc in arcs if arc[1:] == (r, k, t) and self.away(arc[0], r)]
                    then = [(arc[0], r, k, before) for arc in now]
                    self.add_row(
                        "ub", [(("start", r, k, t), -1), *((arc, 1) for arc in now), *((arc, -1) for arc in then)], 0.0
                    )

    def matrix(self, kind):
        entries = [
            (row, column, factor) for row, (terms, _) in enumerate(self.rows[kind]) for column, factor in terms.items()
        ]
        row, column, factor = zip(*entries, strict=True)
        return coo_matrix((factor, (row, column)), shape=(len(self.rows[kind]), len(self.cost))).tocsr()

    def solve(self):
        result = linprog(
            self.cost,
            A_ub=self.matrix("ub"),
            b_ub=[right for _, right in self.rows["ub"]],
            A_eq=self.matrix("eq"),
            b_eq=[right for _, right in self.rows["eq"]],
            method="highs",
        )
        assert result.status == 0, result.message
        return result.fun
