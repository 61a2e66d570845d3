"""The decoder by its formulas in numpy: logits of a GGUF file after a short text, compared with ours.

    pip install numpy gguf tokenizers
    AISLE_LOGITS=/tmp/logits tests/bench/bench_decoder FILE.gguf
    python3 tests/language/decoder_reference.py FILE.gguf /tmp/logits [FLOAT.gguf]

Prints the largest difference relative to the largest logit. FLOAT.gguf: writes the file there with
every matrix as F32 (F16 where the name ends in -f16.gguf), to compare without quantised products.
"""
import sys

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize
from tokenizers import Tokenizer, models, pre_tokenizers

TEXT = "The cup is on the table."


def weights_of(reader):
    return {t.name: dequantize(t.data, t.tensor_type).astype(np.float32) for t in reader.tensors}


def tokens_of(reader):
    field = lambda name: reader.fields["tokenizer.ggml." + name].contents()
    merges = [tuple(m.split(" ")) for m in field("merges")]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(field("tokens"))}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return tokenizer.encode(TEXT).ids


def logits_of(reader, ids):
    value = lambda name, initial=None: (reader.fields["llama." + name].contents()
                                        if "llama." + name in reader.fields else initial)
    w = weights_of(reader)
    heads, kv = value("attention.head_count"), value("attention.head_count_kv")
    width = value("embedding_length") // heads
    epsilon, base = value("attention.layer_norm_rms_epsilon"), value("rope.freq_base", 10000.0)
    n = len(ids)
    angle = np.arange(n)[:, None] * base ** (-2.0 * np.arange(width // 2) / width)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]

    def norm(x, gain):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * gain

    def rotate(x):
        a, b = x[..., 0::2], x[..., 1::2]
        return np.stack([a * cos - b * sin, a * sin + b * cos], -1).reshape(x.shape)

    x = w["token_embd.weight"][ids].astype(np.float64)
    for i in range(value("block_count")):
        part = lambda name: w[f"blk.{i}.{name}.weight"].astype(np.float64)
        h = norm(x, part("attn_norm"))
        q = rotate((h @ part("attn_q").T).reshape(n, heads, width))
        k = rotate((h @ part("attn_k").T).reshape(n, kv, width)).repeat(heads // kv, 1)
        v = (h @ part("attn_v").T).reshape(n, kv, width).repeat(heads // kv, 1)
        s = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(width)
        s = np.where(np.tril(np.ones((n, n), bool)), s, -np.inf)
        p = np.exp(s - s.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        x = x + np.einsum("hij,jhd->ihd", p, v).reshape(n, -1) @ part("attn_output").T
        h = norm(x, part("ffn_norm"))
        gate = h @ part("ffn_gate").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ part("ffn_up").T)) @ part("ffn_down").T
    out = w.get("output.weight", w["token_embd.weight"])
    return norm(x[-1], w["output_norm.weight"]) @ out.T.astype(np.float64)


def write_float(reader, path):
    writer = GGUFWriter(path, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture",):
            continue
        kind = field.types[0]
        if kind == GGUFValueType.ARRAY:
            writer.add_array(field.name, field.contents())
        else:
            writer.add_key_value(field.name, field.contents(), kind)
    half = path.endswith("-f16.gguf")
    for name, tensor in weights_of(reader).items():
        writer.add_tensor(name, tensor.astype(np.float16) if half and tensor.ndim > 1 else tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    reader = GGUFReader(sys.argv[1])
    if len(sys.argv) > 3:
        write_float(reader, sys.argv[3])
        return
    theirs = logits_of(reader, tokens_of(reader))
    ours = np.fromfile(sys.argv[2], np.float32)
    print(f"largest difference {abs(ours - theirs).max():.2e} of a largest logit of {abs(theirs).max():.2f}:"
          f" {abs(ours - theirs).max() / abs(theirs).max():.2e}; likeliest token {ours.argmax()},"
          f" {theirs.argmax()} by the reference")


main()
