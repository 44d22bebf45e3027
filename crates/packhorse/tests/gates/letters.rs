//! Letters that say in time what must be done: to accept a policy, to renew training and vetting. Each comes once, and says
//! nothing about anybody.

use packhorse_governance::assurance::{AcceptableUse, Assurance};
use packhorse_store::{Store, StoreSettings};
use serde_json::json;

use super::acceptable_use::{grace, publish};
use super::call;
use super::mail_server::{Letter, MailServer};
use super::network::{Gateway, Network, agreements, until};
use super::office::{Staff, say_where_pages_are};
use super::receiver::{Receiver, answer};

/// The borough tells its people by letters from here on.
fn with_letters(borough: &Gateway) -> MailServer {
    let server = MailServer::start();
    say_where_pages_are(borough);
    server.serves(borough);
    again(borough);
    server
}

/// The gateway begins anew, and looks at once who is to be told of something.
fn again(borough: &Gateway) {
    borough.stop();
    borough.start();
}

/// The borough tells a webhook from here on.
fn with_webhook(borough: &Gateway) -> Receiver {
    let webhook = Receiver::start(vec![answer("204 No Content", "")]);
    let address = json!({"url": format!("http://{}/hook", webhook.address)});
    assert_eq!(call(borough, "PUT", "/notices/webhook", &address).status, 200);
    webhook
}

/// How many of the requests to a webhook say this.
fn told_to(webhook: &Receiver, what: &str) -> usize {
    let body = |request: &String| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    webhook.got().iter().map(body).filter(|said| said.contains(what)).count()
}

/// The letters to somebody that lead to a page.
fn about(server: &MailServer, person: &str, page: &str) -> Vec<Letter> {
    let end = format!("{page}\n");
    let leads_there = |letter: &Letter| text(letter).contains(&end);
    let letters = server.letters(&format!("{person}@borough.example"));
    letters.into_iter().filter(leads_there).collect()
}

/// RFC 2045 §6.7: a line that is too long is broken after an equals sign.
fn text(letter: &Letter) -> String {
    letter.text.replace('\r', "").replace("=\n", "").replace("=3D", "=")
}

fn says_nothing_about_anybody(letter: &Letter, person: &str) {
    let said = text(letter);
    for personal in [person, "Example", "Housing", "officer", "governance"] {
        let body = said.split("\n\n").skip(1).collect::<String>();
        assert!(!body.contains(personal), "the letter says {personal}: {said}");
    }
}

fn written(day: jiff::civil::Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

#[test]
fn everybody_who_must_accept_a_policy_is_told_when_it_is_published_and_again_before_they_are_refused() {
    let network = Network::start();
    let borough = &network.borough;
    let server = with_letters(borough);
    let today = agreements::today();
    let (kim, lee) = (Staff::enter(&network, "kim", &["officer"]), Staff::enter(&network, "lee", &["officer"]));
    assert_eq!(call(borough, "POST", "/people", &super::office::newcomer("invited", &["officer"])).status, 200);

    let webhook = with_webhook(borough);

    let first = today.saturating_add(jiff::ToSpan::days(10));
    assert_eq!(publish(borough, "Acceptable use", first).status, 200);
    until("both are told", || ["kim", "lee"].iter().all(|who| about(&server, who, "/acceptable-use").len() == 1));
    let letter = about(&server, "kim", "/acceptable-use").remove(0);
    let refused_from = written(first.saturating_add(jiff::ToSpan::days(14)));
    assert!(text(&letter).contains(&format!("From {refused_from} on")), "{}", letter.text);
    assert!(text(&letter).contains(&format!("http://{}/acceptable-use\n", borough.inside)), "{}", letter.text);
    says_nothing_about_anybody(&letter, "kim");
    assert_eq!(kim.call(&network, "POST", "/acceptable-use/accept", &json!({"version": 1})).status, 200);

    // The days pass: it was published two days ago, is in force since yesterday, and the grace ends in two days.
    grace(borough, 3);
    borough.stop();
    published_before(borough, today.saturating_sub(jiff::ToSpan::days(2)), today.yesterday().unwrap());
    borough.start();
    let reminders = |who: &str| {
        let letters = about(&server, who, "/acceptable-use");
        letters.into_iter().filter(|letter| text(letter).contains("not accepted the acceptable use policy yet")).count()
    };
    until("whoever has not accepted it is reminded", || reminders("lee") == 1);
    let refused_from = written(today.saturating_add(jiff::ToSpan::days(2)));
    assert!(about(&server, "lee", "/acceptable-use").iter().any(|letter| text(letter).contains(&refused_from)));

    // Once they have accepted it nobody is told any more; and however often is looked, nobody is told twice.
    assert_eq!(lee.call(&network, "POST", "/acceptable-use/accept", &json!({"version": 2})).status, 200);
    again(borough);
    let third = today.saturating_add(jiff::ToSpan::days(300));
    assert_eq!(publish(borough, "The next", third).status, 200);
    let told = |who: &str| about(&server, who, "/acceptable-use").len();
    until("they are told of the next", || told("kim") == 3 && told("lee") == 3);
    assert_eq!((reminders("kim"), reminders("lee")), (1, 1), "both had not accepted the second");
    assert_eq!(about(&server, "invited", "/acceptable-use").len(), 0, "whoever comes in is led to it");

    // The webhook, in which nobody is named, is told once for all.
    let hooked = |what: &str| told_to(&webhook, what);
    until("the webhook is told of the next", || hooked("\"acceptable-use\"") == 2);
    assert_eq!((hooked("\"acceptable-use-reminder\""), hooked("/acceptable-use"), hooked("refused_from")), (1, 3, 3));
    assert_eq!(hooked("kim") + hooked("lee"), 0);
}

#[test]
fn whoever_could_not_be_told_by_letter_is_told_when_there_is_a_mail_server() {
    let network = Network::start();
    let borough = &network.borough;
    Staff::enter(&network, "kim", &["officer"]);
    let webhook = with_webhook(borough);
    let first = agreements::today().saturating_add(jiff::ToSpan::days(10));
    assert_eq!(publish(borough, "Acceptable use", first).status, 200);
    until("the webhook is told", || told_to(&webhook, "/acceptable-use") == 1);
    let server = with_letters(borough);
    until("kim is told", || about(&server, "kim", "/acceptable-use").len() == 1);
    again(borough);
    // Whatever else there is to be told is told after that look.
    let later = agreements::today().saturating_add(jiff::ToSpan::days(20));
    assert_eq!(publish(borough, "The next", later).status, 200);
    until("kim is told of the next", || about(&server, "kim", "/acceptable-use").len() == 2);
    until("the webhook is told of the next", || told_to(&webhook, "/acceptable-use") == 2);
}

/// A version as it was published on a day that has passed, which no door of a gateway lets anybody do.
fn published_before(borough: &Gateway, published_on: jiff::civil::Date, in_force_from: jiff::civil::Date) {
    let settings = StoreSettings::in_folder(borough.dir.join("data"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&settings).await.unwrap();
        let policy = AcceptableUse {
            version: 0,
            title: "In between".into(),
            text: "Look up only what your case needs.".into(),
            in_force_from,
            review_date: in_force_from.saturating_add(jiff::ToSpan::months(12)),
            published_on: None,
        };
        let assurance = Assurance::open(store.clone()).await.unwrap();
        assert_eq!(assurance.publish_acceptable_use(policy, published_on).await.unwrap(), 2);
        store.close().await;
    });
}

#[test]
fn training_and_vetting_that_end_soon_are_told_once_to_whose_they_are_and_to_who_keeps_the_registers() {
    let network = Network::start();
    let borough = &network.borough;
    let server = with_letters(borough);
    let today = agreements::today();
    Staff::enter(&network, "kim", &["officer"]);
    Staff::enter(&network, "ida", &["governance"]);
    let vetted = |person: &str, days: i64| {
        let ends_on = today.saturating_add(jiff::ToSpan::days(days));
        let vetting = json!({"level": "sc", "granted_on": agreements::months_ago(12), "ends_on": ends_on});
        assert_eq!(call(borough, "PUT", &format!("/vetting/register/{person}"), &vetting).status, 200);
    };
    assert_eq!(call(borough, "PUT", "/assurance/settings", &json!({"training_reminder_days": 20})).status, 200);
    let course = json!({"code": "privacy", "title": "Privacy", "valid_months": 12});
    assert_eq!(call(borough, "PUT", "/training/courses/privacy", &course).status, 200);
    let passed = json!({"passed_on": today, "expires_on": today.saturating_add(jiff::ToSpan::days(20))});
    assert_eq!(call(borough, "PUT", "/training/register/kim/privacy", &passed).status, 200);
    vetted("kim", 21);
    // Somebody without an account has no letter box: who keeps the register is told.
    vetted("officer-9", 20);
    again(borough);
    until("kim is told of the training", || about(&server, "kim", "/training").len() == 1);
    until("ida is told of both registers", || {
        let register = |page| about(&server, "ida", page).len() == 1;
        register("/training/register?lapsing=true") && register("/vetting?lapsing=true")
    });
    says_nothing_about_anybody(&about(&server, "kim", "/training")[0], "kim");
    assert_eq!(about(&server, "kim", "/account").len(), 0, "it ends in 21 days");

    vetted("kim", 5);
    again(borough);
    until("kim is told of the vetting", || about(&server, "kim", "/account").len() == 1);
    let letter = about(&server, "kim", "/account").remove(0);
    says_nothing_about_anybody(&letter, "kim");
    assert!(!text(&letter).to_lowercase().contains("vetting"), "{}", letter.text);

    // Renewed, and about to end again: that is another end. What ended is not told, and nothing is told twice.
    vetted("kim", 19);
    vetted("ida", -1);
    again(borough);
    until("kim is told of the new end", || about(&server, "kim", "/account").len() == 2);
    assert_eq!(about(&server, "kim", "/training").len(), 1);
    assert_eq!(about(&server, "ida", "/account").len(), 0);
    assert_eq!(about(&server, "ida", "/vetting?lapsing=true").len(), 1, "once a week");
}
