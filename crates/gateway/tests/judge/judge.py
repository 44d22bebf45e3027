"""Judges a request between gateways and its answer with PyPI's http-message-signatures.

Reads docs/protocol/vectors/query.json, or messages of its form, from standard input. Says "accepted", or which
message is refused and why, with exit status 1. Of the protocol it knows the page docs/protocol/query.md alone.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, algorithms
from http_message_signatures.resolvers import MappingKeyResolver

REQUEST = [
    '"@method"', '"@target-uri"', '"content-digest"', '"packhorse-headers-digest"', '"content-type"',
    '"x-road-client"', '"x-road-request-id"', '"x-road-issue"', '"packhorse-agreement"', '"packhorse-purpose"',
    '"packhorse-role"', '"packhorse-trained-on"',
]
RESPONSE = [
    '"@status"', '"content-digest"', '"packhorse-headers-digest"', '"packhorse-outcome"', '"@method";req',
    '"@target-uri";req', '"content-digest";req', '"x-road-request-id";req', '"signature";req;key="packhorse"',
    '"signature-input";req;key="packhorse"', '"content-type"', '"packhorse-cut"',
]


class Headers(list):
    """Header lines as pairs, in the shape that the library reads."""

    def items(self):
        return iter([tuple(line) for line in self])


class Request:
    def __init__(self, message):
        self.method = message["method"]
        self.url = message["target_uri"]
        self.headers = Headers(message["headers"])


class Response:
    def __init__(self, message, request):
        self.status_code = message["status"]
        self.headers = Headers(message["headers"])
        self.request = request


def key(party):
    algorithm, _, text = party["public"].partition(":")
    assert algorithm == "ed25519", algorithm
    return {party["keyid"]: Ed25519PublicKey.from_public_bytes(base64.b64decode(text))}


def covered(required, headers):
    """Of the page's components those that are derived, of the request, or present."""
    names = {name for name, _ in headers.items()}
    return [one for one in required if one[1] == "@" or ";req" in one or one.strip('"') in names]


def judge(what, message, party, tag, required, body):
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.ED25519,
        key_resolver=MappingKeyResolver(public_keys=key(party), private_keys={}),
    )
    try:
        verifier.verify(
            message, max_age=None, expect_tag=tag, require_components=covered(required, message.headers), body=body
        )
    except InvalidSignature as refused:
        print(f"{what}: {refused}")
        sys.exit(1)


def main():
    messages = json.load(sys.stdin)
    asked, answered = messages["request"], messages["response"]
    request = Request(asked)
    judge("request", request, messages["consumer"], "packhorse-request", REQUEST, asked["body"].encode())
    response = Response(answered, request)
    judge("response", response, messages["provider"], "packhorse-response", RESPONSE, answered["body"].encode())
    print("accepted")


main()
