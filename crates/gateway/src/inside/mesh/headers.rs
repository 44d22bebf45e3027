//! The `Mex-` headers: what a sender says of a message, read and bounded.
//!
//! It knows no parcels: what the headers become is for its callers to say.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use crate::kinds::parcel::staging::PART_LIMIT;

/// Most chunks of a message.
pub const CHUNK_LIMIT: u32 = PART_LIMIT;

/// The label of the name that the sender gave the content.
pub(super) const FILE_NAME: &str = "mesh-file-name";

/// Headers that are handed on as they are, with the label that carries each, and the most characters of it.
pub(super) const CARRIED: [(&str, &str, usize); 6] = [
    ("mex-partnerid", "mesh-partner-id", 500),
    ("mex-filename", FILE_NAME, 300),
    ("mex-content-encrypted", "mesh-content-encrypted", 20),
    ("mex-content-compressed", "mesh-content-compressed", 20),
    ("mex-content-checksum", "mesh-content-checksum", 100),
    ("mex-content-type", "mesh-content-type", 100),
];

/// What a sender says of a message with its first chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The recipient's mailbox, in upper case.
    pub to: String,
    /// What it is for.
    pub workflow: String,
    /// How many chunks there will be.
    pub chunks: u32,
    /// Whether each chunk is packed.
    pub packed: bool,
    /// What it is about; may be empty.
    pub subject: String,
    /// The sender's reference; may be empty.
    pub local_id: String,
    /// The media type of the whole, when it is said.
    pub media_type: Option<String>,
    /// What is handed on, by label.
    pub labels: Vec<(&'static str, String)>,
}

/// What is wrong with a request's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A header must be there, and be more than blank.
    Missing(&'static str),
    /// A value is longer than may be.
    TooLong(&'static str),
    /// Two values are two readings.
    Twice(&'static str),
    /// `Mex-To` is blank.
    NoRecipient,
    /// A control character, or an address where a name belongs.
    Malformed,
    /// The checksum has other characters than it may.
    Checksum,
    /// Packed in a way that is not known here.
    Encoding,
    /// The chunks are not numbered as they must be.
    ChunkRange,
}

impl Envelope {
    /// Reads the headers of a first chunk; the checks in MESH's order.
    ///
    /// # Errors
    /// The first [`Flaw`].
    pub fn read(headers: &HeaderMap) -> Result<Self, Flaw> {
        let to = text(headers, "mex-to", 100)?.ok_or(Flaw::Missing("mex-to"))?;
        let workflow = text(headers, "mex-workflowid", 300)?.filter(|workflow| !workflow.trim().is_empty());
        let workflow = workflow.ok_or(Flaw::Missing("mex-workflowid"))?;
        let subject = text(headers, "mex-subject", 500)?.unwrap_or_default();
        let local_id = text(headers, "mex-localid", 300)?.unwrap_or_default();
        let mut labels = Vec::new();
        for (name, label, most) in CARRIED {
            labels.extend(text(headers, name, most)?.filter(|value| !value.is_empty()).map(|value| (label, value)));
        }
        if to.trim().is_empty() {
            return Err(Flaw::NoRecipient);
        }
        let said = |label: &str| labels.iter().find(|(name, _)| *name == label).map(|(_, value)| value.as_str());
        let checksum = said("mesh-content-checksum").unwrap_or_default();
        if [to.as_str(), workflow.as_str(), checksum].into_iter().any(is_address) {
            return Err(Flaw::Malformed);
        }
        if !checksum.chars().all(|c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":-/".contains(c)) {
            return Err(Flaw::Checksum);
        }
        let packed = is_packed(headers)?;
        let chunks = match chunk_range(headers)? {
            None => 1,
            Some((1, chunks)) => chunks,
            Some(_) => return Err(Flaw::ChunkRange),
        };
        let single = if chunks == 1 { headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) } else { None };
        let media_type = said("mesh-content-type").or(single).filter(|media_type| media_type.len() <= 100);
        let media_type = media_type.map(str::to_owned);
        let (to, workflow) = (to.trim().to_ascii_uppercase(), workflow.trim().to_owned());
        Ok(Self { to, workflow, chunks, packed, subject, local_id, media_type, labels })
    }
}

/// Whether the body is packed with gzip.
///
/// # Errors
/// [`Flaw::Encoding`] for anything else but nothing.
pub fn is_packed(headers: &HeaderMap) -> Result<bool, Flaw> {
    match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None | Some(b"") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => Err(Flaw::Encoding),
    }
}

/// `Mex-Chunk-Range: n:total`, when it is there.
///
/// # Errors
/// [`Flaw::ChunkRange`] unless 1 ≤ n ≤ total ≤ [`CHUNK_LIMIT`].
pub fn chunk_range(headers: &HeaderMap) -> Result<Option<(u32, u32)>, Flaw> {
    let Some(range) = text(headers, "mex-chunk-range", 20)? else { return Ok(None) };
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let numbers = range.split_once(':').and_then(|(n, total)| Some((number(n)?, number(total)?)));
    let right = |(n, total): &(u32, u32)| 1 <= *n && n <= total && *total <= CHUNK_LIMIT;
    numbers.filter(right).map(Some).ok_or(Flaw::ChunkRange)
}

/// A header's text: as UTF-8, else as ISO 8859-1, which clients send what is not ASCII in.
fn text(headers: &HeaderMap, name: &'static str, most: usize) -> Result<Option<String>, Flaw> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Flaw::Twice(name));
    }
    let bytes = value.as_bytes();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    // In bytes, since a parcel's texts are counted so.
    if text.len() > most {
        return Err(Flaw::TooLong(name));
    }
    if text.chars().any(char::is_control) { Err(Flaw::Malformed) } else { Ok(Some(text)) }
}

fn is_address(text: &str) -> bool {
    let begins = |with: &str| text.trim_start().get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    begins("http://") || begins("https://")
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn read(more: &[(&'static str, &str)]) -> Result<Envelope, Flaw> {
        let mut headers = HeaderMap::new();
        for (name, value) in [("mex-to", "loc.borough.main"), ("mex-workflowid", "REPORT")].iter().chain(more) {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            match value.as_bytes() {
                b"-" => headers.remove(*name),
                _ => headers.insert(HeaderName::from_static(name), value),
            };
        }
        Envelope::read(&headers)
    }

    #[test]
    fn what_a_sender_says_is_read() {
        let envelope = read(&[
            ("mex-chunk-range", "1:3"),
            ("mex-subject", "Über Fall 4711"),
            ("mex-localid", "R-1"),
            ("mex-filename", "a.pdf"),
            ("content-encoding", "gzip"),
            ("mex-content-type", "application/pdf"),
        ]);
        let envelope = envelope.unwrap();
        assert_eq!((envelope.to.as_str(), envelope.chunks, envelope.packed), ("LOC.BOROUGH.MAIN", 3, true));
        assert_eq!((envelope.subject.as_str(), envelope.local_id.as_str()), ("Über Fall 4711", "R-1"));
        assert_eq!(envelope.media_type.as_deref(), Some("application/pdf"));
        assert!(envelope.labels.contains(&("mesh-file-name", "a.pdf".to_owned())));
        assert_eq!(read(&[]).unwrap().chunks, 1);
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let long = "x".repeat(501);
        for (name, value, flaw) in [
            ("mex-to", "-", Flaw::Missing("mex-to")),
            ("mex-workflowid", " ", Flaw::Missing("mex-workflowid")),
            ("mex-to", "  ", Flaw::NoRecipient),
            ("mex-subject", long.as_str(), Flaw::TooLong("mex-subject")),
            ("mex-subject", "a\tb", Flaw::Malformed),
            ("mex-to", "HTTPS://example.org", Flaw::Malformed),
            ("mex-content-checksum", "http://a", Flaw::Malformed),
            ("mex-content-checksum", "sha256=1", Flaw::Checksum),
            ("content-encoding", "br", Flaw::Encoding),
            ("mex-chunk-range", "2:3", Flaw::ChunkRange),
            ("mex-chunk-range", "1:0", Flaw::ChunkRange),
            ("mex-chunk-range", "0:1", Flaw::ChunkRange),
            ("mex-chunk-range", "1", Flaw::ChunkRange),
            ("mex-chunk-range", "+1:2", Flaw::ChunkRange),
            ("mex-chunk-range", "1:100001", Flaw::ChunkRange),
            ("mex-chunk-range", "1:99999999999", Flaw::ChunkRange),
        ] {
            assert_eq!(read(&[(name, value)]), Err(flaw), "{name}: {value}");
        }
    }

    #[test]
    fn a_header_given_twice_has_no_reading() {
        let mut headers = HeaderMap::new();
        headers.append("mex-to", HeaderValue::from_static("A"));
        headers.append("mex-to", HeaderValue::from_static("B"));
        assert_eq!(Envelope::read(&headers), Err(Flaw::Twice("mex-to")));
    }
}
