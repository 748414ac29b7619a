"""Loss and gradients against PyTorch's own cross entropy."""
import torch
from torch.nn import functional as F
from word_loss import ROWS, word_loss

torch.manual_seed(0)
for smoothing in (0.0, 0.1):
    for rows in (1, ROWS, 3 * ROWS + 7):
        hidden = torch.randn(rows, 16, requires_grad=True)
        words = torch.randn(50, 16, requires_grad=True)
        answers = torch.randint(0, 50, (rows,))
        expected = F.cross_entropy(hidden @ words.T, answers, reduction="sum", label_smoothing=smoothing)
        wanted = torch.autograd.grad(3 * expected, (hidden, words))
        found = word_loss(hidden, words, answers, smoothing)
        torch.testing.assert_close(found, expected)
        for ours, theirs in zip(torch.autograd.grad(3 * found, (hidden, words)), wanted):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
print("word_loss: as PyTorch's cross entropy")
