"""Stories told by PyPI's mesh-client, which knows nothing of Packhorse.

judge.py STORY, the accounts as JSON on the standard input:
{"sender": {"url", "mailbox", "password", "shared_key"}, "recipient": {…}, "stranger": {…}, "workflow"}.
What does not hold raises; what the test behind it needs is printed as JSON.
"""

import gzip
import http.client
import http.server
import json
import sys
import tempfile
import threading
import time
import urllib.parse

import requests
from mesh_client import MeshClient, MeshError

ACCOUNTS = json.load(sys.stdin)
WORKFLOW = ACCOUNTS["workflow"]
PATIENCE = 30


def client(who, url=None, **more):
    account = {**ACCOUNTS[who], **{key: more.pop(key) for key in ("password", "shared_key") if key in more}}
    return MeshClient(
        url or account["url"],
        account["mailbox"],
        account["password"],
        shared_key=account["shared_key"].encode(),
        verify=account.get("ca"),
        **more,
    )


def mailbox(who):
    return ACCOUNTS[who]["mailbox"]


def until(what, true):
    end = time.monotonic() + PATIENCE
    while not (value := true()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)
    return value


def arrived(recipient, message):
    until("the message is listed", lambda: message in recipient.list_messages())


def refused(act, status):
    try:
        act()
    except requests.HTTPError as error:
        assert error.response.status_code == status, error.response.text
        return error.response.json()["detail"]
    raise AssertionError("was not refused")


def small():
    """Sent, listed, fetched, acknowledged, tracked; acknowledged on leaving the block, whether read or not."""
    with client("sender") as sender, client("recipient") as recipient:
        message = sender.send_message(
            mailbox("recipient"),
            b"Hello World!",
            workflow_id=WORKFLOW,
            filename="../a: b.txt",
            local_id="R-1",
            subject="Über Fall 4711",
            partner_id="P-1",
            content_type="text/plain",
            checksum="b10a8db164e0754105b7a99be72e3fe5",
            encrypted=False,
        )
        assert sender.track_message(message)["status"] in ("accepted", "uploading")
        arrived(recipient, message)
        assert recipient.count_messages() >= 1
        with recipient.retrieve_message(message) as received:
            assert received.read() == b"Hello World!"
            assert received.sender == mailbox("sender") and received.recipient == mailbox("recipient")
            assert received.workflow_id == WORKFLOW and received.local_id == "R-1"
            assert received.filename == "../a: b.txt" and received.partner_id == "P-1"
            assert received.subject == "Über Fall 4711"
            assert received.message_id == message and received.message_type == "DATA"
            assert received.content_type == "text/plain" and not received.encrypted
        assert message not in recipient.list_messages()
        recipient.acknowledge_message(message)
        tracked = until("it is acknowledged", lambda: acknowledged(sender, message))
        assert tracked["recipient"] == mailbox("recipient") and tracked["status_success"] is True
        refused(lambda: recipient.retrieve_message(message), 410)
        print(json.dumps({"message": message}))


def acknowledged(sender, message):
    tracked = sender.track_message(message)
    return tracked if tracked["status"] == "acknowledged" else None


def chunked():
    """A message in many chunks, plain and packed; packed ones arrive without a Content-Length."""
    content = bytes(range(256)) * 40
    with client("sender") as sender, client("recipient") as recipient:
        for compress in (False, True):
            message = sender.send_message(
                mailbox("recipient"), content, max_chunk_size=1000, compress=compress, workflow_id=WORKFLOW
            )
            arrived(recipient, message)
            with recipient.retrieve_message(message) as received:
                assert received.filename == f"{message}.dat", received.filename
                assert received.read() == content
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            from_file = sender.send_message(mailbox("recipient"), file, max_chunk_size=5000, workflow_id=WORKFLOW)
        arrived(recipient, from_file)
        with recipient.retrieve_message(from_file) as received:
            assert received.read() == content


def members():
    """What was packed, even as two members, is given out as what it says: clients would unpack the first alone."""
    packed = gzip.compress(b"a" * 1000) + gzip.compress(b"b" * 1000)
    with client("sender") as sender, client("recipient") as recipient:
        headers = {"Mex-To": mailbox("recipient"), "Mex-WorkflowID": WORKFLOW, "Content-Encoding": "gzip"}
        sent = sender._session.post(f"{sender.mailbox_url}/outbox", data=packed, headers=headers)
        assert sent.status_code == 202, sent.text
        message = sent.json()["message_id"]
        arrived(recipient, message)
        chunk = recipient.retrieve_message_chunk(message, 1)
        assert "Content-Encoding" not in chunk.headers and chunk.headers["Content-Length"] == "2000"
        chunk.close()
        with recipient.retrieve_message(message) as received:
            assert received.read() == b"a" * 1000 + b"b" * 1000


def large():
    """More than one chunk on the way out."""
    content = bytes(1024) * 41 * 1024
    with client("sender") as sender, client("recipient") as recipient:
        message = sender.send_message(
            mailbox("recipient"), content, max_chunk_size=10 * 1024 * 1024, workflow_id=WORKFLOW
        )
        arrived(recipient, message)
        first = recipient.retrieve_message_chunk(message, 1)
        assert first.status_code == 206 and first.headers["Mex-Chunk-Range"] == "1:3", first.headers
        first.close()
        refused(lambda: recipient.retrieve_message_chunk(message, 4), 404)
        with recipient.retrieve_message(message) as received:
            assert received.read() == content


def inbox():
    """Pages, filters, and every message of an inbox."""
    with client("sender") as sender, client("recipient") as recipient:
        sent = [sender.send_message(mailbox("recipient"), b"%d" % n, workflow_id=WORKFLOW) for n in range(12)]
        until("all are listed", lambda: set(sent) <= set(recipient.list_messages()))
        assert len(recipient.list_messages(max_results=10)) == 10
        assert len(list(recipient.iterate_message_ids(batch_size=10))) == 12
        assert set(recipient.list_messages(workflow_filter=WORKFLOW[:3] + "*")) == set(sent)
        assert recipient.list_messages(workflow_filter="!" + WORKFLOW) == []
        read = []
        for message in recipient.iterate_all_messages():
            with message:
                read.append(int(message.read()))
        assert sorted(read) == list(range(12)), read
        assert recipient.list_messages() == []


def refusals():
    """Who may not is refused in a form that the client can read: trap of a `detail` that is no list."""
    with client("sender") as sender:
        assert "running" == sender.ping()["status"]
        assert sender.handshake() == b"hello"
        for to, code in (("LOC.NOWHERE.MAIN", "12"), ("", "08")):
            try:
                sender.send_message(to, b"x", workflow_id=WORKFLOW)
                raise AssertionError("was sent")
            except MeshError as error:
                assert error.args[1]["detail"][0]["code"] == code, error.args
        try:
            sender.send_message(mailbox("recipient"), b"x", workflow_id="NOT-AGREED")
            raise AssertionError("was sent")
        except MeshError as error:
            assert error.args[1]["detail"][0]["code"] == "17", error.args
        refused(lambda: sender.retrieve_message("0" * 32), 404)
        refused(lambda: sender.track_message("0" * 32), 404)
        answer = sender._session.get(f"{sender._url}/messageexchange/no/such/path")
        assert answer.status_code == 404 and isinstance(answer.json()["detail"], list), answer.text
        answer = sender._session.delete(f"{sender.mailbox_url}/inbox")
        assert answer.status_code == 405 and isinstance(answer.json()["detail"], list), answer.text
    for wrong in ({"password": "wrong-password"}, {"shared_key": "wrong-shared-key"}):
        with client("sender", **wrong) as sender:
            detail = refused(sender.list_messages, 403)
            assert detail[0]["msg"] == "Invalid Authentication Token", detail
            try:
                sender.send_message(mailbox("recipient"), b"x", workflow_id=WORKFLOW)
                raise AssertionError("was sent")
            except MeshError as error:
                assert "Authentication" in error.args[0]


def stranger():
    """A mailbox without an agreement sends nothing, and sees nothing of others."""
    with client("sender") as sender, client("recipient") as recipient, client("stranger") as stranger:
        assert stranger.handshake() == b"hello"
        try:
            stranger.send_message(mailbox("recipient"), b"x", workflow_id=WORKFLOW)
            raise AssertionError("was sent")
        except MeshError as error:
            assert error.args[1]["detail"][0]["code"] in ("16", "17"), error.args
        message = sender.send_message(mailbox("recipient"), b"secret", workflow_id=WORKFLOW)
        arrived(recipient, message)
        assert stranger.list_messages() == []
        refused(lambda: stranger.track_message(message), 404)
        for act in (stranger.retrieve_message, stranger.acknowledge_message):
            try:
                act(message)
                raise AssertionError("was allowed")
            except requests.HTTPError as error:
                assert error.response.status_code in (403, 404), error.response.text
        head = stranger._session.head(f"{stranger.mailbox_url}/inbox/{message}")
        assert head.status_code == 404
        head = recipient._session.head(f"{recipient.mailbox_url}/inbox/{message}")
        assert head.status_code == 200 and head.headers["Mex-MessageID"] == message
        recipient.acknowledge_message(message)


def lookup():
    """Who takes a workflow."""
    with client("sender") as sender:
        code = mailbox("recipient").split(".")[1]
        found = sender.lookup_endpoint(code, WORKFLOW)["results"]
        assert [one["mailbox_id"] for one in found] == [mailbox("recipient")], found
        assert sender.lookup_endpoint(code, "NOT-AGREED")["results"] == []


class Lossy(http.server.BaseHTTPRequestHandler):
    """Passes requests on, and loses the first answer to each but a first chunk's: the client sends them again."""

    protocol_version = "HTTP/1.1"
    to = None
    heard = set()
    lost = []

    def log_message(self, *_):
        pass

    def pass_on(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        skip = ("host", "transfer-encoding", "content-length", "connection")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skip}
        connection = http.client.HTTPConnection(self.to)
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        token = self.headers["Authorization"]
        if token not in self.heard and not self.path.endswith("/outbox"):
            self.heard.add(token)
            self.lost.append(f"{self.command} {answer.status}")
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in skip:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_HEAD = pass_on


def retries():
    """Answers get lost: the client asks again with the same token, and nothing happens twice."""
    Lossy.to = urllib.parse.urlparse(ACCOUNTS["sender"]["url"]).netloc
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lossy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    content = bytes(range(100)) * 10
    url = f"http://127.0.0.1:{server.server_port}"
    with client("sender", url, retry_backoff_factor=0) as sender, client("recipient") as recipient:
        sender.handshake()
        message = sender.send_message(mailbox("recipient"), content, max_chunk_size=300, workflow_id=WORKFLOW)
        assert sender.track_message(message)["status"] in ("accepted", "uploading")
        assert Lossy.lost == ["POST 200", "POST 202", "POST 202", "POST 202", "GET 200"], Lossy.lost
        arrived(recipient, message)
    Lossy.to = urllib.parse.urlparse(ACCOUNTS["recipient"]["url"]).netloc
    with client("recipient", url, retry_backoff_factor=0) as recipient:
        assert recipient.list_messages().count(message) == 1
        received = recipient.retrieve_message(message)
        assert received.read() == content
        received.close()
        recipient.acknowledge_message(message)
        assert message not in recipient.list_messages()
    server.shutdown()


def send():
    """Sends one message, and says which."""
    with client("sender") as sender:
        message = sender.send_message(mailbox("recipient"), b"in vain", workflow_id=WORKFLOW, subject="S")
        print(json.dumps({"message": message}))


def report():
    """What was declined is reported to its sender, until that is acknowledged."""
    with client("sender") as sender:
        (report,) = until("the report is listed", sender.list_messages)
        received = sender.retrieve_message(report)
        assert received.message_type == "REPORT" and received.read() == b""
        assert received.recipient == mailbox("sender") and received.sender is None
        assert received.mex_header("statussuccess") == "ERROR", received._mex_headers
        linked = received.mex_header("linkedmsgid")
        assert linked != report
        received.acknowledge()
        assert sender.list_messages() == []
        sender.acknowledge_message(report)
        tracked = sender.track_message(linked)
        assert tracked["status"] == "undeliverable" and tracked["status_success"] is False, tracked
        print(json.dumps({"message": linked}))


globals()[sys.argv[1]]()
