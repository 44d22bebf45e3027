//! What an incident exposed, computed from the gateway's own books: exchanges, parcels, agreements, media.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use packhorse_governance::incident::Link;
use packhorse_model::agreement::DataType;
use packhorse_model::{AgreementId, ExchangeId, OrganisationId};
use packhorse_store::{CountBy, RecordLine};
use serde_json::{Value, json};

use super::{incidents, visible};
use crate::inside::Inside;
use crate::inside::api::records::line;
use crate::inside::api::{ApiError, Manager};
use crate::kinds::parcel::media;

/// What is gathered over all links.
#[derive(Default)]
struct Found {
    items: Vec<Value>,
    agreements: BTreeSet<AgreementId>,
    partners: BTreeSet<String>,
    exchanges: u64,
    parcels: u64,
    lost_media: u64,
}

pub(super) async fn show(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
) -> Result<Json<Value>, ApiError> {
    let case = incidents(&inside).get(id).await?.ok_or_else(|| ApiError::missing("incident"))?;
    visible(&manager, &case)?;
    let mut found = Found::default();
    for link in &case.links {
        match link {
            Link::Exchange { id } => exchange(&inside, *id, &mut found).await?,
            Link::Agreement { id } => whole_agreement(&inside, id, &mut found).await?,
            Link::Medium { id } => medium(&inside, *id, &mut found).await?,
            Link::Partner { id } => partner(&inside, id, &mut found).await?,
        }
    }
    Ok(Json(sum(&inside, &found)))
}

fn sum(inside: &Inside, found: &Found) -> Value {
    let agreements: Vec<Value> = found.agreements.iter().map(|id| agreement(inside, id)).collect();
    let special = agreements.iter().any(|agreement| agreement["special_categories"] == true);
    let own = inside.context.identity.organisation.to_string();
    let partners: Vec<&String> = found.partners.iter().filter(|partner| **partner != own).collect();
    json!({
        "items": found.items, "agreements": agreements, "partners": partners, "special_categories": special,
        "exchanges": found.exchanges, "parcels": found.parcels, "lost_media": found.lost_media,
    })
}

/// What the agreement says is shared under it.
fn agreement(inside: &Inside, id: &AgreementId) -> Value {
    let Some(held) = inside.context.agreements.versions(id).pop() else {
        return json!({"id": id, "held": false});
    };
    let agreement = held.agreement();
    let fields: BTreeSet<_> = agreement.grants.iter().flat_map(|grant| &grant.fields).collect();
    json!({
        "id": id, "held": true, "title": agreement.title, "people": agreement.data.subjects,
        "special_categories": agreement.data.types.contains(&DataType::Special), "fields": fields,
        "marking": agreement.data.marking, "breach_handling": agreement.governance.breach_handling,
        "parties": agreement.parties.iter().map(|party| &party.organisation).collect::<Vec<_>>(),
    })
}

async fn exchange(inside: &Inside, id: ExchangeId, found: &mut Found) -> Result<(), ApiError> {
    let records = inside.context.evidence.store().records();
    let lines = records.named(&id.to_string()).await?;
    for one in &lines {
        note_line(one, found);
        found.exchanges += 1;
    }
    let mut parcels = Vec::new();
    for side in [packhorse_model::Side::Outbound, packhorse_model::Side::Inbound] {
        if let Some(shown) = parcel(inside, id, side, found).await? {
            parcels.push(shown);
        }
    }
    let records: Vec<Value> = lines.iter().map(line).collect();
    found.items.push(json!({"link": "exchange", "id": id, "found": !records.is_empty() || !parcels.is_empty(),
                            "records": records, "parcels": parcels}));
    Ok(())
}

fn note_line(line: &RecordLine, found: &mut Found) {
    found.partners.insert(line.partner.clone());
    found.agreements.extend(line.agreement.parse::<AgreementId>().ok());
}

/// A parcel, where the id is one: its state, and what was said of it.
async fn parcel(
    inside: &Inside,
    id: ExchangeId,
    side: packhorse_model::Side,
    found: &mut Found,
) -> Result<Option<Value>, ApiError> {
    let chain = crate::kinds::parcel::say::chain(&inside.context, id, side).await;
    let chain = chain.map_err(|error| ApiError::bad(error.to_string(), "look at the parcel itself"))?;
    let Some(first) = chain.first() else { return Ok(None) };
    let first = first.statement();
    found.parcels += 1;
    found.agreements.insert(first.agreement.clone());
    for organisation in [&first.from.organisation, &first.to.system.organisation] {
        found.partners.insert(organisation.to_string());
    }
    let said = chain.iter().map(|signed| {
        let statement = signed.statement();
        json!({"event": statement.what.word(), "at": statement.at, "organisation": statement.organisation})
    });
    Ok(Some(json!({"side": side, "from": first.from, "to": first.to, "agreement": first.agreement,
                   "said": said.collect::<Vec<_>>()})))
}

async fn medium(inside: &Inside, id: ExchangeId, found: &mut Found) -> Result<(), ApiError> {
    let medium = media::any(&inside.context, id).await;
    let medium = medium.map_err(|error| ApiError::bad(error.to_string(), "look at the register of media"))?;
    let Some(medium) = medium else {
        found.items.push(json!({"link": "medium", "id": id, "found": false}));
        return Ok(());
    };
    found.lost_media += u64::from(medium.lost.is_some());
    let mut aboard = Vec::new();
    for parcel_aboard in &medium.parcels {
        found.partners.insert(parcel_aboard.to.system.organisation.to_string());
        let said = parcel(inside, parcel_aboard.parcel, packhorse_model::Side::Outbound, found).await?;
        // Sealed to the recipient: whoever finds the medium reads nothing of it.
        aboard.push(json!({"parcel": parcel_aboard.parcel, "to": parcel_aboard.to, "bytes": parcel_aboard.bytes,
                           "sealed": true, "said": said.map(|said| said["said"].clone())}));
    }
    let lost = medium.lost.as_ref().map(|loss| loss.at);
    let handed_over = medium.handed_over.iter().map(|hand| json!({"to": hand.to, "at": hand.at}));
    found.items.push(json!({"link": "medium", "id": id, "found": true, "label": medium.label, "lost_at": lost,
                            "made_at": medium.made_at, "handed_over": handed_over.collect::<Vec<_>>(),
                            "parcels": aboard}));
    Ok(())
}

async fn whole_agreement(inside: &Inside, id: &AgreementId, found: &mut Found) -> Result<(), ApiError> {
    let by = [CountBy::Agreement, CountBy::Partner];
    let counts = inside.context.evidence.store().records().counts(0, i64::MAX, &by).await?;
    let name = id.to_string();
    let mut exchanges = 0;
    for count in counts.iter().filter(|count| count.of.first() == Some(&name)) {
        exchanges += count.exchanges;
        found.partners.extend(count.of.get(1).cloned());
    }
    found.exchanges += exchanges;
    found.agreements.insert(id.clone());
    found.items.push(json!({"link": "agreement", "id": id, "found": true, "exchanges": exchanges}));
    Ok(())
}

async fn partner(inside: &Inside, id: &OrganisationId, found: &mut Found) -> Result<(), ApiError> {
    let by = [CountBy::Partner, CountBy::Agreement];
    let counts = inside.context.evidence.store().records().counts(0, i64::MAX, &by).await?;
    let name = id.to_string();
    let mut exchanges = 0;
    for count in counts.iter().filter(|count| count.of.first() == Some(&name)) {
        exchanges += count.exchanges;
        found.agreements.extend(count.of.get(1).and_then(|id| id.parse::<AgreementId>().ok()));
    }
    found.exchanges += exchanges;
    found.partners.insert(name);
    found.items.push(json!({"link": "partner", "id": id, "found": exchanges > 0, "exchanges": exchanges}));
    Ok(())
}
