"""Conduction on a square by SciPy's sparse direct solver and by PyAMG, one right-hand side a porosity, as one would write it.

Usage: planar_scipy.py INPUT METHOD, METHOD one of direct, pyamg. INPUT as of planar.c. Prints one JSON object: the least processor time of
a solution, the matrix at hand (its assembly is not counted), and the largest difference of PyAMG from the direct solution.
"""

import json
import sys
import time

import numpy as np
import scipy
import scipy.sparse as sparse
from scipy.sparse.linalg import splu, spsolve


def system(eps):
    n = eps.shape[0]
    gx = 2 * eps[1:] * eps[:-1] / (eps[1:] + eps[:-1])
    gy = 2 * eps[:, 1:] * eps[:, :-1] / (eps[:, 1:] + eps[:, :-1])
    d = np.zeros_like(eps)
    d[1:] += gx
    d[:-1] += gx
    d[:, 1:] += gy
    d[:, :-1] += gy
    d[0] += 2 * eps[0]
    d[-1] += 2 * eps[-1]
    beside = np.zeros_like(eps)
    beside[:, :-1] = gy
    matrix = sparse.diags(
        [d.ravel(), -beside.ravel()[:-1], -beside.ravel()[:-1], -gx.ravel(), -gx.ravel()], [0, 1, -1, n, -n], format="csc"
    )
    b = np.zeros_like(eps)
    b[-1] = 2 * eps[-1]
    return matrix, b.ravel()


numbers = np.fromfile(sys.argv[1])
n, count = int(numbers[0]), int(numbers[1])
porosities = numbers[2:].reshape(count, n, n)
method = sys.argv[2]
result = {"scipy": scipy.__version__, "numpy": np.__version__}
best = {}
difference = 0.0
for eps in porosities:
    matrix, b = system(eps)
    if method == "direct":
        ways = {ordering: (lambda o=ordering: splu(matrix, permc_spec=o, options={"SymmetricMode": o != "COLAMD"}).solve(b))
                for ordering in ["COLAMD", "MMD_AT_PLUS_A"]}
    else:
        import pyamg

        result["pyamg"] = pyamg.__version__
        rows = matrix.tocsr()
        ways = {
            "ruge_stuben": lambda: pyamg.ruge_stuben_solver(rows).solve(b, tol=1e-10, accel="cg"),
            "smoothed_aggregation": lambda: pyamg.smoothed_aggregation_solver(rows).solve(b, tol=1e-10, accel="cg"),
        }
    for name, way in ways.items():
        start = time.process_time()
        found = way()
        best[name] = min(best.get(name, np.inf), time.process_time() - start)
        if method != "direct":
            difference = max(difference, float(np.abs(found - spsolve(matrix, b)).max()))
result.update({"processorSeconds": best, "difference": difference})
print(json.dumps(result))
