"""Fine-tune the pre-trained encoder: classes, tags, pairs or answers.

    python3 finetune.py --task intent --start WORK/bert --data DATA --model MODEL --work WORK/intent --minutes 2
"""
import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import bert
import numpy as np
import torch
from batches import padded, translations
from metrics import span_f1
from torch import Tensor
from torch.nn import functional as F
from trainer import Trainer, add_options, batches_of, prepare
from wordpiece import CLS, MASK, PAD, SEP, Tokenizer

LONGEST_LEARNED = 96  # tokens of an example
IGNORED = -100  # cross entropy leaves this label out
QUESTIONS: dict[str, list[str]] = json.loads((Path(__file__).parent / "questions.json").read_text("utf-8"))


class Example:
    """One input with its answer: a class, a tag for each token, or the answer's first and last token."""

    def __init__(self, first: list[int], second: list[int] | None, label):
        self.ids = [CLS, *first, SEP, *([] if second is None else [*second, SEP])]
        self.types = [0] * (len(first) + 2) + [1] * (len(self.ids) - len(first) - 2)
        self.label = label


def commands(data: Path, split: str) -> list[dict]:
    with open(data / f"snips-{split}.jsonl", encoding="utf-8") as file:
        return [json.loads(row) for row in file]


class Intents:
    """The intent of a voice command."""

    architecture = bert.BertForSequenceClassification

    def __init__(self, data: Path, tokenizer: Tokenizer):
        self.data, self.tokenizer = data, tokenizer
        self.labels = sorted({row["intent"] for row in commands(data, "train")})

    def examples(self, split: str, random: np.random.Generator) -> list[Example]:
        return [Example(self.tokenizer.encode("".join(text for text, _ in row["parts"])), None,
                        self.labels.index(row["intent"])) for row in commands(self.data, split)]  # fmt: skip

    def loss(self, logits: Tensor, labels: list) -> Tensor:
        return F.cross_entropy(logits.float(), torch.tensor(labels, device=logits.device))

    def score(self, found: list[tuple[Example, Tensor]]) -> dict[str, float]:
        return {"accuracy": float(np.mean([int(logits.argmax()) == example.label for example, logits in found]))}


class Slots:
    """The slots of a voice command, as BIO tags: a tag for each token, I- for the later pieces of a word."""

    architecture = bert.BertForTokenClassification

    def __init__(self, data: Path, tokenizer: Tokenizer):
        self.data, self.tokenizer = data, tokenizer
        slots = sorted({slot for row in commands(data, "train") for _, slot in row["parts"] if slot})
        self.labels = ["O", *(f"{edge}-{slot}" for slot in slots for edge in "BI")]

    def examples(self, split: str, random: np.random.Generator) -> list[Example]:
        examples = []
        for row in commands(self.data, split):
            ids, tags = [], [IGNORED]
            for text, slot in row["parts"]:
                pieces = self.tokenizer.encode(text)
                names = ["O" if slot is None else f"{'I' if at else 'B'}-{slot}" for at in range(len(pieces))]
                ids += pieces
                tags += map(self.labels.index, names)
            examples.append(Example(ids, None, [*tags, IGNORED]))
        return examples

    def loss(self, logits: Tensor, labels: list) -> Tensor:
        right = torch.full(logits.shape[:2], IGNORED)
        for row, tags in enumerate(labels):
            right[row, : len(tags)] = torch.tensor(tags)
        return F.cross_entropy(logits.float().flatten(0, 1), right.flatten().to(logits.device))

    def score(self, found: list[tuple[Example, Tensor]]) -> dict[str, float]:
        """Exact spans over words: the tag of a word is that of its first piece."""
        predicted, true = [], []
        for example, logits in found:
            inside = [self.tokenizer.tokens[i].startswith("##") for i in example.ids]
            words = [at for at, tag in enumerate(example.label) if tag != IGNORED and not inside[at]]
            tags = logits.argmax(-1).tolist()
            predicted.append([self.labels[tags[at]] for at in words])
            true.append([self.labels[example.label[at]] for at in words])
        return span_f1(predicted, true)


class Translations:
    """Whether two sentences of two languages mean the same; the wrong ones are half alike, half drawn."""

    architecture = bert.BertForSequenceClassification
    labels = ["different", "translation"]

    def __init__(self, data: Path, tokenizer: Tokenizer):
        held_out = translations(data, "heldout", tokenizer, "tatoeba")
        self.pairs = {"train": translations(data, "train", tokenizer, "tatoeba"),
                      "dev": held_out[::2], "test": held_out[1::2]}  # fmt: skip
        self.alike: dict[str, list[list[int]]] = {}

    def examples(self, split: str, random: np.random.Generator, hard: float = 0.5) -> list[Example]:
        """Each pair once right and once with a wrong second sentence, of which a share is `hard`."""
        examples, pairs = [], self.pairs[split]
        if split not in self.alike:
            self.alike[split] = alike(pairs)
        near = self.alike[split]
        for at, (english, chinese) in enumerate(pairs):
            if near[at] and random.random() < hard:
                other = int(random.choice(near[at]))
            else:
                other = (at + int(random.integers(1, len(pairs)))) % len(pairs)
            wrong = (english, pairs[other][1]) if random.random() < 0.5 else (pairs[other][0], chinese)
            for sides, label in (((english, chinese), 1), (wrong, 0)):
                first, second = sides if random.random() < 0.5 else sides[::-1]
                examples.append(Example(first, second, label))
        return examples

    loss = Intents.loss
    score = Intents.score


def alike(pairs: list[tuple[list[int], list[int]]], most: int = 8) -> list[list[int]]:
    """For each pair the others that share most of its Chinese characters and English words but say something else.

    Likeness is the share of common tokens weighted by rarity (the cosine of tf-idf without tf). Those that are too
    like in both languages may be translations of each other, and are left out.
    """
    found: list[list[int]] = [[] for _ in pairs]
    weights = []
    for side in (0, 1):
        counts = Counter(token for pair in pairs for token in set(pair[side]))
        idf = {token: np.log(len(pairs) / count) for token, count in counts.items()}
        sets = [{token: idf[token] for token in set(pair[side])} for pair in pairs]
        norms = [np.sqrt(sum(value * value for value in values.values())) + 1e-9 for values in sets]
        weights.append((counts, sets, norms))

    def likeness(side: int, a: int, b: int) -> float:
        _, sets, norms = weights[side]
        return sum(value * value for token, value in sets[a].items() if token in sets[b]) / norms[a] / norms[b]

    for side in (0, 1):
        counts, sets, norms = weights[side]
        where = defaultdict(list)
        for at, values in enumerate(sets):
            for token in values:
                where[token].append(at)
        for at, values in enumerate(sets):
            scores: Counter = Counter()
            for token, value in values.items():
                if counts[token] < 400:  # what is everywhere tells little and costs much
                    for other in where[token]:
                        scores[other] += value * value / norms[at] / norms[other]
            near = 0
            for other, _ in scores.most_common(4 * most):
                same = pairs[at][0] == pairs[other][0] or pairs[at][1] == pairs[other][1]
                if not same and min(likeness(0, at, other), likeness(1, at, other)) < 0.6:
                    found[at].append(other)
                    near += 1
                if near == most // 2:
                    break
    return found


class Answers:
    """Where in a voice command the answer to a question stands; questions are made from its slots."""

    architecture = bert.BertForQuestionAnswering
    labels: list[str] = []

    def __init__(self, data: Path, tokenizer: Tokenizer):
        self.data, self.tokenizer = data, tokenizer

    def examples(self, split: str, random: np.random.Generator) -> list[Example]:
        examples = []
        for row in commands(self.data, split):
            pieces = [self.tokenizer.encode(text) for text, _ in row["parts"]]
            context = [token for part in pieces for token in part]
            slots = Counter(slot for _, slot in row["parts"] if slot)
            for at, (_, slot) in enumerate(row["parts"]):
                if slot and slots[slot] == 1 and pieces[at]:  # a question with two answers is none
                    question = self.tokenizer.encode(str(random.choice(QUESTIONS[slot])))
                    start = len(question) + 2 + sum(map(len, pieces[:at]))
                    examples.append(Example(question, context, (start, start + len(pieces[at]) - 1)))
        return examples

    def loss(self, logits: tuple[Tensor, Tensor], labels: list) -> Tensor:
        sides = zip(logits, torch.tensor(labels, device=logits[0].device).T)
        return torch.stack([F.cross_entropy(side.float(), right) for side, right in sides]).mean()

    def score(self, found: list[tuple[Example, Tensor]]) -> dict[str, float]:
        """Share of answers found exactly: the best span in the second text that does not end before it begins."""
        right = 0
        for example, logits in found:
            first = example.types.index(1)
            start, end = logits[0, first : len(example.ids) - 1], logits[1, first : len(example.ids) - 1]
            spans = (start[:, None] + end[None]).masked_fill(torch.ones(len(start), len(start)).tril(-1) == 1, -1e9)
            best = int(spans.argmax())
            right += (first + best // len(start), first + best % len(start)) == example.label
        return {"exact_match": right / len(found)}


Task = Intents | Slots | Translations | Answers
TASKS: dict[str, type[Task]] = {"intent": Intents, "slots": Slots, "translation-pair": Translations, "answer": Answers}


def tensors(batch: list[Example], device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, mask and types of a batch."""
    ids, mask = padded([example.ids for example in batch], device)
    return ids, mask, padded([example.types for example in batch], device)[0]


def answered(model, task, examples: list[Example], device: str) -> tuple[list[tuple[Example, Tensor]], float]:
    """Each example with its logits, and the mean of the batches' losses by their sizes."""
    found, total = [], 0.0
    for batch in batches_of(examples, lambda example: len(example.ids), 4096, np.random.default_rng(0)):
        logits = model(*tensors(batch, device))
        total += task.loss(logits, [example.label for example in batch]).item() * len(batch)
        rows = torch.stack(logits, 1) if isinstance(logits, tuple) else logits
        found += zip(batch, rows.float().cpu())
    return found, total / len(examples)


class Finetuning:
    def __init__(self, model, task, options):
        self.model, self.task, self.options = model, task, options
        self.measured = task.examples("dev", np.random.default_rng(0))

    def plan(self, random: np.random.Generator) -> list[list[Example]]:
        examples = self.task.examples("train", random)
        if self.options.few:
            examples = examples[:: len(examples) // self.options.few]
        examples = [example for example in examples if len(example.ids) <= LONGEST_LEARNED]
        return batches_of(examples, lambda example: len(example.ids), self.options.tokens, random)

    def losses(self, batch: list[Example], random: np.random.Generator) -> tuple[dict[str, Tensor], int]:
        ids, mask, types = tensors(batch, self.options.device)
        hidden = torch.from_numpy(random.random(ids.shape) < self.options.hide).to(ids.device)
        ids = ids.masked_fill(hidden & (ids != CLS) & (ids != SEP) & (ids != PAD), MASK)
        return {"loss": self.task.loss(self.model(ids, mask, types), [example.label for example in batch])}, int(mask.sum())

    def evaluate(self) -> dict[str, float]:
        found, loss = answered(self.model, self.task, self.measured, self.options.device)
        return {"loss": loss, **self.task.score(found)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--task", choices=TASKS, required=True)
    arguments.add_argument("--start", type=Path, required=True, help="the --work of the encoder's pre-training")
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py and prepare_snips.py wrote")
    arguments.add_argument("--model", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--dropout", type=float, default=0.1)
    arguments.add_argument("--hide", type=float, default=0.05, help="share of tokens masked, against learning by heart")
    arguments.add_argument("--few", type=int, default=0, help="learn from about so many examples only")
    add_options(arguments, rate=5e-4, eval_every=100)
    options = arguments.parse_args()

    prepare(options)
    tokenizer = Tokenizer(options.model / "vocab.txt")
    task = TASKS[options.task](options.data, tokenizer)
    start = torch.load(options.start / "checkpoint.pt", map_location="cpu")
    config = {**start["config"], "architectures": [task.architecture.__name__], "hidden_dropout_prob": options.dropout}
    if task.labels:
        config["id2label"] = {str(at): label for at, label in enumerate(task.labels)}
        config["label2id"] = {label: at for at, label in enumerate(task.labels)}
    model = task.architecture(config)
    model.load_state_dict({name: weight for name, weight in start["model"].items() if name in model.state_dict()},
                          strict=False)  # fmt: skip
    Trainer(Finetuning(model, task, options), options, config).train()


if __name__ == "__main__":
    main()
