"""What the end-to-end tests share: the built `streamql` as a user runs it, in a folder of its own, with a limit of time.

The binary is STREAMQL_BINARY; the servers are KAFKA_BROKERS and POSTGRES_URL. A test that needs a server and is not
told where it is fails: a skipped end-to-end test proves nothing. Every process that is started here is ended here.
"""

import itertools
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15  # an orderly stop of a small job takes under 5 s; three times that where others want the machine too
_counter = itertools.count(1)


def unique(prefix):
    """A topic, table or group name that is new on servers which outlive the test run."""
    return f"{prefix}_{os.getpid()}_{int(time.time()) % 100000}_{next(_counter)}"


def server(variable):
    value = os.environ.get(variable)
    if not value:
        raise AssertionError(f"{variable} is not set: eval \"$(tools/servers.sh start)\"")
    return value


def parse(line):
    """One JSON object, numbers exact."""
    return json.loads(line, parse_float=Decimal)


def lines_of(path):
    return [parse(line) for line in Path(path).read_text().splitlines()]


def psql(*statements, stdin=None):
    """Runs statements; gives the rows of the last one as lists of text (NULL is None)."""
    command = ["psql", server("POSTGRES_URL"), "-qAtX", "-v", "ON_ERROR_STOP=1", "-F", "\x1f", "-P", "null=\x1e"]
    for statement in statements:
        command += ["-c", statement]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise AssertionError(done.stderr)
    return [[None if cell == "\x1e" else cell for cell in line.split("\x1f")] for line in done.stdout.split("\n")[:-1]]


class Running:
    """A streamql that goes on while the test does other things; stderr and stdout are gathered in files."""

    def __init__(self, case, arguments, environment, before=None):
        number = next(_counter)
        self.out_path, self.err_path = case.folder / f"running{number}.out", case.folder / f"running{number}.err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen([case.binary, *arguments], cwd=case.folder, env=environment, stdout=out,
                                            stderr=err, stdin=subprocess.DEVNULL, preexec_fn=before)
        case.addCleanup(self.kill)

    @property
    def out(self):
        return self.out_path.read_text()

    @property
    def err(self):
        return self.err_path.read_text()

    def catches(self, number=signal.SIGTERM):
        """It has come so far as to handle this signal."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
        return False

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, timeout):
        """The exit code; the test fails if it takes longer."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout} s:\n{self.err}") from None

    def cpu_seconds(self):
        """What it has worked so far; says more of its progress than the time that went by on a busy machine."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, timeout=20):
        self.signal()
        begin = time.monotonic()
        code = self.wait(timeout)
        return code, time.monotonic() - begin

    def peak_memory(self):
        """The most memory it has held so far, in bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")


class StreamqlCase(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.binary = str(Path(os.environ["STREAMQL_BINARY"]).resolve())
        holder = tempfile.TemporaryDirectory(prefix="streamql_e2e_")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def environment(self, **more):
        """Ours, without what would change the tool's behaviour, and with an object cache that all tests share."""
        base = {k: v for k, v in os.environ.items() if not k.startswith("STREAMQL_") and k != "KAFKA_END"}
        return {**base, **more}

    def script(self, text, name="job.sql"):
        (self.folder / name).write_text(text)
        return name

    def streamql(self, *arguments, code=0, timeout=60, stdin=None, **environment):
        """Runs to the end and checks the exit code; the result holds stdout, stderr and the seconds it took."""
        begin = time.monotonic()
        try:
            done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment(**environment),
                                  input=stdin, capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired as e:
            self.fail(f"still running after {timeout} s: {arguments}\n{(e.stderr or b'').decode()}")
        done.seconds = time.monotonic() - begin
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        if code is not None:
            self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done

    def run_sql(self, text, *arguments, **more):
        return self.streamql("run", self.script(text), *arguments, **more)

    def report_of(self, text, *arguments, **more):
        """Runs a script and gives the figures of its end, whose ledger must add up."""
        done = self.run_sql(text, "--json", *arguments, **more)
        report = parse(done.stdout.splitlines()[-1])
        self.assert_ledger(report)
        report["seconds"] = done.seconds
        return report

    def assert_ledger(self, report):
        self.assertTrue(report["balanced"], report["ledger"])
        self.assertTrue(report["ledger"])
        for line in report["ledger"]:
            ends = ("applied", "filtered", "late", "late_after_idle", "dead_letter", "skipped", "held")
            self.assertEqual(line["consumed"], sum(line[end] for end in ends), line)

    def start(self, text, *arguments, before=None, **environment):
        running = Running(self, ["run", self.script(text, f"running{next(_counter)}.sql"), *arguments], self.environment(**environment), before)
        running.script = text
        return running

    def wait_until(self, condition, what, timeout=30):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        self.fail(f"{what}: not after {timeout} s")

    def generate(self, name, path, **options):
        """Writes a generator's messages to a file under the test's folder."""
        flags = [f"--{key}={value}" for key, value in options.items()]
        self.streamql("generate", name, "--to", "file", "--path", path, *flags)
        return self.folder / path

    def topic_lines(self, topic):
        """Every message of a topic as (partition, offset, text), in order."""
        path = f"{unique('topic')}.jsonl"
        self.report_of(f"""
            CREATE STREAM t (value STRING, part INTEGER METADATA FROM 'partition', pos BIGINT METADATA FROM 'offset')
            WITH (connector = 'kafka', topic = '{topic}', brokers = '{server("KAFKA_BROKERS")}', format = 'raw', start = 'earliest', end = 'latest');
            CREATE SINK k WITH (connector = 'file', path = '{path}', format = 'json');
            INSERT INTO k SELECT part, pos, value FROM t;""")
        return sorted((row["part"], row["pos"], row["value"]) for row in lines_of(self.folder / path))

    def make_topic(self, topic, path, partitions=1):
        """Fills a new topic with the lines of a file."""
        self.report_of(f"""
            CREATE STREAM f (value STRING) WITH (connector = 'file', path = '{path}', format = 'raw');
            CREATE SINK t WITH (connector = 'kafka', topic = '{topic}', brokers = '{server("KAFKA_BROKERS")}', format = 'raw',
                                create = 'if_missing', partitions = {partitions});
            INSERT INTO t SELECT value FROM f;""")
