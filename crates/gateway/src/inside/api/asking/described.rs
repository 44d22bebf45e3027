//! How a partner describes its service, read from the OpenAPI document that its gateway gives.
//!
//! What a stranger wrote: every text and list is bounded, and what has another form is left out.

use packhorse_model::id::{ServiceId, SystemId, encode_part};
use serde_json::{Value, json};

use super::put::{Through, as_error, through};
use crate::inside::Inside;
use crate::inside::api::ApiError;

/// Most lookups, keys or fields that are shown.
const MOST: usize = 200;
/// Most letters of a text.
const LETTERS: usize = 500;

/// A service as people are shown it.
pub(super) struct Described {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) lookups: Vec<Value>,
    pub(super) fields: Vec<Value>,
}

/// Asks the provider's `getOpenAPI`.
pub(super) async fn fetch(
    inside: &Inside,
    client: &SystemId,
    service: &ServiceId,
    who: (&str, Option<String>),
) -> Result<Described, ApiError> {
    let metaservice = service.system.service("getOpenAPI").map_err(|_| ApiError::missing("register of yours"))?;
    let query = format!("serviceCode={}", encode_part(&service.service));
    let asked = Through::get(client.clone(), metaservice, query, who)?;
    let answer = through(inside, asked).await.ended.map_err(|stop| as_error(&stop))?;
    let document: Value = serde_json::from_slice(&answer.body)
        .map_err(|_| ApiError::bad("the register does not describe itself", "ask its owner to declare its columns"))?;
    Ok(read(&document))
}

fn read(document: &Value) -> Described {
    let paths = document["paths"].as_object().into_iter().flatten().take(MOST);
    let lookups = paths.filter_map(|(path, item)| lookup(path, &item["post"])).collect();
    let row = &document["components"]["schemas"]["Row"]["properties"];
    let fields = row.as_object().into_iter().flatten().take(MOST).map(|(name, schema)| field(name, schema)).collect();
    Described {
        title: text(&document["info"]["title"]),
        description: text(&document["info"]["description"]),
        lookups,
        fields,
    }
}

/// A lookup by keys in the body: keys are never written into an address.
fn lookup(path: &str, post: &Value) -> Option<Value> {
    let name = path.strip_prefix('/').filter(|name| !name.is_empty() && !name.contains(['/', '{']))?;
    let schema = &post["requestBody"]["content"]["application/json"]["schema"];
    let keys = schema["properties"].as_object()?.iter().take(MOST).map(|(name, schema)| field(name, schema));
    Some(json!({ "lookup": name, "summary": text(&post["summary"]), "keys": keys.collect::<Vec<_>>() }))
}

fn field(name: &str, schema: &Value) -> Value {
    json!({
        "name": cut(name), "type": text(&schema["type"]), "format": text(&schema["format"]),
        "description": text(&schema["description"]), "pattern": text(&schema["pattern"]),
    })
}

fn text(value: &Value) -> String {
    value.as_str().map(cut).unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LETTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_partner_describes_is_read_as_far_as_it_has_the_form() {
        let key = json!({"properties": {"vrm": {"type": "string"}}});
        let post = json!({"summary": "a row", "requestBody": {"content": {"application/json": {"schema": key}}}});
        let document = json!({
            "info": {"title": "Vehicles", "description": 7},
            "paths": {"/by-vrm": {"post": post}, "/": {"get": {}}, "/by-vrm/{vrm}": {"post": post}, "/odd": {"post": 1}},
            "components": {"schemas": {"Row": {"properties": {"make": {"type": "string"}, "x\u{0}y": []}}}},
        });
        let read = read(&document);
        assert_eq!((read.title.as_str(), read.description.as_str()), ("Vehicles", ""));
        assert_eq!(read.lookups.len(), 1);
        assert_eq!(read.lookups[0]["keys"][0]["name"], "vrm");
        assert_eq!(read.fields.iter().map(|field| field["name"].as_str().unwrap()).collect::<Vec<_>>(), ["make", "xy"]);
    }
}
