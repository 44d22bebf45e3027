//! Invented evidence in the shape that gateways write, for measuring and for training the dictionary.

use std::error::Error;

use packhorse_keys::sha256;
use packhorse_model::record::{Content, Record, encode_digest, salted_digest};
use packhorse_store::{Erasable, NewRecord, Side};

const BODIES: [(&str, &str); 6] = [
    ("UK/MUN/e09000033", "benefits"),
    ("UK/MUN/e07000008", "revenues"),
    ("UK/POL/gmp", "intelligence"),
    ("UK/GOV/dvla", "vehicles"),
    ("UK/NHS/rx1", "discharge"),
    ("UK/GOV/dwp", "tell-us-once"),
];
const SERVICES: [&str; 5] = ["people", "vehicles", "council-tax", "blue-badges", "authorities"];
const PURPOSES: [&str; 4] =
    ["council-tax-reduction", "fraud-prevention", "safeguarding-children", "enforcement-of-traffic-offences"];
const ROLES: [&str; 4] = ["benefits-officer", "fraud-investigator", "social-worker", "police-officer"];

/// The `number`th sample; the same number gives the same one.
pub(crate) fn record(number: u64) -> Result<NewRecord, Box<dyn Error>> {
    let made = Made::new(number);
    let content = serde_json::to_vec(&made.content())?;
    let salt = [number as u8; 16];
    let record: Record = serde_json::from_value(made.record(&encode_digest(&salted_digest(&salt, &content))))?;
    let bytes = serde_json::to_vec(&record)?;
    Ok(NewRecord {
        id: record.exchange.id.to_string(),
        side: record.side,
        at_ms: record.moments.request_in,
        kind: record.exchange.kind.to_string(),
        partner: match record.side {
            Side::Outbound => made.provider.0.to_owned(),
            Side::Inbound => made.client.0.to_owned(),
        },
        system: record.exchange.client.to_string(),
        service: record.exchange.service.to_string(),
        agreement: made.agreement.clone(),
        outcome: record.ended.word().to_owned(),
        rule: record.ended.rule(),
        uses: 1,
        entry: salted_digest(&salt, &bytes),
        salt,
        record: bytes,
        content: Some(Erasable { bytes: content, salt }),
        counted: packhorse_store::Counted { purpose: made.purpose.to_owned(), ..Default::default() },
        people: vec![packhorse_keys::sha256(&made.number.to_le_bytes())[..16].try_into()?],
    })
}

/// What the two parts of a sample have in common.
struct Made {
    number: u64,
    client: (&'static str, &'static str),
    provider: (&'static str, &'static str),
    service: &'static str,
    purpose: &'static str,
    role: &'static str,
    agreement: String,
    agreement_digest: String,
    exchange: String,
    created: u64,
}

impl Made {
    fn new(number: u64) -> Self {
        let drawn = sha256(&number.to_be_bytes());
        let pick = |at: usize, of: usize| usize::from(drawn[at]) % of;
        let client = pick(0, BODIES.len());
        let provider = (client + 1 + pick(1, BODIES.len() - 1)) % BODIES.len();
        let agreement = SERVICES[pick(2, SERVICES.len())];
        Self {
            number,
            client: BODIES[client],
            provider: BODIES[provider],
            service: agreement,
            purpose: PURPOSES[pick(3, PURPOSES.len())],
            role: ROLES[pick(4, ROLES.len())],
            agreement: format!("{agreement}-2026"),
            agreement_digest: fingerprint(agreement, number),
            exchange: uuid(&drawn),
            created: 1_790_000_000 + number,
        }
    }

    fn record(&self, content: &str) -> serde_json::Value {
        let ms = self.created * 1000;
        let (client, provider) = (self.client, self.provider);
        serde_json::json!({
            "version": 1,
            "side": if self.number.is_multiple_of(2) { "inbound" } else { "outbound" },
            "id": self.exchange,
            "kind": "query",
            "client": format!("{}/{}", client.0, client.1),
            "service": format!("{}/{}/{}", provider.0, provider.1, self.service),
            "basis": {"basis": "agreement", "agreement": self.agreement, "digest": self.agreement_digest},
            "purpose": self.purpose,
            "role": self.role,
            "moments": {"request-in": ms, "request-out": ms + 1, "response-in": ms + 4, "response-out": ms + 5},
            "sizes": [self.number * 7 % 300, 200 + self.number * 13 % 2000],
            "content": content,
            "ended": {"outcome": "answered", "status": 200, "given": self.number % 9, "withheld": self.number % 14},
        })
    }

    /// The texts that both sides signed, as the query protocol lays them out.
    fn content(&self) -> Content {
        let request_signature = signature(&self.draw("request"));
        Content {
            statement: String::new(),
            statement_signature: None,
            request_base: self.request_base(),
            response_base: self.response_base(&request_signature),
            request_signature: format!("packhorse=:{request_signature}:"),
            response_signature: format!("packhorse=:{}:", signature(&self.draw("response"))),
            message_id: uuid(&sha256(&self.draw("message"))),
            target: String::new(),
            user: format!("officer{}", self.number % 400),
            case: format!("CASE-{:06}", self.number % 100_000),
        }
    }

    fn request_base(&self) -> String {
        format!(
            "\"@method\": GET\n\"@target-uri\": {}\n\"content-digest\": {}\n\"packhorse-headers-digest\": {}\n\
             \"content-type\": application/json\n\"x-road-client\": {}/{}\n\"x-road-request-id\": {}\n\
             \"packhorse-agreement\": {};{}\n\"packhorse-purpose\": {}\n\"packhorse-role\": {}\n\
             \"packhorse-trained-on\": 2026-0{}-1{}\n\"@signature-params\": {}",
            self.target(),
            digest(&self.draw("body")),
            digest(&self.draw("headers")),
            self.client.0,
            self.client.1,
            self.exchange,
            self.agreement,
            self.agreement_digest,
            self.purpose,
            self.role,
            1 + self.number % 9,
            self.number % 10,
            self.request_input(),
        )
    }

    fn response_base(&self, request_signature: &str) -> String {
        format!(
            "\"@status\": 200\n\"content-digest\": {}\n\"packhorse-headers-digest\": {}\n\
             \"packhorse-outcome\": answered\n\"@method\";req: GET\n\"@target-uri\";req: {}\n\
             \"content-digest\";req: {}\n\"x-road-request-id\";req: {}\n\
             \"signature\";req;key=\"packhorse\": :{request_signature}:\n\
             \"signature-input\";req;key=\"packhorse\": {}\n\"content-type\": application/json\n\
             \"packhorse-cut\": {};{}\n\"@signature-params\": (\"@status\" \"content-digest\" \
             \"packhorse-headers-digest\" \"packhorse-outcome\" \"@method\";req \"@target-uri\";req \"content-digest\";req \
             \"x-road-request-id\";req \"signature\";req;key=\"packhorse\" \"signature-input\";req;key=\"packhorse\" \
             \"content-type\" \"packhorse-cut\");created={};keyid=\"{}\";alg=\"ed25519\";tag=\"packhorse-response\"",
            digest(&self.draw("answer")),
            digest(&self.draw("answered")),
            self.target(),
            digest(&self.draw("body")),
            self.exchange,
            self.request_input(),
            self.number % 9,
            self.number % 14,
            self.created,
            fingerprint(self.provider.0, self.number),
        )
    }

    fn request_input(&self) -> String {
        format!(
            "(\"@method\" \"@target-uri\" \"content-digest\" \"packhorse-headers-digest\" \"content-type\" \
             \"x-road-client\" \"x-road-request-id\" \"packhorse-agreement\" \"packhorse-purpose\" \"packhorse-role\" \
             \"packhorse-trained-on\");created={};keyid=\"{}\";alg=\"ed25519\";tag=\"packhorse-request\"",
            self.created,
            fingerprint(self.client.0, self.number),
        )
    }

    fn target(&self) -> String {
        let (organisation, system) = self.provider;
        let key = self.number % 5000;
        format!("https://gw.{system}.example.gov.uk:8443/r1/{organisation}/{system}/{}/v1/{key}", self.service)
    }

    /// Bytes that differ for every sample and use.
    fn draw(&self, what: &str) -> Vec<u8> {
        format!("{what}{}", self.number).into_bytes()
    }
}

fn digest(of: &[u8]) -> String {
    format!("sha-256=:{}:", encode_digest(&sha256(of)))
}

/// A key's or text's fingerprint; a few exchanges share one, so that no dictionary learns it.
fn fingerprint(of: &str, number: u64) -> String {
    let drawn = sha256(format!("{of}{}", number / 4).as_bytes());
    let hex: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// As long as a signature's base64, and as hard to compress.
fn signature(of: &[u8]) -> String {
    let (left, right) = (sha256(of), sha256(&sha256(of)));
    format!("{}{}", &encode_digest(&left)[..43], encode_digest(&right))
}

fn uuid(random: &[u8; 32]) -> String {
    let hex: String = random[8..24].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
