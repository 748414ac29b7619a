"""Muon: the momentum of a weight matrix made orthogonal before it is taken as the step.

Jordan et al. 2024, https://kellerjordan.github.io/posts/muon. For matrices between hidden layers; embeddings and
vectors are left to AdamW.
"""
import torch
from torch import Tensor

COEFFICIENTS = 3.4445, -4.7750, 2.0315  # of the quintic iteration, there under "Tuning the coefficients"
MOMENTUM = 0.95


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """About U V' of matrix = U S V', singular values between 0.7 and 1.2, by Newton-Schulz iteration."""
    a, b, c = COEFFICIENTS
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


class Muon(torch.optim.AdamW):
    """AdamW, but for groups with `orthogonal` true, of matrices.

    The root mean square of their steps is 0.4 times the rate, as AdamW's about are (Liu et al. 2025, arXiv:2502.16982).
    """

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"] if group["orthogonal"] else ():
                state = self.state[weight]
                velocity = state.setdefault("velocity", torch.zeros_like(weight))
                state["step"] = state.get("step", torch.tensor(0.0)) + 1  # AdamW wants one where it is loaded
                velocity.lerp_(weight.grad, 1 - MOMENTUM)
                step = orthogonal(weight.grad.lerp(velocity, MOMENTUM))
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.sub_(step, alpha=group["lr"] * 0.4 * max(weight.shape) ** 0.5)
                weight.grad = None  # done: AdamW passes it by
        super().step()
