//! What a signature can cover, and the messages it is taken from.
//!
//! It must never know how values are written into a signature base.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, Method, StatusCode};

/// One part of a message that a signature covers (RFC 9421 section 2).
///
/// Components are equal when they name the same part, in whatever order parameters stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Component {
    pub(super) name: Name,
    pub(super) of_request: bool,
    pub(super) member: Option<Cow<'static, str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Method,
    TargetUri,
    Authority,
    Path,
    Query,
    Status,
    Field(HeaderName),
}

impl Component {
    /// `"@method"`: the request's method (RFC 9421 section 2.2.1).
    pub const METHOD: Self = Self::new(Name::Method);
    /// `"@target-uri"`: the request's full URI (section 2.2.2).
    pub const TARGET_URI: Self = Self::new(Name::TargetUri);
    /// `"@authority"`: host, and port unless it is the scheme's own (section 2.2.3).
    pub const AUTHORITY: Self = Self::new(Name::Authority);
    /// `"@path"`: the request's path (section 2.2.6).
    pub const PATH: Self = Self::new(Name::Path);
    /// `"@query"`: the request's query with its question mark (section 2.2.7).
    pub const QUERY: Self = Self::new(Name::Query);
    /// `"@status"`: the response's status code (section 2.2.9).
    pub const STATUS: Self = Self::new(Name::Status);

    pub(super) const fn new(name: Name) -> Self {
        Self { name, of_request: false, member: None }
    }

    /// A header field (section 2.1); its lines are taken together.
    pub const fn field(name: HeaderName) -> Self {
        Self::new(Name::Field(name))
    }

    /// One member of a header field that is a structured dictionary: `;key="…"`
    /// (section 2.1.2).
    pub const fn member(name: HeaderName, key: &'static str) -> Self {
        Self { name: Name::Field(name), of_request: false, member: Some(Cow::Borrowed(key)) }
    }

    /// The same part of the request that a response answers: `;req` (section 2.4).
    pub const fn of_request(mut self) -> Self {
        self.of_request = true;
        self
    }
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Status => "@status",
            Self::Field(name) => name.as_str(),
        }
    }

    /// The component of that name, when it is one that can be covered here. Field names must be
    /// lower-case (section 2.1); `@signature-params` is never covered (section 2.3).
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "@method" => Self::Method,
            "@target-uri" => Self::TargetUri,
            "@authority" => Self::Authority,
            "@path" => Self::Path,
            "@query" => Self::Query,
            "@status" => Self::Status,
            _ => {
                let name = HeaderName::from_bytes(text.as_bytes()).ok()?;
                (name.as_str() == text).then_some(Self::Field(name))?
            }
        })
    }
}

/// The component identifier as it stands in `Signature-Input`, for instance
/// `"signature";req;key="req"`.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.name.as_str())?;
        if self.of_request {
            f.write_str(";req")?;
        }
        match &self.member {
            Some(key) => write!(f, ";key=\"{key}\""),
            None => Ok(()),
        }
    }
}

/// The parts of a request that can be signed.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// The method.
    pub method: &'a Method,
    /// The absolute URI the request is for, as both sides know it, for instance
    /// `https://gw.example.gov.uk/r1/…?full=true`. It is signed as it stands.
    pub target_uri: &'a str,
    /// The header, with `Content-Digest` already in it.
    pub headers: &'a HeaderMap,
}

/// The parts of a response that can be signed.
#[derive(Clone, Copy, Debug)]
pub struct ResponseView<'a> {
    /// The status code.
    pub status: StatusCode,
    /// The header, with `Content-Digest` already in it.
    pub headers: &'a HeaderMap,
}

/// A message whose signature is made or checked.
#[derive(Clone, Copy, Debug)]
pub enum MessageView<'a> {
    /// A request.
    Request(RequestView<'a>),
    /// A response, and the request it answers for components marked `;req`.
    Response {
        /// The response.
        response: ResponseView<'a>,
        /// The request it answers.
        request: RequestView<'a>,
    },
}

impl<'a> From<RequestView<'a>> for MessageView<'a> {
    fn from(request: RequestView<'a>) -> Self {
        Self::Request(request)
    }
}

impl<'a> From<(ResponseView<'a>, RequestView<'a>)> for MessageView<'a> {
    fn from((response, request): (ResponseView<'a>, RequestView<'a>)) -> Self {
        Self::Response { response, request }
    }
}
