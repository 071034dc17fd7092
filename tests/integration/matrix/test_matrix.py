"""Every sink in every situation: what is expected is written down first, then it is run, and both are printed.

One job writes the same rows, 0 .. N-1 by `id`, into all sinks at once, so that a commit holds for all of them or for none; an upsert
needs a key that is proven, so it has a job of its own with windows, whose state is saved at a stop only. A cell says what has become of the rows when the situation is over:

    once           each row exactly once            twice         each row exactly twice (a second run appends)
    never lost     each row at least once           counted       a sink that keeps nothing: the ledger adds up
    refused        each row but the refused one, which is a dead letter: a topic's limit of size, a table's CHECK; the other
                   sinks take every row
"""

import json
import subprocess
import sys
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase, parse, psql, server, unique  # noqa: E402

SITUATIONS = ("end of input", "run again", "SIGTERM, resume", "kill -9, resume", "fault, retry", "refused row")
# PostgreSQL and Kafka repeat what they took after the last commit when a job is killed, until their commits are one with the job's.
EXPECTED = {
    "file":            ("once", "once", "once", "once", "once", "once"),
    "file, rotating":  ("once", "twice", "once", "once", "once", "once"),
    "kafka":           ("once", "twice", "once", "never lost", "never lost", "refused"),
    "postgres append": ("once", "twice", "once", "never lost", "never lost", "refused"),
    "postgres upsert": ("once", "once", "once", "once", "once", "refused"),
    "console":         ("once", "twice", "once", "never lost", "never lost", "once"),
    "blackhole":       ("counted", "counted", "counted", "counted", "counted", "counted"),
}
# what fails, once, under each sink; None: the sink's own output is a full device
FAULTS = {
    "file": "sink.write:1=ENOSPC", "file, rotating": "sink.fsync:2=EIO", "kafka": "kafka.flush:1=ECONNRESET",
    "postgres append": "postgres.commit:1=ECONNRESET", "postgres upsert": "postgres.commit:1=ECONNRESET", "console": None,
    "blackhole": "kafka.fetch:3=ECONNRESET",
}
ENDS_THE_JOB = ("file", "file, rotating", "console")  # the next run goes on; the others retry by themselves
ROWS, REFUSED = 6_000, 7


UPSERT = ("postgres upsert",)
TOGETHER = tuple(sink for sink in EXPECTED if sink not in UPSERT)


class Place:
    """A topic to read, and a place of its own for each sink."""

    def __init__(self, case, sinks=TOGETHER, refuse=False):
        self.case, self.sinks, self.folder = case, sinks, case.folder / unique("cell")
        self.folder.mkdir()
        self.name, self.topic, self.copy = unique("job"), unique("source"), unique("copy")
        self.append, self.upsert = unique("appended"), unique("upserted")
        self.console = ""
        check = f"CHECK (id <> {REFUSED})" if refuse else ""
        for table, columns in ((self.append, "v text"), (self.upsert, "n bigint, window_start timestamp, PRIMARY KEY (window_start, id)")):
            case.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
            psql(f"CREATE TABLE {table} (id bigint {check}, {columns})")
        self.refuse = refuse

    def sql(self, end=""):
        url, brokers = server("POSTGRES_URL"), server("KAFKA_BROKERS")
        columns = "id BIGINT NOT NULL, v STRING"
        file = f"(connector = 'file', format = 'json', path = '{self.folder}"
        sinks = {
            "file": f"({columns}) WITH {file}/plain.json')",
            "file, rotating": f"({columns}) WITH {file}/rotated.json', rotate.interval = '200ms')",
            "kafka": f"({columns}) WITH (connector = 'kafka', topic = '{self.copy}', brokers = '{brokers}', format = 'json', create = 'if_missing', kafka.message.max.bytes = '1500')",
            "postgres append": f"(id BIGINT, v STRING) WITH (connector = 'postgres', url = '{url}', table = '{self.append}')",
            "postgres upsert": f"(window_start TIMESTAMP, id BIGINT, n BIGINT, PRIMARY KEY (window_start, id)) WITH (connector = 'postgres', url = '{url}', table = '{self.upsert}')",
            "console": f"({columns}) WITH (connector = 'console', format = 'json')",
            "blackhole": f"({columns}) WITH (connector = 'blackhole')",
        }
        text = f"""SET job = '{self.name}'; SET checkpoint_interval = '100ms';
            CREATE STREAM s (id BIGINT NOT NULL, v STRING, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'kafka', topic = '{self.topic}', brokers = '{brokers}', format = 'json' {end});\n"""
        for number, sink in enumerate(self.sinks):
            query = {"postgres upsert": "SELECT window_start, id, count(*) AS n FROM s WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY id"}
            text += f"CREATE SINK k{number} {sinks[sink]}; INSERT INTO k{number} {query.get(sink, 'SELECT id, v FROM s')};\n"
        return text

    def rows(self, first, last):
        value = lambda i: "v" * 5000 if self.refuse and i == REFUSED else f"v{i}"
        at = lambda i: f"2024-05-01T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}Z"
        return "".join(json.dumps({"id": i, "v": value(i), "at": at(i)}) + "\n" for i in range(first, last))

    def produce(self, first=0, last=ROWS):
        path = self.folder / f"rows{first}.txt"
        path.write_text(self.rows(first, last))
        self.case.make_topic(self.topic, str(path))

    def start(self, *arguments, **environment):
        running = self.case.start(self.sql(), *arguments, "--json", **environment)
        return running

    def run(self, *arguments, code=0, end=", end = 'latest'", **environment):
        done = self.case.run_sql(self.sql(end), "--json", *arguments, code=code, **environment)
        self.console += done.stdout
        return done

    def take(self, running):
        """What a job that has ended by itself or by us has printed."""
        self.console += running.out

    def ids(self, sink):
        files = {"file": "plain.json", "file, rotating": "rotated-*.json"}
        if sink in files:
            return [json.loads(l)["id"] for p in self.folder.glob(files[sink]) for l in p.read_text().splitlines()]
        if sink == "kafka":
            return [parse(value)["id"] for _, _, value in self.case.topic_lines(self.copy)]
        if sink == "console":
            return [row["id"] for row in map(self.object, self.console.splitlines()) if row and "id" in row]
        return [int(row[0]) for row in psql(f"SELECT id FROM {self.append if sink == 'postgres append' else self.upsert}")]

    @staticmethod
    def object(line):
        try:
            return json.loads(line)
        except ValueError:
            return None  # a killed process's last line

    def letters(self, sink):
        lines = [json.loads(l) for p in self.case.folder.glob(f"streamql-state/**/*.jsonl") for l in p.read_text().splitlines()]
        return [l for l in lines if l.get("operator") == f'sink "k{self.sinks.index(sink)}"' and str(REFUSED) in l.get("row", "")]

    def verdict(self, sink, last=ROWS):
        if sink == "blackhole":
            reports = [r for r in map(self.object, self.console.splitlines()) if r and "ledger" in r]
            return "counted" if reports and all(r["balanced"] for r in reports) else "not counted"
        counts = Counter(self.ids(sink))
        refuses = self.refuse and EXPECTED[sink][-1] == "refused"
        wanted = set(range(last)) - ({REFUSED} if refuses else set())
        if missing := wanted - set(counts):
            return f"LOST {len(missing)}"
        if strange := set(counts) - wanted:
            return f"STRANGE {sorted(strange)[:3]}"
        times = set(counts.values())
        if refuses and times == {1}:
            return "refused" if len(self.letters(sink)) == 1 else "NO DEAD LETTER"
        return {1: "once", 2: "twice"}[times.pop()] if times in ({1}, {2}) else "never lost"


class Matrix(StreamqlCase):
    seen = {}

    def note(self, situation, sink, verdict):
        Matrix.seen[(sink, situation)] = verdict

    def judge(self, situation, place):
        column = SITUATIONS.index(situation)
        for sink in place.sinks:
            seen = place.verdict(sink)
            self.note(situation, sink, seen)
            expected = EXPECTED[sink][column]
            with self.subTest(sink=sink, situation=situation):
                self.assertTrue(seen == expected or (expected, seen) == ("never lost", "once"), f"expected {expected}, seen {seen}")

    @classmethod
    def tearDownClass(cls):
        wide = 16
        print(f"\n{'expected | seen':{wide}}" + "".join(f"{s:>25}" for s in SITUATIONS))
        for sink, expected in EXPECTED.items():
            cells = (f"{e} | {cls.seen.get((sink, s), 'not run')}" for s, e in zip(SITUATIONS, expected))
            print(f"{sink:{wide}}" + "".join(f"{cell:>25}" for cell in cells))

    def test_end_of_input_and_run_again(self):
        for sinks in (TOGETHER, UPSERT):
            place = Place(self, sinks)
            place.produce()
            place.run()
            self.judge("end of input", place)
            place.run()
            self.judge("run again", place)

    def test_sigterm_and_resume(self):
        for sinks, table in ((TOGETHER, "postgres append"), (UPSERT, "postgres upsert")):
            place = Place(self, sinks)
            place.produce(0, ROWS // 2)
            job = place.start("--until-idle", "60s")
            self.wait_until(lambda: place.ids(table), "rows in the table", 60)
            code, _ = job.stop(30)
            self.assertEqual(code, 0, job.err)
            place.take(job)
            place.produce(ROWS // 2, ROWS)
            last = place.start("--until-idle", "2s")
            self.assertEqual(last.wait(60), 0, last.err)
            place.take(last)
            self.judge("SIGTERM, resume", place)

    def test_kill_and_resume(self):
        for sinks, table in ((TOGETHER, "postgres append"), (UPSERT, "postgres upsert")):
            place, kills = Place(self, sinks), 4
            for kill in range(kills):
                place.produce(ROWS * kill // kills, ROWS * (kill + 1) // kills)
                before = len(place.ids(table))
                job = place.start("--until-idle", "60s")
                self.wait_until(lambda: len(place.ids(table)) > before or job.process.poll() is not None, "rows in the table", 60)
                self.assertIsNone(job.process.poll(), job.err)
                job.kill()  # between what the sinks have taken and the commit, or right behind it
                place.take(job)
            last = place.start("--until-idle", "2s")
            self.assertEqual(last.wait(60), 0, last.err)
            place.take(last)
            self.judge("kill -9, resume", place)

    def test_outside_fault_and_retry(self):
        for sink, fault in FAULTS.items():
            place = Place(self, sinks=(sink,))
            place.produce()
            if sink == "console":
                script = self.script(place.sql(", end = 'latest'"))
                with open("/dev/full", "wb") as full:
                    done = subprocess.run([self.binary, "run", script], cwd=self.folder, env=self.environment(), stdout=full,
                                          stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 3, done.stderr)
            else:
                done = place.run(code=3 if sink in ENDS_THE_JOB else 0, STREAMQL_FAULT=fault)
                if sink not in ENDS_THE_JOB:
                    self.assertIn("fault on purpose", done.stderr, f"{sink}: {fault} was never reached")
            if sink in ENDS_THE_JOB:
                place.run()
            self.judge("fault, retry", place)

    def test_refused_row(self):
        for sinks in (TOGETHER, UPSERT):
            place = Place(self, sinks, refuse=True)
            place.produce()
            place.run()
            self.judge("refused row", place)


if __name__ == "__main__":
    unittest.main()
