//! Post for people: the agency answers a report, and the parcel waits at the borough's counter.

use std::time::Duration;

use crate::demo::cast::{BOROUGH, VEHICLES};
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

const FILE: &str = "last-keeper.txt";
const WORKFLOW: &str = "ABANDONED-VEHICLE-ANSWER";
/// Longest wait until the parcel is there.
const TRAVELS: Duration = Duration::from_secs(60);

/// The agency's post room sends it, and it arrives.
pub(super) async fn arrives(stage: &mut Stage) -> Result<()> {
    let content =
        b"Report SC/26/0217, grey van without marks, Mill Lane: last keeper since 2019 of no fixed address.\n";
    stage.place.write(FILE, content)?;
    let (counter, _) = BOROUGH.counter.ok_or_else(|| Error::NotHeld("the borough has no counter".to_owned()))?;
    let (to, from) = (format!("{}/{counter}", BOROUGH.id), VEHICLES.post_room_id());
    let (key, config) = (VEHICLES.post_key_file(), VEHICLES.config());
    let who = ["--client", &from, "--api-key-file", &key, "--config", &config];
    let send = [
        &["parcel", "send", FILE, "--to", &to, "--workflow", WORKFLOW, "--subject", "Your report on a grey van"][..],
        &["--reference", "SC/26/0217", "--marking", "official-sensitive", "--expires", "30d", "--yes"],
        &who,
    ]
    .concat();
    let said = stage.run(&send).await?;
    stage.narrator.said(&said.out)?;
    let parcel = said.out.split_whitespace().next().unwrap_or_default().to_owned();
    let track = [&["parcel", "track", parcel.as_str()][..], &who].concat();
    let there = async |stage: &Stage| Ok((stage.data(&track).await?["state"] == "delivered").then_some(()));
    stage.wait("the delivery at the borough's counter", TRAVELS, there).await
}
