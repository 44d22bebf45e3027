//! The one list of the management API's routes: what the router serves and what its document says.

mod shapes;

use axum::routing::{MethodRouter, delete, get, post, put};
pub(super) use packhorse_openapi::{Gives, route};
use serde_json::Value;

use super::assurance::{acceptable_use, gates, training, vetting};
use super::{
    agreements, annual, asking, assets, assurance, drafting, figures, incidents, mailboxes, partners, people,
    processing, pulse, records, rights, services, session, sharing, status, systems,
};
use crate::inside::Inside;

/// One call of the API.
pub(super) type Route = packhorse_openapi::Route<MethodRouter<Inside>>;

/// Every route, in the order of the document.
pub(super) fn routes() -> Vec<Route> {
    let own = [
        about(),
        session::routes(),
        people::routes(),
        partner_routes(),
        agreement_routes(),
        drafting::routes(),
        assurance_routes(),
        gate_routes(),
        acceptable_use::routes(),
        training_routes(),
        vetting::routes(),
        system_routes(),
        service_routes(),
        record_routes(),
    ];
    let governance = [
        incidents::routes(),
        sharing::routes(),
        rights::routes(),
        assets::routes(),
        pulse::routes(),
        figures::routes(),
        processing::routes(),
        annual::routes(),
        asking::routes(),
        mailboxes::routes(),
    ];
    own.into_iter().chain(governance).flatten().collect()
}

fn about() -> Vec<Route> {
    vec![
        route("get", "/openapi.json", get(serve), "this document").answers("object").open(),
        route("get", "/status", get(status::status), "how this gateway is: directory, ledger, version")
            .answers("GatewayStatus"),
        route("get", "/directory", get(status::directory), "the members of the network, as the directory states them")
            .answers("Member")
            .gives(Gives::Array),
        route(
            "get",
            "/directory/snapshot",
            get(status::snapshot),
            "the registry's signed directory, to judge receipts offline",
        )
        .gives(Gives::File("application/octet-stream")),
        route(
            "get",
            "/ledger/checkpoint",
            get(status::checkpoint),
            "the newest signed head of this organisation's ledger",
        )
        .gives(Gives::File("text/plain")),
    ]
}

fn partner_routes() -> Vec<Route> {
    vec![
        route("get", "/partners", get(partners::list), "the members at a glance: taking part, assured until when")
            .answers("Partner")
            .query(&["q", "after", "limit: integer"])
            .gives(Gives::Page),
    ]
}

fn agreement_routes() -> Vec<Route> {
    vec![
        route("get", "/agreements", get(agreements::list), "every version of every agreement held")
            .answers("AgreementSummary")
            .beside(&["total: integer"])
            .query(&["q", "state: AgreementState", "after", "limit: integer"])
            .gives(Gives::Page),
        route("post", "/agreements", post(agreements::propose), "propose an agreement to all its parties")
            .answers("AgreementSummary")
            .body(&["id", "version: integer", "title"]),
        route("get", "/agreements/{id}", get(agreements::show), "one agreement: text, statements, policies")
            .answers("Agreement"),
        route("post", "/agreements/{id}/sign", post(agreements::sign), "sign the newest version for this organisation")
            .answers("AgreementSummary")
            .body(&["name", "position", "authority"]),
        route("post", "/agreements/{id}/suspend", post(agreements::suspend), "stop all sharing under it at once")
            .answers("AgreementSummary")
            .body(&["reason"]),
        route("post", "/agreements/{id}/resume", post(agreements::resume), "take this organisation's suspension back")
            .answers("AgreementSummary"),
        route("post", "/agreements/{id}/end", post(agreements::end), "end it for good")
            .answers("AgreementSummary")
            .body(&["reason"]),
        route(
            "post",
            "/agreements/{id}/share",
            post(agreements::share),
            "send what is held to the other parties again",
        )
        .answers("AgreementSummary"),
        route("post", "/explain", post(agreements::explain_request), "what would become of a request, and why")
            .answers("Explanation")
            .body(&[
                "client",
                "service",
                "method",
                "path?",
                "agreement?",
                "purpose?",
                "role?",
                "trained_on?: date",
                "fields?: any",
            ]),
    ]
}

/// What is left out keeps its default.
const SETTINGS: &[&str] = &[
    "due_days?: integer",
    "charter_grace_days?: integer",
    "risk_policy_grace_days?: integer",
    "siro_grace_days?: integer",
    "incident_route_grace_days?: integer",
    "acceptable_use_grace_days?: integer",
    "charter_months_max?: integer",
    "risk_policy_months_max?: integer",
    "acceptable_use_months_max?: integer",
    "drill_months?: integer",
    "override_days_max?: integer",
    "training_reminder_days?: integer",
    "training_grace_days?: integer",
    "vetting_grace_days?: integer",
    "vetting?: [VettingRule]",
    "public_url?",
];

fn assurance_routes() -> Vec<Route> {
    vec![
        route("get", "/assurance", get(assurance::show), "every document that opens a gate, and how each gate stands")
            .answers("Assurance"),
        route("put", "/assurance/settings", put(assurance::put_settings), "the intervals that the gates count with")
            .answers("Assurance")
            .body(SETTINGS),
        route("put", "/assurance/charter", put(assurance::put_charter), "keep a draft of the information charter")
            .answers("Assurance")
            .body(&[
                "title?",
                "text?",
                "contact?",
                "dpo?",
                "approved_by?",
                "legislation?: texts",
                "review_date?: date",
                "welsh_text?",
                "url?",
            ]),
        route("post", "/assurance/charter/publish", post(assurance::publish_charter), "publish a charter")
            .answers("Assurance")
            .body(&[
                "title",
                "text",
                "contact",
                "dpo",
                "approved_by",
                "legislation: texts",
                "review_date: date",
                "welsh_text?",
                "url?",
            ]),
        route("put", "/assurance/risk-policy", put(assurance::put_risk_policy), "enter an approved risk policy")
            .answers("Assurance")
            .body(&["title", "text", "approved_by", "approval_minute", "approved_on: date", "expires_on: date"]),
        route("put", "/assurance/siro", put(assurance::appoint), "appoint a senior information risk owner")
            .answers("Assurance")
            .body(&["account", "name", "appointed_by", "start: date", "end?: date"]),
        route("post", "/assurance/siro/end", post(assurance::end_appointment), "the last day of whoever is in post")
            .answers("Assurance")
            .body(&["end: date"]),
        route("put", "/assurance/incident-route", put(assurance::put_incident_route), "how staff report an incident")
            .answers("Assurance")
            .body(&["text", "contact", "phone?", "drills?: [Drill]"]),
        route("post", "/assurance/incident-route/drills", post(assurance::enter_drill), "enter a test of the route")
            .answers("Assurance")
            .body(&["on: date", "found"]),
    ]
}

fn gate_routes() -> Vec<Route> {
    vec![
        route("get", "/dpias", get(assurance::dpias), "impact assessments made here")
            .answers("ListedDpia")
            .gives(Gives::Items),
        route("get", "/dpias/{agreement}", get(assurance::dpia), "the impact assessment of an agreement")
            .answers("Dpia"),
        route("put", "/dpias/{agreement}", put(assurance::put_dpia), "write it, or decide").answers("Dpia").body(&[
            "agreement",
            "description?",
            "necessity?",
            "risks?",
            "measures?",
            "dpo_advice?",
            "outcome?: DpiaOutcome",
            "decided_by?",
            "decided_on?: date",
            "review_date?: date",
        ]),
        route("get", "/gates", get(gates::list), "how each gate stands and why, and which are set aside")
            .answers("GateState")
            .beside(&["overrides: [Override]"])
            .gives(Gives::Items),
        route("get", "/gates/{gate}", get(gates::show), "one gate, explained").answers("GateExplained"),
        route("post", "/gates/{gate}/override", post(gates::set_aside), "the SIRO sets a gate aside until a day")
            .answers("Override")
            .body(&["reason", "until: date", "agreement?"]),
        route("post", "/gates/{gate}/override/end", post(gates::end), "the SIRO lets the rule count again")
            .answers("OverrideEnded")
            .body(&["reason", "agreement?"]),
    ]
}

fn training_routes() -> Vec<Route> {
    vec![
        route("get", "/training/courses", get(training::courses), "the courses").answers("Course").gives(Gives::Items),
        route("put", "/training/courses/{code}", put(training::put_course), "add a course or change it")
            .answers("Course")
            .body(&["code", "title", "valid_months: integer", "pass_mark?: integer"]),
        route("get", "/training/register", get(training::register), "people and what they passed")
            .answers("TrainingRecord")
            .beside(&["people: integer"])
            .query(&["q", "lapsing: boolean", "after", "limit: integer"])
            .gives(Gives::Page),
        route("put", "/training/register/{person}/{course}", put(training::pass), "somebody passed a course")
            .answers("CoursePassed")
            .body(&["passed_on: date", "score?: integer", "expires_on?: date"]),
        route("delete", "/training/register/{person}", delete(training::forget), "take somebody out of the register")
            .answers("Removed"),
        route("post", "/training/import", post(training::import), "take a comma-separated table into the register")
            .answers("Imported"),
        route("get", "/training/mine", get(training::mine), "what the person who is signed in has passed")
            .answers("OwnTraining"),
    ]
}

/// What a mailbox is set to.
const MAILBOX: &[&str] = &[
    "sends?: texts",
    "takes?: texts",
    "people?: texts",
    "releasers?: texts",
    "most_bytes?: integer",
    "most_bytes_per_partner?: integer",
    "warn_hours?: integer",
    "sftp_keys?: texts",
    "folder?",
];

fn system_routes() -> Vec<Route> {
    vec![
        route("get", "/systems", get(systems::list), "this organisation's calling systems")
            .answers("System")
            .gives(Gives::Array),
        route("put", "/systems/{code}", put(systems::put), "register a system, or change its title and defaults")
            .answers("System")
            .body(&["title", "defaults?: SystemDefaults"]),
        route("delete", "/systems/{code}", delete(systems::remove), "remove a system with its credentials")
            .gives(Gives::Nothing),
        route("post", "/systems/{code}/keys", post(systems::key), "a new API key, shown once").answers("ApiKey"),
        route("post", "/systems/{code}/certificates", post(systems::certificate), "let it prove itself by a TLS key")
            .answers("System")
            .body(&["fingerprint"]),
        route("post", "/systems/{code}/addresses", post(systems::address), "let it prove itself by its address alone")
            .answers("System")
            .body(&["address"]),
        route("put", "/systems/{code}/mailbox", put(systems::put_mailbox), "it may send and receive parcels")
            .answers("System")
            .body(MAILBOX),
        route(
            "put",
            "/systems/{code}/mesh",
            put(systems::put_mesh),
            "software that speaks NHS MESH enters its mailbox",
        )
        .answers("MeshMailbox")
        .body(&["password", "shared_key"]),
        route(
            "put",
            "/systems/{code}/webhook",
            put(systems::put_webhook),
            "its mailbox's changes are told there, signed",
        )
        .answers("WebhookSecret")
        .body(&["url", "ca_file?"]),
        route("delete", "/systems/{code}/mailbox", delete(systems::remove_mailbox), "it sends and receives no more")
            .answers("System"),
        route("put", "/systems/{code}/people/{person}", put(systems::put_person), "roles and training of a person")
            .answers("System")
            .body(&["roles: texts", "trained_on?: date", "left_on?: date"]),
        route("delete", "/systems/{code}/people/{person}", delete(systems::remove_person), "a person uses it no more")
            .answers("System"),
    ]
}

fn service_routes() -> Vec<Route> {
    vec![
        route("get", "/services", get(services::list), "what this organisation publishes")
            .answers("Service")
            .gives(Gives::Array),
        route("put", "/services/{system}/{service}", put(services::put), "publish a service, or change it")
            .answers("Service")
            .body(&["definition: object", "enabled?: boolean"]),
        route("delete", "/services/{system}/{service}", delete(services::remove), "take a service down")
            .gives(Gives::Nothing),
        route("get", "/services/{system}/{service}/openapi", get(services::openapi), "a service's own document")
            .answers("object"),
    ]
}

fn record_routes() -> Vec<Route> {
    vec![
        route("get", "/records", get(records::list), "exchanges on record, the newest first")
            .answers("RecordLine")
            .query(&[
                "since: date-time",
                "until: date-time",
                "from: date",
                "to: date",
                "kind",
                "partner",
                "agreement",
                "outcome",
                "exchange: uuid",
                "before: integer",
                "limit: integer",
            ])
            .gives(Gives::Array),
        route("get", "/records/{exchange}", get(records::show), "what is kept of one exchange")
            .answers("KeptRecord")
            .gives(Gives::Array),
        route("delete", "/records/{exchange}/content", delete(records::erase), "erase what could tell about a person")
            .query(&["side: Side", "partner"])
            .gives(Gives::Nothing),
        route("get", "/records/{exchange}/receipt", get(records::receipt), "the receipt, for anybody to verify")
            .answers("Receipt")
            .query(&["side: Side", "partner"]),
    ]
}

async fn serve() -> axum::Json<Value> {
    axum::Json(document())
}

/// The OpenAPI document.
fn document() -> Value {
    let title = "Packhorse gateway: management API";
    packhorse_openapi::document(title, env!("CARGO_PKG_VERSION"), &routes(), &shapes::all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_the_types_have_and_leaves_nothing_unsaid() {
        assert_eq!(packhorse_openapi::amiss(&routes(), &shapes::all()), [""; 0]);
    }

    /// `PACKHORSE_SNAPSHOT=write cargo test --workspace --lib -- document` writes the snapshots anew: of the whole
    /// workspace, for the order of members is the build's.
    #[test]
    fn the_document_is_the_one_in_the_protocol_folder() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/management-api.json");
        let made = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
        if std::env::var("PACKHORSE_SNAPSHOT").is_ok_and(|what| what == "write") {
            std::fs::write(path, &made).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), made, "the API changed: write the snapshot anew");
    }
}
