//! Double metaphone (Lawrence Philips, 2000): how a name sounds, in four letters at most; the primary code.

use rphonetic::DoubleMetaphone;

/// Letters that are looked at: a cell is not always a name.
const LETTERS: usize = 64;

/// The primary code of a text's letters; nothing when it has none.
pub(crate) fn metaphone(text: &str) -> Option<String> {
    let letters = text.chars().filter(|letter| letter.is_ascii_alphabetic() || *letter == ' ');
    let code = DoubleMetaphone::default().double_metaphone(&letters.take(LETTERS).collect::<String>()).primary();
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
