//! Stories at the inside door, over two gateways and a registry that really run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod network;

use network::Network;

#[test]
fn the_network_stands() {
    let network = Network::start();
    let headers = [
        ("x-road-client", "PH/LOC/borough/main"),
        ("packhorse-api-key", network.borough.api_key.as_str()),
        ("x-road-userid", "officer-1"),
    ];
    let answer = network::http::ask(network.borough.inside, "GET", "/r1/PH/GOV/agency/main/vehicles/by-vrm/AA19AAA", &headers, b"");
    println!("{answer:?} {}", answer.text());
    assert_eq!(answer.status, 200);
}
