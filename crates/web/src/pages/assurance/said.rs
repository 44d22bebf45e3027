//! What the API said, read member by member: a page shows what is there and leaves out what is not.

use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::dates;
use crate::form::Form;

/// An answer of the API, or a part of one.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Said(pub(crate) Value);

impl Said {
    /// What stands under a name; nothing where nothing does.
    pub(crate) fn of(&self, name: &str) -> Self {
        Self(self.0.get(name).cloned().unwrap_or_default())
    }

    /// A text; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// Whether it is said to be so.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether anything is there.
    pub(crate) fn is_there(&self) -> bool {
        !self.0.is_null()
    }

    /// A day as people write it; empty where there is none.
    pub(crate) fn day(&self, name: &str) -> String {
        self.date(name).map(dates::day).unwrap_or_default()
    }

    /// A day.
    pub(crate) fn date(&self, name: &str) -> Option<Date> {
        self.text(name).parse().ok()
    }

    /// The items of a list under a name.
    pub(crate) fn list(&self, name: &str) -> Vec<Self> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().cloned().map(Self).collect()
    }

    /// The words of a list under a name.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let words = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        words.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A form filled with these members; a day in its three fields, a list one word a line.
    pub(crate) fn form(&self, texts: &[&str], days: &[&str], lists: &[&str]) -> Form {
        let mut fields: Vec<(String, String)> = Vec::new();
        for name in texts {
            fields.push(((*name).to_owned(), self.text(name)));
        }
        for name in lists {
            fields.push(((*name).to_owned(), self.words(name).join("\n")));
        }
        for name in days {
            let Some(date) = self.date(name) else { continue };
            fields.push((format!("{name}-day"), date.day().to_string()));
            fields.push((format!("{name}-month"), date.month().to_string()));
            fields.push((format!("{name}-year"), date.year().to_string()));
        }
        Form::filled(fields.iter().map(|(name, value)| (name.as_str(), value.clone())))
    }
}

/// After something was done: back to where it shows (POST, redirect, GET).
pub(crate) fn back_to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Lines that were typed, without the blank ones.
pub(crate) fn lines(form: &Form, name: &str) -> Vec<String> {
    form.text(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
