#!/usr/bin/env python3
"""Ranking metrics by the definitions, in the obvious way: nothing here knows how aisle does it.

    oracle.py EVENTS.csv PROTOCOL K TARGET      prints one line a model and metric

EVENTS.csv has user,item,timestamp in order of arrival. PROTOCOL is leave-last-out or time, TARGET
test or validation. Models: popular (events in training) and item-cf (cosine over 0 and 1, every
neighbour; scores are rounded to 32 bits as the program's are).
"""
import math
import struct
import sys


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def read(path):
    """Users' sequences of (time, item), a stable sort by time; items by first appearance."""
    users, items = {}, {}
    for line in open(path).read().split("\n")[1:]:
        if line:
            user, item, time = line.split(",")
            items.setdefault(item, len(items))
            users.setdefault(user, []).append((int(time), items[item]))
    for events in users.values():
        events.sort(key=lambda event: event[0])
    return list(users.values()), len(items)


def split(users, protocol, target):
    """Training items of each user, and (user, history, targets) of those who are asked about."""
    train, cases = [], []
    times = sorted(time for events in users for time, item in events)
    held = max(1, int(len(times) * 0.1))
    late, early = times[-held], times[-2 * held]
    for events in users:
        if protocol == "time":
            a = sum(time < early for time, item in events)
            b = sum(time < late for time, item in events)
            first, last = (a, b) if target == "validation" else (b, len(events))
            learn, ask = a, first > 0
        else:
            n = len(events)
            first = n - 2 if target == "validation" else n - 1
            last, learn, ask = first + 1, n - 2, n >= 3
            if not ask:
                learn = n
        history = [item for time, item in events[:first]]
        targets = []
        for time, item in events[first:last]:
            if item not in history and item not in targets:
                targets.append(item)
        train.append([item for time, item in events[:learn]])
        if ask and targets:
            cases.append((history, targets))
    return train, cases


def popular(train, n_items):
    counts = [sum(items.count(i) for items in train) for i in range(n_items)]
    return lambda history: [float(c) if c else -math.inf for c in counts]


def item_cf(train, n_items):
    buyers = [{u for u, items in enumerate(train) if i in items} for i in range(n_items)]
    like = [[0.0] * n_items for i in range(n_items)]
    for i in range(n_items):
        for j in range(n_items):
            common = len(buyers[i] & buyers[j])
            if i != j and common:
                like[i][j] = f32(common / math.sqrt(len(buyers[i]) * len(buyers[j])))

    def score(history):
        sums = [sum(like[i][j] for j in sorted(set(history))) for i in range(n_items)]
        return [f32(s) if s > 0 else -math.inf for s in sums]

    return score


def mean(values):
    return sum(values) / len(values)


def measure(score, train, cases, n_items, k):
    buyers = [{u for u, items in enumerate(train) if i in items} for i in range(n_items)]
    most = sorted(range(n_items), key=lambda i: (-len(buyers[i]), i))[: (n_items + 9) // 10]
    rows = {name: [] for name in ("ndcg hr recall precision map mrr novelty popularity "
                                  "diversity").split()}
    listed = [0] * n_items
    for history, targets in cases:
        scores = score(history)
        order = sorted((i for i in range(n_items) if i not in history),
                       key=lambda i: (-scores[i], i))
        ranks = sorted(order.index(t) + 1 if scores[t] > -math.inf else n_items + 1
                       for t in targets)
        hits = [r for r in ranks if r <= k]
        ideal = sum(1 / math.log2(1 + r) for r in range(1, min(k, len(ranks)) + 1))
        rows["ndcg"].append(sum(1 / math.log2(1 + r) for r in hits) / ideal)
        rows["hr"].append(1 if hits else 0)
        rows["recall"].append(len(hits) / len(ranks))
        rows["precision"].append(len(hits) / k)
        rows["map"].append(sum((n + 1) / r for n, r in enumerate(hits)) / min(k, len(ranks)))
        rows["mrr"].append(1 / hits[0] if hits else 0)
        top = [i for i in order[:k] if scores[i] > -math.inf]
        for i in top:
            listed[i] += 1
        if top:
            rows["novelty"].append(
                mean([math.log2(len(train) / max(1, len(buyers[i]))) for i in top]))
            rows["popularity"].append(mean([i in most for i in top]))
        if len(top) > 1:
            rows["diversity"].append(1 - mean([
                len(buyers[a] & buyers[b]) / math.sqrt(max(1, len(buyers[a])) *
                                                       max(1, len(buyers[b])))
                for a in top for b in top if a != b]))
    figures = {name: mean(values) for name, values in rows.items()}
    figures["coverage"] = sum(n > 0 for n in listed) / n_items
    figures["gini"] = (sum(abs(a - b) for a in listed for b in listed) /
                       (2 * n_items * sum(listed)))
    return figures


def main(path, protocol, k, target):
    users, n_items = read(path)
    train, cases = split(users, protocol, target)
    for name, make in (("popular", popular), ("item-cf", item_cf)):
        figures = measure(make(train, n_items), train, cases, n_items, int(k))
        for metric, value in figures.items():
            print(name, metric, "%.10f" % value)
    print("all users", len(cases))


main(*sys.argv[1:])
