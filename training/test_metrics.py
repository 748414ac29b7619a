"""metrics.py against cases worked by hand; in seconds.

    python3 test_metrics.py
"""
import itertools

import numpy as np
from metrics import FALLBACK, NGram, chrf, discounts, span_f1, spans


def close(found, wanted) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def check_chrf() -> None:
    texts = ["The cat sat on the mat.", "我喜欢喝茶。", "a"]
    close(chrf(texts, texts), 100)
    close(chrf(["the cat"], [" t he\ncat "]), 100)  # white space does not count
    assert chrf(["abc def"], ["ghi jkl"]) == chrf([""], ["abc"]) == chrf(["abc"], [""]) == chrf([], []) == 0

    # 1 character: P 2/2, R 2/3; 2 characters: P 1/1, R 1/2; "ab" has no longer ones. P = 1, R = 7/12
    for beta, wanted in ((1, 14 / 19), (2, 7 / 11), (3, 14 / 23)):
        close(chrf(["ab"], ["abc"], beta), 100 * wanted)
    close(chrf(["ab"], ["abc"]), 700 / 11)
    close(chrf(["aaa"], ["a"]), 500 / 7)  # one of three a matches: P = 1/3, R = 1
    # Summed over both sentences: P 3/3 and 1/1, R 3/5 and 1/3. P = 1, R = 7/15
    close(chrf(["ab", "x"], ["abc", "x y"]), 3500 / 67)
    # The reference "z" has no 2 characters, so the "zz" found against it counts only once: P 3/4 and 1/1, R = 1
    close(chrf(["ab", "zz"], ["ab", "z"]), 100 * 5 * (7 / 8) / (4 * 7 / 8 + 1))


def check_spans() -> None:
    for tags, wanted in (
        ("O O", set()),
        ("B-x I-x O B-y", {("x", 0, 2), ("y", 3, 4)}),
        ("B-x B-x I-x", {("x", 0, 1), ("x", 1, 3)}),
        ("O I-x I-x", {("x", 1, 3)}),  # an I- without a B- begins a chunk
        ("I-x O I-x", {("x", 0, 1), ("x", 2, 3)}),
        ("B-x I-y I-y", {("x", 0, 1), ("y", 1, 3)}),  # as does one of another type
        ("I-x B-x I-x", {("x", 0, 1), ("x", 1, 3)}),
        ("B-a-b I-a-b", {("a-b", 0, 2)}),
    ):
        assert spans(tags.split()) == wanted, tags

    # Found (x 0 2), (y 3 4), (x 0 1); true (x 0 2), (x 3 4), (x 0 1), (x 1 2); both: two. Sentences stand apart
    scores = span_f1([["B-x", "I-x", "O", "B-y"], ["I-x", "O"]], [["I-x", "I-x", "O", "B-x"], ["B-x", "B-x"]])
    assert list(scores) == ["precision", "recall", "f1"]
    close(list(scores.values()), [2 / 3, 2 / 4, 4 / 7])
    assert span_f1([["B-x", "I-x"]], [["B-x", "O"]]) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert span_f1([["O"]], [["O"]])["f1"] == 0


def check_discounts() -> None:
    # n = 10, 4, 2, 1, so Y = 5/9
    counts = np.repeat([0, 1, 2, 3, 4, 9], [7, 10, 4, 2, 1, 5])
    close(discounts(counts), [0, 1 - 2 * 5 / 9 * 4 / 10, 2 - 3 * 5 / 9 * 2 / 4, 3 - 4 * 5 / 9 * 1 / 2])
    close(discounts(np.array([1, 2, 2])), [0, *FALLBACK])  # nothing is counted three times
    close(discounts(np.repeat([1, 2, 3], [1, 2, 9])), [0, *FALLBACK])  # D2 would be below nothing


def check_kneser_ney() -> None:
    """Texts "a b", "a b" and "b c"; nothing is counted three times: D = 1/2 for 1, 1 for 2."""
    a, b, c = range(3)
    texts = [[a, b], [a, b], [b, c]]
    # Alone: a stands after 1 token (the beginning), b after 2 (the beginning, a), c after b, the end after b and c.
    # The discounts free 1/2 + 1 + 1/2 + 1 of 6, shared by a, b, c, the end: 1/8 each
    chance_a = chance_c = 0.5 / 6 + 1 / 8
    chance_b = chance_end = 1 / 6 + 1 / 8
    # Pairs. Begins a twice, b once; after a comes b twice; after b the end twice and c once; after c the end once
    first_a = (2 - 1) / 3 + 1.5 / 3 * chance_a
    b_after_a = (2 - 1) / 2 + 1 / 2 * chance_b
    end_after_b = (2 - 1) / 3 + 1.5 / 3 * chance_end
    bigram = NGram(2, 3).fit(texts)
    close(np.exp(bigram.log_prob([a, b])), [first_a, b_after_a, end_after_b])
    close(np.exp(bigram.log_prob([a, b])), [7 / 16, 31 / 48, 23 / 48])
    # What was not seen: c at the beginning, a after c, the end after a
    close(np.exp(bigram.log_prob([c, a])), [1.5 / 3 * chance_c, 0.5 * chance_a, 1 / 2 * chance_end])

    # Of order 3, a pair inside counts the tokens before it, one at the beginning its occurrences
    b_after_a = (1 - 0.5) / 1 + 0.5 * chance_b
    end_after_b = (1 - 0.5) / 2 + 1 / 2 * chance_end
    trigram = np.exp(NGram(3, 3).fit(texts).log_prob([a, b]))
    close(trigram, [first_a, (2 - 1) / 2 + 1 / 2 * b_after_a, (2 - 1) / 2 + 1 / 2 * end_after_b])
    close(trigram, [7 / 16, 79 / 96, 67 / 96])


def check_sums() -> None:
    """Over the vocabulary and the end, in every context of up to four tokens and some longer ones."""
    size = 5  # the last token is never seen
    random = np.random.default_rng(0)
    texts = [random.choice(4, random.integers(0, 9), p=[0.5, 0.3, 0.15, 0.05]).tolist() for _ in range(40)]
    contexts = [list(ids) for n in range(5) for ids in itertools.product(range(size), repeat=n)]
    contexts += [random.integers(size, size=9).tolist() for _ in range(50)]
    for order in (1, 2, 5):
        model = NGram(order, size).fit(texts)
        for ids in contexts:
            after = [model.log_prob([*ids, token])[len(ids)] for token in range(size)] + [model.log_prob(ids)[-1]]
            close(np.exp(after).sum(), 1)
        assert len(model.log_prob([])) == 1 and np.isfinite(model.log_prob([4, 0, 4])).all()


def main() -> None:
    check_chrf()
    check_spans()
    check_discounts()
    check_kneser_ney()
    check_sums()
    print("ok")


if __name__ == "__main__":
    main()
