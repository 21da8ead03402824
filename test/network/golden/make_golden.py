"""Golden numbers for the published score network, from the same network written independently in PyTorch.

    python make_golden.py > published.json && npx prettier --write published.json

(PyTorch 2.x, CPU; the numbers in the repository come from 2.13.0.)

Parameters and inputs follow from a formula, so that only results are stored: entry k of the piece number p (in the order of
`pieces`, PyTorch's layout) is scale (h / 2^31 - 1) with h a 32-bit hash of 65537 p + k. Results are computed in double precision and rounded to
float32, so that a single-precision program can be held to its own rounding.
"""

import json
import math

import torch
from torch import nn
from torch.nn import functional as F

CELLS, WIDTH, KERNEL, BLOCKS, HIDDEN, FREQUENCIES, CONDITIONS = 100, 64, 7, 10, 128, 16, 3
FEATURES = CONDITIONS + 2 * FREQUENCIES


def pieces():
    """(name, shape, scale) of every parameter, in a fixed order; scales keep activations and gradients of order one."""
    yield "in_proj.weight", (WIDTH, 2, 1), 0.7
    yield "in_proj.bias", (WIDTH,), 0.1
    for b in range(BLOCKS):
        widths = [FEATURES, HIDDEN, HIDDEN, HIDDEN, 2 * WIDTH]
        for i, (m, n) in enumerate(zip(widths[:-1], widths[1:])):
            yield f"film_blocks.{b}.net.{2 * i}.weight", (n, m), 2 / math.sqrt(m)
            yield f"film_blocks.{b}.net.{2 * i}.bias", (n,), 0.1
        for conv in ("conv1", "conv2"):
            yield f"blocks.{b}.{conv}.weight", (WIDTH, WIDTH, KERNEL), 2 / math.sqrt(WIDTH * KERNEL)
            yield f"blocks.{b}.{conv}.bias", (WIDTH,), 0.1
    yield "out_proj.weight", (2, WIDTH, 1), 2 / math.sqrt(WIDTH)
    yield "out_proj.bias", (2,), 0.1
    yield "out_affine.weight", (4, FEATURES), 0.1
    yield "out_affine.bias", (4,), 0.1


def formula(p, shape, scale):
    h = (torch.arange(math.prod(shape), dtype=torch.int64) + 65537 * p) & 0xFFFFFFFF
    for _ in range(2):
        h = (((h >> 16) ^ h) * 0x45D9F3B) & 0xFFFFFFFF
    h = (h >> 16) ^ h
    values = scale * (h.to(torch.float64) / 2**31 - 1)
    return values.to(torch.float32).to(torch.float64).reshape(shape)


def apply(parameters, x, conditions, t):
    """x [batch, 2, cells] -> [batch, 2, cells]."""
    # Angles of up to 10^5 as single precision rounds them: this is part of the network, and no error of a program that does the same.
    frequencies = torch.tensor(2 * math.pi, dtype=torch.float32) * 2.0 ** torch.arange(FREQUENCIES, dtype=torch.float32)
    angles = (t.to(torch.float32)[:, None] * frequencies).to(torch.float64)
    z = torch.cat([conditions, angles.sin(), angles.cos()], dim=1)
    half = KERNEL // 2
    h = F.conv1d(x, parameters["in_proj.weight"], parameters["in_proj.bias"])
    for b in range(BLOCKS):
        e = z
        for i in range(4):
            name = f"film_blocks.{b}.net.{2 * i}"
            e = F.linear(e, parameters[name + ".weight"], parameters[name + ".bias"])
            e = F.silu(e) if i < 3 else e
        gamma, beta = (part[:, :, None] for part in e.chunk(2, dim=1))
        y = h
        for conv in ("conv1", "conv2"):
            y = F.pad(y, (half, half), mode="replicate")
            y = F.conv1d(y, parameters[f"blocks.{b}.{conv}.weight"], parameters[f"blocks.{b}.{conv}.bias"])
            y = F.silu((1 + gamma) * y + beta)
        h = h + y
    out = F.conv1d(h, parameters["out_proj.weight"], parameters["out_proj.bias"])
    gain, bias = (part[:, :, None] for part in F.linear(z, parameters["out_affine.weight"], parameters["out_affine.bias"]).chunk(2, dim=1))
    return (1 + gain) * out + bias


def main():
    torch.set_default_dtype(torch.float64)
    parameters = {name: formula(p, shape, scale).requires_grad_() for p, (name, shape, scale) in enumerate(pieces())}
    x = formula(1000, (2, 2, CELLS), 1.5).requires_grad_()
    conditions = formula(1001, (2, CONDITIONS), 1.0)
    t = torch.tensor([0.2, 0.9]).to(torch.float32).to(torch.float64)
    out = apply(parameters, x, conditions, t)
    loss = (out * formula(1002, tuple(out.shape), 1.0)).sum()
    loss.backward()
    number = lambda value: float(torch.tensor(float(value), dtype=torch.float32))
    probes = {}
    for name, parameter in parameters.items():
        gradient = parameter.grad.flatten()
        weights = torch.cos(0.7 * torch.arange(gradient.numel(), dtype=torch.float64))
        probes[name] = {"norm": number(gradient.norm()), "projection": number(gradient @ weights)}
    print(json.dumps({
        "torch": torch.__version__,
        "pieces": [[name, list(shape), scale] for name, shape, scale in pieces()],
        "times": t.tolist(),
        "output": [number(v) for v in out.flatten().tolist()],
        "inputGradient": [number(v) for v in x.grad.flatten().tolist()],
        "gradients": probes,
    }))


if __name__ == "__main__":
    main()
