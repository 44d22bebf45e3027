//! Who calls the gateway: systems by key, certificate or address; people by role; operators by token.

use jiff::civil::date;
use packhorse_governance::people::{CallingSystem, Defaults, People, Person, Position};
use packhorse_governance::{OperatorRole, Presented};
use packhorse_keys::Fingerprint;
use packhorse_model::Rule;
use packhorse_store::{Store, StoreSettings};

use crate::town::{SUMMER, at};

fn parking(users: Vec<Person>) -> CallingSystem {
    let defaults = Defaults { role: Some("parking-officer".parse().unwrap()), ..Defaults::default() };
    CallingSystem {
        code: "parking".into(),
        title: "Parking".into(),
        defaults,
        credentials: Vec::new(),
        users,
        mailbox: None,
    }
}

fn officer(id: &str, roles: &[&str]) -> Person {
    let roles = roles.iter().map(|role| role.parse().unwrap()).collect();
    Person { id: id.into(), roles, trained_on: Some(date(2026, 1, 15)), left_on: None }
}

async fn people(system: &CallingSystem) -> (People, Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreSettings::in_folder(folder.path())).await.unwrap();
    let people = People::open(store.clone()).await.unwrap();
    people.put_system(system).await.unwrap();
    (people, store, folder)
}

fn rule(people: &People, presented: Presented<'_>, claimed: &str) -> Option<Rule> {
    people.authenticate(&presented, claimed).err().map(|refusal| refusal.rule)
}

#[tokio::test]
async fn a_system_proves_itself_with_its_key_and_nothing_else_of_the_sort() {
    let (people, _store, _folder) = people(&parking(Vec::new())).await;
    people.put_system(&CallingSystem { code: "housing".into(), ..parking(Vec::new()) }).await.unwrap();
    let key = people.add_api_key("parking", at(0)).await.unwrap();
    let other = people.add_api_key("housing", at(0)).await.unwrap();
    assert!(key.reveal().starts_with("ph_") && key.reveal().len() == 46);
    let with = |key| Presented { api_key: Some(key), ..Presented::default() };
    assert_eq!(rule(&people, with(key.reveal()), "parking"), None);
    assert_eq!(rule(&people, with(other.reveal()), "parking"), Some(Rule::Authentication));
    assert_eq!(rule(&people, with(""), "parking"), Some(Rule::Authentication));
    assert_eq!(rule(&people, with(key.reveal()), "nobody"), Some(Rule::UnknownClient));
    assert_eq!(rule(&people, Presented::default(), "parking"), Some(Rule::Authentication));
}

#[tokio::test]
async fn a_certificate_is_enough_and_an_address_only_when_somebody_added_it() {
    let (people, _store, _folder) = people(&parking(Vec::new())).await;
    let (right, wrong) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
    people.add_certificate("parking", right).await.unwrap();
    let address = "192.0.2.7".parse().ok();
    let from = Presented { address, ..Presented::default() };
    assert_eq!(rule(&people, Presented { certificate: Some(right), ..from }, "parking"), None);
    assert_eq!(rule(&people, from, "parking"), Some(Rule::Authentication));
    people.add_source_address("parking", "192.0.2.7".parse().unwrap()).await.unwrap();
    assert_eq!(rule(&people, from, "parking"), None);
    assert_eq!(rule(&people, Presented { address: "::ffff:192.0.2.7".parse().ok(), ..from }, "parking"), None);
    assert_eq!(
        rule(&people, Presented { address: "192.0.2.8".parse().ok(), ..from }, "parking"),
        Some(Rule::Authentication)
    );
    // What is shown must be right: the right address does not mend it.
    assert_eq!(rule(&people, Presented { certificate: Some(wrong), ..from }, "parking"), Some(Rule::Authentication));
    assert_eq!(rule(&people, Presented { api_key: Some("ph_guess"), ..from }, "parking"), Some(Rule::Authentication));
}

#[tokio::test]
async fn a_person_asks_in_a_role_they_have_until_they_leave() {
    let leaver = Person { left_on: Some(SUMMER), ..officer("lee", &["parking-officer"]) };
    let users = vec![officer("kim", &["parking-officer", "badge-officer"]), officer("sam", &["badge-officer"]), leaver];
    let system = parking(users);
    let (people, _store, _folder) = people(&system).await;
    let ask = |user, role, today| {
        people.person(&system, user, role, today).map(|position| position.role.unwrap()).map_err(|refusal| refusal.rule)
    };
    assert_eq!(ask(Some("kim"), Some("badge-officer"), SUMMER), Ok("badge-officer".into()));
    assert_eq!(ask(Some("kim"), None, SUMMER), Ok("parking-officer".into()));
    assert_eq!(ask(Some("sam"), None, SUMMER), Ok("badge-officer".into()));
    assert_eq!(ask(Some("sam"), Some("parking-officer"), SUMMER), Err(Rule::Role));
    assert_eq!(ask(Some("lee"), None, SUMMER.yesterday().unwrap()), Ok("parking-officer".into()));
    assert_eq!(ask(Some("lee"), None, SUMMER), Err(Rule::Role));
    assert_eq!(ask(Some("mallory"), None, SUMMER), Err(Rule::Role));
    assert_eq!(ask(None, None, SUMMER), Err(Rule::Role));
    assert_eq!(people.person(&system, Some("kim"), None, SUMMER).unwrap().trained_on, Some(date(2026, 1, 15)));
}

#[tokio::test]
async fn a_system_without_users_vouches_for_its_callers_and_knows_no_training() {
    let system = parking(Vec::new());
    let (people, _store, _folder) = people(&system).await;
    let position = people.person(&system, Some("anybody"), None, SUMMER).unwrap();
    assert_eq!(position, Position { role: Some("parking-officer".into()), trained_on: None });
}

#[tokio::test]
async fn no_refusal_and_no_stored_document_tells_a_secret_or_a_name() {
    let system = parking(vec![officer("kim", &["parking-officer"])]);
    let (people, store, _folder) = people(&system).await;
    let key = people.add_api_key("parking", at(0)).await.unwrap();
    let token = people.add_operator("siro", OperatorRole::Auditor, at(0)).await.unwrap();
    for document in [
        store.documents().get("calling-system", "parking").await.unwrap().unwrap(),
        store.documents().get("operator", "siro").await.unwrap().unwrap(),
    ] {
        let body = String::from_utf8(document.body).unwrap();
        assert!(!body.contains(key.reveal()) && !body.contains(token.reveal()));
    }
    let refusal = people.person(&system, Some("mallory"), None, SUMMER).unwrap_err();
    assert!(!refusal.to_string().contains("mallory"));
    assert!(!format!("{key:?}{:?}", people.operators()).contains(&key.reveal()[3..]));
}

#[tokio::test]
async fn operators_come_by_token_and_another_process_learns_of_changes() {
    let (people, store, _folder) = people(&parking(Vec::new())).await;
    let second = People::open(store).await.unwrap();
    let token = people.add_operator("ig-office", OperatorRole::Governance, at(0)).await.unwrap();
    assert_eq!(people.operator(token.reveal()).unwrap().role, OperatorRole::Governance);
    assert_eq!(people.operator("ph_guess").unwrap_err().rule, Rule::Authentication);
    assert!(second.operator(token.reveal()).is_err());
    assert!(second.refresh_if_changed().await.unwrap());
    assert!(second.operator(token.reveal()).is_ok());
    let newer = people.add_operator("ig-office", OperatorRole::Governance, at(1)).await.unwrap();
    assert!(people.operator(token.reveal()).is_err() && people.operator(newer.reveal()).is_ok());
    assert!(people.remove_operator("ig-office").await.unwrap());
    assert!(people.operator(newer.reveal()).is_err());
    assert_eq!("auditor".parse::<OperatorRole>().unwrap(), OperatorRole::Auditor);
    assert!("root".parse::<OperatorRole>().is_err());
}

#[tokio::test]
async fn a_system_that_is_not_well_formed_is_not_kept() {
    let (people, _store, _folder) = people(&parking(Vec::new())).await;
    for bad in [
        CallingSystem { code: String::new(), ..parking(Vec::new()) },
        CallingSystem { code: "a\nb".into(), ..parking(Vec::new()) },
        parking(vec![officer(&"x".repeat(256), &["parking-officer"])]),
    ] {
        assert!(people.put_system(&bad).await.is_err());
    }
    assert!(people.change("nobody", |_| ()).await.is_err());
    assert!(people.change("parking", |system| system.code = "other".into()).await.is_err());
    assert!(people.remove_system("parking").await.unwrap());
    assert!(!people.remove_system("parking").await.unwrap());
}
