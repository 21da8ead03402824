"""Fields of PyBaMM, a battery model that others wrote, for battery.test.ts.

Writes battery.json beside this file. It is only needed to make that file again:
    python3 -m venv .venv-pybamm && .venv-pybamm/bin/pip install -r scripts/pybamm.txt
    .venv-pybamm/bin/python test/transport/cross-check/battery.py
With --print the numbers go to standard output and the file stays.

"cell": the Doyle-Fuller-Newman model of a half-cell, from the parameter sets that `sgm pybamm` writes, in the limit in which
its electrolyte obeys our equations: linear kinetics, constant properties, no diffusion potential, a salt that has become
steady, and a solid of one potential, which is reached as 1/conductivity, so two conductivities are given. It takes arithmetic means of the conductivity on faces where we take harmonic
ones, so both differ by O(h^2). The porosity is eps(x) = 0.35 + 0.1 sin(8 x/L + 0.7).
"equations": our equations in PyBaMM's expressions, discretised by its finite volumes on the same cells with a rough porosity:
the same discrete equations, so both differ by round-off. SI units.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

import numpy as np
import pybamm

HERE = Path(__file__).parent
L, KAPPA_0, D_0, A_0, T_PLUS, FARADAY, C_RIGHT = 1e-4, 1.0, 3e-11, 5e5, 0.4, 96485.33212, 1000.0
POINTS = 20


def centres(cells):
    return (np.arange(cells) + 0.5) * L / cells


def cell(cells, condition, solid_conductivity):
    """phi and c of the battery model at the centres of the coarsest cells, from the insulated end."""
    sets = {"__name__": "sets"}
    exec((HERE / "../../../lib/transport/pybamm-parameters.py").read_text(), sets)
    x = centres(cells)
    electrode = {
        "activeAndPores": 1.0,
        "particleRadius": 3 / A_0,
        "bruggeman": 1.5,
        "conductivity": KAPPA_0,
        "diffusivity": D_0,
        "transferenceNumber": T_PLUS,
        "concentration": C_RIGHT,
        "rate": condition["k_rn"],
        "equilibriumPotential": condition["U0"],
        "current": condition["F_right"],
    }
    porosity = 0.35 + 0.1 * np.sin(8 * x / L + 0.7)
    sets["DATA"] = {"thickness": L, "x": x, "electrodes": [electrode], "porosities": [[porosity]]}
    values = pybamm.ParameterValues(sets["get_parameter_values"](solid_conductivity=solid_conductivity))
    model = pybamm.lithium_ion.DFN({"working electrode": "positive", "intercalation kinetics": "linear"})
    simulation = pybamm.Simulation(
        model, parameter_values=values, var_pts=sets["var_pts"](), solver=pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-10)
    )
    solution = simulation.solve([0, 1e4])  # some forty times as long as the salt's slowest decay
    every = cells // POINTS
    fields = {}
    for name, variable in (("phi", "Electrolyte potential [V]"), ("c", "Electrolyte concentration [mol.m-3]")):
        last = sets["from_insulated_end"](solution[variable].entries)[:, -1]
        fields[name] = list(last[(every - 1) // 2 :: every])
    return {"solidConductivity": solid_conductivity, **fields}


def equations(cells, condition):
    """phi (with its level) and c of our discrete equations, by PyBaMM."""
    x, h = centres(cells), L / cells
    eps = 0.2 + 0.3 * np.mod(np.arange(1, cells + 1) * (5**0.5 - 1) / 2, 1)
    at = pybamm.SpatialVariable("x", domain=["electrode"], coord_sys="cartesian")

    def on_cells(values):
        return pybamm.Interpolant(x, values, at, interpolator="linear")

    phi = pybamm.Variable("phi", domain="electrode")
    c = pybamm.Variable("c", domain="electrode", scale=C_RIGHT)
    last = np.where(np.arange(cells) == cells - 1, 1.0, 0.0)
    supply = on_cells(A_0 * (1 - eps)) * condition["k_rn"] * (-1000 * at - phi - condition["U0"])  # a_s j
    leaving = condition["F_right"] / h * on_cells(last)
    salt_leaving = on_cells(last * 2 * D_0 * eps**1.5 / h**2) * (c - C_RIGHT)  # half a cell to the face
    model = pybamm.BaseModel()
    model.algebraic = {
        phi: (pybamm.div(on_cells(KAPPA_0 * eps**1.5) * pybamm.grad(phi)) + supply - leaving) * L**2,
        c: (pybamm.div(on_cells(D_0 * eps**1.5) * pybamm.grad(c)) + (1 - T_PLUS) / FARADAY * supply - salt_leaving)
        * (L**2 / D_0),
    }
    flux = {side: (pybamm.Scalar(0), "Neumann") for side in ("left", "right")}
    model.boundary_conditions = {phi: flux, c: flux}
    model.initial_conditions = {phi: pybamm.Scalar(0), c: pybamm.Scalar(C_RIGHT)}
    model.variables = {"phi": phi, "c": c}
    mesh = pybamm.Mesh({"electrode": {at: {"min": 0, "max": L}}}, {"electrode": pybamm.Uniform1DSubMesh}, {at: cells})
    pybamm.Discretisation(mesh, {"electrode": pybamm.FiniteVolume()}).process_model(model)
    solution = pybamm.NonlinearSolver(atol=1e-12, rtol=1e-12, step_tol=1e-12).solve(model, [0])
    fields = {name: list(solution[name](x=x).flatten()) for name in ("phi", "c")}
    return {"porosity": list(eps), **fields}


# The condition of "cell" has a reaction that is far from even; that of "equations" is the study's own.
uneven = {"F_right": 5.0, "k_rn": 30.0, "U0": 0.0}
usual = {"F_right": 20.0, "k_rn": 0.3, "U0": 0.1}
result = {
    "pybamm": pybamm.__version__,
    "cell": {
        "points": POINTS,
        "condition": uneven,
        "grids": [
            {"cells": cells, "solids": [cell(cells, uneven, conductivity) for conductivity in (1e2, 1e3)]}
            for cells in (20, 60, 180)
        ],
    },
    "equations": {"condition": usual, **equations(50, usual)},
}
text = json.dumps(result, indent=1)
if "--print" in sys.argv:
    print(text)
else:
    (HERE / "battery.json").write_text(text + "\n")
