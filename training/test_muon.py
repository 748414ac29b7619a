"""The iteration against singular vectors, the optimizer against AdamW and on a problem that it has to solve."""
import torch
from muon import Muon, orthogonal
from torch import nn

torch.manual_seed(0)
for shape in ((8, 8), (5, 20), (20, 5)):
    matrix = torch.randn(shape)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    found = torch.linalg.svdvals(left.T @ orthogonal(matrix) @ right.T)
    assert 0.5 < found.min() and found.max() < 1.3, f"singular values of {shape} are not about 1: {found}"
    turned = left.T @ orthogonal(matrix) @ right.T
    assert (turned - torch.diag(turned.diag())).abs().max() < 1e-4, "other singular vectors"

vector, same = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
ours = Muon([{"params": [vector], "orthogonal": False}], lr=0.1)
theirs = torch.optim.AdamW([same], lr=0.1)
matrix, target = nn.Parameter(torch.zeros(6, 4)), torch.randn(6, 4)
both = Muon([{"params": [matrix], "orthogonal": True, "weight_decay": 0.0}], lr=0.05)
for step in range(300):
    for weight, optimizer in ((vector, ours), (same, theirs)):
        weight.grad = 2 * weight.detach()
        optimizer.step()
    both.param_groups[0]["lr"] = 0.05 * (1 - step / 300)
    matrix.grad = matrix.detach() - target
    both.step()
torch.testing.assert_close(vector, same)
assert (matrix - target).abs().max() < 0.05, "Muon does not find the target"
kept = both.state_dict()
both.load_state_dict(kept)
assert torch.equal(both.state[matrix]["velocity"], kept["state"][0]["velocity"]), "the momentum is lost"
print("muon: orthogonal steps, AdamW for the rest")
