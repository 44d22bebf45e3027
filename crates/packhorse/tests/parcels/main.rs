//! Parcels between two bodies, told as stories: the built program, real TLS, both gateways.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a panic is the failure report"
)]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

#[path = "../../../tables/tests/stories/cluster.rs"]
mod cluster;
#[path = "../database/mod.rs"]
mod database;
#[path = "../network/mod.rs"]
mod network;
#[path = "../peer/mod.rs"]
mod peer;
#[path = "../tight/mod.rs"]
mod tight;

mod along;
mod carry;
mod desk;
mod endings;
mod folder;
mod forge;
mod full_disk;
mod halfway;
mod hostile;
mod kills;
mod officer;
mod receiver;
mod rules;
mod scan;
mod sftp;
mod side_by_side;
mod software;
mod stories;
mod uploads;
mod vector;
mod vetting;
mod waybill;
mod webhook;
