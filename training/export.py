"""Write the trained model as ONNX (opset 17, float32) beside its vocabulary, with config.json and the log.

Constant folding is off on purpose: it would store every weight transposed and without its name, and the tied
word embeddings a second time (a third of the file). Here each weight is stored once, under its BERT name;
runtimes fold the Transpose nodes when they load the file.

    python3 export.py --work WORK --out MODEL
"""
import argparse
import json
import shutil
from pathlib import Path

import onnx
import torch
from model import BertForPreTraining

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUTS = ["prediction_logits", "seq_relationship_logits"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--work", type=Path, required=True, help="where pretrain.py left its checkpoint")
    arguments.add_argument("--out", type=Path, required=True, help="the model's folder")
    options = arguments.parse_args()

    saved = torch.load(options.work / "checkpoint.pt")
    model = BertForPreTraining(saved["config"]).eval()
    model.load_state_dict(saved["model"])
    both = {0: "batch_size", 1: "sequence_length"}
    sample = torch.tensor([[2, 7, 8, 3, 9, 3], [2, 7, 3, 0, 0, 0]])
    path = options.out / "model.onnx"
    torch.onnx.export(
        model, (sample, (sample > 0).long(), torch.zeros_like(sample)), str(path), opset_version=17,
        input_names=INPUTS, output_names=OUTPUTS, do_constant_folding=False,
        dynamic_axes={name: both for name in [*INPUTS, "prediction_logits"]} | {OUTPUTS[1]: {0: "batch_size"}},
    )  # fmt: skip

    graph = onnx.load(str(path))
    onnx.checker.check_model(graph, full_check=True)
    stored = {tensor.name for tensor in graph.graph.initializer}
    # The decoder is the word embeddings; any other weight missing was merged with an equal one.
    missing = {name for name, _ in model.named_parameters()} - stored
    assert not missing, f"merged or renamed by the exporter: {missing}"
    (options.out / "config.json").write_text(json.dumps(saved["config"], indent=2) + "\n", "utf-8")
    (options.out / "logs").mkdir(exist_ok=True)
    shutil.copy(options.work / "trainer_state.json", options.out / "logs" / "trainer_state.json")
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {len(graph.graph.node)} nodes, {len(stored)} weights")


if __name__ == "__main__":
    main()
