//! Reads a kept signature base back (RFC 9421 §2.5): the lines that a party signed.
//!
//! It must never decide what a line should say.

/// A signature base, taken apart.
pub(super) struct Base<'a> {
    text: &'a str,
    lines: Vec<(&'a str, &'a str)>,
    /// The value of `@signature-params`: what is covered, and the signature's parameters.
    pub(super) parameters: &'a str,
}

impl<'a> Base<'a> {
    /// Reads a base strictly: its lines are exactly those that its last line lists, in that order, each once.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let refused = || "the text that was signed is not a signature base (RFC 9421 section 2.5)".to_owned();
        let (above, last) = text.rsplit_once('\n').ok_or_else(refused)?;
        let parameters = last.strip_prefix("\"@signature-params\": ").ok_or_else(refused)?;
        let lines: Option<Vec<_>> = above.split('\n').map(|line| line.split_once(": ")).collect();
        let lines = lines.ok_or_else(refused)?;
        let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
        let is_repeated = names.iter().enumerate().any(|(place, name)| names[..place].contains(name));
        let listed = parameters.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(listed, _)| listed);
        if is_repeated || listed != Some(names.join(" ").as_str()) {
            return Err(refused());
        }
        Ok(Self { text, lines, parameters })
    }

    /// The signed bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// What a component says, by its identifier as it stands in the base, for example `"@method";req`.
    pub(super) fn value(&self, component: &str) -> Option<&'a str> {
        self.lines.iter().find(|(name, _)| *name == component).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str =
        "\"@method\": POST\n\"content-type\": \n\"@signature-params\": (\"@method\" \"content-type\");created=1";

    #[test]
    fn lines_are_found_by_their_component() {
        let base = Base::parse(BASE).unwrap();
        assert_eq!(base.value("\"@method\""), Some("POST"));
        assert_eq!(base.value("\"content-type\""), Some(""));
        assert_eq!(base.value("\"@path\""), None);
        assert_eq!(base.parameters, "(\"@method\" \"content-type\");created=1");
    }

    #[test]
    fn a_line_that_the_list_does_not_name_is_refused() {
        for altered in [
            BASE.replace("(\"@method\" \"content-type\")", "(\"@method\")"),
            BASE.replace("(\"@method\" \"content-type\")", "(\"content-type\" \"@method\")"),
            BASE.replace("\"content-type\"", "\"@method\""),
            BASE.replace("\"@signature-params\": ", ""),
            String::new(),
        ] {
            assert!(Base::parse(&altered).is_err(), "{altered}");
        }
    }
}
