"""Write what PyTorch answers with the weights in a model's ONNX files: references for any other engine.

references.json holds for each of a dozen texts its `inputs` by name and its `tensors` by name, each with its shape
and the float at which it begins in tensors.f32 (little-endian float32): the model's outputs, the eager attention
probabilities of each layer `[heads][query][key]`, the hidden states `[token][width]` and the output of every layer
norm by the name of its module.

    python3 verify.py --model MODEL --references FOLDER
"""
import argparse
import json
from pathlib import Path

import bert
import gpt
import torch
import transformer
from exported import rebuild
from torch import nn
from wordpiece import CLS, MASK, SEP, Tokenizer

MASKED: list[tuple[str, str | None]] = [
    ("The cat is sleeping on the [MASK].", None),
    ("I would like a cup of [MASK], please.", None),
    ("She [MASK] to school by [MASK] every [MASK].", None),
    ("我今天很[MASK]。", None),
    ("他是一[MASK]好学生。", None),
    ("明[MASK]我们一起去公[MASK]吧。", None),
    ("我用 Python 写了一个函[MASK]，it returns a [MASK] of strings.", None),
    ("How are you [MASK]?", "I am fine, [MASK] you."),
    ("你叫什么名[MASK]？", "我[MASK]汤姆。"),
    ("Once upon a time there was a [MASK] king who lived in a castle by the sea with his three daughters. "
     "Every morning they walked along the shore, and every evening they sat by the [MASK].", None),
    ("Ｃａｆé NAÏVE — 日本語の[MASK]は、難しい… 😀 ☃ co-operate@x.org 3.14", None),
    ("Hello, world!", None),
]  # fmt: skip
PLAIN: list[tuple[str, str | None]] = [
    (text.replace("[MASK]", "it"), pair and pair.replace("[MASK]", "and")) for text, pair in MASKED
]
COMMANDS: list[tuple[str, str | None]] = [(text, None) for text in (
    "play some jazz by miles davis", "will it rain in boston tomorrow?", "book a table for two at a pub in Texas",
    "add this song to my running playlist", "rate this book five stars", "find the movie schedule near me",
    "Play the album Kind of Blue on Spotify", "What's the weather like?", "give 3 out of 6 to the current novel",
    "I want to eat sushi with my sister at seven pm", "今天天气怎么样？", "show me the TV series The Long Way Home",
)]  # fmt: skip
TRANSLATIONS: list[tuple[str, str | None]] = [
    ("I am a student.", "我是学生。"), ("I am a student.", "他喜欢喝茶。"), ("他喜欢喝茶。", "He likes to drink tea."),
    ("Where is the station?", "车站在哪里？"), ("Where is the station?", "车站很远。"), ("She sings well.", "她唱得很好。"),
    ("Tom didn't come.", "汤姆来了。"), ("明天会下雨。", "It will rain tomorrow."), ("我有两个孩子。", "I have two cats."),
    ("The book on the table is mine.", "桌子上的书是我的。"), ("Hello!", "你好！"), ("Thank you very much.", "不客气。"),
]  # fmt: skip
ANSWERS: list[tuple[str, str | None]] = [
    ("Which artist?", "play some jazz by miles davis"), ("Which city?", "will it rain in boston tomorrow?"),
    ("For how many people?", "book a table for two at a pub in Texas"), ("When?", "will it rain in boston tomorrow?"),
    ("Whose playlist?", "add this song to my running playlist"), ("What rating?", "rate this book five stars"),
    ("Which album?", "Play the album Kind of Blue on Spotify"), ("On which service?", "Play jazz on Spotify"),
    ("Which state?", "book a table for two at a pub in Texas"), ("Which city?", "今天北京天气怎么样？"),
    ("Out of how many?", "give 3 out of 6 to the current novel"),
    ("What is the title?", "show me the TV series The Long Way Home"),
]  # fmt: skip
TEXTS = {
    bert.BertForSequenceClassification: COMMANDS,
    bert.BertForTokenClassification: COMMANDS,
    bert.BertForQuestionAnswering: ANSWERS,
    gpt.GPT2LMHeadModel: PLAIN,
    transformer.MarianMTModel: [pair for pair in TRANSLATIONS if pair[0].isascii()] + [
        ("I don't know what to do.", "我不知道该做什么。"), ("He is taller than me.", "他比我高。"),
        ("Open the window, please.", "请打开窗户。")],
}  # fmt: skip


def inputs_of(model: nn.Module, tokenizer: Tokenizer, text: str, pair: str | None) -> dict[str, torch.Tensor]:
    ids, types = tokenizer.encode_pair(text, pair)
    if isinstance(model, transformer.MarianMTModel):
        source, target = [CLS, *tokenizer.encode(text), SEP], [CLS, *tokenizer.encode(pair)]
        return {"input_ids": torch.tensor([source]), "attention_mask": torch.ones(1, len(source), dtype=torch.long),
                "decoder_input_ids": torch.tensor([target])}  # fmt: skip
    if isinstance(model, gpt.GPT2LMHeadModel):
        ids, types = [CLS, *tokenizer.encode(text), *(tokenizer.encode(pair) if pair else [])], None
    inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
    return inputs if types is None else {**inputs, "token_type_ids": torch.tensor([types])}


class Watch:
    """Keeps what the attentions, the layers and the layer norms of a model give in one forward pass."""

    def __init__(self, model: nn.Module):
        self.tensors: dict[str, torch.Tensor] = {}
        self.kept: dict[str, list[torch.Tensor]] = {}
        attentions = model.attentions if isinstance(model.attentions, dict) else {"attention": model.attentions}
        for stack, modules in attentions.items():
            self.kept[stack] = []
            for module in modules:
                module.kept = self.kept[stack]
        for name, module in model.named_modules():
            if isinstance(module, nn.LayerNorm):
                module.register_forward_hook(lambda _, __, out, name=name: self.add(f"layer_norm {name}", out))
        for name, module in self.streams(model):
            module.register_forward_hook(lambda _, __, out, name=name: self.add(name, out))

    @staticmethod
    def streams(model: nn.Module):
        """The modules that give the hidden states: of encoders the embeddings and each layer, else each layer."""
        if isinstance(model, transformer.MarianMTModel):
            for side in ("encoder", "decoder"):
                for layer in getattr(model.model, side).layers:
                    yield f"hidden_state {side}", layer
        elif isinstance(model, gpt.GPT2LMHeadModel):
            for layer in model.transformer.h:
                yield "hidden_state", layer
        elif hasattr(model, "bert"):
            yield "hidden_state", model.bert.embeddings
            for layer in model.bert.encoder.layer:
                yield "hidden_state", layer
        else:
            yield "hidden_state", model.albert.encoder.embedding_hidden_mapping_in
            for group in model.albert.encoder.albert_layer_groups:
                yield "hidden_state", group.albert_layers[0]

    def add(self, name: str, value: torch.Tensor) -> None:
        at = sum(key.startswith(f"{name} ") for key in self.tensors)
        self.tensors[f"{name} {at}"] = value[0]

    def taken(self) -> dict[str, torch.Tensor]:
        """Everything of the last pass by name and number, and an empty watch."""
        found, self.tensors = self.tensors, {}
        for stack, kept in self.kept.items():
            found |= {f"{stack} {layer}": probabilities[0] for layer, probabilities in enumerate(kept)}
            kept.clear()
        return found


def outputs_of(model: nn.Module, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """By name; of (S, V) logits only those at the masks, or of the last token, for the whole would be large."""
    outputs = model(**inputs)
    if isinstance(model, bert.BertForQuestionAnswering):
        return {"start_logits": outputs[0][0], "end_logits": outputs[1][0]}
    if isinstance(outputs, tuple):
        related = "seq_relationship_logits" if hasattr(model, "bert") else "sop_logits"
        return {"prediction_logits": outputs[0][0][inputs["input_ids"][0] == MASK], related: outputs[1][0]}
    if isinstance(model, (gpt.GPT2LMHeadModel, transformer.MarianMTModel)):
        return {"logits of the last token": outputs[0, -1:]}
    return {"logits": outputs[0]}


def without_each_head(model: bert.BertForSequenceClassification, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """(layers, heads, classes): the logits with the context of one head set to zero."""
    rows = []
    for layer in model.bert.encoder.layer:
        attention = layer.attention.self
        for head in range(attention.heads):
            kept = torch.ones(attention.heads, attention.size)
            kept[head] = 0
            hook = attention.register_forward_hook(lambda _, __, context, kept=kept: context * kept.flatten())
            rows.append(model(**inputs)[0])
            hook.remove()
    return torch.stack(rows).view(len(model.bert.encoder.layer), -1, rows[0].shape[-1])


@torch.no_grad()
def write_references(model: nn.Module, tokenizer: Tokenizer, folder: Path) -> None:
    watch, entries, blocks, offset = Watch(model), [], [], 0
    texts = TEXTS.get(type(model), MASKED)
    if isinstance(model, bert.BertForSequenceClassification) and len(model.classifier.bias) == 2:
        texts = TRANSLATIONS
    for text, pair in texts:
        inputs = inputs_of(model, tokenizer, text, pair)
        outputs = outputs_of(model, inputs)
        tensors, at = {}, {}
        found = outputs | watch.taken()
        if isinstance(model, bert.BertForSequenceClassification):
            found["logits without head"] = without_each_head(model, inputs)
            watch.taken()
        for name, value in found.items():
            block = value.numpy().astype("<f4").tobytes()
            if block not in at:  # a hidden state is mostly the output of a layer norm, too
                at[block] = offset
                blocks.append(block)
                offset += value.numel()
            tensors[name] = {"shape": list(value.shape), "offset": at[block]}
        entries.append({"text": text, "pair": pair, "inputs": {name: ids[0].tolist() for name, ids in inputs.items()},
                        "tensors": tensors})  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (folder / "references.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    (folder / "tensors.f32").write_bytes(b"".join(blocks))
    print(f"{folder.name}: {len(entries)} texts, {offset * 4 / 1e6:.1f} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", type=Path, required=True, help="the exported folder")
    arguments.add_argument("--references", type=Path, required=True, help="where to write the reference answers")
    options = arguments.parse_args()
    write_references(*rebuild(options.model), options.references)


if __name__ == "__main__":
    main()
