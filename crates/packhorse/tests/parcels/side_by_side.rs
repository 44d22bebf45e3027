//! Every body runs two processes on one PostgreSQL, and any of them may fall: each parcel arrives once all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::desk::Desk;
use crate::network::Network;
use crate::software::{Software, arrived_once, content};

/// Parcels sent while processes fall.
const PARCELS: usize = 60;

#[test]
fn two_processes_of_each_body_deliver_each_parcel_once_whichever_falls() {
    let Some(cluster) = Cluster::start() else { return };
    let databases = ["borough", "agency"].map(|name| Database::make(&cluster, name));
    let desk = Desk::on(Network::on([&databases[0].url, &databases[1].url]));
    let (sender_b, recipient_b) = (desk.sender().twin("agency-b"), desk.recipient().twin("borough-b"));
    let processes = [desk.sender(), desk.recipient(), &sender_b, &recipient_b];
    let software = Software::of_all(&desk, &[desk.sender().inside, sender_b.inside]);
    let done = Arc::new(AtomicBool::new(false));
    let sending = std::thread::spawn({
        let done = Arc::clone(&done);
        move || {
            let sent: Vec<String> = (0..PARCELS).map(|number| software.send(number, &content(number, 1024))).collect();
            done.store(true, Ordering::Relaxed);
            sent
        }
    });
    let mut falls = 0;
    while !done.load(Ordering::Relaxed) || falls < 2 * processes.len() {
        std::thread::sleep(Duration::from_millis(700));
        let falling = processes[falls % processes.len()];
        falling.kill9();
        std::thread::sleep(Duration::from_millis(300));
        falling.start();
        falls += 1;
    }
    println!("{falls} falls");
    arrived_once(&desk, &sending.join().unwrap(), |number| content(number, 1024));
}
