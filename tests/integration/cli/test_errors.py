"""What goes wrong outside: each case ends at once with the right exit code and a message that says what is wrong and how
to mend it, and never hangs."""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase, psql, server, unique  # noqa: E402

SOURCE = """CREATE STREAM s (id BIGINT NOT NULL, name STRING, at TIMESTAMP, WATERMARK FOR at AS at)
WITH (connector = 'file', path = 'in.jsonl', format = 'json');
"""
CANARY = "canary-9f3e"


class Errors(StreamqlCase):
    def setUp(self):
        super().setUp()
        (self.folder / "in.jsonl").write_text("".join(
            json.dumps({"id": i, "name": f"n{i}", "at": f"2024-05-01T10:00:{i:02}Z"}) + "\n" for i in range(20)))

    def assert_fails(self, code, text, *patterns, arguments=(), timeout=60, **environment):
        """Ends with `code`; every pattern is in the message, and the canary of a password is not."""
        return self.assert_refused(code, ["run", self.script(text), *arguments], *patterns, timeout=timeout, **environment)

    def assert_refused(self, code, arguments, *patterns, **more):
        done = self.streamql(*arguments, code=code, **more)
        for pattern in patterns:
            self.assertRegex(done.stderr, pattern)
        self.assertNotIn(CANARY, done.stdout + done.stderr)
        self.assertLess(done.seconds, 30)  # hanging is what it must not do
        return done

    def sink(self, options):
        return SOURCE + f"CREATE SINK k (id BIGINT) WITH ({options}); INSERT INTO k SELECT id FROM s;"

    def test_two_sinks_on_one_path(self):
        both = "".join(f"CREATE SINK {k} (id BIGINT) WITH (connector = 'file', path = '{p}', format = 'csv'); "
                       f"INSERT INTO {k} SELECT id FROM s;" for k, p in (("f", "o.csv"), ("g", "./o.csv")))
        self.assert_fails(1, SOURCE + both, 'sinks "f" and "g" both write the file', "help: give each sink a path of its own")

    def test_an_output_file_that_vanishes(self):
        running = self.start("""CREATE STREAM c (click_id STRING, user_id BIGINT) WITH (connector = 'generate', name = 'clicks', rows = 1500, rate = 1000);
            CREATE SINK k (click_id STRING) WITH (connector = 'file', path = 'gone/o.csv', format = 'csv'); INSERT INTO k SELECT click_id FROM c;""")
        self.wait_until(lambda: list(self.folder.glob("gone/*.tmp")), "the unfinished file")
        for unfinished in self.folder.glob("gone/*.tmp"):
            unfinished.unlink()
        self.assertEqual(running.wait(10), 3)
        self.assertIn("cannot rename", running.err)

    def test_a_stop_while_windows_close(self):
        running = self.start("""CREATE STREAM c (click_id STRING, user_id BIGINT, click_time TIMESTAMP, WATERMARK FOR click_time AS click_time)
            WITH (connector = 'generate', name = 'clicks', rows = 20000);
            CREATE SINK k WITH (connector = 'blackhole');
            INSERT INTO k SELECT user_id, count(*) FROM c WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 SECOND) GROUP BY user_id;""")
        self.wait_until(lambda: running.cpu_seconds() > 1.5, "windows that close", 60)
        running.stop()
        self.assertIn("its rows were still being worked on", running.err)

    def test_windows_beyond_count(self):
        self.assert_fails(1, SOURCE + "SELECT id, count(*) FROM s WINDOW HOPPING (SIZE 365 DAYS, ADVANCE BY 1 SECOND) GROUP BY id;",
                          "bad-window", "31536000 windows", "help: make ADVANCE BY longer")

    def test_a_broker_that_is_down(self):
        where = "topic = 't', brokers = '127.0.0.1:1', connect_timeout = '1s'"
        self.assert_fails(3, f"CREATE STREAM s (id BIGINT) WITH (connector = 'kafka', format = 'json', {where}); SELECT id FROM s;",
                          r"127\.0\.0\.1:1 within 1 s", "help: is the broker running")
        self.assert_fails(3, self.sink(f"connector = 'kafka', {where}"), r"127\.0\.0\.1:1 within 1 s", "help: is the broker running")

    def test_a_database_that_is_down(self):
        done = self.assert_fails(3, self.sink(f"connector = 'postgres', url = 'postgresql://me:{CANARY}@127.0.0.1:1/x', connect_timeout = '1s'"),
                                 r"127\.0\.0\.1:1", "help: is the server running")
        self.assertEqual(done.stdout, "")

    def test_a_wrong_password_is_not_printed(self):
        address = server("POSTGRES_URL").split("@")[1]
        self.assert_fails(3, self.sink(f"connector = 'postgres', url = 'postgresql://guarded:{CANARY}@{address}', table = 't'"),
                          'user "guarded"', "help: check user and password")
        os.environ["E2E_CANARY"] = CANARY
        self.addCleanup(os.environ.pop, "E2E_CANARY")
        host, port = address.split("/")[0].split(":")
        self.assert_fails(3, self.sink(f"connector = 'postgres', host = '{host}', port = {port}, database = 'streamql', user = 'guarded', "
                                       "password = SECRET 'env:E2E_CANARY', table = 't'"), 'user "guarded"')

    def test_a_missing_table(self):
        self.assert_fails(3, self.sink(f"connector = 'postgres', url = '{server('POSTGRES_URL')}', table = 'nonesuch'"),
                          "no table nonesuch", "help: create = 'if_missing'")

    def test_a_table_of_other_columns(self):
        table = unique("other")
        self.addCleanup(psql, f"DROP TABLE IF EXISTS {table}")
        psql(f"CREATE TABLE {table} (wrong bigint)")
        self.assert_fails(3, self.sink(f"connector = 'postgres', url = '{server('POSTGRES_URL')}', table = '{table}'"), table, r"\bid\b")

    def test_a_misspelled_topic(self):
        topic = unique("orders")
        self.make_topic(topic, "in.jsonl")
        wrong = topic.replace("orders", "oders")
        at = f"topic = '{wrong}', brokers = '{server('KAFKA_BROKERS')}'"
        self.assert_fails(3, f"CREATE STREAM s (id BIGINT) WITH (connector = 'kafka', format = 'json', {at}); SELECT id FROM s;",
                          f'no topic "{wrong}"', f'help: did you mean "{topic}"')
        self.assert_fails(3, self.sink(f"connector = 'kafka', {at}"), f'no topic "{wrong}"', f'did you mean "{topic}"')

    def test_an_input_that_cannot_be_read(self):
        self.assert_fails(3, SOURCE.replace("in.jsonl", "on.jsonl") + "SELECT id FROM s;", "on.jsonl: No such file", "help: .*path")
        (self.folder / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\3garbage")
        self.assert_fails(3, SOURCE.replace("in.jsonl", "cut.jsonl.gz") + "SELECT id FROM s;", "cut.jsonl.gz")

    def test_an_output_that_cannot_be_written(self):
        self.assert_fails(3, self.sink("connector = 'file', path = 'in.jsonl/out.jsonl', format = 'json'"), "in.jsonl", "help: .*path")
        self.assert_fails(3, self.sink("connector = 'file', path = '/proc/out.jsonl', format = 'json'"), "/proc/out.jsonl")

    def test_a_state_folder_that_cannot_be_made(self):
        self.assert_fails(3, SOURCE + "SELECT id FROM s;", "cannot make the state folder /proc/none", "help: set --state-dir", arguments=["--state-dir", "/proc/none"])

    def test_dead_letters_that_cannot_be_written(self):
        (self.folder / "in.jsonl").write_text("{\n")
        self.assert_refused(3, ["run", "-", "--state-dir", "/proc/none"], "dead letters.*/proc/none", "help: set --state-dir", stdin=(SOURCE + "SELECT id FROM s;").encode())

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("a small disk can be mounted by root only")
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode:
            self.skipTest("this machine mounts no tmpfs")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        self.generate("clicks", "in.jsonl", rows=20_000)
        self.assert_fails(3, """CREATE STREAM s (click_id STRING, url STRING) WITH (connector = 'file', path = 'in.jsonl', format = 'json');
            CREATE SINK k WITH (connector = 'file', path = 'disk/out.jsonl', format = 'json'); INSERT INTO k SELECT * FROM s;""",
                          "disk/out.jsonl.*No space left")
        self.assertFalse((disk / "out.jsonl").exists(), "half a result looks like a whole one")

    def test_scripts_that_cannot_be_read(self):
        self.assert_refused(2, ["run", "none.sql"], "none.sql: No such file")
        self.assert_refused(2, ["check", "."], "it is a folder")

    def test_flags(self):
        job = self.script(SOURCE + "SELECT id FROM s;")
        for arguments, *patterns in (
                (["run", job, "--paralelism", "2"], "no flag --paralelism", 'did you mean "--parallelism"'),
                (["run", job, "--parallelism", "0"], "--parallelism", "1 to 128"),
                (["run", job, "--parallelism", "two"], "--parallelism"),
                (["run", job, "--jit", "O7"], "O7", "O2"),
                (["run", job, "--set", "parallelism=0"], "--set parallelism=0", "from 1 to 128"),
                (["run", job, "--set", "batch_row=7"], 'no setting "batch_row"', 'did you mean "batch_rows"'),
                (["run", job, "--set", "checkpoint_interval=soon"], "checkpoint_interval", "help:"),
                (["run", job, "--set", "parallelism"], "KEY=VALUE"),
                (["run", job, "--until-idle", "soon"], "--until-idle", "10s"),
                (["run", job, "--until-idle", "0s"], "--until-idle", "10s"),
                (["run", job, "--set", "batch_rows=99999999999"], "--set batch_rows=99999999999", "65536"),
                (["run", job, "--set", "parallelism=129"], "--set parallelism=129", "from 1 to 128"),
                (["run", job, "--set", "timezone=Mars"], "--set timezone=Mars", "help: .*Europe/Berlin"),
                (["run", job, "--set", "until_idle=0s"], "--set until_idle=0s"),
                (["run", job, "--set", "on_error=maybe"], "--set on_error=maybe", "one of dead_letter, skip, fail"),
                (["run", job, "--set", "max_error_rate=5"], "--set max_error_rate=5", "a number from 0 to 1"),
                (["run", job, "--set", "job=../../evil"], "--set job=../../evil", "no path"),
                (["run", job, "--disable-pass", "nope"], "--disable-pass nope", "help: "),
                (["generate", "clicks", "--rows", "5", "--path", "x.gz"], "plain text", r"help: .*\| gzip >x\.gz"),
                (["generate", "clicks", "--rows", "5", "--path", "x.zst"], "plain text", r"help: .*\| zstd >x\.zst"),
                (["generate", "clicks", "--rows", "-1"], "rows"),
                (["run"], "files"),
                (["rum", job], 'no command "rum"', 'did you mean "run"'),
                ([], "commands: run"),
                (["list", "function"], "functions"),
                (["generate", "click"], 'no generator "click"', 'did you mean "clicks"'),
                (["generate", "clicks", "--rows", "many"], "rows"),
                (["generate", "clicks", "--rows", "5", "--to", "file"], "--path")):
            with self.subTest(arguments=arguments):
                self.assert_refused(2, arguments, "^error: ", *patterns)
        for variable, value, *patterns in (("STREAMQL_PARALLELISM", "0", "from 1 to 128"), ("STREAMQL_PARALLELISM", "", "whole number"),
                                           ("STREAMQL_CHECKPOINT_INTERVAL", "soon", "help: "), ("STREAMQL_TIMEZONE", "Mars", "no time zone"),
                                           ("STREAMQL_JIT", "O7", "O2"), ("STREAMQL_LOG_FORMAT", "xml", "json"), ("STREAMQL_UNTIL_IDLE", "", "duration")):
            with self.subTest(variable=variable, value=value):
                self.assert_refused(2, ["run", job], f"^error: {variable}={value}: ", *patterns, **{variable: value})

    def test_scripts_that_are_wrong(self):
        self.assert_fails(1, SOURCE + "SELECT ids FROM s;", r"job\.sql:3:8: error\[unknown-column\]", r'did you mean "id"')
        self.assert_fails(1, "SET paralellism = 2;" + SOURCE + "SELECT id FROM s;", r"error\[unknown-setting\]", 'did you mean "parallelism"')
        self.assert_fails(1, "SET parallelism = 0;" + SOURCE + "SELECT id FROM s;", r"job\.sql:1:\d+: error\[bad-setting\]")
        self.assert_fails(1, SOURCE.replace("path", "pth") + "SELECT id FROM s;", r"error\[unknown-option\]", 'did you mean "path"')
        self.assert_fails(1, "CREATE STREAM s (id BIGINT) WITH (connector = 'kafka', topic = '${E2E_NONE}'); SELECT id FROM s;",
                          r"error\[missing-variable\]", "E2E_NONE")
        # the first script that is wrong ends the command
        self.script(SOURCE + "SELECT nothing FROM s;", "bad.sql")
        self.script(SOURCE + "SELECT id FROM s;", "good.sql")
        done = self.assert_refused(1, ["check", "good.sql", "bad.sql"], r"bad\.sql:3")
        self.assertIn("good.sql: ok", done.stdout)

    def test_several_files_are_one_job(self):
        self.script(SOURCE.rstrip().rstrip(";") + " -- no semicolon, and a comment", "first.sql")
        self.script("SELECT id FROM s\nWHERE id < 2;", "second.sql")
        done = self.streamql("run", "first.sql", "second.sql", "--json")
        self.assertEqual([line.split() for line in done.stdout.splitlines()[:-1]], [["id"], ["--"], ["0"], ["1"]])
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["job"], "first")
        self.assertIn("filter", self.streamql("explain", "first.sql", "second.sql", "--stage", "logical").stdout.lower())
        self.script("SELECT id FROM s\nWHERE ids < 2;", "third.sql")
        self.assert_refused(1, ["run", "first.sql", "second.sql", "third.sql"], r"^third\.sql:2:7: error\[unknown-column\]", "    2 \\| WHERE ids < 2;")
        self.script("SELEC 1;", "zeroth.sql")
        self.assert_refused(1, ["run", "zeroth.sql", "first.sql", "second.sql"], r"^zeroth\.sql:1:1: error")
        self.assertFalse((self.folder / "x.gz").exists())

    def test_a_generator_without_a_broker(self):
        self.assert_refused(2, ["generate", "clicks", "--rows", "5", "--to", "file", "--path", "a", "--bogus"], "no flag --bogus")
        self.assert_refused(3, ["generate", "clicks", "--rows", "5", "--to", "file", "--path", "no/such/folder"], "no/such/folder: No such file")


if __name__ == "__main__":
    unittest.main()
