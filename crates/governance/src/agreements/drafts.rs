//! Drafts: agreements still being written here, as the TOML that people edit, comments and all.

use packhorse_model::AgreementId;
use packhorse_model::agreement::Agreement;

use super::Agreements;
use crate::document::read_toml;
use crate::{GovernanceError, Result};

pub(super) const DRAFT: &str = "agreement-draft";
pub(super) const FORMAT: i64 = 1;

impl Agreements {
    /// Keeps a draft, in place of the one with the same id. It may be incomplete, not unreadable.
    ///
    /// # Errors
    /// [`GovernanceError::Document`] with the line; else as the store fails.
    pub async fn draft(&self, toml: &str) -> Result<Agreement> {
        let agreement = read_toml(toml)?;
        self.store.documents().put(DRAFT, agreement.id.as_str(), FORMAT, toml.as_bytes(), None).await?;
        Ok(agreement)
    }

    /// A draft's TOML.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn draft_text(&self, id: &AgreementId) -> Result<Option<String>> {
        let document = self.store.documents().get(DRAFT, id.as_str()).await?;
        document.map(|document| text(document.body)).transpose()
    }

    /// Every draft's TOML, by id.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn drafts(&self) -> Result<Vec<String>> {
        let drafts = self.store.documents().all(DRAFT).await?;
        drafts.into_iter().map(|document| text(document.body)).collect()
    }

    /// Throws a draft away; whether it was there.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn drop_draft(&self, id: &AgreementId) -> Result<bool> {
        Ok(self.store.documents().delete(DRAFT, id.as_str(), None).await?)
    }
}

fn text(body: Vec<u8>) -> Result<String> {
    String::from_utf8(body).map_err(|_| GovernanceError::Damaged("agreement draft"))
}
