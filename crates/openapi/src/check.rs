//! What is wrong with an API's description, for its own test to ask.

use serde_json::Value;

use crate::member::Member;
use crate::shape::{Is, Shape};
use crate::{Gives, Route, document};

/// What of routes and shapes does not hold together: a call that does not say what it answers, a shape that says its
/// type otherwise than it is, that nothing uses, or that is not there, a name that two have. Nothing when all does.
pub fn amiss<H>(routes: &[Route<H>], shapes: &[Shape]) -> Vec<String> {
    let mut found: Vec<String> = shapes.iter().flat_map(of_its_type).collect();
    for (place, route) in routes.iter().enumerate() {
        if routes[..place].iter().any(|other| other.name() == route.name()) {
            found.push(format!("two calls are called {}", route.name()));
        }
        let is_json = !matches!(route.gives, Gives::Nothing | Gives::File(_));
        if route.answers.is_some() != is_json {
            found.push(format!("{} {}: what it answers is not said", route.method, route.path));
        }
    }
    let of_routes = routes.iter().flat_map(|route| [route.body, route.query, route.beside]).flatten().copied();
    let members = shapes.iter().flat_map(Shape::members).chain(of_routes);
    let unknown = members.filter(|&said| !said.starts_with("..") && !Member::read(said).is_known());
    found.extend(unknown.map(|said| format!("{said}: there is no such kind")));
    let document = document("", "", routes, shapes);
    let mut referred = Vec::new();
    refer(&document, &mut referred);
    for pointer in &referred {
        if document.pointer(pointer.trim_start_matches('#')).is_none() {
            found.push(format!("{pointer} is not there"));
        }
    }
    for (place, shape) in shapes.iter().enumerate() {
        let taken_in = shapes.iter().flat_map(Shape::members).any(|said| said.strip_prefix("..") == Some(shape.name));
        let named = format!("#/components/schemas/{}", shape.name);
        if !taken_in && !referred.contains(&named.as_str()) {
            found.push(format!("nothing uses {}", shape.name));
        }
        if shapes[..place].iter().any(|other| other.name == shape.name) {
            found.push(format!("two shapes are called {}", shape.name));
        }
    }
    found
}

/// What a shape says otherwise than its type has it.
fn of_its_type(shape: &Shape) -> Option<String> {
    let (said, has): (Vec<&str>, _) = match &shape.is {
        Is::Object { members, spelled: Some(spelled), .. } => {
            (members.iter().map(|said| Member::read(said).name).collect(), spelled())
        }
        Is::Either { tag, cases, spelled } => (cases.iter().map(|(word, _)| *word).collect(), spelled(tag)),
        Is::Words(spelled) => (Vec::new(), spelled()),
        Is::Object { spelled: None, .. } => return None,
    };
    let is_so = if matches!(shape.is, Is::Words(_)) { !has.is_empty() } else { said == has };
    (!is_so).then(|| format!("{} is said to have {said:?} and has {has:?}", shape.name))
}

fn refer<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| refer(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| refer(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{object, of, route};

    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "it is asked for its names alone")]
    struct Load {
        weight: u32,
        mark: String,
    }

    #[test]
    fn what_holds_together_is_told_from_what_does_not() {
        let good = [of::<Load>("Load", &["weight: integer", "mark"]), object("Error", &["error"])];
        let said = || route("get", "/loads", (), "the loads").answers("Load");
        assert_eq!(amiss(&[said()], &good), [""; 0]);
        let short = [of::<Load>("Load", &["weight: integer"]), object("Error", &["error"])];
        assert!(amiss(&[said()], &short)[0].starts_with("Load is said to have"));
        assert_eq!(amiss(&[said()], &good[1..]), ["#/components/schemas/Load is not there"]);
        let mute = route("get", "/loads", (), "the loads");
        let found = amiss(&[mute], &good);
        assert_eq!(found, ["get /loads: what it answers is not said", "nothing uses Load"]);
        assert_eq!(amiss(&[said(), said()], &good), ["two calls are called get_loads"]);
        let misspelled = said().query(&["limit: interger"]);
        assert_eq!(amiss(&[misspelled], &good), ["limit: interger: there is no such kind"]);
    }
}
