//! What the desk's document says is held to the calls that the other stories do not make themselves.

use serde_json::{Value, json};

use super::{Desk, MARSH};

const PROFILE: &str = include_str!("../../../directory/profiles/gcsx-coco.toml");

#[test]
fn every_call_of_the_desk_answers_what_its_document_says() {
    let desk = Desk::open();
    let marsh = desk.member("marsh", |text| text);
    desk.admit(&marsh.joins());
    assert_eq!(desk.get("/operators")["items"][0]["name"], "desk");
    let added = desk.done("POST", "/profiles", &json!({"profile": PROFILE.replace("gcsx-coco", "coco-anew")}));
    assert_eq!(added["name"], "coco-anew");
    for profile in desk.get("/profiles")["items"].as_array().unwrap() {
        desk.get(&format!("/profiles/{}", profile["name"].as_str().unwrap()));
    }
    assert_eq!(desk.get("/members")["items"][0]["organisation"], "PH/LOC/marsh");
    let answers = std::fs::read_to_string(marsh.dir.join("code-of-connection.toml")).unwrap();
    desk.done("POST", &format!("{MARSH}/submissions"), &json!({"answers": answers}));
    desk.done("PUT", &format!("{MARSH}/controls/patching"), &json!({"verdict": "met", "note": "both servers"}));
    let open = desk.get(MARSH)["submission"].clone();
    assert_eq!((&open["sender"], &open["assessed"]), (&json!("operator"), &json!(1)));
    desk.done("POST", &format!("{MARSH}/suspend"), &json!({"reason": "a look at it"}));
    desk.done("POST", &format!("{MARSH}/resume"), &json!({"reason": "nothing was found"}));
    assert_eq!(desk.call("DELETE", "/sessions", &Value::Null).status, 204);
}
