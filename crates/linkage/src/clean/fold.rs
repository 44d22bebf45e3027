//! Folding of text: lower case, accents gone, blanks single.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case without accents, blanks collapsed.
pub(super) fn text(value: &str) -> String {
    let mut folded = String::with_capacity(value.len());
    each(value, |c| {
        if c.is_whitespace() {
            blank(&mut folded);
        } else {
            folded.push(c);
        }
    });
    folded.truncate(folded.trim_end().len());
    folded
}

/// As [`text`], and of what is no letter only blanks remain: a hyphen is one, an apostrophe is none.
pub(super) fn name(value: &str) -> String {
    let mut folded = String::with_capacity(value.len());
    each(value, |c| {
        if c.is_alphabetic() {
            folded.push(c);
        } else if !matches!(c, '\'' | '’' | '`' | '.') {
            blank(&mut folded);
        }
    });
    folded.truncate(folded.trim_end().len());
    folded
}

fn blank(folded: &mut String) {
    if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

fn each(value: &str, mut take: impl FnMut(char)) {
    if value.is_ascii() {
        value.bytes().for_each(|byte| take(char::from(byte.to_ascii_lowercase())));
        return;
    }
    for c in value.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => "ss".chars().for_each(&mut take),
            'æ' => "ae".chars().for_each(&mut take),
            'œ' => "oe".chars().for_each(&mut take),
            'ø' => take('o'),
            'ł' => take('l'),
            'đ' | 'ð' => take('d'),
            'þ' => "th".chars().for_each(&mut take),
            'ı' => take('i'),
            other => take(other),
        }
    }
}
