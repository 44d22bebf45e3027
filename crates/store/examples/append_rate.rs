//! How many records a second are durable: `cargo run --release -p packhorse-store --example append_rate -- FOLDER
//! [CALLERS] [SECONDS]`. Prints appends a second, CPU microseconds and bytes of database for each.

#![allow(clippy::print_stdout, reason = "a measurement is for reading")]

mod samples;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packhorse_model::ExchangeId;
use packhorse_store::{NewRecord, RecordWriter, Store, StoreError, StoreSettings};

const SAMPLES: u64 = 2000;

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
    // Made before the clock starts; each append then only gets an id of its own.
    let samples: Arc<[NewRecord]> = (0..SAMPLES).map(samples::record).collect::<Result<_, _>>()?;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let end = start + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (writer, samples) = (writer.clone(), Arc::clone(&samples));
            tokio::spawn(async move {
                for sample in samples.iter().cycle().skip(caller * 31) {
                    if Instant::now() >= end {
                        break;
                    }
                    let id = ExchangeId::random().to_string();
                    writer.append(NewRecord { id, ..sample.clone() }).await?;
                }
                Ok::<_, StoreError>(())
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
