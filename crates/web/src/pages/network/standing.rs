//! A member's standing changed by a word: withdrawn, suspended, let in again; a condition met. Each asks once more.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;

use super::shown::Member;
use crate::api::part;
use crate::components::Area;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::visitor::Person;

/// Longest reason, in characters.
const REASON: usize = 240;

type Named = Path<(String, String)>;

/// One of the acts.
struct Act {
    /// Its call and path below the member's.
    name: &'static str,
    title: &'static str,
    means: &'static str,
    button: &'static str,
    /// What the member's page says then.
    done: &'static str,
}

const WITHDRAW: Act = Act {
    name: "withdraw",
    title: "Withdraw the assurance",
    means: "Every gateway refuses the member within a minute, until you have assessed new answers.",
    button: "Withdraw the assurance",
    done: "withdrawn",
};
const SUSPEND: Act = Act {
    name: "suspend",
    title: "Suspend the member",
    means: "Every gateway refuses the member within a minute, until you let it take part again.",
    button: "Suspend the member",
    done: "suspended",
};
const RESUME: Act = Act {
    name: "resume",
    title: "Let the member take part again",
    means: "Every gateway takes the member’s exchanges again within a minute. Its assurance must hold.",
    button: "Let the member take part again",
    done: "resumed",
};

#[derive(Template)]
#[template(path = "network/standing.html")]
struct Asked {
    layout: Layout,
    name: String,
    means: &'static str,
    button: &'static str,
    warns: bool,
    path: String,
    reason: Area,
}

#[derive(Template)]
#[template(path = "network/condition.html")]
struct Met {
    layout: Layout,
    name: String,
    what: String,
    path: String,
}

/// `GET /members/{class}/{code}/withdraw`.
pub(super) async fn withdraw_form(person: Person, named: Named) -> Result<Response, WebError> {
    ask(&person, &named, &WITHDRAW).await
}

/// `POST /members/{class}/{code}/withdraw`.
pub(super) async fn withdraw(person: Person, named: Named, sent: Form) -> Result<Response, WebError> {
    act(&person, &named, &WITHDRAW, &sent).await
}

/// `GET /members/{class}/{code}/suspend`.
pub(super) async fn suspend_form(person: Person, named: Named) -> Result<Response, WebError> {
    ask(&person, &named, &SUSPEND).await
}

/// `POST /members/{class}/{code}/suspend`.
pub(super) async fn suspend(person: Person, named: Named, sent: Form) -> Result<Response, WebError> {
    act(&person, &named, &SUSPEND, &sent).await
}

/// `GET /members/{class}/{code}/resume`.
pub(super) async fn resume_form(person: Person, named: Named) -> Result<Response, WebError> {
    ask(&person, &named, &RESUME).await
}

/// `POST /members/{class}/{code}/resume`.
pub(super) async fn resume(person: Person, named: Named, sent: Form) -> Result<Response, WebError> {
    act(&person, &named, &RESUME, &sent).await
}

async fn ask(person: &Person, named: &Named, act: &Act) -> Result<Response, WebError> {
    let member = member(person, named).await?;
    Ok(page(&asked(person, &member, act, &Form::default(), &Errors::default())))
}

async fn act(person: &Person, named: &Named, act: &Act, sent: &Form) -> Result<Response, WebError> {
    let member = member(person, named).await?;
    let mut errors = Errors::default();
    let reason = errors.line(sent, "reason", "the reason", REASON);
    if errors.is_empty() {
        let call = format!("/api{}/{}", member.path(), act.name);
        match person.api.tell(&call, &json!({ "reason": reason })).await {
            Ok(()) => return Ok(Redirect::to(&format!("{}?done={}", member.path(), act.done)).into_response()),
            Err(WebError::Refused(problem)) => errors = Errors::found(&problem, |_| None),
            Err(error) => return Err(error),
        }
    }
    Ok(amiss(&asked(person, &member, act, sent, &errors)))
}

fn asked(person: &Person, member: &Member, act: &Act, form: &Form, errors: &Errors) -> Asked {
    Asked {
        layout: person.layout(act.title).with_errors(errors).back(member.path()),
        name: member.name.clone(),
        means: act.means,
        button: act.button,
        warns: act.name != "resume",
        path: format!("{}/{}", member.path(), act.name),
        reason: Area::new("reason", "Why?")
            .hint("Every member can read it: no personal data.")
            .rows(2)
            .most(REASON)
            .filled(form, errors),
    }
}

/// `GET /members/{class}/{code}/conditions/{control}`.
pub(super) async fn condition(
    person: Person,
    Path((class, code, control)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let member = member(&person, &Path((class, code))).await?;
    let open = member.conditions.iter().find(|condition| condition.control == control).ok_or(WebError::Missing)?;
    Ok(page(&Met {
        layout: person.layout("Is this condition met?").back(member.path()),
        name: member.name.clone(),
        what: open.what.clone(),
        path: format!("{}/conditions/{}", member.path(), part(&control)),
    }))
}

/// `POST /members/{class}/{code}/conditions/{control}`.
pub(super) async fn meet(
    person: Person,
    Path((class, code, control)): Path<(String, String, String)>,
    _: Form,
) -> Result<Response, WebError> {
    let path = format!("/members/{}/{}", part(&class), part(&code));
    person.api.tell(&format!("/api{path}/conditions/{}/met", part(&control)), &json!({})).await?;
    Ok(Redirect::to(&format!("{path}?done=met")).into_response())
}

async fn member(person: &Person, Path((class, code)): &Named) -> Result<Member, WebError> {
    person.api.get(&format!("/api/members/{}/{}", part(class), part(code))).await
}
