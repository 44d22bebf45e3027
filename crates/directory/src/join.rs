//! A gateway's side of membership: asks to join, and later amends its details and rotates its keys.
//!
//! Makes statements and signs them; never decides on one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use packhorse_keys::{Fingerprint, SealingKey, Signer, open, sha256};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{MemberDetails, Purpose};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Transport;
use crate::entry::{Act, NewKey, SignedStatement, Statement};
use crate::error::{DirectoryError, Result};
use crate::fold::Directory;
use crate::letter::{AnswersLetter, Letter, Subject};
use crate::registry::server::Registered;
use crate::registry::{ChallengeAnswer, ChallengeRequest, JoinRequest, JoinStatus, JoinTicket};
use crate::rules::{check_details, check_keys};

/// Largest answer of a registry to what is posted.
const MAX_ANSWER: usize = 64 * 1024;
/// Largest nonce, in bytes.
const MAX_NONCE: usize = 256;

/// A member's keys, one of every purpose, or those of them that are new.
#[derive(Clone, Copy, Default)]
pub struct MemberKeys<'a> {
    /// Signs exchanges, agreements and statements to the registry.
    pub sign: Option<&'a dyn Signer>,
    /// Signs the heads of the member's ledger; Ed25519.
    pub ledger: Option<&'a dyn Signer>,
    /// Proves the gateway on a connection.
    pub tls: Option<&'a dyn Signer>,
    /// Opens what is sealed to the member.
    pub seal: Option<&'a SealingKey>,
}

impl<'a> MemberKeys<'a> {
    /// The public halves, as they are to be listed.
    #[must_use]
    pub fn listed(&self) -> Vec<NewKey> {
        let signing = [(Purpose::Sign, self.sign), (Purpose::Ledger, self.ledger), (Purpose::Tls, self.tls)];
        let public = signing.into_iter().filter_map(|(purpose, signer)| Some((purpose, signer?.public_key())));
        let mut listed: Vec<_> = public.map(|(purpose, key)| NewKey { purpose, key: key.to_string() }).collect();
        let seal = self.seal.map(|key| NewKey { purpose: Purpose::Seal, key: key.recipient().to_string() });
        listed.extend(seal);
        listed
    }

    fn signers(&self) -> Vec<&'a dyn Signer> {
        [self.sign, self.ledger, self.tls].into_iter().flatten().collect()
    }
}

/// How a code-of-connection document is named in what is signed and published.
#[must_use]
pub fn answers_digest(answers: &str) -> String {
    Fingerprint(sha256(answers.as_bytes())).to_string()
}

/// Asks to join: proves possession of every key and sends the signed admission with the answers. The details'
/// `code_of_connection` is set to the digest of the answers.
///
/// # Errors
/// [`DirectoryError::NotAllowed`] when a rule is broken before anything is sent, [`DirectoryError::Rejected`] with
/// the registry's words, [`DirectoryError::Unreachable`].
pub async fn join(
    registry: &dyn Transport,
    organisation: &OrganisationId,
    mut details: MemberDetails,
    answers: &str,
    keys: &MemberKeys<'_>,
) -> Result<JoinTicket> {
    details.code_of_connection = answers_digest(answers);
    let listed = keys.listed();
    let checked = check_details(organisation, &details).and_then(|()| check_keys(organisation, &listed));
    checked.map_err(|why| refused(why, "correct the details"))?;
    let seal = keys.seal.ok_or(refused("an applicant lists one key of every purpose", "make the missing key"))?;
    let (nonce, version) = answer_challenge(registry, organisation, seal).await?;
    let act = Act::Admit { details, keys: listed, nonce };
    let signed =
        SignedStatement::sign(&Statement { organisation: organisation.clone(), version, act }, &keys.signers())?;
    post(registry, "/join/request", &JoinRequest { signed, answers: answers.to_owned() }).await
}

/// Asks what became of a request.
///
/// # Errors
/// [`DirectoryError::Unknown`] when the registry knows no such request, [`DirectoryError::Unreachable`].
pub async fn join_status(registry: &dyn Transport, ticket: &JoinTicket) -> Result<JoinStatus> {
    let bytes = registry.get(&format!("/join/status/{}", ticket.id), MAX_ANSWER).await?;
    parse(&bytes.ok_or(DirectoryError::Unknown("request to join"))?)
}

/// Tells the registry new details, signed with the current signing key. Returns the entry's index.
///
/// # Errors
/// As [`join`].
pub async fn amend(
    registry: &dyn Transport,
    directory: &Directory,
    organisation: &OrganisationId,
    details: MemberDetails,
    current: &dyn Signer,
) -> Result<u64> {
    let version = directory.version(organisation);
    let statement = Statement { organisation: organisation.clone(), version, act: Act::Amend { details } };
    submit(registry, &SignedStatement::sign(&statement, &[current])?).await
}

/// Sends the answers to the code of connection anew, for a renewal. The operator decides on them.
///
/// # Errors
/// As [`join`].
pub async fn submit_answers(
    registry: &dyn Transport,
    organisation: &OrganisationId,
    answers: &str,
    current: &dyn Signer,
    now: Timestamp,
) -> Result<()> {
    let said = AnswersLetter { organisation: organisation.clone(), at: now, answers: answers.to_owned() };
    let letter = Letter::sign(Subject::Answers, &said, current)?;
    let body = serde_json::to_vec(&letter).map_err(|_| malformed())?;
    registry.post("/assurance/answers", Bytes::from(body), MAX_ANSWER).await.map(drop)
}

/// Lists new keys, signed with the current signing key and by each new key. The keys they replace stay valid until
/// `old_until`. Returns the entry's index.
///
/// # Errors
/// As [`join`].
pub async fn rotate(
    registry: &dyn Transport,
    directory: &Directory,
    organisation: &OrganisationId,
    new: &MemberKeys<'_>,
    current: &dyn Signer,
    old_until: Timestamp,
) -> Result<u64> {
    let nonce = match new.seal {
        Some(seal) => Some(answer_challenge(registry, organisation, seal).await?.0),
        None => None,
    };
    let act = Act::Rotate { keys: new.listed(), old_until, nonce };
    let version = directory.version(organisation);
    let mut signers = new.signers();
    signers.push(current);
    let statement = Statement { organisation: organisation.clone(), version, act };
    submit(registry, &SignedStatement::sign(&statement, &signers)?).await
}

/// Opens the nonce that the registry sealed to a new sealing key. Also returns the next statement's version.
async fn answer_challenge(
    registry: &dyn Transport,
    organisation: &OrganisationId,
    seal: &SealingKey,
) -> Result<(String, u64)> {
    let request = ChallengeRequest { organisation: organisation.clone(), seal: seal.recipient() };
    let answer: ChallengeAnswer = post(registry, "/join/challenge", &request).await?;
    let sealed = STANDARD.decode(answer.sealed).map_err(|_| malformed())?;
    let nonce = String::from_utf8(open(seal, &sealed, MAX_NONCE)?).map_err(|_| malformed())?;
    Ok((nonce, answer.version))
}

async fn submit(registry: &dyn Transport, signed: &SignedStatement) -> Result<u64> {
    let registered: Registered = post(registry, "/entries", signed).await?;
    Ok(registered.index)
}

async fn post<T: Serialize, R: DeserializeOwned>(registry: &dyn Transport, path: &str, body: &T) -> Result<R> {
    let body = serde_json::to_vec(body).map_err(|_| malformed())?;
    parse(&registry.post(path, Bytes::from(body), MAX_ANSWER).await?)
}

fn parse<R: DeserializeOwned>(bytes: &[u8]) -> Result<R> {
    serde_json::from_slice(bytes).map_err(|_| malformed())
}

fn refused(why: &'static str, remedy: &'static str) -> DirectoryError {
    DirectoryError::NotAllowed { why, remedy }
}

fn malformed() -> DirectoryError {
    DirectoryError::Malformed { what: "registry's answer", why: "it is not the JSON that was expected" }
}
