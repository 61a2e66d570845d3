#!/usr/bin/env python3
"""Makes wordpiece.json, unigram.json and expected.tsv of this folder anew, with the library that is
the reference (pip install tokenizers sentencepiece). Nothing here is anybody's text: words are drawn
at random from the letters of scripts.

expected.tsv: a text as a JSON string, then its tokens by wordpiece.json and by unigram.json."""
import base64, json, os, random, tempfile
import sentencepiece
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

here = os.path.dirname(os.path.abspath(__file__))
random.seed(11)
SCRIPTS = [(0x61, 0x7A), (0x41, 0x5A), (0xC0, 0x17F), (0x370, 0x3FF), (0x400, 0x45F), (0x531, 0x587),
           (0x5D0, 0x5EA), (0x620, 0x64A), (0x904, 0x939), (0x985, 0x9B9), (0xB85, 0xBB9),
           (0xE01, 0xE3A), (0x10A0, 0x10FF), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x4E80),
           (0xAC00, 0xAC80), (0x1200, 0x1240), (0x1780, 0x17B3), (0xD05, 0xD39), (0xFF01, 0xFF5E),
           (0x2000, 0x206F), (0x300, 0x320), (0x1F600, 0x1F640), (0x1D400, 0x1D430), (0x10A00, 0x10A10)]
STEMS = ["".join(chr(random.randint(*s)) for _ in range(random.randint(1, 3)))
         for s in SCRIPTS for _ in range(6)]


def word():
    if random.random() < 0.1:
        return random.choice(["e\u0301", "\u0130", "\u00DF", "\u00BD", "\uFB01", "[MASK]", "<mask>", "\t",
                              "x" * 101, "\u200B", "\u09FD", "\uE000", "\uFFFD", "1,000.50", "don't"])
    return "".join(random.choice(STEMS) for _ in range(random.randint(1, 3)))


texts = [random.choice([" ", "  ", ", ", "-"]).join(word() for _ in range(random.randint(1, 9)))
         for _ in range(300)] + ["", " ", "  a  "]

wordpiece = Tokenizer(models.WordPiece(unk_token="[UNK]"))
wordpiece.normalizer = normalizers.BertNormalizer(lowercase=True)
wordpiece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
wordpiece.train_from_iterator(texts[:200], trainers.WordPieceTrainer(
    vocab_size=420, special_tokens=special, limit_alphabet=260, show_progress=False))
wordpiece.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])

# SentencePiece's own format of a map of characters, for a few of them.
with tempfile.TemporaryDirectory() as folder:
    rules = {"\uFB01": "fi", "\u00BD": "1\u20442", "e\u0301": "\u00E9", "\t": " ", "\u200B": "", "\u3000": " "}
    rules.update({chr(0xFF01 + i): chr(0x21 + i) for i in range(94)})
    rows = ["%s\t%s" % (" ".join("%X" % ord(c) for c in a), " ".join("%X" % ord(c) for c in b))
            for a, b in sorted(rules.items())]
    open(folder + "/rules", "w").write("\n".join(rows) + "\n")
    open(folder + "/text", "w").write("\n".join("a b c d e f%d" % i for i in range(200)))
    sentencepiece.SentencePieceTrainer.train(
        input=folder + "/text", model_prefix=folder + "/m", vocab_size=30, hard_vocab_limit=False,
        normalization_rule_tsv=folder + "/rules", minloglevel=2)
    model = open(folder + "/m.model", "rb").read()


def fields(data):
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or number()
            at += size
            yield key >> 3, data[at - size:at]


charsmap = next(v for f, part in fields(model) if f == 3 for g, v in fields(part) if g == 2)
pieces = sorted({"\u2581" + s for s in STEMS} | set(STEMS) | {"\u2581", ",", "-", "x", "\u00E9", "1", "0", "fi"})
random.shuffle(pieces)
unigram = json.loads(Tokenizer(models.Unigram(
    [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    + [(p, -round(random.uniform(3, 12), 4)) for p in pieces] + [("<mask>", 0.0)], unk_id=3)).to_str())
mask = len(unigram["model"]["vocab"]) - 1
unigram["added_tokens"] = [
    {"id": i, "content": t, "single_word": False, "lstrip": t == "<mask>", "rstrip": False,
     "normalized": False, "special": True}
    for i, t in [(0, "<s>"), (1, "<pad>"), (2, "</s>"), (3, "<unk>"), (mask, "<mask>")]]
unigram["normalizer"] = {"type": "Precompiled",
                         "precompiled_charsmap": base64.b64encode(charsmap).decode()}
unigram["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
    {"type": "WhitespaceSplit"},
    {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}]}
unigram = Tokenizer.from_str(json.dumps(unigram))

for name, tokenizer in (("wordpiece", wordpiece), ("unigram", unigram)):
    tokenizer.save(os.path.join(here, name + ".json"), pretty=False)
with open(os.path.join(here, "expected.tsv"), "w") as out:
    for text in texts:
        ids = [" ".join(map(str, t.encode(text, add_special_tokens=False).ids))
               for t in (wordpiece, unigram)]
        out.write(json.dumps(text) + "\t" + "\t".join(ids) + "\n")
