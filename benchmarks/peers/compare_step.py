#!/usr/bin/env python3
"""Times one training step of a DenseNet-BC on the CPU, ours and PyTorch's in turn, and prints medians and their ratio.

Both take a batch of 32×32 images forward, backward and through SGD with Nesterov momentum, on the same number of threads.
PyTorch runs as installed: contiguous tensors, the system's malloc. Ours is what `densenet train` reports per step. Rounds
alternate, so that whatever else the machine does hits both. Build first: ./build.sh

usage: compare_step.py [--depth 100] [--growth-rate 12] [--batch-size 64] [--threads N] [--rounds 4] [--steps 6] [--output FILE]
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn.functional as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "DenseNetRaw.Tests", "Golden"))
from make_golden import DenseNet  # noqa: E402

WARM_UP = 2


def torch_milliseconds(model, optimiser, images, labels, steps):
    times = []
    for step in range(WARM_UP + steps):
        start = time.perf_counter()
        optimiser.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimiser.step()
        times.append(1000 * (time.perf_counter() - start))
    return times[WARM_UP:]


def our_milliseconds(arguments, steps):
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        subprocess.run(
            [os.path.join(ROOT, "artifacts", "bin", "densenet"), "train", "--data", "synthetic",
             "--model", f"densenet-bc-{arguments.depth}-{arguments.growth_rate}", "--batch-size", str(arguments.batch_size),
             "--threads", str(arguments.threads), "--max-steps", str(WARM_UP + steps), "--output-dir", run],
            check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(run, "metrics.jsonl")) as lines:
            events = [json.loads(line) for line in lines]
    return [event["milliseconds"] for event in events if event["kind"] == "step"][WARM_UP:]


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=100)
parser.add_argument("--growth-rate", type=int, default=12)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--rounds", type=int, default=4)
parser.add_argument("--steps", type=int, default=6)
parser.add_argument("--output")
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
torch.manual_seed(1)
layers = (arguments.depth - 4) // 6
peer = DenseNet([layers] * 3, arguments.growth_rate, 2 * arguments.growth_rate, 4, 0.5, 10, imagenet=False)
optimiser = torch.optim.SGD(peer.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
images = torch.randn(arguments.batch_size, 3, 32, 32)
labels = torch.randint(0, 10, (arguments.batch_size,))

theirs, ours = [], []
for _ in range(arguments.rounds):
    theirs += torch_milliseconds(peer, optimiser, images, labels, arguments.steps)
    ours += our_milliseconds(arguments, arguments.steps)

result = {
    "date": datetime.date.today().isoformat(),
    "commit": subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip(),
    "command": "python3 benchmarks/peers/compare_step.py " + " ".join(sys.argv[1:]),
    "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
    "model": f"densenet-bc-{arguments.depth}-{arguments.growth_rate}",
    "batchSize": arguments.batch_size,
    "threads": arguments.threads,
    "torch": torch.__version__,
    "torchMilliseconds": {"median": round(statistics.median(theirs), 1), "best": round(min(theirs), 1), "steps": len(theirs)},
    "ourMilliseconds": {"median": round(statistics.median(ours), 1), "best": round(min(ours), 1), "steps": len(ours)},
    "ratioOfMedians": round(statistics.median(theirs) / statistics.median(ours), 2),
    "loadAverage": [round(load, 1) for load in os.getloadavg()],
}
print(json.dumps(result, indent=2))
if arguments.output:
    with open(arguments.output, "w") as file:
        file.write(json.dumps(result, indent=2) + "\n")
