//! Measures how long one decision takes: an agreement with five grants, every condition in use.
//! Run it with `cargo run --release -p packhorse-governance --example decision_time`.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use jiff::civil::date;
use packhorse_governance::decide::decide;
use packhorse_governance::document::read_toml;
use packhorse_governance::{Ask, Compiler};
use packhorse_model::agreement::State;
use packhorse_model::{CanonicalPath, Side};

const ROUNDS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut agreement = read_toml(include_str!("../tests/stories/blue-badge.toml"))?;
    let grant = agreement.grants[0].clone();
    agreement.grants = (0..5_u64)
        .map(|number| packhorse_model::agreement::Grant { per_day: Some(100 + number), ..grant.clone() })
        .collect();
    for (number, grant) in agreement.grants.iter_mut().enumerate() {
        grant.service.service = format!("service-{number}");
    }
    let started = Instant::now();
    let compiled = Compiler::new()?.compile(agreement.to_text()?)?;
    writeln!(std::io::stdout(), "compiled in {:?}", started.elapsed())?;

    let client = "TEST/LOC/borough/parking".parse()?;
    let service = agreement.grants[4].service.clone();
    let path = CanonicalPath::parse("/lookup")?;
    let fields = grant.fields.clone();
    let ask = Ask {
        side: Side::Inbound,
        client: &client,
        service: &service,
        method: "POST",
        path: &path,
        purpose: Some("badge-check"),
        role: Some("parking-officer"),
        trained_on: Some(date(2026, 1, 15)),
        fields: Some(&fields),
        used_today: 5,
        today: date(2026, 7, 1),
        client_assured: true,
        provider_assured: true,
    };
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let decision = decide(&compiled, State::Active, &ask);
        times.push(started.elapsed());
        if !decision.is_permit() {
            return Err("the request should be permitted".into());
        }
    }
    times.sort();
    writeln!(std::io::stdout(), "permit: median {:?}, p99 {:?}", times[ROUNDS / 2], times[ROUNDS * 99 / 100])?;
    Ok(())
}
