"""A county's year in its gateway's store.

What a page shows as it was written (incidents, requests, decisions, assets, training, agreements) comes in by the
management API. Exchanges, accounts and survey answers are many of one shape: the product makes some, and they are
multiplied in the database, each with its place in the ledger, its counters and its traces."""

import datetime
import random

from network import day, together

DEPARTMENTS = ["Social care", "Education", "Highways", "Public health", "Revenues", "Trading standards", "Libraries",
               "Planning", "Fire and rescue", "Registrars"]
TIERS = ["corporate", "technology", "department"]
NAMES = ["Asha", "Bram", "Carys", "Dilip", "Efua", "Fionn", "Grace", "Hamza", "Ioana", "Jonas"]
SURNAMES = ["Abara", "Bell", "Costa", "Dunne", "Evans", "Farrow", "Gill", "Hughes", "Iqbal", "Jones"]
THINGS = ["a letter went to the wrong house", "a laptop was left on a train", "an e-mail named the wrong family",
          "a file could be seen by another team", "a parcel was opened by a neighbour"]
PARTNERS = 40


def people(number):
    """The ids of the staff."""
    return [f"staff-{one:06}" for one in range(number)]


def by_api(county, asked):
    """What is written down one by one; in proportion to the staff."""
    number = max(asked.staff // 20, 20)
    lots = random.Random(1)
    now = datetime.datetime.now(datetime.timezone.utc)

    def before(days):
        return (now - datetime.timedelta(days=lots.randrange(1, days))).strftime("%Y-%m-%dT%H:%M:%SZ")

    incidents = [{"what": f"In {lots.choice(DEPARTMENTS)} {lots.choice(THINGS)}, number {one}", "kind": "wrong-recipient",
                  "noticed_at": before(3), "drill": one % 10 == 0} for one in range(number)]
    together(lambda one: county.api("POST", "/incidents", one), incidents)
    requests = [{"kind": ["subject-access", "freedom-of-information", "complaint"][one % 3],
                 "what": f"Please tell me about {lots.choice(DEPARTMENTS)}, my reference {one}", "channel": "letter",
                 "requester": f"{lots.choice(NAMES)} {lots.choice(SURNAMES)}", "received_at": before(300)}
                for one in range(3 * number)]
    made = together(lambda one: county.api("POST", "/requests", one), requests)
    # What is older than the clocks allow has been answered.
    long_ago = (now - datetime.timedelta(days=25)).strftime("%Y-%m-%dT%H:%M:%SZ")
    old = [one["id"] for one in made if one["received_at"] < long_ago]
    together(lambda one: county.api("POST", f"/requests/{one}/steps", {"step": "answer", "summary": "It was sent"}), old)
    together(lambda one: county.api("POST", "/decisions", decision(one)), range(2 * number))
    together(lambda one: county.api("PUT", f"/assets/asset-{one:04}", {
        "title": f"{lots.choice(DEPARTMENTS)} register {one}", "description": "What is kept", "owner": "siro"}),
        range(max(number // 2, 10)))
    training(county, people(asked.staff))
    return next(one["id"] for one in made if one["id"] not in old)


def decision(one):
    return {"considered_at": f"{day(-5)}T10:00:00Z", "name": "Ada Officer", "position": "Social worker",
            "subject_ref": f"CASE{one:06}", "recipient": "BENCH/GOV/agency", "data": "Address and school",
            "purpose": "To keep a child safe", "lawful_basis": "Public task", "necessity": "It cannot be known otherwise",
            "decision": "share" if one % 3 else "withhold", "reasons_for": "Safety", "reasons_against": "Privacy",
            "reason": "Safety outweighs privacy here"}


def training(county, staff):
    """Two courses that everybody has passed, from files as a learning system exports them."""
    for code, title in (("data-protection", "Data protection"), ("cyber", "Cyber security")):
        county.api("PUT", f"/training/courses/{code}", {"code": code, "title": title, "valid_months": 12})
        for first in range(0, len(staff), 15_000):
            rows = [f"{code},{person},{day(-(number % 380) - 1)}"
                    for number, person in enumerate(staff[first:first + 15_000])]
            county.api("POST", "/training/import", "\n".join(["course,person,passed_on", *rows]).encode(), "text/csv")


def survey(county, network):
    """A survey that is over, answered by one person: the shape of its counters."""
    wave = county.api("POST", "/pulse/surveys", {"title": "Autumn"})["id"]
    session = network.visitor("integrator")
    answers = {one["id"]: "yes" for one in county.api("GET", "/pulse")["questions"]}
    operators, county.token = county.token, session
    county.api("POST", f"/pulse/surveys/{wave}/answers", {"answers": answers})
    county.token = operators
    county.api("POST", f"/pulse/surveys/{wave}/close")
    return session


def multiply(database, asked):
    """The rest, while the gateway stands still."""
    database.run(*staff(database, asked), *answered(database, asked))
    head = int(database.rows("SELECT size FROM ledger_head")[0][0])
    samples = [int(row[0]) for row in database.rows("SELECT idx FROM record WHERE kind = 'query' ORDER BY idx")]
    about = int(database.rows("SELECT min(record.idx) FROM record JOIN person_trace ON person_trace.idx = record.idx "
                              "WHERE kind = 'query' AND outcome = 'answered'")[0][0])
    seq = database.numbers.format(last=asked.exchanges - 1)
    began = int((datetime.datetime.now().timestamp() - 364 * 86_400) * 1000)
    step = 364 * 86_400_000 // asked.exchanges
    hexadecimal = database.hexadecimal.format
    identifier = f"{hexadecimal(number='n', width=8)} || '-0000-4000-8000-' || {hexadecimal(number='n', width=12)}"
    agreement = f"'sharing-' || substr(CAST(1000 + n % {asked.agreements} AS TEXT), 2)"
    partner = f"'BENCH/GOV/partner' || CAST(n % {PARTNERS} AS TEXT)"
    database.run(
        "CREATE TABLE bench_sample (i BIGINT PRIMARY KEY, idx BIGINT NOT NULL)",
        "INSERT INTO bench_sample VALUES " + ", ".join(f"({i}, {idx})" for i, idx in enumerate(samples)),
        f"INSERT INTO ledger_entry (idx, entry) {seq} SELECT {head} + n, entry FROM seq "
        f"JOIN bench_sample ON i = n % {len(samples)} JOIN ledger_entry ON ledger_entry.idx = bench_sample.idx",
        f"INSERT INTO record (idx, id, side, at_ms, kind, partner, system, service, agreement, outcome, rule, salt, body, "
        f"content) {seq} SELECT {head} + n, {identifier}, side, {began} + n * {step}, kind, {partner}, system, service, "
        f"{agreement}, outcome, rule, salt, body, content FROM seq JOIN bench_sample ON i = n % {len(samples)} "
        f"JOIN record ON record.idx = bench_sample.idx",
        f"INSERT INTO person_trace (digest, idx) {seq} SELECT {database.random_bytes}, {head} + n FROM seq",
        f"INSERT INTO person_trace (digest, idx) {seq} SELECT digest, {head} + n FROM seq "
        f"JOIN person_trace ON person_trace.idx = {about} WHERE n % {max(asked.exchanges // 200, 1)} = 7",
        f"UPDATE ledger_head SET size = {head + asked.exchanges}",
        "DROP TABLE bench_sample",
        "DELETE FROM exchange_count",
        f"INSERT INTO exchange_count SELECT {database.month}, side, kind, partner, agreement, service, 'benefit-check', "
        f"outcome, rule, count(*), 2 * count(*), count(*) FROM record GROUP BY 1, 2, 3, 4, 5, 6, 8, 9",
        "DELETE FROM exchange_total",
        "INSERT INTO exchange_total SELECT month, side, kind, partner, outcome, rule, sum(exchanges), sum(given), "
        "sum(withheld) FROM exchange_count GROUP BY month, side, kind, partner, outcome, rule",
        "DELETE FROM staff_count",
        *staff_counts(database, asked))


def staff_counts(database, asked):
    month = datetime.date.today().year * 12 + datetime.date.today().month - 1
    rows = [f"({month - ago}, '{tier}', '{department}', 'query', 'answered', {asked.exchanges // 360})"
            for ago in range(12) for tier in TIERS for department in DEPARTMENTS]
    return ["INSERT INTO staff_count VALUES " + ", ".join(rows)]


def staff(database, asked):
    """Accounts like the first one, under other ids, names and departments."""
    revision = int(database.rows("SELECT revision FROM document_head")[0][0])
    seq = database.numbers.format(last=asked.staff - 1)
    text = database.text_of("body")
    identifier = "'staff-' || substr(CAST(1000000 + n AS TEXT), 2)"
    pick = "(CASE {of} {cases} END)"
    choose = lambda values, of: pick.format(  # noqa: E731
        of=of, cases=" ".join(f"WHEN {i} THEN '{value}'" for i, value in enumerate(values)))
    name = f"{choose(NAMES, 'n % 10')} || ' ' || {choose(SURNAMES, 'n / 10 % 10')}"
    changed = f"replace({text}, 'integrator@', {identifier} || '@')"
    changed = f"replace({changed}, '\"id\":\"integrator\"', '\"id\":\"' || {identifier} || '\"')"
    changed = f"replace({changed}, 'Ada Integrator', {name})"
    changed = f"replace({changed}, '\"integrator\"', '\"officer\"')"
    changed = f"replace({changed}, 'Social care', {choose(DEPARTMENTS, 'n / 7 % 10')})"
    return [
        f"INSERT INTO document (kind, key, revision, format, deleted, body, updated_ms) {seq} "
        f"SELECT kind, {identifier}, {revision} + 1 + n, format, 0, {database.bytes_of(changed)}, updated_ms "
        f"FROM seq, document WHERE kind = 'account' AND key = 'integrator'",
        f"UPDATE document_head SET revision = {revision + asked.staff + 1}",
    ]


def answered(database, asked):
    """Every tenth of the staff has answered the survey, in each tier and department."""
    revision = int(database.rows("SELECT revision FROM document_head")[0][0]) + asked.staff + 2
    wave = database.rows("SELECT key FROM document WHERE kind = 'pulse-wave'")[0][0]
    number, places = asked.staff // 10, len(TIERS) * len(DEPARTMENTS)
    seq = database.numbers.format(last=number - 1)
    key = f"'{wave} ' || {database.hexadecimal.format(number='n', width=32)}"
    text = database.text_of("body")
    cells, places_seq = [], database.numbers.format(last=places - 1)
    tier = "(CASE n % 3 " + " ".join(f"WHEN {i} THEN '{one}'" for i, one in enumerate(TIERS)) + " END)"
    department = "(CASE n / 3 % 10 " + " ".join(f"WHEN {i} THEN '{one}'" for i, one in enumerate(DEPARTMENTS)) + " END)"
    each = max(number // places, 1)
    body = f"replace({text}, '\"department\":\"Social care\"', '\"department\":\"' || {department} || '\"')"
    body = f"replace({body}, '\"tier\":\"department\"', '\"tier\":\"' || {tier} || '\"')"
    body = f"replace(replace({body}, '\"answers\":1', '\"answers\":{each}'), '\"yes\":1', '\"yes\":{each}')"
    cells.append(
        f"INSERT INTO document (kind, key, revision, format, deleted, body, updated_ms) {places_seq} "
        f"SELECT kind, {key}, {revision + number} + n, format, 0, {database.bytes_of(body)}, updated_ms "
        f"FROM seq, document WHERE kind = 'pulse-count'")
    return [
        f"INSERT INTO document (kind, key, revision, format, deleted, body, updated_ms) {seq} "
        f"SELECT kind, {key}, {revision} + n, format, 0, body, updated_ms FROM seq, document "
        f"WHERE kind = 'pulse-answered'",
        *cells,
        f"UPDATE document_head SET revision = {revision + number + places}",
    ]
