#!/usr/bin/env python3
"""Makes minilm.tsv of this folder anew: a text as a JSON string, then its vector by all-MiniLM-L6-v2,
the layers written down once more with numpy in double precision.

    make.py FOLDER      with the model's model.safetensors and tokenizer.json

Needs numpy, safetensors and tokenizers (pip install)."""
import json
import math
import os
import sys

import numpy
from safetensors.numpy import load_file
from tokenizers import Tokenizer

LAYERS, HEADS, WIDTH, LONGEST = 6, 12, 384, 256
W = {name: w.astype(float) for name, w in load_file(os.path.join(sys.argv[1], "model.safetensors")).items()}
tokenizer = Tokenizer.from_file(os.path.join(sys.argv[1], "tokenizer.json"))
tokenizer.no_padding()
tokenizer.enable_truncation(LONGEST)
erf = numpy.vectorize(math.erf)
TEXTS = ["", "red tea pot", "A white mug for coffee, 0.4 l", "Ein Rucksack für lange Wanderungen",
         "une théière en porcelaine", "中国茶 茶壶 tea", "qwertyuiop",
         "children's rain coat (blue), size 116 - 122, waterproof; with hood & pockets!",
         " ".join("a cup of tea and a piece of cake on a small table in the garden behind the old house".split() * 16)]


def norm(x, name):
    off = x - x.mean(-1, keepdims=True)
    return off / numpy.sqrt((off ** 2).mean(-1, keepdims=True) + 1e-12) * W[name + ".weight"] + W[name + ".bias"]


def linear(x, name):
    return x @ W[name + ".weight"].T + W[name + ".bias"]


def encode(text):
    ids = tokenizer.encode(text).ids
    x = (W["embeddings.word_embeddings.weight"][ids] + W["embeddings.position_embeddings.weight"][:len(ids)]
         + W["embeddings.token_type_embeddings.weight"][0])
    x = norm(x, "embeddings.LayerNorm")
    for i in range(LAYERS):
        layer = "encoder.layer.%d." % i
        q, k, v = (linear(x, layer + "attention.self." + part).reshape(len(ids), HEADS, -1).transpose(1, 0, 2)
                   for part in ("query", "key", "value"))
        scores = numpy.exp(q @ k.transpose(0, 2, 1) / math.sqrt(WIDTH / HEADS))
        heads = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        x = norm(x + linear(heads, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
        wide = linear(x, layer + "intermediate.dense")
        wide = wide * (1 + erf(wide / math.sqrt(2))) / 2
        x = norm(x + linear(wide, layer + "output.dense"), layer + "output.LayerNorm")
    mean = x.mean(0)
    return mean / numpy.linalg.norm(mean)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "minilm.tsv"), "w") as out:
    for text in TEXTS:
        out.write(json.dumps(text) + "\t" + " ".join("%.5f" % x for x in encode(text)) + "\n")
