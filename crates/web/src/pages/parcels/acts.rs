//! One parcel: how it stands, every step with its signature, and what can be done with it now.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_json::json;

use super::parcel::{File, Parcel};
use super::send::{Recipient, recipients};
use super::steps::{self, Step};
use super::{Mailbox, mailbox};
use crate::api::part;
use crate::components::{Area, Check, Choice, Days, Select, Summary};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::visitor::Person;

/// Something that can be done, with what must be said first.
struct Act {
    code: &'static str,
    label: &'static str,
    /// What it means, above the button.
    hint: &'static str,
    needs: Needs,
    warning: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Reason,
    Day,
    Recipient,
}

const ACKNOWLEDGE: Act = Act {
    code: "acknowledge",
    label: "Acknowledge",
    hint: "You say that this is yours to deal with. The sender is told, and the content is erased here and there.",
    needs: Needs::Nothing,
    warning: false,
};
const DECLINE: Act = Act {
    code: "decline",
    label: "Decline",
    hint: "You say that this is not yours to deal with, and why. The sender is told.",
    needs: Needs::Reason,
    warning: true,
};
const FORWARD: Act = Act {
    code: "forward",
    label: "Forward",
    hint: "You send it on to another mailbox that an agreement covers. It does not leave the gateway unsealed.",
    needs: Needs::Recipient,
    warning: false,
};
const RECALL: Act = Act {
    code: "recall",
    label: "Recall",
    hint: "You want it back. Uncollected, it is destroyed; collected, the recipient is asked to delete it.",
    needs: Needs::Reason,
    warning: true,
};
const EXTEND: Act = Act {
    code: "extend",
    label: "Extend",
    hint: "The recipient gets more time to collect it, at most 90 days from now.",
    needs: Needs::Day,
    warning: false,
};
const DELETED: Act = Act {
    code: "deleted",
    label: "Say that it was deleted",
    hint: "The sender asked for it back after you had collected it. You say that your copies are deleted.",
    needs: Needs::Nothing,
    warning: false,
};

/// What can be done with a parcel in its state, by whichever side looks.
fn acts(parcel: &Parcel) -> Vec<&'static Act> {
    let recall_asked = parcel.statements.iter().any(|said| said.statement.what.event == "recall-asked");
    match (parcel.is_inbound(), parcel.state.as_str()) {
        (true, "delivered") => vec![&DECLINE, &FORWARD],
        (true, "collected") if recall_asked => vec![&DELETED, &ACKNOWLEDGE],
        (true, "collected") => vec![&ACKNOWLEDGE, &DECLINE, &FORWARD],
        (false, "accepted" | "sealed" | "delivered") => vec![&RECALL, &EXTEND],
        (false, "collected") => vec![&RECALL],
        _ => Vec::new(),
    }
}

#[derive(Template)]
#[template(path = "parcels/parcel.html")]
struct Page {
    layout: Layout,
    path: String,
    summary: Summary,
    files: Vec<File>,
    /// Whether files can be fetched here.
    fetchable: bool,
    acts: Vec<&'static Act>,
    steps: Vec<Step>,
}

/// `GET /parcel/{system}/{parcel}`.
pub(super) async fn show(person: Person, Path((system, id)): Path<(String, String)>) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
    let list = if parcel.is_inbound() { "/inbox" } else { "/sent" };
    let layout = person.layout(parcel.subject()).at(list).back(format!("{list}?system={}", part(&mailbox.system)));
    let fetchable = parcel.is_inbound() && ["delivered", "collected"].contains(&parcel.state.as_str());
    Ok(page(&Page {
        layout,
        path: mailbox.path(&parcel.parcel),
        summary: parcel.summary(),
        acts: acts(&parcel),
        steps: steps::of(&parcel),
        fetchable,
        files: parcel.cover.map(|cover| cover.files).unwrap_or_default(),
    }))
}

#[derive(Template)]
#[template(path = "parcels/act.html")]
struct Asked {
    layout: Layout,
    path: String,
    act: &'static Act,
    subject: String,
    reason: Option<Area>,
    until: Option<Days>,
    recipient: Option<Select>,
    confirmed: Option<Check>,
}

/// A parcel on which something is to be done.
struct Doing {
    person: Person,
    mailbox: Mailbox,
    parcel: Parcel,
    act: &'static Act,
    recipients: Vec<Recipient>,
}

impl Doing {
    async fn of(person: Person, (system, id, act): (String, String, String)) -> Result<Self, WebError> {
        let mailbox = mailbox(&person, &system).await?;
        let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
        let act = acts(&parcel).into_iter().find(|known| known.code == act).ok_or(WebError::Missing)?;
        let recipients = match act.needs {
            Needs::Recipient => recipients(&person, &mailbox).await?,
            _ => Vec::new(),
        };
        Ok(Self { person, mailbox, parcel, act, recipients })
    }

    fn page(&self, form: &Form, errors: &Errors, confirm: bool) -> Asked {
        let needs = self.act.needs;
        let path = self.mailbox.path(&self.parcel.parcel);
        let reason =
            || Area::new("reason", "Reason").hint("It is signed and shown to the other side.").rows(3).most(500);
        let until = || Days::new("until", "Until which day?").hint("For example, 27 3 2027");
        let choice = |one: &Recipient| Choice::new(one.to.clone(), one.label());
        let choose = || {
            let choices = self.recipients.iter().map(choice).collect();
            Select::new("to", "To whom?", choices).none("Choose a recipient")
        };
        Asked {
            layout: self.person.layout(self.act.label).back(path.clone()).with_errors(errors),
            act: self.act,
            subject: self.parcel.subject(),
            reason: (needs == Needs::Reason).then(|| reason().filled(form, errors)),
            until: (needs == Needs::Day).then(|| until().filled(form, errors)),
            recipient: (needs == Needs::Recipient).then(|| choose().filled(form, errors)),
            confirmed: confirm.then(|| Check::new("confirmed", CONFIRM).filled(form, errors)),
            path,
        }
    }
}

/// What somebody confirms who sends to a mailbox for the first time.
pub(super) const CONFIRM: &str = "I have checked that this is the right recipient";

/// `GET /parcel/{system}/{parcel}/{act}`: what it means, and what must be said.
pub(super) async fn ask(person: Person, Path(which): Path<(String, String, String)>) -> Result<Response, WebError> {
    let doing = Doing::of(person, which).await?;
    Ok(page(&doing.page(&Form::default(), &Errors::default(), false)))
}

/// `POST /parcel/{system}/{parcel}/{act}`.
pub(super) async fn act(
    person: Person,
    Path(which): Path<(String, String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let doing = Doing::of(person, which).await?;
    let mut errors = Errors::default();
    let said = match doing.act.needs {
        Needs::Nothing => json!({}),
        Needs::Reason => json!({ "reason": errors.lines(&form, "reason", "a reason", 500) }),
        Needs::Day => {
            let day = errors.date(&form, "until", "the day until which it may be collected");
            // The whole of the day: people read a date so.
            let end = day.and_then(|day| day.to_datetime(Time::MAX).to_zoned(TimeZone::UTC).ok());
            json!({ "until": end.map(|end| end.timestamp().round(jiff::Unit::Second).unwrap_or_default()) })
        }
        Needs::Recipient => {
            let known: Vec<&str> = doing.recipients.iter().map(|one| one.to.as_str()).collect();
            let to = errors.choice(&form, "to", "a recipient", &known);
            let one = doing.recipients.iter().find(|one| one.to == to);
            json!({
                "to": [to], "confirmed": form.has("confirmed", "yes"),
                "agreement": one.map(|one| &one.agreement), "purpose": one.and_then(|one| one.purposes.first()),
                "subject": doing.parcel.subject(),
            })
        }
    };
    if !errors.is_empty() {
        return Ok(amiss(&doing.page(&form, &errors, false)));
    }
    let path = format!("/parcels/{}/{}", part(&doing.parcel.parcel), doing.act.code);
    match doing.mailbox.api(&doing.person).tell(&path, &said).await {
        Ok(()) => Ok(Redirect::to(&doing.mailbox.path(&doing.parcel.parcel)).into_response()),
        Err(WebError::Refused(problem)) => {
            let confirm = problem.rule.as_deref() == Some("first-time");
            let field = match (confirm, doing.act.needs) {
                (true, _) => "confirmed",
                (_, Needs::Day) => "until",
                (_, Needs::Reason) => "reason",
                (_, Needs::Recipient) => "to",
                (_, Needs::Nothing) => "",
            };
            errors.add(field, crate::form::sentence(&[&problem.error, &problem.remedy]));
            Ok(amiss(&doing.page(&form, &errors, confirm)))
        }
        Err(error) => Err(error),
    }
}
