//! NHS MESH's mailbox API, used by a client that we did not write, and by hand where no client would go.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(clippy::print_stdout, reason = "a line says that a judge is missing")]
#![allow(dead_code, reason = "other stories use the rest of the network and of the desk")]

#[path = "../parcels/desk.rs"]
mod desk;
#[path = "../network/mod.rs"]
mod network;

mod accounts;
mod by_hand;
mod judged;
mod people;
mod token;
