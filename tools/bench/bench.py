#!/usr/bin/env python3
"""Runs streamql and the hand-written consumer over the same data in turn and prints one table. tools/bench/run.sh starts it.

Every figure is of a whole process, from its start to its end: for streamql that holds reading the SQL, compiling it in both tiers
and ending. CPU is user and system time of all threads; the broker is not counted. A speed is printed only after the answers
were found equal. Medians of RUNS rounds; in a round each program runs once, so that a noisy moment hits them all.
"""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import queries


class Run:
    """One run of one program: what it printed and what it cost."""

    def __init__(self, command, environment=None):
        begin = time.monotonic()
        with tempfile.TemporaryFile() as err:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, env=environment)
            self.output = process.stdout.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            err.seek(0)
            self.errors = err.read().decode(errors="replace")
        self.wall = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak_mb = usage.ru_maxrss / 1024
        if status:
            sys.exit("bench: failed: %s\n%s%s" % (" ".join(command), self.output, self.errors))


class Case:
    """Programs that answer the same question; the first one sets the measure."""

    def __init__(self, title, programs):
        self.title = title
        self.programs = programs  # name -> function that runs it once: (events, answer, Run)
        self.runs = {name: [] for name in programs}
        self.events = 0

    def round(self):
        answers = {}
        for name, program in self.programs.items():
            events, answer, run = program()
            self.runs[name].append(run)
            self.events = max(self.events, events)
            if answer is not None:
                answers[name] = answer
        first = next(iter(answers.values()), None)
        for name, answer in answers.items():
            if answer != first:
                sys.exit("bench: %s: %s and %s answer differently" % (self.title, next(iter(answers)), name))

    def median(self, name, figure):
        return statistics.median(figure(run) for run in self.runs[name])

    def rows(self):
        measure = next(iter(self.programs))
        base = self.median(measure, lambda r: r.cpu)
        for name in self.programs:
            cpu = self.median(name, lambda r: r.cpu)
            yield (self.title if name == measure else "", name, "%.0f" % (cpu * 1e9 / self.events), "%.2fx" % (cpu / base),
                   "{:,.0f}".format(self.events / cpu), "{:,.0f}".format(self.events / self.median(name, lambda r: r.wall)),
                   "%.0f" % self.median(name, lambda r: r.peak_mb))


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = tempfile.TemporaryDirectory(dir=arguments.data)
        self.data = {"ads": arguments.ads, "clicks": arguments.clicks, "conversions": arguments.conversions, "brokers": arguments.brokers,
                     "topic": arguments.topic, "answer": os.path.join(self.folder.name, "answer.csv")}
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.folder.name, "cache"))

    def baseline(self, *mode, answer=None):
        def program():
            command = [self.arguments.baseline, *mode]
            path = os.path.join(self.folder.name, "by_hand.csv")
            run = Run(command + [path] if answer == "windows" else command)
            figures = json.loads(run.output)
            if answer == "windows":
                return figures["events"], windows_by_hand(path), run
            return figures["events"], figures["rows"] if answer == "rows" else None, run
        return program

    def script(self, text):
        handle, path = tempfile.mkstemp(suffix=".sql", dir=self.folder.name, text=True)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        return path

    def streamql(self, text, parallelism, answer):
        path = self.script(text)
        state = os.path.join(self.folder.name, "state")

        def program():
            self.forget_code()
            run = Run([self.arguments.streamql, "run", path, "--json", "--parallelism", str(parallelism), "--state-dir", state], self.environment)
            report = json.loads(run.output.strip().splitlines()[-1])
            if not report["balanced"] or report["dead_letters"]:
                sys.exit("bench: the ledger of %s has dead letters or does not add up:\n%s" % (path, run.output))
            events = sum(source["records"] for source in report["sources"])
            if answer == "windows":
                return events, windows_of_csv(self.data["answer"]), run
            return events, sum(sink["rows"] for sink in report["sinks"]), run
        return program

    def forget_code(self):
        """Compiled code is kept between runs; the benchmark pays for it every time."""
        subprocess.run(["rm", "-rf", self.environment["XDG_CACHE_HOME"]], check=True)

    def cases(self):
        kafka, file = queries.window_from_kafka(self.data), queries.window_from_file(self.data)
        brokers, topic = self.arguments.brokers, self.arguments.topic
        out = []
        if brokers:
            out.append(Case("filter, 1-minute window; Kafka", {
                "by hand": self.baseline("window", brokers, topic, answer="windows"), "bare librdkafka": self.baseline("bare", brokers, topic),
                "streamql, 1 worker": self.streamql(kafka, 1, "windows"), "streamql, 2 workers": self.streamql(kafka, 2, "windows")}))
        out.append(Case("filter, 1-minute window; file", {
            "by hand": self.baseline("window-file", self.arguments.ads, answer="windows"), "streamql, 1 worker": self.streamql(file, 1, "windows"),
            "streamql, 2 workers": self.streamql(file, 2, "windows")}))
        out.append(Case("WITHIN join; files", {
            "by hand": self.baseline("join", self.arguments.clicks, self.arguments.conversions, answer="rows"),
            "streamql, 1 worker": self.streamql(queries.join(self.data), 1, "rows"),
            "streamql, 2 workers": self.streamql(queries.join(self.data), 2, "rows")}))
        out.append(Case("DEDUPLICATE; file", {
            "by hand": self.baseline("deduplicate", self.arguments.clicks, answer="rows"),
            "streamql, 1 worker": self.streamql(queries.deduplicate(self.data), 1, "rows"),
            "streamql, 2 workers": self.streamql(queries.deduplicate(self.data), 2, "rows")}))
        return [c for c in out if self.arguments.only in c.title]

    def compile_times(self):
        """Milliseconds of each stage, of both tiers, as the compiler itself counts them."""
        path = self.script(queries.window_from_file(self.data))
        times = {}
        for tier in ("O0", "O2"):
            for _ in range(self.arguments.runs):
                self.forget_code()
                run = Run([self.arguments.streamql, "explain", path, "--time-passes", "--jit=" + tier], self.environment)
                for stage, millis in re.findall(r"^(\S+) +([\d.]+) ms$", run.output, re.MULTILINE):
                    times.setdefault(tier, {}).setdefault(stage, []).append(float(millis))
        medians = {tier: {stage: statistics.median(t) for stage, t in stages.items()} for tier, stages in times.items()}
        for stages in medians.values():
            stages["from SQL text to code"] = sum(stages.values())
        return medians

    def smallest_run(self):
        """Wall and CPU milliseconds of the whole process over one event: process start, compiling, running, ending."""
        one = os.path.join(self.folder.name, "one.ndjson")
        with open(self.arguments.ads) as ads, open(one, "w") as file:
            file.write(ads.readline())
        program = self.streamql(queries.window_from_file(dict(self.data, ads=one)), 1, "windows")
        runs = [program()[2] for _ in range(self.arguments.runs)]
        return [statistics.median(figure(run) for run in runs) * 1000 for figure in (lambda r: r.wall, lambda r: r.cpu)]


def windows_by_hand(path):
    with open(path) as file:
        return sorted((campaign, int(minute), int(count)) for campaign, minute, count in (line.rstrip().split(",") for line in file))


def windows_of_csv(path):
    def minute(text):
        return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=datetime.timezone.utc).timestamp()) // 60

    with open(path) as file:
        lines = [line.rstrip().split(",") for line in file]
    os.remove(path)
    return sorted((campaign, minute(start), int(count)) for campaign, start, count in lines[1:])


def table(head, rows):
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    left = 2 if len(head) > 2 else 1  # columns of words
    for row in [head, ["-" * w for w in widths], *rows]:
        print("  ".join(cell.ljust(w) if i < left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip())
    print()


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return "%d x %s" % (len(names), names[0]) if names else platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("streamql", "baseline", "data", "ads", "clicks", "conversions"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--brokers", default="")
    parser.add_argument("--topic", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="cases whose title holds this text")
    bench = Bench(parser.parse_args())

    cases = bench.cases()
    for done in range(bench.arguments.runs):
        for case in cases:
            print("round %d of %d: %s" % (done + 1, bench.arguments.runs, case.title), file=sys.stderr)
            case.round()
    print("%s; medians of %d; load at the end %.1f\n" % (processor(), bench.arguments.runs, os.getloadavg()[0]))
    table(["whole process", "program", "CPU ns/event", "CPU ratio", "events/CPU s", "events/s", "peak MB"],
          [row for case in cases for row in case.rows()])
    times = bench.compile_times()
    stages = list(dict.fromkeys(stage for tier in times.values() for stage in tier))
    rows = [[stage, *("%.1f" % times[tier][stage] if stage in times[tier] else "" for tier in times)] for stage in stages]
    table(["compiling the window query, ms", *times], rows)
    print("the window query over one event, process start to end: %.0f ms, CPU %.0f ms" % tuple(bench.smallest_run()))


main()
