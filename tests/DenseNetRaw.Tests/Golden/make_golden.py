#!/usr/bin/env python3
"""Makes the golden runs beside this file, with PyTorch in float64 (made with 1.13, on a CPU).

Two tiny networks, one of each form, with random weights, gammas and betas, on random images of an odd size: three steps
of SGD as in the paper (Nesterov 0.9, weight decay 1e-4, learning rate 0.1) on one batch. NAME.safetensors holds
  images, labels        the batch, images already normalised
  init/KEY              parameters and running statistics before the first step
  gradient/KEY          gradients of the first step, before weight decay
  losses                the loss of each step
  final/KEY             parameters and running statistics after the last step
  logits                of the same images in evaluation mode, after the last step

usage: make_golden.py [FOLDER]
"""
import collections
import json
import os
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, channels, growth, width):
        super().__init__()
        self.has_bottleneck = width > 0
        self.norm1 = nn.BatchNorm2d(channels)
        if self.has_bottleneck:
            self.conv1 = nn.Conv2d(channels, width * growth, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(width * growth)
            self.conv2 = nn.Conv2d(width * growth, growth, 3, padding=1, bias=False)
        else:
            self.conv1 = nn.Conv2d(channels, growth, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.conv1(F.relu(self.norm1(x)))
        if self.has_bottleneck:
            y = self.conv2(F.relu(self.norm2(y)))
        return torch.cat([x, y], 1)


class Transition(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, out, 1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class DenseNet(nn.Module):
    def __init__(self, blocks, growth, initial, width, compression, classes, imagenet):
        super().__init__()
        parts = collections.OrderedDict()
        if imagenet:
            parts["conv0"] = nn.Conv2d(3, initial, 7, stride=2, padding=3, bias=False)
            parts["norm0"] = nn.BatchNorm2d(initial)
            parts["relu0"] = nn.ReLU()
            parts["pool0"] = nn.MaxPool2d(3, stride=2, padding=1)
        else:
            parts["conv0"] = nn.Conv2d(3, initial, 3, padding=1, bias=False)
        channels = initial
        for b, layers in enumerate(blocks, 1):
            block = collections.OrderedDict()
            for l in range(layers):
                block[f"denselayer{l + 1}"] = Layer(channels, growth, width)
                channels += growth
            parts[f"denseblock{b}"] = nn.Sequential(block)
            if b < len(blocks):
                parts[f"transition{b}"] = Transition(channels, int(channels * compression))
                channels = int(channels * compression)
        parts[f"norm{len(blocks) + 1}" if imagenet else "norm_final"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(parts)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(F.relu(self.features(x)).mean((2, 3)))


def write_safetensors(path, tensors):
    names = {torch.float64: "F64", torch.int64: "I64"}
    header, blobs, offset = {}, [], 0
    for name, tensor in sorted(tensors.items()):
        blob = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def state(model, prefix):
    return {f"{prefix}/{key}": value.clone() for key, value in model.state_dict().items()}


def run(path, rows, columns, classes, **extents):
    torch.manual_seed(1)
    model = DenseNet(classes=classes, **extents).double()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
    images = torch.randn(5, 3, rows, columns, dtype=torch.float64)
    labels = torch.arange(5) % classes
    tensors = {"images": images, "labels": labels, **state(model, "init")}
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
    losses = []
    for step in range(3):
        optimiser.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        if step == 0:
            tensors.update({f"gradient/{name}": p.grad.clone() for name, p in model.named_parameters()})
        optimiser.step()
        losses.append(loss.item())
    model.eval()
    tensors.update(state(model, "final"), losses=torch.tensor(losses, dtype=torch.float64), logits=model(images))
    write_safetensors(path, tensors)
    print(path, losses)


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    run(os.path.join(folder, "cifar-form.safetensors"), 10, 9, 4,
        blocks=[1, 2, 1], growth=3, initial=6, width=4, compression=0.5, imagenet=False)
    run(os.path.join(folder, "imagenet-form.safetensors"), 61, 50, 3,
        blocks=[1, 1], growth=3, initial=5, width=2, compression=0.5, imagenet=True)
