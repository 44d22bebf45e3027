//! Tokens as MESH clients make them.

use jiff::Timestamp;
use packhorse_keys::hmac_sha256;

/// The `Authorization` of a mailbox's request number `count`, made so many minutes ago.
pub(crate) fn token(mailbox: &str, password: &str, shared_key: &str, count: u32, minutes_ago: i64) -> String {
    let made = Timestamp::now() - jiff::SignedDuration::from_mins(minutes_ago);
    let made = made.strftime("%Y%m%d%H%M");
    let nonce = "00000000-0000-0000-0000-000000000001";
    let signed = format!("{mailbox}:{nonce}:{count}:{password}:{made}");
    let hash = hmac_sha256(shared_key.as_bytes(), signed.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("NHSMESH {mailbox}:{nonce}:{count}:{made}:{hash}")
}
