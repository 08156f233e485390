#!/usr/bin/env python3
"""Reads what a benchmark wrote with --benchmark_out=<file>.json, and prints Markdown tables: the
medians of all repetitions, braid's ratio to each peer, and the counters. The last part of a
benchmark's name is the contender, what stands before it is the case; contenders whose names begin
with `braid` are compared with all others that ran the same case."""

import argparse
import json
import math
import re
import statistics
import sys
from collections import defaultdict

SUFFIX = re.compile(r"/(iterations:\d+|repeats:\d+|min_time:[^/]*|manual_time|real_time)(?=/|$)")
NOT_COUNTERS = set(
    """name family_index per_family_instance_index run_name run_type repetitions repetition_index
    threads iterations real_time cpu_time time_unit items_per_second bytes_per_second aggregate_name
    aggregate_unit label error_occurred error_message""".split()
)
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
THROUGHPUT = "M/s"
OTHERS = "others"  # the counter of the machine's share that others took


class Results:
    """measured[quantity][case][contender] is the list of what the repetitions found."""

    def __init__(self, runs):
        self.measured = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        self.errors = {}
        self.repetitions = 0
        order = ("family_index", "per_family_instance_index", "repetition_index")
        for run in sorted(runs, key=lambda run: [run.get(key, 0) for key in order]):
            if run.get("run_type", "iteration") == "iteration":
                self._add(run)

    def _add(self, run):
        case, _, contender = SUFFIX.sub("", run["run_name"]).rpartition("/")
        if run.get("error_occurred"):
            self.errors[run["run_name"]] = run["error_message"]
            return
        self.repetitions = max(self.repetitions, run.get("repetition_index", 0) + 1)
        quantity, value = _main_quantity(run)
        self.measured[quantity][case][contender].append(value)
        for counter in run.keys() - NOT_COUNTERS:
            self.measured[counter][case][contender].append(run[counter])

    def quantities(self):
        """Throughput and times, then the counters."""
        main = [name for name in self.measured if name in UNITS or name == THROUGHPUT]
        return main, sorted(self.measured.keys() - set(main) - {OTHERS})

    def others(self):
        by_case = self.measured.get(OTHERS, {}).values()
        return [value for by_name in by_case for values in by_name.values() for value in values]


def _main_quantity(run):
    if "items_per_second" in run:
        return THROUGHPUT, run["items_per_second"] / 1e6
    by_wall = re.search(r"/(manual|real)_time$", run["run_name"])
    return run["time_unit"], run["real_time" if by_wall else "cpu_time"]


def number(value):
    """Three digits that count."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}" if digits <= 5 else f"{value:.1e}"


def with_spread(values):
    """The median, and half of the distance between the quartiles in percent of it."""
    middle = statistics.median(values)
    if len(values) < 3 or not middle:
        return number(middle)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{number(middle)} ±{50 * (high - low) / middle:.0f}%"


def ratio(values, others):
    below = statistics.median(others)
    return f"{statistics.median(values) / below:.2f}" if below else "–"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|---" + "|---:" * (len(head) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def contenders(cases):
    return list(dict.fromkeys(name for by_name in cases.values() for name in by_name))


def values_table(cases, show):
    names = contenders(cases)
    rows = [
        [case] + [show(by_name[name]) if name in by_name else "" for name in names]
        for case, by_name in cases.items()
    ]
    return table([""] + names, rows)


def ratio_table(cases):
    names = contenders(cases)
    peers = [name for name in names if not name.startswith("braid")]
    rows = []
    for case, by_name in cases.items():
        for ours in (name for name in by_name if name.startswith("braid")):
            label = case if ours == "braid" else f"{case}: {ours}"
            cells = [ratio(by_name[ours], by_name[p]) if p in by_name else "" for p in peers]
            rows.append([label] + cells)
    return table([""] + peers, rows) if peers and rows else []


def describe(context, results):
    load = ", ".join(f"{value:.1f}" for value in context.get("load_avg", []))
    yield f"- {context.get('date', '')[:16]}, {context.get('num_cpus')} processors"
    yield f"- compiler: {context.get('compiler', 'unknown')}"
    yield f"- load average before: {load}"
    others = results.others()
    if others:
        middle, most = statistics.median(others), max(others)
        yield f"- others used {middle:.0%} of the machine in the median, {most:.0%} at most"
    yield f"- repetitions: {results.repetitions}, their median is shown"
    yield "- ±: half of the distance between the quartiles"


def tables(title, document):
    results = Results(document["benchmarks"])
    yield from (f"# {title}", "", *describe(document["context"], results))
    for name, message in results.errors.items():
        yield from ("", f"**Failed:** {name}: {message}")
    main, counters = results.quantities()
    for quantity in main:
        cases = results.measured[quantity]
        better = "more" if quantity == THROUGHPUT else "less"
        yield from ("", f"## {quantity}: {better} is better", "")
        yield from values_table(cases, with_spread)
        ratios = list(ratio_table(cases))
        if ratios:
            yield from ("", f"## braid ÷ peer in {quantity}: {better} is better", "", *ratios)
    for counter in counters:
        yield from ("", f"## {counter.replace('_', ' ')}", "")
        yield from values_table(
            results.measured[counter], lambda values: number(statistics.median(values))
        )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("title", help="the benchmark's name")
    parser.add_argument("file", help="its JSON")
    options = parser.parse_args(arguments)
    with open(options.file, encoding="utf-8") as file:
        document = json.load(file)
    print("\n".join(tables(options.title, document)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
