//! What a system offers: a service, its operations and the shape of its answer.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::parcel::PARCEL_METHOD;
use crate::path::{CanonicalPath, PathGlob};

/// One way to call a service: a method (`*` for any) and a path glob.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// HTTP method in upper case, or `*`.
    pub method: String,
    /// The path behind the service code.
    pub path: PathGlob,
}

impl Operation {
    /// Whether a call is this operation. Methods compare without case, as X-Road's access rights do; `*` is any but
    /// [`PARCEL_METHOD`].
    #[must_use]
    pub fn covers(&self, method: &str, path: &CanonicalPath) -> bool {
        let any = self.method == "*" && !method.eq_ignore_ascii_case(PARCEL_METHOD);
        (any || self.method.eq_ignore_ascii_case(method)) && self.path.matches(path)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Whether a service has a machine-readable description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceType {
    /// Plain REST, no description.
    #[serde(rename = "REST")]
    Rest,
    /// Described by an `OpenAPI` document.
    #[serde(rename = "OPENAPI")]
    OpenApi,
}

/// A field of an answer: names from the outside in, joined by dots; array elements share their
/// array's name. `address.postcode` is the postcode of the address, or of every address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldPath(pub String);

/// A set of fields, for example those an agreement gives.
pub type FieldSet = BTreeSet<FieldPath>;

impl FieldPath {
    /// The names from the outside in.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
