"""The whole recipe on a made-up corpus in a temporary folder, in a minute or two; fails loudly.

Checks what is easy to break: the split, the vocabulary, resuming after a kill, falling loss, logs that can be read,
and that every kind of model can be exported, rebuilt from its files, measured, and keeps its attention.

    python3 smoke.py
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from batches import padded
from exported import rebuild
from wordpiece import CLS, SEP

HERE = Path(__file__).parent
ENGLISH = "Tom Mary Alice King", "likes sees buys finds", "cats apples books"
CHINESE = "我 他 王後 漢學家", "喜欢 看见 買", "貓 苹果 书"  # traditional and simplified mixed
MODELS = ("bert-tiny-en-zh", "albert-tiny-en-zh", "gpt-tiny-en-zh", "transformer-tiny-en-zh", "bert-tiny-intent",
          "bert-tiny-slots", "bert-tiny-translation-pair", "bert-tiny-answer")  # fmt: skip
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
    pairs = (f"{english()}\t{chinese()}\t" for _ in range(400))
    write("tatoeba.eng-zho.tsv", "\n".join(pairs))
    (folder / "snips").mkdir()
    for intent, slot in (("PlayMusic", "artist"), ("GetWeather", "city")):
        said = [{"data": [{"text": f"{english()[:-1]} in "}, {"text": made_up(ENGLISH, "{} {}"), "entity": slot}]}
                for _ in range(300)]  # fmt: skip
        write(f"snips/train_{intent}_full.json", json.dumps({intent: said[:250]}))
        write(f"snips/validate_{intent}.json", json.dumps({intent: said[250:]}))
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
        data, bert = root / "data", root / "models" / "bert-tiny-en-zh"
        write_corpus(root / "corpus")

        run("prepare.py", "--corpus", root / "corpus", "--out", data)
        run("prepare_snips.py", "--corpus", root / "corpus", "--out", data)
        learned, measured = lines_of(data / "train.jsonl"), lines_of(data / "heldout.jsonl")
        assert learned and measured and not learned & measured, "a held-out line is among those learned from"
        assert not set("後漢買貓`:~") & set("".join(learned)), "not simplified or not stripped of its marks"
        sides = [{row[side] for row in map(json.loads, (data / f"{split}-pairs.jsonl").read_text("utf-8").splitlines())
                  for side in ("en", "zh")} for split in ("train", "heldout")]  # fmt: skip
        assert all(sides) and not sides[0] & sides[1], "a side of a held-out translation is learned from"

        run("train_tokenizer.py", "--data", data, "--out", bert, "--size", 400)
        tokens = (bert / "vocab.txt").read_text("utf-8").splitlines()
        assert tokens[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] and len(tokens) == len(set(tokens))
        assert {"apples", "汉", "。"} <= set(tokens), "expected words and characters are missing"

        common = ["--data", data, "--model", bert, "--tokens", 512, "--threads", 1, "--precision", "float32",
                  "--log-every", 10, "--eval-every", 20, "--rate", 3e-3]  # fmt: skip
        narrow = [*common, "--hidden", 32]
        recipe = ["--kind", "bert", *narrow, "--steps", 60]
        run("pretrain.py", *recipe, "--work", root / "short")
        broken = start("pretrain.py", *recipe, "--work", root / "broken")
        while broken.poll() is None and not (root / "broken" / "trainer_state.json").exists():
            time.sleep(0.02)
        broken.kill()
        broken.communicate()
        resumed = re.search(r"resumed at step (\d+)", run("pretrain.py", *recipe, "--work", root / "broken"))
        assert resumed and int(resumed[1]) < 60, "not resumed from a checkpoint"
        logs = [json.loads((root / way / "trainer_state.json").read_text("utf-8"))["log_history"]
                for way in ("short", "broken")]  # fmt: skip
        losses = [[entry["loss"] for entry in log if "loss" in entry] for log in logs]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3, err_msg="a resumed run goes another way")
        assert losses[0][-1] < losses[0][0] - 1, f"the loss does not fall: {losses[0]}"

        few = ["--steps", 20]
        run("pretrain.py", "--kind", "bert", "--phase", "long", "--start", root / "short", *narrow, *few,
            "--work", root / "bert-tiny-en-zh")  # fmt: skip
        of_bert = [*narrow, *few, "--start", root / "bert-tiny-en-zh", "--work"]
        run("pretrain.py", "--kind", "albert", *of_bert, root / "albert-tiny-en-zh")
        run("next_token.py", *of_bert, root / "gpt-tiny-en-zh")
        run("translate.py", *of_bert, root / "transformer-tiny-en-zh")
        for task in ("intent", "slots", "translation-pair", "answer"):
            run("finetune.py", "--task", task, "--start", root / "bert-tiny-en-zh", *common, *few,
                "--work", root / f"bert-tiny-{task}")  # fmt: skip
        diverging = start("finetune.py", "--task", "intent", "--start", root / "bert-tiny-en-zh", *common,
                          "--rate", 1e3, "--clip", 1e9, "--steps", 400, "--work", root / "diverging")  # fmt: skip
        assert "diverged" in diverging.communicate()[0] and diverging.returncode == 1, "divergence is not noticed"

        for name in MODELS:
            model, references = root / "models" / name, root / "references" / name
            run("export.py", "--work", root / name, "--tokenizer", bert, "--out", model)
            run("verify.py", "--model", model, "--references", references)
            run("measure.py", "--model", model, "--data", data)
            if name != "transformer-tiny-en-zh":  # whose sentences need words that this vocabulary does not have
                run("heads.py", "--model", model, "--data", data)
            check_references(references)
            assert list((model / "logs" / "runs").glob("*/events.out.tfevents.*")), f"{name} has no event file"
        check_translation(root / "models" / "transformer-tiny-en-zh")
    print(f"ok: loss {losses[0][0]} to {losses[0][-1]}, the same after a kill; {len(MODELS)} models")


def check_references(folder: Path) -> None:
    entries = json.loads((folder / "references.json").read_text("utf-8"))
    stored, read = np.fromfile(folder / "tensors.f32", "<f4"), 0
    for entry in entries:
        attentions = 0
        for name, tensor in entry["tensors"].items():
            end = tensor["offset"] + int(np.prod(tensor["shape"]))
            assert tensor["offset"] <= read, f"{name} is not where references.json says"
            values = stored[tensor["offset"] : end].reshape(tensor["shape"])
            read = max(read, end)
            if name.split()[0] in ("attention", "encoder", "decoder", "cross"):
                attentions += 1
                np.testing.assert_allclose(values.sum(-1), 1, atol=1e-5, rtol=0, err_msg=f"{name} does not sum to 1")
        assert attentions, "no attention was kept"
    assert read == stored.size


def check_translation(folder: Path) -> None:
    """One beam is the likeliest token each time; a text's translation is its own, whatever is beside it."""
    model, tokenizer = rebuild(folder)
    texts = [[CLS, *tokenizer.encode(text), SEP] for text in ("Tom likes 3 cats.", "Alice sees 40 books.", "King.")]
    greedy = []
    with torch.no_grad():
        for text in texts:
            target = [CLS]
            while len(target) < 9:
                target.append(int(model(*padded([text], "cpu"), torch.tensor([target]))[0, -1].argmax()))
                if target[-1] == SEP:
                    break
            greedy.append([token for token in target[1:] if token != SEP])
    assert model.translate(*padded(texts, "cpu"), CLS, SEP, longest=8) == greedy, "one beam is not greedy"
    alone = [model.translate(*padded([text], "cpu"), CLS, SEP, longest=8, beams=3)[0] for text in texts]
    assert model.translate(*padded(texts, "cpu"), CLS, SEP, longest=8, beams=3) == alone, "texts change each other"


if __name__ == "__main__":
    main()
