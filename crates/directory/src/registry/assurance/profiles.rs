//! The profiles of a registry: those that are shipped, and those that its operator added.

use super::super::Registry;
use super::super::requests::refused;
use crate::assurance::{Profile, shipped};
use crate::error::{DirectoryError, Result};

const KIND: &str = "assurance-profile";
const FORMAT: i64 = 1;
/// Most profiles that an operator adds.
const MAX_ADDED: u32 = 100;

impl Registry {
    /// Every profile, those that are shipped first.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn profiles(&self) -> Result<Vec<Profile>> {
        let mut all = shipped().to_vec();
        for document in self.store.documents().list(KIND, "", MAX_ADDED).await? {
            all.push(read(&document.body)?);
        }
        Ok(all)
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`] when there is none.
    pub async fn profile(&self, name: &str) -> Result<Profile> {
        if let Some(profile) = shipped().iter().find(|profile| profile.name == name) {
            return Ok(profile.clone());
        }
        let document = self.store.documents().get(KIND, name).await?;
        read(&document.ok_or(DirectoryError::Unknown("assurance profile"))?.body)
    }

    /// Adds a profile from its TOML, or puts a new edition in an added one's place.
    ///
    /// # Errors
    /// As [`Profile::parse`]; [`DirectoryError::NotAllowed`] for the name of a shipped one.
    pub async fn add_profile(&self, text: &str) -> Result<Profile> {
        let profile = Profile::parse(text)?;
        if shipped().iter().any(|known| known.name == profile.name) {
            return Err(refused("a shipped profile cannot be replaced", "give yours a name of its own"));
        }
        if self.store.documents().list(KIND, "", MAX_ADDED).await?.len() as u32 >= MAX_ADDED {
            return Err(DirectoryError::TooLarge { what: "number of added profiles", limit: u64::from(MAX_ADDED) });
        }
        let body = serde_json::to_vec(&profile).map_err(|_| unreadable())?;
        self.store.documents().put(KIND, &profile.name, FORMAT, &body, None).await?;
        Ok(profile)
    }
}

fn read(body: &[u8]) -> Result<Profile> {
    serde_json::from_slice(body).map_err(|_| unreadable())
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "kept profile", why: "it is not the JSON that was written" }
}
