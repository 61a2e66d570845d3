"""The tables of share/doc/language.md: how often `ask` answers with what was asked for.

AISLE names the program, AISLE_DATA the folder of data sets, AISLE_LANGUAGE that of the encoders. The
questions are those of tests/language/questions.tsv, on which the weights of `ask` were chosen.
"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NONSENSE = ["qwertyuiop zxcvb", "flurbeldimorp", "asdfgh", "hjkl", "grumzelfink", "kwyjibo",
            "snorfblat quexi", "blorptang wizzle", "vlorpish ganderflux", "zzzqqq"]
LISTED = 10


def run(*words):
    return subprocess.run([os.environ["AISLE"], *words], capture_output=True, text=True)


def need(*words):
    done = run(*words)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def make_shop(folder, shop):
    """A workspace with what is popular trained and the catalogue encoded; its path."""
    path = os.path.join(folder, shop + ".aisle")
    if shop == "shop":
        need("generate", "--profile", "shop", "--users", "500", "--items", "800", "--events",
             "20000", path)
    else:
        need("-d", path, "import", os.path.join(os.environ["AISLE_DATA"], "ml-100k"))
    need("-d", path, "train", "popular")
    run("-d", path, "ask", "a thing to encode the catalogue with")
    return path


def ask(path, question):
    begin = time.monotonic()
    answer = json.loads(need("-d", path, "ask", question, "-n", str(LISTED), "--json"))
    return answer, time.monotonic() - begin


def table(rows, path_of, items_of):
    found, missed, seconds = collections.defaultdict(list), [], []
    for shop, language, question, attribute, wanted in rows:
        answer, took = ask(path_of[shop], question)
        items = items_of[shop]
        hits = sum(bool(re.search(wanted, items[row["item"]].get(attribute) or ""))
                   for row in answer["items"])
        found[shop, "English" if language == "en" else "other languages"].append(hits / LISTED)
        seconds.append(took)
        if hits < LISTED // 2:
            missed.append((hits, shop, question))
    print("| shop | questions | language | precision at 10 |\n|---|---|---|---|")
    for (shop, language), values in sorted(found.items()):
        print(f"| {shop} | {len(values)} | {language} | {sum(values) / len(values):.2f} |")
    refused = sum(not ask(path_of[shop], word)[0]["items"]
                  for shop in path_of for word in NONSENSE)
    print(f"\nOf {len(NONSENSE) * len(path_of)} questions without a meaning {refused} are refused. "
          f"A question takes {sorted(seconds)[len(seconds) // 2]:.2f} s in the middle, the start of "
          "the program and reading the shop included.\n")
    print("Fewer than half of the first ten are right for:\n")
    for hits, shop, question in missed:
        print(f"- {question} ({shop}): {hits}")


def main():
    with open(os.path.join(HERE, "..", "language", "questions.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file
                if line.strip() and not line.startswith("#")]
    if not os.path.isdir(os.path.join(os.environ["AISLE_DATA"], "ml-100k")):
        print("skipped: the films of MovieLens-100K, AISLE_DATA has none", file=sys.stderr)
        rows = [row for row in rows if row[0] != "films"]
    encoders = [model["name"] for model in json.loads(need("language", "--json"))["models"]
                if model["kind"] == "encoder"]
    print("Encoders:", ", ".join(encoders) if encoders else "none: words alone", "\n")
    with tempfile.TemporaryDirectory() as folder:
        path_of = {shop: make_shop(folder, shop) for shop in sorted({row[0] for row in rows})}
        items_of = {}
        for shop, path in path_of.items():
            listed = json.loads(need("-d", path, "items", "-n", "100000", "--json"))["items"]
            items_of[shop] = {item["id"]: item for item in listed}
        table(rows, path_of, items_of)


main()
