//! The two cookies: the session of who has signed in, and the secret of who has not, to which forms are bound.
//!
//! It must never know what a session may do: that is the API's to say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::Settings;

/// Longest cookie value looked at: a session's token is far shorter.
const MOST: usize = 512;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Holds the session's token.
    Session,
    /// Holds a secret that binds the forms of somebody who has not signed in.
    Visit,
}

impl Cookie {
    /// `__Host-` (RFC 6265bis §4.1.3.2): from this host, over TLS, for every path; no neighbour can plant it.
    fn name(self, settings: &Settings) -> String {
        let name = match self {
            Self::Session => "packhorse",
            Self::Visit => "packhorse-visit",
        };
        if settings.secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// What the browser sent.
    pub(crate) fn read(self, settings: &Settings, headers: &HeaderMap) -> Option<String> {
        let name = self.name(settings);
        let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(given, _)| *given == name)?;
        // A token and a secret consist of these; whatever else stands there was not set by us.
        let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte));
        (plain && !value.is_empty() && value.len() <= MOST).then(|| value.to_owned())
    }

    /// `Set-Cookie`. It ends with the browser's own session.
    pub(crate) fn set(self, settings: &Settings, value: &str) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.line(settings, value, "")).ok()
    }

    /// `Set-Cookie` that takes it back.
    pub(crate) fn forget(self, settings: &Settings) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.line(settings, "", "; Max-Age=0")).ok()
    }

    fn line(self, settings: &Settings, value: &str, more: &str) -> String {
        let secure = if settings.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(settings))
    }
}

/// A fresh secret, as text.
pub(crate) fn secret() -> Result<String, packhorse_keys::KeyError> {
    Ok(URL_SAFE_NO_PAD.encode(packhorse_keys::random::<24>()?))
}

/// What a form must bring along: whoever cannot read the cookie cannot know it, and it tells nothing of the cookie.
pub(crate) fn form_token(secret: &str) -> String {
    let said = format!("packhorse form\n{secret}");
    URL_SAFE_NO_PAD.encode(packhorse_keys::sha256(said.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(secure: bool) -> Settings {
        Settings { organisation: "Borough".into(), secure }
    }

    #[test]
    fn over_tls_a_cookie_belongs_to_this_host_alone() {
        let line = Cookie::Session.set(&settings(true), "abc").unwrap();
        assert_eq!(line, "__Host-packhorse=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        let plain = Cookie::Visit.forget(&settings(false)).unwrap();
        assert_eq!(plain, "packhorse-visit=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn a_cookie_that_was_not_set_by_us_is_not_read() {
        let read = |text: &'static str, secure| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_static(text));
            Cookie::Session.read(&settings(secure), &headers)
        };
        assert_eq!(read("a=b; __Host-packhorse=tok-en_1", true).as_deref(), Some("tok-en_1"));
        assert_eq!(read("packhorse=planted-over-http", true), None);
        assert_eq!(read("packhorse=", false), None);
        assert_eq!(read("packhorse=\"quoted\"", false), None);
        assert_eq!(read("packhorse-visit=x; packhorse=y", false).as_deref(), Some("y"));
    }

    #[test]
    fn a_form_token_follows_from_its_secret_alone() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert_ne!(form_token(&one), form_token(&other));
        assert_eq!(form_token(&one), form_token(&one));
        assert!(!form_token(&one).contains(&one));
    }
}
