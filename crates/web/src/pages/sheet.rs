//! A page of parts, one below the other: for pages that show what is kept and offer what can be done about it.
//!
//! Every part is rendered by a template, which escapes what it shows; here they are only put together.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::Response;
use serde_json::Value;

use crate::components::Tag;
use crate::error::WebError;
use crate::form::Errors;
use crate::layout::{Hidden, Layout, amiss, page};

/// A part that a template has made.
pub(crate) struct Part(String);

impl HtmlSafe for Part {}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Part {
    /// What a template says.
    pub(crate) fn of(template: &impl Template) -> Result<Self, WebError> {
        template.render().map(Self).map_err(|error| {
            tracing::error!(%error, "a part of a page could not be written");
            WebError::Fault
        })
    }
}

#[derive(Template)]
#[template(source = r#"<h2 class="govuk-heading-m">{{ text }}</h2>"#, ext = "html")]
struct Heading<'a> {
    text: &'a str,
}

#[derive(Template)]
#[template(source = r#"<p class="govuk-body ph-said">{{ text }}</p>"#, ext = "html")]
struct Paragraph<'a> {
    text: &'a str,
}

#[derive(Template)]
#[template(
    source = r#"<p class="govuk-body"><a class="govuk-link" href="{{ href }}">{{ text }}</a></p>"#,
    ext = "html"
)]
struct Link<'a> {
    href: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "components/inset.html")]
struct Inset<'a> {
    text: &'a str,
}

#[derive(Template)]
#[template(path = "components/bullets.html")]
struct Bullets<'a> {
    items: &'a [String],
}

/// A form, open or behind a summary that opens it.
#[derive(Template)]
#[template(path = "components/act.html")]
struct Act {
    action: String,
    hidden: Hidden,
    fields: Vec<Part>,
    button: String,
    /// Behind these words; open where empty.
    behind: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "pages/sheet.html")]
struct Whole {
    layout: Layout,
    parts: Vec<Part>,
}

/// A page that is being put together.
pub(crate) struct Sheet {
    layout: Layout,
    parts: Vec<Part>,
    amiss: bool,
    /// The action of the form that came back to be mended.
    sent: String,
}

impl Sheet {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout, parts: Vec::new(), amiss: false, sent: String::new() }
    }

    /// What is amiss in what was sent.
    pub(crate) fn errors(mut self, errors: &Errors) -> Self {
        self.amiss = !errors.is_empty();
        self.layout = self.layout.with_errors(errors);
        self
    }

    /// Which of several forms was sent, by its action: where something is amiss in it, it is shown open.
    pub(crate) fn sent(mut self, action: &str) -> Self {
        action.clone_into(&mut self.sent);
        self
    }

    pub(crate) fn heading(self, text: &str) -> Result<Self, WebError> {
        self.part(&Heading { text })
    }

    pub(crate) fn text(self, text: &str) -> Result<Self, WebError> {
        self.part(&Paragraph { text })
    }

    pub(crate) fn inset(self, text: &str) -> Result<Self, WebError> {
        self.part(&Inset { text })
    }

    pub(crate) fn bullets(self, items: &[String]) -> Result<Self, WebError> {
        if items.is_empty() { Ok(self) } else { self.part(&Bullets { items }) }
    }

    pub(crate) fn link(self, href: &str, text: &str) -> Result<Self, WebError> {
        self.part(&Link { href, text })
    }

    pub(crate) fn part(mut self, template: &impl Template) -> Result<Self, WebError> {
        self.parts.push(Part::of(template)?);
        Ok(self)
    }

    /// A form.
    pub(crate) fn form(self, action: &str, fields: Vec<Part>, button: &str) -> Result<Self, WebError> {
        self.act(action, fields, button, "")
    }

    /// A form behind words that open it.
    pub(crate) fn act(self, action: &str, fields: Vec<Part>, button: &str, behind: &str) -> Result<Self, WebError> {
        let hidden = self.layout.hidden().map_err(|_| WebError::Fault)?;
        let open = self.amiss && self.sent == action;
        let (action, button, behind) = (action.to_owned(), button.to_owned(), behind.to_owned());
        self.part(&Act { action, hidden, fields, button, behind, open })
    }

    pub(crate) fn answer(self) -> Response {
        let whole = Whole { layout: self.layout, parts: self.parts };
        if self.amiss { amiss(&whole) } else { page(&whole) }
    }
}

/// What the API says, as a text; nothing where it says nothing.
pub(crate) fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::Array(items) => items.iter().map(said).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A word of the API as people write it: `wrong-recipient` is "Wrong recipient".
pub(crate) fn words(value: &Value) -> String {
    crate::form::sentence(&[&said(value).replace(['-', '_'], " ")])
}

/// A moment as people write it.
pub(crate) fn when(value: &Value) -> String {
    let moment = value.as_str().and_then(|text| text.parse().ok());
    moment.map_or_else(String::new, crate::dates::moment)
}

/// A day as people write it.
pub(crate) fn day(value: &Value) -> String {
    let day = value.as_str().and_then(|text| text.parse().ok());
    day.map_or_else(String::new, crate::dates::day)
}

/// How a clock stands, with its colour.
pub(crate) fn standing(clock: &Value) -> Tag {
    match clock["standing"].as_str() {
        Some("running") => Tag::new(left(clock), "blue"),
        Some("paused") => Tag::new("Clock stopped", "grey"),
        Some("overdue") => Tag::new("Overdue", "red"),
        Some("met") => Tag::new("Done in time", "green"),
        Some("late") => Tag::new("Done late", "orange"),
        _ => Tag::new("Not started", "grey"),
    }
}

fn left(clock: &Value) -> String {
    match clock["seconds_left"].as_i64().unwrap_or(0).max(0) / 3600 {
        0 => "Less than an hour left".to_owned(),
        1 => "1 hour left".to_owned(),
        hours @ 2..96 => format!("{hours} hours left"),
        hours => format!("{} days left", hours / 24),
    }
}

/// The items of a list.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Tenths of a percent as people read them.
pub(super) fn percent(permille: Option<u64>) -> String {
    permille.map_or_else(|| "–".to_owned(), |permille| format!("{}.{}\u{a0}%", permille / 10, permille % 10))
}
