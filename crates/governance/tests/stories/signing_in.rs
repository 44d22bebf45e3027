//! Signing in: invitations, codes, sessions, tries, and everything that keeps somebody out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use packhorse_governance::people::{
    Account, AccountStatus, Entered, LinkPurpose, People, Shown, SignIn, SignInSettings, SignedIn, Tier, TurnedAway,
    day_of,
};
use packhorse_governance::{GovernanceError, OperatorRole, Result};
use packhorse_keys::{SealingKey, TotpSecret};
use packhorse_model::Rule;
use packhorse_store::{Store, StoreSettings};

const PASSWORD: &str = "copper teapot mountain";
const HOME: &str = "192.0.2.1";
/// A moment from which time is counted.
const BEGIN: i64 = 1_800_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + seconds).unwrap()
}

struct Office {
    people: People,
    door: SignIn,
    store: Store,
    _folder: tempfile::TempDir,
}

async fn office(settings: SignInSettings, review_days: Option<u32>) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreSettings::in_folder(folder.path())).await.unwrap();
    let people = People::open_reviewed(store.clone(), review_days).await.unwrap();
    let keys = vec![SealingKey::generate().unwrap()];
    let door = SignIn::new(store.clone(), Arc::clone(people.accounts()), keys, settings);
    Office { people, door, store, _folder: folder }
}

fn account(id: &str) -> Account {
    Account {
        id: id.into(),
        name: "Kim Example".into(),
        email: format!("{id}@Borough.example"),
        roles: vec![OperatorRole::Officer],
        tier: Tier::Department,
        department: "Housing".into(),
        teams: BTreeSet::new(),
        status: AccountStatus::Invited,
        left_on: None,
        confirmed_on: day_of(at(0)),
        confirmed_by: "operator".into(),
        subject: None,
        acceptable_use: Vec::new(),
        created: at(0),
    }
}

impl Office {
    /// Somebody who has come by an invitation at the beginning; their app and their recovery codes.
    async fn newcomer(&self, id: &str) -> (TotpSecret, Vec<String>) {
        let account = self.people.accounts().add(&account(id)).await.unwrap();
        let link = self.door.invite(&account, LinkPurpose::Invitation, at(0)).await.unwrap();
        let app = self.door.look_at(&link, at(0)).await.unwrap().totp.unwrap();
        let code = app.code_at(at(0).as_second());
        let accepted = self.door.accept(&link, PASSWORD, Some(&code), HOME, at(0)).await.unwrap();
        (app, accepted.recovery_codes)
    }

    async fn enter(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        from: &str,
        when: Timestamp,
    ) -> Result<SignedIn> {
        self.door.with_password(Shown { name, password, code, address: from }, when).await
    }
}

fn turned_away<T>(outcome: Result<T>) -> TurnedAway {
    match outcome {
        Err(GovernanceError::TurnedAway(turned_away)) => turned_away,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("let in"),
    }
}

fn whole(outcome: Result<SignedIn>) -> Entered {
    match outcome.unwrap() {
        SignedIn::Whole(entered) => entered,
        SignedIn::Half(_) => panic!("only half in"),
    }
}

#[tokio::test]
async fn whoever_was_invited_comes_in_with_a_password_and_an_app() {
    let office = office(SignInSettings::default(), None).await;
    let kim = office.people.accounts().add(&account("kim")).await.unwrap();
    // Not before they came by their link, whatever they try.
    assert_eq!(turned_away(office.enter("kim", PASSWORD, None, HOME, at(0)).await), TurnedAway::Wrong);
    let old = office.door.invite(&kim, LinkPurpose::Invitation, at(0)).await.unwrap();
    let link = office.door.invite(&kim, LinkPurpose::Invitation, at(0)).await.unwrap();
    assert_eq!(turned_away(office.door.look_at(&old, at(1)).await), TurnedAway::Expired, "a newer link makes it void");
    let offered = office.door.look_at(&link, at(1)).await.unwrap();
    let app = offered.totp.unwrap();
    let again = office.door.look_at(&link, at(2)).await.unwrap().totp.unwrap();
    assert_eq!(app.to_base32(), again.to_base32(), "a page that is loaded again shows the same");
    let code = app.code_at(at(3).as_second());
    let weak = office.door.accept(&link, "password1234", Some(&code), HOME, at(3)).await;
    assert!(matches!(weak, Err(GovernanceError::People(_))));
    assert_eq!(turned_away(office.door.accept(&link, PASSWORD, None, HOME, at(3)).await), TurnedAway::Wrong);
    let accepted = office.door.accept(&link, PASSWORD, Some(&code), HOME, at(3)).await.unwrap();
    assert_eq!(accepted.entered.account.status, AccountStatus::Active);
    assert_eq!(accepted.recovery_codes.len(), 8);
    let (who, _) = office.door.who(&accepted.entered.token, at(4)).await.unwrap().unwrap();
    assert_eq!(who.id, "kim");
    assert_eq!(turned_away(office.door.accept(&link, PASSWORD, Some(&code), HOME, at(5)).await), TurnedAway::Expired);
    // By id or by address, in two steps or in one.
    let later = at(60);
    let SignedIn::Half(step) = office.enter("KIM@borough.EXAMPLE", PASSWORD, None, HOME, later).await.unwrap() else {
        panic!("in without a code");
    };
    assert_eq!(turned_away(office.door.with_code(&step, "000000", HOME, later).await), TurnedAway::Wrong);
    let code = app.code_at(later.as_second());
    office.door.with_code(&step, &code, HOME, later).await.unwrap();
    assert_eq!(turned_away(office.door.with_code(&step, &code, HOME, later).await), TurnedAway::Expired);
    let code = app.code_at(at(120).as_second());
    whole(office.enter("kim", PASSWORD, Some(&code), HOME, at(120)).await);
}

#[tokio::test]
async fn a_code_counts_once() {
    let office = office(SignInSettings::default(), None).await;
    let (app, recovery) = office.newcomer("kim").await;
    let code = app.code_at(at(90).as_second());
    whole(office.enter("kim", PASSWORD, Some(&code), HOME, at(90)).await);
    assert_eq!(turned_away(office.enter("kim", PASSWORD, Some(&code), HOME, at(91)).await), TurnedAway::Wrong);
    // A recovery code does instead, however it is typed, and once as well.
    let typed = recovery[0].to_uppercase().replace('-', " ");
    whole(office.enter("kim", PASSWORD, Some(&typed), HOME, at(92)).await);
    assert_eq!(turned_away(office.enter("kim", PASSWORD, Some(&recovery[0]), HOME, at(93)).await), TurnedAway::Wrong);
    assert_eq!(office.door.factors("kim").await.unwrap(), (true, true, 7));
    // The code of the moment of a right password is no way round a wrong one.
    let code = app.code_at(at(150).as_second());
    assert_eq!(turned_away(office.enter("kim", "wrong", Some(&code), HOME, at(150)).await), TurnedAway::Wrong);
    whole(office.enter("kim", PASSWORD, Some(&code), HOME, at(151)).await);
}

#[tokio::test]
async fn guessing_is_stopped_and_locks_nobody_out_for_good() {
    let office = office(SignInSettings { second_factor: false, ..SignInSettings::default() }, None).await;
    let kim = office.people.accounts().add(&account("kim")).await.unwrap();
    let link = office.door.invite(&kim, LinkPurpose::Invitation, at(0)).await.unwrap();
    office.door.accept(&link, PASSWORD, None, HOME, at(0)).await.unwrap();
    for name in ["kim", "nobody-of-this-name"] {
        for _ in 0..5 {
            assert_eq!(turned_away(office.enter(name, "guess", None, "198.51.100.9", at(10)).await), TurnedAway::Wrong);
        }
        let wait = turned_away(office.enter(name, PASSWORD, None, "198.51.100.9", at(20)).await);
        assert!(matches!(wait, TurnedAway::Wait { seconds: 800..=900 }), "{name}: {wait:?}");
    }
    // A stranger with many addresses is stopped, too.
    let mut tries = 0;
    while tries < 100 {
        let from = format!("203.0.113.{tries}");
        match turned_away(office.enter("kim", "guess", None, &from, at(30)).await) {
            TurnedAway::Wait { .. } => break,
            _ => tries += 1,
        }
    }
    assert_eq!(tries, 15, "twenty in an hour from strange addresses, five of which were used");
    assert!(matches!(
        turned_away(office.enter("kim", PASSWORD, None, "192.0.2.77", at(40)).await),
        TurnedAway::Wait { .. }
    ));
    // Where they signed in before, none of that counts.
    whole(office.enter("kim", PASSWORD, None, HOME, at(50)).await);
    // Tries that were turned away prolong nothing.
    for second in (60..1000).step_by(60) {
        let _ = office.enter("kim", "guess", None, "198.51.100.9", at(second)).await;
    }
    let later = office.enter("kim", "guess", None, "192.0.2.77", at(30 + 3601)).await;
    assert_eq!(turned_away(later), TurnedAway::Wrong);
    // And a link makes good for whoever could not wait.
    for _ in 0..6 {
        let _ = office.enter("kim", "guess", None, HOME, at(60)).await;
    }
    assert!(matches!(turned_away(office.enter("kim", PASSWORD, None, HOME, at(61)).await), TurnedAway::Wait { .. }));
    let link =
        office.door.invite(&office.people.accounts().get("kim").unwrap(), LinkPurpose::Recovery, at(62)).await.unwrap();
    office.door.accept(&link, "violet engine harbour", None, HOME, at(63)).await.unwrap();
    whole(office.enter("kim", "violet engine harbour", None, HOME, at(64)).await);
    assert_eq!(turned_away(office.enter("kim", PASSWORD, None, HOME, at(65)).await), TurnedAway::Wrong);
}

#[tokio::test]
async fn an_unknown_name_costs_as_much_as_a_wrong_password() {
    let office = office(SignInSettings { second_factor: false, ..SignInSettings::default() }, None).await;
    let kim = office.people.accounts().add(&account("kim")).await.unwrap();
    let link = office.door.invite(&kim, LinkPurpose::Invitation, at(0)).await.unwrap();
    office.door.accept(&link, PASSWORD, None, HOME, at(0)).await.unwrap();
    // The quickest of turns about, because the machine does other things as well.
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for round in 0..11 {
        for (name, times) in [("kim", &mut known), ("nobody", &mut unknown)] {
            let begun = std::time::Instant::now();
            let from = format!("192.0.2.{}", 10 + round);
            assert_eq!(turned_away(office.enter(name, "guess", None, &from, at(1)).await), TurnedAway::Wrong);
            times.push(begun.elapsed());
        }
    }
    let (known, unknown) = (known.into_iter().min().unwrap(), unknown.into_iter().min().unwrap());
    assert!(unknown * 3 > known && known * 3 > unknown, "{known:?} with an account, {unknown:?} without");
}

#[tokio::test]
async fn a_session_ends_by_rest_by_age_and_by_word() {
    let settings = SignInSettings {
        idle: Duration::from_secs(600),
        longest: Duration::from_secs(3600),
        ..SignInSettings::default()
    };
    let office = office(settings, None).await;
    let (app, _) = office.newcomer("kim").await;
    let enter = async |second: i64| {
        let code = app.code_at(at(second).as_second());
        whole(office.enter("kim", PASSWORD, Some(&code), HOME, at(second)).await).token
    };
    let is_in = async |token: &str, second: i64| office.door.who(token, at(second)).await.unwrap().is_some();
    let token = enter(100).await;
    assert!(token.starts_with("phs_") && token.len() == 47);
    assert!(is_in(&token, 699).await);
    assert!(is_in(&token, 1298).await, "use keeps it going");
    assert!(!is_in(&token, 1899).await, "rest ends it");
    let token = enter(2000).await;
    let mut second = 2000;
    while second < 5500 {
        second += 500;
        assert_eq!(is_in(&token, second).await, second < 5600, "{second}");
    }
    assert!(!is_in(&token, 5600).await, "an hour is the longest, however much it is used");
    let (one, two) = (enter(6000).await, enter(6060).await);
    assert!(office.door.sessions().end(&one, at(6061)).await.unwrap().is_some());
    assert!(!is_in(&one, 6062).await && is_in(&two, 6062).await);
    office.door.sessions().end_all("kim").await.unwrap();
    assert!(!is_in(&two, 6063).await);
    for forged in ["", "phs_", "phs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &"phs_".repeat(100)] {
        assert!(!is_in(forged, 6064).await, "{forged}");
    }
}

#[tokio::test]
async fn whoever_leaves_is_out_at_once_and_told_so_only_when_they_prove_themselves() {
    let office = office(SignInSettings::default(), None).await;
    let (app, _) = office.newcomer("lee").await;
    let code = app.code_at(at(90).as_second());
    let token = whole(office.enter("lee", PASSWORD, Some(&code), HOME, at(90)).await).token;
    assert!(office.door.who(&token, at(91)).await.unwrap().is_some());
    assert!(office.people.accounts().may_act("lee", day_of(at(91))).is_ok());
    let leave = |account: &mut Account| account.left_on = Some(day_of(at(91)));
    office.people.accounts().change("lee", leave).await.unwrap();
    assert!(office.door.who(&token, at(91)).await.unwrap().is_none());
    let refusal = office.people.accounts().may_act("lee", day_of(at(91))).unwrap_err();
    assert_eq!(refusal.rule, Rule::Role);
    assert!(refusal.remedy.contains("operator"), "{}", refusal.remedy);
    let code = app.code_at(at(150).as_second());
    assert_eq!(turned_away(office.enter("lee", "guess", Some(&code), HOME, at(150)).await), TurnedAway::Wrong);
    let told = turned_away(office.enter("lee", PASSWORD, Some(&code), HOME, at(150)).await);
    assert!(matches!(told, TurnedAway::Barred { .. }), "{told:?}");
}

#[tokio::test]
async fn an_access_that_nobody_confirms_ends_until_somebody_does() {
    let office = office(SignInSettings::default(), Some(30)).await;
    let (app, _) = office.newcomer("kim").await;
    let day = 24 * 3600;
    let code = app.code_at(at(31 * day).as_second());
    let told = turned_away(office.enter("kim", PASSWORD, Some(&code), HOME, at(31 * day)).await);
    assert!(matches!(told, TurnedAway::Barred { remedy, .. } if remedy.contains("access review")), "{told:?}");
    assert!(office.people.accounts().may_act("kim", day_of(at(29 * day))).is_ok());
    assert!(office.people.accounts().may_act("kim", day_of(at(30 * day))).is_err());
    let confirm = |account: &mut Account| account.confirmed_on = day_of(at(31 * day));
    office.people.accounts().change("kim", confirm).await.unwrap();
    whole(office.enter("kim", PASSWORD, Some(&code), HOME, at(31 * day)).await);
}

#[tokio::test]
async fn a_second_process_sees_what_the_first_changed() {
    let office = office(SignInSettings::default(), None).await;
    let other = People::open(office.store.clone()).await.unwrap();
    office.people.accounts().add(&account("kim")).await.unwrap();
    assert!(other.accounts().get("kim").is_none());
    assert!(other.refresh_if_changed().await.unwrap());
    assert!(other.accounts().get("kim").is_some());
    assert!(!other.refresh_if_changed().await.unwrap());
    let suspend = |account: &mut Account| account.status = AccountStatus::Suspended;
    office.people.accounts().change("kim", suspend).await.unwrap();
    other.refresh_if_changed().await.unwrap();
    assert!(other.accounts().may_act("kim", day_of(at(0))).is_err());
    // An id or an address is one person's.
    let twice = Account { email: "KIM@borough.example".into(), ..account("another") };
    assert!(matches!(office.people.accounts().add(&twice).await, Err(GovernanceError::Act { .. })));
    assert!(matches!(office.people.accounts().add(&account("kim")).await, Err(GovernanceError::Act { .. })));
}
