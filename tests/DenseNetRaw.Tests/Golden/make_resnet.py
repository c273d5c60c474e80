#!/usr/bin/env python3
"""Makes the golden runs of residual networks beside this file, with PyTorch in float64 (made with 1.13, on a CPU).

As make_golden.py, whose files have the same entries. residual.safetensors is a post-activation network with option A
shortcuts; preactivation.safetensors one with projections, and with deep supervision of weight 0.3;
stochastic.safetensors has stochastic depth and biases, and besides
  gates                 [steps, units], which units' branches survive which step
A branch that does not survive is not run; its gradients are zero, and weight decay and momentum act all the same. In
evaluation branches are scaled by their probabilities.

usage: make_resnet.py [FOLDER]
"""
import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

from make_golden import state, write_safetensors


class Basic(nn.Module):
    def __init__(self, channels, out, stride, bias):
        super().__init__()
        self.stride, self.added = stride, out - channels
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=bias)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=bias)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x, scale):
        shortcut = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.added))
        if scale == 0:
            return F.relu(shortcut)
        return F.relu(scale * self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class Preactivation(nn.Module):
    def __init__(self, channels, out, stride, bias):
        super().__init__()
        inner = out // 4
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, inner, 1, stride, bias=bias)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, 1, 1, bias=bias)
        self.bn3 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, out, 1, bias=bias)
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=bias))

    def forward(self, x, scale):
        y = F.relu(self.bn1(x))
        shortcut = self.downsample(y) if hasattr(self, "downsample") else x
        y = self.conv2(F.relu(self.bn2(self.conv1(y))))
        return scale * self.conv3(F.relu(self.bn3(y))) + shortcut


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fc(F.relu(self.norm(x)).mean((2, 3)))


class ResNet(nn.Module):
    def __init__(self, unit, units, widths, classes, bias=False, heads=False):
        super().__init__()
        self.stages = len(units)
        channels = widths[0] // 4 if unit is Preactivation else widths[0]
        self.conv1 = nn.Conv2d(3, channels, 3, 1, 1, bias=bias)
        if unit is Basic:
            self.bn1 = nn.BatchNorm2d(channels)
        for s in range(self.stages):
            stage = nn.ModuleList()
            for u in range(units[s]):
                stage.append(unit(channels, widths[s], 2 if s > 0 and u == 0 else 1, bias))
                channels = widths[s]
            setattr(self, f"layer{s + 1}", stage)
        if unit is Preactivation:
            self.bn = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, classes)
        if heads:
            self.heads = nn.ModuleDict({str(s + 1): Head(widths[s], classes) for s in range(self.stages - 1)})

    def forward(self, x, scales):
        x = self.conv1(x)
        if hasattr(self, "bn1"):
            x = F.relu(self.bn1(x))
        companions, scales = [], iter(scales)
        for s in range(1, self.stages + 1):
            for unit in getattr(self, f"layer{s}"):
                x = unit(x, next(scales))
            if self.training and hasattr(self, "heads") and s < self.stages:
                companions.append(self.heads[str(s)](x))
        if hasattr(self, "bn"):
            x = F.relu(self.bn(x))
        return self.fc(x.mean((2, 3))), companions


def run(path, rows, columns, classes, units, gates=None, last=1, weight=0, **extents):
    torch.manual_seed(1)
    model = ResNet(units=units, classes=classes, heads=weight > 0, **extents).double()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
    images = torch.randn(5, 3, rows, columns, dtype=torch.float64)
    labels = torch.arange(5) % classes
    count = sum(units)
    drawn = gates or [[1] * count] * 3
    tensors = {"images": images, "labels": labels, **state(model, "init")}
    if gates:
        tensors["gates"] = torch.tensor(gates)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
    losses = []
    for step in range(3):
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        logits, companions = model(images, drawn[step])
        loss = F.cross_entropy(logits, labels) + weight * sum(F.cross_entropy(c, labels) for c in companions)
        loss.backward()
        if step == 0:
            tensors.update({f"gradient/{name}": p.grad.clone() for name, p in model.named_parameters()})
        optimiser.step()
        losses.append(loss.item())
    model.eval()
    survival = [1 - (l + 1) / count * (1 - last) for l in range(count)]
    tensors.update(
        state(model, "final"), losses=torch.tensor(losses, dtype=torch.float64), logits=model(images, survival)[0])
    write_safetensors(path, tensors)
    print(path, losses, os.path.getsize(path), "bytes")


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    run(os.path.join(folder, "residual.safetensors"), 10, 9, 4, units=[1, 1, 1], unit=Basic, widths=[4, 6, 8])
    run(os.path.join(folder, "preactivation.safetensors"), 10, 9, 4, units=[1, 2, 1], unit=Preactivation,
        widths=[8, 12, 16], weight=0.3)
    run(os.path.join(folder, "stochastic.safetensors"), 10, 9, 4, units=[2, 1, 1], unit=Basic, widths=[4, 6, 8],
        bias=True, last=0.5, gates=[[1, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 0]])
