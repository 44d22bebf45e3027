//! Double metaphone: how a name sounds, in a few letters; the primary code.
//!
//! After Lawrence Philips (2000); each branch is one of his rules, in his order.

mod rules;

use rules::Sounds;

/// Longest code.
const LENGTH: usize = 4;

/// The primary code of a text's letters; nothing when it has none.
pub(crate) fn metaphone(text: &str) -> Option<String> {
    let letters: Vec<u8> = text
        .bytes()
        .filter(|byte| byte.is_ascii_alphabetic() || *byte == b' ')
        .map(|byte| byte.to_ascii_uppercase())
        .take(64)
        .collect();
    let mut sounds = Sounds::new(&letters);
    let code = sounds.code(LENGTH);
    (!code.is_empty()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sound_alike_have_one_code() {
        for (left, right) in [
            ("Smith", "Smyth"),
            ("Catherine", "Katherine"),
            ("Philip", "Filip"),
            ("Wright", "Right"),
            ("Knight", "Night"),
            ("Stephen", "Steven"),
            ("Reilly", "Riley"),
        ] {
            assert_eq!(metaphone(left), metaphone(right), "{left}");
        }
        for (name, code) in
            [("Thumb", "0M"), ("Schmidt", "XMT"), ("Xavier", "SF"), ("Jose", "HS"), ("Wright", "RT"), ("Church", "XRX")]
        {
            assert_eq!(metaphone(name).as_deref(), Some(code), "{name}");
        }
        assert_ne!(metaphone("Smith"), metaphone("Jones"));
        assert_eq!(metaphone("123"), None);
    }
}
