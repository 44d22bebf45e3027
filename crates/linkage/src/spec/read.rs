//! Reading a specification from TOML, and saying where a slip is.

use crate::Result;
use crate::error::LinkageError;
use crate::spec::{Spec, check, nearest};

/// Most bytes of a specification.
const SPEC_LIMIT: usize = 1 << 20;

impl Spec {
    /// Reads a specification and checks everything that can be checked without the tables.
    ///
    /// # Errors
    /// [`LinkageError::Spec`], which names the line and, for a slip of the pen, the nearest name.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > SPEC_LIMIT {
            return Err(LinkageError::Spec(format!("it is larger than {SPEC_LIMIT} bytes")));
        }
        let spec: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            LinkageError::Spec(format!("line {line}: {}{}", error.message(), suggestion(error.message())))
        })?;
        check::check(&spec).map_err(|slip| {
            let place = slip.near.as_deref().and_then(|near| line_of(text, near));
            let place = place.map(|line| format!("line {line}: ")).unwrap_or_default();
            LinkageError::Spec(format!("{place}{}", slip.what))
        })?;
        Ok(spec)
    }

    /// Checks a specification that was not read from text.
    ///
    /// # Errors
    /// [`LinkageError::Spec`].
    pub fn check(&self) -> Result<()> {
        check::check(self).map_err(|slip| LinkageError::Spec(slip.what))
    }

    /// Writes it as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every field is a plain value: there is nothing that TOML cannot say.
        toml::to_string_pretty(self).unwrap_or_default()
    }
}

fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// The line on which the words stand.
fn line_of(text: &str, near: &str) -> Option<usize> {
    text.find(near).map(|byte| line_at(text, byte))
}

/// The parser lists what it expected in backticks: the nearest of them to what it found.
fn suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next() {
        Some(found) if message.starts_with("unknown") => nearest(found, quoted),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = r#"
[[column]]
name = "surname"
kind = "name"

[[comparison]]
name = "surname"
columns = ["surname"]
levels = ["exact", "jaro_winkler >= 0.9"]

[[block]]
on = "surname"
"#;

    #[test]
    fn a_specification_is_the_same_after_writing_and_reading() {
        let spec = Spec::parse(SPEC).unwrap();
        assert_eq!(Spec::parse(&spec.to_toml()).unwrap(), spec);
    }

    #[test]
    fn a_slip_names_its_line_and_the_nearest_name() {
        for (right, wrong, line, said) in [
            ("levels", "levls", "line 9", "did you mean `levels`"),
            ("kind = \"name\"", "kind = \"nam\"", "line 4", "did you mean `name`"),
            ("jaro_winkler", "jaro_winkle", "line 9", "did you mean `jaro_winkler`"),
            ("on = \"surname\"", "on = \"surnam\"", "line 12", "did you mean `surname`"),
            ("columns = [\"surname\"]", "columns = [\"surnme\"]", "line 8", "did you mean `surname`"),
        ] {
            let error = Spec::parse(&SPEC.replace(right, wrong)).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains(said), "{wrong}: {error}");
        }
    }
}
