#!/usr/bin/env python3
"""Makes the golden runs of MSDNets beside this file, with PyTorch in float64 (made with 1.13, on a CPU).

Two tiny networks, one of each form, as make_golden.py makes DenseNets: three steps of SGD (Nesterov 0.9, weight decay
1e-4, learning rate 0.1) on the sum of the exits' cross-entropies. NAME.safetensors holds images, labels, init/KEY,
gradient/KEY, final/KEY as there, and
  losses    [steps, exits]
  logits/K  of exit K = 1, 2, ... in evaluation mode, after the last step

usage: make_msdnet.py [FOLDER]
"""
import math
import os
import sys

import torch
import torch.nn.functional as F

from make_golden import write_safetensors


class Network:
    """Weights are made when they are first asked for, and kept by their key."""

    def __init__(self, imagenet, steps, initial, growth, growth_factors, bottleneck_factors, late, reduction, width,
                 classes):
        self.__dict__.update(locals())
        self.weights, self.running, self.is_training = {}, {}, False

    def weight(self, key, make):
        if key not in self.weights:
            self.weights[key] = make().double().requires_grad_()
        return self.weights[key]

    def unit(self, convolution, norm, x, outputs, size, stride=1):
        inputs = x.shape[1]
        deviation = math.sqrt(2 / (size * size * outputs))
        w = self.weight(f"{convolution}.weight", lambda: torch.randn(outputs, inputs, size, size) * deviation)
        x = F.conv2d(x, w, stride=stride, padding=size // 2)
        gamma = self.weight(f"{norm}.weight", lambda: 1 + 0.2 * torch.randn(outputs))
        beta = self.weight(f"{norm}.bias", lambda: 0.2 * torch.randn(outputs))
        mean = self.running.setdefault(f"{norm}.running_mean", torch.zeros(outputs, dtype=torch.float64))
        variance = self.running.setdefault(f"{norm}.running_var", torch.ones(outputs, dtype=torch.float64))
        return F.relu(F.batch_norm(x, mean, variance, gamma, beta, self.is_training))

    def grow(self, key, x, scale, outputs, stride):
        if not self.bottleneck_factors:
            return self.unit(f"{key}.net.0", f"{key}.net.1", x, outputs, 3, stride)
        inner = min(x.shape[1], self.bottleneck_factors[scale] * outputs)
        x = self.unit(f"{key}.net.0", f"{key}.net.1", x, inner, 1)
        return self.unit(f"{key}.net.3", f"{key}.net.4", x, outputs, 3, stride)

    def first(self, x):
        features = []
        for scale, factor in enumerate(self.growth_factors):
            key, outputs = f"blocks.0.0.layers.{scale}", self.initial * factor
            if scale == 0 and self.imagenet:
                x = F.max_pool2d(self.unit(f"{key}.0", f"{key}.1", x, outputs, 7, 2), 3, 2, 1)
            else:
                x = self.unit(f"{key}.net.0", f"{key}.net.1", x, outputs, 3, 1 if scale == 0 else 2)
            features.append(x)
        return features

    def layer(self, key, features, finest, is_cut):
        """Features are a list over all scales, None where a scale has ended."""
        grown = [None] * len(features)
        for place, scale in enumerate(range(finest, len(features))):
            added = self.growth * self.growth_factors[scale]
            parts, name = [features[scale]], f"{key}.layers.{place}"
            if scale > finest or is_cut:
                added //= 2
                parts.append(self.grow(f"{name}.conv_down", features[scale - 1], scale - 1, added, 2))
            parts.append(self.grow(f"{name}.conv_normal", features[scale], scale, added, 1))
            grown[scale] = torch.cat(parts, 1)
        return grown

    def exits(self, x):
        features, layers, scales = self.first(x), sum(self.steps), len(self.growth_factors)
        number, outputs = 0, []
        for block, step in enumerate(self.steps):
            position = 1 if block == 0 else 0
            for _ in range(step):
                number += 1
                interval = math.ceil(layers / scales)
                left = min(scales, layers - number + 1) if self.late else scales - (number - 1) // interval
                finest = scales - left
                is_cut = finest > 0 and features[finest - 1] is not None
                features = self.layer(f"blocks.{block}.{position}", features, finest, is_cut)
                position += 1
                if self.reduction > 0 and (number in (layers // 3, 2 * layers // 3) if self.late else is_cut):
                    for scale in range(finest, scales):
                        key = f"blocks.{block}.{position}.m.{scale - finest}.net"
                        units = features[scale].shape[1] // self.growth_factors[scale]
                        kept = math.floor(self.reduction * units) * self.growth_factors[scale]
                        features[scale] = self.unit(f"{key}.0", f"{key}.1", features[scale], kept, 1)
                    position += 1
            outputs.append(self.classifier(f"classifier.{block}", features[-1]))
        return outputs

    def classifier(self, key, x):
        width = self.width or x.shape[1]
        for place in range(2):
            x = self.unit(f"{key}.m.{place}.net.0", f"{key}.m.{place}.net.1", x, width, 3, 2)
        w = self.weight(f"{key}.linear.weight", lambda: torch.randn(self.classes, width) / math.sqrt(width))
        b = self.weight(f"{key}.linear.bias", lambda: torch.randn(self.classes))
        return F.linear(x.mean((2, 3)), w, b)


def run(path, rows, columns, **extents):
    torch.manual_seed(5)
    network = Network(**extents)
    images = torch.randn(3, 3, rows, columns, dtype=torch.float64)
    labels = torch.arange(3) % extents["classes"]
    with torch.no_grad():
        network.exits(images)  # makes the weights
    tensors = {"images": images, "labels": labels}

    def note(prefix):
        for key, tensor in {**network.weights, **network.running}.items():
            tensors[f"{prefix}/{key}"] = tensor.detach().clone()

    note("init")
    optimiser = torch.optim.SGD(network.weights.values(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
    network.is_training, losses = True, []
    for step in range(3):
        optimiser.zero_grad()
        of_exits = [F.cross_entropy(logits, labels) for logits in network.exits(images)]
        sum(of_exits).backward()
        if step == 0:
            tensors.update({f"gradient/{key}": w.grad.clone() for key, w in network.weights.items()})
        optimiser.step()
        losses.append([loss.item() for loss in of_exits])
    note("final")
    network.is_training = False
    with torch.no_grad():
        for k, logits in enumerate(network.exits(images), 1):
            tensors[f"logits/{k}"] = logits
    tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
    write_safetensors(path, tensors)
    print(path, os.path.getsize(path), sum(w.numel() for w in network.weights.values()), losses)


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    run(os.path.join(folder, "msdnet-cifar-form.safetensors"), 17, 18, imagenet=False, steps=[1, 2, 3], initial=2,
        growth=2, growth_factors=[1, 2, 2], bottleneck_factors=[1, 2, 1], late=False, reduction=0.5, width=3, classes=4)
    run(os.path.join(folder, "msdnet-imagenet-form.safetensors"), 33, 32, imagenet=True, steps=[3, 1], initial=3,
        growth=2, growth_factors=[1, 2], bottleneck_factors=[], late=True, reduction=0.6, width=3, classes=3)
