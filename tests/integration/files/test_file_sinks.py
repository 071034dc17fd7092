"""File sinks through the built streamql: kills lose and repeat nothing, a path has one writer, devices and pipes are not
replaced, and nothing writes what it reads."""

import json
import os
import stat
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import Running, StreamqlCase, server, unique  # noqa: E402


class FileSinks(StreamqlCase):
    def kafka(self, topic, options=""):
        return (f"CREATE STREAM clicks (click_id STRING NOT NULL, user_id BIGINT) WITH (connector = 'kafka', topic = '{topic}', "
                f"brokers = '{server('KAFKA_BROKERS')}', format = 'json' {options});\n")

    def ids_of(self, pattern):
        return sorted(json.loads(line)["click_id"] for path in self.folder.glob(pattern) for line in path.read_text().splitlines())

    def expected(self, rows):
        return sorted(json.loads(l)["click_id"] for l in self.streamql("generate", "clicks", "--rows", rows).stdout.splitlines())

    def produce(self, topic, rows, rate):
        return Running(self, ["generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic,
                              "--rows", str(rows), "--rate", str(rate)], self.environment())

    def to_files(self, topic, options):
        return (f"SET job = 'files'; SET checkpoint_interval = '100ms';\n" + self.kafka(topic) +
                f"CREATE SINK k WITH (connector = 'file', path = 'out.jsonl', format = 'json' {options});\n"
                "INSERT INTO k SELECT click_id, user_id FROM clicks;")

    def test_six_kills_lose_and_repeat_nothing(self):
        topic, rows = unique("clicks"), 40_000
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 1)
        producer = self.produce(topic, rows, 5_000)
        sql = self.to_files(topic, ", rotate.interval = '300ms'")
        for _ in range(6):
            finished = len(list(self.folder.glob("out-*.jsonl")))
            job = self.start(sql)
            self.wait_until(lambda: len(list(self.folder.glob("out-*.jsonl"))) > finished or job.process.poll() is not None, "a finished file")
            self.assertIsNone(job.process.poll(), job.err)
            job.kill()
        self.assertEqual(producer.wait(60), 0, producer.err)
        last = self.start(sql, "--until-idle", "2s")
        self.assertEqual(last.wait(60), 0, last.err)
        self.assertEqual(self.ids_of("out-*.jsonl"), sorted(self.expected(rows) + self.expected(1)))
        self.assertEqual(list(self.folder.glob("*.tmp")), [])

    def test_a_stopped_job_goes_on_in_its_file(self):
        topic = unique("clicks")
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 1000)
        (self.folder / "out.jsonl").write_text("the result of an earlier run\n")
        job = self.start(self.to_files(topic, ""), "--until-idle", "30s")
        temporary = self.folder / "out.jsonl.files.tmp"
        self.wait_until(lambda: temporary.exists() and temporary.read_text().count("\n") == 1000, "the rows in the unfinished file")
        self.assertEqual(job.stop()[0], 0, job.err)
        self.assertEqual((self.folder / "out.jsonl").read_text(), "the result of an earlier run\n")
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 10)
        last = self.start(self.to_files(topic, ""), "--until-idle", "2s")
        self.assertEqual(last.wait(30), 0, last.err)
        self.assertEqual(self.ids_of("out.jsonl"), sorted(self.expected(1000) + self.expected(10)))

    def test_a_second_run_of_bounded_input_gives_the_whole_result_again(self):
        topic = unique("clicks")
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 1000)
        sql = self.to_files(topic, "").replace("format = 'json' );\nCREATE SINK", "format = 'json', end = 'latest');\nCREATE SINK")
        self.assertIn("end = 'latest'", sql)
        for _ in range(2):
            self.run_sql(sql)
            self.assertEqual(self.ids_of("out.jsonl"), self.expected(1000))

    def test_an_endless_job_is_refused_one_file(self):
        topic = unique("clicks")
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 1)
        self.assertIn("rotate.interval", self.run_sql(self.to_files(topic, ""), code=1).stderr)

    def test_two_jobs_do_not_share_a_prefix(self):
        topic = unique("clicks")
        self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 100)
        first = self.start(self.to_files(topic, ", rotate.rows = 1000"))
        self.wait_until(lambda: (self.folder / "out-00001.jsonl.files.tmp").exists(), "the first job's file")
        second = self.to_files(topic, ", rotate.rows = 10").replace("job = 'files'", "job = 'others'")
        done = self.run_sql(second, "--until-idle", "1s", code=5)
        self.assertIn("out.jsonl", done.stderr)
        self.assertEqual(first.stop()[0], 0, first.err)
        self.run_sql(second, "--until-idle", "1s")

    def copy(self, reads, writes, code=0, **more):
        return self.run_sql(f"""CREATE STREAM s (a BIGINT) WITH (connector = 'file', path = '{reads}', format = 'json');
            CREATE SINK k WITH (connector = 'file', path = '{writes}', format = 'json');
            INSERT INTO k SELECT a FROM s;""", code=code, **more)

    def test_a_device_and_a_pipe_are_written_straight_through(self):
        (self.folder / "in.json").write_text('{"a":1}\n{"a":2}\n')
        self.copy("in.json", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        os.mkfifo(self.folder / "pipe.json")
        with subprocess.Popen(["cat", self.folder / "pipe.json"], stdout=subprocess.PIPE) as reader:
            self.copy("in.json", "pipe.json")
            self.assertEqual(reader.communicate(timeout=10)[0], b'{"a":1}\n{"a":2}\n')
        self.assertTrue(stat.S_ISFIFO(os.stat(self.folder / "pipe.json").st_mode))
        (self.folder / "real.json").write_text("old")
        (self.folder / "link.json").symlink_to("real.json")
        self.copy("in.json", "link.json")
        self.assertTrue((self.folder / "link.json").is_symlink())
        self.assertEqual((self.folder / "real.json").read_text(), '{"a":1}\n{"a":2}\n')

    def test_what_is_read_is_not_written(self):
        (self.folder / "in.json").write_text('{"a":1}\n')
        (self.folder / "link.json").symlink_to("in.json")
        for reads, writes in (("in.json", "in.json"), ("in.json", "link.json"), ("link.json", "in.json"), ("*.json", "in.json")):
            done = self.copy(reads, writes, code=1)
            self.assertRegex(done.stderr, "which source|same-place")
            self.assertEqual((self.folder / "in.json").read_text(), '{"a":1}\n')
        for reads, writes in (("in.json", ""), ("", "out.json")):
            self.assertIn("path is empty", self.copy(reads, writes, code=1).stderr)

    def test_a_fault_ends_the_job_and_the_next_run_goes_on(self):
        topic, runs = unique("clicks"), 0
        sql = self.to_files(topic, ", rotate.rows = 300")
        for fault in ("sink.write:1=ENOSPC", "sink.fsync:2=EIO", "sink.rename:1=EIO", "sink.rename:2=kill", "sink.write:1=tear", "sink.fsync:1=kill", ""):
            self.streamql("generate", "clicks", "--to", "kafka", "--brokers", server("KAFKA_BROKERS"), "--topic", topic, "--rows", 1000)
            runs += 1
            code = 0 if not fault else 3 if "E" in fault else -9
            done = self.run_sql(sql, "--until-idle", "1s", code=code, **({"STREAMQL_FAULT": fault} if fault else {}))
            if code == 3:
                self.assertRegex(done.stderr, "No space left|Input/output error")
        self.assertEqual(self.ids_of("out-*.jsonl"), sorted(self.expected(1000) * runs))


if __name__ == "__main__":
    unittest.main()
