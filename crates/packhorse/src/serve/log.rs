//! Logs to standard error, one JSON object a line unless people are to read them.
//!
//! It must never log personal data: fields are identifiers, counts, times and rules.

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat, LogLevel};

/// Starts logging for the whole process; a second start changes nothing.
pub(crate) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    // Statements and their values are the database library's to log, and personal: never below warnings.
    let filter = EnvFilter::new(format!("{level},sqlx=warn"));
    // A line that cannot be written is lost and nothing else: to complain of it on standard error would be a panic there,
    // and where the log's disk is full that is every line.
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    // Refused only when logging runs already, as in tests that start several parts in one process.
    let _ = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => lines.try_init(),
    };
}
