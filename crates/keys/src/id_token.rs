//! The signed word of an identity provider about who somebody is (OpenID Connect Core §2, §3.1.3.7).
//!
//! It must never know where tokens or keys come from, nor what the claims mean.

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::de::DeserializeOwned;

use crate::KeyError;

/// Most bytes of a token: a few hundred groups.
const MAX_TOKEN_BYTES: usize = 64 * 1024;
/// Signatures that anybody with the provider's public key can check. Never a shared secret, never none.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
/// How far clocks may differ, in seconds.
const LEEWAY: u64 = 60;

/// The keys that a provider publishes (RFC 7517 §5).
#[derive(Debug, Clone)]
pub struct ProviderKeys(JwkSet);

impl ProviderKeys {
    /// Reads the provider's document.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is none.
    pub fn parse(json: &[u8]) -> Result<Self, KeyError> {
        let set = serde_json::from_slice(json);
        set.map(Self)
            .map_err(|_| KeyError::Malformed { what: "provider's keys", why: "it is no set of keys (RFC 7517)" })
    }

    /// Whether the key is there that a token names; what names none is looked for among all.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        decode_header(token).is_ok_and(|header| self.candidates(header.kid.as_deref()).next().is_some())
    }

    /// What a token claims, when a key of the provider signed it, it was made for us by this issuer, and it has not
    /// expired.
    ///
    /// # Errors
    /// [`KeyError::TooLarge`], [`KeyError::Malformed`], and [`KeyError::BadSignature`] for whatever else is wrong
    /// with it.
    pub fn verify<T: DeserializeOwned>(&self, token: &str, issuer: &str, audience: &str) -> Result<T, KeyError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(KeyError::TooLarge { what: "identity token", limit: MAX_TOKEN_BYTES });
        }
        let malformed = |_| KeyError::Malformed { what: "identity token", why: "it is no signed token (RFC 7519)" };
        let header = decode_header(token).map_err(malformed)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(KeyError::Malformed { what: "identity token", why: "its signature is of a kind not accepted" });
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let keys = self.candidates(header.kid.as_deref()).filter_map(|jwk| DecodingKey::from_jwk(jwk).ok());
        let verified = keys.into_iter().find_map(|key| decode::<T>(token, &key, &validation).ok());
        verified.map(|verified| verified.claims).ok_or(KeyError::BadSignature)
    }

    fn candidates<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a Jwk> {
        let signs = |jwk: &&Jwk| !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
        let named = move |jwk: &&Jwk| kid.is_none() || jwk.common.key_id.as_deref() == kid;
        self.0.keys.iter().filter(signs).filter(named)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
    use serde_json::{Value, json};

    use super::*;

    fn signer(kid: &str) -> (EncodingKey, Value) {
        use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
        use base64::Engine as _;
        let pair = Ed25519KeyPair::generate().unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        (
            EncodingKey::from_ed_der(pkcs8.as_ref()),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig"}),
        )
    }

    fn token(key: &EncodingKey, kid: &str, change: impl Fn(&mut Value)) -> String {
        let now = get_current_timestamp();
        let mut claims =
            json!({"iss": "https://idp.example", "aud": "packhorse", "sub": "1", "exp": now + 300, "iat": now});
        change(&mut claims);
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, key).unwrap()
    }

    fn claims(keys: &ProviderKeys, token: &str) -> Result<Value, KeyError> {
        keys.verify(token, "https://idp.example", "packhorse")
    }

    #[test]
    fn only_what_the_provider_signed_for_us_and_now_counts() {
        let ((key, jwk), (stranger, _)) = (signer("a"), signer("b"));
        let keys = ProviderKeys::parse(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        let good = token(&key, "a", |_| {});
        assert_eq!(claims(&keys, &good).unwrap()["sub"], "1");
        assert!(keys.knows(&good));
        assert!(!keys.knows(&token(&key, "b", |_| {})));
        let now = get_current_timestamp();
        for (what, bad) in [
            ("another's signature", token(&stranger, "a", |_| {})),
            ("an unknown key", token(&key, "b", |_| {})),
            ("another issuer", token(&key, "a", |claims| claims["iss"] = json!("https://evil.example"))),
            ("for somebody else", token(&key, "a", |claims| claims["aud"] = json!("another"))),
            ("expired", token(&key, "a", |claims| claims["exp"] = json!(now - 120))),
            ("not yet", token(&key, "a", |claims| claims["nbf"] = json!(now + 600))),
            ("without a subject", token(&key, "a", |claims| _ = claims.as_object_mut().unwrap().remove("sub"))),
            ("cut", good[..good.len() - 4].to_owned()),
            ("no token", "a.b.c".to_owned()),
            ("nothing", String::new()),
        ] {
            assert!(claims(&keys, &bad).is_err(), "{what}");
        }
    }

    #[test]
    fn a_token_without_a_signature_or_with_a_shared_secret_is_refused() {
        let (_, jwk) = signer("a");
        let public = jwk["x"].as_str().unwrap().to_owned();
        let keys = ProviderKeys::parse(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        let header = Header { kid: Some("a".to_owned()), ..Header::new(Algorithm::HS256) };
        let body =
            json!({"iss": "https://idp.example", "aud": "packhorse", "sub": "1", "exp": get_current_timestamp() + 300});
        let forged = encode(&header, &body, &EncodingKey::from_secret(public.as_bytes()).unwrap()).unwrap();
        assert!(claims(&keys, &forged).is_err());
        // {"alg":"none"}
        let middle = forged.split('.').nth(1).unwrap();
        assert!(claims(&keys, &format!("eyJhbGciOiJub25lIn0.{middle}.")).is_err());
        assert!(ProviderKeys::parse(b"{}").is_err());
    }
}
