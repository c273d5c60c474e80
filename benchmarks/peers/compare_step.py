#!/usr/bin/env python3
"""Times a step of a DenseNet on the CPU, ours and PyTorch's in turn, and prints medians and their ratio.

Training takes a batch of images forward, backward and through SGD with Nesterov momentum; inference takes it forward alone,
with running statistics. PyTorch runs as installed (contiguous tensors, the system's malloc) unless told otherwise; the best
set-up found is --channels-last --tcmalloc. Ours is what `densenet bench step` reports, on the same number of threads. Rounds
alternate, so that whatever else the machine does hits both. Build first: ./build.sh
"""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

from options import output_file, usable_cores

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "DenseNetRaw.Tests", "Golden"))
from make_golden import DenseNet  # noqa: E402

WARM_UP = 2
PRELOAD = "LD_PRELOAD"
TCMALLOC = "libtcmalloc_minimal.so.4"


def new_peer(name):
    """The network and the side of its images."""
    if name == "densenet121":
        return DenseNet([6, 12, 24, 16], 32, 64, 4, 0.5, 1000, imagenet=True), 224
    extents = re.fullmatch(r"densenet-(bc-)?(\d+)-(\d+)", name)
    if extents is None:
        parser.error(f"argument --model: expected densenet-L-k, densenet-bc-L-k or densenet121, found '{name}'")
    growth, layers = int(extents[3]), (int(extents[2]) - 4) // 3
    each = 6 if extents[1] else 3
    if growth < 1 or layers < 1 or (int(extents[2]) - 4) % each:
        parser.error(f"argument --model: expected a depth L of {each}n + 4 and k of at least 1, found '{name}'")
    if extents[1]:
        return DenseNet([layers // 2] * 3, growth, 2 * growth, 4, 0.5, 10, imagenet=False), 32
    return DenseNet([layers] * 3, growth, 16, 0, 1, 10, imagenet=False), 32


def milliseconds(step, steps):
    times = []
    for _ in range(WARM_UP + steps):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    return times[WARM_UP:]


def train():
    optimiser.zero_grad()
    F.cross_entropy(peer(images), labels).backward()
    optimiser.step()


def infer():
    with torch.inference_mode():
        F.cross_entropy(peer(images), labels).item()


def our_milliseconds():
    """The median of one run of as many steps."""
    environment = {name: value for name, value in os.environ.items() if name != PRELOAD}
    command = [
        os.path.join(ROOT, "artifacts", "bin", "densenet"), "bench", "step", "--json", "--device", "cpu", "--mode", arguments.mode,
        "--model", arguments.model, "--batch-size", str(arguments.batch_size), "--threads", str(arguments.threads),
        "--warm-up", str(WARM_UP), "--steps", str(arguments.steps)]
    run = subprocess.run(command, stdout=subprocess.PIPE, env=environment)
    if run.returncode:
        sys.exit(run.returncode)  # densenet has said why
    return json.loads(run.stdout)["results"][0]["milliseconds"]


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, found {number}")
    return number


parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=28))
parser.add_argument("--model", default="densenet-bc-100-12", help="densenet-L-k or densenet-bc-L-k (32x32 images, ten classes), or "
                    "densenet121 (224x224, a thousand); %(default)s")
parser.add_argument("--mode", choices=["train", "inference"], default="train", help="%(default)s")
parser.add_argument("--batch-size", type=positive, default=64, metavar="N", help="%(default)s")
parser.add_argument("--threads", type=positive, default=usable_cores(), metavar="N", help="all that it may run on")
parser.add_argument("--rounds", type=positive, default=4, metavar="N", help="turns of both; %(default)s")
parser.add_argument("--steps", type=positive, default=6, metavar="N", help=f"timed in a turn, after {WARM_UP} of warm-up; %(default)s")
parser.add_argument("--channels-last", action="store_true", help="PyTorch's tensors as [N, H, W, C]")
parser.add_argument("--tcmalloc", action="store_true", help=f"PyTorch with {TCMALLOC}")
parser.add_argument("--output", type=output_file, metavar="FILE", help="the JSON that is printed, as a file")
arguments = parser.parse_args()
if arguments.tcmalloc and PRELOAD not in os.environ:
    os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, PRELOAD: TCMALLOC})

torch.set_num_threads(arguments.threads)
torch.manual_seed(1)
layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
peer, side = new_peer(arguments.model)
peer = peer.to(memory_format=layout).train(arguments.mode == "train")
optimiser = torch.optim.SGD(peer.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
images = torch.randn(arguments.batch_size, 3, side, side).contiguous(memory_format=layout)
labels = torch.randint(0, 10, (arguments.batch_size,))

# One number a round on both sides: the median of its steps.
theirs, ours = [], []
for _ in range(arguments.rounds):
    theirs.append(statistics.median(milliseconds(train if arguments.mode == "train" else infer, arguments.steps)))
    ours.append(our_milliseconds())


def summary(medians):
    return {"median": round(statistics.median(medians), 1), "best": round(min(medians), 1), "rounds": [round(m, 1) for m in medians]}


result = {
    "date": datetime.date.today().isoformat(),
    "commit": subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip(),
    "command": "python3 benchmarks/peers/compare_step.py " + " ".join(sys.argv[1:]),
    "machine": f"{processor()}, {os.cpu_count()} cores of which {usable_cores()} may be used, {platform.system()} {platform.release()}",
    "model": arguments.model,
    "mode": arguments.mode,
    "batchSize": arguments.batch_size,
    "threads": arguments.threads,
    "torch": torch.__version__,
    "torchSetUp": {"channelsLast": arguments.channels_last, "tcmalloc": arguments.tcmalloc},
    "torchMilliseconds": summary(theirs),
    "ourMilliseconds": summary(ours),
    "ratioOfMedians": round(statistics.median(theirs) / statistics.median(ours), 2),
    "medianOfRatios": round(statistics.median(t / o for t, o in zip(theirs, ours)), 2),
    "loadAverage": [round(load, 1) for load in os.getloadavg()],
}
print(json.dumps(result, indent=2))
if arguments.output:
    with open(arguments.output, "w") as file:
        file.write(json.dumps(result, indent=2) + "\n")
