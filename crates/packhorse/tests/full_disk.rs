//! Stories about a disk that is full, on the asking and on the answering side: what cannot be recorded is not answered,
//! and with room everything goes on without a hand.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod load;
mod network;
mod tight;

use load::nothing_is_lost;
use network::http::{Answer, ask};
use network::{Gateway, Network, until};
use tight::{Tight, Way};

/// So many faults in a row, and the disk counts as full for good.
const IN_A_ROW: usize = 20;

#[test]
fn an_exchange_that_cannot_be_recorded_is_not_answered() {
    let network = Network::start();
    let mut answered = Vec::new();
    for (gateway, said) in [
        (&network.borough, "the record of this exchange could not be written"),
        (&network.agency, "unable to write its records"),
    ] {
        for way in [Way::SmallFileSystem, Way::LimitedFiles] {
            gateway.stop();
            let disk = Tight::around(&gateway.dir.join("data"), way);
            gateway.start();
            let Some(disk) = disk else { continue };
            println!("{}: {way:?}", gateway.organisation);
            a_full_disk_stops_answers_until_there_is_room(&network, gateway, said, &disk, &mut answered);
            gateway.stop();
            disk.dissolve();
            gateway.start();
            nothing_is_lost(&[&network.borough, &network.agency], &answered);
        }
    }
    println!("{} exchanges were answered", answered.len());
}

fn a_full_disk_stops_answers_until_there_is_room(
    network: &Network,
    gateway: &Gateway,
    said: &str,
    disk: &Tight,
    answered: &mut Vec<String>,
) {
    assert_eq!(vehicle(network).status, 200, "the control");
    disk.fill(gateway);
    answered.extend(faults_follow(network, said));
    assert!(gateway.alive(), "{} goes on", gateway.organisation);
    disk.make_room(gateway);
    until("it answers again, untouched", || {
        let answer = vehicle(network);
        answered.extend((answer.status == 200).then(|| answer.header("packhorse-exchange").to_owned()));
        answer.status == 200
    });
    nothing_is_lost(&[&network.borough, &network.agency], answered);
}

/// Asks until every answer is a fault; the exchanges that were answered before, in room that was left.
fn faults_follow(network: &Network, said: &str) -> Vec<String> {
    let (mut answered, mut in_a_row) = (Vec::new(), 0);
    until("the disk is full for everybody", || {
        let answer = vehicle(network);
        if answer.status == 200 {
            answered.push(answer.header("packhorse-exchange").to_owned());
            in_a_row = 0;
        } else {
            assert_eq!(answer.status, 500, "{}", answer.text());
            assert!(!answer.text().contains("Ada"), "nothing of the answer comes through: {}", answer.text());
            assert!(answer.text().contains(said), "{}", answer.text());
            in_a_row += 1;
        }
        in_a_row == IN_A_ROW
    });
    println!("{} more were answered before the disk was full", answered.len());
    answered
}

fn vehicle(network: &Network) -> Answer {
    let borough: &Gateway = &network.borough;
    let headers = [
        ("x-road-client", "PH/LOC/borough/main"),
        ("packhorse-api-key", borough.api_key.as_str()),
        ("x-road-userid", "officer-1"),
    ];
    ask(borough.inside, "GET", "/r1/PH/GOV/agency/main/vehicles/by-vrm/AA19AAA", &headers, b"")
}
