"""Write a trained model as ONNX (opset 17) beside its tokenizer, with config.json and the logs of its training.

Constant folding is off on purpose: it would store every weight transposed and without its name, and tied word
embeddings a second time. Here each weight is stored once, under its name in the checkpoint, as int8 where it is
large (storage.py); runtimes fold the DequantizeLinear and Transpose nodes when they load the file.

    python3 export.py --work WORK --tokenizer MODEL --out OUT
"""
import argparse
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import albert
import bert
import gpt
import onnx
import storage
import torch
import transformer
from torch import Tensor, nn
from train_tokenizer import write
from wordpiece import Tokenizer

ARCHITECTURES = {
    model.__name__: model
    for model in (albert.AlbertForPreTraining, bert.BertForPreTraining, bert.BertForQuestionAnswering,
                  bert.BertForSequenceClassification, bert.BertForTokenClassification, gpt.GPT2LMHeadModel,
                  transformer.MarianMTModel)
}  # fmt: skip
IDS = torch.tensor([[2, 7, 8, 3, 9, 3], [2, 7, 3, 0, 0, 0]])
TARGET = torch.tensor([[2, 7, 8], [2, 9, 0]])
TEXT = {0: "batch_size", 1: "sequence_length"}
SOURCE = {0: "batch_size", 1: "encoder_sequence_length"}


class File(NamedTuple):
    """One ONNX file: the module, its inputs and outputs by name with their free axes, and sample inputs."""

    name: str
    module: nn.Module
    inputs: dict[str, dict[int, str]]
    outputs: dict[str, dict[int, str]]
    samples: tuple[Tensor, ...]


class DecoderWithHead(nn.Module):
    """(B, S) source mask, (B, T) target ids and (B, S, H) encoder output -> (B, T, V) logits."""

    def __init__(self, model: transformer.MarianMTModel):
        super().__init__()
        self.model, self.lm_head = model.model, model.lm_head
        self.register_buffer("final_logits_bias", model.final_logits_bias)

    def forward(self, encoder_attention_mask: Tensor, input_ids: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        hidden = self.model.decoder(input_ids, encoder_hidden_states, encoder_attention_mask)
        return self.lm_head(hidden) + self.final_logits_bias


class EncoderAlone(nn.Module):
    def __init__(self, model: transformer.MarianMTModel):
        super().__init__()
        self.model = model.model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.model.encoder(input_ids, attention_mask)


def files_of(model: nn.Module) -> list[File]:
    """The ONNX files that exporters usually write for a model of this kind."""
    mask = (IDS > 0).long()
    if isinstance(model, transformer.MarianMTModel):
        hidden = model.model.encoder(IDS, mask)
        return [
            File("encoder_model.onnx", EncoderAlone(model), {"input_ids": SOURCE, "attention_mask": SOURCE},
                 {"last_hidden_state": SOURCE}, (IDS, mask)),
            File("decoder_model.onnx", DecoderWithHead(model),
                 {"encoder_attention_mask": SOURCE, "input_ids": {0: "batch_size", 1: "decoder_sequence_length"},
                  "encoder_hidden_states": SOURCE},
                 {"logits": {0: "batch_size", 1: "decoder_sequence_length"}}, (mask, TARGET, hidden)),
        ]  # fmt: skip
    if isinstance(model, gpt.GPT2LMHeadModel):
        inputs = {"input_ids": TEXT, "attention_mask": TEXT}
        return [File("model.onnx", model, inputs, {"logits": TEXT}, (IDS, mask))]
    whole = {0: "batch_size"}
    outputs = {
        bert.BertForPreTraining: {"prediction_logits": TEXT, "seq_relationship_logits": whole},
        albert.AlbertForPreTraining: {"prediction_logits": TEXT, "sop_logits": whole},
        bert.BertForSequenceClassification: {"logits": whole},
        bert.BertForTokenClassification: {"logits": TEXT},
        bert.BertForQuestionAnswering: {"start_logits": TEXT, "end_logits": TEXT},
    }[type(model)]
    inputs = {"input_ids": TEXT, "attention_mask": TEXT, "token_type_ids": TEXT}
    return [File("model.onnx", model, inputs, outputs, (IDS, mask, torch.zeros_like(IDS)))]


def write_onnx(file: File, folder: Path) -> None:
    path = folder / file.name
    torch.onnx.export(
        file.module.eval(), file.samples, str(path), opset_version=17, do_constant_folding=False,
        input_names=list(file.inputs), output_names=list(file.outputs), dynamic_axes=file.inputs | file.outputs,
    )  # fmt: skip
    model = onnx.load(str(path))
    named = {name for name, _ in (*file.module.named_parameters(), *file.module.named_buffers())}
    used = {name for node in model.graph.node for name in node.input}
    stored = {tensor.name for tensor in model.graph.initializer}
    unnamed = {name for name in stored - named if name in used and len(onnx_shape(model, name)) > 1}
    # A weight that an equal one took the place of, or that lost its name, could not be found again.
    assert not unnamed, f"{file.name}: renamed by the exporter: {unnamed}"
    columns = {f"{name}.weight" for name, module in file.module.named_modules() if isinstance(module, gpt.Conv1D)}
    storage.store(model.graph, columns)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    print(f"{file.name}: {path.stat().st_size / 1e6:.2f} MB, {len(model.graph.node)} nodes, {len(stored)} weights")


def onnx_shape(model: onnx.ModelProto, name: str) -> list[int]:
    return next(list(tensor.dims) for tensor in model.graph.initializer if tensor.name == name)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--work", type=Path, required=True, help="where the training left its checkpoint and logs")
    arguments.add_argument("--tokenizer", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--out", type=Path, required=True, help="the model's folder")
    options = arguments.parse_args()

    saved = torch.load(options.work / "checkpoint.pt", map_location="cpu")
    config = saved["config"]
    model = ARCHITECTURES[config["architectures"][0]](config).eval()
    model.load_state_dict(saved["model"])
    options.out.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        for file in files_of(model):
            write_onnx(file, options.out)
    (options.out / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", "utf-8")
    tokens = Tokenizer(options.tokenizer / "vocab.txt").tokens
    longest = config.get("max_position_embeddings", config.get("n_positions"))
    write(tokens, options.out, longest, ends=not isinstance(model, gpt.GPT2LMHeadModel))
    logs = options.out / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    shutil.copy(options.work / "trainer_state.json", logs)
    shutil.copytree(options.work / "runs", logs / "runs")


if __name__ == "__main__":
    main()
