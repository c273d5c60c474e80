#!/usr/bin/env python3
"""A DenseNet of torchvision with random weights and statistics, as .safetensors, and its logits of random images.

Writes NAME-weights.safetensors and NAME-logits.safetensors (input, logits) into FOLDER, and with --old the weights under
the names of torchvision's first files. Checks on the way that scripts/convert-weights.py turns a .pth into .safetensors
and back without a change, and that torchvision loads what came back. "torchvision" makes the golden files (torchvision 0.14).
Without its packages it exits with 77.

usage: make_torchvision.py FOLDER torchvision|densenet121 [--old]
"""
import importlib.util
import os
import re
import sys

try:
    import torch
    import torchvision
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "scripts")


def load_converter():
    path = os.path.join(SCRIPTS, "convert-weights.py")
    spec = importlib.util.spec_from_file_location("convert_weights", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def new_model(name):
    if name == "densenet121":
        return torchvision.models.densenet121(weights=None)
    return torchvision.models.DenseNet(
        growth_rate=4, block_config=(1, 1, 2, 1), num_init_features=8, bn_size=2, num_classes=5)


def main(folder, name, is_old):
    convert = load_converter()
    torch.manual_seed(1)
    model = new_model(name).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.weight, 1, 0.2)
            torch.nn.init.normal_(module.bias, 0, 0.2)
            torch.nn.init.normal_(module.running_mean, 0, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    images = torch.randn(2, 3, 64, 64) if name == "densenet121" else torch.randn(3, 3, 37, 45)
    with torch.no_grad():
        logits = model(images)
    pth = os.path.join(folder, f"{name}.pth")
    weights = os.path.join(folder, f"{name}-weights.safetensors")
    state = model.state_dict()
    if is_old:
        pattern = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.")
        state = {pattern.sub(r"\1.\2.", key): value for key, value in state.items()
                 if not key.endswith("num_batches_tracked")}
    torch.save(state, pth)
    convert.main(pth, weights)
    convert.main(weights, pth)
    back = torch.load(pth)
    assert back.keys() == state.keys() and all(torch.equal(back[key], state[key]) for key in state)
    if not is_old:
        new_model(name).load_state_dict(back, strict=True)
    os.remove(pth)
    convert.write_safetensors(
        os.path.join(folder, f"{name}-logits.safetensors"), {"input": images, "logits": logits})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--old" in sys.argv)
