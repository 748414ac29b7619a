"""Measure an exported model, with the weights as they are stored, on data that training never saw.

    python3 measure.py --model MODEL --data DATA
"""
import argparse
import json
from pathlib import Path

import albert
import bert
import finetune
import gpt
import numpy as np
import torch
import transformer
from batches import LONGEST, NOT_A_PAIR, PHASES, Example, Masker, Texts, epoch
from exported import rebuild
from metrics import NGram, chrf
from next_token import stretches
from torch import nn
from torch.nn import functional as F
from translate import padded, source, spelled
from wordpiece import CLS, MASK, SEP, Tokenizer

HERE = Path(__file__).parent


def held_out_sentences(data: Path) -> dict[str, list[str]]:
    """Source -> the sentences that stand alone."""
    found: dict[str, list[str]] = {}
    with open(data / "heldout.jsonl", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if len(row["lines"]) == 1:
                found.setdefault(row["source"], []).append(row["lines"][0])
    return found


def at_mask(model: nn.Module, ids: np.ndarray) -> torch.Tensor:
    """(V,) logits at the one [MASK] of a text."""
    tokens = torch.tensor(ids)[None]
    return model.at(tokens == MASK, tokens, torch.ones_like(tokens), torch.zeros_like(tokens))[0][0]


def fill_mask(model: nn.Module, tokenizer: Tokenizer, sentences: list[str]) -> str:
    """One word of each sentence masked, drawn among those that are a single token with a letter in it."""
    random = np.random.default_rng(0)
    inside = Masker(tokenizer).inside
    is_word = np.array([any(c.isalpha() for c in token) and token[0] not in "#[" for token in tokenizer.tokens])
    first = fifth = asked = 0
    for sentence in sentences:
        ids = np.array([CLS, *tokenizer.encode(sentence)[: LONGEST - 2], SEP])
        whole = is_word[ids] & ~np.append(inside[ids[1:]], False)  # no ##piece follows
        places = np.flatnonzero(whole)
        if not len(places):
            continue
        at = random.choice(places)
        right, ids[at] = ids[at], MASK
        best = at_mask(model, ids).topk(5).indices
        first += int(best[0] == right)
        fifth += int((best == right).any())
        asked += 1
    return f"top-1 {first / asked:.1%}, top-5 {fifth / asked:.1%} of {asked}"


def cloze(model: nn.Module, tokenizer: Tokenizer) -> None:
    """The everyday sentences of cloze.json; those without a sensible first answer are shown."""
    right: dict[str, list[tuple[bool, bool]]] = {"en": [], "zh": []}
    for entry in json.loads((HERE / "cloze.json").read_text("utf-8")):
        ids = np.array([CLS, *tokenizer.encode(entry["text"]), SEP])
        chances, best = at_mask(model, ids).softmax(-1).topk(5)
        words = [tokenizer.tokens[i] for i in best.tolist()]
        sensible = [word in entry["answers"] for word in words]
        right["en" if entry["text"].isascii() else "zh"].append((sensible[0], any(sensible)))
        if not sensible[0]:
            shown = " ".join(f"{word} {chance:.0%}" for word, chance in zip(words, chances.tolist()))
            print(f"  {entry['text']} -> {shown}{'' if any(sensible) else '   (none)'}")
    for language, found in (*right.items(), ("both", right["en"] + right["zh"])):
        first, fifth = np.mean(found, axis=0)
        print(f"everyday cloze, {language}: sensible first {first:.0%}, among five {fifth:.0%} of {len(found)}")


def next_sentence(model: nn.Module, texts: list[list[list[int]]]) -> str:
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


def sentence_order(model: nn.Module, tokenizer: Tokenizer, texts: Texts) -> str:
    """Neighbouring stretches of held-out texts, cut at twenty draws, half of them swapped."""
    masker, right, asked = Masker(tokenizer), {}, {}
    for seed in range(20):
        for batch in epoch(texts, 4096, np.random.default_rng(seed), PHASES["short"], True):
            batch = [example for example in batch if example.label != NOT_A_PAIR]
            if batch:
                arrays = masker(batch, np.random.default_rng(0), masked=False)
                logits = model(*map(torch.from_numpy, (arrays.ids, arrays.mask, arrays.types)))[1]
                for example, found in zip(batch, logits.argmax(-1).tolist()):
                    kind = "up to 64 tokens" if len(example.ids) <= 64 else "longer"
                    right[kind] = right.get(kind, 0) + (found == example.label)
                    asked[kind] = asked.get(kind, 0) + 1
    parts = ", ".join(f"{kind} {right[kind] / asked[kind]:.1%} of {asked[kind]}" for kind in sorted(asked))
    return f"{sum(right.values()) / sum(asked.values()):.1%} ({parts})"


def masked_loss(model: nn.Module, tokenizer: Tokenizer, texts: list[list[int]]) -> tuple[float, dict[int, float]]:
    """Cross entropy of masked tokens in nats: of all, and by the 128 positions that they stand in."""
    random, masker = np.random.default_rng(0), Masker(tokenizer)
    losses, places = [], []
    for ids in texts:
        batch = masker([Example([CLS, *ids, SEP], len(ids) + 2, NOT_A_PAIR)], random)
        arrays = map(torch.from_numpy, (batch.where, batch.ids, batch.mask, batch.types))
        losses += F.cross_entropy(model.at(*arrays)[0], torch.from_numpy(batch.answers), reduction="none").tolist()
        places += np.nonzero(batch.where)[1].tolist()
    by_place = {start: np.mean([loss for loss, at in zip(losses, places) if at // 128 * 128 == start])
                for start in sorted({at // 128 * 128 for at in places})}  # fmt: skip
    return float(np.mean(losses)), by_place


def measure_pretrained(model: nn.Module, tokenizer: Tokenizer, data: Path) -> None:
    for origin, sentences in held_out_sentences(data).items():
        print(f"fill-mask, {origin}: {fill_mask(model, tokenizer, sentences)}")
    texts = Texts(data, "heldout", tokenizer, {}, neighbours=True)
    print(f"masked-token loss, lone sentences: {masked_loss(model, tokenizer, texts.alone)[0]:.3f}")
    prose = [[token for line in text for token in line][:510] for text in texts.ordered["en"]]
    by_place = masked_loss(model, tokenizer, [text for text in prose if len(text) == 510])[1]
    print("masked-token loss, English prose, from position:", {at: f"{loss:.2f}" for at, loss in by_place.items()})
    if isinstance(model, bert.BertForPreTraining):
        for language, ordered in texts.ordered.items():
            print(f"next sentence, {language}: {next_sentence(model, ordered)}")
    else:
        print(f"sentence order: {sentence_order(model, tokenizer, texts)}")
    cloze(model, tokenizer)


def task_of(model: nn.Module, tokenizer: Tokenizer, data: Path) -> tuple[str, finetune.Task]:
    """The fine-tuning task with the model's architecture and as many labels."""
    for name, kind in finetune.TASKS.items():
        if isinstance(model, kind.architecture):
            task = kind(data, tokenizer)
            if not task.labels or len(task.labels) == len(model.classifier.bias):
                return name, task
    raise SystemExit("no task has this model's labels")


def measure_finetuned(model: nn.Module, tokenizer: Tokenizer, data: Path) -> None:
    name, task = task_of(model, tokenizer, data)
    sets = {"": task.examples("test", np.random.default_rng(0))}
    if isinstance(task, finetune.Translations):
        sets = {f", {hard:.0%} of the wrong ones hard": task.examples("test", np.random.default_rng(0), hard)
                for hard in (0.0, 0.5, 1.0)}  # fmt: skip
    for kind, examples in sets.items():
        found, loss = finetune.answered(model, task, examples, "cpu")
        scores = ", ".join(f"{score} {value:.3f}" for score, value in task.score(found).items())
        print(f"{name}{kind}: {scores}, loss {loss:.3f} of {len(examples)}")


def measure_translation(model: nn.Module, tokenizer: Tokenizer, data: Path) -> None:
    with open(data / "heldout-pairs.jsonl", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["source"] == "tatoeba" and len(row["en"].split()) <= 10]
    pairs = [(tokenizer.encode(row["en"]), tokenizer.encode(row["zh"])) for row in rows]
    for beams in (1, 4):
        found = []
        for at in range(0, len(pairs), 64):
            ids, mask = padded([source(pair) for pair in pairs[at : at + 64]], "cpu")
            found += model.translate(ids, mask, CLS, SEP, beams=beams)
        texts = [spelled(tokenizer, ids) for ids in found]
        print(f"translation of {len(rows)} sentences of up to ten words, {beams} beams: "
              f"chrF {chrf(texts, [row['zh'] for row in rows]):.1f}")  # fmt: skip
        for row, text in list(zip(rows, texts))[:: max(1, len(rows) // 20)]:
            print(f"  {row['en']} -> {text}   ({row['zh']})")


def measure_next_token(model: nn.Module, tokenizer: Tokenizer, data: Path) -> None:
    learned, measured = (Texts(data, split, tokenizer, {}) for split in ("train", "heldout"))
    texts = stretches(measured, None)
    ngram = NGram(5, len(tokenizer.tokens)).fit([ids[1:-1] for ids in stretches(learned, None)])
    ours, theirs = [], []
    for ids in texts:
        tokens = torch.tensor([ids])
        logits = model(tokens, torch.ones_like(tokens))[0, :-1]
        ours += (-F.cross_entropy(logits, tokens[0, 1:], reduction="none")).tolist()
        theirs += ngram.log_prob(ids[1:-1]).tolist()
    assert len(ours) == len(theirs)
    print(f"perplexity of {len(ours)} held-out tokens: {np.exp(-np.mean(ours)):.1f}, "
          f"5-gram (Kneser-Ney) {np.exp(-np.mean(theirs)):.1f}")  # fmt: skip


@torch.no_grad()
def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", type=Path, required=True, help="the exported folder")
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py and prepare_snips.py wrote")
    arguments.add_argument("--checkpoint", type=Path, help="weights before they were stored, to see what that costs")
    options = arguments.parse_args()

    model, tokenizer = rebuild(options.model)
    if options.checkpoint:
        model.load_state_dict(torch.load(options.checkpoint, map_location="cpu")["model"])
    if isinstance(model, (bert.BertForPreTraining, albert.AlbertForPreTraining)):
        measure_pretrained(model, tokenizer, options.data)
    elif isinstance(model, transformer.MarianMTModel):
        measure_translation(model, tokenizer, options.data)
    elif isinstance(model, gpt.GPT2LMHeadModel):
        measure_next_token(model, tokenizer, options.data)
    else:
        measure_finetuned(model, tokenizer, options.data)


if __name__ == "__main__":
    main()
