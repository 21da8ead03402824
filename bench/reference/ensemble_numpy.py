"""The published ensemble as one would write it in NumPy: all fields of a batch at once, a thousand implicit Euler steps.

Usage: ensemble_numpy.py FIELDS [OUTPUT]. Draws FIELDS porosities at one condition, solves both equations by Thomas sweeps that are
vectorised over the fields (the matrix of the time step is factored once), and prints one JSON object with the seconds.
With OUTPUT the porosities and fields go there as .npz, so that the library can be compared on the same porosities.
"""

import json
import sys
import time

import numpy as np

L, N, DT, STEPS = 1e-4, 100, 0.1, 1000
KAPPA_0, D_0, A_0, T_PLUS, FARADAY, K_RN, C_RIGHT = 1.0, 3e-11, 5e5, 0.4, 96485.33212, 0.1, 1000.0


def harmonic(k):
    return 2 * k[:-1] * k[1:] / (k[:-1] + k[1:])


def factor(g, e):
    """Thomas elimination of couplings g [n - 1, fields] and losses e [n, fields]: multipliers and inverse pivots."""
    n = len(e)
    m, r = np.empty_like(e), np.empty_like(e)
    excess = e[0]
    for i in range(n - 1):
        r[i] = 1 / (g[i] + excess)
        m[i] = g[i] * r[i]
        excess = e[i + 1] + m[i] * excess
    r[n - 1] = 1 / excess
    return m, r


def solve(m, r, b):
    n = len(b)
    for i in range(1, n):
        b[i] += m[i - 1] * b[i - 1]
    b[n - 1] *= r[n - 1]
    for i in range(n - 2, -1, -1):
        b[i] *= r[i]
        b[i] += m[i] * b[i + 1]
    return b


def fields(eps, U0, F):
    h = L / N
    x = (np.arange(N) + 0.5)[:, None] * h
    phi_s = -1000 * x
    a_s = A_0 * (1 - eps)
    k = KAPPA_0 * eps**1.5
    a = K_RN * a_s * h
    level = ((a * phi_s).sum(0) + F) / a.sum(0)
    b = a * (phi_s - level)
    b[-1] += F
    phi = solve(*factor(harmonic(k) / h, a), b)
    phi -= phi[0]
    supply = (1 - T_PLUS) / FARADAY * h * a_s * K_RN * (phi_s - phi - U0)
    g = harmonic(D_0 * eps**1.5) / h
    storage = (eps * h)[:-1]
    loss = storage.copy()
    loss[-1] += DT * g[-1]
    m, r = factor(DT * g[:-1], loss)
    u = np.zeros_like(storage)
    for _ in range(STEPS):
        u *= storage
        u += DT * supply[:-1]
        u = solve(m, r, u)
    c = np.full_like(eps, C_RIGHT)
    c[:-1] += u
    return c, phi


def main():
    count = int(sys.argv[1])
    random = np.random.default_rng(1)
    start = time.perf_counter()
    x = (np.arange(N) + 0.5) * L / N
    covariance = np.exp(-((x[:, None] - x) ** 2) / (2 * (L / 10) ** 2)) + 1e-4 * np.eye(N)
    g = np.linalg.cholesky(covariance) @ random.standard_normal((N, count))
    eps = 0.2 + 0.3 / (1 + np.exp(-g))
    c, phi = fields(eps, 0.1, 25.0)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "numpy": np.__version__}))
    if len(sys.argv) > 2:
        np.savez(sys.argv[2], eps=eps, c=c, phi=phi)


main()
