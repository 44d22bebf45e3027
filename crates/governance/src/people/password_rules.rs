//! What a password must satisfy: length, and not being what everybody tries first. No rule about kinds of characters,
//! and no expiry (NCSC, Password administration for system owners).

use packhorse_keys::MAX_PASSWORD_BYTES;

use super::account::Account;
use crate::{GovernanceError, Result};

/// Fewest characters.
const SHORTEST: usize = 12;
/// What guessers try first, of those that are long enough or become so by repetition and numbering.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "1q2w3e4r",
    "123456789",
    "1234567890",
    "0123456789",
    "987654321",
    "iloveyou",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "changeme",
    "football",
    "liverpool",
    "arsenal",
    "chelsea",
    "monkey",
    "dragon",
    "sunshine",
    "princess",
    "superman",
    "batman",
    "charlie",
    "master",
    "trustno1",
    "baseball",
    "abc123",
    "abcdefghijkl",
    "secret",
    "default",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "december",
    "council",
    "packhorse",
    "government",
    "correcthorsebatterystaple",
];

/// Checks a new password.
///
/// # Errors
/// [`GovernanceError::People`] with the rule.
pub(super) fn check(password: &str, account: &Account) -> Result<()> {
    if password.chars().count() < SHORTEST || password.len() > MAX_PASSWORD_BYTES {
        return Err(GovernanceError::People(
            "a password has at least 12 characters: three random words are easy to keep in mind",
        ));
    }
    if is_common(password) || is_about(password, account) {
        return Err(GovernanceError::People(
            "the password is one that guessers try first, or is made of your own name: three random words are better",
        ));
    }
    Ok(())
}

/// Whether nothing is left of it once everything that guessers try is taken away: a common word with numbers around it, a
/// word said twice, one character again and again.
fn is_common(password: &str) -> bool {
    let plain: String = password.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let mut characters: Vec<char> = plain.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    if characters.len() < 5 {
        return true;
    }
    let rest = COMMON.iter().fold(plain, |rest, word| rest.replace(word, ""));
    rest.trim_matches(|c: char| c.is_ascii_digit()).chars().count() < 4
}

/// Whether little is left once the person's own name, id and address are taken away.
fn is_about(password: &str, account: &Account) -> bool {
    let mut rest = password.to_lowercase();
    let own = account.name.split_whitespace().chain([account.id.as_str()]).chain(account.email.split(['@', '.']));
    for part in own.map(str::to_lowercase).filter(|part| part.chars().count() > 2) {
        rest = rest.replace(&part, "");
    }
    rest.chars().filter(|c| c.is_alphabetic()).count() < 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_pass_whatever_they_are_made_of() {
        let kim = crate::people::account::tests::kim();
        for good in ["copper teapot mountain", "kim likes violet engines", "ẹ̀kọ́ ìmọ̀ ayé ńlá", "7f3a9c21d04e"]
        {
            assert!(check(good, &kim).is_ok(), "{good}");
        }
        let long = "a long sentence ".repeat(60);
        assert!(check(&long, &kim).is_ok());
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        let kim = crate::people::account::tests::kim();
        for bad in [
            "",
            "short",
            "elevenchars",
            "password1234",
            "Password-2026!",
            "aaaaaaaaaaaaaaaa",
            "121212121212",
            "123456789012345",
            "correct horse battery staple",
            "KimExample2026",
            "passwordpassword",
        ] {
            assert!(check(bad, &kim).is_err(), "{bad}");
        }
        assert!(check(&"x y z w v ".repeat(200), &kim).is_err(), "too long to hash");
    }
}
