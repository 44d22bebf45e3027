//! Text that others wrote, made harmless and visible; numbers as people read them.

use std::fmt::Write as _;

/// Longer values are cut: a cell may hold megabytes.
const CHARACTERS_MAX: usize = 120;

/// `value` as HTML text or the value of a quoted attribute. What a browser would not show, or would obey, is named by
/// its code: control characters, and those that turn the direction of what follows.
pub(super) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for (position, letter) in value.chars().enumerate() {
        if position == CHARACTERS_MAX {
            out.push('…');
            break;
        }
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if letter.is_control() || turns(letter) => _ = write!(out, "[U+{:04X}]", u32::from(letter)),
            _ => out.push(letter),
        }
    }
    out
}

/// A value of a record, on its own: the direction in which it is written does not touch what stands around it.
pub(super) fn value(value: &str) -> String {
    format!("<bdi>{}</bdi>", text(value))
}

/// Marks of direction, and letters that take no room.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Thousands set apart.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A weight with its sign, a real minus.
pub(super) fn signed(number: f64) -> String {
    if number.is_nan() {
        return "–".to_owned();
    }
    let sign = if number < -0.005 { '−' } else { '+' };
    format!("{sign}{:.2}", number.abs())
}

/// A probability, with more digits where it comes close to 0 or 1.
pub(super) fn share(number: f64) -> String {
    match number {
        _ if number.is_nan() => "–".to_owned(),
        _ if number == 0.0 || number == 1.0 => format!("{number:.0}"),
        _ if number < 0.001 => format!("{number:.1e}"),
        _ if number > 0.999 => format!("{number:.6}"),
        _ => format!("{number:.4}"),
    }
}

/// The same where it may not be known.
pub(super) fn share_or_dash(number: Option<f64>) -> String {
    number.map_or_else(|| "–".to_owned(), share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_become_text() {
        assert_eq!(text("<script>alert('x')</script>"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
        assert_eq!(text("\"&amp;"), "&quot;&amp;amp;");
        assert_eq!(text("a\0b\u{202e}c"), "a[U+0000]b[U+202E]c");
        assert_eq!(text("שלום 🐴"), "שלום 🐴");
        assert_eq!(text(&"x".repeat(5000)).chars().count(), CHARACTERS_MAX + 1);
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(signed(-3.456), "−3.46");
        assert_eq!(signed(0.0), "+0.00");
        assert_eq!(share(0.999_95), "0.999950");
        assert_eq!(share(0.000_012), "1.2e-5");
    }
}
