"""File sources through the built streamql: a followed file goes on where it was, pipes are not waited for, and a bad record is
named by its file and line."""

import json
import os
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from streamql_case import StreamqlCase  # noqa: E402


class FileSources(StreamqlCase):
    FOLLOW = """SET job = 'follow'; SET checkpoint_interval = '100ms';
        CREATE STREAM s (a BIGINT) WITH (connector = 'file', path = 'in.json', format = 'json', follow = true);
        CREATE SINK k WITH (connector = 'file', path = 'out.json', format = 'json', rotate.rows = 1);
        INSERT INTO k SELECT a FROM s;"""

    def put(self, name, rows, mode="w"):
        with open(self.folder / name, mode) as file:
            file.writelines(f'{{"a":{i}}}\n' for i in rows)

    def seen(self):
        return sorted(json.loads(l)["a"] for p in self.folder.glob("out-*.json") for l in p.read_text().splitlines())

    def test_a_followed_file_goes_on_where_it_was(self):
        self.put("in.json", range(3))
        for upto in (3, 5, 7):
            job = self.start(self.FOLLOW)
            self.wait_until(lambda: self.seen() == list(range(upto)), f"{upto} rows, each once")
            if upto == 5:
                job.kill()
            else:
                self.assertEqual(job.stop()[0], 0, job.err)
            self.put("in.json", range(upto, upto + 2), "a")
        job = self.start(self.FOLLOW)
        self.wait_until(lambda: self.seen() == list(range(9)), "9 rows, each once")
        self.put("new.json", range(100, 102))
        os.rename(self.folder / "new.json", self.folder / "in.json")
        self.wait_until(lambda: self.seen() == [*range(9), 100, 101], "the rows of the new file")
        self.put("in.json", [200])
        self.wait_until(lambda: self.seen() == [*range(9), 100, 101, 200], "the rows behind the cut")
        self.assertEqual(job.stop()[0], 0, job.err)

    def test_a_signal_is_heard_in_a_pipe_that_is_silent_or_endless(self):
        for name, endless in (("silent.json", False), ("endless.json", True), ("endless.csv", True), ("silent.json.gz", False)):
            os.mkfifo(self.folder / name)
            style = name.split(".")[1]
            no_names = ", header = false" if style == "csv" else ""
            job = self.start(f"CREATE STREAM s (a STRING) WITH (connector = 'file', path = '{name}', format = '{style}' {no_names}); SELECT a FROM s;")
            done = threading.Event()

            def write():
                try:
                    with open(self.folder / name, "wb", buffering=0) as pipe:
                        while not done.is_set():
                            pipe.write(b'{"a":"' + b"x" * 60000) if endless else time.sleep(0.02)
                except BrokenPipeError:
                    pass

            writer = threading.Thread(target=write)
            writer.start()
            time.sleep(1.5)
            self.assertIsNone(job.process.poll(), job.err)
            code, seconds = job.stop()
            done.set()
            writer.join()
            self.assertEqual(code, 0, f"{name}: {job.err}")
            self.assertLess(seconds, 3, name)

    def letters_of(self, style, text, columns, **options):
        (self.folder / f"in.{style}").write_text(text)
        more = "".join(f", {k} = '{v}'" for k, v in options.items())
        report = self.report_of(f"""CREATE STREAM s ({columns}) WITH (connector = 'file', path = 'in.{style}', format = '{style}' {more});
            CREATE SINK k WITH (connector = 'file', path = 'rows.json', format = 'json');
            INSERT INTO k SELECT * FROM s;""")
        self.assertEqual(sum(line["consumed"] for line in report["ledger"]), report["ledger"][0]["consumed"])
        letters = [json.loads(l) for p in self.folder.rglob("*.jsonl") for l in p.read_text().splitlines()]
        for p in self.folder.rglob("*.jsonl"):
            p.unlink()
        return letters, (self.folder / "rows.json").read_text().splitlines()

    def test_a_stray_quote_costs_one_record(self):
        good = [f"{i},plain" for i in range(100_000)]
        good[10] = '10,5" pipe'
        letters, rows = self.letters_of("csv", "\n".join(["id,name", *good]) + "\n", "id BIGINT, name STRING")
        self.assertEqual(len(rows), 99_999)
        self.assertEqual([l["reason"] for l in letters], ["a quote inside an unquoted field (at byte 4), in in.csv, line 12"])
        self.assertEqual(letters[0]["offset"], 11)

    def test_reasons_are_plain(self):
        letters, rows = self.letters_of("csv", "id,name\n1,a\n2\n3,b,c\n4,\"x\"y\nfive,e\n", "id BIGINT, name STRING")
        self.assertEqual(len(rows), 1)
        self.assertEqual([l["reason"] for l in letters], [
            "expected 2 fields, found 1, in in.csv, line 3", "expected 2 fields, found 3, in in.csv, line 4",
            "a quoted field goes on behind its closing quote (at byte 5), in in.csv, line 5",
            "the text is no value of the column's type (at byte 0), in in.csv, line 6"])
        letters, rows = self.letters_of("json", '{"id":1}\nnull\n[1]\n7\n', "id BIGINT")
        self.assertEqual([l["reason"] for l in letters], [
            "the record is null, not a JSON object, in in.json, line 2", "the record is an array, not a JSON object, in in.json, line 3",
            "the record is a number, not a JSON object, in in.json, line 4"])


if __name__ == "__main__":
    unittest.main()
