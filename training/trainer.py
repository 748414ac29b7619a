"""The training loop that every model here goes through, and the logs that it leaves.

AdamW (Loshchilov and Hutter, arXiv:1711.05101) or with --muon Muon, no decay on biases and norms; warm-up, then linear decay over
--minutes of training time or --steps, whichever is given; gradients clipped at a norm. Logs: trainer_state.json in
the format of Hugging Face's Trainer, and an event file as TensorBoard reads it. Run a command again to resume from
the last checkpoint, in a new event file: so one sees what a run that diverged did before it was taken up again.
"""
import argparse
import contextlib
import json
import math
import platform
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from event_file import EventFile
from muon import Muon
from torch import Tensor, nn

WARM_UP = 0.04  # of the schedule


class Task(Protocol):
    """What is learned: a model, its batches, its loss, and what is measured on held-out data."""

    model: nn.Module

    def plan(self, random: np.random.Generator) -> list[Any]:
        """One epoch as a list of batches, each whatever `losses` takes."""

    def losses(self, batch: Any, random: np.random.Generator) -> tuple[dict[str, Tensor], int]:
        """Mean losses, of which the sum is minimised, by name ("loss" when there is one), and the tokens seen."""

    def evaluate(self) -> dict[str, float]:
        """Metrics on held-out data, "loss" among them: less is better."""


def rate_at(progress: float, peak: float) -> float:
    """The learning rate after a share of the schedule (0 to 1)."""
    return peak * max(min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP)), 0)


def optimizer_of(model: nn.Module, decay: float, muon: bool) -> torch.optim.AdamW:
    learned = [p for p in model.parameters() if p.requires_grad]
    embeddings = {module.weight for module in model.modules() if isinstance(module, nn.Embedding)}
    groups = [
        {"params": [p for p in learned if p.ndim > 1 and p not in embeddings], "weight_decay": decay, "orthogonal": muon},
        {"params": [p for p in learned if p in embeddings], "weight_decay": decay, "orthogonal": False},
        {"params": [p for p in learned if p.ndim == 1], "weight_decay": 0.0, "orthogonal": False},  # biases and norms
    ]
    return Muon(groups, lr=0.0, betas=(0.9, 0.98), eps=1e-6)


def add_options(arguments: argparse.ArgumentParser, rate: float, eval_every: int) -> None:
    arguments.add_argument("--work", type=Path, required=True, help="checkpoints and logs, outside the repository")
    length = arguments.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="training time that the schedule is fitted to")
    length.add_argument("--steps", type=int, help="or a number of steps, which can be repeated exactly")
    arguments.add_argument("--rate", type=float, default=rate, help="peak learning rate")
    arguments.add_argument("--muon", action="store_true", help="Muon for the matrices between layers")
    arguments.add_argument("--decay", type=float, default=0.01, help="weight decay")
    arguments.add_argument("--clip", type=float, default=1.0, help="largest norm of a gradient")
    arguments.add_argument("--tokens", type=int, default=4096, help="tokens in a batch")
    arguments.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16",
                           help="bfloat16 is slow on processors that cannot multiply it")  # fmt: skip
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--log-every", type=int, default=50)
    arguments.add_argument("--eval-every", type=int, default=eval_every)
    arguments.add_argument("--seed", type=int, default=1)


def prepare(options: argparse.Namespace) -> None:
    """To be called before the model is made: seeds and threads."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)


def batches_of(examples: list, length, tokens: int, random: np.random.Generator) -> list[list]:
    """Batches of about `tokens` tokens, examples of like `length(example)` together, in random order."""
    order = np.array([length(example) for example in examples]) + random.random(len(examples))
    batches, batch = [], []
    for i in np.argsort(order):  # the fraction shuffles within a length
        if batch and length(examples[i]) * (len(batch) + 1) > tokens:
            batches.append(batch)
            batch = []
        batch.append(examples[i])
    batches.append(batch)
    return [batches[i] for i in random.permutation(len(batches))]


def rounded(entry: dict) -> dict:
    return {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in entry.items()}


class Trainer:
    KEPT = "the last checkpoint is kept, go on from it with a lower --rate"

    def __init__(self, task: Task, options: argparse.Namespace, config: dict):
        self.task, self.options, self.config = task, options, config
        self.model = task.model.to(options.device)
        self.optimizer = optimizer_of(self.model, options.decay, options.muon)
        self.run: dict[str, Any] = {"step": 0, "seconds": 0.0, "tokens": 0, "log": [], "started": time.time()}
        self.parameters = sum(p.numel() for p in self.model.parameters())
        self.checkpoint = options.work / "checkpoint.pt"
        if self.checkpoint.exists():
            saved = torch.load(self.checkpoint, map_location=options.device)
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.run = saved["run"]
            print(f"resumed at step {self.run['step']}")
        self.events = self.open_events()
        self.per_epoch = len(self.batch_plan(0))  # later epochs differ by a few batches: each ends after this many
        print(f"{self.parameters} parameters, {self.per_epoch} steps an epoch, {config}", flush=True)

    def batch_plan(self, number: int) -> list:
        return self.task.plan(np.random.default_rng([self.options.seed, number]))

    def faster(self):
        if self.options.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self.options.device.split(":")[0], torch.bfloat16)

    def save(self) -> None:
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "run": self.run,
                 "config": self.config}  # fmt: skip
        torch.save(state, self.checkpoint.with_suffix(".new"))
        self.checkpoint.with_suffix(".new").replace(self.checkpoint)
        self.write_logs()

    def write_logs(self) -> None:
        run, options = self.run, self.options
        evals = [entry for entry in run["log"] if "eval_loss" in entry]
        best = min(evals, key=lambda entry: entry["eval_loss"], default={})
        state = {
            "best_global_step": best.get("step"),
            "best_metric": best.get("eval_loss"),
            "best_model_checkpoint": None,  # only the last one is kept
            "epoch": run["step"] / self.per_epoch,
            "eval_steps": options.eval_every,
            "global_step": run["step"],
            "is_hyper_param_search": False,
            "is_local_process_zero": True,
            "is_world_process_zero": True,
            "log_history": run["log"],
            "logging_steps": options.log_every,
            "max_steps": options.steps or run["step"],
            "num_input_tokens_seen": run["tokens"],
            "num_train_epochs": -(-run["step"] // self.per_epoch),
            "save_steps": options.eval_every,
            "stateful_callbacks": {},
            "total_flos": 6.0 * self.parameters * run["tokens"],
            "trial_name": None,
            "trial_params": None,
        }
        (options.work / "trainer_state.json").write_text(json.dumps(state, indent=1) + "\n", "utf-8")

    def open_events(self) -> EventFile:
        """This process's event file, with the settings and the configuration as texts."""
        now = time.time()
        folder = self.options.work / "runs" / time.strftime("%b%d_%H-%M-%S", time.gmtime(self.run["started"]))
        folder.mkdir(parents=True, exist_ok=True)
        file = EventFile(folder / f"events.out.tfevents.{int(now)}.training.{self.run['step']}", now)
        settings = {name: value for name, value in vars(self.options).items() if isinstance(value, (int, float, str))}
        settings |= {"optimizer": "muon and adamw" if self.options.muon else "adamw", "adam_beta1": 0.9, "adam_beta2": 0.98, "adam_epsilon": 1e-6,
                     "lr_scheduler_type": "linear", "warmup_ratio": WARM_UP, "torch": torch.__version__,
                     "machine": platform.machine()}  # fmt: skip
        file.text("args", json.dumps(settings, indent=2), self.run["step"], now)
        file.text("model_config", json.dumps(self.config, indent=2), self.run["step"], now)
        return file

    def log(self, entry: dict) -> None:
        run = self.run
        entry = rounded({"epoch": run["step"] / self.per_epoch, **entry})
        run["log"].append({**entry, "step": run["step"]})
        for name, value in entry.items():
            tag = f"eval/{name[5:]}" if name.startswith("eval_") else f"train/{name}"
            self.events.scalar(tag, value, run["step"], time.time())
        print(f"{run['seconds'] / 60:.1f} min, {run['tokens'] / 1e6:.1f}M tokens, step {run['step']}", entry, flush=True)

    def stop_if_diverged(self) -> None:
        """Stop where the loss has left all that was learned; weights that are lost are not saved over good ones."""
        losses = [entry["loss"] for entry in self.run["log"] if "loss" in entry]
        if not math.isfinite(losses[-1]) or losses[-1] > 1.5 * min(losses) + 0.1:
            self.events.close()
            sys.exit(f"diverged: loss {losses[-1]} at step {self.run['step']}; {self.KEPT}")

    def evaluate_and_save(self) -> None:
        self.model.eval()
        started = time.time()
        with torch.no_grad(), self.faster():
            measured = self.task.evaluate()
        self.model.train()
        if not math.isfinite(measured["loss"]):
            sys.exit(f"diverged: held-out loss {measured['loss']} at step {self.run['step']}; {self.KEPT}")
        self.log({f"eval_{name}": float(value) for name, value in measured.items()}
                 | {"eval_runtime": time.time() - started})  # fmt: skip
        self.save()

    def train(self) -> None:
        options, run = self.options, self.run
        plan, planned = [], -1
        recent: list[dict[str, float]] = []
        self.model.train()
        while True:
            step = run["step"]
            progress = step / options.steps if options.steps else run["seconds"] / 60 / options.minutes
            if progress >= 1:
                break
            started = time.time()
            if step // self.per_epoch != planned:
                planned = step // self.per_epoch
                plan = self.batch_plan(planned)
            rate = rate_at(progress, options.rate)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            random = np.random.default_rng([options.seed, 1, step])
            torch.manual_seed(options.seed * 1_000_003 + step)  # dropout, the same after a resumption
            with self.faster():
                losses, tokens = self.task.losses(plan[step % self.per_epoch % len(plan)], random)
            loss = torch.stack(list(losses.values())).sum()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(self.model.parameters(), options.clip)
            self.optimizer.step()
            parts = {name: part.item() for name, part in losses.items()}
            recent.append({**parts, "loss": loss.item(), "grad_norm": norm.item()})
            run["step"] += 1
            run["tokens"] += tokens
            run["seconds"] += time.time() - started
            if run["step"] % options.log_every == 0:
                means = {name: float(np.mean([entry[name] for entry in recent])) for name in recent[0]}
                self.log({**means, "learning_rate": rate})
                recent.clear()
                self.stop_if_diverged()
            if run["step"] % options.eval_every == 0:
                self.evaluate_and_save()
        if not run["log"] or "train_runtime" not in run["log"][-1]:  # not finished before
            if run["step"] % options.eval_every:
                self.evaluate_and_save()
            trained = [entry["loss"] for entry in run["log"] if "loss" in entry]
            self.log({"total_flos": 6.0 * self.parameters * run["tokens"], "train_runtime": run["seconds"],
                      "train_loss": float(np.mean(trained)) if trained else 0.0,
                      "train_steps_per_second": run["step"] / run["seconds"]})  # fmt: skip
            self.save()
        self.events.close()
