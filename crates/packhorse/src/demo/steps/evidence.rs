//! Receipts of one exchange from both sides, each judged by the other, offline.

use crate::demo::cast::{BOROUGH, Organisation, VEHICLES};
use crate::demo::stage::{Stage, holds};
use crate::error::Result;
use crate::files;

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    files::private_folder(&stage.place.root().join(RECEIPTS))?;
    let exchange = stage.exchange()?;
    for (keeper, side, judge) in [(&BOROUGH, "outbound", &VEHICLES), (&VEHICLES, "inbound", &BOROUGH)] {
        let (file, config) = (receipt_file(&exchange, keeper), keeper.config());
        let mut arguments = vec!["records", "receipt", &exchange, "--side", side];
        arguments.extend(["--out", &file, "--config", &config]);
        let said = stage.run(&arguments).await?;
        stage.narrator.said(&said.out)?;
        let said = stage.run(&["verify", &file, "--config", &judge.config()]).await?;
        stage.narrator.said(&said.out)?;
        let signed = said.out.lines().all(|line| !line.starts_with('✗')) && said.out.contains('✓');
        holds(signed, "the receipt does not hold")?;
    }
    Ok("each side's receipt holds by the other's copy of the directory; nobody was asked".to_owned())
}

/// Where receipts are put.
const RECEIPTS: &str = "receipts";

/// The file of a receipt: a name of its own for each exchange, since receipts are never overwritten.
pub(super) fn receipt_file(exchange: &str, keeper: &Organisation) -> String {
    let last = exchange.rsplit('-').next().unwrap_or(exchange);
    format!("{RECEIPTS}/{last}-{}.json", keeper.folder)
}
