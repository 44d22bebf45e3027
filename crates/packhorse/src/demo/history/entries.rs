//! Lines of the months behind become records, kept by the gateway's own evidence.

use futures_util::future::try_join_all;
use packhorse_gateway::{Evidence, Tallied};
use packhorse_governance::people::Tier;
use packhorse_model::exchange::{Basis, Exchange, Kind};
use packhorse_model::record::{Content, Moments, Outcome, RECORD_VERSION, Record};
use packhorse_model::{Refusal, Side};

use super::exchanges::{Ended, Line};
use crate::error::{Error, Result};

/// Whose people ask.
const DEPARTMENT: &str = "Parking";
/// From the question's arrival to the answer, in milliseconds.
const TOOK_MS: i64 = 7;

/// Keeps all of them. They are handed over at once, so that they are committed together, and in their order: the ledger
/// and every list that goes by it have the newest last.
pub(super) async fn keep(evidence: &Evidence, lines: &[Line]) -> Result<()> {
    let records = lines.iter().map(record).collect::<Result<Vec<_>>>()?;
    let nothing = Content::default();
    let keeping =
        records.into_iter().map(|(record, partner, tallied)| evidence.keep_counted(record, &nothing, partner, tallied));
    // Every hundred or so, the runtime would let one wait for the next turn, and so for the end of the line.
    tokio::task::unconstrained(try_join_all(keeping)).await?;
    Ok(())
}

/// The record, the other organisation, and what it is counted by.
fn record(line: &Line) -> Result<(Record, String, Tallied)> {
    let [asking, asked] = line.ends;
    let partner = if line.side == Side::Outbound { asked } else { asking };
    let (kind, sizes) = match line.ended {
        Ended::Answered(..) | Ended::Refused(..) => (Kind::Query, [0, 310]),
        Ended::Parcel | Ended::Said(..) => (Kind::Parcel, [0, 0]),
    };
    let stated = matches!(line.ended, Ended::Said(..));
    let record = Record {
        version: RECORD_VERSION,
        side: line.side,
        exchange: Exchange {
            id: line.id,
            kind,
            client: word("a system", line.client)?,
            service: word("a service", line.service)?,
            basis: Some(Basis::Agreement { agreement: word("an agreement", line.agreement)?, digest: line.digest }),
            purpose: (!stated).then(|| line.purpose.to_owned()),
            role: line.role.filter(|_| !stated).map(str::to_owned),
        },
        ended: ended(line)?,
        moments: moments(line),
        sizes,
        content: String::new(),
    };
    let ours = line.side == Side::Outbound && !stated && line.role.is_some();
    let (tier, department) = if ours { (Tier::Department.word(), DEPARTMENT) } else { ("", "") };
    let tallied = Tallied { tier: tier.to_owned(), department: department.to_owned(), ..Tallied::default() };
    Ok((record, partner.to_owned(), tallied))
}

fn ended(line: &Line) -> Result<Outcome> {
    let [asking, asked] = line.ends;
    Ok(match &line.ended {
        Ended::Answered(given, withheld) => Outcome::Answered { status: 200, given: *given, withheld: *withheld },
        Ended::Parcel => Outcome::Answered { status: 200, given: 0, withheld: 0 },
        Ended::Refused(rule, reason, remedy) => Outcome::Refused(Refusal {
            side: Side::Outbound,
            rule: *rule,
            reason: (*reason).into(),
            remedy: (*remedy).into(),
        }),
        Ended::Said(parcel, event, by_sender) => Outcome::Stated {
            parcel: *parcel,
            event: (*event).to_owned(),
            organisation: word("an organisation", if *by_sender { asking } else { asked })?,
        },
    })
}

fn moments(line: &Line) -> Moments {
    let request_in = line.at.as_millisecond();
    match line.ended {
        Ended::Answered(..) | Ended::Parcel => Moments {
            request_in,
            request_out: request_in + 1,
            response_in: request_in + TOOK_MS - 1,
            response_out: request_in + TOOK_MS,
        },
        Ended::Refused(..) | Ended::Said(..) => Moments { request_in, response_out: request_in, ..Moments::default() },
    }
}

fn word<T: std::str::FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::NotHeld(format!("{text} does not name {what}")))
}
