"""The pages as somebody sees them: every place of their home page, and from each what a reader opens next: the second
page of a list, the first thing that it lists, a search."""

import html
import http.client
import re
import statistics
import time
import urllib.parse

# What is looked for in the lists that can be searched.
SEARCHES = {"governance": ["/people?text=hughes", "/people?text=staff-019999", "/governance/agreements?q=badges",
                           "/governance/agreements?q=none+at+all", "/incidents?q=laptop", "/incidents?q=none+such",
                           "/incidents?state=open", "/requests?q=highways", "/requests?q=hughes",
                           "/requests?state=received", "/decisions?q=case000001", "/assets-register?q=planning",
                           "/training/register?q=staff-019", "/exchanges?partner=BENCH/GOV/partner7",
                           "/exchanges?agreement=sharing-003", "/exchanges?outcome=refused",
                           "/exchanges?q=00000007-0000-4000-8000-000000000007", "/partners?q=agency"],
            "officer": ["/incidents?q=laptop"]}
# Not pages, or not to be left.
PASSED_OVER = ("/assets/", "/sign-out", "/favicon", "/files/", "/leave")


class Reader:
    def __init__(self, address, session):
        self.address, self.cookie = address, f"packhorse={session}"
        self.connection = None

    def ask(self, method, path, body=None):
        """One request: status, text, milliseconds."""
        if self.connection is None:
            host, port = self.address.split(":")
            self.connection = http.client.HTTPConnection(host, int(port), timeout=120)
        headers = {"cookie": self.cookie, "accept": "text/html"}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - began) * 1000
        return answer.status, text.decode("utf-8", "replace"), took


def hrefs(text, where="<body"):
    body = text[text.find(where):]
    found = [html.unescape(href) for href in re.findall(r'href="(/[^"#]*)"', body)]
    return [href for href in dict.fromkeys(found) if not href.startswith(PASSED_OVER)]


def named(path):
    """A page's name in the table: what tells one thing from another is left out."""
    path, _, query = path.partition("?")
    parts = ["…" if number > 1 and re.search(r"\d{3}|[0-9a-f]{8}-|^(officer|integrator|operator)$", part) else part
             for number, part in enumerate(path.split("/"))]
    query = re.sub(r"((?:after|before)=)[^&]*", r"\1…", query)
    query = "&".join(pair for pair in query.split("&") if not pair.endswith("="))
    return urllib.parse.unquote("/".join(parts)) + (f"?{urllib.parse.unquote(query)}" if query else "")


def measure(address, role, session, rounds, request):
    """The median of each page that this role sees."""
    reader, found, known = Reader(address, session), {}, set()

    def timed(path):
        name = named(path)
        if name in known:
            return ""
        known.add(name)
        status, text, _ = reader.ask("GET", path)
        if status != 200:
            print(f"bench-county: {role} {path}: status {status}", flush=True)
            return ""
        found[name, role] = statistics.median(reader.ask("GET", path)[2] for _ in range(rounds))
        return text

    for place in ["/", *hrefs(timed("/"), "<main"), *hrefs(reader.ask("GET", "/")[1])]:
        text = timed(place)
        main = text[text.find("<main"):]
        nexts = [html.unescape(href) for href in re.findall(r'href="(/[^"#]*)" rel="next"', main)]
        rows = [html.unescape(href) for href in re.findall(r'<t[dh][^>]*>\s*<a[^>]*href="(/[^"#]*)"', main)]
        for path in [*nexts[:1], *rows[:1], *hrefs(text, "<main")[:6]]:
            timed(path)
    for path in SEARCHES.get(role, []):
        timed(path)
    if role == "governance":
        found |= person_search(reader, role, rounds, request)
    return found


def person_search(reader, role, rounds, request):
    """What was exchanged about one person; each search is a form of its own, and is recorded."""
    times = []
    for _ in range(rounds + 1):
        _, text, _ = reader.ask("GET", f"/requests/{request}")
        form = text[text.find(f'action="/requests/{request}/search"'):]
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', form[:form.find("</form>")]))
        area = re.search(r'name="([^"]*identifiers[^"]*)"', form)
        fields[area.group(1)] = "REF000001"
        status, text, took = reader.ask("POST", f"/requests/{request}/search", urllib.parse.urlencode(fields))
        if status != 200 or "What was exchanged about this person" not in text:
            raise SystemExit(f"bench-county: the search was answered with status {status}")
        times.append(took)
    return {("/requests/…/search (one person)", role): statistics.median(times[1:])}
