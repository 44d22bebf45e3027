//! Files by name: tiles, heads, parcel bodies. A folder by default, S3 for a cluster.
//!
//! A written object is whole or absent, and in a folder it is synced with its directory before the
//! call returns. Names are relative, without `..`; who may read what is not decided here.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};

use crate::StoreSettings;
use crate::error::{Result, StoreError};

/// Our own files.
#[derive(Clone)]
pub struct Objects {
    storage: Arc<dyn ObjectStore>,
    /// Where they lie, unless in a bucket.
    folder: Option<PathBuf>,
}

impl Objects {
    pub(crate) fn open(settings: &StoreSettings) -> Result<Self> {
        match &settings.objects_url {
            None => Self::in_folder(&settings.data_dir.join("objects")),
            Some(url) => Self::in_bucket(url),
        }
    }

    /// Objects as files below a folder, which is made when it does not exist.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the folder cannot be made or opened.
    pub fn in_folder(folder: &std::path::Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::file("making the folder of objects", &error))?;
        let storage = LocalFileSystem::new_with_prefix(folder)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
            .with_fsync(true);
        Ok(Self { storage: Arc::new(storage), folder: Some(folder.to_owned()) })
    }

    #[cfg(feature = "s3")]
    fn in_bucket(url: &str) -> Result<Self> {
        let refused = |error: object_store::Error| StoreError::Settings(format!("objects_url: {error}"));
        let (bucket, prefix) = bucket_and_prefix(url)?;
        let storage =
            object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(refused)?;
        let prefix = Path::parse(prefix).map_err(|error| refused(error.into()))?;
        Ok(Self { storage: Arc::new(PrefixStore::new(storage, prefix)), folder: None })
    }

    #[cfg(not(feature = "s3"))]
    fn in_bucket(url: &str) -> Result<Self> {
        bucket_and_prefix(url)?;
        Err(StoreError::Settings(
            "objects_url names an S3 bucket, and this program was built without it: build with \
             the feature s3, or leave objects_url out to keep objects in the data folder"
                .to_owned(),
        ))
    }

    /// The objects below a prefix, named without it.
    ///
    /// # Errors
    /// [`StoreError::Objects`] when the prefix is no name.
    pub fn below(&self, prefix: &str) -> Result<Self> {
        let prefix = name(prefix)?;
        let folder = self.folder.as_ref().map(|folder| folder.join(prefix.as_ref()));
        let storage = PrefixStore::new(Arc::clone(&self.storage), prefix);
        Ok(Self { storage: Arc::new(storage), folder })
    }

    /// Writes an object, in place of an older one of this name.
    ///
    /// # Errors
    /// [`StoreError::Objects`]; then the older one is still there.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let done = self.storage.put(&name(path)?, bytes.into()).await;
        done.map(|_| ()).map_err(|error| failed(path, &error))
    }

    /// Reads an object of at most `limit` bytes; nothing when there is none.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when it has more; [`StoreError::Objects`].
    pub async fn get(&self, path: &str, limit: u64) -> Result<Option<Bytes>> {
        let found = match self.storage.get(&name(path)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(|error| failed(path, &error))?,
        };
        if found.meta.size > limit {
            return Err(StoreError::TooLarge { what: "an object", bytes: found.meta.size, limit });
        }
        found.bytes().await.map(Some).map_err(|error| failed(path, &error))
    }

    /// Reads at most `len` bytes of an object from `start` on, fewer when it ends before; nothing when there is none.
    ///
    /// # Errors
    /// [`StoreError::Objects`], also when `len` is 0 or the object ends before or at `start`.
    pub async fn get_range(&self, path: &str, start: u64, len: u64) -> Result<Option<Bytes>> {
        let range = GetRange::Bounded(start..start.saturating_add(len));
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        let found = match self.storage.get_opts(&name(path)?, options).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(|error| failed(path, &error))?,
        };
        found.bytes().await.map(Some).map_err(|error| failed(path, &error))
    }

    /// Reads an object of any size piece by piece; nothing when there is none.
    ///
    /// # Errors
    /// [`StoreError::Objects`], also from the stream.
    pub async fn stream(&self, path: &str) -> Result<Option<BoxStream<'static, Result<Bytes>>>> {
        let found = match self.storage.get(&name(path)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(|error| failed(path, &error))?,
        };
        let path = path.to_owned();
        Ok(Some(found.into_stream().map_err(move |error| failed(&path, &error)).boxed()))
    }

    /// The names of all objects below a prefix (empty: all), in no order.
    ///
    /// # Errors
    /// [`StoreError::Objects`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let below = if prefix.is_empty() { None } else { Some(name(prefix)?) };
        self.storage
            .list(below.as_ref())
            .map_ok(|meta| meta.location.to_string())
            .try_collect()
            .await
            .map_err(|error| failed(prefix, &error))
    }

    /// Removes an object; one that is not there is fine.
    ///
    /// # Errors
    /// [`StoreError::Objects`].
    pub async fn delete(&self, path: &str) -> Result<()> {
        match self.storage.delete(&name(path)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Removes every object below a prefix, a few at a time, and the folders they lay in; returns how many objects.
    /// Nobody may put one there meanwhile: it could fail, or stay.
    ///
    /// # Errors
    /// [`StoreError::Objects`] when the prefix is no name or empty, or one cannot be removed: then others may be
    /// left, and a later call goes on.
    pub async fn delete_below(&self, prefix: &str) -> Result<u64> {
        let below = non_empty(prefix)?;
        let listed = self.storage.list(Some(&below)).map_ok(|meta| meta.location).boxed();
        let mut removals = self.storage.delete_stream(listed);
        let mut removed = 0;
        while let Some(removal) = removals.next().await {
            match removal {
                Ok(_) => removed += 1,
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed(prefix, &error)),
            }
        }
        if let Some(folder) = &self.folder {
            let emptied = folder.join(below.as_ref());
            // One that stays behind does no harm.
            let _ = tokio::task::spawn_blocking(move || remove_empty_folders(&emptied)).await;
        }
        Ok(removed)
    }

    /// How many bytes the objects below a prefix have together.
    ///
    /// # Errors
    /// [`StoreError::Objects`] when the prefix is no name or empty, or the listing fails.
    pub async fn size_below(&self, prefix: &str) -> Result<u64> {
        let sizes = self.storage.list(Some(&non_empty(prefix)?)).map_ok(|meta| meta.size);
        let total = sizes.try_fold(0_u64, async |total, size| Ok(total.saturating_add(size))).await;
        total.map_err(|error| failed(prefix, &error))
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.storage)
    }
}

fn name(path: &str) -> Result<Path> {
    Path::parse(path).map_err(|error| StoreError::Objects { path: path.to_owned(), reason: error.to_string() })
}

/// A prefix that is not everything.
fn non_empty(prefix: &str) -> Result<Path> {
    let below = name(prefix)?;
    if below.as_ref().is_empty() {
        return Err(StoreError::Objects { path: prefix.to_owned(), reason: "the prefix is empty".to_owned() });
    }
    Ok(below)
}

/// Removes a folder and those in it, as far as they hold no file. Never one above it, where others may be putting
/// objects.
fn remove_empty_folders(folder: &std::path::Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty_folders(&entry.path())?;
        }
    }
    std::fs::remove_dir(folder)
}

fn failed(path: &str, error: &object_store::Error) -> StoreError {
    StoreError::Objects { path: path.to_owned(), reason: error.to_string() }
}

/// Takes `s3://bucket/prefix` apart.
fn bucket_and_prefix(url: &str) -> Result<(&str, &str)> {
    let rest = url
        .strip_prefix("s3://")
        .ok_or_else(|| StoreError::Settings("objects_url must look like s3://bucket/prefix".to_owned()))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(StoreError::Settings("objects_url names no bucket".to_owned()));
    }
    Ok((bucket, prefix))
}
