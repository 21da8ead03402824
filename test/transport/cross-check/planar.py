"""Conduction on a rectangle by SciPy's sparse direct solver, from matrices that are put together face by face here.

Writes planar.json beside this file. It is only needed to make that file again:
    python3 -m venv env && env/bin/pip install scipy==1.17.1
    env/bin/python test/transport/cross-check/planar.py

The porosity is eps(i, j) = 0.5 + 0.38 sin(1.7 i + 0.9 j^2 + 0.4) on nx x ny cells of [0, 1] x [0, 0.7] m, from 0.12 to 0.88 from cell to cell.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import scipy.sparse as sparse
from scipy.sparse.linalg import spsolve

LX, LY = 1.0, 0.7


def porosity(nx, ny):
    i, j = np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij")
    return 0.5 + 0.38 * np.sin(1.7 * i + 0.9 * j**2 + 0.4)


def end(kind, value, k, h):
    """Conductance to the outside, what comes in for phi = 0."""
    if kind == "Dirichlet":
        return 2 * k / h, 2 * k / h * value
    if kind == "Neumann":
        return 0.0, value
    g = 1 / (h / (2 * k) + 1)
    return g, g * value


def solve(nx, ny, left, right, amplitude, centre, width):
    eps = porosity(nx, ny)
    hx, hy = LX / nx, LY / ny
    rows, columns, values = [], [], []
    b = np.zeros(nx * ny)

    def connect(a, c, g):
        for r, s, v in [(a, a, g), (c, c, g), (a, c, -g), (c, a, -g)]:
            rows.append(r)
            columns.append(s)
            values.append(v)

    for i in range(nx):
        for j in range(ny):
            here = i * ny + j
            if i + 1 < nx:
                connect(here, here + ny, hy / (hx / (2 * eps[i, j]) + hx / (2 * eps[i + 1, j])))
            if j + 1 < ny:
                connect(here, here + 1, hx / (hy / (2 * eps[i, j]) + hy / (2 * eps[i, j + 1])))
            for edge, (kind, value) in [(0, left), (nx - 1, right)]:
                if i == edge:
                    g, inflow = end(kind, value, eps[i, j], hx)
                    rows.append(here)
                    columns.append(here)
                    values.append(g * hy)
                    b[here] += inflow * hy
            x, y = (i + 0.5) * hx, (j + 0.5) * hy
            sink = amplitude * np.exp(-0.5 * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / width**2)
            b[here] -= sink * hx * hy
    matrix = sparse.csc_matrix((values, (rows, columns)), shape=(nx * ny, nx * ny))
    return spsolve(matrix, b)


cases = []
for (nx, ny) in [(13, 10), (12, 5)]:
    for left in ["Dirichlet", "Neumann", "Robin"]:
        for right in ["Dirichlet", "Neumann", "Robin"]:
            if left == right == "Neumann":
                continue
            phi = solve(nx, ny, (left, 0.3), (right, 0.8), 1.3, (0.4, 0.25), 0.1)
            cases.append({"cells": [nx, ny], "left": left, "right": right, "phi": phi.tolist()})
result = {
    "software": {"scipy": scipy.__version__, "numpy": np.__version__},
    "porosity": "0.5 + 0.38 sin(1.7 i + 0.9 j^2 + 0.4)",
    "lengths": [LX, LY],
    "values": {"left": 0.3, "right": 0.8},
    "source": {"amplitude": 1.3, "centre": [0.4, 0.25], "width": 0.1},
    "cases": cases,
}
Path(__file__).with_name("planar.json").write_text(json.dumps(result) + "\n")
