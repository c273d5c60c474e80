#!/usr/bin/env python3
"""Compares the memory of a training step on the CPU: PyTorch, checkpointed, and ours with --memory slab-minimal.

PyTorch keeps of each dense layer what efficient_densenet_pytorch (Pleiss et al. 2017) does, conv1's output, and computes
concatenation, norm1, relu and conv1 again in the backward pass. ReLUs work in place. It runs with the system's malloc and with
tcmalloc, in both layouts. What counts is the most memory that a process has had resident over a few steps with momentum
(VmHWM), less a base. PyTorch's is what was resident after a step of a tiny network, so that libraries are loaded and threads
started. Ours is the peak of the same run of a tiny network. "planned" is our arena, parameters and what belongs to them.
Every run has a process of its own. Build first: ./build.sh
"""
import argparse
import datetime
import gc
import json
import os
import platform
import re
import subprocess
import sys

import torch
import torch.nn.functional as F

from checkpointed import CheckpointedBlock
from options import output_file, usable_cores

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "DenseNetRaw.Tests", "Golden"))
from make_golden import DenseNet, Transition  # noqa: E402

STEPS = 3  # ours plays two: its memory is planned
TINY = "densenet-bc-10-4"
TCMALLOC = "libtcmalloc_minimal.so.4"


def transition_in_place(self, x):
    return F.avg_pool2d(self.conv(F.relu(self.norm(x), inplace=True)), 2)


def status(key):
    """Bytes."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


def new_peer():
    extents = re.fullmatch(r"densenet-bc-(\d+)-(\d+)", arguments.model)
    if extents is None:
        parser.error(f"argument --model: expected densenet-bc-L-k, found '{arguments.model}'")
    depth, growth = map(int, extents.groups())
    peer = DenseNet([(depth - 4) // 6] * 3, growth, 2 * growth, 4, 0.5, 10, imagenet=False)
    for name, part in list(peer.features.named_children()):
        if name.startswith("denseblock"):
            setattr(peer.features, name, CheckpointedBlock(part, inplace=True))
    Transition.forward = transition_in_place
    return peer


def train(network, images, steps):
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(network(images), torch.zeros(len(images), dtype=torch.int64)).backward()
        optimiser.step()


def measure_peer():
    """Bytes, in this process."""
    torch.set_num_threads(arguments.threads)
    layout = torch.channels_last if arguments.only_peer == "channels_last" else torch.contiguous_format
    tiny = DenseNet([1, 1, 1], 4, 8, 4, 0.5, 10, imagenet=False).to(memory_format=layout)
    train(tiny, torch.randn(2, 3, 8, 8).contiguous(memory_format=layout), 1)
    del tiny
    gc.collect()
    base = status("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins again here
    train(new_peer().to(memory_format=layout), torch.randn(arguments.batch_size, 3, 32, 32).contiguous(memory_format=layout), STEPS)
    print(status("VmHWM") - base)


def peer_bytes(layout, preload):
    command = [
        sys.executable, os.path.abspath(__file__), "--only-peer", layout, "--model", arguments.model,
        "--batch-size", str(arguments.batch_size), "--threads", str(arguments.threads)]
    environment = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def our_bytes(model, batch_size):
    """The peak of the process, and arena and parameters with what belongs to them."""
    found = json.loads(subprocess.run([
        os.path.join(ROOT, "artifacts", "bin", "densenet"), "bench", "memory-probe", "--device", "cpu", "--model", model,
        "--memory", "slab-minimal", "--batch-size", str(batch_size), "--threads", str(arguments.threads)],
        check=True, stdout=subprocess.PIPE).stdout)
    return found["processPeakBytes"], found["arenaBytes"] + found["outsideBytes"]


def processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def mebibytes(count):
    return round(count / 2 ** 20, 1)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", default="densenet-bc-100-12", help="densenet-bc-L-k; %(default)s")
parser.add_argument("--batch-size", type=int, default=64, metavar="N", help="%(default)s")
parser.add_argument("--threads", type=int, default=usable_cores(), metavar="N", help="all that it may run on")
parser.add_argument("--output", type=output_file, metavar="FILE", help="the JSON that is printed, as a file")
parser.add_argument("--only-peer", choices=["contiguous", "channels_last"], help="PyTorch in this process: prints bytes")
arguments = parser.parse_args()
if arguments.only_peer:
    measure_peer()
    sys.exit()

theirs = {
    f"{layout}, {allocator}": mebibytes(peer_bytes(layout, preload))
    for layout in ["contiguous", "channels_last"] for allocator, preload in [("malloc", None), ("tcmalloc", TCMALLOC)]}
peak, planned = our_bytes(arguments.model, arguments.batch_size)
base, _ = our_bytes(TINY, 1)
result = {
    "date": datetime.date.today().isoformat(),
    "commit": subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip(),
    "command": "python3 benchmarks/peers/compare_memory.py " + " ".join(sys.argv[1:]),
    "machine": f"{processor()}, {os.cpu_count()} cores of which {usable_cores()} may be used, {platform.system()} {platform.release()}",
    "model": arguments.model, "batchSize": arguments.batch_size, "threads": arguments.threads, "torch": torch.__version__,
    "torchMebibytes": theirs,
    "ourMebibytes": {"measured": mebibytes(peak - base), "planned": mebibytes(planned), "base": mebibytes(base)},
    "ratioToLeastOfTorch": round(mebibytes(peak - base) / min(theirs.values()), 3),
}
print(json.dumps(result, indent=2))
if arguments.output:
    with open(arguments.output, "w") as file:
        file.write(json.dumps(result, indent=2) + "\n")
