//! The pure half of a witness: the request, and whether its head may be cosigned (C2SP tlog-witness).
//!
//! Never stores anything. The caller compares and sets the stored head in one step and answers only after it is
//! durable; otherwise two requests at once could roll a witness back.

use crate::{
    Hash, Head, LedgerError, MAX_NOTE_BYTES, MAX_PATH, Note, SignatureLine, SignedCheckpoint, VerifierKey, note, text,
    verify_consistency,
};

/// Largest `add-checkpoint` body accepted, in bytes: bound the body by it before reading.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 64 + 45 * MAX_PATH;

/// Body of `POST <prefix>/add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the last head that the witness cosigned for this log, as the sender believes; 0 for none.
    pub old_size: u64,
    /// Consistency proof from the old size to the checkpoint's.
    pub proof: Vec<Hash>,
    /// The signed checkpoint, not yet verified.
    pub checkpoint: Note,
}

impl AddCheckpoint {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] when it breaks the format, [`LedgerError::TooLarge`] beyond [`MAX_REQUEST_BYTES`] or
    /// 63 hashes. Both are answered with 400, see [`Refusal::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let what = "add-checkpoint request";
        let malformed = |rule| LedgerError::Malformed { what, rule };
        let body = text::utf8(bytes, MAX_REQUEST_BYTES, what)?;
        let (head, checkpoint) = body.split_once("\n\n").ok_or(malformed("an empty line precedes the checkpoint"))?;
        let mut lines = head.split('\n');
        let old_size = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .ok_or(malformed("the first line is old and a size"))?;
        Ok(Self {
            old_size: text::decimal(old_size, what)?,
            proof: text::path(lines)?,
            checkpoint: Note::parse(checkpoint.as_bytes())?,
        })
    }

    /// The body to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("old {}\n", self.old_size);
        self.proof.iter().for_each(|hash| head.push_str(&format!("{hash}\n")));
        head.push('\n');
        [head.into_bytes(), self.checkpoint.to_bytes()].concat()
    }

    /// Which log the checkpoint claims to be of: for looking up its keys and the stored head, and for nothing else.
    #[must_use]
    pub fn claimed_origin(&self) -> &str {
        self.checkpoint.claimed_origin()
    }

    /// Decides whether the head may be cosigned, given the log's trusted keys (none: unknown log) and the head stored
    /// for it ([`Head::EMPTY`] when there is none). On success store the answer's head, if the stored one is still
    /// `stored`, and only then cosign.
    ///
    /// # Errors
    /// A [`Refusal`] to answer with.
    pub fn decide(&self, keys: &[VerifierKey], stored: Head) -> Result<SignedCheckpoint, Refusal> {
        if keys.is_empty() {
            return Err(Refusal::UnknownOrigin);
        }
        let signed = SignedCheckpoint::verify(self.checkpoint.clone(), keys)?;
        let new = signed.checkpoint().head();
        if self.old_size > new.size {
            return Err(Refusal::OldSizeTooLarge);
        }
        if self.old_size != stored.size {
            return Err(Refusal::Conflict { size: stored.size });
        }
        verify_consistency(stored.size, &stored.root, new.size, &new.root, &self.proof)
            .map_err(|_| Refusal::Inconsistent)?;
        Ok(signed)
    }
}

/// Reads a witness's answer: one or more signature lines. Lines of unknown keys are for the caller to ignore; see
/// [`SignedCheckpoint::add_cosignature`].
///
/// # Errors
/// [`LedgerError::Malformed`] and [`LedgerError::TooLarge`] for the format.
pub fn parse_witness_answer(bytes: &[u8]) -> Result<Vec<SignatureLine>, LedgerError> {
    let what = "witness answer";
    let lines = text::utf8(bytes, MAX_NOTE_BYTES, what)?;
    let lines = lines
        .strip_suffix('\n')
        .ok_or(LedgerError::Malformed { what, rule: "it is signature lines, each with a line feed" })?;
    note::parse_lines(lines)
}

/// Why a witness does not cosign, with the answer that C2SP tlog-witness prescribes.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request cannot be read.
    #[error(transparent)]
    Malformed(LedgerError),
    /// The sender's old size is larger than the checkpoint.
    #[error("the old size is larger than the checkpoint")]
    OldSizeTooLarge,
    /// No trusted key of the log has signed, or one is claimed and fails.
    #[error("the checkpoint has no valid signature of its log")]
    NotSigned,
    /// The witness does not follow this log.
    #[error("this log is not known here")]
    UnknownOrigin,
    /// The witness has another head than the sender believes; the sender retries from `size`.
    #[error("the last cosigned checkpoint here has {size} entries")]
    Conflict {
        /// Size of the head last cosigned.
        size: u64,
    },
    /// The head does not continue the one last cosigned, or the proof does not show it. The request holds the log's
    /// valid signature: keep it, it may be evidence against the log.
    #[error("the checkpoint is not shown to continue the last one cosigned here")]
    Inconsistent,
}

impl Refusal {
    /// HTTP status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldSizeTooLarge => 400,
            Self::NotSigned => 403,
            Self::UnknownOrigin => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent => 422,
        }
    }

    /// `Content-Type` of the answer.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "text/x.tlog.size",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// Body of the answer.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Conflict { size } => format!("{size}\n"),
            other => format!("{other}\n"),
        }
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NoTrustedSignature | LedgerError::BadSignature { .. } => Self::NotSigned,
            LedgerError::EmptyLogRoot => Self::Inconsistent,
            other => Self::Malformed(other),
        }
    }
}
