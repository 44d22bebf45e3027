//! X-Road's error codes in its two spellings, and the body that carries one.
//!
//! Up to 7.7 codes are `Server.ServerProxy.AccessDenied`, from 7.8 `server.serverproxy.access_denied`.
//! One internal code, one switch.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use packhorse_model::refusal::{FaultKind, Rule};
use packhorse_model::{Fault, Refusal, Side};
use serde::{Deserialize, Serialize};

/// Which spelling of error codes callers get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spelling {
    /// CamelCase, as X-Road up to 7.7 writes and most clients in the field parse.
    #[default]
    #[serde(rename = "7.7")]
    Camel,
    /// `snake_case`, as X-Road from 7.8 writes.
    #[serde(rename = "7.8")]
    Snake,
}

/// An X-Road error code, kept in the older spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    side: Side,
    name: &'static str,
}

impl Code {
    /// A code of the provider's side, `Server.ServerProxy.<name>`.
    pub(crate) const fn server(name: &'static str) -> Self {
        Self { side: Side::Inbound, name }
    }

    /// The code for a refusal.
    pub(crate) fn of_refusal(refusal: &Refusal) -> Self {
        let name = match refusal.rule {
            // What the provider's side cannot read is a metaservice's parameter.
            Rule::Malformed if refusal.side == Side::Inbound => "InvalidRequest",
            Rule::Malformed => "InternalError",
            Rule::ClientIdentifier => "InvalidClientIdentifier",
            Rule::Authentication => "SslAuthenticationFailed",
            Rule::UnknownClient | Rule::UnknownMember | Rule::MemberSuspended => "UnknownMember",
            Rule::GatewayAddress => "InvalidSecurityServer",
            Rule::BodyTooLarge => "IOError",
            Rule::UnknownService => return Self::server("UnknownService"),
            Rule::ServiceDisabled => return Self::server("ServiceDisabled"),
            Rule::StaleDirectory => "OutdatedGlobalConf",
            Rule::InconsistentAnswer => "InconsistentResponse",
            Rule::AnswerShape => return Self::server("ServiceFailed.InvalidResponse"),
            Rule::Recipient | Rule::Signature | Rule::Digest | Rule::Clock | Rule::Replay => "InvalidSignature",
            Rule::AmbiguousPath
            | Rule::Gate
            | Rule::NoAgreement
            | Rule::AgreementNotInForce
            | Rule::AssuranceLapsed
            | Rule::Party
            | Rule::Operation
            | Rule::Purpose
            | Rule::Role
            | Rule::Training
            | Rule::AcceptableUse
            | Rule::Vetting
            | Rule::Fields
            | Rule::Mailbox
            | Rule::Quota
            | Rule::Parcel
            // In X-Road only the provider's side decides on access, and clients know no other code for it.
            | Rule::Rate => return Self::server("AccessDenied"),
        };
        Self { side: refusal.side, name }
    }

    /// The code for a fault.
    pub(crate) fn of_fault(fault: &Fault) -> Self {
        let name = match fault.kind {
            FaultKind::Unreachable | FaultKind::TimedOut => "NetworkError",
            FaultKind::Source => "ServiceFailed.HttpError",
            FaultKind::Evidence => "IOError",
            FaultKind::Internal => "InternalError",
        };
        Self { side: fault.side, name }
    }

    /// The code as callers read it.
    pub(crate) fn spelt(self, spelling: Spelling) -> String {
        let proxy = match self.side {
            Side::Outbound => "ClientProxy",
            Side::Inbound => "ServerProxy",
        };
        match spelling {
            Spelling::Camel => format!("Server.{proxy}.{}", self.name),
            Spelling::Snake => {
                let parts: Vec<String> = self.name.split('.').map(snake).collect();
                format!("server.{}.{}", proxy.to_lowercase(), parts.join("."))
            }
        }
    }
}

/// CamelCase to `snake_case`, with X-Road's exceptions.
fn snake(name: &str) -> String {
    match name {
        "IOError" => return "io_error".to_owned(),
        "OutdatedGlobalConf" => return "global_conf_outdated".to_owned(),
        _ => {}
    }
    let mut out = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// What an error says, in X-Road's three fields.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody<'a> {
    #[serde(rename = "type")]
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) detail: &'a str,
}

impl ErrorBody<'_> {
    /// Writes the body in the form that `Accept` asks for: XML when one of three types stands there
    /// (the first wins, `q` is ignored), JSON otherwise.
    pub(crate) fn write(&self, request: &HeaderMap) -> (HeaderValue, Vec<u8>) {
        match xml_type(request) {
            Some(content_type) => (HeaderValue::from_static(content_type), self.xml().into_bytes()),
            None => (HeaderValue::from_static("application/json"), serde_json::to_vec(self).unwrap_or_default()),
        }
    }

    fn xml(&self) -> String {
        format!(
            "<error><type>{}</type><message>{}</message><detail>{}</detail></error>",
            escape(self.code),
            escape(self.message),
            escape(self.detail)
        )
    }
}

fn xml_type(request: &HeaderMap) -> Option<&'static str> {
    request
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|entry| entry.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .find_map(|entry| match entry.as_str() {
            "text/xml" | "text/*" => Some("text/xml;charset=utf-8"),
            "application/xml" => Some("application/xml;charset=utf-8"),
            _ => None,
        })
}

/// Escapes text for an XML element.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// Puts the body's content type where it belongs.
pub(crate) fn set_content_type(headers: &mut HeaderMap, content_type: HeaderValue) {
    headers.insert(CONTENT_TYPE, content_type);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &'static str) -> Code {
        Code { side: Side::Outbound, name }
    }

    #[test]
    fn codes_have_the_spelling_that_was_chosen() {
        for (code, camel, snake) in [
            (Code::server("AccessDenied"), "Server.ServerProxy.AccessDenied", "server.serverproxy.access_denied"),
            (client("IOError"), "Server.ClientProxy.IOError", "server.clientproxy.io_error"),
            (
                client("OutdatedGlobalConf"),
                "Server.ClientProxy.OutdatedGlobalConf",
                "server.clientproxy.global_conf_outdated",
            ),
            (
                client("InvalidClientIdentifier"),
                "Server.ClientProxy.InvalidClientIdentifier",
                "server.clientproxy.invalid_client_identifier",
            ),
            (
                Code::server("ServiceFailed.HttpError"),
                "Server.ServerProxy.ServiceFailed.HttpError",
                "server.serverproxy.service_failed.http_error",
            ),
        ] {
            assert_eq!(code.spelt(Spelling::Camel), camel);
            assert_eq!(code.spelt(Spelling::Snake), snake);
        }
    }

    #[test]
    fn accept_chooses_xml_as_x_road_does() {
        for (accept, expected) in [
            (Some("application/json;charset=utf-8"), None),
            (Some("foobarbaz"), None),
            (None, None),
            (Some("text/xml-patch+xml"), None),
            (Some("application/xml"), Some("application/xml;charset=utf-8")),
            (Some("application/xml; q=0.2"), Some("application/xml;charset=utf-8")),
            (Some("application/xml, text/xml"), Some("application/xml;charset=utf-8")),
            (Some("text/xml"), Some("text/xml;charset=utf-8")),
            (Some("text/xml, application/xml"), Some("text/xml;charset=utf-8")),
            (Some("text/xml, application/xml, application/json"), Some("text/xml;charset=utf-8")),
            (Some("text/*"), Some("text/xml;charset=utf-8")),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(xml_type(&headers), expected, "{accept:?}");
        }
    }
}
