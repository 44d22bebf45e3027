//! The headers of tus 1.0.0, as anybody who may call the inside port sends them.
//!
//! It must never know uploads: whether there is room for what is announced is for its caller to say.

use axum::http::header::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_model::parcel::{FileName, FileNameError};

use crate::wire::single;

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// The version that is spoken.
pub(super) const SPOKEN: &str = "1.0.0";
/// Most bytes of `Upload-Metadata`.
const METADATA_LIMIT: usize = 8 * 1024;

/// An upload as it is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Bytes of the file.
    pub size: u64,
    /// Its name.
    pub name: FileName,
    /// Its media type, as the sender says.
    pub media_type: Option<String>,
}

/// Why headers say nothing that can be done. Never repeats what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No size, or none that is a number.
    #[error("upload-length is missing")]
    Length,
    /// No offset, or none that is a number.
    #[error("upload-offset is missing")]
    Offset,
    /// Nothing is said of the file.
    #[error("upload-metadata is missing")]
    Metadata,
    /// More than anybody needs.
    #[error("upload-metadata is too long")]
    TooLong,
    /// A value that is none.
    #[error("upload-metadata is not base64")]
    Base64,
    /// A value that is no text.
    #[error("upload-metadata is not utf-8")]
    Text,
    /// No name.
    #[error("upload-metadata names no file")]
    Nameless,
    /// A name that no file of a parcel can have.
    #[error(transparent)]
    Name(#[from] FileNameError),
}

impl Malformed {
    /// What to do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Length => "announce the file's size",
            Self::Offset => "ask with HEAD where to go on",
            Self::Name(_) => "give the file another name",
            _ => "send upload-metadata: filename <base64>,filetype <base64>",
        }
    }
}

/// Whether the version is named that is spoken here.
#[must_use]
pub fn speaks(headers: &HeaderMap) -> bool {
    single(headers, &RESUMABLE) == Some(SPOKEN)
}

/// Where the sender goes on.
///
/// # Errors
/// [`Malformed::Offset`].
pub fn offset_named(headers: &HeaderMap) -> Result<u64, Malformed> {
    number(headers, &OFFSET).ok_or(Malformed::Offset)
}

impl Announced {
    /// Reads `Upload-Length` and `Upload-Metadata`: `key base64,key base64`, of which `filename` and `filetype` are
    /// looked at.
    ///
    /// # Errors
    /// [`Malformed`] with the first rule that they break.
    pub fn read(headers: &HeaderMap) -> Result<Self, Malformed> {
        let size = number(headers, &LENGTH).ok_or(Malformed::Length)?;
        let (name, media_type) = file_named(headers)?;
        Ok(Self { size, name, media_type })
    }
}

/// The file that `Upload-Metadata` names, and its type.
pub(super) fn file_named(headers: &HeaderMap) -> Result<(FileName, Option<String>), Malformed> {
    let text = single(headers, &METADATA).ok_or(Malformed::Metadata)?;
    if text.len() > METADATA_LIMIT {
        return Err(Malformed::TooLong);
    }
    let (mut name, mut media_type) = (None, None);
    for pair in text.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        match key {
            "filename" => name = Some(decoded(value)?),
            "filetype" => media_type = Some(decoded(value)?),
            _ => {}
        }
    }
    Ok((name.ok_or(Malformed::Nameless)?.parse()?, media_type))
}

fn decoded(value: &str) -> Result<String, Malformed> {
    let bytes = STANDARD.decode(value).map_err(|_| Malformed::Base64)?;
    String::from_utf8(bytes).map_err(|_| Malformed::Text)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let text = single(headers, name)?;
    // Digits alone: no sign, no space.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(of: &[(HeaderName, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn an_upload_is_announced_with_size_name_and_type() {
        let said = format!(
            "filename {},is_confidential,filetype {}",
            STANDARD.encode("a/b.txt"),
            STANDARD.encode("text/plain")
        );
        let announced = Announced::read(&headers(&[(LENGTH, "7"), (METADATA, &said)])).unwrap();
        assert_eq!((announced.size, announced.name.as_str()), (7, "a/b.txt"));
        assert_eq!(announced.media_type.as_deref(), Some("text/plain"));
    }

    #[test]
    fn what_announces_nothing_is_refused_by_its_rule() {
        let up = format!("filename {}", STANDARD.encode("../up"));
        for (length, metadata, refused) in [
            ("", "filename YQ==", Malformed::Length),
            ("+7", "filename YQ==", Malformed::Length),
            ("99999999999999999999", "filename YQ==", Malformed::Length),
            ("7", "", Malformed::Nameless),
            ("7", "filetype YQ==", Malformed::Nameless),
            ("7", "filename YQ", Malformed::Base64),
            ("7", "filename /w==", Malformed::Text),
        ] {
            assert_eq!(
                Announced::read(&headers(&[(LENGTH, length), (METADATA, metadata)])),
                Err(refused),
                "{metadata}"
            );
        }
        assert!(matches!(Announced::read(&headers(&[(LENGTH, "7"), (METADATA, &up)])), Err(Malformed::Name(_))));
        let mut twice = headers(&[(OFFSET, "1")]);
        twice.append(OFFSET, HeaderValue::from(2));
        assert_eq!(offset_named(&twice), Err(Malformed::Offset));
    }
}
