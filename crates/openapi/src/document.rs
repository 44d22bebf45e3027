//! The OpenAPI document, made from the list of routes.

use serde_json::{Map, Value, json};

use crate::member::{Member, schema};
use crate::shape::{Shape, object_of};
use crate::{Gives, Route};

/// The OpenAPI 3.0.3 document of an API below `/api`, whose callers show a bearer token. What is refused has the shape
/// `Error`.
pub fn document<H>(title: &str, version: &str, routes: &[Route<H>], shapes: &[Shape]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        let path = format!("/api{}", route.path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[route.method] = operation(route);
    }
    let named: Map<String, Value> = shapes.iter().map(|shape| (shape.name.to_owned(), shape.schema(shapes))).collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": title, "version": version},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": named,
        },
    })
}

fn operation<H>(route: &Route<H>) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| parameter(Member::read(name), "path", true));
    let in_query = route.query.iter().map(|said| parameter(Member::read(said), "query", false));
    let mut operation = json!({
        "operationId": route.name(),
        "tags": [route.tag()],
        "summary": route.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": responses(route),
    });
    if route.open {
        operation["security"] = json!([]);
    }
    let body = route.takes.map(schema).or_else(|| (!route.body.is_empty()).then(|| object_of(route.body, &[])));
    if let Some(schema) = body {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation
}

fn responses<H>(route: &Route<H>) -> Value {
    let refused = |description: &str| {
        json!({"description": description,
               "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}})
    };
    let answered = || schema(route.answers.unwrap_or("object"));
    let object = || json_content(&answered());
    let (status, content) = match route.gives {
        Gives::Object | Gives::Stepwise(_) => ("200", object()),
        Gives::Made => ("201", object()),
        Gives::Begun => ("202", object()),
        Gives::Items => ("200", json_content(&items(route, &answered(), &[]))),
        Gives::Page => ("200", json_content(&items(route, &answered(), PAGED))),
        Gives::Array => ("200", json_content(&json!({"type": "array", "items": answered()}))),
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
    if let Gives::Stepwise(next) = route.gives {
        let next = json_content(&schema(next));
        responses["202"] = json!({"description": "a step is still to be taken", "content": next});
    }
    responses
}

fn json_content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

/// Of the page after this one; null on the last.
const PAGED: &[&str] = &["next: text or null"];

fn items<H>(route: &Route<H>, item: &Value, paged: &[&'static str]) -> Value {
    let mut schema = object_of(["items: objects"].iter().chain(paged).chain(route.beside), &[]);
    schema["properties"]["items"]["items"] = item.clone();
    schema
}

fn parameter(member: Member, place: &str, required: bool) -> Value {
    json!({"name": member.name, "in": place, "required": required, "schema": member.schema()})
}
