//! The one list of the registry API's routes: what the router serves and what its document says.

mod shapes;

use axum::routing::{MethodRouter, delete, get, post, put};
use packhorse_openapi::{Gives, route};
use serde_json::Value;

use super::{Inside, members, network, requests, sessions};

/// One call of the API.
pub(super) type Route = packhorse_openapi::Route<MethodRouter<Inside>>;

const FINDING: &[&str] = &["verdict: Verdict", "note?", "due?: date"];

/// Every route, in the order of the document.
pub(super) fn routes() -> Vec<Route> {
    [about(), request_routes(), member_routes(), decision_routes()].into_iter().flatten().collect()
}

fn about() -> Vec<Route> {
    vec![
        route("get", "/openapi.json", get(serve), "this document").answers("object").open(),
        route("post", "/sessions", post(sessions::begin), "sign in with an operator's token")
            .body(&["token"])
            .answers("Session")
            .gives(Gives::Made)
            .open(),
        route("delete", "/sessions", delete(sessions::end), "sign out: end the session whose token is shown")
            .gives(Gives::Nothing),
        route("get", "/me", get(sessions::show), "whose token is shown").answers("Me"),
        route("get", "/network", get(network::network), "the network: who is connected, healthy, late")
            .answers("Network"),
        route("get", "/renewals", get(network::renewals), "what ends or is due, the soonest first")
            .answers("Due")
            .gives(Gives::Items),
        route("get", "/operators", get(network::operators), "who has a token")
            .answers("OperatorOfNetwork")
            .gives(Gives::Items),
        route("get", "/profiles", get(network::profiles), "the assurance profiles")
            .answers("ProfileSummary")
            .gives(Gives::Items),
        route("post", "/profiles", post(network::add_profile), "add a profile from its TOML")
            .body(&["profile"])
            .answers("ProfileSummary"),
        route("get", "/profiles/{name}", get(network::profile), "a profile with its controls").answers("Profile"),
    ]
}

fn request_routes() -> Vec<Route> {
    vec![
        route("get", "/requests", get(requests::list), "requests to join that wait for a decision")
            .answers("RequestSummary")
            .gives(Gives::Items),
        route("get", "/requests/{id}", get(requests::show), "one with its answers and the fingerprints of its keys")
            .answers("Request"),
        route(
            "put",
            "/requests/{id}/controls/{control}",
            put(requests::find),
            "what was found under one control of its answers",
        )
        .body(FINDING)
        .answers("FoundInRequest"),
        route(
            "post",
            "/requests/{id}/decide",
            post(requests::decide),
            "admit with a certificate or conditionally, on the fingerprint that was read out; or refuse",
        )
        .body(&[
            "outcome: Outcome",
            "fingerprint?",
            "valid_until?: date",
            "reason?",
            "charter?: date",
            "training?: date",
            "as_answered?: boolean",
        ])
        .answers("Decided"),
    ]
}

fn member_routes() -> Vec<Route> {
    vec![
        route("get", "/members", get(members::list), "the members, each with assurance and health at a glance")
            .query(&["q", "after", "limit: integer"])
            .answers("MemberAtAGlance")
            .gives(Gives::Page),
        route("get", "/members/{class}/{code}", get(members::show), "one with its submission and every decision")
            .answers("Member"),
        route(
            "post",
            "/members/{class}/{code}/submissions",
            post(members::submit),
            "the answers of a member, brought by the operator",
        )
        .body(&["answers"])
        .answers("Submitted"),
        route(
            "put",
            "/members/{class}/{code}/controls/{control}",
            put(members::find),
            "what was found under one control of the open submission",
        )
        .body(FINDING)
        .answers("FoundOfMember"),
    ]
}

fn decision_routes() -> Vec<Route> {
    vec![
        route(
            "post",
            "/members/{class}/{code}/decide",
            post(members::decide),
            "decide on the open submission: renew with a certificate or conditionally, or refuse",
        )
        .body(&[
            "outcome: Outcome",
            "valid_until?: date",
            "reason?",
            "charter?: date",
            "training?: date",
            "as_answered?: boolean",
        ])
        .answers("Decided"),
        route(
            "post",
            "/members/{class}/{code}/conditions/{control}/met",
            post(members::met),
            "a condition of the last approval is met",
        )
        .answers("Decided"),
        route(
            "post",
            "/members/{class}/{code}/withdraw",
            post(members::withdraw),
            "withdraw the assurance: cut off everywhere until assessed anew",
        )
        .body(&["reason"])
        .answers("Decided"),
        route("post", "/members/{class}/{code}/suspend", post(members::suspend), "cut off everywhere, for now")
            .body(&["reason"])
            .answers("Changed"),
        route("post", "/members/{class}/{code}/resume", post(members::resume), "let it take part again")
            .body(&["reason"])
            .answers("Changed"),
    ]
}

async fn serve() -> axum::Json<Value> {
    axum::Json(document())
}

/// The OpenAPI document.
fn document() -> Value {
    let title = "Packhorse registry: management API";
    packhorse_openapi::document(title, env!("CARGO_PKG_VERSION"), &routes(), &shapes::all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_the_types_have_and_leaves_nothing_unsaid() {
        assert_eq!(packhorse_openapi::amiss(&routes(), &shapes::all()), [""; 0]);
    }

    /// `PACKHORSE_SNAPSHOT=write cargo test -p packhorse-directory` writes the snapshot anew.
    #[test]
    fn the_document_is_the_one_in_the_protocol_folder() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/registry-api.json");
        let made = document();
        if std::env::var("PACKHORSE_SNAPSHOT").is_ok_and(|what| what == "write") {
            std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(&made).unwrap())).unwrap();
        }
        // The order of members is the build's: another crate may ask serde_json to keep it.
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(kept, made, "the API changed: write the snapshot anew");
    }
}
