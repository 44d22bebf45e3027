//! What this organisation publishes: services, kept as documents in the store, open in memory.
//!
//! A service that cannot be opened stays listed with its trouble: its callers get a fault that says
//! whose it is, and every other service goes on. Its source is tried again until it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use packhorse_model::OrganisationId;
use packhorse_model::id::ServiceId;
use packhorse_model::service::{FieldPath, FieldSet, ServiceType};
use packhorse_store::Store;
use packhorse_tables::{PublishedTable, TableDefinition};
use serde::{Deserialize, Serialize};

use crate::error::GatewayError;

/// The store's kind of document.
const KIND: &str = "service";
/// Format of the document that this build writes.
const FORMAT: i64 = 1;
/// Most services of one gateway.
const LIMIT: u32 = 1000;
/// How long after a source could not be opened it is tried again: a database may start later than its gateway.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// A service as it is kept: how it is published, and whether.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceDocument {
    /// What is published and how.
    pub(crate) definition: TableDefinition,
    /// Whether it may be asked.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
}

fn yes() -> bool {
    true
}

/// What an answer of a service can hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// These fields and no others; answers are cut to the agreement.
    Fields(FieldSet),
    /// Not described: only an agreement that gives everything covers it.
    Opaque,
}

/// One published service.
pub(crate) struct Service {
    pub(crate) id: ServiceId,
    pub(crate) document: ServiceDocument,
    pub(crate) shape: Shape,
    /// The open table or upstream, or why it could not be opened.
    pub(crate) table: Result<PublishedTable, String>,
    /// When the source was opened, or last tried.
    tried: Instant,
}

impl Service {
    /// X-Road's word for it: described services have an `OpenAPI` document.
    pub(crate) fn service_type(&self) -> ServiceType {
        match self.shape {
            Shape::Fields(_) => ServiceType::OpenApi,
            Shape::Opaque => ServiceType::Rest,
        }
    }
}

type Map = BTreeMap<ServiceId, Arc<Service>>;

/// The services of this gateway's organisation.
pub struct Services {
    organisation: OrganisationId,
    store: Store,
    scratch: PathBuf,
    open: ArcSwap<Map>,
    /// The store's revision that `open` is at least as new as.
    revision: AtomicI64,
}

impl Services {
    /// Opens every service that the store lists. `scratch` is a folder for copies of file tables.
    ///
    /// # Errors
    /// [`GatewayError`] when the store cannot be read; a service that cannot be opened is no error here.
    pub async fn open(organisation: OrganisationId, store: Store, scratch: PathBuf) -> Result<Self, GatewayError> {
        tokio::fs::create_dir_all(&scratch).await.map_err(|source| GatewayError::Scratch { source })?;
        let services = Self { organisation, store, scratch, open: ArcSwap::default(), revision: AtomicI64::new(-1) };
        services.reload().await?;
        Ok(services)
    }

    /// The service, if it is published here.
    pub(crate) fn find(&self, id: &ServiceId) -> Option<Arc<Service>> {
        self.open.load().get(id).cloned()
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Arc<Service>> {
        self.open.load().values().cloned().collect()
    }

    /// Publishes or changes a service; it is answered from as soon as this returns.
    ///
    /// # Errors
    /// [`GatewayError::Table`] when its source cannot be opened: nothing is changed then.
    pub(crate) async fn put(&self, id: &ServiceId, document: ServiceDocument) -> Result<(), GatewayError> {
        let service = self.make(id.clone(), document).await;
        if let Err(why) = &service.table {
            return Err(GatewayError::Service { why: why.clone() });
        }
        let body = serde_json::to_vec(&service.document).map_err(|error| unreadable(&error))?;
        self.store.documents().put(KIND, &key(id), FORMAT, &body, None).await?;
        let service = Arc::new(service);
        self.swap(|map| {
            map.insert(id.clone(), Arc::clone(&service));
        });
        Ok(())
    }

    /// Takes a service down.
    ///
    /// # Errors
    /// [`GatewayError`] when the store fails.
    pub(crate) async fn remove(&self, id: &ServiceId) -> Result<bool, GatewayError> {
        let known = self.store.documents().delete(KIND, &key(id), None).await?;
        self.swap(|map| {
            map.remove(id);
        });
        Ok(known)
    }

    /// Takes over what another process of a cluster has published or changed. Cheap when nothing was.
    ///
    /// # Errors
    /// [`GatewayError`] when the store fails or holds what cannot be read.
    pub async fn reload_if_changed(&self) -> Result<(), GatewayError> {
        let mut after = self.revision.load(Ordering::Relaxed);
        let revision = self.store.documents().revision().await?;
        while after != revision {
            let changes = self.store.documents().changes_since(after).await?;
            let Some(last) = changes.last() else { break };
            if changes.iter().any(|change| change.kind == KIND) {
                return self.reload().await;
            }
            after = last.revision;
        }
        self.revision.store(after, Ordering::Relaxed);
        Ok(())
    }

    async fn reload(&self) -> Result<(), GatewayError> {
        // Read before the list: a change in between is seen again, never missed.
        let revision = self.store.documents().revision().await?;
        let before = self.open.load_full();
        let mut map = Map::new();
        for kept in self.store.documents().list(KIND, "", LIMIT).await? {
            let document: ServiceDocument = serde_json::from_slice(&kept.body).map_err(|error| unreadable(&error))?;
            let id: ServiceId = format!("{}/{}", self.organisation, kept.key)
                .parse()
                .map_err(|_| GatewayError::Stored { what: "service", why: "its key is no identifier".into() })?;
            let same = before.get(&id).filter(|service| service.document == document && service.table.is_ok());
            let service = match same {
                Some(service) => Arc::clone(service),
                None => Arc::new(self.make(id.clone(), document).await),
            };
            map.insert(id, service);
        }
        self.open.store(Arc::new(map));
        self.revision.store(revision, Ordering::Relaxed);
        Ok(())
    }

    /// Looks whether files behind tables have changed, and takes the new ones over whole or not at all; tries again to
    /// open what could not be opened.
    pub async fn refresh(&self) {
        for service in self.list() {
            match &service.table {
                Ok(table) => {
                    if let Err(error) = table.refresh_if_changed().await {
                        tracing::warn!(service = %service.id, %error, "a table was not reloaded: the copy before it still answers");
                    }
                }
                Err(_) if service.tried.elapsed() >= TRY_AGAIN => self.open_again(&service).await,
                Err(_) => {}
            }
        }
    }

    async fn open_again(&self, broken: &Arc<Service>) {
        let again = Arc::new(self.make(broken.id.clone(), broken.document.clone()).await);
        self.swap(|map| {
            // What was published or taken down meanwhile stands.
            if map.get(&again.id).is_some_and(|now| Arc::ptr_eq(now, broken)) {
                map.insert(again.id.clone(), Arc::clone(&again));
            }
        });
    }

    async fn make(&self, id: ServiceId, document: ServiceDocument) -> Service {
        // Copies are anonymous files, so that one folder serves all.
        let table = PublishedTable::open(document.definition.clone(), &self.scratch).await;
        let shape = match document.definition.columns.is_empty() {
            true => Shape::Opaque,
            false => Shape::Fields(fields(&document.definition)),
        };
        Service { id, document, shape, table: table.map_err(|error| error.to_string()), tried: Instant::now() }
    }

    fn swap(&self, change: impl Fn(&mut Map)) {
        self.open.rcu(|map| {
            let mut map = Map::clone(map);
            change(&mut map);
            map
        });
    }
}

fn fields(definition: &TableDefinition) -> BTreeSet<FieldPath> {
    definition.columns.iter().map(|column| FieldPath(column.name.clone())).collect()
}

/// `system/service`, within the organisation.
fn key(id: &ServiceId) -> String {
    use packhorse_model::id::encode_part;
    format!("{}/{}", encode_part(&id.system.system), encode_part(&id.service))
}

fn unreadable(error: &serde_json::Error) -> GatewayError {
    GatewayError::Stored { what: "service", why: error.to_string() }
}
