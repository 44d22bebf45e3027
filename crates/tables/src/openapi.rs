//! The machine-readable description of a service: an OpenAPI 3.0.3 document and its operations.
//!
//! Written from the definition alone; must never look at the data.

use packhorse_model::service::Operation;
use serde_json::{Map, Value, json};

use crate::definition::{Column, Lookup, Rule, Source, TableDefinition};
use crate::shape;

/// The operations, each a method and a path glob, for the metaservices.
pub(crate) fn operations(definition: &TableDefinition) -> Vec<Operation> {
    if let Source::Upstream { operations, .. } = &definition.source {
        return operations.clone();
    }
    let lookups = definition.lookups.iter().flat_map(|lookup| {
        let keys = "/*".repeat(lookup.keys.len());
        [operation("GET", &format!("/{}{keys}", lookup.name)), operation("POST", &format!("/{}", lookup.name))]
    });
    std::iter::once(operation("GET", "/")).chain(lookups).flatten().collect()
}

/// A glob of checked names always parses.
fn operation(method: &str, glob: &str) -> Option<Operation> {
    glob.parse().ok().map(|path| Operation { method: method.to_owned(), path })
}

/// The document.
pub(crate) fn document(definition: &TableDefinition) -> Value {
    let mut paths = Map::new();
    if let Source::Upstream { operations, .. } = &definition.source {
        for operation in operations {
            upstream_path(&mut paths, operation);
        }
    } else {
        paths.insert("/".to_owned(), json!({"get": description()}));
        for lookup in &definition.lookups {
            let columns: Vec<&Column> = definition.key_columns(lookup).map(|(_, column)| column).collect();
            let template: String = columns.iter().map(|column| format!("/{{{}}}", column.name)).collect();
            paths.insert(format!("/{}{template}", lookup.name), json!({"get": by_path(lookup, &columns)}));
            paths.insert(format!("/{}", lookup.name), json!({"post": by_body(lookup, &columns)}));
        }
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": definition.title, "description": definition.description, "version": "1"},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": {"Row": shape::schema(definition), "Rows": rows(), "Problem": problem()}},
    })
}

fn description() -> Value {
    json!({
        "operationId": "describe",
        "summary": "What this table is, its columns and its lookups",
        "responses": {"200": {"description": "The description",
            "content": {"application/json": {"schema": {"type": "object"}}}}},
    })
}

fn by_path(lookup: &Lookup, columns: &[&Column]) -> Value {
    let parameters: Vec<Value> = columns
        .iter()
        .map(|column| json!({"name": column.name, "in": "path", "required": true, "schema": key_schema(column)}))
        .collect();
    json!({
        "operationId": format!("get-{}", lookup.name),
        "summary": summary(lookup),
        "parameters": parameters,
        "responses": responses(lookup),
    })
}

fn by_body(lookup: &Lookup, columns: &[&Column]) -> Value {
    let properties: Map<String, Value> =
        columns.iter().map(|column| (column.name.clone(), key_schema(column))).collect();
    let schema = json!({
        "type": "object", "properties": properties, "required": lookup.keys, "additionalProperties": false,
    });
    json!({
        "operationId": format!("post-{}", lookup.name),
        "summary": format!("{}; the keys stand in the body, not in an address that may be logged", summary(lookup)),
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
        "responses": responses(lookup),
    })
}

fn key_schema(column: &Column) -> Value {
    let mut schema = shape::column_schema(column);
    if let Some(members) = schema.as_object_mut() {
        members.remove("nullable");
    }
    schema
}

fn summary(lookup: &Lookup) -> String {
    let keys = lookup.keys.join(" and ");
    match lookup.rule {
        Rule::Single => format!("The single row with this {keys}, or nothing"),
        Rule::AtMost(most) => format!("The rows with this {keys}, at most {most}"),
    }
}

fn responses(lookup: &Lookup) -> Value {
    let problem = |why: &str| json!({"description": why, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let found =
        |schema: &str| json!({"description": "Found", "content": {"application/json": {"schema": {"$ref": schema}}}});
    match lookup.rule {
        Rule::Single => json!({
            "200": found("#/components/schemas/Row"),
            "400": problem("A key is missing or malformed"),
            "404": problem("No row matches, or more than one"),
        }),
        Rule::AtMost(_) => json!({
            "200": found("#/components/schemas/Rows"),
            "400": problem("A key is missing or malformed"),
            "422": problem("Too many rows match: ask more narrowly"),
        }),
    }
}

fn rows() -> Value {
    json!({"type": "object", "required": ["rows"],
        "properties": {"rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}}})
}

fn problem() -> Value {
    json!({"type": "object", "required": ["type", "message"],
        "properties": {"type": {"type": "string"}, "message": {"type": "string"}}})
}

/// An upstream's glob as a path template: each star a parameter. `**` and `*` as a method cannot be
/// said in OpenAPI and are left out.
fn upstream_path(paths: &mut Map<String, Value>, operation: &Operation) {
    let glob = operation.path.to_string();
    let method = operation.method.to_ascii_lowercase();
    let known = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    if glob.contains("**") || glob.contains('\\') || !known.contains(&method.as_str()) {
        return;
    }
    let mut parameters = Vec::new();
    let mut template = String::new();
    for (number, part) in glob.split('*').enumerate() {
        if number > 0 {
            template.push_str(&format!("{{p{number}}}"));
            let name = format!("p{number}");
            parameters.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
        }
        template.push_str(part);
    }
    let answer = json!({"description": "The upstream's answer",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}});
    let described = json!({"parameters": parameters, "responses": {"200": answer}});
    let item = paths.entry(template).or_insert_with(|| json!({}));
    if let Some(methods) = item.as_object_mut() {
        methods.insert(method, described);
    }
}
