"""docker-compose.yml and the Dockerfile, checked without a Docker engine: against the published schema of compose files,
and for what the schema cannot know (names that must meet, variables the query reads, libraries the binary links)."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

import jsonschema
import yaml

TOP = Path(__file__).resolve().parents[2]
SCHEMA = jsonschema.Draft7Validator(json.loads((TOP / "tests/support/compose-spec.json").read_text()))
COMPOSE = yaml.safe_load((TOP / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


class Compose(unittest.TestCase):
    def test_the_file_follows_the_schema(self):
        SCHEMA.validate(COMPOSE)

    def test_the_schema_refuses_a_wrong_file(self):
        wrong = json.loads(json.dumps(COMPOSE))
        wrong["services"]["kafka"]["health_check"] = wrong["services"]["kafka"].pop("healthcheck")
        with self.assertRaises(jsonschema.ValidationError):
            SCHEMA.validate(wrong)

    def test_services_depend_on_services_that_can_meet_the_condition(self):
        for name, service in SERVICES.items():
            for other, how in service.get("depends_on", {}).items():
                with self.subTest(service=name, on=other):
                    self.assertIn(other, SERVICES)
                    if how["condition"] == "service_healthy":
                        self.assertIn("healthcheck", SERVICES[other])

    def test_named_volumes_are_declared(self):
        for name, service in SERVICES.items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if not source.startswith((".", "/")):
                    self.assertIn(source, COMPOSE["volumes"], name)

    def test_images_are_pinned(self):
        for name, service in SERVICES.items():
            if "build" not in service:
                self.assertRegex(service["image"], r":\d", name)

    def test_addresses_inside_agree(self):
        inside = re.search(r"INSIDE://([^,]+)", SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]).group(1)
        self.assertEqual(SERVICES["job"]["environment"]["KAFKA_BROKERS"], inside)
        for name in ("clicks", "conversions"):
            self.assertIn(f"--brokers {inside} ", SERVICES[name]["command"])
        database = SERVICES["postgres"]["environment"]
        self.assertEqual(SERVICES["job"]["environment"]["POSTGRES_URL"],
                         f"postgresql://{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}@postgres:5432/{database['POSTGRES_DB']}")

    def test_the_job_gets_what_its_query_reads(self):
        query = SERVICES["job"]["command"].split()[1]
        text = (TOP / query).read_text()
        read = set(re.findall(r"\$\{(\w+)", text))
        self.assertLessEqual({"KAFKA_BROKERS", "POSTGRES_URL"}, read)
        required = set(re.findall(r"\$\{(\w+)\}", text))
        self.assertLessEqual(required, set(SERVICES["job"]["environment"]))
        for topic in ("clicks", "conversions"):
            self.assertIn(f"--topic {topic}", SERVICES[topic]["command"])
            self.assertRegex(text, rf"topic\s*=\s*'{topic}'")


class Dockerfile(unittest.TestCase):
    def setUp(self):
        self.text = (TOP / "Dockerfile").read_text()

    def test_the_image_holds_every_library_the_binary_links(self):
        binary = os.environ["STREAMQL_BINARY"]
        linked = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
        headers = subprocess.run(["objdump", "-p", binary], capture_output=True, text=True, check=True).stdout
        own = re.findall(r"^\s*NEEDED\s+(\S+)", headers, re.M)
        installed = set(re.search(r"--no-install-recommends \\(.*?)&& rm", self.text, re.S).group(1).replace("\\", " ").split())
        for library in own:
            path = re.search(rf"^\s*{re.escape(library)} => (\S+)", linked, re.M)
            if not path:  # the loader itself
                continue
            package = self.package_of(path.group(1))
            if package not in ("libc6", "libgcc-s1"):  # in every Debian image
                self.assertIn(package, installed, library)

    @staticmethod
    def package_of(path):
        for candidate in (os.path.realpath(path), os.path.realpath(path).removeprefix("/usr"), path):
            done = subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True)
            if done.returncode == 0:
                return done.stdout.split(":")[0]
        raise AssertionError(f"no package owns {path}")

    def test_copied_paths_exist(self):
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", self.text, re.M):
            for source in sources.split():
                self.assertTrue((TOP / source).exists(), source)


if __name__ == "__main__":
    unittest.main()
