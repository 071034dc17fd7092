"""Rows that the other side refuses: each is a dead letter with its content, once, also when the sink's calls fail and are
made again; on_error and max_error_rate hold for sinks as they do for sources."""

import json
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase, lines_of, psql, server, unique  # noqa: E402


class RefusedRows(StreamqlCase):
    def source(self, rows, value):
        """`value(i)` is the text of row i."""
        (self.folder / "in.jsonl").write_text("".join(json.dumps({"id": i, "v": value(i)}) + "\n" for i in range(rows)))
        return "CREATE STREAM f (id BIGINT, v STRING) WITH (connector = 'file', path = 'in.jsonl', format = 'json');\n"

    def table(self, check="v <> 'bad'"):
        table = unique("refused")
        psql(f"CREATE TABLE {table} (id BIGINT, v TEXT CHECK ({check}))")
        self.addCleanup(psql, f"DROP TABLE {table}")
        return table

    def into_table(self, table, options="", more=""):
        return (f"CREATE SINK k (id BIGINT, v STRING) WITH (connector = 'postgres', url = '{server('POSTGRES_URL')}{more}', "
                f"table = '{table}' {options});\nINSERT INTO k SELECT id, v FROM f;")

    def letters(self, report):
        return lines_of(self.folder / report["dead_letter_file"])

    def test_a_tables_refusals_are_letters_with_their_rows(self):
        table = self.table()
        report = self.report_of(self.source(2500, lambda i: "bad" if i % 500 == 7 else "good") + self.into_table(table))
        self.assertEqual(psql(f"SELECT count(*) FROM {table}"), [["2495"]])
        letters = self.letters(report)
        self.assertEqual(sorted(l["row"] for l in letters), sorted([str(i), "bad"] for i in range(7, 2500, 500)))
        self.assertTrue(all("check constraint" in l["reason"] for l in letters), letters)
        self.assertEqual((report["sinks"][0]["rows"], report["sinks"][0]["rejected"]), (2495, 5))

    def test_a_table_that_refuses_all_ends_the_job(self):
        for rows in (5_000, 500):  # full thousands, and a job of less than one
            table = self.table("v = 'never'")
            done = self.run_sql(self.source(rows, lambda i: "bad") + self.into_table(table), code=4)
            self.assertIn("max_error_rate", done.stderr)
            self.assertEqual(psql(f"SELECT count(*) FROM {table}"), [["0"]])

    def test_on_error_of_a_sink(self):
        table = self.table()
        text = self.source(100, lambda i: "bad" if i == 50 else "good")
        done = self.run_sql(text + self.into_table(table, ", on_error = 'fail'"), code=4)
        self.assertIn("check constraint", done.stderr)
        done = self.run_sql("SET on_error = 'fail';\n" + text + self.into_table(table), code=4)
        self.assertEqual(psql(f"SELECT count(*) FROM {table}"), [["0"]])
        report = self.report_of(text + self.into_table(table, ", on_error = 'skip'"))
        self.assertEqual(report["sinks"][0]["rejected"], 1)
        self.assertFalse(report.get("dead_letter_file"))
        self.assertEqual(psql(f"SELECT count(*) FROM {table}"), [["99"]])

    def test_refusals_before_a_retry_in_mid_batch_are_kept(self):
        topic = unique("oversized")
        report = self.report_of(self.source(200, lambda i: "x" * (5000 if i in (3, 120) else 5)) + f"""
            CREATE SINK k (id BIGINT, v STRING) WITH (connector = 'kafka', topic = '{topic}', brokers = '{server("KAFKA_BROKERS")}',
                                                      create = 'if_missing', kafka.message.max.bytes = '2000');
            INSERT INTO k SELECT id, v FROM f;""", STREAMQL_FAULT="kafka.produce:100=EIO,kafka.produce:150=EIO,kafka.flush:1=EIO")
        self.assertEqual(sorted(int(l["row"][0]) for l in self.letters(report)), [3, 120])
        written = sorted(json.loads(value)["id"] for _, _, value in self.topic_lines(topic))
        self.assertEqual(written, [i for i in range(200) if i not in (3, 120)])
        self.assertEqual((report["sinks"][0]["rows"], report["sinks"][0]["rejected"]), (198, 2))

    def test_a_lock_that_is_not_given_ends_no_job(self):
        table = self.table()
        holder = threading.Thread(target=psql, args=(f"BEGIN; LOCK TABLE {table} IN SHARE MODE; SELECT pg_sleep(3); COMMIT",))
        holder.start()
        self.addCleanup(holder.join)
        self.wait_until(lambda: psql(f"SELECT 1 FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'ShareLock' AND granted"), "the lock")
        job = self.start(self.source(20_000, lambda i: "a text of some length") + self.into_table(table, more="?options=-c%20lock_timeout%3D100ms"))
        self.assertEqual(job.wait(60), 0, job.err)
        self.assertEqual(psql(f"SELECT count(*) FROM {table}"), [["20000"]])


if __name__ == "__main__":
    unittest.main()
