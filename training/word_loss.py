"""Cross entropy over the vocabulary a few hundred tokens at a time: all logits at once do not fit any cache."""
import torch
from torch import Tensor

ROWS = 256


class WordLoss(torch.autograd.Function):
    """Sum over M tokens of -log p(answer), p = softmax(hidden @ words.T), in nats, and its gradients.

    hidden (M, H), words (V, H), answers (M,). Smoothed labels have 1 - smoothing + smoothing / V at the answer and
    smoothing / V elsewhere (Szegedy et al. 2015, arXiv:1512.00567, section 7). Products are of the type of `hidden`.
    """

    @staticmethod
    def forward(context, hidden: Tensor, words: Tensor, answers: Tensor, smoothing: float) -> Tensor:
        used, size = words.to(hidden.dtype), len(words)
        total = torch.zeros((), device=hidden.device)
        to_hidden, to_words = torch.empty_like(hidden), torch.zeros_like(words)
        for start in range(0, len(answers), ROWS):
            rows, answer = hidden[start : start + ROWS], answers[start : start + ROWS, None]
            log = (rows @ used.T).float().log_softmax(-1)
            total -= (1 - smoothing) * log.gather(1, answer).sum() + smoothing / size * log.sum()
            excess = log.exp_().sub_(smoothing / size)  # p - labels, the gradient of the logits
            excess.scatter_add_(1, answer, excess.new_full((len(answer), 1), smoothing - 1))
            excess = excess.to(hidden.dtype)
            to_hidden[start : start + ROWS] = excess @ used
            to_words += excess.T @ rows
        context.save_for_backward(to_hidden, to_words)
        return total

    @staticmethod
    def backward(context, upstream: Tensor):
        to_hidden, to_words = context.saved_tensors
        return to_hidden * upstream, to_words * upstream, None, None


def word_loss(hidden: Tensor, words: Tensor, answers: Tensor, smoothing: float = 0.0) -> Tensor:
    """The loss of `WordLoss`; in bfloat16 where autocast says so."""
    if torch.is_autocast_enabled() or torch.is_autocast_cpu_enabled():
        hidden = hidden.to(torch.bfloat16)
    return WordLoss.apply(hidden, words, answers, smoothing)
