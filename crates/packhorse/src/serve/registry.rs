//! Runs a registry: publishes its directory, and serves it until told to stop.
//!
//! It must never decide on a request: that is the operator's, by the registry commands.

use std::sync::Arc;

use packhorse_directory::registry::server;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::commands::registry::RegistryFolder;
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
    tracing::info!(%listen, network = %folder.settings.network, "the registry is up");
    let served = server::serve(registry, listener, ordered(stopped)).await;
    // The publisher ends by the same order; its panic would be a defect, and the process ends either way.
    let _ = publishing.await;
    Ok(served?)
}
