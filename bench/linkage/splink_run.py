"""Links two files with Splink as its documentation recommends, measures it, and prints one line of JSON.

    splink_run.py people A.csv B.csv [--uncapped] [--pairs out.csv]
    splink_run.py febrl A.csv B.csv

The blocking rules are those of people.toml and febrl.toml beside this file, in the same order. Cleaning, blocking,
training and prediction are timed; what judges the result afterwards is not.
"""

import argparse
import json
import resource
import time

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

# Splink's documentation: "1e7 (ten million) is often adequate"; 1e6 is its default.
CAPPED, UNCAPPED = 1e6, 1e7
KEEP = 0.01

CLEAN = "nullif(trim(regexp_replace(lower(strip_accents({0})), '[^a-z ]', '', 'g')), '')"


class Clock:
    """Wall time by phase."""

    def __init__(self):
        self.phases, self.since = {}, time.perf_counter()

    def end(self, phase):
        now = time.perf_counter()
        self.phases[phase] = round(now - self.since, 3)
        self.since = now


def people(connection, path, table):
    connection.execute(f"""
        create table {table} as
        select *, substr(date_of_birth, 1, 4) as birth_year,
               regexp_extract(postcode, '^(.*)[0-9][a-z]{{2}}$', 1) as outcode,
               array_to_string(list_sort(string_split(first_name || ' ' || surname, ' ')), ' ') as names_sorted
        from (select id as unique_id, truth,
                     {CLEAN.format("first_name")} as first_name, {CLEAN.format("surname")} as surname,
                     nullif(sex, '') as sex, nullif(date_of_birth, '') as date_of_birth,
                     nullif(lower(address), '') as address,
                     nullif(replace(lower(postcode), ' ', ''), '') as postcode
              from read_csv('{path}', all_varchar = true, header = true, parallel = true))""")


def people_settings():
    # One comparison for the place: as two, they count the same agreement twice for whole households.
    place = comparisons.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            levels.CustomLevel("postcode_l is null or postcode_r is null", "missing").configure(is_null_level=True),
            levels.CustomLevel("postcode_l = postcode_r and address_l = address_r", "same address"),
            levels.CustomLevel(
                "postcode_l = postcode_r and jaro_winkler_similarity(address_l, address_r) >= 0.9", "nearly the same address"),
            levels.CustomLevel("postcode_l = postcode_r", "same postcode"),
            levels.CustomLevel("address_l = address_r", "same street and number"),
            levels.CustomLevel("levenshtein(postcode_l, postcode_r) <= 1", "nearly the same postcode"),
            levels.CustomLevel("outcode_l = outcode_r", "same district"),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            # One comparison of both names (ForenameSurnameComparison) did a little worse.
            comparisons.NameComparison("first_name"),
            comparisons.NameComparison("surname"),
            comparisons.DateOfBirthComparison("date_of_birth", input_is_string=True),
            comparisons.ExactMatch("sex"),
            place,
        ],
        blocking_rules_to_generate_predictions=[
            block_on("surname", "date_of_birth"),
            block_on("first_name", "date_of_birth"),
            block_on("postcode", "date_of_birth"),
            block_on("postcode", "first_name"),
            block_on("postcode", "surname"),
            block_on("names_sorted", "birth_year"),
            block_on("names_sorted", "outcode"),
            block_on("date_of_birth", "substr(surname, 1, 3)"),
            block_on("date_of_birth", "outcode"),
            block_on("substr(first_name, 1, 3)", "substr(surname, 1, 4)", "birth_year"),
        ],
        additional_columns_to_retain=["truth"],
        retain_matching_columns=False,
    )


PEOPLE_TRAINING = [block_on("first_name", "surname"), block_on("date_of_birth")]
PEOPLE_CERTAIN = [block_on("first_name", "surname", "date_of_birth"), block_on("postcode", "first_name", "date_of_birth")]


def febrl(connection, path, table):
    names = ["rec_id", "truth", "given_name", "surname", "street_number", "address_1", "suburb", "postcode",
             "date_of_birth", "soc_sec_id"]
    cleaned = ", ".join(f"nullif({name}, '') as {name}" for name in names[2:])
    connection.execute(f"""
        create table {table} as
        select *, given_name || ' ' || surname as full_name
        from (select rec_id as unique_id, truth, {cleaned} from read_csv('{path}', all_varchar = true, header = true))""")


def febrl_settings():
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            comparisons.ForenameSurnameComparison(
                "given_name", "surname", forename_surname_concat_col_name="full_name"),
            comparisons.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            comparisons.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            comparisons.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            comparisons.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
            comparisons.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
            comparisons.JaroWinklerAtThresholds("suburb", [0.9]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("soc_sec_id"),
            block_on("date_of_birth"),
            block_on("address_1", "street_number"),
            block_on("postcode", "surname"),
            block_on("postcode", "given_name"),
            block_on("suburb", "street_number"),
        ],
        additional_columns_to_retain=["truth"],
        retain_matching_columns=False,
    )


FEBRL_TRAINING = [block_on("date_of_birth"), block_on("postcode"), block_on("given_name", "surname")]
FEBRL_CERTAIN = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]

SETS = {
    "people": (people, people_settings, PEOPLE_TRAINING, PEOPLE_CERTAIN, 0.75),
    "febrl": (febrl, febrl_settings, FEBRL_TRAINING, FEBRL_CERTAIN, 0.9),
}


def judged(connection, predictions):
    """Precision, recall and F1 over every threshold."""
    total = connection.execute("select count(*) from a join b using (truth)").fetchone()[0]
    best = connection.execute(f"""
        with counted as (
            select match_probability as p, count(*) as pairs,
                   count(*) filter (where truth_l = truth_r) as right_ones
            from {predictions} group by 1),
        summed as (
            select p, sum(pairs) over w as pairs, sum(right_ones) over w as right_ones
            from counted window w as (order by p desc))
        select p, right_ones / pairs, right_ones / {total}, 2 * right_ones / (pairs + {total}) as f1
        from summed order by f1 desc limit 1""").fetchone()
    sure = connection.execute(f"""
        select count(*), count(*) filter (where truth_l = truth_r)
        from {predictions} where match_probability >= 0.95""").fetchone()
    return {
        "true_pairs": total,
        "threshold": best[0], "precision": best[1], "recall": best[2], "f1": best[3],
        "precision_at_95": sure[1] / sure[0] if sure[0] else None, "recall_at_95": sure[1] / total,
    }


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("set", choices=SETS)
    asked.add_argument("a")
    asked.add_argument("b")
    asked.add_argument("--uncapped", action="store_true")
    asked.add_argument("--pairs", help="where to write the pairs, for looking at mistakes")
    asked = asked.parse_args()
    load, settings, training, certain, recall = SETS[asked.set]

    clock = Clock()
    connection = duckdb.connect()
    load(connection, asked.a, "a")
    load(connection, asked.b, "b")
    clock.end("read")
    database = DuckDBAPI(connection)
    linker = Linker([database.register("a"), database.register("b")], settings(), log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(certain, recall=recall)
    clock.end("prior")
    linker.training.estimate_u_using_random_sampling(max_pairs=UNCAPPED if asked.uncapped else CAPPED)
    clock.end("u")
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, max_pairs=None if asked.uncapped else CAPPED)
    clock.end("em")
    predictions = linker.inference.predict(threshold_match_probability=KEEP)
    clock.end("predict")

    name = predictions.physical_name
    kept = connection.execute(f"select count(*) from {name}").fetchone()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result = {"phases": clock.phases, "seconds": round(sum(clock.phases.values()), 3), "peak_mb": peak, "pairs_kept": kept}
    result |= judged(connection, name)
    if asked.pairs:
        connection.execute(f"copy {name} to '{asked.pairs}' (header)")
    print(json.dumps(result))


main()
