#!/usr/bin/env python3
"""Writes statistics.json: what SciPy and NumPy say of samples. Run by hand, with both installed; no test needs it.

Values are numbers, 'inf', '-inf', 'nan' or null. A quantile that there is none of is null.
"""
import json
import math
import os

import numpy as np
import scipy
from scipy import special, stats

EPSILON = 0.0001
PROBABILITIES = [0, 0.05, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.95, 1]
rng = np.random.default_rng(20261123)

def present(values):
    return np.array([float(v) for v in values if v is not None and not math.isnan(float(v))])

def written(value):
    if value is None or isinstance(value, str):
        return value
    value = float(value)
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return "nan" if math.isnan(value) else value

def quantile(values, p):
    """Type 7; NumPy's own 'linear' gives NaN beside an infinity, so the neighbours are joined here."""
    if len(values) == 0:
        return None
    if np.all(np.isfinite(values)):
        return float(np.quantile(values, p, method="linear"))
    ordered = np.sort(values)
    h = (len(ordered) - 1) * p
    low = int(math.floor(h))
    share = h - low
    high = min(low + 1, len(ordered) - 1)
    if share == 0 or ordered[low] == ordered[high]:
        return float(ordered[low])
    joined = (1 - share) * ordered[low] + share * ordered[high]
    return None if math.isnan(joined) else float(joined)

def psi(pairs):
    n, m = (sum(pair[i] for pair in pairs) for i in (0, 1))
    if n == 0 or m == 0:
        return None
    p = np.array([a / n if a else EPSILON for a, _ in pairs])
    q = np.array([b / m if b else EPSILON for _, b in pairs])
    # The symmetric sum of both relative entropies, as SciPy has it.
    return float(np.sum(special.rel_entr(q, p) + special.rel_entr(p, q)))

def number_psi(a, b):
    if len(a) == 0 or len(b) == 0:
        return None
    edges = [quantile(a, k / 10) for k in range(1, 10)]
    edges = sorted({edge for edge in edges if edge is not None})

    def counts(values):
        places = np.searchsorted(edges, values, side="left")
        return np.bincount(places, minlength=len(edges) + 1)

    return psi([(int(x), int(y)) for x, y in zip(counts(a), counts(b))])

def number_case(name, reference, current):
    a, b = present(reference), present(current)
    ks = None
    if len(a) and len(b):
        found = stats.ks_2samp(a, b, method="asymp")
        # Of one value each SciPy has no p-value; the page says 1.
        p_value = 1.0 if math.isnan(found.pvalue) else float(found.pvalue)
        ks = {"statistic": float(found.statistic), "pValue": p_value}
    return {
        "name": name,
        "reference": [written(v) for v in reference],
        "current": [written(v) for v in current],
        "quantiles": {
            "p": PROBABILITIES,
            "reference": [written(quantile(a, p)) for p in PROBABILITIES],
            "current": [written(quantile(b, p)) for p in PROBABILITIES],
        },
        "ks": ks,
        "psi": number_psi(a, b),
    }

def category_case(name, reference, current):
    a, b = ([v for v in values if v is not None] for values in (reference, current))
    frequency = {v: a.count(v) for v in a}
    own = sorted(frequency, key=lambda v: (-frequency[v], v.encode()))[:100]
    pairs = [(frequency[v], b.count(v)) for v in own]
    pairs.append((len(a) - sum(x for x, _ in pairs), len(b) - sum(y for _, y in pairs)))
    return {
        "name": name,
        "reference": reference,
        "current": current,
        "added": sorted(set(b) - set(a), key=lambda v: (-b.count(v), v.encode())),
        "gone": sorted(set(a) - set(b), key=lambda v: (-a.count(v), v.encode())),
        "psi": psi(pairs),
    }

def normal(n, mean=0.0, spread=1.0):
    return [float(v) for v in rng.normal(mean, spread, n)]

def whole(n, low, high):
    return [int(v) for v in rng.integers(low, high, n)]

def number_cases():

    yield number_case("two normal samples", normal(80), normal(120))
    yield number_case("a shifted mean", normal(200), normal(150, 0.4))
    yield number_case("a wider spread", normal(150), normal(150, 0, 2.5))
    yield number_case("the same sample twice", (same := normal(60)), same)
    yield number_case("far apart", normal(50), normal(50, 100))
    yield number_case("ties: dice", whole(300, 1, 7), whole(200, 1, 7))
    yield number_case("ties: loaded dice", whole(300, 1, 7), whole(100, 1, 7) + [6] * 60)
    yield number_case("constant and the same", [4] * 30, [4] * 20)
    yield number_case("constant and another", [4] * 30, [5] * 20)
    yield number_case("one value each", [1], [2])
    yield number_case("one equal value each", [1], [1])
    yield number_case("one value and many", [0.5], normal(40))
    yield number_case("many values and one", normal(40), [0.5])
    yield number_case("one and two", [1], [0, 2])
    yield number_case("two and two", [1, 3], [2, 4])
    yield number_case("three and five", [1, 2, 3], [2, 2, 3, 9, 10])
    yield number_case("nulls", [1, None, 2, None, 3], [None, 2, 3, 4])
    yield number_case("nothing but nulls here", [None, None], [1, 2, 3])
    yield number_case("nothing but nulls there", [1, 2, 3], [None])
    yield number_case("no rows", [], [1.5, 2.5])
    yield number_case("not a number", [1, "nan", 2, 5], ["nan", 2, 3, 4])
    yield number_case("infinities", ["-inf", 1, 2, 3, "inf"], [1, 2, 2.5, "inf", "inf"])
    yield number_case("mostly infinite", ["-inf"] * 4 + ["inf"] * 4, ["-inf", 0, "inf"])
    yield number_case("only infinite", ["inf"] * 3, ["inf"] * 2)
    yield number_case("huge and tiny", [1e300, -1e300, 1e-300, 5e-324], [1e308, 0, -0.0, 1e-310])
    yield number_case("large whole numbers", [2**53 - 1, 2**53, 2**52], [2**53, 2**53 - 2, 1])
    yield number_case("negative zero", [0.0, -0.0, 1], [-0.0, 0.0, -1])
    yield number_case("skewed", [float(v) for v in rng.exponential(1, 250)], [float(v) for v in rng.exponential(1.3, 180)])
    yield number_case("half of it zero", [0] * 100 + normal(100), [0] * 120 + normal(60))
    yield number_case("a sample much larger", normal(20), normal(1500))
    for n, m in [(7, 9), (13, 29), (64, 64), (100, 3), (281, 279), (700, 900)]:
        yield number_case(f"{n} and {m} uniform values", [float(v) for v in rng.random(n)], [float(v) for v in rng.random(m)])

def category_cases():
    colours = ["red", "green", "blue", "pale green"]
    pick = lambda n, p: [str(v) for v in rng.choice(colours, n, p=p)]
    yield category_case("colours alike", pick(200, [0.4, 0.3, 0.2, 0.1]), pick(150, [0.4, 0.3, 0.2, 0.1]))
    yield category_case("colours that moved", pick(200, [0.4, 0.3, 0.2, 0.1]), pick(150, [0.1, 0.2, 0.3, 0.4]))
    yield category_case("a new one and one gone", ["a", "b", "b", "c"], ["b", "d", "d", "a", None])
    yield category_case("all new", ["a", "b"], ["c", "d", "d"])
    yield category_case("nulls only", [None, None], ["a"])
    yield category_case("an empty text is one", ["", "a"], ["", "", "a"])
    many = [f"c{i:03}" for i in range(140) for _ in range(1 + (i % 3))]
    yield category_case("more than have bins", many, many[::2] + ["new"] * 5)
    yield category_case("not ASCII", ["é", "z", "日本", "z"], ["日本", "é", "\U0001f600"])

def p_value_cases():
    """Of a statistic and the sizes of the samples, where samples would be too long to write down."""
    sizes = [(1, 2), (2, 3), (10, 10), (20, 30), (200, 300), (281, 280), (283, 283), (400, 1000), (10**4, 10**4),
             (2 * 10**5, 199999), (2 * 10**5, 2 * 10**5 + 10), (10**6, 10**5), (10**8, 10**8), (10**9, 3)]
    for n, m in sizes:
        size = float(np.round(n * m / (n + m)))
        for z in [0.2, 0.35, 0.5, 0.7, 0.828, 0.9, 1.0, 1.2, 1.36, 1.5, 1.9, 2.1, 3, 6]:
            d = z / math.sqrt(n * m / (n + m))
            if d <= 1:
                yield {"statistic": d, "n": n, "m": m, "pValue": float(stats.kstwo.sf(d, size))}
        for d in [0.25, 0.5, 0.51, 0.75, 0.999, 1]:
            if size < 1000:
                yield {"statistic": d, "n": n, "m": m, "pValue": float(stats.kstwo.sf(d, size))}

def main():
    document = {
        "page": "29-profile.md",
        "made": f"SciPy {scipy.__version__}, NumPy {np.__version__}",
        "numbers": list(number_cases()),
        "categories": list(category_cases()),
        "pValues": list(p_value_cases()),
    }
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics.json")
    with open(target, "w", encoding="utf-8") as file:
        parts = []
        for key, value in document.items():
            if isinstance(value, list):
                body = ",\n".join("    " + json.dumps(one, ensure_ascii=True) for one in value)
                parts.append(f'  {json.dumps(key)}: [\n{body}\n  ]')
            else:
                parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
        file.write("{\n" + ",\n".join(parts) + "\n}\n")

main()
