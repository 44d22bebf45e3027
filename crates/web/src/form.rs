//! A form as it was sent, and what is amiss in it.
//!
//! Everything is bounded and read once. What a field may hold is said where it is asked for, in words for whoever fills
//! the form in; the API judges again.

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::civil::Date;

use crate::error::{Problem, WebError};

/// Most bytes of a form without files.
pub(crate) const FORM_LIMIT: usize = 256 * 1024;
/// Most fields of one.
const MOST_FIELDS: usize = 500;

/// The fields, in the order in which they were sent. Without `Debug`: a password may be among them.
#[derive(Clone, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    digest: [u8; 32],
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        // Put there by the guard, which has checked where it comes from.
        parts.extensions.get().cloned().ok_or(WebError::Stale)
    }
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`. Line ends become `\n`, as they were typed.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, WebError> {
        let pairs = form_urlencoded::parse(bytes).take(MOST_FIELDS + 1);
        let fields: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))).collect();
        if fields.len() > MOST_FIELDS {
            return Err(WebError::TooLarge);
        }
        Ok(Self { fields, digest: packhorse_keys::sha256(bytes) })
    }

    /// A form that holds what is to be changed.
    pub(crate) fn filled<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { fields, digest: [0; 32] }
    }

    /// What was typed, without blanks around it; empty where nothing was.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// What was typed, as it was: for passwords.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Everything that was chosen under one name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }

    /// Whether something was chosen.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|chosen| chosen == value)
    }

    /// Every field and its value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn token(&self) -> &str {
        self.raw("form_token")
    }

    pub(crate) fn id(&self) -> Option<&str> {
        Some(self.raw("form_id")).filter(|id| !id.is_empty() && id.len() <= 64)
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// What is amiss, field by field, in the order of the page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Errors {
    list: Vec<FieldError>,
}

/// What is amiss in one field.
#[derive(Debug, Clone)]
pub(crate) struct FieldError {
    /// The field's name and id; empty where it is none of the page's.
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Errors {
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.list.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn list(&self) -> &[FieldError] {
        &self.list
    }

    /// What is amiss in a field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.list.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// What the API found amiss. `place` says which field of the page shows what the API calls by its own name.
    pub(crate) fn found(problem: &Problem, place: impl Fn(&str) -> Option<&'static str>) -> Self {
        let mut errors = Self::default();
        for finding in &problem.findings {
            let message = sentence(&[&finding.problem, &finding.remedy]);
            errors.add(place(&finding.field).unwrap_or_default(), message);
        }
        if errors.is_empty() {
            errors.add("", sentence(&[&problem.error, &problem.remedy]));
        }
        errors
    }

    /// A required line of text: what was typed, or an error.
    pub(crate) fn line(&mut self, form: &Form, field: &str, what: &str, most: usize) -> String {
        let text = form.text(field);
        if text.is_empty() {
            self.add(field, format!("Enter {what}"));
        } else {
            self.check(field, text, what, most, false);
        }
        text.to_owned()
    }

    /// A line of text that may be left out.
    pub(crate) fn optional_line(&mut self, form: &Form, field: &str, what: &str, most: usize) -> Option<String> {
        let text = Some(form.text(field)).filter(|text| !text.is_empty())?;
        self.check(field, text, what, most, false);
        Some(text.to_owned())
    }

    /// A required text of several lines.
    pub(crate) fn lines(&mut self, form: &Form, field: &str, what: &str, most: usize) -> String {
        let text = form.text(field);
        if text.is_empty() {
            self.add(field, format!("Enter {what}"));
        } else {
            self.check(field, text, what, most, true);
        }
        text.to_owned()
    }

    /// A text of several lines that may be left out.
    pub(crate) fn optional_lines(&mut self, form: &Form, field: &str, what: &str, most: usize) -> Option<String> {
        let text = Some(form.text(field)).filter(|text| !text.is_empty())?;
        self.check(field, text, what, most, true);
        Some(text.to_owned())
    }

    /// One of several, of which one must be chosen.
    pub(crate) fn choice(&mut self, form: &Form, field: &str, what: &str, of: &[&str]) -> String {
        let chosen = form.text(field);
        if !of.contains(&chosen) {
            self.add(field, format!("Select {what}"));
        }
        chosen.to_owned()
    }

    /// A day, typed in three fields.
    pub(crate) fn date(&mut self, form: &Form, field: &str, what: &str) -> Option<Date> {
        let part = |name: &str| form.text(&format!("{field}-{name}")).to_owned();
        let (day, month, year) = (part("day"), part("month"), part("year"));
        if day.is_empty() && month.is_empty() && year.is_empty() {
            self.add(field, format!("Enter {what}"));
            return None;
        }
        // Four digits: with two, nobody could tell which century was meant.
        let digits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        let well = digits(&day, 2) && digits(&month, 2) && digits(&year, 4) && year.len() == 4;
        let date = well.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()).flatten();
        if date.is_none() {
            self.add(field, format!("{} must be a real date", capitalised(what)));
        }
        date
    }

    fn check(&mut self, field: &str, text: &str, what: &str, most: usize, lines: bool) {
        let what = capitalised(what);
        if text.chars().count() > most {
            self.add(field, format!("{what} must be {most} characters or fewer"));
        } else if text.chars().any(|letter| is_unseen(letter) && !(lines && matches!(letter, '\n' | '\t'))) {
            self.add(field, format!("{what} must not contain characters that cannot be seen"));
        }
    }
}

/// Control characters, and those that turn the direction of what follows: a text would not read as it is.
pub(crate) fn is_unseen(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The first letter large, as a sentence begins; without the article.
fn capitalised(what: &str) -> String {
    let what = ["a ", "an ", "the ", "your "].iter().find_map(|article| what.strip_prefix(article)).unwrap_or(what);
    let mut letters = what.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What the API says in parts, as one sentence a page can show.
pub(crate) fn sentence(parts: &[&str]) -> String {
    let said: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let said = said.join(": ");
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Form::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_missing_too_long_or_unseen_is_said_at_its_field() {
        let form = form(&format!("a=&b={}&c=x%00y&d=%E2%80%AEgpj&e=Zo%C3%AB+%F0%9F%90%B4", "y".repeat(11)));
        let mut errors = Errors::default();
        for field in ["a", "b", "c", "d", "e"] {
            errors.line(&form, field, "a name", 10);
        }
        assert_eq!(errors.of("a"), Some("Enter a name"));
        assert_eq!(errors.of("b"), Some("Name must be 10 characters or fewer"));
        let unseen = Some("Name must not contain characters that cannot be seen");
        assert_eq!((errors.of("c"), errors.of("d"), errors.of("e")), (unseen, unseen, None));
    }

    #[test]
    fn a_day_is_a_day_of_the_calendar_with_its_century() {
        let read = |text: &str| Errors::default().date(&form(text), "on", "the date");
        assert_eq!(read("on-day=29&on-month=2&on-year=2028"), Some(Date::constant(2028, 2, 29)));
        for wrong in [
            "on-day=29&on-month=2&on-year=2027",
            "on-day=1&on-month=1&on-year=27",
            "on-day=%2B1&on-month=1&on-year=2027",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_form_of_too_many_fields_is_not_read() {
        assert!(Form::read("a=b&".repeat(MOST_FIELDS + 1).as_bytes()).is_err());
        assert_eq!(form("t=a%0D%0Ab").raw("t"), "a\nb");
    }
}
