//! The order to stop: SIGTERM from the service manager, SIGINT from a terminal.
//!
//! It must never end the process itself: whoever watches finishes what is in flight.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::error::Result;

/// Becomes true when the process is told to stop.
pub(crate) fn on_signal() -> Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop: finishing what is in flight");
        stop.send_replace(true);
    });
    Ok(stopped)
}

/// Completes when the order comes, or when nobody can give it any more.
pub(crate) async fn ordered(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}
