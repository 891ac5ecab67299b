"""CapsNet of Sabour, Frosst, Hinton, "Dynamic Routing Between Capsules" (2017), for training.

Shapes are written behind each tensor: b batch, i lower capsules, j classes, k lower
dimension, o class dimension.  Capsules are ordered (type, y, x), PyTorch's own order;
docs/networks.md says how `capsacc-sim quantize` is told so.
"""
import torch
from torch import nn
import torch.nn.functional as F


def squash(s, dim=-1):
    """v = |s|^2 / (1 + |s|^2) * s / |s|   (Sabour et al., eq. 1)."""
    n2 = (s * s).sum(dim, keepdim=True)
    return s * (n2.sqrt() / (1 + n2))


class CapsNet(nn.Module):
    """Conv1, ReLU, PrimaryCaps, ClassCaps with routing by agreement.

    `rank`: while it is set, PrimaryCaps is trained as a product of a 1x1 convolution to
    `rank` channels and a k x k one.  There is no non-linearity between the two, so
    `merge()` turns them into the single full convolution without changing the function.
    It makes early epochs about three times cheaper.
    """

    def __init__(self, image, channels, conv1, primary, classes, class_dim, iters=3,
                 rank=0, decoder=True):
        super().__init__()
        self.k1, self.s1, self.c1 = conv1
        self.k2, self.s2, self.types, self.dim = primary
        self.classes, self.class_dim, self.iters, self.rank = classes, class_dim, iters, rank
        side = ((image - self.k1) // self.s1 + 1 - self.k2) // self.s2 + 1
        self.caps = side * side * self.types
        out = self.types * self.dim
        self.conv1_weight = nn.Parameter(torch.empty(self.c1, channels, self.k1, self.k1))
        self.conv1_bias = nn.Parameter(torch.zeros(self.c1))
        nn.init.kaiming_normal_(self.conv1_weight, nonlinearity="relu")
        self.primary_bias = nn.Parameter(torch.zeros(out))
        fan_in = self.c1 * self.k2 ** 2
        if rank:
            self.primary_reduce = nn.Parameter(torch.randn(rank, self.c1, 1, 1) * self.c1 ** -0.5)
            self.primary_weight = nn.Parameter(
                torch.randn(out, rank, self.k2, self.k2) * (rank * self.k2 ** 2) ** -0.5)
        else:
            self.primary_weight = nn.Parameter(
                torch.randn(out, self.c1, self.k2, self.k2) * fan_in ** -0.5)
        # [i, j, o, k]; small, as in the paper's released code
        self.class_weight = nn.Parameter(torch.randn(self.caps, classes, class_dim, self.dim) * 0.05)
        self.decoder = nn.Sequential(
            nn.Linear(classes * class_dim, 512), nn.ReLU(), nn.Linear(512, 1024), nn.ReLU(),
            nn.Linear(1024, image * image * channels), nn.Sigmoid()) if decoder else None

    def merge(self):
        """Replace the factored PrimaryCaps weight by its product (same function)."""
        if self.rank:
            w = torch.einsum("orhw,rc->ochw", self.primary_weight.data,
                             self.primary_reduce.data[:, :, 0, 0])
            self.primary_weight = nn.Parameter(w.contiguous())
            del self.primary_reduce
            self.rank = 0

    def primary(self, x, dtype):
        """Squashed primary capsules [b, i, k]."""
        h = F.relu(F.conv2d(x.to(dtype), self.conv1_weight.to(dtype),
                            self.conv1_bias.to(dtype), stride=self.s1))
        if self.rank:
            h = F.conv2d(h, self.primary_reduce.to(dtype))
        s = F.conv2d(h, self.primary_weight.to(dtype), self.primary_bias.to(dtype), stride=self.s2)
        b = s.shape[0]
        s = s.float().view(b, self.types, self.dim, -1).permute(0, 1, 3, 2)
        return squash(s.reshape(b, self.caps, self.dim))

    def forward(self, x, dtype=torch.float32):
        """Class capsules [b, j, o].

        The couplings carry no gradient (as in common implementations): the iterations
        before the last only decide them, so the votes are never kept for the backward pass,
        and the weighted sum of the votes is one matrix product: s_j = (c_j u) W_j.
        """
        u = self.primary(x, dtype).to(dtype)                                    # [b,i,k]
        b = u.shape[0]
        w = self.class_weight.to(dtype).permute(1, 0, 3, 2).reshape(            # [j,ik,o]
            self.classes, self.caps * self.dim, self.class_dim)

        def weighted_sum(c, u, w):                                              # c [j,b,i]
            cu = (c.unsqueeze(-1) * u.unsqueeze(0)).reshape(self.classes, b, -1)
            return torch.bmm(cu, w).float()                                     # [j,b,o]

        c = torch.full((self.classes, b, self.caps), 1 / self.classes, dtype=dtype, device=x.device)
        if self.iters > 1:
            with torch.no_grad():
                votes = torch.bmm(
                    u.transpose(0, 1),
                    self.class_weight.to(dtype).permute(0, 3, 1, 2).reshape(
                        self.caps, self.dim, -1)).view(self.caps, b, self.classes, self.class_dim)
                logits = 0
                for _ in range(self.iters - 1):
                    v = squash(weighted_sum(c, u, w))                           # [j,b,o]
                    logits = logits + (votes * v.permute(1, 0, 2).to(dtype)).sum(-1).float()
                    c = logits.softmax(-1).permute(2, 1, 0).to(dtype)
        return squash(weighted_sum(c, u, w)).permute(1, 0, 2)

    def tensors(self):
        """The tensors that `capsacc-sim quantize` reads, by their documented names."""
        self.merge()
        return {"conv1.weight": self.conv1_weight, "conv1.bias": self.conv1_bias,
                "primarycaps.weight": self.primary_weight, "primarycaps.bias": self.primary_bias,
                "classcaps.weight": self.class_weight}


def margin_loss(v, labels):
    """Sabour et al., eq. 4: m+ 0.9, m- 0.1, lambda 0.5."""
    length = (v * v).sum(-1).add(1e-9).sqrt()
    t = F.one_hot(labels, v.shape[1]).float()
    loss = t * F.relu(0.9 - length) ** 2 + 0.5 * (1 - t) * F.relu(length - 0.1) ** 2
    return loss.sum(1).mean()
