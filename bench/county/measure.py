"""Fills a gateway with a county's year, asks for its pages as each role, and writes the medians into performance.md.

Started by the script `run` beside this file. The engines are measured one after the other; nothing else runs then."""

import argparse
import datetime
import os
import shutil
import subprocess
import time
from pathlib import Path

import fill
import pages
from database import ENGINES
from network import Network

BEGIN = "<!-- figures of pages: written by make bench-county, by nobody else -->"
END = "<!-- end of the figures of pages -->"
ROLES = ["officer", "governance", "auditor", "operator"]
SAMPLES = 50
MUST_MS = 100


def read():
    options = argparse.ArgumentParser()
    options.add_argument("--packhorse", type=Path, required=True)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--into", type=Path, required=True)
    options.add_argument("--exchanges", type=int, default=1_000_000)
    options.add_argument("--staff", type=int, default=20_000)
    options.add_argument("--agreements", type=int, default=500)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--engines", default="sqlite,postgres")
    options.add_argument("--keep", action="store_true")
    return options.parse_known_args()[0]


def said(what):
    print(f"bench-county: {datetime.datetime.now():%H:%M:%S} {what}", flush=True)


def measure(asked, engine):
    """One engine: the medians of its pages, by page and role."""
    folder = asked.folder.resolve() / engine
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ENGINES[engine](folder) as database, Network(asked.packhorse.resolve(), folder / "network",
                                                      database.url) as network:
        county = network.county
        said(f"{database.name}: {asked.agreements} agreements")
        network.agree(asked.agreements)
        said(f"{database.name}: samples, and what is written down one by one")
        network.exchange(SAMPLES)
        sessions = {"integrator": fill.survey(county, network)}
        sessions |= {role: network.visitor(role) for role in ROLES}
        request = fill.by_api(county, asked)
        county.stop()
        said(f"{database.name}: {asked.exchanges} exchanges, {asked.staff} staff")
        began = time.monotonic()
        fill.multiply(database, asked)
        said(f"{database.name}: filled in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        county.start()
        until = time.monotonic()
        said(f"{database.name}: the gateway was ready after {until - began:.0f} s")
        settled(county, asked)
        found = {}
        for role, session in sessions.items():
            found |= pages.measure(county.inside, role, session, asked.rounds, request)
        said(f"{database.name}: {len(found)} pages")
    if not asked.keep:
        shutil.rmtree(folder)
    return found


def settled(county, asked):
    """The ledger's tiles are made anew after a start; pages are measured when that is done."""
    quiet = 0
    while quiet < 3:
        before = processor(county.process.pid)
        time.sleep(2)
        quiet = quiet + 1 if processor(county.process.pid) - before < 0.2 else 0
    said(f"the gateway is at rest; {asked.exchanges} exchanges on record")


def processor(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lines(asked, found):
    """The table: of the roles that see a page, the one that waits longest."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    engines = list(found)
    worst = {engine: max(found[engine].values()) for engine in engines}
    yield (f"`make bench-county` (`bench/county/run --exchanges {asked.exchanges} --staff {asked.staff} "
           f"--agreements {asked.agreements} --rounds {asked.rounds}`), {datetime.date.today()}, commit {commit}; "
           f"{os.cpu_count()} processors, load average {os.getloadavg()[2]:.2f} over the last quarter of an hour. "
           f"Median of {asked.rounds} requests, milliseconds; of the roles that see a page, the one that waits longest.")
    yield ""
    for engine in engines:
        over = sum(1 for median in found[engine].values() if median >= MUST_MS)
        kept = "kept" if not over else f"**missed** by {over}"
        yield (f"* {ENGINES[engine].name}: {len(found[engine])} pages and roles, the slowest {worst[engine]:.0f} ms "
               f"(must be under {MUST_MS} ms: {kept})")
    yield ""
    yield "| page | as | " + " | ".join(ENGINES[engine].name for engine in engines) + " |"
    yield "|---|---|" + "---:|" * len(engines)
    everywhere = sorted({page for engine in engines for page, _ in found[engine]})
    for page in everywhere:
        roles = {role for engine in engines for at, role in found[engine] if at == page}
        slowest = max(roles, key=lambda role: max(found[engine].get((page, role), 0) for engine in engines))
        cells = [f"{found[engine][page, slowest]:.0f}" if (page, slowest) in found[engine] else "–"
                 for engine in engines]
        yield f"| `{page}` | {slowest} | " + " | ".join(cells) + " |"


def main():
    asked = read()
    found = {engine: measure(asked, engine) for engine in asked.engines.split(",")}
    text = "\n".join(lines(asked, found))
    print(text)
    file = asked.into / "performance.md"
    page = file.read_text() if file.exists() else f"{BEGIN}\n{END}\n"
    above, rest = page.split(BEGIN)
    file.write_text(f"{above}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


main()
