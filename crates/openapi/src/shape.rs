//! Shapes that have a name: what calls answer, and what stands within, each said once.
//!
//! A shape's members are words beside a type, in the language of [`member`](crate::member). What keeps them true: where
//! the type can be asked for its names ([`spelled`](crate::spelled)), [`amiss`](crate::amiss) compares; and whoever calls an
//! API in a test can hold what it answers against the document.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::member::{Member, words as enumerated};
use crate::spelled;

/// How the names of a type are asked for.
pub(crate) type Spelled = fn() -> &'static [&'static str];

/// One of a document's schemas, with a name.
pub struct Shape {
    pub(crate) name: &'static str,
    pub(crate) is: Is,
}

pub(crate) enum Is {
    /// An object. `..Name` stands for the members of another one; a later member counts in place of an earlier.
    Object { members: &'static [&'static str], more: &'static [&'static str], spelled: Option<Spelled> },
    /// A text that is one of a few.
    Words(Spelled),
    /// An object whose members depend on the word of one of them.
    Either { tag: &'static str, cases: &'static [Case], spelled: fn(&'static str) -> &'static [&'static str] },
}

/// A word, and the members of an object that has it.
pub type Case = (&'static str, &'static [&'static str]);

/// An object that is put together for an answer.
pub fn object(name: &'static str, members: &'static [&'static str]) -> Shape {
    Shape { name, is: Is::Object { members, more: &[], spelled: None } }
}

/// A type as it is.
pub fn of<T: DeserializeOwned>(name: &'static str, members: &'static [&'static str]) -> Shape {
    Shape { name, is: Is::Object { members, more: &[], spelled: Some(spelled::names::<T>) } }
}

/// The words of an enumeration.
pub fn words<T: DeserializeOwned>(name: &'static str) -> Shape {
    Shape { name, is: Is::Words(spelled::names::<T>) }
}

/// An enumeration whose cases are objects.
pub fn either<T: DeserializeOwned>(name: &'static str, tag: &'static str, cases: &'static [Case]) -> Shape {
    Shape { name, is: Is::Either { tag, cases, spelled: spelled::cases::<T> } }
}

impl Shape {
    /// Shown with members that the type does not have.
    #[must_use]
    pub fn with(mut self, members: &'static [&'static str]) -> Self {
        if let Is::Object { more, .. } = &mut self.is {
            *more = members;
        }
        self
    }

    /// Its schema. `all` is every shape, for what `..Name` stands for.
    pub(crate) fn schema(&self, all: &[Self]) -> Value {
        match &self.is {
            Is::Object { members, more, .. } => object_of(members.iter().chain(*more), all),
            Is::Words(spelled) => enumerated(spelled().iter().copied()),
            Is::Either { tag, cases, .. } => {
                let case = |(word, members): &Case| {
                    let mut schema = object_of(*members, all);
                    let mut properties = Map::from_iter([((*tag).to_owned(), enumerated([*word]))]);
                    properties.extend(schema["properties"].as_object().cloned().unwrap_or_default());
                    let required = schema["required"].as_array().cloned().unwrap_or_default();
                    schema["properties"] = Value::Object(properties);
                    schema["required"] = std::iter::once(json!(tag)).chain(required).collect();
                    schema
                };
                json!({"oneOf": cases.iter().map(case).collect::<Vec<_>>()})
            }
        }
    }

    /// Everything that it says of members.
    pub(crate) fn members(&self) -> Vec<&'static str> {
        match &self.is {
            Is::Object { members, more, .. } => members.iter().chain(*more).copied().collect(),
            Is::Words(_) => Vec::new(),
            Is::Either { cases, .. } => cases.iter().flat_map(|(_, members)| members.iter().copied()).collect(),
        }
    }
}

/// The schema of an object with these members.
pub(crate) fn object_of<'a>(members: impl IntoIterator<Item = &'a &'static str>, all: &[Shape]) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for member in whole(members, all) {
        required.retain(|name| *name != member.name);
        if !member.is_optional {
            required.push(member.name);
        }
        properties.insert(member.name.to_owned(), member.schema());
    }
    let mut schema = json!({"type": "object", "properties": properties});
    // An empty list is none (OpenAPI 3.0.3 §4.7.24: of JSON Schema, where it has at least one).
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn whole<'a>(members: impl IntoIterator<Item = &'a &'static str>, all: &[Shape]) -> Vec<Member> {
    let of = |said: &&'static str| match said.strip_prefix("..") {
        None => vec![Member::read(said)],
        Some(name) => {
            let shapes = all.iter().filter(|shape| shape.name == name);
            shapes.flat_map(|shape| whole(&shape.members(), all)).collect()
        }
    };
    members.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_takes_in_the_members_of_another_and_says_some_of_them_anew() {
        let all =
            [object("Line", &["id", "at: date", "note?"]), object("Whole", &["..Line", "at?: date-time", "more"])];
        let schema = all[1].schema(&all);
        assert_eq!(schema["required"], json!(["id", "more"]));
        assert_eq!(schema["properties"]["at"]["format"], "date-time");
        assert_eq!(schema["properties"].as_object().unwrap().len(), 4);
    }
}
