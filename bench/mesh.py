"""What PyPI's mesh-client does to a server: sends, receives, acknowledges, and says how long it took.

mesh.py, on the standard input {"sender": {"url", "mailbox", "password", "shared_key"}, "recipient": {…}, "workflow",
"messages", "bytes", "chunk", "workers", "patience"}; on the standard output {"sent": seconds, "received": seconds,
"lost": messages}. Several processes, since a client of Python keeps one processor busy. Every message is compared. One
is lost when it was taken in and nothing has arrived for as many seconds as there is patience.
"""

import json
import multiprocessing
import os
import sys
import time

from mesh_client import MeshClient

ASKED = json.load(sys.stdin)
CONTENT = os.urandom(65536) * (ASKED["bytes"] // 65536) + os.urandom(ASKED["bytes"] % 65536)


def client(who):
    account = ASKED[who]
    return MeshClient(
        account["url"],
        account["mailbox"],
        account["password"],
        shared_key=account["shared_key"].encode(),
        max_chunk_size=ASKED["chunk"],
    )


def send(share):
    with client("sender") as sender:
        to = ASKED["recipient"]["mailbox"]
        return [sender.send_message(to, CONTENT, workflow_id=ASKED["workflow"]) for _ in range(share)]


def receive(messages):
    """Fetches and acknowledges these."""
    with client("recipient") as recipient:
        for message in messages:
            with recipient.retrieve_message(message) as received:
                assert received.read() == CONTENT, "not what was sent"


def main():
    messages, workers = ASKED["messages"], ASKED["workers"]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        begin = time.monotonic()
        shares = [messages // workers + (n < messages % workers) for n in range(workers)]
        sent = {message for share in pool.map(send, shares, chunksize=1) for message in share}
        assert len(sent) == messages, "a message has the name of another"
        received = all_sent = time.monotonic()
        left = set(sent)
        with client("recipient") as recipient:
            while left:
                page = [message for message in recipient.list_messages(max_results=500) if message in left]
                if not page:
                    if time.monotonic() - received > ASKED["patience"]:
                        break
                    time.sleep(0.02)
                    continue
                pool.map(receive, [page[n::workers] for n in range(min(workers, len(page)))], chunksize=1)
                left.difference_update(page)
                received = time.monotonic()
    print(json.dumps({"sent": all_sent - begin, "received": received - all_sent, "lost": len(left)}))


main()
