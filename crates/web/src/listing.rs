//! Lists that are read page by page, chosen from and searched, without a script: what of which list is wanted stands in
//! the page's address, and goes to the API in the same words.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::api::part;
use crate::components::{Choice, Input, Paging, Select};
use crate::form::{Errors, Form};

/// The words behind a page's question mark.
pub(crate) type Query = BTreeMap<String, String>;

/// How many things stand on a page.
pub(crate) const PAGE: usize = 50;
/// What a page begins after.
const AFTER: &str = "after";

/// Which part of a list is wanted.
pub(crate) struct Listing {
    path: &'static str,
    /// What it is narrowed by, of what it can be narrowed by.
    asked: Vec<(&'static str, String)>,
    after: Option<String>,
}

impl Listing {
    /// Of the words in an address, those by which the list at this path can be narrowed.
    pub(crate) fn read(path: &'static str, words: &[&'static str], query: &Query) -> Self {
        let said = |word: &str| query.get(word).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let asked = words.iter().filter_map(|&word| Some((word, said(word)?))).collect();
        Self { path, asked, after: said(AFTER) }
    }

    /// The whole list at this path, from its beginning.
    pub(crate) fn whole(path: &'static str) -> Self {
        Self { path, asked: Vec::new(), after: None }
    }

    /// What it is narrowed to; empty where it is not.
    pub(crate) fn said(&self, word: &str) -> &str {
        self.asked.iter().find(|(asked, _)| *asked == word).map_or("", |(_, value)| value)
    }

    /// Whether it is the whole list's first page.
    pub(crate) fn is_first(&self) -> bool {
        self.after.is_none() && self.asked.is_empty()
    }

    /// Whether it is narrowed at all.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.asked.is_empty()
    }

    /// The call that gives the page.
    pub(crate) fn call(&self, api: &str) -> String {
        self.call_paged(api, AFTER)
    }

    /// The same, where the API has another word for what a page begins after.
    pub(crate) fn call_paged(&self, api: &str, cursor: &str) -> String {
        let after = self.after.as_deref().map(|after| format!("&{cursor}={}", part(after))).unwrap_or_default();
        format!("{api}?limit={PAGE}{}{after}", self.narrowed())
    }

    fn narrowed(&self) -> String {
        self.asked.iter().map(|(word, value)| format!("&{word}={}", part(value))).collect()
    }

    /// Where it begins, and where it goes on: nowhere where `next` is none, or empty.
    pub(crate) fn paging(&self, next: Option<&str>) -> Paging {
        let next = next.filter(|next| !next.is_empty());
        let narrowed = self.narrowed();
        let first = match narrowed.strip_prefix('&') {
            Some(narrowed) => format!("{}?{narrowed}", self.path),
            None => self.path.to_owned(),
        };
        let next = next.map(|next| format!("{}?{AFTER}={}{narrowed}", self.path, part(next)));
        Paging { first: self.after.as_ref().map(|_| first), next }
    }

    /// The form by which it is searched; it begins with a line for words.
    pub(crate) fn search(&self, label: &str) -> SearchBar {
        let form = Form::filled(self.asked.clone());
        let words = Input::new("q", label).kind("search").width(30).filled(&form, &Errors::default());
        SearchBar { action: self.path, lines: vec![words], choices: Vec::new(), form }
    }
}

/// A form that asks for a part of a list.
#[derive(Template)]
#[template(path = "components/search.html")]
pub(crate) struct SearchBar {
    action: &'static str,
    lines: Vec<Input>,
    choices: Vec<Select>,
    form: Form,
}

impl HtmlSafe for SearchBar {}

impl SearchBar {
    /// With another line: a code, whole.
    pub(crate) fn line(mut self, name: &'static str, label: &str) -> Self {
        let line = Input::new(name, label).code(false).width(30);
        self.lines.push(line.filled(&self.form, &Errors::default()));
        self
    }

    /// With a day.
    pub(crate) fn day(mut self, name: &'static str, label: &str) -> Self {
        let line = Input::new(name, label).kind("date").width(10);
        self.lines.push(line.filled(&self.form, &Errors::default()));
        self
    }

    /// With a choice of a few words; what is not chosen does not narrow.
    pub(crate) fn choice(mut self, name: &'static str, label: &str, choices: &[(&str, &str)]) -> Self {
        let choices = choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
        let select = Select::new(name, label, choices).none("All");
        self.choices.push(select.filled(&self.form, &Errors::default()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_what_it_is_narrowed_to_from_page_to_page() {
        let query = [("q", "lost & found"), ("state", ""), ("after", "a/b"), ("other", "x")];
        let query = query.into_iter().map(|(word, value)| (word.to_owned(), value.to_owned())).collect();
        let listing = Listing::read("/incidents", &["q", "state"], &query);
        assert_eq!(listing.call("/api/incidents"), "/api/incidents?limit=50&q=lost%20%26%20found&after=a%2Fb");
        let paging = listing.paging(Some("c"));
        assert_eq!(paging.first.as_deref(), Some("/incidents?q=lost%20%26%20found"));
        assert_eq!(paging.next.as_deref(), Some("/incidents?after=c&q=lost%20%26%20found"));
        let html = listing.search("Search").choice("state", "State", &[("open", "Open")]).render().unwrap();
        assert!(html.contains(r#"value="lost &#38; found""#), "{html}");
        assert!(Listing::read("/incidents", &["q"], &Query::new()).paging(None).first.is_none());
    }
}
