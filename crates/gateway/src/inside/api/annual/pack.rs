//! The evidence pack: one tar archive for an auditor, which verifies without us.
//!
//! Its first file lists all others with their SHA-256. Receipts carry their proofs; the directory's signed snapshot
//! lies beside them, so that `packhorse verify` judges each offline. The anchor is not in it: an auditor has it from
//! the network, not from who is audited.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use packhorse_governance::filing::Sought;
use packhorse_governance::incident::Incidents;
use packhorse_keys::sha256;
use packhorse_model::parcel::{Archive, FileEntry, Segment};
use packhorse_model::record::encode_digest;
use packhorse_store::RecordFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::figures::{Months, Period};
use super::super::processing;
use super::{READERS, annual};
use crate::error::GatewayError;
use crate::inside::Inside;
use crate::inside::api::status::SNAPSHOT_LIMIT;
use crate::inside::api::{ApiError, Manager};

/// Most receipts, and how many when nothing is said.
const RECEIPTS_LIMIT: u32 = 1000;
const RECEIPTS: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    from: Option<String>,
    to: Option<String>,
    receipts: Option<u32>,
}

/// A file of the pack.
struct File {
    name: String,
    bytes: Vec<u8>,
}

pub(super) async fn give(
    manager: Manager,
    State(inside): State<Inside>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    manager.may(&READERS)?;
    let months = Period::of(wanted.from, wanted.to).months()?;
    let receipts = wanted.receipts.unwrap_or(RECEIPTS).min(RECEIPTS_LIMIT);
    let files = gather(&inside, months, receipts).await?;
    let archive = archive(&inside, months, &files)?;
    let named = "attachment; filename=\"evidence-pack.tar\"";
    Ok(([(CONTENT_TYPE, "application/x-tar"), (CONTENT_DISPOSITION, named)], Body::from(archive)).into_response())
}

async fn gather(inside: &Inside, months: Months, receipts: u32) -> Result<Vec<File>, ApiError> {
    let processing = processing::records(inside, months).await?;
    let mut files = vec![
        File { name: "READ-ME.txt".into(), bytes: READ_ME.into() },
        pretty("annual-report.json", &annual(inside, months).await?)?,
        pretty("processing-records.json", &json!({"items": processing}))?,
        File { name: "processing-records.csv".into(), bytes: processing::lines(&processing).into_bytes() },
        pretty("breach-log.json", &breaches(inside).await?)?,
    ];
    for held in inside.context.agreements.list() {
        let name = format!("agreements/{}.json", held.digest().to_string().replace(':', "-"));
        files.push(pretty(&name, &json!(held.bundle()))?);
    }
    for (index, receipt) in the_receipts(inside, months, receipts).await?.into_iter().enumerate() {
        files.push(File { name: format!("receipts/{index:04}.json"), bytes: receipt });
    }
    if let Some(head) = inside.context.evidence.publisher().latest() {
        files.push(File { name: "ledger/checkpoint.txt".into(), bytes: head.note() });
    }
    // A registry that cannot be reached is said in the pack, not passed over.
    match inside.context.registry.get("/directory/snapshot", SNAPSHOT_LIMIT).await {
        Ok(Some(snapshot)) => files.push(File { name: "directory/snapshot.bin".into(), bytes: snapshot.to_vec() }),
        _ => files.push(File { name: "directory/MISSING.txt".into(), bytes: NO_SNAPSHOT.into() }),
    }
    Ok(files)
}

async fn breaches(inside: &Inside) -> Result<Value, ApiError> {
    let breaches = Sought::default().with("drill", false);
    Ok(json!({"items": Incidents::new(inside.context.evidence.store()).each(&breaches).await?}))
}

/// The newest exchanges of the period with their proofs, without what could tell about a person.
async fn the_receipts(inside: &Inside, months: Months, limit: u32) -> Result<Vec<Vec<u8>>, ApiError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let (begins, ends) = months.moments();
    let filter = RecordFilter {
        since_ms: Some(begins.as_millisecond()),
        until_ms: Some(ends.as_millisecond()),
        limit,
        ..RecordFilter::default()
    };
    let evidence = &inside.context.evidence;
    let mut receipts = Vec::new();
    for line in evidence.store().records().list(&filter).await? {
        let mut receipt = evidence.receipt(&line.id, Some(line.side), Some(&line.partner)).await?;
        receipt.content = None;
        receipts.push(serde_json::to_vec(&receipt).map_err(|error| unwritten(&error))?);
    }
    Ok(receipts)
}

fn pretty(name: &str, value: &Value) -> Result<File, ApiError> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|error| unwritten(&error))?;
    Ok(File { name: name.to_owned(), bytes })
}

fn archive(inside: &Inside, months: Months, files: &[File]) -> Result<Vec<u8>, ApiError> {
    let made_at = jiff::Timestamp::now();
    let entry = |file: &File| -> Result<FileEntry, ApiError> {
        Ok(FileEntry {
            name: file.name.parse().map_err(|error: packhorse_model::parcel::FileNameError| unwritten(&error))?,
            size: file.bytes.len() as u64,
            sha256: encode_digest(&sha256(&file.bytes)),
            media_type: None,
        })
    };
    let entries = files.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let manifest = serde_json::to_vec_pretty(&json!({
        "evidence_pack": 1, "organisation": inside.context.identity.organisation, "period": months.shown(),
        "made_at": made_at, "files": entries,
    }));
    let manifest = manifest.map_err(|error| unwritten(&error))?;
    let archive = Archive::new(&manifest, &entries, made_at);
    let mut bytes = Vec::with_capacity(usize::try_from(archive.size()).unwrap_or(0));
    for segment in archive.segments() {
        match segment {
            Segment::Bytes(run) => bytes.extend_from_slice(&run),
            Segment::File { index, .. } => {
                bytes.extend_from_slice(files.get(index).map(|file| file.bytes.as_slice()).unwrap_or_default());
            }
        }
    }
    Ok(bytes)
}

fn unwritten(error: &dyn std::error::Error) -> ApiError {
    GatewayError::Stored { what: "evidence pack", why: error.to_string() }.into()
}

const NO_SNAPSHOT: &str = "The registry could not be reached when this pack was made. Fetch its signed directory\n\
    (GET /directory/snapshot at the registry) and judge the receipts by it.\n";

const READ_ME: &str = "An evidence pack of a Packhorse gateway\n\
=======================================\n\
\n\
packhorse-manifest.json   every other file of this archive with its size and SHA-256 (base64)\n\
annual-report.json        the SIRO's report: figures, incidents, requests, decisions, assets\n\
processing-records.*      records of processing (Art. 30), from what was really exchanged\n\
breach-log.json           the log of Art. 33(5)\n\
agreements/               every agreement held, with every party's signed statements\n\
receipts/                 the newest exchanges of the period, each with its proof; what could tell about a\n\
                          person has been left out\n\
ledger/checkpoint.txt     the newest signed head of this organisation's ledger\n\
directory/snapshot.bin    the registry's signed directory, when the pack was made\n\
\n\
How to verify\n\
-------------\n\
1. Have the network's anchor (anchor.json) from the network's operator, not from the organisation audited.\n\
2. For each receipt:\n\
\n\
       packhorse verify receipts/0000.json --directory directory/snapshot.bin --anchor anchor.json\n\
\n\
   It says for each whether the record is in the organisation's ledger. That its content was left out is said too.\n\
3. Compare the checkpoint with the one that the organisation's partners or witnesses have: a ledger shows\n\
   everybody the same head.\n\
4. Hold each file against the manifest:\n\
\n\
       openssl dgst -sha256 -binary FILE | base64\n";
