"""A dense block that PyTorch computes again in the backward pass, for the scripts beside this one."""
import inspect

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


class CheckpointedBlock(torch.nn.Module):
    """A dense block whose layers keep only conv1's output: the rest is computed again (Pleiss et al. 2017)."""

    def __init__(self, block, inplace=False):
        super().__init__()
        self.inplace = inplace
        self.layers = torch.nn.ModuleList(block.children())

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            def bottleneck(*inputs, layer=layer):
                return layer.conv1(F.relu(layer.norm1(torch.cat(inputs, 1)), inplace=self.inplace))
            y = checkpointed(bottleneck, *features)
            features.append(layer.conv2(F.relu(layer.norm2(y), inplace=self.inplace)))
        return torch.cat(features, 1)


def checkpointed(function, *inputs):
    known = "use_reentrant" in inspect.signature(checkpoint).parameters
    return checkpoint(function, *inputs, **({"use_reentrant": False} if known else {}))
