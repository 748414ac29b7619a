"""Read an exported folder back: the PyTorch model with the weights that its ONNX files store."""
import json
from pathlib import Path

import onnx
import storage
import torch
from export import ARCHITECTURES
from torch import nn
from wordpiece import Tokenizer


def rebuild(folder: Path) -> tuple[nn.Module, Tokenizer]:
    """The checkpoint is not needed: anybody with the exported folder can repeat what is measured on it."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    model = ARCHITECTURES[config["architectures"][0]](config).eval()
    stored: dict[str, torch.Tensor] = {}
    for path in sorted(folder.glob("*.onnx")):
        stored |= {name: torch.tensor(weight) for name, weight in storage.weights(onnx.load(str(path)).graph).items()}
    wanted = {}
    for name, weight in model.state_dict(keep_vars=True).items():
        own = (*model.named_parameters(), *model.named_buffers())
        same = next(other for other, tensor in own if tensor is weight)  # tied: the first name
        wanted[name] = stored.get(name, stored.get(same))
        assert wanted[name] is not None, f"{folder.name} has no weight {name}"
    model.load_state_dict(wanted)
    return model, Tokenizer(folder / "vocab.txt")
