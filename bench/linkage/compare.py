"""Measures linkage beside Splink, set by set and round by round, and writes what it found into performance.md.

Started by the script `run` beside this file, which builds and installs what it needs. Everything runs one after the
other on an otherwise idle machine; rounds alternate, so that a slow minute hits all.
"""

import argparse
import csv
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEGIN = "<!-- figures of linkage: written by make bench-linkage, by nobody else -->"
END = "<!-- end of the figures of linkage -->"
# What Splink may take before it is given up for that round.
SECONDS_MAX = 3600
# The memory that the run with a limit is given.
MEMORY_MB = 240


def finished(command, **more):
    """Runs a program to its end: seconds, peak memory in MB, what it printed."""
    began = os.times().elapsed
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out, **more)
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except KeyboardInterrupt:
            child.kill()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = os.times().elapsed - began
        if child.returncode:
            sys.exit(f"bench-linkage: {command[0]} ended with status {child.returncode}")
        out.seek(0)
        return seconds, usage.ru_maxrss // 1024, out.read().decode()


def splink(asked, kind, files, uncapped):
    command = ["timeout", str(SECONDS_MAX), asked.python, str(HERE / "splink_run.py"), kind, *map(str, files)]
    _, _, printed = finished(command + (["--uncapped"] if uncapped else []))
    return json.loads(printed.strip().splitlines()[-1])


def ours(asked, spec, files, **environment):
    """The whole process, from its start to the printed summary; accuracy is what that says."""
    seconds, peak, printed = finished(
        [asked.link, str(spec), *map(str, files)], stderr=subprocess.DEVNULL, env=os.environ | environment)
    said = json.loads(printed)
    accuracy = said["accuracy"]
    return {
        "phases": {phase["name"]: round(phase["seconds"], 3) for phase in said["phases"]},
        "seconds": seconds, "peak_mb": peak, "pairs_kept": said["pairs_kept"], "pairs_compared": said["pairs_compared"],
        "true_pairs": accuracy["true_pairs"], "threshold": accuracy["best_probability"],
        "precision": accuracy["best_precision"], "recall": accuracy["best_recall"], "f1": accuracy["best_f1"],
        "precision_at_95": accuracy["precision_at_95"], "recall_at_95": accuracy["recall_at_95"],
        "groups": said["groups"],
    }


def invented(asked, rows):
    """Both files of that size, made anew."""
    folder = asked.folder / f"people-{rows}"
    finished([asked.people, "--rows", str(rows), "--seed", str(asked.seed), "--into", str(folder)])
    return [folder / "a.csv", folder / "b.csv"]


def febrl(asked):
    """FEBRL 4 with the truth in a column of its own and without the blank behind each comma; None where it is missing."""
    prepared = []
    for source in asked.febrl:
        if not source.exists():
            print(f"bench-linkage: no {source}: FEBRL 4 is left out", file=sys.stderr)
            return None
        target = asked.folder / f"prepared-{source.name}"
        with source.open(newline="") as rows, target.open("w", newline="") as out:
            reader = csv.DictReader(rows, skipinitialspace=True)
            writer = csv.DictWriter(out, ["truth", *reader.fieldnames])
            writer.writeheader()
            for row in reader:
                writer.writerow({"truth": row["rec_id"].split("-")[1], **{key: cell.strip() for key, cell in row.items()}})
        prepared.append(target)
    return prepared


def limited(asked, rows):
    """The same with hardly more memory than the records take: what it says must be what it keeps."""
    spec = asked.folder / "limited.toml"
    spec.write_text((HERE / "people.toml").read_text() + f"\n[limits]\nmemory_mb = {MEMORY_MB}\n")
    return ours(asked, spec, invented(asked, rows))


def kept(asked, linked, new):
    """So many new rows against an index of so many that were linked before: seconds, memory, accuracy."""
    left, right = invented(asked, linked + new)
    folder = asked.folder / "index"
    rest, held_out = asked.folder / "rest.csv", asked.folder / "new.csv"
    with right.open() as rows, rest.open("w") as most, held_out.open("w") as few:
        heading = next(rows)
        most.write(heading)
        few.write(heading)
        every = (linked + new) // 2 // new
        taken = 0
        for number, row in enumerate(rows):
            take = number % every == 0 and taken < new
            taken += take
            (few if take else most).write(row)
    ours(asked, HERE / "people.toml", [left, rest], KEEP=str(folder))
    results = []
    for number in range(asked.rounds):
        results.append(ours(asked, folder, [held_out]))
        print(f"bench-linkage: index, round {number + 1}: {results[-1]['seconds']:.1f} s", file=sys.stderr, flush=True)
    return median(results)


def median(results):
    """The round whose time is in the middle, with the medians of time and memory."""
    middle = sorted(results, key=lambda it: it["seconds"])[len(results) // 2]
    return middle | {
        "seconds": statistics.median(it["seconds"] for it in results),
        "peak_mb": statistics.median(it["peak_mb"] for it in results),
        "f1_least": min(it["f1"] for it in results), "f1_most": max(it["f1"] for it in results),
    }


def measured(asked, name, kind, files, uncapped):
    """All systems on one set; rounds alternate."""
    systems = {"packhorse": lambda: ours(asked, HERE / f"{kind}.toml", files), "splink": lambda: splink(asked, kind, files, False)}
    if uncapped:
        systems["splink, uncapped"] = lambda: splink(asked, kind, files, True)
    results = {system: [] for system in systems}
    # More than a million rows are told by one round: they are there for the memory.
    for number in range(asked.rounds if sum(file.stat().st_size for file in files) < 200e6 else 1):
        for system, run in systems.items():
            result = run()
            results[system].append(result)
            print(f"bench-linkage: {name}, round {number + 1}: {system}: {result['seconds']:.1f} s, "
                  f"{result['peak_mb']} MB, F1 {result['f1']:.4f}", file=sys.stderr, flush=True)
    return {system: median(all_rounds) for system, all_rounds in results.items()}


def budgets(sets, index, limited):
    """What was promised, and what came of it."""
    rows = []

    def row(what, must, measured, kept):
        rows.append(f"| {what} | {must} | {measured} | {'kept' if kept else '**missed**'} |")

    for name, systems in sets.items():
        us, them = systems["packhorse"], systems["splink"]
        times = them["seconds"] / us["seconds"]
        gain = us["f1"] - max(it["f1"] for system, it in systems.items() if system != "packhorse")
        if name == "FEBRL 4":
            row("FEBRL 4: F1", "≥ 0.999", f"{us['f1']:.4f}", us["f1"] >= 0.999)
            continue
        if name.startswith("1,000,000 "):
            row(f"{name}: faster than capped Splink (aim 10×)", "≥ 5×", f"{times:.1f}×", times >= 5)
            row(f"{name}: memory", "≤ 600 MB", f"{us['peak_mb']:.0f} MB", us["peak_mb"] <= 600)
        if name.startswith("5,000,000 "):
            row(f"{name}: memory", "≤ 6,000 MB", f"{us['peak_mb']:.0f} MB", us["peak_mb"] <= 6000)
        row(f"{name}: F1 above the better of Splink's", "≥ 0.010", f"{gain:+.4f}", gain >= 0.01)
        at_95 = us["precision_at_95"]
        row(f"{name}: precision at p ≥ 0.95", "≥ 0.995", f"{at_95:.4f}", at_95 >= 0.995)
    if index:
        row("10,000 rows against an index of 1,000,000", "< 5 s", f"{index['seconds']:.1f} s", index["seconds"] < 5)
    if limited:
        peak = limited["peak_mb"]
        row(f"1,000,000 rows with limits.memory_mb = {MEMORY_MB}: memory", f"≤ {MEMORY_MB} MB", f"{peak:.0f} MB",
            peak <= MEMORY_MB)
    return rows


def groups(sets):
    """Who is linked worse, in the largest set."""
    name, systems = list(sets.items())[-1]
    rows = [f"### Linkage by group: {name}", "", "| column | group | records | recall | precision |", "|---|---|---:|---:|---:|"]
    share = lambda it: "" if it is None else f"{it:.4f}"
    for group in systems["packhorse"]["groups"]:
        rows.append(f"| {group['column']} | {group['group']} | {group['records']:,} | {share(group['recall'])} | "
                    f"{share(group['precision'])} |")
    return rows


def page(asked, sets, index, limited, load):
    """The figures as Markdown."""
    today = datetime.date.today().isoformat()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout.strip()
    lines = [
        f"`make bench-linkage` (`bench/linkage/run --sizes {asked.sizes} --rounds {asked.rounds}{' --no-uncapped' if asked.no_uncapped else ''}`), {today}, commit {commit}; "
        f"{os.cpu_count()} processors ({processor()}), load average {load:.2f} before the start; medians of {asked.rounds} "
        f"rounds, a b c a b c …; seed {asked.seed}.", "",
        "### Linkage: budgets", "", "| what | must | measured | |", "|---|---:|---:|---|", *budgets(sets, index, limited), "",
        "### Linkage beside Splink", "",
        "| set | system | seconds | peak MB | F1 | precision / recall there | precision / recall at p ≥ 0.95 |",
        "|---|---|---:|---:|---:|---|---|",
    ]
    for name, systems in sets.items():
        for system, it in systems.items():
            lines.append(
                f"| {name} | {system} | {it['seconds']:.1f} | {it['peak_mb']:.0f} | {it['f1']:.4f} | "
                f"{it['precision']:.4f} / {it['recall']:.4f} | {it['precision_at_95']:.4f} / {it['recall_at_95']:.4f} |")
    lines += ["", "### Linkage: seconds by phase", "", "| set | system | of the middle round |", "|---|---|---|"]
    for name, systems in sets.items():
        for system, it in systems.items():
            phases = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in it["phases"].items())
            lines.append(f"| {name} | {system} | {phases} |")
    if index:
        phases = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in index["phases"].items())
        lines.append(f"| 10,000 rows against an index of 1,000,000 | packhorse | {phases} |")
    lines += ["", *groups(sets)]
    return "\n".join(lines) + "\n"


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def put(file, figures):
    text = file.read_text() if file.exists() else f"{BEGIN}\n{END}\n"
    if BEGIN not in text or END not in text:
        sys.exit(f"bench-linkage: {file} has no place for the figures: the lines {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    file.write_text(f"{before}{BEGIN}\n{figures}{END}{after}")


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--link", required=True, help="the program that is measured")
    asked.add_argument("--people", required=True, help="the generator")
    asked.add_argument("--python", required=True, help="the Python in which Splink is installed")
    asked.add_argument("--folder", required=True, type=Path, help="where files may be made")
    asked.add_argument("--into", required=True, type=Path, help="the folder of performance.md")
    asked.add_argument("--febrl", required=True, nargs=2, type=Path, help="both files of FEBRL 4")
    asked.add_argument("--sizes", default="100000,1000000,5000000", help="rows of both files together, with commas between")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--no-uncapped", action="store_true", help="leave out Splink without its caps")
    asked = asked.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)

    load = os.getloadavg()[0]
    sets = {}
    files = febrl(asked)
    if files:
        sets["FEBRL 4"] = measured(asked, "FEBRL 4", "febrl", files, uncapped=False)
    for rows in map(int, asked.sizes.split(",")):
        name = f"{rows:,} rows"
        # Splink without its caps is shown up to a million rows.
        uncapped = not asked.no_uncapped and rows <= 1_000_000
        sets[name] = measured(asked, name, "people", invented(asked, rows), uncapped)
    large = "1,000,000 rows" in sets
    index = kept(asked, 1_000_000, 10_000) if large else None
    tight = limited(asked, 1_000_000) if large else None
    put(asked.into / "performance.md", page(asked, sets, index, tight, load))
    print(page(asked, sets, index, tight, load))


main()
