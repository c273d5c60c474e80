#!/usr/bin/env python3
"""Compares gradients of a DenseNet, ours and PyTorch's in float32, with PyTorch's in float64.

A network with seeded weights takes one batch forward and backward in training mode; the loss is the mean cross-entropy. What
is compared is |g - g64| / |g64| of each parameter tensor, in the Euclidean norm: its median and maximum over the tensors.
PyTorch runs with contiguous tensors and with channels_last; all take the same float32 images and weights. Ours is one step of
`densenet train` without momentum and decay: the gradient is (weights before - weights after) / learning rate, which adds a
rounding of at most 6e-8 * |w| / |learning rate * g|, or 6e-8 where that is larger ("rounding", median and maximum over the
tensors). A learning rate that is too high makes the evaluation after the step overflow. Where an input of a ReLU lies so near
zero that rounding turns its sign, its gradient is there or not: that is most of any float32 error here, and a matter of luck,
so look at several seeds. DOTNET_Enable* of the environment turn instruction sets of ours off, and are written down. Build
first: ./build.sh
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F

from options import output_file, usable_cores

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "DenseNetRaw.Tests", "Golden"))
from make_golden import DenseNet, write_safetensors  # noqa: E402

RECORD = 1 + 3 * 32 * 32  # a label and the pixels
FILES = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]


def new_network(name, seed):
    """As the paper: He et al.'s normal weights, gammas of one, betas of zero."""
    words = name.split("-")
    if words[:2] != ["densenet", "bc"] or len(words) != 4 or not "".join(words[2:]).isdigit():
        parser.error(f"argument --model: expected densenet-bc-L-k, found '{name}'")
    depth, growth = int(words[2]), int(words[3])
    torch.manual_seed(seed)
    network = DenseNet([(depth - 4) // 6] * 3, growth, 2 * growth, 4, 0.5, 10, imagenet=False)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    return network


def records(seed):
    """Images in the binary layout of CIFAR-10, [N, 3073]: from the data's first file, or else random bytes."""
    chosen = numpy.random.default_rng(seed)
    if arguments.data is None:
        made = chosen.integers(0, 256, (arguments.batch_size, RECORD), dtype=numpy.uint8)
        made[:, 0] %= 10
        return made
    found = numpy.fromfile(os.path.join(arguments.data, FILES[0]), dtype=numpy.uint8).reshape(-1, RECORD)
    return found[chosen.permutation(len(found))[:arguments.batch_size]]


def peer_gradients(network, batch, dtype, layout):
    network = network.to(dtype=dtype, memory_format=layout).train()
    pixels = batch[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32)
    images = torch.from_numpy((pixels / numpy.float32(255) - numpy.float32(0.5)) / numpy.float32(0.5)).to(dtype)
    labels = torch.from_numpy(batch[:, 0].astype(numpy.int64))
    F.cross_entropy(network(images.contiguous(memory_format=layout)), labels).backward()
    return {name: parameter.grad.double() for name, parameter in network.named_parameters()}


def our_gradients(network, batch, device):
    """Also the relative rounding, of each tensor, that reading gradients off weights adds at most."""
    before = {name: value.double() for name, value in network.state_dict().items() if value.is_floating_point()}
    with tempfile.TemporaryDirectory() as folder:
        for file, part in zip(FILES, [*numpy.array_split(batch, 5), batch[:1]]):
            part.tofile(os.path.join(folder, file))
        write_safetensors(os.path.join(folder, "init.safetensors"), before)
        subprocess.run([
            os.path.join(ROOT, "artifacts", "bin", "densenet"), "train", "--json", "--model", arguments.model, "--device", device,
            "--init", os.path.join(folder, "init.safetensors"), "--data", folder, "--output-dir", os.path.join(folder, "run"),
            "--batch-size", str(len(batch)), "--augment", "none", "--no-shuffle", "--max-steps", "1", "--epochs", "1",
            "--momentum", "0", "--wd", "0", "--lr", str(arguments.lr), "--lr-scheduler", "constant",
            "--threads", str(arguments.threads), "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5"],
            check=True, capture_output=True)
        after = read_safetensors(os.path.join(folder, "run", "model.safetensors"))
    steps = {name: before[name] - after[name] for name, _ in network.named_parameters()}
    rounding = [6e-8 * max(1, (before[name].norm() / step.norm()).item()) for name, step in steps.items()]
    return {name: step / arguments.lr for name, step in steps.items()}, rounding


def read_safetensors(path):
    with open(path, "rb") as file:
        entries = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        content = file.read()
    return {
        name: torch.from_numpy(numpy.frombuffer(content[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).astype("f8"))
        for name, entry in entries.items() if entry.get("dtype") == "F32"}


def rounded(number):
    return float(f"{number:.3g}")


def errors(gradients, exact):
    found = {name: ((gradients[name] - exact[name]).norm() / exact[name].norm()).item() for name in exact}
    worst = max(found, key=found.get)
    return {"median": rounded(statistics.median(found.values())), "max": rounded(found[worst]), "worst": worst}


def compare(seed):
    batch = records(seed)
    exact = peer_gradients(new_network(arguments.model, seed), batch, torch.float64, torch.contiguous_format)
    found = {"seed": seed, "tensors": len(exact)}
    for name, layout in [("torch", torch.contiguous_format), ("torchChannelsLast", torch.channels_last)]:
        found[name] = errors(peer_gradients(new_network(arguments.model, seed), batch, torch.float32, layout), exact)
    for device in arguments.devices.split(","):
        gradients, rounding = our_gradients(new_network(arguments.model, seed), batch, device)
        found[device] = {
            **errors(gradients, exact), "rounding": {"median": rounded(statistics.median(rounding)), "max": rounded(max(rounding))}}
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", default="densenet-bc-100-12", help="densenet-bc-L-k; %(default)s")
parser.add_argument("--data", metavar="DIR", help="CIFAR-10 in its binary layout; random images unless given")
parser.add_argument("--devices", default="cpu", help="of ours, such as cpu,reference; %(default)s")
parser.add_argument("--lr", type=float, default=16, help="for reading gradients off weights; %(default)s")
parser.add_argument("--batch-size", type=int, default=64, metavar="N", help="%(default)s")
parser.add_argument("--threads", type=int, default=usable_cores(), metavar="N", help="all that it may run on")
parser.add_argument("--seeds", default="1,2,3,4", help="of weights and images; %(default)s")
parser.add_argument("--output", type=output_file, metavar="FILE", help="the JSON that is printed, as a file")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
runs = [compare(int(seed)) for seed in arguments.seeds.split(",")]


def over_seeds(side):
    """What seeds have in common; the medians beside those of PyTorch with contiguous tensors, one a seed."""
    ratios = [run[side]["median"] / run["torch"]["median"] for run in runs]
    return {
        "meanOfMedians": rounded(statistics.mean(run[side]["median"] for run in runs)),
        "max": max(run[side]["max"] for run in runs), "medianBesideTorch": [rounded(ratio) for ratio in ratios]}


result = {
    "date": datetime.date.today().isoformat(),
    "commit": subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip(),
    "command": "python3 benchmarks/peers/compare_gradients.py " + " ".join(sys.argv[1:]),
    "machine": f"{processor()}, {os.cpu_count()} cores of which {usable_cores()} may be used, {platform.system()} {platform.release()}",
    "environment": {name: value for name, value in os.environ.items() if name.startswith("DOTNET_Enable")},
    "model": arguments.model, "batchSize": arguments.batch_size, "threads": arguments.threads, "lr": arguments.lr,
    "torch": torch.__version__,
    "runs": runs,
    "summary": {side: over_seeds(side) for side in ["torch", "torchChannelsLast", *arguments.devices.split(",")]},
}
print(json.dumps(result, indent=2))
if arguments.output:
    with open(arguments.output, "w") as file:
        file.write(json.dumps(result, indent=2) + "\n")
