//! Who works at the borough, since when, and what they said in last quarter's survey.

use std::collections::{BTreeMap, BTreeSet};

use packhorse_governance::OperatorRole;
use packhorse_governance::assurance::{
    AcceptableUse, Acceptance, Assurance, RequiredBy, Settings, Vetting, VettingLevel, VettingRule,
};
use packhorse_governance::people::{Account, AccountStatus, People, Tier};
use packhorse_governance::pulse::{Answer, Place, Pulse, Question};
use packhorse_store::Store;

use super::Before;
use crate::demo::cast::BOROUGH;
use crate::demo::staff::{Colleague, MEMBERS, NEWCOMER, accepted_days_later, colleagues, days_before};
use crate::error::{Error, Result};

/// Who confirmed everybody's access.
const CONFIRMED_BY: &str = "g.marsh";
/// The acceptable use policy, days since it was published, and since it counts.
const ACCEPTABLE_USE: &str = include_str!("../../../../../demo/acceptable-use.txt");
const PUBLISHED: i64 = 175;
const COUNTS: i64 = 160;
/// Days since everybody but the newcomer has been here.
const HERE: i64 = 400;
/// Days since the survey was opened, and closed.
const OPENED: i64 = 75;
const CLOSED: i64 = 54;

/// Of a hundred in a tier, how many say yes to each question, in the order asked: the top knows better than the front.
const YES: [(Tier, [usize; 5]); 3] = [
    (Tier::Corporate, [90, 90, 90, 100, 0]),
    (Tier::Technology, [72, 64, 82, 82, 10]),
    (Tier::Department, [46, 35, 58, 73, 27]),
];

/// Enters everybody's account.
pub(super) async fn enter(store: &Store, before: Before) -> Result<()> {
    let people = People::open(store.clone()).await?;
    let created = before.days(HERE)?;
    for (number, member) in MEMBERS.iter().enumerate() {
        let is_new = member.id == NEWCOMER;
        // They come by a link, as newcomers do.
        let account = Account {
            id: member.id.to_owned(),
            name: member.name.to_owned(),
            email: email(member.id),
            roles: member.roles.to_vec(),
            tier: member.tier,
            department: member.department.to_owned(),
            teams: BTreeSet::new(),
            status: AccountStatus::Invited,
            left_on: None,
            confirmed_on: days_before(before.begun_on, 20)?,
            confirmed_by: CONFIRMED_BY.to_owned(),
            subject: None,
            acceptable_use: if is_new { Vec::new() } else { vec![accepted(before, number)?] },
            created: if is_new { before.days(3)? } else { created },
        };
        people.accounts().add(&account).await?;
    }
    for colleague in colleagues() {
        let confirmed_on = days_before(before.begun_on, colleague.confirmed_days_ago())?;
        let left_on = (colleague.number == 33).then(|| days_before(before.begun_on, 12)).transpose()?;
        let account = Account {
            email: email(&colleague.id),
            id: colleague.id,
            name: colleague.name,
            roles: Vec::new(),
            tier: colleague.tier,
            department: colleague.department.to_owned(),
            teams: BTreeSet::new(),
            status: if colleague.number == 40 { AccountStatus::Suspended } else { AccountStatus::Active },
            left_on,
            confirmed_on,
            confirmed_by: CONFIRMED_BY.to_owned(),
            subject: None,
            acceptable_use: vec![accepted(before, colleague.number)?],
            created,
        };
        people.accounts().add(&account).await?;
    }
    Ok(())
}

/// The policy that everybody was asked to accept.
pub(super) async fn acceptable_use(store: &Store, before: Before) -> Result<()> {
    let begun_on = before.begun_on;
    let review_date = begun_on.checked_add(jiff::Span::new().years(1));
    let policy = AcceptableUse {
        version: 0,
        title: "Acceptable use of other bodies’ information".to_owned(),
        text: ACCEPTABLE_USE.to_owned(),
        in_force_from: days_before(begun_on, COUNTS)?,
        review_date: review_date.map_err(|_| Error::NotHeld("the calendar does not reach that far".to_owned()))?,
        published_on: None,
    };
    Assurance::open(store.clone()).await?.publish_acceptable_use(policy, days_before(begun_on, PUBLISHED)?).await?;
    Ok(())
}

/// Who governs is vetted, because the borough requires it, and who audits above that; one of them not for long any more.
pub(super) async fn vetting(store: &Store, before: Before) -> Result<()> {
    let assurance = Assurance::open(store.clone()).await?;
    let rule = |role: OperatorRole, level| VettingRule { by: RequiredBy::Role, name: role.to_string(), level };
    let rules = [(OperatorRole::Governance, VettingLevel::Bpss), (OperatorRole::Auditor, VettingLevel::Sc)];
    let vetting = rules.map(|(role, level)| rule(role, level)).into();
    assurance.put_settings(&Settings { vetting, ..Settings::default() }).await?;
    for (role, level) in rules {
        for (number, member) in MEMBERS.iter().enumerate().filter(|(_, member)| member.roles.contains(&role)) {
            let granted_on = days_before(before.begun_on, 700 + i64::try_from(number).unwrap_or_default())?;
            let ends_on = granted_on.checked_add(jiff::Span::new().years(if member.id == "siro" { 2 } else { 5 }));
            let ends_on = ends_on.map_err(|_| Error::NotHeld("the calendar does not reach that far".to_owned()))?;
            assurance.vet(member.id, Vetting { level, granted_on, ends_on }, None, before.begun_on).await?;
        }
    }
    Ok(())
}

/// When somebody accepted it.
fn accepted(before: Before, number: usize) -> Result<Acceptance> {
    Ok(Acceptance { version: 1, on: days_before(before.begun_on, COUNTS - accepted_days_later(number))? })
}

fn email(id: &str) -> String {
    format!("{id}@{}", BOROUGH.domain)
}

/// Everybody but those who sign in has answered the last survey.
pub(super) async fn survey(store: &Store, before: Before) -> Result<()> {
    let pulse = Pulse::new(store);
    let wave = pulse.open("Last quarter", before.days(OPENED)?).await?;
    let mut asked = BTreeMap::<&'static str, usize>::new();
    for colleague in colleagues() {
        let place = asked.entry(colleague.tier.word()).or_default();
        let answers = answers(&colleague, *place)?;
        *place += 1;
        let works_at = Place { tier: colleague.tier.word().to_owned(), department: colleague.department.to_owned() };
        pulse.answer(wave.id, &colleague.id, &works_at, &answers).await?;
    }
    pulse.close(wave.id, before.days(CLOSED)?).await?;
    Ok(())
}

/// What somebody says, who is the so-and-so-many-th of their tier.
fn answers(colleague: &Colleague, place: usize) -> Result<BTreeMap<Question, Answer>> {
    let yes = YES.iter().find(|(tier, _)| *tier == colleague.tier).map(|(_, yes)| yes);
    let yes = yes.ok_or_else(|| Error::NotHeld("a tier has no answers".to_owned()))?;
    let size = colleagues().iter().filter(|one| one.tier == colleague.tier).count();
    let said = |(question, yes): (Question, &usize)| {
        // Not the first so many: those work in one department.
        let answer = match place * 7 % size * 100 < yes * size {
            true => Answer::Yes,
            false if place.is_multiple_of(2) => Answer::DontKnow,
            false => Answer::No,
        };
        (question, answer)
    };
    Ok(Question::ALL.into_iter().zip(yes).map(said).collect())
}
