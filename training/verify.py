"""Rebuild the PyTorch model from the weights inside model.onnx; write reference answers and measure it.

The checkpoint is not needed: anybody with the exported folder can repeat this. The references are what any other
engine must give for the same file: references.json (ids, mask positions, next-sentence logits) and, in little-endian
float32, prediction_logits.f32 (the whole vocabulary's logits at each mask position in order) and
attention_probabilities.f32 (of each text in order [layers][heads][query][key]); offsets count floats.

    python3 verify.py --model MODEL --references FOLDER --data DATA
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from batches import LONGEST, NOT_A_PAIR, Example, Masker, Texts
from model import BertForPreTraining
from onnx import numpy_helper
from torch.nn import functional as F
from wordpiece import CLS, MASK, SEP, Tokenizer

REFERENCES: list[tuple[str, str | None]] = [
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
     "Every morning they walked along the shore, and every evening they sat by the [MASK] and told one another "
     "stories about the people of the [MASK]. One day a stranger came to the gate, and he asked the king for "
     "something to eat and a place to sleep, for he had been on the road for many [MASK].", None),
    ("Ｃａｆé NAÏVE — 日本語の[MASK]は、難しい… 😀 ☃ co-operate@x.org 3.14", None),
    ("Hello, world!", None),
]  # fmt: skip

EVERYDAY = [
    "I drink a cup of [MASK] every morning.", "He is a good [MASK].", "What is your [MASK]?",
    "She went to [MASK] early because she was tired.", "I have two brothers and one [MASK].",
    "It will [MASK] tomorrow.", "Please open the [MASK].", "Tom is [MASK] than Mary.",
    "Do you [MASK] how to swim?", "We had [MASK] for dinner.",
    "我今天很[MASK]兴。", "你叫什么名[MASK]？", "他在学[MASK]学习中文。", "明天会下[MASK]吗？", "我喜欢喝[MASK]。",
    "这本[MASK]很有意思。", "请把门[MASK]上。", "她是我的女[MASK]友。", "你会说[MASK]语吗？", "我们一起去[MASK]饭吧。",
]  # fmt: skip


def rebuild(folder: Path) -> BertForPreTraining:
    """The PyTorch model with the weights that model.onnx holds, by their names."""
    model = BertForPreTraining(json.loads((folder / "config.json").read_text("utf-8"))).eval()
    stored = {t.name: torch.tensor(numpy_helper.to_array(t))
              for t in onnx.load(str(folder / "model.onnx")).graph.initializer}  # fmt: skip
    wanted = {name: stored[name] for name, _ in model.named_parameters()}
    wanted["cls.predictions.decoder.weight"] = wanted["bert.embeddings.word_embeddings.weight"]  # tied
    model.load_state_dict(wanted)
    return model


@torch.no_grad()
def answer(model: BertForPreTraining, tokenizer: Tokenizer, text: str, pair: str | None = None):
    """ids, types, (S, V) word logits and (2,) next-sentence logits of one text or pair."""
    ids, types = tokenizer.encode_pair(text, pair)
    words, follows = model(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long), torch.tensor([types]))
    return ids, types, words[0].numpy(), follows[0].numpy()


def write_references(model: BertForPreTraining, tokenizer: Tokenizer, folder: Path) -> None:
    entries, logits, offset = [], [], 0
    attention: list[torch.Tensor] = []  # (1, N, S, S) of each text's layers, in the order they ran
    for layer in model.bert.encoder.layer:
        layer.attention.self.kept = attention
    for text, pair in REFERENCES:
        attention_offset = sum(block.numel() for block in attention)
        ids, types, words, follows = answer(model, tokenizer, text, pair)
        positions = [at for at, token in enumerate(ids) if token == MASK]
        entries.append({
            "text": text, "pair": pair, "inputIds": ids, "tokenTypeIds": types, "attentionMask": [1] * len(ids),
            "maskPositions": positions, "seqRelationshipLogits": follows.tolist(), "logitsOffset": offset,
            "attentionOffset": attention_offset,
        })  # fmt: skip
        logits.append(words[positions].astype("<f4"))
        offset += logits[-1].size
    for layer in model.bert.encoder.layer:
        layer.attention.self.kept = None
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (folder / "references.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    (folder / "prediction_logits.f32").write_bytes(b"".join(block.tobytes() for block in logits))
    rows = b"".join(block.numpy().astype("<f4").tobytes() for block in attention)
    (folder / "attention_probabilities.f32").write_bytes(rows)
    print(f"{len(entries)} references, {sum(len(e['maskPositions']) for e in entries)} mask positions")


@torch.no_grad()
def fill_mask_accuracy(model: BertForPreTraining, tokenizer: Tokenizer, rows: list[dict]) -> str:
    """One word of each sentence masked, drawn among those that are a single token with a letter in it."""
    random = np.random.default_rng(0)
    inside = Masker(tokenizer).inside
    is_word = np.array([any(c.isalpha() for c in token) and token[0] not in "#[" for token in tokenizer.tokens])
    first = fifth = asked = 0
    for row in rows:
        ids = np.array([CLS, *tokenizer.encode(row["lines"][0])[: LONGEST - 2], SEP])
        whole = is_word[ids] & ~np.append(inside[ids[1:]], False)  # no ##piece follows
        places = np.flatnonzero(whole)
        if not len(places):
            continue
        at = random.choice(places)
        right, ids[at] = ids[at], MASK
        where = torch.zeros(1, len(ids), dtype=torch.bool)
        where[0, at] = True
        ones = torch.ones(1, len(ids), dtype=torch.long)
        best = model.at(where, torch.tensor(ids)[None], ones, torch.zeros_like(ones))[0][0].topk(5).indices
        first += int(best[0] == right)
        fifth += int((best == right).any())
        asked += 1
    return f"top-1 {first / asked:.1%}, top-5 {fifth / asked:.1%} of {asked}"


@torch.no_grad()
def next_sentence_accuracy(model: BertForPreTraining, texts: list[list[list[int]]]) -> str:
    """Each sentence with the one that follows it, and with one drawn from another text of the language."""
    random = np.random.default_rng(0)
    right = np.zeros(2)
    asked = 0
    for at, text in enumerate(texts):
        for first, follows in zip(text, text[1:]):
            other = texts[(at + int(random.integers(1, len(texts)))) % len(texts)]
            for label, second in enumerate((follows, other[random.integers(len(other))])):
                ids = [CLS, *first[:200], SEP, *second[:200], SEP]
                types = [0] * (len(first[:200]) + 2) + [1] * (len(second[:200]) + 1)
                inputs = torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long), torch.tensor([types])
                logits = model.cls.seq_relationship(model.bert(*inputs)[1])[0]
                right[label] += int(logits.argmax() == label)
            asked += 1
    return f"{right.sum() / asked / 2:.1%} ({right[0] / asked:.1%} of {asked} that follow, " \
           f"{right[1] / asked:.1%} of {asked} that do not)"  # fmt: skip


@torch.no_grad()
def masked_loss(model: BertForPreTraining, tokenizer: Tokenizer, texts: Texts) -> str:
    """The training objective on lone sentences, in float32: cross entropy of masked tokens, in nats."""
    random, masker, total, count = np.random.default_rng(0), Masker(tokenizer), 0.0, 0
    for ids in texts.alone:
        batch = masker([Example([CLS, *ids, SEP], len(ids) + 2, NOT_A_PAIR)], random)
        arrays = map(torch.from_numpy, (batch.where, batch.ids, batch.mask, batch.types))
        total += F.cross_entropy(model.at(*arrays)[0], torch.from_numpy(batch.answers), reduction="sum").item()
        count += len(batch.answers)
    return f"{total / count:.3f} over {count} tokens"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", type=Path, required=True, help="the exported folder")
    arguments.add_argument("--references", type=Path, help="where to write the reference answers")
    arguments.add_argument("--data", type=Path, help="what prepare.py wrote, to measure the model on heldout.jsonl")
    options = arguments.parse_args()

    tokenizer = Tokenizer(options.model / "vocab.txt")
    model = rebuild(options.model)
    if options.references:
        write_references(model, tokenizer, options.references)
    if options.data:
        held_out = options.data / "heldout.jsonl"
        with open(held_out, encoding="utf-8") as file:
            alone = [row for row in map(json.loads, file) if len(row["lines"]) == 1]
        texts = Texts(held_out, tokenizer, {})
        for source in sorted({row["source"] for row in alone}):
            rows = [row for row in alone if row["source"] == source]
            print(f"fill-mask, {source}: {fill_mask_accuracy(model, tokenizer, rows)}")
        for language, ordered in texts.ordered.items():
            if len(ordered) > 1:
                print(f"next sentence, {language}: {next_sentence_accuracy(model, ordered)}")
        print(f"masked-token loss, lone sentences: {masked_loss(model, tokenizer, texts)}")
    for text in EVERYDAY:
        ids, _, words, _ = answer(model, tokenizer, text)
        logits = torch.tensor(words[ids.index(MASK)])
        chances, best = logits.softmax(-1).topk(5)
        print(text, "->", " ".join(f"{tokenizer.tokens[i]} {p:.0%}" for i, p in zip(best.tolist(), chances.tolist())))


if __name__ == "__main__":
    main()
