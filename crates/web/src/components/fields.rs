//! What can be filled in.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::form::{Errors, Form};

/// What every field has.
#[derive(Default)]
pub(crate) struct Field {
    name: String,
    label: String,
    hint: Option<String>,
    error: Option<String>,
}

impl Field {
    fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// The ids of what describes it.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// What all kinds of fields are made with.
macro_rules! field {
    ($type:ident) => {
        impl HtmlSafe for $type {}

        impl $type {
            /// What helps to fill it in.
            #[allow(dead_code, reason = "every kind of field has it, whether or not a page uses it yet")]
            pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
                self.field.hint = Some(hint.into());
                self
            }
        }
    };
}

/// A line of text.
#[derive(Template)]
#[template(path = "components/input.html")]
pub(crate) struct Input {
    field: Field,
    value: String,
    kind: &'static str,
    autocomplete: Option<&'static str>,
    inputmode: Option<&'static str>,
    width: Option<u8>,
    spellcheck: bool,
}

field!(Input);

impl Input {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        let field = Field::new(name, label);
        Self {
            field,
            value: String::new(),
            kind: "text",
            autocomplete: None,
            inputmode: None,
            width: None,
            spellcheck: true,
        }
    }

    /// A password: never shown again.
    pub(crate) fn password(name: impl Into<String>, label: impl Into<String>, autocomplete: &'static str) -> Self {
        Self { kind: "password", autocomplete: Some(autocomplete), spellcheck: false, ..Self::new(name, label) }
    }

    /// `email`, `search`, `tel`.
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// A code or number: no spelling, digits where `digits`.
    pub(crate) fn code(mut self, digits: bool) -> Self {
        self.spellcheck = false;
        self.inputmode = digits.then_some("numeric");
        self
    }

    /// What the browser may fill in (WCAG 1.3.5).
    pub(crate) fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// As wide as so many characters: 2, 3, 4, 5, 10, 20 or 30.
    pub(crate) fn width(mut self, characters: u8) -> Self {
        self.width = Some(characters);
        self
    }

    /// Whether nothing was typed.
    pub(crate) fn is_blank(&self) -> bool {
        self.value.trim().is_empty()
    }

    /// What was typed and what is amiss.
    pub(crate) fn filled(mut self, form: &Form, errors: &Errors) -> Self {
        if self.kind != "password" {
            form.raw(&self.field.name).clone_into(&mut self.value);
        }
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }
}

/// A text of several lines.
#[derive(Template)]
#[template(path = "components/area.html")]
pub(crate) struct Area {
    field: Field,
    value: String,
    rows: u8,
    most: Option<usize>,
}

field!(Area);

impl Area {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { field: Field::new(name, label), value: String::new(), rows: 5, most: None }
    }

    pub(crate) fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }

    /// Counts what is left of so many characters.
    pub(crate) fn most(mut self, characters: usize) -> Self {
        self.most = Some(characters);
        self
    }

    /// What was typed and what is amiss.
    pub(crate) fn filled(mut self, form: &Form, errors: &Errors) -> Self {
        form.raw(&self.field.name).clone_into(&mut self.value);
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }

    fn described_by(&self) -> Option<String> {
        let counted = self.most.map(|_| format!("{}-info", self.field.name));
        let ids: Vec<String> = self.field.described_by().into_iter().chain(counted).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// One of several to choose from.
#[derive(Default, Clone)]
pub(crate) struct Choice {
    value: String,
    label: String,
    hint: Option<String>,
    chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Radios, or checkboxes where several may be chosen.
#[derive(Template)]
#[template(path = "components/choices.html")]
pub(crate) struct Choices {
    field: Field,
    choices: Vec<Choice>,
    several: bool,
    inline: bool,
}

field!(Choices);

impl Choices {
    /// Radios: one of them.
    pub(crate) fn one(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { field: Field::new(name, label), choices, several: false, inline: false }
    }

    /// Checkboxes: any of them.
    pub(crate) fn any(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { several: true, ..Self::one(name, label, choices) }
    }

    /// `Yes` and `No`, beside each other.
    pub(crate) fn yes_no(name: impl Into<String>, label: impl Into<String>) -> Self {
        let choices = vec![Choice::new("yes", "Yes"), Choice::new("no", "No")];
        Self { inline: true, ..Self::one(name, label, choices) }
    }

    /// What was chosen and what is amiss.
    pub(crate) fn filled(mut self, form: &Form, errors: &Errors) -> Self {
        for choice in &mut self.choices {
            choice.chosen = form.has(&self.field.name, &choice.value);
        }
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }

    fn word(&self) -> &'static str {
        if self.several { "checkboxes" } else { "radios" }
    }

    /// The first has the field's own id, so that an error's link leads to it.
    fn id(&self, index: &usize) -> String {
        if *index == 0 { self.field.name.clone() } else { format!("{}-{}", self.field.name, index + 1) }
    }
}

/// One checkbox that stands alone.
#[derive(Template)]
#[template(path = "components/check.html")]
pub(crate) struct Check {
    field: Field,
    chosen: bool,
}

field!(Check);

impl Check {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { field: Field::new(name, label), chosen: false }
    }

    /// What was chosen and what is amiss.
    pub(crate) fn filled(mut self, form: &Form, errors: &Errors) -> Self {
        self.chosen = form.has(&self.field.name, "yes");
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }
}

/// A list to choose one from.
#[derive(Template)]
#[template(path = "components/select.html")]
pub(crate) struct Select {
    field: Field,
    choices: Vec<Choice>,
    /// What stands there while nothing is chosen.
    none: Option<String>,
}

field!(Select);

impl Select {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { field: Field::new(name, label), choices, none: None }
    }

    /// Offers to choose nothing, in these words.
    pub(crate) fn none(mut self, words: impl Into<String>) -> Self {
        self.none = Some(words.into());
        self
    }

    /// What was chosen and what is amiss.
    pub(crate) fn filled(mut self, form: &Form, errors: &Errors) -> Self {
        for choice in &mut self.choices {
            choice.chosen = form.has(&self.field.name, &choice.value);
        }
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }
}

/// A day in three fields: `{name}-day`, `{name}-month`, `{name}-year`.
#[derive(Template)]
#[template(path = "components/days.html")]
pub(crate) struct Days {
    field: Field,
    day: String,
    month: String,
    year: String,
}

field!(Days);

impl Days {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        let field = Field::new(name, label);
        Self { field, day: String::new(), month: String::new(), year: String::new() }
    }

    /// What was typed and what is amiss.
    pub(crate) fn filled(mut self, form: &Form, errors: &Errors) -> Self {
        let part = |part: &str| form.raw(&format!("{}-{part}", self.field.name)).to_owned();
        (self.day, self.month, self.year) = (part("day"), part("month"), part("year"));
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }
}

/// Files to upload.
#[derive(Template)]
#[template(path = "components/files.html")]
pub(crate) struct Files {
    field: Field,
    several: bool,
}

field!(Files);

impl Files {
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>, several: bool) -> Self {
        Self { field: Field::new(name, label), several }
    }

    /// What is amiss; a browser never shows again which files were chosen.
    pub(crate) fn filled(mut self, errors: &Errors) -> Self {
        self.field.error = errors.of(&self.field.name).map(str::to_owned);
        self
    }
}
