#!/usr/bin/env python3
"""Checks an ONNX file and computes it with PyTorch, node by node, independently of what wrote it.

onnx's checker and shape inference must accept the file, and every value must have the inferred shape. LOGITS.safetensors
holds input and the logits that are expected within 1e-4 of the largest.

Without its packages it exits with 77.

usage: run_onnx.py (MODEL.onnx LOGITS.safetensors)...
"""
import json
import struct
import sys

try:
    import numpy
    import onnx
    import onnx.numpy_helper
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

TOLERANCE = 1e-4


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    types = {"F32": numpy.float32, "F64": numpy.float64}
    return {name: torch.from_numpy(
        numpy.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"]).copy())
        for name, entry in header.items() if entry.get("dtype") in types}


def symmetric(pads):
    assert pads[:2] == pads[2:], pads
    return pads[:2]


def compute(node, attributes, x, *others):
    pads = symmetric(attributes.get("pads", [0, 0, 0, 0]))
    if node.op_type == "Conv":
        return F.conv2d(x, *others, stride=attributes["strides"], padding=pads)
    if node.op_type == "BatchNormalization":
        scale, shift, mean, variance = others
        return F.batch_norm(x, mean, variance, scale, shift, eps=attributes["epsilon"])
    if node.op_type == "Relu":
        return F.relu(x)
    if node.op_type == "Concat":
        return torch.cat([x, *others], attributes["axis"])
    if node.op_type == "AveragePool":
        return F.avg_pool2d(x, attributes["kernel_shape"], attributes["strides"], pads)
    if node.op_type == "MaxPool":
        return F.max_pool2d(x, attributes["kernel_shape"], attributes["strides"], pads)
    if node.op_type == "GlobalAveragePool":
        return x.mean((2, 3), keepdim=True)
    if node.op_type == "Flatten":
        return x.flatten(1)
    if node.op_type == "Gemm":
        assert attributes == {"transB": 1}
        return F.linear(x, *others)
    raise SystemExit(f"{node.op_type} is not expected")


def main(path, logits_path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    shapes = {value.name: value.type.tensor_type.shape.dim
              for value in [*inferred.graph.value_info, *inferred.graph.output]}
    data = read_safetensors(logits_path)
    values = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
              for tensor in model.graph.initializer}
    values["input"] = data["input"].float()
    with torch.no_grad():
        for node in model.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            y = compute(node, attributes, *(values[name] for name in node.input))
            expected = [y.shape[0] if dim.dim_param == "N" else dim.dim_value for dim in shapes[node.output[0]]]
            assert list(y.shape) == expected, (node.name, y.shape, expected)
            values[node.output[0]] = y
    error = ((values["logits"] - data["logits"]).abs().max() / data["logits"].abs().max()).item()
    print(f"{path}: {len(model.graph.node)} nodes, error {error:.1e}")
    assert error < TOLERANCE


if __name__ == "__main__":
    for model_path, expected_path in zip(sys.argv[1::2], sys.argv[2::2]):
        main(model_path, expected_path)
