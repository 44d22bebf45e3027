//! A page made of blocks in a row: paragraphs, headings, components and forms. It knows nothing of what they are about.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::Response;

use crate::components::{Area, Choices, Days, Input, Paging, Select, Summary, Table, TaskList};
use crate::layout::{Layout, amiss, page};
use crate::listing::SearchBar;

/// A page of blocks.
#[derive(Template)]
#[template(path = "assurance/blocks.html")]
pub(crate) struct Blocks {
    layout: Layout,
    blocks: Vec<Block>,
}

/// One block.
pub(crate) enum Block {
    Part(Part),
    Form(Form),
}

/// A component, written out.
pub(crate) struct Part(String);

impl HtmlSafe for Part {}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! parts {
    ($($component:ty),*) => {
        $(impl From<$component> for Part {
            fn from(component: $component) -> Self {
                // What a component of ours cannot write is a defect of its template, which its own page would show.
                Self(component.render().unwrap_or_default())
            }
        })*
    };
}

parts!(
    Area, Choices, Days, Input, Paging, SearchBar, Select, Summary, Table, TaskList, Paragraph, Heading, List, Hidden
);

/// A paragraph.
#[derive(Template)]
#[template(source = r#"<p class="govuk-body">{{ text }}</p>"#, ext = "html")]
struct Paragraph {
    text: String,
}

/// A heading below the page's own.
#[derive(Template)]
#[template(source = r#"<h2 class="govuk-heading-m">{{ text }}</h2>"#, ext = "html")]
struct Heading {
    text: String,
}

/// Links or points, one below the other.
#[derive(Template)]
#[template(
    source = r#"<ul class="govuk-list govuk-list--spaced">{% for (href, text) in items %}<li>{% if href.is_empty() %}{{ text }}{% else %}<a class="govuk-link" href="{{ href }}">{{ text }}</a>{% endif %}</li>{% endfor %}</ul>"#,
    ext = "html"
)]
struct List {
    items: Vec<(String, String)>,
}

/// A value that a form carries along.
#[derive(Template)]
#[template(source = r#"<input type="hidden" name="{{ name }}" value="{{ value }}">"#, ext = "html")]
struct Hidden {
    name: &'static str,
    value: String,
}

/// A form with its buttons.
pub(crate) struct Form {
    action: String,
    parts: Vec<Part>,
    buttons: Vec<Button>,
}

struct Button {
    label: &'static str,
    /// What the field `do` says when it is pressed; empty where there is but one.
    value: &'static str,
    warning: bool,
}

impl Form {
    pub(crate) fn to(action: impl Into<String>) -> Self {
        Self { action: action.into(), parts: Vec::new(), buttons: Vec::new() }
    }

    pub(crate) fn part(mut self, part: impl Into<Part>) -> Self {
        self.parts.push(part.into());
        self
    }

    pub(crate) fn parts(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }

    pub(crate) fn heading(self, text: impl Into<String>) -> Self {
        self.part(Heading { text: text.into() })
    }

    pub(crate) fn hidden(self, name: &'static str, value: impl Into<String>) -> Self {
        self.part(Hidden { name, value: value.into() })
    }

    pub(crate) fn button(mut self, label: &'static str, value: &'static str) -> Self {
        self.buttons.push(Button { label, value, warning: false });
        self
    }

    /// A button for what cannot be taken back by pressing another.
    pub(crate) fn warning(mut self, label: &'static str, value: &'static str) -> Self {
        self.buttons.push(Button { label, value, warning: true });
        self
    }
}

impl Blocks {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout, blocks: Vec::new() }
    }

    pub(crate) fn part(mut self, part: impl Into<Part>) -> Self {
        self.blocks.push(Block::Part(part.into()));
        self
    }

    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        self.part(Paragraph { text: text.into() })
    }

    pub(crate) fn heading(self, text: impl Into<String>) -> Self {
        self.part(Heading { text: text.into() })
    }

    /// A paragraph for each run of lines that a blank line ends.
    pub(crate) fn paragraphs(self, text: &str) -> Self {
        let runs = text.split("\n\n").map(str::trim).filter(|run| !run.is_empty());
        runs.fold(self, |blocks, run| blocks.text(run))
    }

    pub(crate) fn links<'a>(self, items: impl IntoIterator<Item = (String, &'a str)>) -> Self {
        self.part(List { items: items.into_iter().map(|(href, text)| (href, text.to_owned())).collect() })
    }

    pub(crate) fn points(self, items: impl IntoIterator<Item = String>) -> Self {
        self.part(List { items: items.into_iter().map(|text| (String::new(), text)).collect() })
    }

    pub(crate) fn form(mut self, form: Form) -> Self {
        self.blocks.push(Block::Form(form));
        self
    }

    /// Answers with the page.
    pub(crate) fn page(&self) -> Response {
        page(self)
    }

    /// Answers with the page as a form that is to be mended.
    pub(crate) fn amiss(&self) -> Response {
        amiss(self)
    }
}
