"""Makes tests/data/language/bpe-*: three small tokenizers and what they make of texts.

    pip install tokenizers
    python3 tests/language/tokenizers_reference.py tests/data/language

Each is trained here on the sentences below, by the reference implementation (the package
tokenizers), which also encodes the texts. bpe-cases.jsonl has one text a line with its tokens.
With a GGUF file as the second argument (pip install gguf), texts drawn at random are encoded by that
file's vocabulary instead, 10,000 lines on standard output.
"""
import json
import random
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SENTENCES = [
    "The cup that I bought in October doesn't leak, and we'll take 12 more of them.",
    "Der Wasserkocher für 39,90 € ist größer als gedacht; schöne Grüße!",
    "J'ai acheté un café moulu très doux, c'était l'été dernier à Orléans.",
    "El niño pidió dos cañas y una piñata: ¿cuánto cuestan?",
    "Чайник тихий, но крышка закрывается плохо.",
    "Ο βραστήρας έφτασε σε δύο μέρες και δουλεύει ωραία.",
    "הקומקום שקט והמשלוח הגיע מוקדם.",
    "الغلاية هادئة ووصلت الشحنة مبكرا.",
    "केतली शांत है और जल्दी आ गई।",
    "কেটলিটি নীরব এবং তাড়াতাড়ি এসেছে।",
    "கெண்டி அமைதியாக உள்ளது.",
    "కెటిల్ నిశ్శబ్దంగా ఉంది.",
    "กาต้มน้ำเงียบมากและส่งเร็ว",
    "ກາຕົ້ມນ້ຳງຽບ",
    "水壶很安静，送货也很快。",
    "やかんは静かで、早く届きました。カメラも買った。",
    "주전자가 조용하고 빨리 왔어요.",
    "ჩაიდანი ჩუმია და მალე მოვიდა.",
    "Թեյնիկը լուռ է և շուտ եկավ։",
    "ማሰሮው ጸጥ ያለ ነው።",
    "កំសៀវស្ងាត់ណាស់។",
    "ཇ་དམ་འདི་ལྷིང་འཇགས་འདུག",
    "Bình đun nước rất êm và giao nhanh.",
]
ODD = [
    "", " ", "  ", "\n", "\r\n\r\n", " \n x", "a  b   c", "tab\tand\u00a0hard blank\u3000wide",
    "I'm, you're, it's, we'll, they've, he'd, don't", "I'M YOU'RE IT'S 'S 's'", "'", "''s",
    "1 12 123 1234 12345 1,234.50 ½ Ⅷ ٣٤٥ ४५", "x1y22z333", "  7  up  ", "!!! ?!...--- ((x))",
    "a\u0301 e\u0308 \u200d \ufeff \u202e", "👍🏽 👨‍👩‍👧 🇩🇪", "<|end|> <|end|>x<|en", "x<|end|><|pad|>",
    "snake_case CamelCase kebab-case", "https://example.org/?q=1&r=2#x", "\u2028line\u2029paragraph",
    "trailing blanks   ", "   leading", "\n\n  \n\ta\n", "ſ's long ſ", "ǅ ʰ ª º",
]

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def words(kind):
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=kind != "llama3")
    if kind == "gpt2":
        return level
    first = (pre_tokenizers.Digits(individual_digits=True) if kind == "smollm"
             else pre_tokenizers.Split(Regex(LLAMA3), "isolated"))
    return pre_tokenizers.Sequence([first, level])


def train(kind):
    tokenizer = Tokenizer(models.BPE(ignore_merges=kind == "llama3"))
    tokenizer.pre_tokenizer = words(kind)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(
        vocab_size=520, special_tokens=["<|end|>", "<|pad|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def drawn(rng):
    """A text of pieces of the sentences and odd ones, cut anywhere."""
    parts = []
    for _ in range(rng.randint(1, 6)):
        source = rng.choice(SENTENCES + ODD)
        begin = rng.randint(0, len(source))
        parts.append(source[begin:begin + rng.randint(0, 30)])
    return rng.choice(["", " ", "\n"]).join(parts)


def of_gguf(path):
    from gguf import GGUFReader
    fields = GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    types = fields["tokenizer.ggml.token_type"].contents()
    kind = {"smollm": "smollm", "llama-bpe": "llama3"}.get(fields["tokenizer.ggml.pre"].contents(), "gpt2")
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = words(kind)
    tokenizer.add_special_tokens([t for t, k in zip(tokens, types) if k in (3, 4)])
    return tokenizer


def main():
    rng = random.Random(7)
    if len(sys.argv) > 2:
        tokenizer = of_gguf(sys.argv[2])
        for _ in range(10000):
            text = drawn(rng)
            print(json.dumps({"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids}))
        return
    texts = SENTENCES + ODD + [drawn(rng) for _ in range(60)]
    with open(sys.argv[1] + "/bpe-cases.jsonl", "w", encoding="utf-8") as out:
        for kind in ("gpt2", "smollm", "llama3"):
            tokenizer = train(kind)
            tokenizer.save(f"{sys.argv[1]}/bpe-{kind}.json", pretty=False)
            for text in texts:
                ids = tokenizer.encode(text, add_special_tokens=False).ids
                out.write(json.dumps({"tokenizer": kind, "text": text, "ids": ids}) + "\n")


main()
