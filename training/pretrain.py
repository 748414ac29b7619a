"""Pre-train: masked words on everything, next sentences on ordered texts.

AdamW (Loshchilov and Hutter, arXiv:1711.05101), no decay on biases and norms; warm-up, then linear decay over
--minutes of training time or --steps, whichever is given; gradients clipped at norm 1. The log is a
trainer_state.json in the format of Hugging Face's Trainer. Run the same command again to resume.

    python3 pretrain.py --data DATA --model MODEL --work WORK --minutes 35
"""
import argparse
import contextlib
import json
import time
from pathlib import Path

import numpy as np
import torch
from batches import REPEATS, Masker, Texts, epoch
from model import CONFIG, BertForPreTraining
from torch.nn import functional as F
from wordpiece import Tokenizer

WARM_UP = 0.04  # of the schedule


def rate_at(progress: float, peak: float) -> float:
    """The learning rate after a share of the schedule (0 to 1)."""
    return peak * min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP))


def optimizer_of(model: torch.nn.Module) -> torch.optim.AdamW:
    plain = [p for p in model.parameters() if p.ndim > 1]
    small = [p for p in model.parameters() if p.ndim == 1]  # biases and norms
    groups = [{"params": plain, "weight_decay": 0.01}, {"params": small, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), eps=1e-6)


def losses(model: BertForPreTraining, batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Masked-word loss, next-sentence loss (0 without pairs), and the logits of both."""
    ids, mask, types, where = map(torch.from_numpy, (batch.ids, batch.mask, batch.types, batch.where))
    words, follows = model.at(where, ids, mask, types)
    words, follows = words.float(), follows.float()
    labels = torch.from_numpy(batch.labels)
    word_loss = F.cross_entropy(words, torch.from_numpy(batch.answers))
    pair_loss = F.cross_entropy(follows, labels) if (labels >= 0).any() else torch.zeros(())
    return word_loss, pair_loss, words, follows


@torch.no_grad()
def evaluate(model: BertForPreTraining, texts: Texts, masker: Masker) -> dict[str, float]:
    """Held-out loss and accuracies, with the same masks each time."""
    started, random = time.time(), np.random.default_rng(0)
    word_loss = pair_loss = right = words = follows = pairs = samples = 0.0
    plan = epoch(texts, 8192, random)
    for examples in plan:
        batch = masker(examples, random)
        loss, next_loss, word_logits, pair_logits = losses(model, batch)
        word_loss += loss.item() * len(batch.answers)
        right += (word_logits.argmax(-1).numpy() == batch.answers).sum()
        words += len(batch.answers)
        paired = batch.labels >= 0
        pair_loss += next_loss.item() * paired.sum()
        follows += (pair_logits.argmax(-1).numpy() == batch.labels)[paired].sum()
        pairs += paired.sum()
        samples += len(examples)
    seconds = time.time() - started
    return {
        "eval_loss": word_loss / words + pair_loss / max(pairs, 1),
        "eval_mlm_accuracy": right / words,
        "eval_mlm_loss": word_loss / words,
        "eval_nsp_accuracy": follows / max(pairs, 1),
        "eval_nsp_loss": pair_loss / max(pairs, 1),
        "eval_runtime": seconds,
        "eval_samples_per_second": samples / seconds,
        "eval_steps_per_second": len(plan) / seconds,
    }


def trainer_state(run: dict, options: argparse.Namespace, per_epoch: int) -> dict:
    evals = [entry for entry in run["log"] if "eval_loss" in entry]
    best = min(evals, key=lambda entry: entry["eval_loss"], default={})
    return {
        "best_global_step": best.get("step"),
        "best_metric": best.get("eval_loss"),
        "best_model_checkpoint": f"checkpoint-{best['step']}" if best else None,
        "epoch": run["step"] / per_epoch,
        "eval_steps": options.eval_every,
        "global_step": run["step"],
        "is_hyper_param_search": False,
        "is_local_process_zero": True,
        "is_world_process_zero": True,
        "log_history": run["log"],
        "logging_steps": options.log_every,
        "max_steps": options.steps or run["step"],
        "num_input_tokens_seen": run["tokens"],
        "num_train_epochs": -(-run["step"] // per_epoch),
        "save_steps": options.eval_every,
        "stateful_callbacks": {},
        "total_flos": 6.0 * run["parameters"] * run["tokens"],
        "train_batch_size": options.tokens,
        "trial_name": None,
        "trial_params": None,
    }


def rounded(entry: dict) -> dict:
    return {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in entry.items()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    arguments.add_argument("--model", type=Path, required=True, help="the folder with vocab.txt")
    arguments.add_argument("--work", type=Path, required=True, help="checkpoints and logs, outside the repository")
    length = arguments.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="training time that the schedule is fitted to")
    length.add_argument("--steps", type=int, help="or a number of steps, which can be repeated exactly")
    arguments.add_argument("--hidden", type=int, default=CONFIG["hidden_size"], help="width, a multiple of 4 heads")
    arguments.add_argument("--tokens", type=int, default=4096, help="tokens in a batch")
    arguments.add_argument("--rate", type=float, default=1e-3, help="peak learning rate")
    arguments.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--log-every", type=int, default=50)
    arguments.add_argument("--eval-every", type=int, default=500)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(options.model / "vocab.txt")
    config = {**CONFIG, "vocab_size": len(tokenizer.tokens), "hidden_size": options.hidden,
              "intermediate_size": 4 * options.hidden}  # fmt: skip
    model = BertForPreTraining(config)
    optimizer = optimizer_of(model)
    masker = Masker(tokenizer)
    learned = Texts(options.data / "train.jsonl", tokenizer, REPEATS)
    measured = Texts(options.data / "heldout.jsonl", tokenizer, {})
    run = {"step": 0, "seconds": 0.0, "tokens": 0, "log": [],
           "parameters": sum(p.numel() for p in model.parameters())}  # fmt: skip
    checkpoint = options.work / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        run = saved["run"]
        print(f"resumed at step {run['step']}")

    def batch_plan(number: int):
        return epoch(learned, options.tokens, np.random.default_rng([options.seed, number]))

    per_epoch = len(batch_plan(0))  # later epochs differ by a few batches: each ends after this many
    print(f"{run['parameters']} parameters, {per_epoch} steps an epoch, {config}", flush=True)
    faster = contextlib.nullcontext
    if options.precision == "bfloat16":
        faster = lambda: torch.autocast("cpu", torch.bfloat16)  # noqa: E731

    def save() -> None:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "run": run, "config": config}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        state = trainer_state(run, options, per_epoch)
        (options.work / "trainer_state.json").write_text(json.dumps(state, indent=1) + "\n", "utf-8")

    def log(entry: dict) -> None:
        run["log"].append(rounded({"epoch": run["step"] / per_epoch, **entry, "step": run["step"]}))
        print(f"{run['seconds'] / 60:.1f} min, {run['tokens'] / 1e6:.1f}M tokens", run["log"][-1], flush=True)

    def evaluate_and_save() -> None:
        model.eval()
        with faster():
            log(evaluate(model, measured, masker))
        model.train()
        save()

    plan, planned = [], -1
    recent: list[tuple[float, float, float]] = []
    while True:
        step = run["step"]
        progress = step / options.steps if options.steps else run["seconds"] / 60 / options.minutes
        if progress >= 1:
            break
        started = time.time()
        if step // per_epoch != planned:
            planned = step // per_epoch
            plan = batch_plan(planned)
        examples = plan[step % per_epoch % len(plan)]
        batch = masker(examples, np.random.default_rng([options.seed, 1, step]))
        rate = rate_at(progress, options.rate)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with faster():
            word_loss, pair_loss, _, _ = losses(model, batch)
        optimizer.zero_grad(set_to_none=True)
        (word_loss + pair_loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent.append(((word_loss + pair_loss).item(), word_loss.item(), norm.item()))
        run["step"] += 1
        run["tokens"] += int(batch.mask.sum())
        run["seconds"] += time.time() - started
        if run["step"] % options.log_every == 0:
            loss, mlm_loss, grad_norm = np.mean(recent, axis=0).tolist()
            log({"grad_norm": grad_norm, "learning_rate": rate, "loss": loss, "mlm_loss": mlm_loss})
            recent.clear()
        if run["step"] % options.eval_every == 0:
            evaluate_and_save()
    if not run["log"] or "train_runtime" not in run["log"][-1]:  # not finished before
        if run["step"] % options.eval_every:
            evaluate_and_save()
        log({"total_flos": 6.0 * run["parameters"] * run["tokens"], "train_runtime": run["seconds"],
             "train_steps_per_second": run["step"] / run["seconds"]})  # fmt: skip
        save()


if __name__ == "__main__":
    main()
