//! The one list of the registry API's routes: what the router serves and what its document says.

use axum::routing::{MethodRouter, delete, get, post, put};
use serde_json::{Map, Value, json};

use super::{Inside, members, network, requests, sessions};

/// One call of the API.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) handler: MethodRouter<Inside>,
    method: &'static str,
    summary: &'static str,
    /// Members of the JSON body; a question mark marks what may be left out.
    body: &'static [&'static str],
    /// Query parameters, all optional.
    query: &'static [&'static str],
    /// Whether it is called before anybody has signed in.
    open: bool,
}

fn route(method: &'static str, path: &'static str, handler: MethodRouter<Inside>, summary: &'static str) -> Route {
    Route { path, handler, method, summary, body: &[], query: &[], open: false }
}

impl Route {
    fn body(self, body: &'static [&'static str]) -> Self {
        Self { body, ..self }
    }
}

const FINDING: &[&str] = &["verdict", "note?", "due?"];

/// Every route, in the order of the document.
pub(super) fn routes() -> Vec<Route> {
    [about(), request_routes(), member_routes(), decision_routes()].into_iter().flatten().collect()
}

fn about() -> Vec<Route> {
    vec![
        Route { open: true, ..route("get", "/openapi.json", get(serve), "this document") },
        Route { open: true, ..route("post", "/sessions", post(sessions::begin), "sign in with an operator's token") }
            .body(&["token"]),
        route("delete", "/sessions", delete(sessions::end), "sign out: end the session whose token is shown"),
        route("get", "/me", get(sessions::show), "whose token is shown"),
        route("get", "/network", get(network::network), "the network: who is connected, healthy, late"),
        route("get", "/renewals", get(network::renewals), "what ends or is due, the soonest first"),
        route("get", "/operators", get(network::operators), "who has a token"),
        route("get", "/profiles", get(network::profiles), "the assurance profiles"),
        route("post", "/profiles", post(network::add_profile), "add a profile from its TOML").body(&["profile"]),
        route("get", "/profiles/{name}", get(network::profile), "a profile with its controls"),
    ]
}

fn request_routes() -> Vec<Route> {
    vec![
        route("get", "/requests", get(requests::list), "requests to join that wait for a decision"),
        route("get", "/requests/{id}", get(requests::show), "one with its answers and the fingerprints of its keys"),
        route(
            "put",
            "/requests/{id}/controls/{control}",
            put(requests::find),
            "what was found under one control of its answers",
        )
        .body(FINDING),
        route(
            "post",
            "/requests/{id}/decide",
            post(requests::decide),
            "admit with a certificate or conditionally, on the fingerprint that was read out; or refuse",
        )
        .body(&["outcome", "fingerprint?", "valid_until?", "reason?", "charter?", "training?", "as_answered?"]),
    ]
}

fn member_routes() -> Vec<Route> {
    vec![
        Route {
            query: &["q", "after", "limit"],
            ..route("get", "/members", get(members::list), "the members, each with assurance and health at a glance")
        },
        route("get", "/members/{class}/{code}", get(members::show), "one with its submission and every decision"),
        route(
            "post",
            "/members/{class}/{code}/submissions",
            post(members::submit),
            "the answers of a member, brought by the operator",
        )
        .body(&["answers"]),
        route(
            "put",
            "/members/{class}/{code}/controls/{control}",
            put(members::find),
            "what was found under one control of the open submission",
        )
        .body(FINDING),
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
        .body(&["outcome", "valid_until?", "reason?", "charter?", "training?", "as_answered?"]),
        route(
            "post",
            "/members/{class}/{code}/conditions/{control}/met",
            post(members::met),
            "a condition of the last approval is met",
        ),
        route(
            "post",
            "/members/{class}/{code}/withdraw",
            post(members::withdraw),
            "withdraw the assurance: cut off everywhere until assessed anew",
        )
        .body(&["reason"]),
        route("post", "/members/{class}/{code}/suspend", post(members::suspend), "cut off everywhere, for now")
            .body(&["reason"]),
        route("post", "/members/{class}/{code}/resume", post(members::resume), "let it take part again")
            .body(&["reason"]),
    ]
}

async fn serve() -> axum::Json<Value> {
    axum::Json(document())
}

/// The OpenAPI 3.0.3 document.
fn document() -> Value {
    let mut paths = Map::new();
    for route in routes() {
        let item = paths.entry(format!("/api{}", route.path)).or_insert_with(|| json!({}));
        item[route.method] = operation(&route);
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Packhorse registry: management API", "version": env!("CARGO_PKG_VERSION")},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": {
                "type": "object",
                "required": ["error", "remedy"],
                "properties": {"error": {"type": "string"}, "remedy": {"type": "string"}},
            }},
        },
    })
}

fn operation(route: &Route) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| parameter(name, "path", true));
    let in_query = route.query.iter().map(|name| parameter(name, "query", false));
    let refused = json!({"description": "not done, and why",
                         "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}});
    let mut operation = json!({
        "summary": route.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": {"2XX": {"description": "done"}, "default": refused},
    });
    if route.open {
        operation["security"] = json!([]);
    }
    if !route.body.is_empty() {
        let required: Vec<&str> = route.body.iter().copied().filter(|name| !name.ends_with('?')).collect();
        let property = |name: &&str| (name.trim_end_matches('?').to_owned(), json!({}));
        let properties: Map<String, Value> = route.body.iter().map(property).collect();
        let schema = json!({"type": "object", "required": required, "properties": properties,
                            "additionalProperties": false});
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation
}

fn parameter(name: &str, place: &str, required: bool) -> Value {
    json!({"name": name, "in": place, "required": required, "schema": {"type": "string"}})
}

#[cfg(test)]
mod tests {
    use super::*;

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
