//! The OpenAPI document, made from the list of routes.

use serde_json::{Map, Value, json};

use super::member::Member;
use super::{Gives, Route, routes};

/// The OpenAPI 3.0.3 document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for route in routes() {
        let path = format!("/api{}", route.path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[route.method] = operation(&route);
    }
    let error = json!({
        "type": "object",
        "required": ["error", "remedy"],
        "properties": {
            "error": {"type": "string"},
            "remedy": {"type": "string"},
            "findings": {"type": "array", "items": {"type": "object"}},
        },
    });
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Packhorse gateway: management API", "version": env!("CARGO_PKG_VERSION")},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": error},
        },
    })
}

fn operation(route: &Route) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| parameter(Member::read(name), "path", true));
    let in_query = route.query.iter().map(|said| parameter(Member::read(said), "query", false));
    let mut operation = json!({
        "summary": route.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": responses(route),
    });
    if route.open {
        operation["security"] = json!([]);
    }
    if !route.body.is_empty() {
        let members: Vec<Member> = route.body.iter().map(|said| Member::read(said)).collect();
        let required: Vec<&str> =
            members.iter().filter(|member| !member.is_optional).map(|member| member.name).collect();
        let members: Map<String, Value> =
            members.iter().map(|member| (member.name.to_owned(), member.schema())).collect();
        let mut schema = json!({"type": "object", "properties": members});
        // An empty list is none (OpenAPI 3.0.3 §4.7.24: of JSON Schema, where it has at least one).
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation
}

fn responses(route: &Route) -> Value {
    let refused = |description: &str| {
        json!({"description": description,
               "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}})
    };
    let object = || json_content(&json!({"type": "object"}));
    let (status, content) = match route.gives {
        Gives::Object | Gives::Stepwise => ("200", object()),
        Gives::Made => ("201", object()),
        Gives::Begun => ("202", object()),
        Gives::Items => ("200", json_content(&items(false))),
        Gives::Page => ("200", json_content(&items(true))),
        Gives::Array => ("200", json_content(&json!({"type": "array", "items": {"type": "object"}}))),
        Gives::Nothing => ("204", Value::Null),
        Gives::File(media) => ("200", json!({media: {"schema": {"type": "string", "format": "binary"}}})),
    };
    let mut done = json!({"description": "done"});
    if !content.is_null() {
        done["content"] = content;
    }
    let mut responses = json!({
        status: done,
        "4XX": refused("not done, and why"),
        "502": refused("somebody else whom it takes did not answer"),
        "503": refused("not now: the operator must look, or it is to be tried again"),
    });
    if route.gives == Gives::Stepwise {
        responses["202"] = json!({"description": "a step is still to be taken", "content": object()});
    }
    responses
}

fn json_content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn items(paged: bool) -> Value {
    let mut schema = json!({"type": "object", "required": ["items"],
                            "properties": {"items": {"type": "array", "items": {"type": "object"}}}});
    if paged {
        schema["required"] = json!(["items", "next"]);
        // Of the page after this one; null on the last.
        schema["properties"]["next"] = json!({"type": "string", "nullable": true});
    }
    schema
}

fn parameter(member: Member, place: &str, required: bool) -> Value {
    json!({"name": member.name, "in": place, "required": required, "schema": member.schema()})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `PACKHORSE_SNAPSHOT=write cargo test -p packhorse-gateway` writes the snapshot anew.
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
