//! Notices: that something waits for somebody, told by e-mail and to a webhook, again and again until it is taken.
//!
//! A notice never says what waits, for whom else, or about whom: only where to look. Letter boxes are read on the way,
//! forwarded and lost.

mod mail;
mod remind;
mod work;

use jiff::civil::Date;
use packhorse_governance::people::Account;
use serde::{Deserialize, Serialize};

use crate::context::{Context, now_ms};
use crate::error::GatewayError;

pub use mail::{Mail, MailSecurity, MailSettings};
pub use work::work_notices;

/// A letter to somebody is to be brought to the mail server.
const MAIL: &str = "notice-mail";
/// The organisation's webhook is to be told; also the document that says where.
const WEBHOOK: &str = "notice-webhook";
/// Somebody looks who is to be told of something, before it is time to look again.
const LOOK: &str = "notice-look";
/// There is one.
const KEY: &str = "organisation";
const FORMAT: i64 = 1;

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Occasion {
    /// They were invited.
    Invitation,
    /// They asked for a new password.
    Recovery,
    /// Accesses wait to be confirmed.
    AccessReview,
    /// Their own access ends soon.
    AccessEnding,
    /// Something waits that only they can do.
    Task,
    /// An acceptable use policy was published.
    AcceptableUse,
    /// They have not accepted it, and are soon refused.
    AcceptableUseReminder,
    /// A training of theirs ends soon.
    TrainingEnding,
    /// Their vetting ends soon.
    VettingEnding,
    /// In a register that they keep something ends soon.
    RegisterEnding,
}

/// What is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Notice {
    /// For the webhook, which tells it from one that it had before.
    id: String,
    /// The account's id; whom it is for is looked up when it is sent. None: it is for everybody, and told to the webhook.
    to: Option<String>,
    occasion: Occasion,
    /// The page, from the slash on. It may hold a link that counts once: so a job is sealed.
    path: String,
    /// From which day on something is refused to whoever does not do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_from: Option<Date>,
}

impl Notice {
    fn new(to: Option<&Account>, occasion: Occasion, path: &str) -> Self {
        let id = packhorse_model::ExchangeId::random().to_string();
        let to = to.map(|account| account.id.clone());
        Self { id, to, occasion, path: path.to_owned(), refused_from: None }
    }
}

/// Tells somebody that something waits for them on a page (`/…`). With no mail server and no webhook nobody is told,
/// and that is no error: pages show the same.
///
/// # Errors
/// As the store fails.
pub(crate) async fn tell(context: &Context, to: &Account, occasion: Occasion, path: &str) -> Result<(), GatewayError> {
    let notice = Notice::new(Some(to), occasion, path);
    by_mail(context, &notice).await?;
    // A link that lets somebody in is for that person alone.
    if matches!(occasion, Occasion::Invitation | Occasion::Recovery) {
        return Ok(());
    }
    by_webhook(context, &notice).await
}

/// Has somebody look now who is to be told of something, and not only when it is time to look again.
///
/// # Errors
/// As the store fails.
pub(crate) async fn look_now(context: &Context) -> Result<(), GatewayError> {
    context.evidence.store().queue().enqueue(LOOK, KEY, &[], now_ms()).await?;
    Ok(())
}

async fn by_mail(context: &Context, notice: &Notice) -> Result<(), GatewayError> {
    match context.mail {
        Some(_) => enqueue(context, MAIL, notice).await,
        None => Ok(()),
    }
}

async fn by_webhook(context: &Context, notice: &Notice) -> Result<(), GatewayError> {
    match webhook(context).await? {
        Some(_) => enqueue(context, WEBHOOK, notice).await,
        None => Ok(()),
    }
}

async fn enqueue(context: &Context, topic: &str, notice: &Notice) -> Result<(), GatewayError> {
    let sealed = context.parcels.to_own("notice", notice).map_err(stored)?;
    context.evidence.store().queue().enqueue(topic, &notice.id, sealed.as_bytes(), now_ms()).await?;
    Ok(())
}

/// Where the organisation wants to be told, as it is kept: sealed.
async fn webhook(context: &Context) -> Result<Option<String>, GatewayError> {
    let document = context.evidence.store().documents().get(WEBHOOK, KEY).await?;
    let text = document.map(|document| String::from_utf8(document.body)).transpose();
    text.map_err(stored)
}

/// Sets where the organisation is told, or that it is not.
///
/// # Errors
/// As the store fails.
pub(crate) async fn set_webhook(context: &Context, sealed: Option<&str>) -> Result<(), GatewayError> {
    let documents = context.evidence.store().documents();
    match sealed {
        Some(sealed) => _ = documents.put(WEBHOOK, KEY, FORMAT, sealed.as_bytes(), None).await?,
        None => _ = documents.delete(WEBHOOK, KEY, None).await?,
    }
    Ok(())
}

fn stored(error: impl std::fmt::Display) -> GatewayError {
    GatewayError::Stored { what: "notice", why: error.to_string() }
}
