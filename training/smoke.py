"""The whole recipe on a made-up corpus in a temporary folder, in under a minute; fails loudly.

Checks what is easy to break: the split, the vocabulary, resuming after a kill, falling loss, and that the export
can be rebuilt, answers and keeps its attention.

    python3 smoke.py
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ENGLISH = "Tom Mary Alice King", "likes sees buys finds", "cats apples books"
CHINESE = "我 他 王後 漢學家", "喜欢 看见 買", "貓 苹果 书"  # traditional and simplified mixed
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}  # the tensors are too small to share out


def made_up(words: tuple[str, str, str], pattern: str) -> str:
    who, does, what = (random.choice(choice.split()) for choice in words)
    return pattern.format(who, does, random.randrange(99), what)


def english() -> str:
    return made_up(ENGLISH, "{} {} {} {}.")


def chinese() -> str:
    return made_up(CHINESE, "{}{}{}{}。")


def write_corpus(folder: Path) -> None:
    for name in ("books", "chatterbot"):
        (folder / name).mkdir(parents=True)

    def write(name: str, text: str) -> None:
        (folder / name).write_text(text, "utf-8")

    write("tatoeba.eng.txt", "\n".join(english() for _ in range(1500)))
    write("tatoeba.zho.txt", "\n".join(chinese() for _ in range(1500)))
    aligned = (f":class:`~a.Dict` {english()}\t``列表``{chinese()}" for _ in range(50))
    write("python-docs.eng-zho.tsv", "\n".join(aligned))
    for name in ("react", "vue"):
        write(f"{name}-docs.zho.txt", "\n\n".join("\n".join(chinese() for _ in range(9)) for _ in range(40)))
    chapters = ("CHAPTER I\n\n" + "\n".join(english() for _ in range(20)) for _ in range(40))
    write("books/made-up.txt", "\n\n".join(chapters))
    turns = "\n".join(f"- - {english()}\n  - {english()}" for _ in range(9))
    write("chatterbot/english.smoke.yml", f"categories:\n- smoke\nconversations:\n{turns}\n")


def start(script: str, *arguments) -> subprocess.Popen:
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ONE_THREAD)


def run(script: str, *arguments) -> str:
    process = start(script, *arguments)
    output = process.communicate()[0]
    assert process.returncode == 0, f"{script} failed:\n{output}"
    return output


def lines_of(rows: Path) -> set[str]:
    return {line for row in rows.read_text("utf-8").splitlines() for line in json.loads(row)["lines"]}


def main() -> None:
    random.seed(1)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        data, model, references = root / "data", root / "model", root / "references"
        write_corpus(root / "corpus")

        run("prepare.py", "--corpus", root / "corpus", "--out", data)
        learned, measured = lines_of(data / "train.jsonl"), lines_of(data / "heldout.jsonl")
        assert learned and measured and not learned & measured, "a held-out line is among those learned from"
        assert not set("後漢買貓`:~") & set("".join(learned)), "not simplified or not stripped of its marks"

        run("train_tokenizer.py", "--data", data, "--out", model, "--size", 400)
        tokens = (model / "vocab.txt").read_text("utf-8").splitlines()
        assert tokens[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] and len(tokens) == len(set(tokens))
        assert {"apples", "汉", "。"} <= set(tokens), "expected words and characters are missing"

        recipe = ["--data", data, "--model", model, "--steps", 60, "--hidden", 32, "--tokens", 512, "--threads", 1,
                  "--log-every", 10, "--eval-every", 20, "--precision", "float32", "--rate", 3e-3]  # fmt: skip
        run("pretrain.py", *recipe, "--work", root / "unbroken")
        broken = start("pretrain.py", *recipe, "--work", root / "broken")
        while broken.poll() is None and not (root / "broken" / "trainer_state.json").exists():
            time.sleep(0.02)
        broken.kill()
        broken.communicate()
        assert "resumed at step" in run("pretrain.py", *recipe, "--work", root / "broken")
        logs = [json.loads((root / way / "trainer_state.json").read_text("utf-8"))["log_history"]
                for way in ("unbroken", "broken")]  # fmt: skip
        losses = [[entry["loss"] for entry in log if "loss" in entry] for log in logs]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3, err_msg="a resumed run goes another way")
        assert losses[0][-1] < losses[0][0] - 1, f"the loss does not fall: {losses[0]}"

        run("export.py", "--work", root / "unbroken", "--out", model)
        run("verify.py", "--model", model, "--references", references, "--data", data)
        entries = json.loads((references / "references.json").read_text("utf-8"))
        asked = sum(len(entry["maskPositions"]) for entry in entries)
        assert (references / "prediction_logits.f32").stat().st_size == asked * len(tokens) * 4
        config = json.loads((model / "config.json").read_text("utf-8"))
        heads = config["num_hidden_layers"] * config["num_attention_heads"]
        attention, read = np.fromfile(references / "attention_probabilities.f32", "<f4"), 0
        assert attention.size == heads * sum(len(entry["inputIds"]) ** 2 for entry in entries)
        for entry in entries:
            length = len(entry["inputIds"])
            assert entry["attentionOffset"] == read, "attention is not where references.json says"
            rows = attention[read : read + heads * length**2].reshape(-1, length)
            np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5, rtol=0, err_msg="attention does not sum to 1")
            read += rows.size
    print(f"ok: loss {losses[0][0]} to {losses[0][-1]}, the same after a kill")


if __name__ == "__main__":
    main()
