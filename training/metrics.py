"""What is measured on held-out text: chrF, F1 of spans, and the n-gram model that a neural one has to beat."""
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

LONGEST_NGRAM = 6  # characters
FALLBACK = [0.5, 1.0, 1.5]  # discounts where they cannot be estimated, as in KenLM's --discount_fallback


def character_ngrams(text: str, n: int) -> Counter:
    return Counter(text[at : at + n] for at in range(len(text) - n + 1))


def chrf(hypotheses: Sequence[str], references: Sequence[str], beta: float = 2) -> float:
    """Character n-gram F-score of a corpus, 0 to 100 (Popović 2015, aclanthology.org/W15-3049).

    F = (1 + beta²) P R / (beta² P + R), where P and R are the means of the precision and recall of n-grams of 1 to 6
    characters without white space. The paper found beta = 3 best of 1, 2 and 3; 2 is sacreBLEU's default. As sacreBLEU
    does, counts are summed over sentences first, a sentence counts for an order only if its reference has an n-gram
    of it, and orders without n-grams on either side are left out.
    """
    counts = np.zeros((LONGEST_NGRAM, 3))  # n-grams of the hypotheses, of the references, of both
    for pair in zip(hypotheses, references, strict=True):
        ours, right = ("".join(text.split()) for text in pair)
        for n in range(1, LONGEST_NGRAM + 1):
            found, wanted = character_ngrams(ours, n), character_ngrams(right, n)
            if wanted:
                counts[n - 1] += found.total(), wanted.total(), (found & wanted).total()
    counts = counts[(counts[:, :2] > 0).all(1)]
    if not counts[:, 2].any():
        return 0.0
    precision, recall = (counts[:, 2:] / counts[:, :2]).mean(0)
    return float(100 * (1 + beta**2) * precision * recall / (beta**2 * precision + recall))


def spans(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """(type, start, end) of each chunk as conlleval reads BIO tags: an I- that continues none begins one."""
    found = set()
    kind, start = None, 0  # of the open chunk
    for at, tag in enumerate([*tags, "O"]):
        prefix, _, label = tag.partition("-")
        if prefix == "I" and label == kind:
            continue
        if kind is not None:
            found.add((kind, start, at))
        kind, start = (label if prefix in ("B", "I") else None), at
    return found


def span_f1(predicted: Sequence[Sequence[str]], true: Sequence[Sequence[str]]) -> dict[str, float]:
    """Precision, recall and F1, 0 to 1, of spans with the right type and both ends right (CoNLL-2000 and 2003)."""
    counts = np.zeros(3)
    for ours, right in zip(predicted, true, strict=True):
        found, wanted = spans(ours), spans(right)
        counts += len(found), len(wanted), len(found & wanted)
    found, wanted, both = counts.tolist()
    return {
        "precision": both / found if found else 0.0,
        "recall": both / wanted if wanted else 0.0,
        "f1": 2 * both / (found + wanted) if both else 0.0,
    }


def discounts(counts: np.ndarray) -> np.ndarray:
    """What modified Kneser-Ney takes off a count of 0, 1, 2, and 3 or more (Chen and Goodman 1998, TR-10-98).

    With n_i the number of n-grams counted i times: Y = n_1 / (n_1 + 2 n_2), D_i = i - (i + 1) Y n_(i+1) / n_i.
    """
    n = np.bincount(np.minimum(counts, 5), minlength=5)[:5].astype(float)
    estimated = FALLBACK
    if n[1:4].all():
        i = np.arange(1, 4)
        estimated = i - (i + 1) * n[1] / (n[1] + 2 * n[2]) * n[2:] / n[1:4]
        if (estimated <= 0).any():
            estimated = FALLBACK
    return np.array([0.0, *estimated])


class NGram:
    """Interpolated modified Kneser-Ney (Kneser and Ney 1995; Chen and Goodman 1998) over ids below `size`.

    p(w | u) = (c(u w) - D) / c(u) + g(u) p(w | u without its first), c(u) being the sum of all c(u w) and g(u) the
    share that the discounts D free. c counts occurrences in the highest order; in lower ones the different tokens
    before the n-gram, or its occurrences where it begins the text and has none before. Below one token all are equally
    likely, the end of text among them.

    An n-gram has a number in its order, its place in that order's sorted `keys`: the number of its first n - 1 tokens
    times `width`, plus its last. So keys are exact, fit 64 bits, and are counted by sorting.
    """

    def __init__(self, order: int, size: int):
        self.order, self.size = order, size
        self.begin, self.end, self.width = size, size + 1, size + 2
        self.levels: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # keys, shares of n-grams, g of contexts

    def fit(self, sequences: Iterable[Sequence[int]]) -> "NGram":
        framed = (token for ids in sequences for token in (self.begin, *ids, self.end))
        stream = np.fromiter(framed, np.int64)
        context = np.zeros(len(stream), np.int64)  # the number of the n - 1 tokens before, -1 across texts
        ids = context
        counted: list[tuple[np.ndarray, np.ndarray]] = []  # keys and counts of each order
        while len(counted) < self.order and (context >= 0).any():
            inside = np.flatnonzero(context >= 0)
            keys, first, number, counts = np.unique(
                context[inside] * self.width + stream[inside],
                return_index=True, return_inverse=True, return_counts=True,
            )  # fmt: skip
            if counted:
                shorter, occurrences = counted[-1]
                different = np.bincount(ids[inside[first]], minlength=len(shorter))
                counted[-1] = shorter, np.where(different, different, occurrences)
            counted.append((keys, counts))
            ids = np.full(len(stream), -1)
            ids[inside] = number
            context = np.append(-1, ids[:-1])
            context[stream == self.begin] = -1

        contexts = 1
        self.levels = []
        for keys, counts in counted:
            counts[keys % self.width == self.begin] = 0  # given, never predicted
            freed = discounts(counts)[np.minimum(counts, 3)]
            before = keys // self.width
            total = np.bincount(before, counts, contexts)
            # One more at the end of each, for the number -1 of what was not seen
            share = np.append((counts - freed) / np.maximum(total, 1)[before], 0.0)
            rest = np.ones(contexts + 1)
            np.divide(np.bincount(before, freed, contexts), total, out=rest[:-1], where=total > 0)
            self.levels.append((keys, share, rest))
            contexts = len(keys)
        return self

    def log_prob(self, sequence: Sequence[int]) -> np.ndarray:
        """Natural logarithms of the probability of each token given those before, and of the end: one more."""
        tokens = np.array([self.begin, *sequence, self.end])
        context = np.zeros(len(tokens), np.int64)
        chances = np.full(len(tokens), 1 / (self.size + 1))
        for keys, share, rest in self.levels:
            wanted = context * self.width + tokens
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            number = np.where(keys[at] == wanted, at, -1)
            chances = share[number] + rest[context] * chances
            context = np.append(-1, number[:-1])
        return np.log(chances[1:])
