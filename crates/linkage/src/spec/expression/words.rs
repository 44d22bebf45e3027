//! The words of the language of keys and levels.

use std::fmt;

use crate::spec::expression::{Derive, Measure};

/// One word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(f64),
    Open,
    Close,
    Comma,
    AtLeast,
    AtMost,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => write!(f, "{number}"),
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::Comma => f.write_str(","),
            Self::AtLeast => f.write_str(">="),
            Self::AtMost => f.write_str("<="),
        }
    }
}

/// Cuts an expression into its words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            found.push(Token::Word(rest[..length].to_owned()));
            length
        } else if first.is_ascii_digit() {
            let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let number = rest[..length].parse().map_err(|_| format!("`{}` is no number", &rest[..length]))?;
            found.push(Token::Number(number));
            length
        } else {
            let (token, length) = match rest {
                _ if rest.starts_with(">=") => (Token::AtLeast, 2),
                _ if rest.starts_with("<=") => (Token::AtMost, 2),
                _ if first == '(' => (Token::Open, 1),
                _ if first == ')' => (Token::Close, 1),
                _ if first == ',' => (Token::Comma, 1),
                _ => return Err(format!("`{first}` has no meaning here")),
            };
            found.push(token);
            length
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

/// What can be made of a value.
pub(super) const DERIVES: &[&str] = &[
    "prefix",
    "suffix",
    "round",
    "exact",
    "soundex",
    "metaphone",
    "nickname",
    "sorted_tokens",
    "first_token",
    "last_token",
    "digits",
    "initial",
    "year",
    "month",
    "day",
    "day_month",
    "sector",
    "district",
    "area",
];

/// Every function of a level.
pub(super) const ALL: &[&str] = &[
    "exact",
    "reversed",
    "jaro",
    "jaro_winkler",
    "levenshtein",
    "damerau",
    "jaccard",
    "cosine",
    "nickname",
    "contains",
    "transposed",
    "first_of_january",
    "days",
    "months",
    "years",
    "difference",
    "relative",
    "km",
    "prefix",
    "suffix",
    "round",
    "soundex",
    "metaphone",
    "sorted_tokens",
    "first_token",
    "last_token",
    "digits",
    "initial",
    "year",
    "month",
    "day",
    "day_month",
    "sector",
    "district",
    "area",
];

/// The functions of one column without a number.
pub(super) fn plain_derive(word: &str) -> Option<Derive> {
    Some(match word {
        "exact" => Derive::Whole,
        "initial" => Derive::Prefix(1),
        "soundex" => Derive::Soundex,
        "metaphone" => Derive::Metaphone,
        "nickname" => Derive::Nickname,
        "sorted_tokens" => Derive::SortedTokens,
        "first_token" => Derive::FirstToken,
        "last_token" => Derive::LastToken,
        "digits" => Derive::Digits,
        "year" => Derive::Year,
        "month" => Derive::Month,
        "day" => Derive::Day,
        "day_month" => Derive::DayMonth,
        "sector" => Derive::Sector,
        "district" => Derive::District,
        "area" => Derive::Area,
        _ => return None,
    })
}

/// The measures.
pub(super) fn measure(word: &str) -> Option<Measure> {
    Some(match word {
        "jaro" => Measure::Jaro,
        "jaro_winkler" => Measure::JaroWinkler,
        "levenshtein" => Measure::Levenshtein,
        "damerau" => Measure::Damerau,
        "jaccard" => Measure::Jaccard,
        "cosine" => Measure::Cosine,
        "nickname" => Measure::Nickname,
        "contains" => Measure::Contains,
        "transposed" => Measure::Transposed,
        "first_of_january" => Measure::FirstOfJanuary,
        "days" => Measure::Days,
        "months" => Measure::Months,
        "years" => Measure::Years,
        "difference" => Measure::Difference,
        "relative" => Measure::Relative,
        "km" => Measure::Kilometres,
        _ => return None,
    })
}
