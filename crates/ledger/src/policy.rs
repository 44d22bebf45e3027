//! Trust policies: which logs are believed and which witnesses must have cosigned (C2SP tlog-policy).
//!
//! Judges one checkpoint at a time; never decides about time-stamps or origins beyond the listed keys.

use crate::{LedgerError, Note, SignatureKind, SignedCheckpoint, VerifierKey, text};

/// Largest policy file accepted, in bytes.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;

/// Most logs, witnesses or groups of one policy; C2SP tlog-policy recommends to support 32. A checkpoint carries at
/// most [`MAX_SIGNATURES`](crate::MAX_SIGNATURES), so more witnesses than that could not all be counted.
pub const MAX_POLICY_PARTS: usize = 64;

/// A trust policy. Made by [`Policy::parse`] from a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    /// Witnesses and groups in the order of their lines: a group names only parts above it.
    parts: Vec<Part>,
    /// The part that must have witnessed; `None` for `quorum none`.
    quorum: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// Opaque bytes, as the format demands.
    name: Vec<u8>,
    rule: Rule,
    is_member: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Witness(VerifierKey),
    Group { threshold: usize, members: Vec<usize> },
}

impl Policy {
    /// Reads a policy file. URLs in it are accepted and dropped.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] when it breaks the format, [`LedgerError::TooLarge`] beyond [`MAX_POLICY_BYTES`] or
    /// [`MAX_POLICY_PARTS`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(LedgerError::TooLarge { what: WHAT, limit: MAX_POLICY_BYTES as u64 });
        }
        let allowed = |byte: &u8| matches!(byte, b'\t' | b'\n' | 0x20..=0x7e | 0x80..);
        if !bytes.iter().all(allowed) {
            return Err(malformed("tab and line feed are the only control characters allowed"));
        }
        let mut reader = Reader::default();
        if !bytes.is_empty() {
            let lines = bytes.strip_suffix(b"\n").ok_or(malformed("every line ends in a line feed"))?;
            lines.split(|byte| *byte == b'\n').try_for_each(|line| reader.read_line(line))?;
        }
        let quorum = reader.quorum.ok_or(malformed("it has exactly one quorum line"))?;
        Ok(Self { logs: reader.logs, parts: reader.parts, quorum })
    }

    /// A policy without file: any of these logs, and at least `threshold` of these witnesses.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for a key of the wrong kind, a key twice, or a threshold beyond the number of
    /// witnesses; [`LedgerError::TooLarge`] beyond [`MAX_POLICY_PARTS`].
    pub fn threshold(logs: &[VerifierKey], witnesses: &[VerifierKey], threshold: usize) -> Result<Self, LedgerError> {
        let mut reader = Reader::default();
        logs.iter().try_for_each(|key| reader.add_log(key.clone()))?;
        for (number, key) in witnesses.iter().enumerate() {
            reader.add_witness(number.to_string().as_bytes(), key.clone())?;
        }
        if threshold > witnesses.len() {
            return Err(malformed("a threshold is not larger than the number of witnesses"));
        }
        let mut quorum = None;
        if threshold > 0 {
            let members = (0..witnesses.len()).collect();
            quorum = Some(reader.add_part(b"quorum", Rule::Group { threshold, members })?);
        }
        Ok(Self { logs: reader.logs, parts: reader.parts, quorum })
    }

    /// The logs believed.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// The witnesses known.
    pub fn witnesses(&self) -> impl Iterator<Item = &VerifierKey> {
        self.parts.iter().filter_map(|part| match &part.rule {
            Rule::Witness(key) => Some(key),
            Rule::Group { .. } => None,
        })
    }

    /// Opens a checkpoint that one of the logs has signed and the quorum of witnesses has cosigned.
    ///
    /// # Errors
    /// Those of [`SignedCheckpoint::open`], and [`LedgerError::QuorumNotMet`].
    pub fn open(&self, bytes: &[u8]) -> Result<SignedCheckpoint, LedgerError> {
        self.verify(Note::parse(bytes)?)
    }

    pub(crate) fn verify(&self, note: Note) -> Result<SignedCheckpoint, LedgerError> {
        let keys: Vec<_> = self.logs.iter().chain(self.witnesses()).cloned().collect();
        let checkpoint = SignedCheckpoint::verify(note, &keys)?;
        if self.is_satisfied_by(&checkpoint) { Ok(checkpoint) } else { Err(LedgerError::QuorumNotMet) }
    }

    /// Whether the quorum of witnesses has cosigned. Counts verified cosignatures only.
    #[must_use]
    pub fn is_satisfied_by(&self, checkpoint: &SignedCheckpoint) -> bool {
        let mut witnessed: Vec<bool> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            witnessed.push(match &part.rule {
                Rule::Witness(key) => checkpoint.cosigned_at(key).is_some(),
                Rule::Group { threshold, members } => {
                    members.iter().filter(|member| witnessed[**member]).count() >= *threshold
                }
            });
        }
        self.quorum.is_none_or(|part| witnessed[part])
    }
}

/// A policy being read, line by line.
#[derive(Default)]
struct Reader {
    logs: Vec<VerifierKey>,
    parts: Vec<Part>,
    quorum: Option<Option<usize>>,
}

impl Reader {
    fn read_line(&mut self, line: &[u8]) -> Result<(), LedgerError> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let words: Vec<&[u8]> = line.split(blank).filter(|word| !word.is_empty()).collect();
        match words[..] {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] | [b"log", key, _] => self.add_log(parse_key(key)?),
            [b"witness", name, key] | [b"witness", name, key, _] => self.add_witness(name, parse_key(key)?),
            [b"group", name, threshold, ref members @ ..] => self.read_group(name, threshold, members),
            [b"quorum", name] => self.read_quorum(name),
            _ => Err(malformed("a line is log, witness, group or quorum with its words")),
        }
    }

    fn add_log(&mut self, key: VerifierKey) -> Result<(), LedgerError> {
        check_limit(self.logs.len())?;
        if key.kind() != SignatureKind::Note {
            return Err(malformed("a log's key is of type 1"));
        }
        if self.logs.iter().any(|known| known.public_key() == key.public_key()) {
            return Err(malformed("a log's key stands once in the file"));
        }
        self.logs.push(key);
        Ok(())
    }

    fn add_witness(&mut self, name: &[u8], key: VerifierKey) -> Result<(), LedgerError> {
        if key.kind() != SignatureKind::Cosignature {
            return Err(malformed("a witness's key is of type 4"));
        }
        let same_key =
            |part: &Part| matches!(&part.rule, Rule::Witness(known) if known.public_key() == key.public_key());
        if self.parts.iter().any(same_key) {
            return Err(malformed("a witness's key stands once in the file"));
        }
        self.add_part(name, Rule::Witness(key)).map(drop)
    }

    fn read_group(&mut self, name: &[u8], threshold: &[u8], members: &[&[u8]]) -> Result<(), LedgerError> {
        let mut places = Vec::with_capacity(members.len());
        for member in members {
            let place = self.place(member)?;
            if std::mem::replace(&mut self.parts[place].is_member, true) {
                return Err(malformed("a name is a member of one group only, and once"));
            }
            places.push(place);
        }
        let threshold = match threshold {
            b"any" => 1,
            b"all" => places.len(),
            number => usize::try_from(text::decimal(utf8(number)?, WHAT)?).unwrap_or(usize::MAX),
        };
        if threshold < 1 || threshold > places.len() {
            return Err(malformed("a group's threshold is between 1 and the number of its members"));
        }
        self.add_part(name, Rule::Group { threshold, members: places }).map(drop)
    }

    fn read_quorum(&mut self, name: &[u8]) -> Result<(), LedgerError> {
        if self.quorum.is_some() {
            return Err(malformed("it has exactly one quorum line"));
        }
        self.quorum = Some(match name {
            NONE => None,
            name => Some(self.place(name)?),
        });
        Ok(())
    }

    fn add_part(&mut self, name: &[u8], rule: Rule) -> Result<usize, LedgerError> {
        let of_this_kind = |part: &&Part| matches!(part.rule, Rule::Witness(_)) == matches!(rule, Rule::Witness(_));
        check_limit(self.parts.iter().filter(of_this_kind).count())?;
        if name == NONE || self.parts.iter().any(|part| part.name == name) {
            return Err(malformed("a name is defined once, and none is taken"));
        }
        self.parts.push(Part { name: name.to_vec(), rule, is_member: false });
        Ok(self.parts.len() - 1)
    }

    fn place(&self, name: &[u8]) -> Result<usize, LedgerError> {
        let place = self.parts.iter().position(|part| part.name == name);
        place.ok_or(malformed("a name is defined on a line above its use"))
    }
}

/// The name that stands for no witness at all.
const NONE: &[u8] = b"none";

const WHAT: &str = "trust policy";

fn parse_key(key: &[u8]) -> Result<VerifierKey, LedgerError> {
    utf8(key)?.parse()
}

fn utf8(word: &[u8]) -> Result<&str, LedgerError> {
    text::utf8(word, MAX_POLICY_BYTES, WHAT)
}

fn check_limit(parts: usize) -> Result<(), LedgerError> {
    if parts >= MAX_POLICY_PARTS {
        return Err(LedgerError::TooLarge {
            what: "number of logs, witnesses or groups in the policy",
            limit: MAX_POLICY_PARTS as u64,
        });
    }
    Ok(())
}

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: WHAT, rule }
}
