//! The power fails, on either side, at any moment: what was accepted arrives once, and nothing half.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::desk::Desk;
use crate::network::Gateway;
use crate::software::{Software, arrived_once, content, nothing_in_the_clear};

/// How often the power fails, unless PACKHORSE_KILLS says otherwise.
const KILLS: u32 = 8;
/// Small parcels, unless PACKHORSE_PARCELS says otherwise.
const PARCELS: usize = 60;
/// Bytes of the large parcel, unless PACKHORSE_PARCEL_BYTES says otherwise.
const LARGE: usize = 40 * 1024 * 1024;

fn told(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Whoever falls, and when, is chance.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn fall(&mut self, desk: &Desk, within_ms: u64) {
        let chance = self.next();
        std::thread::sleep(Duration::from_millis(chance % within_ms));
        let gateway: &Gateway = if chance >> 32 & 1 == 0 { desk.sender() } else { desk.recipient() };
        gateway.kill9();
        gateway.start();
    }
}

#[test]
fn whatever_falls_everything_accepted_is_delivered_exactly_once() {
    let desk = Desk::open();
    let (kills, parcels) = (told("PACKHORSE_KILLS", KILLS as usize), told("PACKHORSE_PARCELS", PARCELS));
    let done = Arc::new(AtomicBool::new(false));
    let software = Software::of(&desk);
    let sender = std::thread::spawn({
        let done = Arc::clone(&done);
        move || {
            let sent: Vec<String> = (0..parcels).map(|number| software.send(number, &content(number, 1024))).collect();
            done.store(true, Ordering::Relaxed);
            sent
        }
    });
    let mut chance = Chance(u64::from(std::process::id()) | 1);
    let mut fallen = 0;
    while fallen < kills || !done.load(Ordering::Relaxed) {
        chance.fall(&desk, 700);
        fallen += 1;
    }
    let sent = sender.join().unwrap();
    arrived_once(&desk, &sent, |number| content(number, 1024));
    nothing_in_the_clear(&desk);
}

#[test]
fn a_large_parcel_goes_on_where_it_was_when_the_power_failed() {
    let desk = Desk::open();
    let (kills, bytes) = (told("PACKHORSE_KILLS", KILLS as usize), told("PACKHORSE_PARCEL_BYTES", LARGE));
    let software = Software::of(&desk);
    let sender = std::thread::spawn(move || software.send(0, &content(0, bytes)));
    let mut chance = Chance(u64::from(std::process::id()) << 7 | 1);
    for _ in 0..kills {
        chance.fall(&desk, 2500);
    }
    let parcel = sender.join().unwrap();
    arrived_once(&desk, &[parcel], |_| content(0, bytes));
    nothing_in_the_clear(&desk);
}
