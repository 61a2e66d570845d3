#!/usr/bin/env python3
"""The encoder of bench_encoder in PyTorch: the same weights, the same tokens.

    peers_encoder.py MODEL.SAFETENSORS TOKENS VECTORS

TOKENS has the tokens of a text a line, VECTORS the vectors of bench_encoder (single precision).
Texts are sorted by length and padded in batches of 32, as sentence-transformers does. Prints tokens
a second (those that are no padding) by the clock and by processor time, and the smallest cosine to
VECTORS. Needs PyTorch; says so and ends well where there is none.
"""
import json
import os
import struct
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print("skipped: there is no PyTorch")
    sys.exit(0)

BATCH = 32
config = json.load(open(os.path.join(os.path.dirname(sys.argv[1]), "config.json")))
HEADS, LAYERS, EPSILON = config["num_attention_heads"], config["num_hidden_layers"], config["layer_norm_eps"]
data = open(sys.argv[1], "rb").read()
length = struct.unpack("<Q", data[:8])[0]
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
W = {name: torch.frombuffer(bytearray(data[8 + length + t["data_offsets"][0]:8 + length + t["data_offsets"][1]]),
                            dtype=TYPES[t["dtype"]]).reshape(t["shape"]).float()
     for name, t in json.loads(data[8:8 + length]).items() if t.get("dtype") in TYPES}


def linear(x, name):
    return F.linear(x, W[name + ".weight"], W[name + ".bias"])


def norm(x, name):
    return F.layer_norm(x, x.shape[-1:], W[name + ".weight"], W[name + ".bias"], EPSILON)


def encode(texts):
    n, longest = len(texts), max(map(len, texts))
    ids = torch.zeros(n, longest, dtype=torch.long)
    mask = torch.zeros(n, longest, dtype=torch.bool)
    for i, text in enumerate(texts):
        ids[i, :len(text)] = torch.tensor(text)
        mask[i, :len(text)] = True
    x = (W["embeddings.word_embeddings.weight"][ids] + W["embeddings.position_embeddings.weight"][:longest]
         + W["embeddings.token_type_embeddings.weight"][0])
    x = norm(x, "embeddings.LayerNorm")
    for i in range(LAYERS):
        layer = "encoder.layer.%d." % i
        q, k, v = (linear(x, layer + "attention.self." + part).reshape(n, longest, HEADS, -1).transpose(1, 2)
                   for part in ("query", "key", "value"))
        heads = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        heads = heads.transpose(1, 2).reshape(n, longest, -1)
        x = norm(x + linear(heads, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
        wide = F.gelu(linear(x, layer + "intermediate.dense"))
        x = norm(x + linear(wide, layer + "output.dense"), layer + "output.LayerNorm")
    mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    return F.normalize(mean, dim=1)


lines = [[int(token) for token in line.split()] for line in open(sys.argv[2])]
order = sorted(range(len(lines)), key=lambda i: -len(lines[i]))
ours = torch.frombuffer(bytearray(open(sys.argv[3], "rb").read()), dtype=torch.float32).reshape(len(lines), -1)
with torch.inference_mode():
    encode([lines[i] for i in order[:BATCH]])
    clock, processor, cosine = time.monotonic(), time.process_time(), 1.0
    parts = [encode([lines[i] for i in order[at:at + BATCH]]) for at in range(0, len(lines), BATCH)]
    clock, processor = time.monotonic() - clock, time.process_time() - processor
    cosine = float((torch.cat(parts) * ours[order]).sum(1).min())
tokens = sum(map(len, lines))
print("PyTorch: %.0f tokens/s, %.0f by processor time, cosine %.6f" % (tokens / clock, tokens / processor, cosine))
