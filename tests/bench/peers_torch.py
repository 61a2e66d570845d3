#!/usr/bin/env python3
"""The networks of bench_attention in PyTorch: the same shape, losses, lengths and batch.

    peers_torch.py [STEPS [FILE [LOSS LENGTH]]]

FILE as for bench_attention. Prints tokens a second (those that are no padding), by the clock and by
processor time; for a fair comparison run it on the same machine in the same minutes. Needs
PyTorch; says so and ends well where there is none. Sequences are padded on the right, so that a
causal network needs no mask for them; losses are taken where there is a target.
"""
import os
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(1 << 30))
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(1 << 34))
try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError:
    print("skipped: there is no PyTorch")
    sys.exit(0)

D, BLOCKS, HEADS, BATCH, DROPOUT, NEGATIVES = 64, 2, 1, 128, 0.2, 1000


def attend(q, k, v):
    """Causal attention; PyTorch 1 has no public function for it."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=DROPOUT)
    length = q.shape[-2]
    ahead = torch.full((length, length), float("-inf")).triu(1)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + ahead
    return F.dropout(scores.softmax(-1), DROPOUT) @ v


def adam_of(network):
    """Updated in one pass where PyTorch can (2), else in few (1)."""
    fast = "fused" if int(torch.__version__.split(".")[0]) > 1 else "foreach"
    return torch.optim.AdamW(network.parameters(), lr=1e-3, betas=(0.9, 0.98), **{fast: True})


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.inner, self.outer = nn.Linear(D, D), nn.Linear(D, D)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (
            t.view(batch, length, HEADS, D // HEADS).transpose(1, 2)
            for t in self.qkv(self.norm1(x)).chunk(3, dim=-1)
        )
        mixed = attend(q, k, v)
        x = x + self.drop(self.out(mixed.transpose(1, 2).reshape(batch, length, D)))
        return x + self.drop(self.outer(self.drop(F.relu(self.inner(self.norm2(x))))))


class Network(nn.Module):
    def __init__(self, items, length):
        super().__init__()
        self.item = nn.Embedding(items + 1, D)
        self.position = nn.Embedding(length, D)
        nn.init.normal_(self.item.weight, std=0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.norm, self.drop = nn.LayerNorm(D), nn.Dropout(DROPOUT)

    def forward(self, slots):
        x = self.item(slots) * D**0.5 + self.position.weight[: slots.shape[1]]
        x = self.drop(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def read(path):
    users = {}
    with open(path) as file:
        for line in file:
            user, item = map(int, line.split()[:2])
            users.setdefault(user, []).append(item - 1)
    return [events[:-1] for events in users.values() if len(events) > 1]


def batches(sequences, items, length):
    order = torch.randperm(len(sequences)).tolist()
    for at in range(0, len(order) - BATCH, BATCH):
        rows = [([items] + sequences[u])[-length - 1 :] for u in order[at : at + BATCH]]
        longest = max(len(r) for r in rows) - 1
        slots = torch.full((BATCH, longest), items)
        targets = torch.full((BATCH, longest), -1)
        for i, r in enumerate(rows):
            slots[i, : len(r) - 1] = torch.tensor(r[:-1])
            targets[i, : len(r) - 1] = torch.tensor(r[1:])
        yield slots, targets


def loss_of(kind, network, h, targets, items):
    weight = network.item.weight[:items]
    if kind == "softmax":
        return F.cross_entropy(h @ weight.T, targets)
    own = (h * network.item(targets)).sum(-1, keepdim=True)
    if kind == "sampled":
        drawn = torch.randperm(items)[:NEGATIVES]
        scores = h @ network.item(drawn).T
        scores = scores.masked_fill(drawn == targets[:, None], float("-inf"))
        return F.cross_entropy(torch.cat([own, scores], 1), torch.zeros_like(targets))
    wrong = torch.randint(items, targets.shape)
    away = (h * network.item(wrong)).sum(-1, keepdim=True)
    return F.softplus(-own).mean() + F.softplus(away).mean()


def bench(kind, sequences, items, length, steps):
    network = Network(items, length)
    adam = adam_of(network)
    wall = processor = tokens = done = 0
    while done < steps + 2:
        for slots, targets in batches(sequences, items, length):
            start, used = time.monotonic(), time.process_time()
            h = network(slots)
            there = targets >= 0
            loss = loss_of(kind, network, h[there], targets[there], items)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            done += 1
            if done > 2:
                wall += time.monotonic() - start
                processor += time.process_time() - used
                tokens += int(there.sum())
            if done == steps + 2:
                break
    threads = torch.get_num_threads()
    print(
        f"{kind:9} length {length:3}: {tokens / wall / 1e3:7.1f} k tokens/s "
        f"({tokens / processor / 1e3 * threads:7.1f} of the processors)",
        flush=True,
    )


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    default = os.path.join(os.environ.get("AISLE_DATA", "."), "ml-1m", "ml-1m.txt")
    path = sys.argv[2] if len(sys.argv) > 2 else default
    if not os.path.exists(path):
        print(f"skipped: there is no {path}")
        return
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    sequences = read(path)
    items = max(max(s) for s in sequences) + 2
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {items} items")
    if len(sys.argv) > 4:
        bench(sys.argv[3], sequences, items, int(sys.argv[4]), steps)
        return
    for kind in ("softmax", "sampled", "pairwise"):
        for length in (50, 200):
            bench(kind, sequences, items, length, steps)


main()
