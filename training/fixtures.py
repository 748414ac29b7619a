"""Write tiny random Transformers as ONNX files, the way torch.onnx does it, with PyTorch's own numbers for them.

The modules compute as those of Hugging Face transformers do, so that the exporter writes what people hold. The files
differ in operator set, constant folding and how weights are stored. Each comes with its inputs and the attention of
every head, the hidden state after each layer, and the output, as PyTorch computes them without the exporter.

    python3 fixtures.py --out ../test/fixtures/models
"""
import argparse
import json
from pathlib import Path

import onnx
import torch
from fixture_attention import Alibi, AlibiTable, Sdpa, Window
from fixture_changes import to_dynamo, to_float16, to_int8, to_opset, to_qdq, to_qoperator
from fixture_families import T5, Deberta, DebertaBucketsLayer, DebertaFirstLayer, Electra, Mpnet, Roberta, Vanilla
from fixture_models import IDS, MASK, SEGMENTS, TARGET, Bart, Bert, Gpt2
from torch import Tensor, nn

ENCODER = {"input_ids": IDS, "attention_mask": MASK, "token_type_ids": SEGMENTS}
PLAIN = {"input_ids": IDS, "attention_mask": MASK}
FROM_PADDING = PLAIN | {"input_ids": IDS.clamp(min=1)}  # the padding id is 1
PAIR = PLAIN | {"decoder_input_ids": TARGET}
FILES = {
    "bert-opset11": (Bert, ENCODER, 11, True, None),
    "bert-opset13": (Bert, ENCODER, 13, True, None),
    "bert-opset17": (Bert, ENCODER, 17, False, None),
    "bert-float16": (Bert, ENCODER, 17, True, to_float16),
    "bert-int8": (Bert, ENCODER, 13, True, to_int8),
    "distilbert": (lambda: Bert("fill", segments=False), PLAIN, 11, True, None),
    "albert": (lambda: Bert(shared=True), ENCODER, 13, True, None),
    "gpt2": (Gpt2, PLAIN, 13, True, None),
    "bart": (Bart, PAIR, 13, True, None),
    "roberta": (Roberta, FROM_PADDING, 14, True, None),
    "electra": (Electra, ENCODER, 12, True, None),
    "mpnet": (Mpnet, FROM_PADDING, 14, True, None),
    "deberta": (Deberta, PLAIN, 14, True, None),
    "deberta-first": (lambda: Deberta(DebertaFirstLayer), PLAIN, 14, True, None),
    "deberta-buckets": (lambda: Deberta(DebertaBucketsLayer), PLAIN, 17, True, None),
    "t5": (lambda: T5(False), PAIR, 13, True, None),
    "t5-gated": (lambda: T5(True), PAIR, 17, True, None),
    "vanilla": (Vanilla, PAIR, 14, True, None),
    "alibi": (Alibi, PLAIN, 14, True, None),
    "alibi-table": (AlibiTable, PLAIN, 14, True, None),
    "window": (Window, PLAIN, 14, True, None),
    "sdpa-bool": (lambda: Sdpa("script", "bool"), ENCODER, 14, True, None),
    "sdpa-float": (lambda: Sdpa("script", "float"), ENCODER, 17, True, None),
    "sdpa-causal": (lambda: Sdpa("script", "causal"), ENCODER, 14, True, None),
    "dynamo-opset18": (lambda: Sdpa("dynamo", "bool"), ENCODER, 17, True, to_dynamo(18)),
    "dynamo-opset20": (lambda: Sdpa("dynamo", "float"), ENCODER, 17, True, to_dynamo(20)),
    "dynamo-opset23": (lambda: Sdpa("operator", "float"), ENCODER, 17, True, to_dynamo(23)),
    "dynamo-opset24": (lambda: Sdpa("operator", "float"), ENCODER, 17, True, to_dynamo(24)),
    "bert-opset19": (Bert, ENCODER, 13, True, to_opset(19)),
    "bert-opset21": (Bert, ENCODER, 17, True, to_opset(21)),
    "bert-opset22": (Bert, ENCODER, 17, True, to_opset(22)),
    "bert-opset24": (Bert, ENCODER, 17, True, to_opset(24)),
    "bert-qdq": (Bert, ENCODER, 13, True, to_qdq),
    "bert-qoperator": (Bert, ENCODER, 13, True, to_qoperator),
}


def numbers(tensor: Tensor) -> list[float]:
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, (make, inputs, opset, folds, change) in FILES.items():
        torch.manual_seed(1)
        model = make().eval()
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.3)
            if change is to_float16:
                parameter.data = parameter.data.half().float()
        output = model(*inputs.values())
        kept = {kind: [{"shape": list(t.shape), "values": numbers(t)} for t in each] for kind, each in model.kept.items()}
        path = out / f"{name}.onnx"
        axes = {key: {0: "batch_size", 1: "target_length" if key == "decoder_input_ids" else "sequence_length"}
                for key in inputs}  # fmt: skip
        axes["logits"] = axes["decoder_input_ids" if "decoder_input_ids" in inputs else "input_ids"]
        torch.onnx.export(model, tuple(inputs.values()), str(path), opset_version=opset, do_constant_folding=folds,
                          input_names=list(inputs), output_names=["logits"], dynamic_axes=axes)  # fmt: skip
        if change:
            changed = onnx.load(str(path))
            change(changed)
            if changed.opset_import[0].version <= onnx.defs.onnx_opset_version():
                onnx.checker.check_model(changed)
            onnx.save(changed, str(path))
        reference = {"inputs": {key: value.tolist() for key, value in inputs.items()}, **kept,
                     "output": {"shape": list(output.shape), "values": numbers(output)}}  # fmt: skip
        path.with_suffix(".json").write_text(json.dumps(reference, separators=(",", ":")))
        print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
