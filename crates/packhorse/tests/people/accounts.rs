//! Signing in, and what somebody may do then.

use serde_json::{Value, json};

use crate::network::Network;
use crate::office::{PASSWORD, Staff, done, newcomer, open, with};

pub(crate) fn whoever_was_invited_signs_in_and_out(network: &Network) {
    let borough = &network.borough;
    let mut ada = Staff::enter(network, "ada", &["officer"]);
    let me = ada.call(network, "GET", "/me", &Value::Null).json();
    assert_eq!((&me["person"], &me["roles"]), (&json!("ada"), &json!(["officer"])));
    assert_eq!((&me["has_second_factor"], &me["signed_in_by"]), (&json!(true), &json!("password")));
    // In two steps, as a page does it.
    let half = open(borough, "POST", "/sign-in", &json!({"name": "ADA@borough.example", "password": PASSWORD}));
    assert_eq!((half.status, half.json()["needs"].clone()), (202, json!("code")));
    let step = half.json()["step"].clone();
    assert_eq!(open(borough, "POST", "/sign-in/code", &json!({"step": step, "code": "000000"})).status, 401);
    let code = ada.recovery.pop().unwrap();
    let entered = open(borough, "POST", "/sign-in/code", &json!({"step": step, "code": code}));
    assert_eq!(entered.status, 200, "{}", entered.text());
    let session = entered.json()["session"].as_str().unwrap().to_owned();
    // A step is no session, and counts once.
    assert_eq!(with(borough, step.as_str().unwrap(), "GET", "/me", &Value::Null).status, 401);
    assert_eq!(open(borough, "POST", "/sign-in/code", &json!({"step": step, "code": code})).status, 410);
    done(borough, &session, "DELETE", "/session", &Value::Null);
    assert_eq!(with(borough, &session, "GET", "/me", &Value::Null).status, 401);
    assert_eq!(ada.call(network, "GET", "/me", &Value::Null).status, 200, "the other session goes on");
    // A new password ends it.
    let new = json!({"old": PASSWORD, "new": "violet engine harbour"});
    let wrong = ada.call(network, "POST", "/me/password", &json!({"old": "x", "new": "violet engine harbour"}));
    assert_eq!(wrong.status, 401);
    let weak = ada.call(network, "POST", "/me/password", &json!({"old": PASSWORD, "new": "password1234"}));
    assert_eq!(weak.status, 422, "{}", weak.text());
    let changed = ada.call(network, "POST", "/me/password", &new);
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(ada.call(network, "GET", "/me", &Value::Null).status, 401);
    ada.session = changed.json()["session"].as_str().unwrap().to_owned();
    assert_eq!(ada.call(network, "GET", "/me", &Value::Null).status, 200);
    assert_eq!(ada.sign_in(network).status, 401, "the old password is one no more");
}

pub(crate) fn a_wrong_name_and_a_wrong_password_are_answered_alike(network: &Network) {
    Staff::enter(network, "bea", &["officer"]);
    let said = ["bea", "nobody", "bea@borough.example", "bea' OR '1'='1", "💥"].map(|name| {
        let answer = open(&network.borough, "POST", "/sign-in", &json!({"name": name, "password": "a wrong password"}));
        (answer.status, answer.json())
    });
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    assert_eq!(said[0].0, 401);
    for name in ["", "x\0", &"x".repeat(1000)] {
        let answer = open(&network.borough, "POST", "/sign-in", &json!({"name": name, "password": "x"}));
        assert!((400..500).contains(&answer.status), "{name:?}: {}", answer.status);
    }
    let long = "x".repeat(900_000);
    let answer = open(&network.borough, "POST", "/sign-in", &json!({"name": "bea", "password": long}));
    assert_eq!(answer.status, 401, "a password too long to hash is wrong");
}

pub(crate) fn too_many_tries_have_to_wait(network: &Network) {
    let guess = |name: &str| open(&network.borough, "POST", "/sign-in", &json!({"name": name, "password": "a guess"}));
    for name in ["nobody-at-all", "nobody-else"] {
        let statuses: Vec<u16> = (0..6).map(|_| guess(name).status).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
        let wait = guess(name);
        let seconds: u32 = wait.header("retry-after").parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
        assert!(wait.json()["remedy"].as_str().unwrap().contains("recover"));
    }
}

pub(crate) fn everybody_may_do_what_their_roles_allow_and_no_more(network: &Network) {
    let cal = Staff::enter(network, "cal", &["officer"]);
    let dot = Staff::enter(network, "dot", &["governance", "auditor"]);
    let operator = &network.borough.token;
    for (method, path, body, officer, governance) in [
        ("GET", "/people", Value::Null, 403, 200),
        ("GET", "/people/cal", Value::Null, 200, 200),
        ("GET", "/people/dot", Value::Null, 403, 200),
        ("GET", "/people/nobody", Value::Null, 403, 404),
        ("POST", "/people", newcomer("eve", &[]), 403, 200),
        ("POST", "/people", newcomer("eve", &[]), 403, 422),
        ("POST", "/people", newcomer("oscar", &["operator"]), 403, 403),
        ("POST", "/people/cal/suspend", json!({}), 403, 200),
        ("POST", "/people/cal/resume", json!({}), 401, 200),
        ("GET", "/access-review", Value::Null, 401, 200),
        ("POST", "/access-review/cal/confirm", json!({}), 401, 200),
        ("POST", "/access-review/dot/confirm", json!({}), 401, 403),
        ("PUT", "/teams/parking", json!({"title": "Parking", "department": "Streets"}), 401, 200),
        ("DELETE", "/teams/parking", Value::Null, 401, 204),
        ("DELETE", "/teams/parking", Value::Null, 401, 404),
        ("GET", "/records", Value::Null, 401, 200),
        ("PUT", "/systems/another", json!({"title": "x"}), 401, 403),
    ] {
        let answer = cal.call(network, method, path, &body);
        assert_eq!(answer.status, officer, "{method} {path} by an officer: {}", answer.text());
        let answer = dot.call(network, method, path, &body);
        assert_eq!(answer.status, governance, "{method} {path} by governance: {}", answer.text());
    }
    // Nobody makes themselves more than they are, or takes over an operator's account.
    let mut raised = newcomer("dot", &["governance", "integrator"]);
    raised.as_object_mut().unwrap().remove("id");
    assert_eq!(dot.call(network, "PUT", "/people/dot", &raised).status, 403);
    done(&network.borough, operator, "PUT", "/people/dot", &raised);
    done(&network.borough, operator, "POST", "/people", &newcomer("oscar", &["operator"]));
    for act in ["suspend", "recover", "invite", "leave"] {
        let answer = dot.call(network, "POST", &format!("/people/oscar/{act}"), &json!({}));
        assert_eq!(answer.status, 403, "{act}: {}", answer.text());
    }
}

pub(crate) fn what_is_said_of_people_is_bounded(network: &Network) {
    let token = &network.borough.token;
    let changed = |name: &str, value: Value| {
        let mut body = newcomer("fay", &["officer"]);
        body[name] = value;
        with(&network.borough, token, "POST", "/people", &body).status
    };
    for (name, value) in [
        ("id", json!("../operator")),
        ("id", json!("")),
        ("id", json!("x".repeat(65))),
        ("name", json!("x".repeat(201))),
        ("name", json!("Robert'); DROP TABLE\u{0}")),
        ("name", json!("\u{202e}gnp.exe")),
        ("email", json!("fay@borough.example\r\nBcc: all@borough.example")),
        ("email", json!("fay")),
        ("roles", json!(["king"])),
        ("tier", json!("top")),
        ("teams", json!(["no-such-team"])),
        ("subject", json!("not for callers")),
    ] {
        let status = changed(name, value.clone());
        assert!((400..500).contains(&status), "{name} {value}: {status}");
    }
    assert_eq!(with(&network.borough, token, "GET", "/people/fay", &Value::Null).status, 404);
    assert_eq!(changed("name", json!("<script>alert('é 李 \u{1f600}')</script>")), 200);
    let listed = done(&network.borough, token, "GET", "/people?text=SCRIPT&limit=1", &Value::Null);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let first = done(&network.borough, token, "GET", "/people?limit=1", &Value::Null);
    let next = first["next"].as_str().unwrap();
    let second = done(&network.borough, token, "GET", &format!("/people?limit=1&after={next}"), &Value::Null);
    assert!(second["items"][0]["id"].as_str().unwrap() > next);
}
