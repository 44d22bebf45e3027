//! What may stand in the directory: the form of details, keys and reasons.
//!
//! The same rules hold for the applicant, the registry and every reader. Never looks at signatures.

use std::collections::HashSet;

use packhorse_keys::{Algorithm, Fingerprint, PublicKey, SealingRecipient, sha256};
use packhorse_ledger::{SignatureKind, VerifierKey};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Contact, MemberDetails, Purpose};

use crate::entry::NewKey;

const MAX_CONTACTS: usize = 16;
const MAX_SYSTEMS: usize = 256;
const MAX_GATEWAYS: usize = 16;
const MAX_TEXT: usize = 200;
const MAX_URL: usize = 500;
/// Most bytes of a reason that the registry publishes.
const MAX_REASON: usize = 1000;

/// The rule that something breaks, for the reader.
pub(crate) type Rule<T = ()> = Result<T, &'static str>;

/// Checks what an organisation says about itself.
pub(crate) fn check_details(id: &OrganisationId, details: &MemberDetails) -> Rule {
    check_text(&details.name)?;
    check_contact(&details.siro)?;
    if details.contacts.len() > MAX_CONTACTS {
        return Err("an organisation lists at most 16 contacts");
    }
    details.contacts.iter().try_for_each(check_contact)?;
    if let Some(url) = &details.charter_url {
        check_url(url)?;
    }
    let digest = details.code_of_connection.parse::<Fingerprint>();
    digest.map_err(|_| "the code-of-connection answers are named by their digest, sha256: and 64 hex digits")?;
    check_systems(id, details)?;
    check_gateways(id, details)
}

/// Checks that keys are well formed, of distinct purposes, and can be used for them.
pub(crate) fn check_keys(id: &OrganisationId, keys: &[NewKey]) -> Rule {
    let mut purposes = HashSet::new();
    for key in keys {
        if !purposes.insert(key.purpose) {
            return Err("at most one new key of each purpose is listed at a time");
        }
        check_key(id, key)?;
    }
    Ok(())
}

/// What identifies a key, whatever its purpose: no key is ever listed twice.
pub(crate) fn key_id(purpose: Purpose, key: &str) -> Rule<Fingerprint> {
    match purpose {
        Purpose::Seal => Ok(Fingerprint(sha256(key.as_bytes()))),
        Purpose::Sign | Purpose::Ledger | Purpose::Tls => public_key(key).map(|key| key.fingerprint()),
    }
}

/// Checks a reason that will be published.
pub(crate) fn check_reason(reason: &str) -> Rule {
    if reason.is_empty() || reason.len() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err("a reason is one line of at most 1000 bytes");
    }
    Ok(())
}

fn check_key(id: &OrganisationId, key: &NewKey) -> Rule {
    match key.purpose {
        Purpose::Sign | Purpose::Tls => public_key(&key.key).map(|_| ()),
        Purpose::Ledger => {
            let public = public_key(&key.key)?;
            if public.algorithm() != Algorithm::Ed25519 {
                return Err("a ledger key is an ed25519 key (C2SP tlog-checkpoint)");
            }
            VerifierKey::new(&id.ledger_origin(), SignatureKind::Note, public)
                .map(|_| ())
                .map_err(|_| "the organisation's identifier is too long to name its ledger")
        }
        Purpose::Seal => {
            let recipient = key.key.parse::<SealingRecipient>().map_err(|_| "a sealing key is an age recipient")?;
            if recipient.to_string() != key.key {
                return Err("a sealing key is written in lower case");
            }
            Ok(())
        }
    }
}

pub(crate) fn public_key(text: &str) -> Rule<PublicKey> {
    let key: PublicKey = text.parse().map_err(|_| "a public key is not well formed")?;
    if key.to_string() != text {
        return Err("a public key has one spelling");
    }
    Ok(key)
}

fn check_text(text: &str) -> Rule {
    if text.trim().is_empty() || text.len() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err("a name or title is one line of 1 to 200 bytes");
    }
    Ok(())
}

fn check_contact(contact: &Contact) -> Rule {
    check_text(&contact.role)?;
    let framed = contact.email.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
    let plain = |text: &str| text.len() <= MAX_TEXT && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if !framed || !plain(&contact.email) {
        return Err("a contact has an e-mail address");
    }
    contact.phone.as_deref().map_or(Ok(()), check_text)
}

fn check_url(url: &str) -> Rule {
    let printable = url.bytes().all(|byte| byte.is_ascii_graphic());
    if !url.starts_with("https://") || url.len() > MAX_URL || !printable {
        return Err("the charter's address starts with https:// and has at most 500 bytes");
    }
    Ok(())
}

fn check_systems(id: &OrganisationId, details: &MemberDetails) -> Rule {
    if details.systems.len() > MAX_SYSTEMS {
        return Err("an organisation lists at most 256 systems");
    }
    let mut codes = HashSet::new();
    for system in &details.systems {
        id.system(&system.code).map_err(|_| "a system's code cannot stand in an identifier")?;
        check_text(&system.name)?;
        if !codes.insert(&system.code) {
            return Err("a system's code is listed twice");
        }
    }
    Ok(())
}

fn check_gateways(id: &OrganisationId, details: &MemberDetails) -> Rule {
    if details.gateways.len() > MAX_GATEWAYS {
        return Err("an organisation lists at most 16 gateways");
    }
    let mut codes = HashSet::new();
    for gateway in &details.gateways {
        id.system(&gateway.code).map_err(|_| "a gateway's code cannot stand in an identifier")?;
        check_address(&gateway.address)?;
        if !codes.insert(&gateway.code) {
            return Err("a gateway's code is listed twice");
        }
    }
    Ok(())
}

/// `host:port`, the host a name, an IPv4 address or an IPv6 address in brackets.
fn check_address(address: &str) -> Rule {
    let refused = Err("a gateway's address is host:port");
    let Some((host, port)) = address.rsplit_once(':') else { return refused };
    if port.parse::<u16>().is_ok_and(|port| port > 0 && !address.ends_with(|c: char| !c.is_ascii_digit())) {
        let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_v6 = v6.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
        if is_v6 || (!host.is_empty() && host.len() <= 253 && host.bytes().all(name)) {
            return Ok(());
        }
    }
    refused
}
