//! Runs a registry: publishes its directory, and serves it until told to stop.
//!
//! It must never decide on a request: that is the operator's, by the registry commands or at the inside address.

use std::sync::Arc;

use packhorse_directory::registry::{inside, server};
use packhorse_gateway::{Door, Limits, serve};
use packhorse_keys::tls::server_config;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::commands::registry::RegistryFolder;
use crate::config::{Inside, InsideTls};
use crate::error::{Error, Result};
use crate::serve::shutdown::ordered;

/// Serves the registry in a folder until `stopped` becomes true.
pub(crate) async fn run(folder: &RegistryFolder, stopped: watch::Receiver<bool>) -> Result<()> {
    let registry = Arc::new(folder.open().await?);
    let listen = folder.settings.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Error::refused(format!("the registry cannot listen at {listen}: {error}"), "free the port or change listen")
    })?;
    let publishing = {
        let (registry, stopped) = (Arc::clone(&registry), stopped.clone());
        tokio::spawn(async move { registry.run(ordered(stopped)).await })
    };
    let desk = match &folder.settings.inside {
        Some(own) => {
            let door = inside_door(folder, own).await?;
            let settings = folder.settings.page_settings(own);
            let pages = packhorse_web::registry_router(inside::router(Arc::clone(&registry)), settings);
            Some((door, pages))
        }
        None => None,
    };
    tracing::info!(%listen, network = %folder.settings.network, "the registry is up");
    let desk = async {
        if let Some((door, pages)) = desk {
            serve(door, pages, stopped.clone()).await;
        }
    };
    let (served, ()) = tokio::join!(server::serve(registry, listener, ordered(stopped.clone())), desk);
    // The publisher ends by the same order; its panic would be a defect, and the process ends either way.
    let _ = publishing.await;
    Ok(served?)
}

/// The operator's own address.
async fn inside_door(folder: &RegistryFolder, inside: &Inside) -> Result<Door> {
    let tls = match inside.tls {
        InsideTls::None => None,
        InsideTls::Own => Some(server_config(&folder.tls()?, &[b"h2", b"http/1.1"])?),
    };
    let door = Door::open(&inside.listen.to_string(), tls, &Limits::default()).await?;
    tracing::info!(listen = %door.address()?, "the operator's own address is open");
    Ok(door)
}
