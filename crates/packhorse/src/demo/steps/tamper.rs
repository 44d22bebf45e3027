//! One byte of a receipt is changed, and noticed.

use crate::demo::cast::{BOROUGH, VEHICLES};
use crate::demo::stage::{Stage, holds};
use crate::demo::steps::evidence::receipt_file;
use crate::error::{Error, Result};
use crate::files;

/// Largest receipt of the story, in bytes.
const MAX_RECEIPT: u64 = 1 << 20;

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let original = receipt_file(&stage.exchange()?, &VEHICLES);
    let altered = original.replace(".json", "-altered.json");
    let bytes = files::read(&stage.place.root().join(&original), MAX_RECEIPT)?;
    stage.place.write(&altered, &nothing_withheld(bytes)?)?;
    stage.narrator.shell(&format!(r#"sed 's/"withheld":[0-9]/"withheld":0/' {original} > {altered}"#))?;
    let arguments = ["verify", &altered, "--config", &BOROUGH.config()];
    stage.narrator.command(&arguments)?;
    let said = stage.attempt(&arguments).await?;
    stage.narrator.said(&said.out)?;
    stage.narrator.said(&said.err)?;
    holds(!said.well && said.out.contains('✗'), "the altered receipt was believed")?;
    Ok("the record is no longer the one in the agency's ledger: caught".to_owned())
}

/// Changes the one digit that counts what was withheld.
fn nothing_withheld(mut receipt: Vec<u8>) -> Result<Vec<u8>> {
    const COUNT: &[u8] = br#""withheld":"#;
    let at = receipt.windows(COUNT.len()).position(|window| window == COUNT).map(|start| start + COUNT.len());
    match at.and_then(|at| receipt.get_mut(at)) {
        Some(digit @ b'1'..=b'9') => *digit = b'0',
        _ => return Err(Error::NotHeld("the receipt does not count what was withheld".to_owned())),
    }
    Ok(receipt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_is_changed_and_no_other() {
        let receipt = br#"{"record":{"given":5,"withheld":3},"salt":""}"#;
        let altered = nothing_withheld(receipt.to_vec()).unwrap();
        assert_eq!(receipt.iter().zip(&altered).filter(|(was, is)| was != is).count(), 1);
        assert!(nothing_withheld(b"{}".to_vec()).is_err());
    }
}
