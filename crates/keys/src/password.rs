//! Passwords of people, kept as argon2id in PHC form, and the time that checking one takes for whoever has none.
//!
//! It must never know whose password it is, nor how often somebody may try: hashing takes 19 MiB and tens of
//! milliseconds, so callers bound how many are under way and keep them off the threads that serve others.

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::{KeyError, random};

/// Most bytes of a password: hashing reads them all.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is kept of a password: algorithm, parameters, salt and hash (PHC string format).
///
/// # Errors
/// [`KeyError::TooLarge`] above [`MAX_PASSWORD_BYTES`]; [`KeyError::Crypto`] when there is no randomness.
pub fn hash_password(password: &str) -> Result<String, KeyError> {
    check(password)?;
    let salt = random::<16>()?;
    let hash: Result<PasswordHash, Error> = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|_| KeyError::Crypto("hash a password"))
}

/// Whether this is the password of which `kept` was made. Parameters are read from `kept`, so that old ones go on
/// counting when ours rise.
///
/// # Errors
/// [`KeyError::TooLarge`] for the password; [`KeyError::Malformed`] when `kept` is no argon2 hash.
pub fn verify_password(password: &str, kept: &str) -> Result<bool, KeyError> {
    check(password)?;
    let malformed = |_| KeyError::Malformed { what: "kept password", why: "it is no argon2 hash in PHC form" };
    let kept = PasswordHash::new(kept).map_err(malformed)?;
    match argon2()?.verify_password(password.as_bytes(), &kept) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(KeyError::Crypto("verify a password")),
    }
}

/// Takes as long as [`verify_password`]: where there is no such account, the time must not tell.
///
/// # Errors
/// As [`hash_password`].
pub fn pretend_to_verify(password: &str) -> Result<(), KeyError> {
    static NOBODYS: OnceLock<String> = OnceLock::new();
    let kept = match NOBODYS.get() {
        Some(kept) => kept,
        None => {
            let made = hash_password("the password of nobody")?;
            NOBODYS.get_or_init(|| made)
        }
    };
    verify_password(password, kept).map(|_| ())
}

fn argon2() -> Result<Argon2<'static>, KeyError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| KeyError::Crypto("set argon2 up"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn check(password: &str) -> Result<(), KeyError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(KeyError::TooLarge { what: "password", limit: MAX_PASSWORD_BYTES });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash_and_no_other_does() {
        let kept = hash_password("correct horse battery staple").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify_password("correct horse battery staple", &kept).unwrap());
        assert!(!verify_password("correct horse battery stapler", &kept).unwrap());
        assert!(!verify_password("", &kept).unwrap());
        assert_ne!(hash_password("correct horse battery staple").unwrap(), kept, "every hash has a salt of its own");
    }

    #[test]
    fn what_is_too_long_or_no_hash_is_refused() {
        let long = "x".repeat(MAX_PASSWORD_BYTES + 1);
        assert!(matches!(hash_password(&long), Err(KeyError::TooLarge { .. })));
        assert!(matches!(pretend_to_verify(&long), Err(KeyError::TooLarge { .. })));
        assert!(matches!(verify_password("x", "secret"), Err(KeyError::Malformed { .. })));
    }

    #[test]
    fn a_hash_of_the_reference_program_counts() {
        // From the reference program's src/test.c: argon2id, version 0x13, 64 MiB.
        let kept = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify_password("password", kept).unwrap());
        assert!(!verify_password("passwore", kept).unwrap());
    }
}
