//! Which of your systems calls the inside port, for whom, and how it proves itself: the same for questions and parcels.
//!
//! It must never know what is called.

use std::path::PathBuf;

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};
use packhorse_model::ClientId;

use crate::error::{Error, Result};
use crate::files;

/// Where the system's key is looked for when the command line names no file.
const KEY_VARIABLE: &str = "PACKHORSE_API_KEY";

/// Who calls.
#[derive(Debug, Clone, Args)]
pub(crate) struct CallerArgs {
    /// Your calling system: NET/CLASS/code/system
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,
    /// In which role
    #[arg(long)]
    role: Option<String>,
    /// The person who does it
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// A file of mode 0600 with the system's API key [default: $PACKHORSE_API_KEY]
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
}

impl CallerArgs {
    /// The headers that say so.
    pub(crate) fn headers(&self) -> Result<HeaderMap> {
        headers([
            ("x-road-client", Some(self.client.to_string())),
            ("packhorse-role", self.role.clone()),
            ("packhorse-api-key", self.api_key()?),
            ("x-road-userid", self.user.clone()),
        ])
    }

    /// Never from the command line, where every user of the machine could read it.
    fn api_key(&self) -> Result<Option<String>> {
        match &self.api_key_file {
            Some(file) => files::read_secret_line(file).map(Some),
            None => Ok(std::env::var(KEY_VARIABLE).ok()),
        }
    }
}

/// Headers from those values that are given.
pub(crate) fn headers<const N: usize>(values: [(&'static str, Option<String>); N]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        let Some(value) = value else { continue };
        let value = HeaderValue::try_from(value)
            .map_err(|_| Error::Usage(format!("what is given for {name} cannot stand in a header")))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}
