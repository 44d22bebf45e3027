//! What stands before every page, in front of an inside door that is made up.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::cookies::form_token;
use crate::{Settings, router};

async fn session(headers: HeaderMap) -> (StatusCode, &'static str) {
    match headers.get("authorization").map(|value| value.as_bytes()) {
        Some(b"Bearer new") => {
            (StatusCode::OK, r#"{"person":"n","name":"New","roles":["officer"],"to_accept":{"version":1}}"#)
        }
        Some(b"Bearer good") => (StatusCode::OK, r#"{"person":"a","name":"<b>Ada</b>","roles":["officer"]}"#),
        _ => (StatusCode::UNAUTHORIZED, r#"{"error":"no valid token","remedy":"show one"}"#),
    }
}

fn pages() -> Router {
    let api = Router::new()
        .route("/api/me", get(session))
        .route("/api/sign-in", get(|| async { r#"{"open_id":false,"recovery_by_mail":true}"# }))
        .fallback(|| async { (StatusCode::IM_A_TEAPOT, "x-road") });
    router(api, Settings { organisation: "Borough & Sons".into(), secure: false })
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn ask(request: Request<Body>) -> Got {
    let (parts, body) = pages().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Got { status: parts.status, headers: parts.headers, text }
}

fn post(path: &str, cookie: &str, body: String) -> Request<Body> {
    let request = Request::post(path).header(COOKIE, cookie).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn what_is_no_page_goes_to_the_inside_door_as_it_came() {
    let got = ask(Request::get("/r1/PH/GOV/agency/main/vehicles").body(Body::empty()).unwrap()).await;
    assert_eq!((got.status, got.text.as_str()), (StatusCode::IM_A_TEAPOT, "x-road"));
    assert!(!got.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn who_has_not_signed_in_is_asked_to_and_comes_back_to_where_they_were() {
    let got = ask(Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!((got.status, got.headers[LOCATION].as_bytes()), (StatusCode::SEE_OTHER, b"/sign-in".as_slice()));
    let got = ask(Request::get("/sign-in?to=%2Finbox").body(Body::empty()).unwrap()).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.text.contains("value=\"/inbox\""), "{}", got.text);
    assert!(got.headers[SET_COOKIE].to_str().unwrap().contains("HttpOnly; SameSite=Lax"));
    assert_eq!(got.headers["cache-control"], "no-store");
    assert!(
        got.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; script-src 'self'")
    );
}

#[tokio::test]
async fn what_people_are_called_is_text_and_never_markup() {
    let got = ask(Request::get("/").header(COOKIE, "packhorse=good").body(Body::empty()).unwrap()).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.text.contains("Hello, &#60;b&#62;Ada"), "{}", got.text);
    assert!(got.text.contains("Borough &#38; Sons"));
}

#[tokio::test]
async fn a_form_that_is_not_this_sessions_is_refused_and_nothing_is_done() {
    let own = format!("form_token={}", form_token("good"));
    let other = format!("form_token={}", form_token("other"));
    let out = ask(post("/sign-out", "packhorse=good", own.clone())).await;
    assert_eq!(out.headers[LOCATION], "/signed-out");
    for body in [String::new(), other, "form_token=".into()] {
        let got = ask(post("/sign-out", "packhorse=good", body)).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(got.text.contains("This form can no longer be sent"), "{}", got.text);
        assert!(!got.headers.contains_key(SET_COOKIE));
    }
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let mut request = post("/sign-out", "packhorse=good", own.clone());
        request.headers_mut().insert(name, value.parse().unwrap());
        request.headers_mut().insert("host", "gateway".parse().unwrap());
        assert_eq!(ask(request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let mut json = post("/sign-out", "packhorse=good", own);
    json.headers_mut().insert(CONTENT_TYPE, "text/plain".parse().unwrap());
    assert_eq!(ask(json).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_sent_before_the_policy_is_accepted_is_not_taken_and_can_be_sent_once_more() {
    let visit = |path: &str| Request::get(path).header(COOKIE, "packhorse=new").body(Body::empty()).unwrap();
    let led = ask(visit("/teams")).await;
    assert_eq!(
        (led.status, &led.headers[LOCATION]),
        (StatusCode::SEE_OTHER, &"/acceptable-use?to=%2Fteams".parse().unwrap())
    );
    for open in ["/account", "/account/password", "/incidents/report"] {
        assert_eq!(ask(visit(open)).await.status, StatusCode::OK, "{open}");
    }
    assert_eq!(ask(visit("/accounts")).await.status, StatusCode::IM_A_TEAPOT, "a name that begins alike is no page");
    let sent = ask(post("/teams", "packhorse=new", format!("form_token={}", form_token("new")))).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
    assert!(sent.text.contains("load this page again") && sent.text.contains("/acceptable-use"), "{}", sent.text);
    let out = ask(post("/sign-out", "packhorse=new", format!("form_token={}", form_token("new")))).await;
    assert_eq!(out.headers[LOCATION], "/signed-out");
}

#[tokio::test]
async fn what_is_not_there_is_said_on_a_page() {
    let got = ask(Request::get("/sign-out").body(Body::empty()).unwrap()).await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(got.text.contains("Page not found"));
    let asset = ask(Request::get(format!("{}/govuk.css", *crate::assets::FOLDER)).body(Body::empty()).unwrap()).await;
    assert_eq!(
        (asset.status, &asset.headers[CONTENT_TYPE]),
        (StatusCode::OK, &"text/css; charset=utf-8".parse().unwrap())
    );
}
