//! How many records a second are durable: `cargo run --release -p packhorse-store --example append_rate -- FOLDER
//! [CALLERS] [SECONDS]`. Prints appends a second, CPU microseconds and bytes of database for each.

#![allow(clippy::print_stdout, reason = "a measurement is for reading")]

use std::error::Error;
use std::time::{Duration, Instant};

use packhorse_store::{Erasable, NewRecord, RecordWriter, Side, Store, StoreSettings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder that is empty or does not exist")?;
    let callers: usize = arguments.next().unwrap_or_else(|| "256".to_owned()).parse()?;
    let seconds: u64 = arguments.next().unwrap_or_else(|| "5".to_owned()).parse()?;
    let mut settings = StoreSettings::in_folder(&folder);
    if let Ok(url) = std::env::var("STORE_URL") {
        settings.url = url;
    }
    let store = Store::open(&settings).await?;
    let before = store.ledger().size().await?;
    let writer = RecordWriter::start(&store);
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let end = start + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let writer = writer.clone();
            tokio::spawn(async move {
                for number in before.. {
                    if Instant::now() >= end {
                        break;
                    }
                    writer.append(record(&format!("{caller:08x}-{number:08x}"))).await?;
                }
                Ok::<_, packhorse_store::StoreError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let elapsed = start.elapsed().as_secs_f64();
    let count = (store.ledger().size().await? - before) as f64;
    let cpu = (cpu_seconds() - cpu) / count * 1e6;
    store.close().await;
    println!("{:.0} durable appends a second, {cpu:.1} µs of CPU each, {callers} callers", count / elapsed);
    if let Ok(file) = std::fs::metadata(settings.data_dir.join("packhorse.sqlite")) {
        println!("{:.0} bytes of database each", file.len() as f64 / (count + before as f64));
    }
    Ok(())
}

/// CPU seconds of this process so far: fields 14 and 15 of /proc/self/stat, in hundredths (proc(5)).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// A record as large as those of queries: about 700 bytes and 900 of erasable content.
fn record(id: &str) -> NewRecord {
    let json = format!(
        r#"{{"version":1,"side":"inbound","id":"{id}","kind":"query","client":"UKX/GOV/00AB/benefits","service":"UKX/GOV/00CD/register/people","basis":"agreement","agreement":"UKX/GOV/00AB/2026-0001","digest":"{id}{id}","purpose":"council-tax-reduction","role":"officer","outcome":"answered","status":200,"given":6,"withheld":11,"moments":{{"request-in":1700000000001,"request-out":1700000000002,"response-in":1700000000003,"response-out":1700000000004}},"sizes":[120,1024],"content":"{id}{id}"}}"#
    );
    let base = format!(
        "\"@method\": GET\n\"@path\": /r1/UKX/GOV/00CD/register/people/v1/{id}\n\"content-digest\": sha-256=:{id}{id}:\n\"packhorse-exchange\": {id}\n\"@signature-params\": (\"@method\" \"@path\" \"content-digest\" \"packhorse-exchange\");created=1700000000;keyid=\"{id}\";alg=\"ed25519\""
    );
    let content =
        format!(r#"{{"request_base":{base:?},"response_base":{base:?},"request_signature":"{id}{id}{id}{id}"}}"#);
    NewRecord {
        id: id.to_owned(),
        side: Side::Inbound,
        at_ms: 1_700_000_000_000,
        kind: "query".to_owned(),
        partner: "UKX/GOV/00AB".to_owned(),
        system: "UKX/GOV/00AB/benefits".to_owned(),
        service: "UKX/GOV/00CD/register/people".to_owned(),
        agreement: "UKX/GOV/00AB/2026-0001".to_owned(),
        outcome: "answered".to_owned(),
        rule: String::new(),
        uses: 1,
        entry: [3; 32],
        salt: [7; 16],
        record: json.into_bytes(),
        content: Some(Erasable { bytes: content.into_bytes(), salt: [9; 16] }),
    }
}
