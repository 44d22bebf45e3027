//! Who uses which system, who passed which course, and how everybody comes in by their link.

use http::Method;
use jiff::Timestamp;
use packhorse_keys::{TOTP_STEP_SECONDS, TotpSecret};
use serde_json::{Value, json};

use super::{call, no};
use crate::api::Api;
use crate::demo::cast::BOROUGH;
use crate::demo::staff::{COURSE, COURSE_MONTHS, MEMBERS, PASSWORD, SECOND_COURSE, colleagues, days_before};
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// Who asks, and who sends and takes parcels, in a browser.
const OFFICERS: [&str; 2] = ["l.birch", "r.stone"];
/// Of whom registers tell that they work with parking.
const PARKING: &str = "Parking";
/// Who reports an incident today.
const REPORTS: &str = "l.birch";

/// The counter of street care has a mailbox, and the parking system its users.
pub(super) async fn systems(stage: &mut Stage) -> Result<()> {
    let api = stage.api(&BOROUGH)?;
    let (counter, title) = BOROUGH.counter.ok_or_else(|| no("the borough has no counter"))?;
    let defaults =
        json!({"agreement": "abandoned-vehicles-2026", "purpose": "abandoned-vehicle", "role": "street-officer"});
    let described = json!({"title": title, "defaults": defaults});
    api.send(Method::PUT, &format!("/systems/{counter}"), &described).await?;
    let team = json!({"title": "Street officers", "department": PARKING});
    api.send(Method::PUT, "/teams/street-officers", &team).await?;
    let people: Vec<&str> = OFFICERS.to_vec();
    api.send(Method::PUT, &format!("/systems/{counter}/mailbox"), &json!({"people": people})).await?;
    let begun_on = stage.place.begun_on();
    for member in MEMBERS.iter().filter(|member| OFFICERS.contains(&member.id)) {
        let trained_on = days_before(begun_on, member.passed_days_ago)?;
        for (system, role) in [(counter, "street-officer"), (BOROUGH.system.0, "parking-officer")] {
            let person = json!({"roles": [role], "trained_on": trained_on});
            api.send(Method::PUT, &format!("/systems/{system}/people/{}", member.id), &person).await?;
        }
    }
    for colleague in colleagues().into_iter().filter(|colleague| colleague.department == PARKING) {
        let trained_on = colleague.passed_days_ago().map(|days| days_before(begun_on, days)).transpose()?;
        let person = json!({"roles": ["parking-officer"], "trained_on": trained_on});
        api.send(Method::PUT, &format!("/systems/{}/people/{}", BOROUGH.system.0, colleague.id), &person).await?;
    }
    Ok(())
}

/// Two courses, and what the learning system exported.
pub(super) async fn training(stage: &mut Stage) -> Result<()> {
    let (config, months) = (BOROUGH.config(), COURSE_MONTHS.to_string());
    for (code, title) in [COURSE, SECOND_COURSE] {
        let course = ["assurance", "course", code, "--title", title, "--months", &months, "--config", &config];
        stage.quietly(&course).await?;
    }
    let begun_on = stage.place.begun_on();
    let mut table = String::from("course,person,passed_on\n");
    let mut passed = |course: &str, person: &str, days: i64| -> Result<()> {
        table.push_str(&format!("{course},{person},{}\n", days_before(begun_on, days)?));
        Ok(())
    };
    for member in &MEMBERS {
        passed(COURSE.0, member.id, member.passed_days_ago)?;
        passed(SECOND_COURSE.0, member.id, member.passed_days_ago / 2)?;
    }
    for colleague in colleagues() {
        if let Some(days) = colleague.passed_days_ago() {
            passed(COURSE.0, &colleague.id, days)?;
        }
    }
    stage.place.write("passed.csv", table.as_bytes())?;
    let said = stage.run(&["assurance", "training", "passed.csv", "--config", &config]).await?;
    stage.narrator.said(&said.out)
}

/// Everybody comes in by their link, and one of them reports an incident; the secrets of their apps, in order.
pub(super) async fn come(stage: &mut Stage) -> Result<Vec<String>> {
    let api = stage.api(&BOROUGH)?;
    let mut apps = Vec::new();
    for member in &MEMBERS {
        let (app, session) = come_in(&api, member.id).await?;
        if member.id == REPORTS {
            report(&api, &session).await?;
        }
        apps.push(app);
    }
    Ok(apps)
}

/// By a link that an operator made: a password is set, and a code shown.
async fn come_in(api: &Api, id: &str) -> Result<(String, String)> {
    let made = api.send(Method::POST, &format!("/people/{id}/invite"), &json!({})).await?;
    let link = word(&made, "link")?;
    let offered = call(api, None, "/invitation", &json!({"link": link})).await?;
    let app = word(&offered, "secret")?;
    let totp = TotpSecret::from_base32(&app)?;
    let accept = async |seconds_ago: i64| {
        let code = totp.code_at(Timestamp::now().as_second() - seconds_ago);
        call(api, None, "/invitation/accept", &json!({"link": link, "password": PASSWORD, "code": code})).await
    };
    // A code counts once: that of the step before is used up here, so that whoever signs in at once has this step's.
    // It has passed for good where a step ends in this moment.
    let accepted = match accept(TOTP_STEP_SECONDS).await {
        Err(Error::Api { .. }) => accept(0).await?,
        other => other?,
    };
    Ok((app, word(&accepted, "session")?))
}

/// In under a minute, as the page does it.
async fn report(api: &Api, session: &str) -> Result<()> {
    let what = "My bag was stolen from the car; a printed list of today's vehicles was in it";
    let report = json!({"what": what, "kind": "lost", "noticed_at": Timestamp::now()});
    call(api, Some(session), "/incidents", &report).await.map(|_| ())
}

fn word(value: &Value, name: &str) -> Result<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| no("a link offers nothing"))
}
