"""Reference fields by software that others wrote: FiPy (finite volumes) and SciPy's solve_bvp (collocation).

Writes reference.json beside this file. It is only needed to make that file again:
    python3 -m venv env && env/bin/pip install fipy==4.0.3 scipy==1.17.1
    env/bin/python test/transport/cross-check/reference.py

All in SI units. The porosity is eps(x) = 0.35 + 0.1 sin(8 x/L + 0.7); values are given at the centres of 50 equal cells.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("FIPY_SOLVERS", "scipy")

import fipy
import numpy as np
import scipy
from scipy.integrate import solve_bvp

L, KAPPA_0, D_0, A_0, T_PLUS, FARADAY, C_RIGHT = 1e-4, 1.0, 3e-11, 5e5, 0.4, 96485.33212, 1000.0
POINTS = 50
SALT = (1 - T_PLUS) / FARADAY


def porosity(x):
    return 0.35 + 0.1 * np.sin(8 * x / L + 0.7)


def fipy_published(cells, u0, f_right, k_rn=0.1, dt=0.1, steps=1000):
    """The published discretisation: mirrored current, shifted potential in the reaction, c held in the last cell."""
    mesh = fipy.Grid1D(nx=cells, Lx=L)
    x, h = mesh.x.value, L / cells
    eps = fipy.CellVariable(mesh=mesh, value=porosity(x))
    a_s = fipy.CellVariable(mesh=mesh, value=A_0 * (1 - porosity(x)))
    conductivity = fipy.CellVariable(mesh=mesh, value=KAPPA_0 * porosity(x) ** 1.5)
    diffusivity = fipy.CellVariable(mesh=mesh, value=D_0 * porosity(x) ** 1.5)
    last = fipy.CellVariable(mesh=mesh, value=(np.arange(cells) == cells - 1) * 1.0)
    solid = -1000 * x
    phi = fipy.CellVariable(mesh=mesh)
    exact = fipy.solvers.LinearLUSolver(tolerance=1e-14, iterations=20)
    (
        fipy.DiffusionTerm(coeff=conductivity.harmonicFaceValue)
        + a_s * k_rn * (solid - u0)
        + last * (f_right / h)
        == fipy.ImplicitSourceTerm(coeff=a_s * k_rn)
    ).solve(var=phi, solver=exact)
    rise = phi.value - phi.value[0]
    j = fipy.CellVariable(mesh=mesh, value=k_rn * (solid - rise - u0))
    u = fipy.CellVariable(mesh=mesh)
    equation = fipy.TransientTerm(coeff=eps) == (
        fipy.DiffusionTerm(coeff=diffusivity.harmonicFaceValue) + SALT * a_s * j - fipy.ImplicitSourceTerm(coeff=last * 1e14)
    )
    for _ in range(steps):
        equation.solve(var=u, dt=dt, solver=exact)
    return C_RIGHT + u.value, rise


def fipy_electrode(cells, f_right, k_rn, time, steps):
    """Closed balances, c_right on the face; implicit Euler with and without halved steps, extrapolated."""
    mesh = fipy.Grid1D(nx=cells, Lx=L)
    x, h = mesh.x.value, L / cells
    eps = fipy.CellVariable(mesh=mesh, value=porosity(x))
    a_s = fipy.CellVariable(mesh=mesh, value=A_0 * (1 - porosity(x)))
    conductivity = fipy.CellVariable(mesh=mesh, value=KAPPA_0 * porosity(x) ** 1.5)
    diffusivity = fipy.CellVariable(mesh=mesh, value=D_0 * porosity(x) ** 1.5)
    last = fipy.CellVariable(mesh=mesh, value=(np.arange(cells) == cells - 1) * 1.0)
    solid = -1000 * x
    exact = fipy.solvers.LinearLUSolver(tolerance=1e-14, iterations=20)
    phi = fipy.CellVariable(mesh=mesh)
    (
        fipy.DiffusionTerm(coeff=conductivity.harmonicFaceValue) + a_s * k_rn * solid - last * (f_right / h)
        == fipy.ImplicitSourceTerm(coeff=a_s * k_rn)
    ).solve(var=phi, solver=exact)
    j = fipy.CellVariable(mesh=mesh, value=k_rn * (solid - phi.value))

    def state(count):
        u = fipy.CellVariable(mesh=mesh)
        u.constrain(0.0, where=mesh.facesRight)
        equation = fipy.TransientTerm(coeff=eps) == (
            fipy.DiffusionTerm(coeff=diffusivity.harmonicFaceValue) + SALT * a_s * j
        )
        for _ in range(count):
            equation.solve(var=u, dt=time / count, solver=exact)
        return u.value

    return C_RIGHT + 2 * state(2 * steps) - state(steps), phi.value - phi.value[0]


def scipy_steady(f_right, k_rn):
    """phi and i = -k phi' in s = x/L, u = c - c_right from D u' = -(1 - t+)/F i; absolute accuracy far below any grid's."""

    def equations(s, y):
        phi, i, _ = y
        eps = porosity(s * L)
        k, d = KAPPA_0 * eps**1.5, D_0 * eps**1.5
        return np.vstack([-L * i / k, L * A_0 * (1 - eps) * k_rn * (-1000 * s * L - phi), -L * SALT * i / d])

    def ends(left, right):
        return np.array([left[1], right[1] - f_right, right[2]])

    mesh = np.linspace(0, 1, 2001)
    guess = np.zeros((3, mesh.size))
    found = solve_bvp(equations, ends, mesh, guess, tol=1e-8, max_nodes=20000)
    assert found.success, found.message
    s = (np.arange(POINTS) + 0.5) / POINTS
    phi, _, u = found.sol(s)
    return C_RIGHT + u, phi


published = {"U0": 0.1, "F_right": 30.0}
transient = {"F_right": 20.0, "k_rn": 5.0, "time": 100.0}
steady = {"F_right": 20.0, "k_rn": 5.0}
c_published, phi_published = fipy_published(POINTS, published["U0"], published["F_right"])
c_transient, phi_transient = fipy_electrode(450, transient["F_right"], transient["k_rn"], transient["time"], 400)
c_steady, phi_steady = scipy_steady(steady["F_right"], steady["k_rn"])
result = {
    "software": {"fipy": fipy.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "porosity": "0.35 + 0.1 sin(8 x/L + 0.7)",
    "points": POINTS,
    "published": {"by": "FiPy, 50 cells, 1000 steps of 0.1 s", "condition": published,
                  "c": c_published.tolist(), "phi": phi_published.tolist()},
    "transient": {"by": "FiPy, 450 cells, implicit Euler extrapolated from 400 and 800 steps", "condition": transient,
                  "c": c_transient[4::9].tolist(), "phi": (phi_transient[4::9] - phi_transient[4]).tolist()},
    "steady": {"by": "SciPy solve_bvp, tolerance 1e-8, 2001 nodes", "condition": steady,
               "c": c_steady.tolist(), "phi": (phi_steady - phi_steady[0]).tolist()},
}
Path(__file__).with_name("reference.json").write_text(json.dumps(result, indent=1) + "\n")
