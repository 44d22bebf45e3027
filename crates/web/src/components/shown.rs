//! What is shown.

use askama::Template;
use askama::filters::HtmlSafe;

/// A state in one word.
#[derive(Template, Clone)]
#[template(
    source = r#"<strong class="govuk-tag{% if !colour.is_empty() %} govuk-tag--{{ colour }}{% endif %}">{{ text }}</strong>"#,
    ext = "html"
)]
pub(crate) struct Tag {
    text: String,
    colour: &'static str,
}

impl HtmlSafe for Tag {}

impl Tag {
    /// The colour is one of govuk-frontend's: grey, green, teal, blue, purple, magenta, red, orange, yellow; or none.
    pub(crate) fn new(text: impl Into<String>, colour: &'static str) -> Self {
        Self { text: text.into(), colour }
    }
}

/// What stands in a cell or behind a key.
#[derive(Clone)]
pub(crate) enum Cell {
    Text(String),
    /// A number: set to the right.
    Number(String),
    /// An identifier or digest.
    Code(String),
    Link {
        href: String,
        text: String,
    },
    Tag(Tag),
    /// Lines of text.
    Lines(Vec<String>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Tag> for Cell {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl Cell {
    pub(crate) fn link(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Link { href: href.into(), text: text.into() }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }
}

/// A text that may go on in the next line behind these signs, so that an identifier does not break inside a word.
#[derive(Template)]
#[template(
    source = "{% for part in self.parts() %}{{ part }}{% if !loop.last %}<wbr>{% endif %}{% endfor %}",
    ext = "html"
)]
struct Breakable<'a>(&'a str, &'a [char]);

impl Breakable<'_> {
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split_inclusive(self.1)
    }
}

/// Behind which a text may break.
const IN_TEXT: &[char] = &['/', '_'];
/// Behind which an identifier, an address or a digest may.
const IN_CODE: &[char] = &['/', '_', ':'];

impl HtmlSafe for Breakable<'_> {}

#[derive(Template)]
#[template(path = "components/cell.html")]
struct Shown<'a>(&'a Cell);

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Shown(self).fmt(f)
    }
}

impl HtmlSafe for Cell {}

/// A key with its value, and where it is changed.
pub(crate) struct Row {
    key: String,
    value: Cell,
    change: Option<String>,
}

/// Keys with their values.
#[derive(Template, Default)]
#[template(path = "components/summary.html")]
pub(crate) struct Summary {
    rows: Vec<Row>,
}

impl HtmlSafe for Summary {}

impl Summary {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn row(mut self, key: impl Into<String>, value: impl Into<Cell>) -> Self {
        self.rows.push(Row { key: key.into(), value: value.into(), change: None });
        self
    }

    /// A row that is left out where there is nothing to show.
    pub(crate) fn maybe(self, key: impl Into<String>, value: Option<impl Into<Cell>>) -> Self {
        match value {
            Some(value) => self.row(key, value),
            None => self,
        }
    }

    /// A row that can be changed at a path.
    pub(crate) fn change(mut self, key: impl Into<String>, value: impl Into<Cell>, href: impl Into<String>) -> Self {
        self.rows.push(Row { key: key.into(), value: value.into(), change: Some(href.into()) });
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a place is kept for the links by which rows are changed; else values have it.
    fn can_be_changed(&self) -> bool {
        self.rows.iter().any(|row| row.change.is_some())
    }
}

/// A table. Its caption says what it is of; where `caption_hidden`, the heading before it does so for the eye.
#[derive(Template)]
#[template(path = "components/table.html")]
pub(crate) struct Table {
    caption: String,
    caption_hidden: bool,
    head: Vec<(String, bool)>,
    rows: Vec<Vec<Cell>>,
    /// What is said where there are no rows.
    empty: String,
}

impl HtmlSafe for Table {}

impl Table {
    /// Columns whose name begins with `#` hold numbers.
    pub(crate) fn new(caption: impl Into<String>, columns: &[&str], empty: impl Into<String>) -> Self {
        let column = |name: &&str| (name.trim_start_matches('#').to_owned(), name.starts_with('#'));
        let head = columns.iter().map(column).collect();
        Self { caption: caption.into(), caption_hidden: false, head, rows: Vec::new(), empty: empty.into() }
    }

    /// The caption is for those who do not see the heading before it.
    pub(crate) fn caption_hidden(mut self) -> Self {
        self.caption_hidden = true;
        self
    }

    /// The first cell is the row's heading.
    pub(crate) fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    pub(crate) fn rows(self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        rows.into_iter().fold(self, Self::row)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Earlier and later pages of a list.
#[derive(Template, Default)]
#[template(path = "components/paging.html")]
pub(crate) struct Paging {
    /// Where the list begins again.
    pub(crate) first: Option<String>,
    /// Where it goes on.
    pub(crate) next: Option<String>,
}

impl HtmlSafe for Paging {}

/// One task of a list.
pub(crate) struct Task {
    pub(crate) title: String,
    pub(crate) hint: Option<String>,
    /// Where it is done; none while it cannot be.
    pub(crate) href: Option<String>,
    pub(crate) status: Cell,
}

/// What is to be done, with its state.
#[derive(Template)]
#[template(path = "components/tasks.html")]
pub(crate) struct TaskList {
    /// Tells the ids of two lists on a page apart.
    pub(crate) name: &'static str,
    pub(crate) tasks: Vec<Task>,
}

impl HtmlSafe for TaskList {}

/// Something that is done.
#[derive(Template, Clone)]
#[template(path = "components/banner.html")]
pub(crate) struct Banner {
    heading: String,
}

impl HtmlSafe for Banner {}

impl Banner {
    pub(crate) fn success(heading: impl Into<String>) -> Self {
        Self { heading: heading.into() }
    }
}

/// It is done, on a page of its own.
#[derive(Template)]
#[template(path = "components/panel.html")]
pub(crate) struct Panel {
    title: String,
    label: String,
    reference: String,
}

impl HtmlSafe for Panel {}

impl Panel {
    pub(crate) fn new(title: impl Into<String>, label: impl Into<String>, reference: impl Into<String>) -> Self {
        Self { title: title.into(), label: label.into(), reference: reference.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_breaks_behind_its_slashes_and_what_is_in_it_stays_text() {
        let shown = Cell::from("NET/GOV/<b>, at 11:05am").to_string();
        assert_eq!(shown, "NET/<wbr>GOV/<wbr>&#60;b&#62;, at 11:05am");
        let shown = Cell::Code("127.0.0.1:8443".to_owned()).to_string();
        assert_eq!(shown, "<span class=\"ph-code\">127.0.0.1:<wbr>8443</span>");
        assert_eq!(Cell::link("/a/b", "plain").to_string(), "<a class=\"govuk-link\" href=\"/a/b\">plain</a>");
    }
}
