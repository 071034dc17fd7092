"""What a job goes on from: state of every kind over a stop, another number of workers, a second process, a changed query, a
state folder that is damaged or cannot be written."""

import json
import shutil
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import STOP_SECONDS, StreamqlCase  # noqa: E402

SOURCE = """SET job = 'job';
CREATE STREAM s (k BIGINT, v BIGINT, t STRING, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '30' SECOND)
    WITH (connector = 'file', path = 'in.jsonl', format = 'json', follow = true);
"""
QUERY = """CREATE SINK counts WITH (connector = 'file', path = 'counts.jsonl', format = 'json', rotate.rows = 100000);
    CREATE SINK pairs WITH (connector = 'file', path = 'pairs.jsonl', format = 'json', rotate.rows = 100000);
    CREATE SINK firsts WITH (connector = 'file', path = 'firsts.jsonl', format = 'json', rotate.rows = 100000);
    INSERT INTO counts SELECT window_start, k, count(*) AS n, sum(v) AS total, count(DISTINCT v) AS kinds, min(t) AS least
        FROM s WINDOW HOPPING (SIZE 10 MINUTES, ADVANCE BY 2 MINUTES) GROUP BY k;
    INSERT INTO pairs SELECT a.k, a.v AS left_v, b.v AS right_v FROM s a LEFT JOIN s b WITHIN (90 SECONDS BEFORE, 0 SECONDS AFTER)
        ON a.k = b.k AND a.v > b.v;
    INSERT INTO firsts SELECT k, v, t FROM s DEDUPLICATE BY (k) ORDER BY ts WITHIN 5 MINUTES;
"""


class Resume(StreamqlCase):
    def rows(self, first, last):
        """Rows in an order that is not that of their times, but for at most 20 seconds."""
        lines = []
        for i in range(first, last):
            second = i + (i * 7919 % 40) - 20
            time = f"2024-05-01T{10 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z" if second >= 0 else "2024-05-01T10:00:00Z"
            lines.append(json.dumps({"k": i * 31 % 17, "v": i * 13 % 101, "t": f"text {i * 5 % 23}", "ts": time}))
        return "".join(line + "\n" for line in lines)

    def results(self, name):
        parts = sorted(self.folder.glob(f"{name}-*.jsonl"))
        return sorted(line for part in parts for line in part.read_text().splitlines())

    def add(self, first, last):
        with open(self.folder / "in.jsonl", "a") as file:
            file.write(self.rows(first, last))

    def test_state_of_every_kind_goes_on_with_other_workers(self):
        (self.folder / "in.jsonl").write_text("")
        for turn, workers in enumerate((1, 3, 2)):
            self.add(turn * 1500, turn * 1500 + 1500)
            job = self.start(SOURCE + QUERY, "--parallelism", str(workers))
            self.wait_until(lambda: self.read_so_far(job) >= 1500, "the rows of this turn")
            code, seconds = job.stop()
            self.assertEqual(code, 0, job.err)
            self.assertLess(seconds, STOP_SECONDS)
            self.assertIn("goes on from epoch" if turn else "begins at `start`", job.err.splitlines()[0])
        self.add(4500, 4600)
        done = self.run_sql(SOURCE + QUERY, "--until-idle", "1s")
        self.assertIn("goes on from epoch", done.stderr.splitlines()[0])
        pieces = {name: self.results(name) for name in ("counts", "pairs", "firsts")}

        (self.folder / "whole").mkdir()
        self.folder = self.folder / "whole"
        (self.folder / "in.jsonl").write_text(self.rows(0, 4600))
        self.run_sql(SOURCE.replace(", follow = true", "") + QUERY)
        for name, rows in pieces.items():
            self.assertGreater(len(rows), 50)
            self.assertEqual(rows, self.results(name), name)

    def read_so_far(self, job):
        """Rows read, by the position of the process in its input: all of the file once it has come to its end."""
        size = (self.folder / "in.jsonl").stat().st_size
        for link in Path(f"/proc/{job.process.pid}/fd").iterdir():
            try:
                if link.resolve() == (self.folder / "in.jsonl").resolve():
                    info = (Path(f"/proc/{job.process.pid}/fdinfo") / link.name).read_text()
                    return 1500 if int(info.split()[1]) >= size else 0
            except OSError:
                continue
        return 0

    def test_a_second_process_is_refused(self):
        (self.folder / "in.jsonl").write_text(self.rows(0, 10))
        job = self.start(SOURCE + QUERY)
        self.wait_until(lambda: (self.folder / "streamql-state" / "job" / "lock").exists() or "begins" in job.err, "the lock")
        self.wait_until(lambda: "begins" in job.err, "the first line")
        second = self.streamql("run", Path(job.process.args[2]).name, code=5)
        self.assertIn("running already", second.stderr)
        self.assertIn(str(job.process.pid), second.stderr)
        self.assertEqual(job.stop()[0], 0)

    def stopped(self, query):
        (self.folder / "in.jsonl").write_text(self.rows(0, 500))
        job = self.start(SOURCE + query)
        self.wait_until(lambda: self.read_so_far(job), "the rows")
        self.assertEqual(job.stop()[0], 0, job.err)

    def test_a_changed_query_is_refused_with_what_changed(self):
        self.stopped(QUERY)
        for before, after, *said in (("SIZE 10 MINUTES", "SIZE 20 MINUTES", "window"), ("sum(v) AS total", "max(v) AS total", "aggregates"),
                                     ("DEDUPLICATE BY (k)", "DEDUPLICATE BY (t)", "deduplicate"),
                                     ("FROM s WINDOW", "FROM (SELECT * FROM s WHERE v > 3) s WINDOW", "filter"), ("'30' SECOND", "'40' SECOND", "watermark"), ("path = 'in.jsonl'", "path = 'other.jsonl'", "other.jsonl")):
            (self.folder / "other.jsonl").write_text("")
            done = self.run_sql((SOURCE + QUERY).replace(before, after), "--until-idle", "1s", code=5)
            self.assertIn("has changed since", done.stderr)
            for text in said:
                self.assertIn(text, done.stderr)
            self.assertIn("to begin anew", done.stderr)
        self.run_sql(SOURCE + QUERY, "--until-idle", "1s")

    def test_a_run_that_ended_begins_anew(self):
        self.stopped(QUERY)
        self.run_sql(SOURCE + QUERY, "--until-idle", "1s")
        done = self.run_sql(SOURCE + QUERY, "--until-idle", "1s")
        self.assertIn("came to the end of its input", done.stderr.splitlines()[0])

    def test_damage_is_refused_with_the_file(self):
        self.stopped(QUERY)
        folder = self.folder / "streamql-state" / "job"
        for name in ("commit", next(folder.glob("savepoint-*")).name):
            path = folder / name
            good = path.read_bytes()
            for bad in (good[:-1], good[: len(good) // 2], b"", bytes([good[0] ^ 1]) + good[1:], good[:40] + bytes([good[40] ^ 4]) + good[41:]):
                path.write_bytes(bad)
                done = self.run_sql(SOURCE + QUERY, "--until-idle", "1s", code=5)
                self.assertIn(name, done.stderr)
                self.assertIn("begin anew", done.stderr)
            path.write_bytes(good)
        self.run_sql(SOURCE + QUERY, "--until-idle", "1s")

    def test_a_commit_that_cannot_be_written_leaves_the_one_before(self):
        self.stopped(QUERY)
        before = (self.folder / "streamql-state" / "job" / "commit").read_bytes()
        for fault in ("state.write:1=ENOSPC", "state.fsync:1=EIO", "state.rename:1=EIO", "state.write:2=ENOSPC", "state.rename:1=kill"):
            code = -signal.SIGKILL if "kill" in fault else 3
            done = self.run_sql(SOURCE + QUERY, "--until-idle", "1s", code=code, STREAMQL_FAULT=fault)
            if code == 3:
                self.assertRegex(done.stderr, "error: cannot .*streamql-state/job")
            self.assertEqual((self.folder / "streamql-state" / "job" / "commit").read_bytes(), before, fault)
        self.run_sql(SOURCE + QUERY, "--until-idle", "1s")

    def test_killed_between_the_last_commit_and_the_closing_of_a_sink(self):
        (self.folder / "in.jsonl").write_text(self.rows(0, 300))
        sql = SOURCE.replace(", follow = true", "") + """CREATE SINK whole WITH (connector = 'file', path = 'whole.jsonl', format = 'json');
            CREATE SINK parts WITH (connector = 'file', path = 'parts.jsonl', format = 'json', rotate.rows = 100000);
            CREATE SINK counts WITH (connector = 'file', path = 'counts.jsonl', format = 'json', rotate.rows = 100000);
            INSERT INTO whole SELECT k, v FROM s; INSERT INTO parts SELECT k, v FROM s;
            INSERT INTO counts SELECT window_start, count(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE);"""
        for killed in ("sink.rename:1=kill", "sink.rename:2=kill", "state.rename:2=kill"):
            self.run_sql(sql, code=-signal.SIGKILL, STREAMQL_FAULT=killed)
            self.assertIn("goes on from epoch", self.run_sql(sql).stderr.splitlines()[0])
            self.assertEqual(len((self.folder / "whole.jsonl").read_text().splitlines()), 300)
            self.assertEqual(len(self.results("parts")), 300, killed)
            self.assertEqual(sum(json.loads(line)["n"] for line in self.results("counts")), 300, killed)
            for file in [*self.folder.glob("*-0*.jsonl"), self.folder / "whole.jsonl"]:
                file.unlink()
            shutil.rmtree(self.folder / "streamql-state")

    def test_dead_letters_belong_to_their_epoch(self):
        (self.folder / "in.jsonl").write_text("".join('{"k": %d}\n' % i if i % 3 else "bad\n" for i in range(60_000)))
        sql = """SET job = 'job'; SET checkpoint_interval = '5ms';
            CREATE STREAM s (k BIGINT) WITH (connector = 'file', path = 'in.jsonl', format = 'json', max_error_rate = 1);
            CREATE SINK o WITH (connector = 'file', path = 'out.jsonl', format = 'json'); INSERT INTO o SELECT k FROM s;"""
        for fault in ("state.rename:2=kill", "state.rename:3=kill", "state.fsync:2=kill"):
            self.run_sql(sql, "--parallelism", "2", code=-signal.SIGKILL, STREAMQL_FAULT=fault)
        self.run_sql(sql)
        letters = [json.loads(line)["offset"] for line in (self.folder / "streamql-state/dead_letters/job.jsonl").read_text().splitlines()]
        self.assertEqual((len(letters), len(set(letters))), (20_000, 20_000))
        self.assertEqual(len((self.folder / "out.jsonl").read_text().splitlines()), 40_000)

    def test_a_trial_leaves_the_jobs_dead_letters_alone(self):
        (self.folder / "in.jsonl").write_text('{"k": 1}\nbad\n')
        sql = """SET job = 'job'; CREATE STREAM s (k BIGINT) WITH (connector = 'file', path = 'in.jsonl', format = 'json');
            CREATE SINK o WITH (connector = 'file', path = 'out.jsonl', format = 'json'); INSERT INTO o SELECT k FROM s;"""
        self.run_sql(sql)
        kept = self.folder / "streamql-state/dead_letters/job.jsonl"
        before = kept.read_text()
        (self.folder / "in.jsonl").write_text('{"k": 1}\nworse\nworse\n')
        self.streamql("explain", "job.sql", "--analyze")
        self.assertEqual(kept.read_text(), before)


if __name__ == "__main__":
    unittest.main()
