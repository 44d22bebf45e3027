"""The database of the county's gateway, reached from outside while the gateway stands still: SQLite's file, or a
cluster of PostgreSQL of our own on a socket in a folder. SQL that both understand is written once."""

import os
import pwd
import sqlite3
import subprocess
import time
from pathlib import Path


class Sqlite:
    name = "SQLite"
    # What differs between the two: a number in hexadecimal, sixteen bytes of nobody, a year and a month.
    hexadecimal = "printf('%0{width}x', {number})"
    random_bytes = "randomblob(16)"
    month = ("CAST(strftime('%Y', at_ms / 1000, 'unixepoch') AS INTEGER) * 12 "
             "+ CAST(strftime('%m', at_ms / 1000, 'unixepoch') AS INTEGER) - 1")
    numbers = "WITH RECURSIVE seq(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM seq WHERE n < {last}) "

    def __init__(self, folder):
        self.folder, self.url = folder, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, *statements):
        connection = sqlite3.connect(self.folder / "network/county/data/packhorse.sqlite")
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def rows(self, question):
        connection = sqlite3.connect(self.folder / "network/county/data/packhorse.sqlite")
        found = connection.execute(question).fetchall()
        connection.close()
        return [[str(value.decode() if isinstance(value, bytes) else value) for value in row] for row in found]

    def text_of(self, column):
        return f"CAST({column} AS TEXT)"

    def bytes_of(self, text):
        return f"CAST({text} AS BLOB)"


class Postgres:
    name = "PostgreSQL"
    hexadecimal = "lpad(to_hex({number}), {width}, '0')"
    random_bytes = "decode(md5(random()::text), 'hex')"
    month = ("(extract(year FROM to_timestamp(at_ms / 1000) AT TIME ZONE 'UTC') * 12 "
             "+ extract(month FROM to_timestamp(at_ms / 1000) AT TIME ZONE 'UTC') - 1)::BIGINT")
    numbers = "WITH seq AS (SELECT generate_series(0::BIGINT, {last}) AS n) "

    def __init__(self, folder):
        self.folder = folder / "cluster"
        self.url = f"postgres://packhorse@localhost/postgres?host={self.folder}"
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parent.name))
        self.programs = f"{found[-1]}/" if found else ""
        # The server refuses to run as root.
        self.account = []
        if os.getuid() == 0:
            names = {each.pw_name for each in pwd.getpwall()}
            self.account = ["setpriv", f"--reuid={'postgres' if 'postgres' in names else 'nobody'}",
                            "--clear-groups", "--"]

    def __enter__(self):
        self.folder.mkdir(parents=True)
        data, log = self.folder / "data", open(self.folder / "log", "ab")
        if self.account:
            subprocess.run(["chown", self.account[1].removeprefix("--reuid="), self.folder], check=True)
        make = [*self.account, f"{self.programs}initdb", "-A", "trust", "-U", "packhorse", "-E", "UTF8",
                "--locale=C", "-D", data]
        subprocess.run(make, check=True, stdout=log, stderr=log)
        # As it comes: nothing tuned, every commit on the disk.
        serve = [*self.account, f"{self.programs}postgres", "-c", "listen_addresses=", "-k", self.folder, "-D", data]
        self.server = subprocess.Popen(serve, stdout=log, stderr=log)
        for _ in range(600):
            ready = subprocess.run([f"{self.programs}pg_isready", "-q", "-h", self.folder, "-U", "packhorse"])
            if ready.returncode == 0:
                return self
            time.sleep(0.1)
        raise SystemExit(f"bench-county: PostgreSQL did not start, see {self.folder / 'log'}")

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(60)

    def psql(self, text):
        command = [f"{self.programs}psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                   "-h", str(self.folder), "-U", "packhorse", "postgres"]
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"bench-county: psql: {done.stderr}")
        return done.stdout

    def run(self, *statements):
        # What autovacuum would do within minutes is done at once.
        self.psql("BEGIN;" + ";\n".join(statements) + ";COMMIT; VACUUM ANALYZE;")

    def rows(self, question):
        return [line.split("\t") for line in self.psql(question + ";").splitlines()]

    def text_of(self, column):
        return f"convert_from({column}, 'UTF8')"

    def bytes_of(self, text):
        return f"convert_to({text}, 'UTF8')"


ENGINES = {"sqlite": Sqlite, "postgres": Postgres}
