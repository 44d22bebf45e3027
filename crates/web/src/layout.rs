//! The frame of every page: title, header with the organisation's own name, navigation by role, footer.

mod navigation;

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;

use crate::assets;
use crate::components::Banner;
use crate::cookies::secret;
use crate::error::WebError;
use crate::form::{Errors, FieldError};
use crate::visitor::Visitor;
use crate::{Site, Web};

use navigation::tabs;
pub(crate) use navigation::{Group, Tab, groups};

/// What the frame shows.
pub(crate) struct Layout {
    /// What the page is, as its heading says.
    pub(crate) title: String,
    pub(crate) organisation: String,
    pub(crate) assets: &'static str,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) who: Option<String>,
    pub(crate) token: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) back: Option<String>,
    pub(crate) banner: Option<Banner>,
    pub(crate) exit: bool,
    /// Whether the pages are a gateway's, with what everybody may read there.
    pub(crate) is_gateway: bool,
    pub(crate) wide: bool,
    pub(crate) idle_seconds: Option<u64>,
}

impl Layout {
    /// The frame for a visitor.
    pub(crate) fn of(visitor: &Visitor, title: String) -> Self {
        let mut layout = Self::bare(&visitor.web, &title);
        layout.token.clone_from(&visitor.token);
        if let Some(who) = &visitor.who {
            layout.tabs = tabs(visitor.web.site, who);
            layout.who = Some(who.name.clone());
            layout.idle_seconds = who.idle_seconds;
        }
        layout
    }

    /// The frame where it is not known who looks.
    pub(crate) fn bare(web: &Web, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            organisation: web.settings.organisation.clone(),
            assets: &assets::FOLDER,
            tabs: Vec::new(),
            who: None,
            token: String::new(),
            errors: Vec::new(),
            back: None,
            banner: None,
            exit: false,
            is_gateway: web.site == Site::Gateway,
            wide: false,
            idle_seconds: None,
        }
    }

    /// Marks the place of the navigation in which the page stands, by its path.
    pub(crate) fn at(mut self, path: &str) -> Self {
        for tab in &mut self.tabs {
            tab.current = tab.path == path;
        }
        self
    }

    /// What is amiss, at the top of the page; the title says so too.
    pub(crate) fn with_errors(mut self, errors: &Errors) -> Self {
        self.errors = errors.list().to_vec();
        self
    }

    /// A link back.
    pub(crate) fn back(mut self, path: impl Into<String>) -> Self {
        self.back = Some(path.into());
        self
    }

    /// Something to notice above the heading.
    pub(crate) fn banner(mut self, banner: impl Into<Option<Banner>>) -> Self {
        self.banner = banner.into();
        self
    }

    /// Offers to leave the page at once.
    pub(crate) fn exit(mut self) -> Self {
        self.exit = true;
        self
    }

    /// Uses the whole width: for wide tables and charts.
    pub(crate) fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// What every form must hold: `{{ layout.hidden()? }}` as its first part.
    pub(crate) fn hidden(&self) -> Result<Hidden, askama::Error> {
        let id = secret().map_err(|_| askama::Error::Fmt)?;
        Ok(Hidden { token: self.token.clone(), id })
    }

    /// What a script that uploads must show.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

/// The two hidden fields of a form: proof that it is ours, and what tells one sending from another.
#[derive(Template)]
#[template(
    source = r#"<input type="hidden" name="form_token" value="{{ token }}"><input type="hidden" name="form_id" value="{{ id }}">"#,
    ext = "html"
)]
pub(crate) struct Hidden {
    token: String,
    id: String,
}

impl HtmlSafe for Hidden {}

/// Answers with a page.
pub(crate) fn page(template: &impl Template) -> Response {
    respond(StatusCode::OK, template)
}

/// Answers with a form that is to be mended.
pub(crate) fn amiss(template: &impl Template) -> Response {
    respond(StatusCode::UNPROCESSABLE_ENTITY, template)
}

pub(crate) fn respond(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            let error: &dyn fmt::Display = &error;
            tracing::error!(%error, "a page could not be written");
            WebError::Fault.into_response()
        }
    }
}
