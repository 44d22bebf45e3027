//! Lists through the management API: read page by page, chosen from, searched; what changes moves in them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cases::{done, exchange, with};
use crate::network::{Gateway, Network};

fn get(gateway: &Gateway, path: &str) -> Value {
    done(gateway, "GET", path, &Value::Null, 200)
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Everything that a list has, two at a time.
fn read_through(gateway: &Gateway, list: &str) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(gateway, &format!("{list}limit=2{after}"));
        let found = ids(&page);
        assert!(found.len() <= 2 && page["total"].as_u64().unwrap() >= found.len() as u64, "{page}");
        all.extend(found);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", next.replace(' ', "%20")),
            None => return all,
        }
    }
}

pub(crate) fn a_list_is_read_page_by_page_and_nothing_is_left_out_or_twice(network: &Network) {
    let borough = &network.borough;
    let received = |number: i32| {
        json!({"kind": "complaint", "what": format!("page {number}"), "channel": "letter",
               "received_at": "2026-11-01T09:00:00Z"})
    };
    let made: BTreeSet<String> = (0..5)
        .map(|number| done(borough, "POST", "/requests", &received(number), 201)["id"].as_str().unwrap().to_owned())
        .collect();
    let read = read_through(borough, "/requests?kind=complaint&q=page&");
    assert_eq!(read.len(), 5);
    assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), made);
    for list in ["requests", "incidents", "decisions", "assets", "agreements", "processing-records"] {
        for wrong in ["/requests/x", "%00", "%F0%9F%90%8E"] {
            let answer = with(borough, &borough.token, "GET", &format!("/{list}?after={wrong}"), &Value::Null);
            assert_eq!(answer.status, 400, "{list} {wrong}: {}", answer.text());
            assert_eq!(answer.json()["remedy"], "begin again without after");
        }
        let odd = get(borough, &format!("/{list}?q=%00%27%25&limit=3"));
        assert!(odd["items"].is_array(), "{odd}");
    }
}

pub(crate) fn what_is_searched_is_found_by_its_words_until_they_are_forgotten(network: &Network) {
    let borough = &network.borough;
    let received = json!({"kind": "freedom-of-information", "what": "What do the barges on the Zephyrine cost?",
                          "requester": "Quillon Example", "channel": "e-mail",
                          "received_at": "2026-11-02T09:00:00Z"});
    let id = done(borough, "POST", "/requests", &received, 201)["id"].as_str().unwrap().to_owned();
    let found = |query: &str| ids(&get(borough, &format!("/requests?{query}")));
    for query in
        ["q=ZEPH", "q=barges%20quill", "q=quillon&kind=freedom-of-information&state=running", &format!("q={id}")]
    {
        assert_eq!(found(query), [id.as_str()], "{query}");
    }
    for query in ["q=ephyrine", "q=zephyrine%20moon", "q=quillon&state=answered", "q=quillon&kind=complaint"] {
        assert!(found(query).is_empty(), "{query}");
    }
    let steps = format!("/requests/{id}/steps");
    done(borough, "POST", &steps, &json!({"step": "answer", "summary": "nothing is held"}), 200);
    assert_eq!(found("q=quillon&state=answered"), [id.as_str()], "a change moves it in the lists");
    done(borough, "POST", &steps, &json!({"step": "forget"}), 200);
    assert!(
        found("q=quillon").is_empty() && found("q=zephyrine").is_empty(),
        "who asked is forgotten by searches, too"
    );
    assert_eq!(found(&format!("q={id}")), [id.as_str()]);
}

pub(crate) fn whoever_sees_their_own_alone_finds_and_counts_their_own_alone(network: &Network) {
    let borough = &network.borough;
    let clerk = borough.new_token("clerk-lists", "officer");
    crate::network::until("the token counts", || with(borough, &clerk, "GET", "/status", &Value::Null).status == 200);
    let report = |token: &str| {
        let body = json!({"what": "a wobbly parcel", "kind": "damaged", "noticed_at": jiff::Timestamp::now()});
        with(borough, token, "POST", "/incidents", &body).json()["id"].as_str().unwrap().to_owned()
    };
    let (own, other) = (report(&clerk), report(&borough.token));
    let listed = with(borough, &clerk, "GET", "/incidents?q=wobbly", &Value::Null).json();
    assert_eq!((ids(&listed), &listed["total"]), (vec![own.clone()], &json!(1)));
    let all = ids(&get(borough, "/incidents?q=wobbly&state=open&drill=false"));
    assert_eq!(all.len(), 2);
    assert!(all.contains(&own) && all.contains(&other));
    assert_eq!(ids(&get(borough, "/incidents?q=wobbly&state=closed")).len(), 0);
}

pub(crate) fn agreements_training_and_exchanges_are_found(network: &Network) {
    let borough = &network.borough;
    let all = get(borough, "/agreements?limit=200");
    let one = ids(&all).into_iter().next().unwrap();
    let found = get(borough, &format!("/agreements?q={one}&state=active"));
    assert!(ids(&found).contains(&one), "{found}");
    assert_eq!(get(borough, "/agreements?q=no-such-thing")["total"], 0);
    assert_eq!(with(borough, &borough.token, "GET", "/agreements?state=odd", &Value::Null).status, 400);
    let read = read_through(borough, "/agreements?");
    assert_eq!(read.len() as u64, all["total"].as_u64().unwrap());

    let course = json!({"code": "lists", "title": "Lists", "valid_months": 12});
    done(borough, "PUT", "/training/courses/lists", &course, 200);
    let passed = json!({"passed_on": jiff::Zoned::now().date()});
    for person in ["seeker-1", "seeker-2", "other-1"] {
        done(borough, "PUT", &format!("/training/register/{person}/lists"), &passed, 200);
    }
    let found = get(borough, "/training/register?q=seek&limit=1");
    assert_eq!((&found["items"][0]["person"], &found["next"]), (&json!("seeker-1"), &json!("seeker-1")));

    let exchange = exchange(network);
    let found = get(borough, &format!("/records?exchange={exchange}"));
    assert!(!found.as_array().unwrap().is_empty());
    assert!(found.as_array().unwrap().iter().all(|line| line["exchange"] == exchange.as_str()), "{found}");
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let count = |from: jiff::civil::Date, to: jiff::civil::Date| {
        get(borough, &format!("/records?exchange={exchange}&from={from}&to={to}")).as_array().unwrap().len()
    };
    let (before, after) = (day.yesterday().unwrap(), day.tomorrow().unwrap());
    // The day may have turned since it was exchanged.
    assert_eq!(count(before, after), found.as_array().unwrap().len(), "both days count");
    assert_eq!((count(after, after), count(before.yesterday().unwrap(), before.yesterday().unwrap())), (0, 0));
    assert_eq!(with(borough, &borough.token, "GET", "/records?from=yesterday", &Value::Null).status, 400);

    let reviews = get(borough, "/agreement-reviews?limit=1");
    let named = reviews["items"][0]["agreement"].as_str().unwrap();
    let found = get(borough, &format!("/agreement-reviews?q={named}"));
    assert!(found["items"].as_array().unwrap().iter().any(|review| review["agreement"] == named), "{found}");
    assert_eq!(get(borough, "/agreement-reviews?q=no-such-thing")["total"], 0);
    let overdue = get(borough, "/agreement-reviews?standing=overdue");
    assert!(overdue["items"].as_array().unwrap().iter().all(|review| review["standing"] == "overdue"), "{overdue}");
}
