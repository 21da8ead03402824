"""The other side of bench/training.ts: the same training step in PyTorch, eager and through torch.compile.

The network is built from the same description, in PyTorch's natural layout [batch, channels, positions]. Commands come as
JSON lines on stdin, answers go to stdout; see training.ts.
"""

import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

SAMPLES = 2048
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))


def perceptron(widths, activate_last):
    layers = []
    for k, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(a, b))
        if activate_last or k < len(widths) - 2:
            layers.append(nn.SiLU())
    return nn.Sequential(*layers)


class Network(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.a = a
        film, width = a["film"], a["width"]
        z = a["conditions"] + 2 * len(a["time"]["frequencies"]) + int(a["time"]["raw"])
        hidden = [film["hidden"]] * (film["layers"] - 1)
        blocks = len(a["dilations"])
        self.register_buffer("frequencies", torch.tensor(a["time"]["frequencies"]))
        self.trunk = perceptron([z, *hidden], True) if film["shared"] else nn.Identity()
        self.films = nn.ModuleList(
            nn.Linear(film["hidden"], 2 * width) if film["shared"] else perceptron([z, *hidden, 2 * width], False)
            for _ in range(blocks)
        )
        self.into = nn.Conv1d(a["patch"] * (a["channelsIn"] + int(a["position"])), width, 1)
        self.out = nn.Conv1d(width, a["patch"] * a["channelsOut"], 1)
        replicate = a["padding"] == "replicate"

        def convolution(dilation):
            padding = dilation * (a["kernel"] - 1) // 2
            mode = "replicate" if replicate else "zeros"
            return nn.Conv1d(width, width, a["kernel"], padding=padding, dilation=dilation, padding_mode=mode)

        self.convolutions = nn.ModuleList(nn.ModuleList([convolution(d), convolution(d)]) for d in a["dilations"])
        self.affine = nn.Linear(z, 2 * a["channelsOut"]) if a["outputAffine"] else None
        self.register_buffer("x_axis", torch.linspace(-1, 1, a["cells"]).reshape(1, 1, -1))

    def forward(self, x, conditions, t):
        a = self.a
        batch, _, cells = x.shape
        phases = t * self.frequencies
        z = torch.cat([conditions, torch.sin(phases), torch.cos(phases)] + ([t] if a["time"]["raw"] else []), 1)
        if a["position"]:
            x = torch.cat([x, self.x_axis.expand(batch, 1, cells)], 1)
        if a["patch"] > 1:
            x = x.reshape(batch, -1, cells // a["patch"], a["patch"]).transpose(2, 3).flatten(1, 2)
        h = self.into(x)
        trunk = self.trunk(z)
        for film, pair in zip(self.films, self.convolutions):
            gamma, beta = film(trunk).unsqueeze(-1).chunk(2, 1)
            y = h
            for convolution in pair:
                y = F.silu(convolution(y) * (1 + gamma) + beta)
            h = h + y
        out = self.out(h)
        if a["patch"] > 1:
            out = out.reshape(batch, a["channelsOut"], a["patch"], -1).transpose(2, 3).reshape(batch, -1, cells)
        if self.affine is not None:
            gain, bias = self.affine(z).unsqueeze(-1).chunk(2, 1)
            out = out * (1 + gain) + bias
        return out


class Training:
    def __init__(self, a, batch, compiled):
        torch.manual_seed(1)
        self.a, self.batch = a, batch
        self.network = Network(a)
        self.parameters = list(self.network.parameters())
        self.average = [p.detach().clone() for p in self.parameters]
        self.optimiser = torch.optim.Adam(self.parameters, lr=1e-4, betas=(0.9, 0.99), fused=True)
        self.data = torch.randn(SAMPLES, a["channelsIn"], a["cells"])
        self.conditions = torch.rand(SAMPLES, a["conditions"]) * 2 - 1
        self.loss = torch.compile(self.plain_loss) if compiled else self.plain_loss

    def plain_loss(self, x0, conditions, t, noise):
        angle = t.unsqueeze(-1) * 1.5
        x = x0 * torch.cos(angle) + noise * torch.sin(angle)
        target = noise[:, : self.a["channelsOut"]]
        return (self.network(x, conditions, t) - target).square().mean()

    def step(self):
        rows = torch.randint(SAMPLES, (self.batch,))
        noise = torch.randn(self.batch, self.a["channelsIn"], self.a["cells"])
        loss = self.loss(self.data[rows], self.conditions[rows], torch.rand(self.batch, 1), noise)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 0.5)
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 0.002)
        return loss.item()


def main():
    held = {}
    for line in sys.stdin:
        command = json.loads(line)
        start = time.perf_counter()
        answer = {}
        try:
            if command["do"] == "release":
                held.clear()
                torch._dynamo.reset()
            else:
                name = command["contestant"]
                if name not in held:
                    held[name] = Training(command["architecture"], command["batch"], name == "torch.compile")
                for _ in range(command["count"]):
                    answer["loss"] = held[name].step()
                if not math.isfinite(answer["loss"]):
                    raise ArithmeticError("the loss is not finite")
            answer["ms"] = (time.perf_counter() - start) * 1e3
        except Exception as error:  # whatever it is, the other side has to hear of it
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
