#!/usr/bin/env python3
"""Weights between PyTorch's .pth and .safetensors, in either direction, by the files' extensions.

Needs PyTorch alone. densenet reads no .pth, since unpickling a file can run whatever it says; this reads tensors only.

usage: convert-weights.py FROM TO
"""
import collections
import json
import struct
import sys

import torch

TYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "I64": torch.int64}


def read_pth(path):
    state = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("state_dict", "model"):  # a checkpoint, with the weights as a part
        state = state[key] if isinstance(state.get(key), dict) else state
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = collections.OrderedDict()
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    names = {dtype: name for name, dtype in TYPES.items()}
    tensors = {name: tensor if tensor.dtype in names else tensor.float() for name, tensor in tensors.items()}
    header, offset = {}, 0
    for name, tensor in sorted(tensors.items()):
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, tensor in sorted(tensors.items()):
            file.write(tensor.detach().contiguous().numpy().tobytes())


def main(source, target):
    if source.endswith(".safetensors") == target.endswith(".safetensors"):
        sys.exit("one of the files should be .safetensors, the other .pth: found " + source + " and " + target)
    if target.endswith(".safetensors"):
        write_safetensors(target, read_pth(source))
    else:
        torch.save(read_safetensors(source), target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
