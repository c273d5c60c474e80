#!/usr/bin/env python3
"""Times a training step of a DenseNet on one GPU, PyTorch's modes and ours in turn, and writes a JSON line a measurement.

Both take a batch that lies on the device forward, backward and through SGD with Nesterov momentum. PyTorch's modes:
  eager             contiguous tensors, cuDNN's algorithms chosen by measurement, the fused optimiser where there is one
  channels_last     eager in the layout that tensor cores want
  memory_efficient  eager; concatenation, norm1, relu and conv1 are computed again in the backward pass (torchvision's);
                    memory_efficient_channels_last is that in the other layout
  cuda_graph        channels_last, the whole step captured once and replayed
  compile           channels_last through torch.compile
  compile_graph     compile with mode="reduce-overhead", which captures graphs
each in fp32 (TF32 off), tf32 (on) and bf16 (autocast, TF32 on). Ours is `densenet bench step`, in the same precisions and the
memory strategies slab and slab-minimal. Rounds alternate, so that whatever else the machine does hits both. The file has
  {"kind": "machine", …}       versions, device, command
  {"kind": "measurement", …}   one a round: who, mode (or memory), precision, milliseconds, imagesPerSecond, peakBytes; or
                               its status: "out of memory", "failed" or "skipped", with the reason
  {"kind": "comparison", …}    one a network, batch and precision: PyTorch's fastest and ours
A mode that runs out of memory is recorded, not the end. A measurement is the median of --steps, of fewer where those would
take more than --seconds. Peak bytes are of everything that the step needs, parameters included: PyTorch's
torch.cuda.max_memory_allocated, our plan's total (arenaBytes is the arena of it); reservedBytes is what PyTorch took from
the driver. Both are a mode's first round's, when no compiled network of a mode after it lies in memory. A step of ours for
which cuDNN has no algorithm in the usual workspace is played with more, and has it as "workspace". Our step is that of a
training run, upload of the batch and loss included; PyTorch's has neither, which favours PyTorch. Exit code 1: ours failed.

The model `tiny` is for a run without a GPU.
"""
import argparse
import contextlib
import datetime
import gc
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

from checkpointed import CheckpointedBlock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "DenseNetRaw.Tests", "Golden"))
from make_golden import DenseNet  # noqa: E402

DEFAULT_MODELS = ["densenet-bc-100-12:64,256", "densenet-bc-190-40:64", "densenet121:64,256"]
COMPILED = {"compile": "default", "compile_graph": "reduce-overhead"}
EAGER_MODES = ["eager", "channels_last", "memory_efficient", "memory_efficient_channels_last", "cuda_graph"]
PRECISIONS = ["bf16", "tf32", "fp32"]
MEMORIES = ["slab", "slab-minimal"]
WARM_UP = 5
FEWEST_STEPS = 5
LARGER_WORKSPACE = "256MiB"


class Network:
    """One of the names that `densenet` knows, in PyTorch."""

    def __init__(self, name):
        self.name, self.our_flags, self.side, self.classes = name, ["--model", name], 32, 10
        match = re.fullmatch(r"densenet-bc-(\d+)-(\d+)", name)
        if match:
            depth, growth = map(int, match.groups())
            self.extents = dict(blocks=[(depth - 4) // 6] * 3, growth=growth, initial=2 * growth, width=4, imagenet=False)
        elif name == "densenet121":
            self.side, self.classes = 224, 1000
            self.extents = dict(blocks=[6, 12, 24, 16], growth=32, initial=64, width=4, imagenet=True)
        elif name == "tiny":
            self.our_flags = ["--model", "densenet-bc-16-4"]
            self.extents = dict(blocks=[2, 2, 2], growth=4, initial=8, width=4, imagenet=False)
        else:
            raise argparse.ArgumentTypeError(f"'{name}' is unknown; expected densenet-bc-L-k, densenet121 or tiny")

    def build(self):
        torch.manual_seed(1)
        return DenseNet(compression=0.5, classes=self.classes, **self.extents)


class Peer:
    """A PyTorch network in one mode and precision, with its batch and optimiser; `step` plays one step."""

    def __init__(self, network, batch, mode, precision, device):
        set_tf32(precision != "fp32")
        torch.backends.cudnn.benchmark = True
        self.device, self.is_bf16 = device, precision == "bf16"
        self.is_channels_last = mode not in ("eager", "memory_efficient")
        layout = torch.channels_last if self.is_channels_last else torch.contiguous_format
        self.baselines, self.memory = memory_in_use(device), None
        model = network.build()
        if mode.startswith("memory_efficient"):
            for name, part in list(model.features.named_children()):
                if name.startswith("denseblock"):
                    setattr(model.features, name, CheckpointedBlock(part))
        model = model.to(device=device, memory_format=layout)
        self.images = torch.randn(batch, 3, network.side, network.side, device=device).to(memory_format=layout)
        self.labels = torch.randint(0, network.classes, (batch,), device=device)
        self.optimiser, self.is_fused = new_optimiser(model)
        self.model = torch.compile(model, mode=COMPILED[mode], dynamic=False) if mode in COMPILED else model
        self.graph = None
        if mode == "cuda_graph":
            self.capture()

    def step(self):
        if self.graph is not None:
            self.graph.replay()
            return
        self.optimiser.zero_grad(set_to_none=True)
        cast = torch.autocast("cuda", torch.bfloat16) if self.is_bf16 else contextlib.nullcontext()
        with cast:
            loss = F.cross_entropy(self.model(self.images), self.labels)
        loss.backward()
        self.optimiser.step()

    def capture(self):
        """As PyTorch's notes on CUDA graphs have it: warm up on a side stream, then capture with gradients unset."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        self.graph = graph

    def measure(self, steps, seconds):
        """The median of so many steps, or as many as there is time for, but no fewer than five."""
        for _ in range(WARM_UP - 1):
            self.step()
        synchronize(self.device)
        started = time.perf_counter()
        self.step()
        synchronize(self.device)
        steps = max(min(steps, FEWEST_STEPS), min(steps, int(seconds / (time.perf_counter() - started))))
        if self.device == "cpu":
            return self.measure_on_host(steps)
        # A captured step's tensors lie in the graph's own pool, so its peak is that of capturing it.
        if self.graph is None:
            torch.cuda.reset_peak_memory_stats()
        events = [torch.cuda.Event(enable_timing=True) for _ in range(steps + 1)]
        events[0].record()
        for event in events[1:]:
            self.step()
            event.record()
        torch.cuda.synchronize()
        if self.memory is None:  # later, what other modes keep from round to round would be in it
            self.memory = {
                "peakBytes": torch.cuda.max_memory_allocated() - self.baselines[0],
                "reservedBytes": torch.cuda.max_memory_reserved() - self.baselines[1],
            }
        return {
            "milliseconds": statistics.median(a.elapsed_time(b) for a, b in zip(events, events[1:])), "steps": steps,
            **self.memory,
        }

    def measure_on_host(self, steps):
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            times.append(1000 * (time.perf_counter() - start))
        return {"milliseconds": statistics.median(times), "steps": steps, "peakBytes": None, "reservedBytes": None}


def set_tf32(is_on):
    torch.backends.cuda.matmul.allow_tf32 = is_on
    torch.backends.cudnn.allow_tf32 = is_on


def synchronize(device):
    if device != "cpu":
        torch.cuda.synchronize()


def memory_in_use(device):
    return (0, 0) if device == "cpu" else (torch.cuda.memory_allocated(), torch.cuda.memory_reserved())


def new_optimiser(model):
    settings = dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)
    try:
        return torch.optim.SGD(model.parameters(), fused=True, **settings), True
    except (TypeError, RuntimeError):  # PyTorch below 2.4 has none
        return torch.optim.SGD(model.parameters(), **settings), False


def release(device):
    gc.collect()
    if device == "cpu":
        return
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def forget_compiled():
    """Else torch.compile falls back to eager, silently, after eight variants of one function."""
    if hasattr(torch, "compile"):
        torch._dynamo.reset()


def why_not_applicable(mode, precision, device):
    if mode in COMPILED and not hasattr(torch, "compile"):
        return f"PyTorch {torch.__version__} has no torch.compile"
    if device == "cpu" and (mode == "cuda_graph" or mode in COMPILED):
        return "needs a GPU"
    if device == "cpu" and precision != "fp32":
        return "TF32 and autocast to bf16 are measured on a GPU only"
    return None


def run_peer(arguments, network, batch, mode, precision, kept):
    """One measurement of PyTorch. What torch.compile made is kept for the next round, for compiling takes minutes."""
    why = why_not_applicable(mode, precision, arguments.device)
    if why:
        return {"status": "skipped", "reason": why}
    peer = None
    started = time.perf_counter()
    try:
        peer = kept.get(mode) or Peer(network, batch, mode, precision, arguments.device)
        set_tf32(precision != "fp32")
        result = peer.measure(arguments.steps, arguments.seconds)
        if mode in COMPILED:
            kept[mode] = peer
        return {
            "status": "ok", **result, "channelsLast": peer.is_channels_last, "fusedOptimiser": peer.is_fused,
            "allowTf32": torch.backends.cudnn.allow_tf32 and torch.backends.cuda.matmul.allow_tf32,
            "seconds": round(time.perf_counter() - started, 1),
        }
    except Exception as error:  # whatever PyTorch cannot do is a result here
        if "out of memory" in str(error).lower():
            return {"status": "out of memory"}
        return {"status": "failed", "reason": f"{type(error).__name__}: {error}".strip()[:500]}
    finally:
        del peer
        release(arguments.device)


def run_ours(arguments, network, batch, memory, precision):
    command = [
        arguments.densenet, "bench", "step", *network.our_flags, "--batch-size", str(batch), "--device", arguments.our_device,
        "--memory", memory, "--mode", "train", "--json", *arguments.our_flags.split()]
    if arguments.our_device != "cpu":
        command += ["--precision", precision]
    elif precision != "fp32":
        return {"status": "skipped", "reason": "the cpu device computes in float32"}
    started = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True)
    workspace = {}
    if run.returncode != 0 and "--workspace" in run.stderr and "--workspace" not in command:
        workspace = {"workspace": LARGER_WORKSPACE}
        run = subprocess.run([*command, "--workspace", LARGER_WORKSPACE], capture_output=True, text=True)
    if run.returncode == 4:
        return {"status": "out of memory"}
    try:
        found = json.loads(run.stdout)["results"][0]
        return {
            "status": "ok", "milliseconds": found["milliseconds"], "imagesPerSecond": found["imagesPerSecond"],
            "peakBytes": found["totalBytes"], "arenaBytes": found["peakBytes"], **workspace,
            "seconds": round(time.perf_counter() - started, 1),
        }
    except (ValueError, KeyError, IndexError):
        words = (run.stderr or run.stdout).strip().splitlines() or ["nothing printed"]
        return {"status": "failed", "reason": f"exit code {run.returncode}: {words[-1][:500]}"}


class Results:
    """The lines, on disk as soon as they are known."""

    def __init__(self, path):
        self.file = open(path, "a") if path else None
        self.measurements = []

    def add(self, line):
        if line["kind"] == "measurement":
            if line.get("milliseconds"):
                line.setdefault("imagesPerSecond", 1000 * line["batchSize"] / line["milliseconds"])
            self.measurements.append(line)
            words = f"{line['milliseconds']:9.2f} ms {line['imagesPerSecond']:9.1f} images/s {mebibytes(line['peakBytes'])}" \
                if line["status"] == "ok" else f"{line['status']} {line.get('reason', '')}"
            print(f"{line['model']} {line['batchSize']} {line['precision']} {line['who']} {line['mode']}: {words}", flush=True)
        else:
            print(json.dumps(line), flush=True)
        if self.file:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()

    def compare(self, model, batch, precision):
        """The fastest of both sides, by the median of rounds, and the least memory of both."""
        def of(who):
            modes = {}
            for line in self.measurements:
                if (line["model"], line["batchSize"], line["precision"], line["who"], line["status"]) \
                        == (model, batch, precision, who, "ok"):
                    modes.setdefault(line["mode"], []).append(line)
            return [
                {"mode": mode, "milliseconds": statistics.median(line["milliseconds"] for line in lines),
                 "peakBytes": max((line["peakBytes"] or 0) for line in lines) or None}
                for mode, lines in modes.items()]
        theirs, ours = of("pytorch"), of("densenetraw")
        if not theirs or not ours:
            return
        fastest = [min(side, key=lambda one: one["milliseconds"]) for side in (theirs, ours)]
        self.add({
            "kind": "comparison", "model": model, "batchSize": batch, "precision": precision,
            "pytorchFastest": fastest[0], "oursFastest": fastest[1],
            "speedup": round(fastest[0]["milliseconds"] / fastest[1]["milliseconds"], 3),
            "pytorchPeakBytes": {one["mode"]: one["peakBytes"] for one in theirs},
            "ourPeakBytes": {one["mode"]: one["peakBytes"] for one in ours},
        })


def mebibytes(count):
    return "" if count is None else f"{count / 2**20:9.1f} MiB"


def machine(arguments):
    described = {
        "kind": "machine", "date": datetime.date.today().isoformat(), "system": f"{platform.platform()}, {os.cpu_count()} cores",
        "torch": torch.__version__, "cuda": torch.version.cuda, "device": arguments.device,
        "command": "compare_gpu.py " + " ".join(sys.argv[1:]),
    }
    if arguments.device != "cpu":
        described.update(
            name=torch.cuda.get_device_name(), cudnn=torch.backends.cudnn.version(),
            computeCapability=".".join(map(str, torch.cuda.get_device_capability())),
            memoryBytes=torch.cuda.get_device_properties(0).total_memory)
    return described


def compare(arguments, results, network, batch, precision, modes):
    """Rounds of every mode and memory strategy, at one batch size and precision."""
    case = {"kind": "measurement", "model": network.name, "batchSize": batch, "precision": precision}
    kept = {}
    for number in range(1, arguments.rounds + 1):
        for mode in modes:
            found = run_peer(arguments, network, batch, mode, precision, kept)
            results.add({**case, "who": "pytorch", "mode": mode, "round": number, **found})
        for memory in MEMORIES:
            found = run_ours(arguments, network, batch, memory, precision)
            results.add({**case, "who": "densenetraw", "mode": memory, "round": number, **found})
    results.compare(network.name, batch, precision)
    kept.clear()
    forget_compiled()
    release(arguments.device)


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, found {number}")
    return number


def some_of(known):
    def words(text):
        for word in text.split(","):
            if word not in known:
                raise argparse.ArgumentTypeError(f"'{word}' is unknown; expected some of {', '.join(known)}")
        return text.split(",")
    return words


def network_and_batches(text):
    name, _, batches = text.partition(":")
    if batches and not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", batches):
        raise argparse.ArgumentTypeError(f"expected NAME:BATCH[,BATCH…], found '{text}'")
    return Network(name), [int(batch) for batch in (batches or "64").split(",")]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=28))
    parser.add_argument("--model", action="append", type=network_and_batches, metavar="NAME[:BATCH,…]",
                        help="densenet-bc-L-k, densenet121 or tiny, and its batches (64); may be repeated; "
                             + " ".join(DEFAULT_MODELS))
    parser.add_argument("--modes", type=some_of([*EAGER_MODES, *COMPILED]), default=EAGER_MODES, metavar="MODE,…",
                        help=f"PyTorch's, of those above; {','.join(EAGER_MODES)}")
    parser.add_argument("--precisions", type=some_of(PRECISIONS), default=PRECISIONS, metavar="P,…", help=",".join(PRECISIONS))
    parser.add_argument("--rounds", type=positive, default=2, metavar="N", help="turns of both; %(default)s")
    parser.add_argument("--steps", type=positive, default=30, metavar="N", help="timed in a turn; %(default)s")
    parser.add_argument("--seconds", type=float, default=3, metavar="S", help="for them; %(default)s")
    parser.add_argument("--our-flags", default="", metavar="FLAGS", help="further flags of `densenet bench step`")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="PyTorch's; %(default)s")
    parser.add_argument("--our-device", metavar="DEVICE", help="ours, if it is another")
    parser.add_argument("--densenet", default=os.path.join(ROOT, "artifacts", "bin", "densenet"), metavar="PROGRAM",
                        help="our program, if it is not the one in artifacts/bin")
    parser.add_argument("--output", metavar="FILE", help="the JSON lines, appended to a file")
    arguments = parser.parse_args()
    arguments.our_device = arguments.our_device or arguments.device
    if not os.access(arguments.densenet, os.X_OK):
        parser.error(f"argument --densenet: there is no program '{arguments.densenet}'; ./build.sh makes it")
    if arguments.device != "cpu" and not torch.cuda.is_available():
        raise SystemExit(f"compare_gpu.py: PyTorch {torch.__version__} finds no GPU; --device cpu runs without one")

    results = Results(arguments.output)
    results.add(machine(arguments))
    for network, batches in arguments.model or map(network_and_batches, DEFAULT_MODELS):
        for batch in batches:
            for precision in arguments.precisions:
                compare(arguments, results, network, batch, precision, arguments.modes)
    if any(line["who"] == "densenetraw" and line["status"] == "failed" for line in results.measurements):
        sys.exit(1)


if __name__ == "__main__":
    main()
