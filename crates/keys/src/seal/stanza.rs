//! The stanzas of a header: one wrapped key each (age "Recipient stanza").
//!
//! It must never decrypt anything: a stanza that is read here is well formed, no more.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{hybrid, x25519};

const PREFIX: &str = "-> ";
const X25519: &str = "X25519";
const HYBRID: &str = "mlkem768x25519";
const PASSPHRASE: &str = "scrypt";
/// A body's lines are full until the last, which is shorter and may be empty.
const COLUMNS: usize = 64;

/// A file key and the tag of its encryption.
pub(super) type Body = [u8; 32];

/// One wrapped key.
pub(super) enum Stanza {
    X25519 {
        share: x25519::Public,
        body: Body,
    },
    Hybrid {
        share: Box<hybrid::Share>,
        body: Body,
    },
    /// Wrapped by a passphrase, which nobody has here; it never stands with another.
    Passphrase,
    /// Of a type that means nothing to us, to be passed over.
    Unknown,
}

impl Stanza {
    /// Reads one stanza, which must begin `lines`. Nothing when it breaks the grammar, or when
    /// it is of a type we know and is not what that type must be.
    pub(super) fn read<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut arguments = lines.next()?.strip_prefix(PREFIX)?.split(' ');
        let kind = arguments.next()?;
        let arguments: Vec<&str> = arguments.collect();
        let visible = |argument: &&str| !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible(&kind) || !arguments.iter().all(visible) {
            return None;
        }
        let body = read_body(lines)?;
        Some(match (kind, &arguments[..]) {
            (X25519, [share]) => Self::X25519 { share: decode(share)?.try_into().ok()?, body: body.try_into().ok()? },
            (HYBRID, [share]) => {
                let share = decode(share)?.into_boxed_slice().try_into().ok()?;
                Self::Hybrid { share, body: body.try_into().ok()? }
            }
            (X25519 | HYBRID, _) => return None,
            (PASSPHRASE, _) => Self::Passphrase,
            _ => Self::Unknown,
        })
    }

    /// Writes it with its line ends. Those that are only ever read are written as nothing.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::X25519 { share, body } => write(out, X25519, share, body),
            Self::Hybrid { share, body } => write(out, HYBRID, &share[..], body),
            Self::Passphrase | Self::Unknown => {}
        }
    }
}

/// Unpadded base64 of the one canonical form, as the format has it everywhere.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

fn read_body<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = lines.next()?;
        if line.len() > COLUMNS {
            return None;
        }
        body.extend(decode(line)?);
        if line.len() < COLUMNS {
            return Some(body);
        }
    }
}

/// A body of 32 bytes is one line, shorter than a full one.
fn write(out: &mut String, kind: &str, share: &[u8], body: &Body) {
    out.push_str(PREFIX);
    out.push_str(kind);
    out.push(' ');
    STANDARD_NO_PAD.encode_string(share, out);
    out.push('\n');
    STANDARD_NO_PAD.encode_string(body, out);
    out.push('\n');
}
