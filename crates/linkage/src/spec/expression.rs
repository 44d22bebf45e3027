//! The little language of keys and levels: `surname, year(dob)` and `jaro_winkler(surname) >= 0.92 and exact(dob)`.
//!
//! Flat by design: functions of columns, joined by `and`, then by `or`. It must never know any data.

mod words;

use crate::spec::expression::words::{Token, tokens};
use crate::spec::nearest;

/// Most bytes of one expression.
const EXPRESSION_LIMIT: usize = 2000;
/// Most alternatives of a level, and most conditions of an alternative.
const PARTS_LIMIT: usize = 16;

/// What is made of a value before it is held against another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Derive {
    /// The value itself.
    Whole,
    /// Its first characters.
    Prefix(u8),
    /// Its last characters.
    Suffix(u8),
    /// Its Soundex code.
    Soundex,
    /// Its primary double metaphone code.
    Metaphone,
    /// The formal name of which it is a short form.
    Nickname,
    /// Its words in alphabetical order; over several columns, the words of all.
    SortedTokens,
    /// Its first word.
    FirstToken,
    /// Its last word.
    LastToken,
    /// Its digits.
    Digits,
    /// The year of a date.
    Year,
    /// The month of a date, without its year.
    Month,
    /// The day of a date's month.
    Day,
    /// A date with day and month in ascending order, so that a date and its transposition are the same.
    DayMonth,
    /// A postcode without its last two letters.
    Sector,
    /// A postcode's first half.
    District,
    /// A postcode's first letters.
    Area,
    /// A number or coordinates, rounded to so many decimals.
    Round(u8),
}

/// How two values are measured against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// Jaro similarity, 0 to 1.
    Jaro,
    /// Jaro–Winkler similarity, 0 to 1.
    JaroWinkler,
    /// Edits: insertions, deletions, substitutions.
    Levenshtein,
    /// Edits, a swap of neighbours counting as one.
    Damerau,
    /// Shared words over all words, 0 to 1.
    Jaccard,
    /// Cosine of the word counts, 0 to 1.
    Cosine,
    /// Whether one can be the other's short form, or both are short for the same name.
    Nickname,
    /// Whether one text holds the other.
    Contains,
    /// Whether day and month of a date are swapped.
    Transposed,
    /// Whether one date is the first of January and both have the same year.
    FirstOfJanuary,
    /// Days between two dates.
    Days,
    /// Months between two dates of the same day of the month.
    Months,
    /// Years between two dates of the same day and month.
    Years,
    /// Difference of two numbers.
    Difference,
    /// Difference of two numbers over the larger.
    Relative,
    /// Kilometres between two places.
    Kilometres,
}

impl Measure {
    /// Whether more is closer.
    #[must_use]
    pub fn is_similarity(self) -> bool {
        matches!(self, Self::Jaro | Self::JaroWinkler | Self::Jaccard | Self::Cosine)
    }

    /// Whether it is simply true or false.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Nickname | Self::Contains | Self::Transposed | Self::FirstOfJanuary)
    }
}

/// One key of a blocking rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    /// What is made of the value.
    pub derive: Derive,
    /// The columns; more than one only for sorted tokens.
    pub columns: Vec<String>,
}

/// One condition of a level.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column on the left.
    pub left: String,
    /// The column on the right; another one where names are swapped.
    pub right: String,
    /// What must hold.
    pub test: Test,
}

/// What must hold of two values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// What is made of them is equal.
    Same(Derive),
    /// The measure is at least (similarities) or at most (distances) the number.
    Within(Measure, f64),
}

/// Reads a blocking rule: all its keys must be equal.
///
/// # Errors
/// What is wrong, and what to write.
pub fn parse_rule(text: &str) -> Result<Vec<Term>, String> {
    let mut reader = Reader::new(text)?;
    let mut terms = Vec::new();
    loop {
        terms.push(reader.term()?);
        if !(reader.take(&Token::Comma) || reader.take_word("and")) {
            break;
        }
        if terms.len() == PARTS_LIMIT {
            return Err(format!("a rule has at most {PARTS_LIMIT} keys"));
        }
    }
    reader.end()?;
    Ok(terms)
}

/// Reads a level: alternatives, each a list of conditions. `first` is the column meant where none is written.
///
/// # Errors
/// What is wrong, and what to write.
pub fn parse_level(text: &str, first: &str) -> Result<Vec<Vec<Condition>>, String> {
    let mut reader = Reader::new(text)?;
    let mut alternatives = vec![Vec::new()];
    loop {
        let conditions = reader.conditions(first)?;
        if let Some(last) = alternatives.last_mut() {
            last.extend(conditions);
        }
        if reader.take_word("and") {
        } else if reader.take_word("or") {
            alternatives.push(Vec::new());
        } else {
            break;
        }
        if alternatives.len() > PARTS_LIMIT || alternatives.iter().any(|part| part.len() > PARTS_LIMIT) {
            return Err(format!("a level has at most {PARTS_LIMIT} alternatives of {PARTS_LIMIT} conditions"));
        }
    }
    reader.end()?;
    Ok(alternatives)
}

/// A position in the words of an expression.
struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn new(text: &str) -> Result<Self, String> {
        if text.len() > EXPRESSION_LIMIT {
            return Err(format!("the expression is longer than {EXPRESSION_LIMIT} bytes"));
        }
        Ok(Self { tokens: tokens(text)?, at: 0 })
    }

    fn take(&mut self, token: &Token) -> bool {
        let taken = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(taken);
        taken
    }

    fn take_word(&mut self, word: &str) -> bool {
        let taken = matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found == word);
        self.at += usize::from(taken);
        taken
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err("a column or a function is expected".to_owned()),
        }
    }

    fn end(&self) -> Result<(), String> {
        match self.tokens.get(self.at) {
            None => Ok(()),
            Some(token) => Err(format!("`{token}` is not expected here")),
        }
    }

    /// The arguments in brackets: columns first, then a number.
    fn arguments(&mut self) -> Result<(Vec<String>, Option<f64>), String> {
        let (mut columns, mut number) = (Vec::new(), None);
        if !self.take(&Token::Open) {
            return Ok((columns, number));
        }
        while !self.take(&Token::Close) {
            match self.tokens.get(self.at) {
                Some(Token::Word(word)) if number.is_none() => columns.push(word.clone()),
                Some(Token::Number(value)) if number.is_none() => number = Some(*value),
                _ => return Err("in brackets stand columns, then at most one number".to_owned()),
            }
            self.at += 1;
            if !self.take(&Token::Comma) && self.tokens.get(self.at) != Some(&Token::Close) {
                return Err("a bracket is not closed".to_owned());
            }
        }
        Ok((columns, number))
    }

    fn term(&mut self) -> Result<Term, String> {
        let word = self.word()?;
        if self.tokens.get(self.at) != Some(&Token::Open) {
            return Ok(Term { derive: Derive::Whole, columns: vec![word] });
        }
        let (columns, number) = self.arguments()?;
        let derive = derive(&word, number)?.ok_or_else(|| unknown(&word, words::DERIVES))?;
        match (columns.len(), derive) {
            (1, _) | (2.., Derive::SortedTokens) => Ok(Term { derive, columns }),
            (0, _) => Err(format!("`{word}` needs a column")),
            _ => Err(format!("`{word}` takes one column; only sorted_tokens takes several")),
        }
    }

    fn conditions(&mut self, first: &str) -> Result<Vec<Condition>, String> {
        let word = self.word()?;
        let (columns, number) = self.arguments()?;
        let (left, right) = match columns.as_slice() {
            [] => (first.to_owned(), first.to_owned()),
            [one] => (one.clone(), one.clone()),
            [left, right] => (left.clone(), right.clone()),
            _ => return Err(format!("`{word}` takes one column, or the left one and the right one")),
        };
        if word == "reversed" {
            if left == right {
                return Err("`reversed` takes two columns, such as reversed(given_name, surname)".to_owned());
            }
            let test = Test::Same(Derive::Whole);
            let there = Condition { left: left.clone(), right: right.clone(), test };
            return Ok(vec![there, Condition { left: right, right: left, test }]);
        }
        let test = match words::measure(&word) {
            Some(measure) => self.within(measure, &word)?,
            None => match derive(&word, number)? {
                Some(derive) => Test::Same(derive),
                None => return Err(unknown(&word, words::ALL)),
            },
        };
        Ok(vec![Condition { left, right, test }])
    }

    fn within(&mut self, measure: Measure, word: &str) -> Result<Test, String> {
        if measure.is_plain() {
            return Ok(Test::Within(measure, 1.0));
        }
        let (sign, text) = if measure.is_similarity() { (Token::AtLeast, ">=") } else { (Token::AtMost, "<=") };
        if !self.take(&sign) {
            return Err(format!("`{word}` is followed by {text} and a number"));
        }
        match self.tokens.get(self.at) {
            Some(Token::Number(bound)) => {
                self.at += 1;
                Ok(Test::Within(measure, *bound))
            }
            _ => Err(format!("`{word} {text}` is followed by a number")),
        }
    }
}

fn derive(word: &str, number: Option<f64>) -> Result<Option<Derive>, String> {
    let count = || match number {
        Some(count) if (0.0..=32.0).contains(&count) && count.fract() == 0.0 => Ok(count as u8),
        _ => Err(format!("`{word}` needs a whole number up to 32, such as {word}(surname, 3)")),
    };
    Ok(Some(match word {
        "prefix" => Derive::Prefix(count()?),
        "suffix" => Derive::Suffix(count()?),
        "round" => Derive::Round(count()?),
        _ => return Ok(words::plain_derive(word)),
    }))
}

fn unknown(word: &str, known: &[&str]) -> String {
    format!("there is no function `{word}`{}", nearest(word, known.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_list_of_keys() {
        let rule = parse_rule("prefix(surname, 3), year(dob) and sorted_tokens(given_name, surname)").unwrap();
        assert_eq!(rule[0], Term { derive: Derive::Prefix(3), columns: vec!["surname".to_owned()] });
        assert_eq!(rule[1].derive, Derive::Year);
        assert_eq!(rule[2].columns.len(), 2);
    }

    #[test]
    fn a_level_is_alternatives_of_conditions() {
        let level = parse_level("jaro_winkler >= 0.9 and exact(dob) or reversed(given_name, surname)", "surname");
        let level = level.unwrap();
        assert_eq!(level.len(), 2);
        assert_eq!(level[0][0].test, Test::Within(Measure::JaroWinkler, 0.9));
        assert_eq!((level[1][0].left.as_str(), level[1][0].right.as_str()), ("given_name", "surname"));
        assert_eq!((level[1][1].left.as_str(), level[1][1].right.as_str()), ("surname", "given_name"));
    }

    #[test]
    fn a_slip_names_the_nearest_word() {
        let slip = parse_level("jaro_winkel >= 0.9", "surname").unwrap_err();
        assert!(slip.contains("did you mean `jaro_winkler`"), "{slip}");
        let slip = parse_rule("soundx(surname)").unwrap_err();
        assert!(slip.contains("did you mean `soundex`"), "{slip}");
        for wrong in ["", "surname,", "prefix(surname)", "soundex(", "exact >= 1", "a b", "jaro >= x", "days >= 3"] {
            assert!(parse_rule(wrong).is_err() || parse_level(wrong, "a").is_err(), "{wrong}");
        }
    }
}
