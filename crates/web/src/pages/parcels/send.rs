//! Sending: to whom and what about, which files, a look at all of it, and the receipt.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acts::CONFIRM;
use super::parcel::{Parcel, marking};
use super::{Items, Mailbox, Mailboxes, NO_MAILBOX, mailbox};
use crate::api::{Api, part};
use crate::components::{Area, Cell, Check, Choice, Choices, Days, Files, Input, Panel, Select, Summary};
use crate::error::WebError;
use crate::form::{Errors, Form, sentence};
use crate::layout::{Layout, amiss, page};
use crate::pages::sheet::Sheet;
use crate::visitor::Person;

/// Somebody to whom may be sent, as the API lists them.
#[derive(Deserialize, Clone)]
pub(super) struct Recipient {
    pub(super) to: String,
    name: String,
    mailbox: Option<String>,
    workflow: String,
    pub(super) agreement: String,
    agreement_title: String,
    pub(super) purposes: Vec<String>,
    contents: Vec<String>,
    #[serde(default)]
    contacts: Vec<Contact>,
}

#[derive(Deserialize, Clone)]
struct Contact {
    role: String,
    name: String,
    #[serde(default)]
    email: Option<String>,
}

impl Recipient {
    /// What the list of recipients says.
    pub(super) fn label(&self) -> String {
        let mailbox = self.mailbox.as_deref().unwrap_or("its mailbox");
        format!("{}, {mailbox}: {}", self.name, self.workflow)
    }

    /// Whom the agreement names there for the daily work; else everybody it names.
    fn people(&self) -> Vec<String> {
        let one = |contact: &Contact| match &contact.email {
            Some(email) => format!("{} ({email})", contact.name),
            None => contact.name.clone(),
        };
        let daily: Vec<String> = self.contacts.iter().filter(|one| one.role == "operational").map(one).collect();
        if daily.is_empty() { self.contacts.iter().map(one).collect() } else { daily }
    }
}

/// To whom may be sent from a mailbox.
pub(super) async fn recipients(person: &Person, mailbox: &Mailbox) -> Result<Vec<Recipient>, WebError> {
    let path = format!("/api/mailboxes/{}/recipients", part(&mailbox.system));
    let items: Items<Recipient> = person.api.get(&path).await?;
    Ok(items.items)
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    system: Option<String>,
    /// Words that a recipient is looked for by.
    find: Option<String>,
}

#[derive(Template)]
#[template(path = "send/new.html")]
struct New {
    layout: Layout,
    system: String,
    action: String,
    others: Option<Select>,
    find: Input,
    recipients: Vec<Recipient>,
    to: Choices,
    subject: Input,
    reference: Input,
    note: Area,
    marking: Choices,
    expires: Days,
    confirmed: Option<Check>,
}

/// A sending that is being described.
struct Sending {
    person: Person,
    mailboxes: Mailboxes,
    mailbox: Mailbox,
    recipients: Vec<Recipient>,
    find: String,
}

/// Most recipients that are shown at once: more are found by a word.
const SHOWN: usize = 25;

impl Sending {
    async fn of(person: Person, wanted: Wanted) -> Result<Self, WebError> {
        let mailboxes = Mailboxes::of(&person).await?;
        Self::from(person, mailboxes, wanted).await
    }

    /// From one of the person's mailboxes.
    async fn from(person: Person, mailboxes: Mailboxes, wanted: Wanted) -> Result<Self, WebError> {
        let mailbox = mailboxes.chosen(wanted.system.as_deref())?.cloned().ok_or(WebError::Missing)?;
        let recipients = recipients(&person, &mailbox).await?;
        Ok(Self { person, mailboxes, mailbox, recipients, find: wanted.find.unwrap_or_default() })
    }

    /// The recipients in whose names the words occur.
    fn found(&self) -> Vec<Recipient> {
        let word = self.find.trim().to_lowercase();
        let within =
            |one: &&Recipient| format!("{} {}", one.label(), one.agreement_title).to_lowercase().contains(&word);
        self.recipients.iter().filter(within).take(SHOWN).cloned().collect()
    }

    fn page(&self, form: &Form, errors: &Errors, confirm: bool) -> New {
        let recipients = self.found();
        let hint = |one: &Recipient| {
            let people = one.people().join("; ");
            let what = one.contents.join(", ");
            format!("Read there by: {people}. For: {what}. Under: {}.", one.agreement_title)
        };
        let choice = |one: &Recipient| Choice::new(one.to.clone(), one.label()).hint(hint(one));
        let marks = ["official", "official-sensitive"].map(|code| Choice::new(code, marking(code)));
        let others = (self.mailboxes.iter().count() > 1).then(|| {
            let form = Form::filled([("system", self.mailbox.system.clone())]);
            Select::new("system", "From which mailbox?", self.mailboxes.choices()).filled(&form, &Errors::default())
        });
        let looked_for = Form::filled([("find", self.find.clone())]);
        New {
            layout: self.person.layout("Send files").at("/send").with_errors(errors),
            system: self.mailbox.system.clone(),
            action: format!("/send?system={}", part(&self.mailbox.system)),
            others,
            find: Input::new("find", "Find a recipient")
                .kind("search")
                .width(20)
                .filled(&looked_for, &Errors::default()),
            to: Choices::one("to", "To whom?", recipients.iter().map(choice).collect()).filled(form, errors),
            recipients,
            subject: Input::new("subject", "Subject")
                .hint("Do not write anybody's name: the subject is shown in lists.")
                .filled(form, errors),
            reference: Input::new("reference", "Your reference (optional)").code(false).width(20).filled(form, errors),
            note: Area::new("note", "Note (optional)").rows(3).most(2000).filled(form, errors),
            marking: Choices::one("marking", "How is it marked?", marks.to_vec()).filled(form, errors),
            expires: Days::new("expires", "Until when can it be collected? (optional)")
                .hint("5 days if you leave this out, and 90 at most. For example, 27 3 2027")
                .filled(form, errors),
            confirmed: confirm.then(|| Check::new("confirmed", CONFIRM).filled(form, errors)),
        }
    }

    fn read(&self, form: &Form, errors: &mut Errors) -> Value {
        let known: Vec<&str> = self.recipients.iter().map(|one| one.to.as_str()).collect();
        let to = errors.choice(form, "to", "a recipient", &known);
        let subject = errors.line(form, "subject", "a subject", 200);
        let reference = errors.optional_line(form, "reference", "your reference", 100).unwrap_or_default();
        let note = errors.optional_lines(form, "note", "the note", 2000).unwrap_or_default();
        let marking = errors.choice(form, "marking", "how it is marked", &["official", "official-sensitive"]);
        let typed = ["expires-day", "expires-month", "expires-year"].iter().any(|part| !form.text(part).is_empty());
        let day = typed.then(|| errors.date(form, "expires", "the day")).flatten();
        let end = day.and_then(|day| day.to_datetime(Time::MAX).to_zoned(TimeZone::UTC).ok());
        let one = self.recipients.iter().find(|one| one.to == to);
        // What the mailbox asks for by itself, when the agreement knows it; else the agreement's own first.
        let own = self.mailbox.purpose.as_ref().filter(|own| one.is_some_and(|one| one.purposes.contains(own)));
        let purpose = own.or_else(|| one.and_then(|one| one.purposes.first()));
        json!({
            "to": [to], "agreement": one.map(|one| &one.agreement), "purpose": purpose,
            "subject": subject, "reference": reference, "note": note, "marking": marking,
            "expires_at": end.and_then(|end| end.timestamp().round(jiff::Unit::Second).ok()),
            "confirmed": form.has("confirmed", "yes"),
        })
    }
}

/// `GET /send`.
pub(super) async fn show(person: Person, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let mailboxes = Mailboxes::of(&person).await?;
    if wanted.system.is_none() && mailboxes.iter().next().is_none() {
        return Ok(Sheet::new(person.layout("Send files").at("/send")).inset(NO_MAILBOX)?.answer());
    }
    let sending = Sending::from(person, mailboxes, wanted).await?;
    let marked = Form::filled([("marking", "official".to_owned())]);
    Ok(page(&sending.page(&marked, &Errors::default(), false)))
}

#[derive(Deserialize)]
struct Opened {
    parcels: Vec<OpenedParcel>,
}

#[derive(Deserialize)]
struct OpenedParcel {
    parcel: String,
}

/// `POST /send`: opens a draft. The pipeline says now whether this may be sent at all, before a byte is taken in.
pub(super) async fn open(person: Person, Query(wanted): Query<Wanted>, form: Form) -> Result<Response, WebError> {
    let sending = Sending::of(person, wanted).await?;
    let mut errors = Errors::default();
    let asked = sending.read(&form, &mut errors);
    if !errors.is_empty() {
        return Ok(amiss(&sending.page(&form, &errors, form.has("confirmed", "yes"))));
    }
    match sending.mailbox.api(&sending.person).post::<Opened>("/parcels", &asked).await {
        Ok(opened) => {
            let parcel = opened.parcels.first().ok_or(WebError::Fault)?;
            let path = format!("/send/{}/{}", part(&sending.mailbox.system), part(&parcel.parcel));
            Ok(Redirect::to(&path).into_response())
        }
        Err(WebError::Refused(problem)) => {
            let confirm = problem.rule.as_deref() == Some("first-time");
            let (field, said) = match confirm {
                true => {
                    ("confirmed", "You have never sent to this mailbox: check the recipient, and confirm".to_owned())
                }
                false => ("to", sentence(&[&problem.error, &problem.remedy])),
            };
            errors.add(field, said);
            Ok(amiss(&sending.page(&form, &errors, confirm)))
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "send/files.html")]
struct FilesPage {
    layout: Layout,
    path: String,
    parcel: Parcel,
    summary: Summary,
    file: Files,
}

/// `GET /send/{system}/{parcel}`: the files, and a look at everything before it goes.
pub(super) async fn files(person: Person, Path((system, id)): Path<(String, String)>) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
    if parcel.state != "draft" {
        return Ok(Redirect::to(&mailbox.path(&parcel.parcel)).into_response());
    }
    Ok(page(&files_page(&person, &mailbox, parcel, &Errors::default())))
}

pub(super) fn amiss_with(person: &Person, mailbox: &Mailbox, parcel: Parcel, errors: &Errors) -> Response {
    amiss(&files_page(person, mailbox, parcel, errors))
}

fn files_page(person: &Person, mailbox: &Mailbox, parcel: Parcel, errors: &Errors) -> FilesPage {
    FilesPage {
        layout: person.layout("Add files and check").at("/send").with_errors(errors),
        path: format!("/send/{}/{}", part(&mailbox.system), part(&parcel.parcel)),
        summary: parcel.summary(),
        file: Files::new("file", "Upload a file", false)
            .hint("It is sealed as it arrives. A hundred gigabytes at most.")
            .filled(errors),
        parcel,
    }
}

/// `POST /send/{system}/{parcel}`: sends it.
pub(super) async fn close(
    person: Person,
    Path((system, id)): Path<(String, String)>,
    _: Form,
) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let api: Api = mailbox.api(&person);
    match api.tell(&format!("/parcels/{}/send", part(&id)), &json!({})).await {
        Ok(()) => {
            let path = format!("/send/{}/{}/sent", part(&mailbox.system), part(&id));
            Ok(Redirect::to(&path).into_response())
        }
        Err(WebError::Refused(problem)) => {
            let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
            let mut errors = Errors::default();
            errors.add("file", sentence(&[&problem.error, &problem.remedy]));
            Ok(amiss_with(&person, &mailbox, parcel, &errors))
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "send/sent.html")]
struct Sent {
    layout: Layout,
    panel: Panel,
    path: String,
    summary: Summary,
}

/// `GET /send/{system}/{parcel}/sent`.
pub(super) async fn done(person: Person, Path((system, id)): Path<(String, String)>) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
    if parcel.state == "draft" {
        return Err(WebError::Missing);
    }
    Ok(page(&Sent {
        layout: person.layout("Parcel sent").at("/send"),
        panel: Panel::new("Parcel sent", "Its number is", parcel.parcel.clone()),
        path: mailbox.path(&parcel.parcel),
        summary: Summary::new()
            .row("Subject", parcel.subject())
            .row("To", Cell::Code(parcel.to.clone()))
            .row("Files", parcel.file_count()),
    }))
}

/// `POST /send/{system}/{parcel}/discard`.
pub(super) async fn discard(
    person: Person,
    Path((system, id)): Path<(String, String)>,
    _: Form,
) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    mailbox.api(&person).delete(&format!("/parcels/{}", part(&id))).await?;
    Ok(Redirect::to("/send").into_response())
}
