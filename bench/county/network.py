"""A registry and two gateways, real processes of the program that is measured, set up by its own commands and its
management API. The county's gateway keeps its data where it is told."""

import datetime
import http.client
import http.server
import json
import re
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

COUNTY, AGENCY = "BENCH/LOC/county", "BENCH/GOV/agency"
CLIENT, SYSTEM = f"{COUNTY}/social-care-0", f"{AGENCY}/register"
# A county asks through many systems, each under agreements of its own.
SYSTEMS = [f"social-care-{one}" for one in range(10)]
PURPOSE, ROLE = "benefit-check", "caseworker"
PASSWORD = "a long winter by the canal"
PATIENCE = 300
HANDS = 6


def day(away):
    return (datetime.date.today() + datetime.timedelta(days=away)).isoformat()


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"


def until(what, holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(f"bench-county: waited {PATIENCE} s in vain for {what}")
        time.sleep(0.1)


def together(work, items):
    """Does something for each of many, a few at a time."""
    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(work, items))


class Register(http.server.BaseHTTPRequestHandler):
    """What stands behind the agency's gateway: it knows everybody."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"reference": self.path.rsplit("/", 1)[-1], "status": "valid", "note": "invented"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Gateway:
    def __init__(self, network, name, organisation, systems, store):
        self.network, self.name, self.folder = network, name, network.folder / name
        self.inside, outside = free_address(), free_address()
        network.command(
            "gateway", "init", "--dir", self.folder, "--organisation", organisation, "--name", name.title(),
            "--siro-email", "siro@measured.example", "--inside", self.inside, "--inside-plain", "--outside", outside,
            "--outside-address", outside, "--anchor", network.folder / "registry/anchor.json",
            *(word for code in systems for word in ("--system", f"{code}:Records of {code}")),
            *(["--store", store] if store else []))
        self.config = self.folder / "gateway.toml"
        # A password alone lets in whoever opens the pages here: what is measured comes after.
        text = self.config.read_text()
        self.config.write_text(text.replace('# second_factor = "required"', 'second_factor = "optional"'))
        answers = self.folder / "code-of-connection.toml"
        answers.write_text(answers.read_text().replace('answer = ""', 'answer = "A measured body: nothing is real"'))
        asked = json.loads(network.command("--json", "gateway", "join", "--config", self.config))
        network.command("registry", "--dir", network.folder / "registry", "approve", asked["request"], "--yes")
        self.token = (self.folder / "operator.token").read_text().strip()
        self.process = None

    def start(self):
        log = open(self.folder / "log", "ab")
        command = [self.network.program, "gateway", "serve", "--config", str(self.config)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(f"{self.name} to be ready", self.is_ready)

    def is_ready(self):
        if self.process.poll() is not None:
            raise SystemExit(f"bench-county: {self.name} ended at its start, see {self.folder / 'log'}")
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def ask(self, method, path, headers=None, body=None):
        """One request on a connection of its own: status and body."""
        host, port = self.inside.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, said

    def api(self, method, path, body=None, kind="application/json"):
        """A call of the management API that must be done."""
        sent = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": kind}
        status, said = self.ask(method, f"/api{path}", headers, sent)
        if not 200 <= status < 300:
            raise SystemExit(f"bench-county: {method} {path} was answered {status}: {said.decode()[:500]}")
        return json.loads(said) if said else None

    def govern(self):
        """What a gateway asks for before it lets anything be signed."""
        yesterday, later = day(-1), day(300)
        drill = {"on": yesterday, "found": "The report arrived"}
        self.api("PUT", "/assurance/incident-route",
                 {"text": "Report at once", "contact": "incidents@measured.example", "drills": [drill]})
        self.api("PUT", "/assurance/siro",
                 {"account": "siro", "name": "Post holder", "appointed_by": "Board", "start": yesterday})
        self.api("PUT", "/assurance/risk-policy",
                 {"title": "Information risk policy", "text": "Risk is owned", "approved_by": "Board",
                  "approval_minute": "1", "approved_on": yesterday, "expires_on": later})
        self.api("POST", "/assurance/charter/publish",
                 {"title": "Charter", "text": "Invented data only", "contact": "data@measured.example",
                  "dpo": "dpo@measured.example", "approved_by": "Board", "legislation": ["UK GDPR"],
                  "review_date": later})

    def holds(self, name):
        return self.ask("GET", f"/api/agreements/{name}", {"authorization": f"Bearer {self.token}"})[0] == 200

    def active(self):
        """How many agreements are in force here."""
        return sum(one["agreements"] for one in self.api("GET", "/figures")["agreements"] if one["state"] == "active")


class Network:
    """Everything that runs; leaving it ends all of it."""

    def __init__(self, program, folder, store):
        self.program, self.folder, self.store = str(program), folder, store

    def __enter__(self):
        self.registry = self.upstream = self.county = self.agency = None
        try:
            return self.begin()
        except BaseException:
            self.__exit__()
            raise

    def begin(self):
        self.folder.mkdir(parents=True)
        self.upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Register)
        threading.Thread(target=self.upstream.serve_forever, daemon=True).start()
        listen = free_address()
        registry = self.folder / "registry"
        self.command("registry", "--dir", registry, "init", "--network", "BENCH", "--listen", listen,
                     "--url", f"https://{listen}")
        log = open(self.folder / "registry.log", "ab")
        self.registry = subprocess.Popen([self.program, "registry", "--dir", registry, "serve"], stdout=log, stderr=log)
        host, port = listen.split(":")
        until("the registry", lambda: socket.socket().connect_ex((host, int(port))) == 0)
        self.county = Gateway(self, "county", COUNTY, SYSTEMS, self.store)
        self.agency = Gateway(self, "agency", AGENCY, ["register"], None)
        for gateway in (self.county, self.agency):
            gateway.start()
        for gateway in (self.county, self.agency):
            until("the gateways to know each other", lambda: len(gateway.api("GET", "/directory")) == 2)
            gateway.govern()
        self.publish()
        return self

    def __exit__(self, *_):
        for gateway in (self.county, self.agency):
            if gateway:
                gateway.stop()
        if self.registry:
            self.registry.terminate()
            self.registry.wait(30)
        if self.upstream:
            self.upstream.shutdown()

    def command(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"bench-county: packhorse {' '.join(map(str, arguments))} failed: {done.stderr}")
        return done.stdout

    def publish(self):
        columns = [{"name": name, "nullable": False} for name in ("reference", "status", "note")]
        host, port = self.upstream.server_address
        definition = {"service": "benefits", "title": "Benefits", "columns": columns,
                      "source": {"kind": "upstream", "base_url": f"http://{host}:{port}/benefits"}}
        self.agency.api("PUT", "/services/register/benefits", {"definition": definition})
        for code in SYSTEMS:
            self.county.api("PUT", f"/systems/{code}",
                            {"title": f"Records of {code}", "defaults": {"purpose": PURPOSE, "role": ROLE}})
        # The officer works with one of them.
        system = f"/systems/{SYSTEMS[0]}"
        self.county.api("PUT", f"{system}/people/officer", {"roles": [ROLE], "trained_on": day(-10)})
        self.county.api("PUT", f"{system}/mailbox", {"people": ["officer"]})
        self.key = self.county.api("POST", f"{system}/keys")["api_key"]

    def agree(self, number):
        """So many agreements between the two, proposed, carried, signed and in force."""
        hand = {"name": "Post holder", "position": "SIRO", "authority": "Scheme of delegation"}
        # A party takes at most a hundred that nobody has signed.
        for first in range(0, number, 50):
            names = [f"sharing-{one:03}" for one in range(first, min(first + 50, number))]
            together(lambda name: self.county.api("POST", "/agreements", agreement(name)), names)
            for name in names:
                until("an agreement to arrive", lambda: self.agency.holds(name))
            for gateway in (self.county, self.agency):
                together(lambda name: gateway.api("POST", f"/agreements/{name}/sign", hand), names)
        for gateway in (self.county, self.agency):
            until("the agreements to be in force", lambda: gateway.active() == number)

    def exchange(self, number):
        """Questions asked over both gateways: every tenth without leave."""
        headers = {"x-road-client": CLIENT, "x-road-userid": "officer", "packhorse-api-key": self.key,
                   "packhorse-role": ROLE}

        def question(one):
            purpose = PURPOSE if one % 10 else "curiosity"
            more = {"packhorse-purpose": purpose, "packhorse-agreement": "sharing-000",
                    "packhorse-case": f"CASE{one:06}"}
            path = f"/r1/{SYSTEM}/benefits/REF{one:06}"
            status, said = self.county.ask("GET", path, headers | more)
            if (status == 200) != (purpose == PURPOSE):
                raise SystemExit(f"bench-county: {path} was answered {status}: {said.decode()[:500]}")

        until("the first answer", lambda: self.county.ask(
            "GET", f"/r1/{SYSTEM}/benefits/REF1", headers | {
                "packhorse-purpose": PURPOSE, "packhorse-agreement": "sharing-000"})[0] == 200)
        together(question, range(number))

    def visitor(self, role):
        """A person of a role, come in by their link: the session's token."""
        account = {"id": role, "name": f"Ada {role.title()}", "email": f"{role}@measured.example", "roles": [role],
                   "tier": "department", "department": "Social care"}
        link = self.county.api("POST", "/people", account)["invitation"]["link"]
        headers = {"content-type": "application/json"}
        status, said = self.county.ask("POST", "/api/invitation/accept", headers,
                                       json.dumps({"link": link, "password": PASSWORD}).encode())
        if status != 200:
            raise SystemExit(f"bench-county: {role} could not come in: {said.decode()[:500]}")
        return json.loads(said)["session"]


def party(organisation, function):
    contacts = [{"role": role, "name": "Post holder", "email": f"{role}@measured.example"}
                for role in ("dpo", "siro", "owner", "operational")]
    return {"organisation": organisation, "role": "controller", "function": function, "contacts": contacts}


def agreement(name):
    number = int(re.sub(r"\D", "", name))
    grant = {"service": f"{SYSTEM}/benefits", "operations": [{"method": "GET", "path": "/*"}], "to": [f"{COUNTY}/{SYSTEMS[number % len(SYSTEMS)]}"],
             "fields": ["reference", "status"], "purposes": [PURPOSE], "roles": [ROLE], "training_months": 12,
             "per_day": 1_000_000}
    return {
        "id": name, "version": 1, "title": f"{TOPICS[number % len(TOPICS)]}, arrangement {number}",
        "instrument": "dsa", "tier": "specific",
        "parties": [party(AGENCY, "provides"), party(COUNTY, "receives")],
        "purpose": {"purpose": "See whether somebody is entitled", "aims": "Nobody is asked twice",
                    "how_data_helps": "It is looked up",
                    "benefits": [{"kind": "decision_making", "how": "Quicker decisions"}]},
        "data": {"types": ["personal"], "subjects": ["invented people"], "matching_keys": ["reference"],
                 "frequency": "on_demand", "marking": "official"},
        "law": {"legal_power": "yes", "legal_power_text": "Chronically Sick and Disabled Persons Act 1970 s.21",
                "legal_gateways": ["CSDPA21"], "art6": ["public_task"], "necessity": "It cannot be known otherwise",
                "proportionality": "Two fields", "dpia": {"considered": True, "outcome": "No risk",
                                                         "dpo_view": "Content"}},
        "flow": {"delivery": "gateway", "format": "query", "leaves_uk": False, "method": "Question and answer",
                 "purposes_permitted": [PURPOSE], "roles_permitted": [ROLE],
                 "training_required": ["data-protection"]},
        "governance": {"accuracy_arrangements": "The data is invented", "security_measures": "Gateways",
                       "breach_handling": "Told at once", "complaints_handling": "Each party answers its own",
                       "training": "Yearly", "vetting": "Baseline", "retention_period": "For the measurement",
                       "deletion": "With the folder", "disposal_evidence": "The folder is gone"},
        "rights": {"individual_rights_arrangements": "Nobody is concerned", "objections": "None can arise",
                   "privacy_information_url": "https://agency.example/privacy", "foi_publication": {"publish": True}},
        "life": {"start_date": day(-30), "end_date": day(300), "review_date": day(200 - number % 220),
                 "termination_terms": "At any time", "suspension_terms": "At any time"},
        "grants": [grant],
    }


TOPICS = ["Blue badges", "Free school meals", "Council tax support", "Housing benefit", "Carers' assessments",
          "School admissions", "Care leavers", "Discretionary payments", "Concessionary travel", "Hospital discharge"]
