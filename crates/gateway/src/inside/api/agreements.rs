//! Agreements, from the governance officer's side.

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use packhorse_governance::agreements::{Hand, Sent};
use packhorse_governance::{Ask, Held, OperatorRole, Verdict, explain};
use packhorse_model::agreement::{Agreement, State as Standing};
use packhorse_model::service::FieldSet;
use packhorse_model::{AgreementId, CanonicalPath, ClientId, ServiceId, Side};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

use super::paging::{Page, page, says, sought};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::outside::agreements::tell;
use crate::steps::identify::today;

const MAKERS: [OperatorRole; 1] = [OperatorRole::Governance];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Words of which each begins one of the title or the id.
    q: Option<String>,
    state: Option<Standing>,
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/agreements`: the versions held, by agreement and version.
pub(super) async fn list(
    _: Manager,
    State(inside): State<Inside>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    let mut all = inside.context.agreements.list();
    let sought = sought(filter.q.as_deref());
    all.retain(|held| {
        let agreement = held.agreement();
        filter.state.is_none_or(|state| held.state_on(today()) == state)
            && says(&[&agreement.title, agreement.id.as_str()], &sought)
    });
    let which = Page { after: filter.after, limit: filter.limit };
    // Not by id and version: two texts may claim to be one version, and a page must not begin at the same place again.
    page(all, &which, |held| held.digest().to_string(), |held| summary(held))
}

pub(super) fn summary(held: &Held) -> Value {
    let (agreement, standing) = (held.agreement(), held.standing());
    json!({
        "id": agreement.id, "version": agreement.version, "title": agreement.title,
        "state": held.state_on(today()), "digest": held.digest(),
        "parties": agreement.parties.iter().map(|party| &party.organisation).collect::<Vec<_>>(),
        "signed": standing.signed().keys().collect::<Vec<_>>(),
        "waiting": standing.unsigned(),
        "notices": standing.notices(today()),
    })
}

fn find(inside: &Inside, id: &AgreementId) -> Result<Arc<Held>, ApiError> {
    inside.context.agreements.get(id, today()).ok_or_else(|| ApiError::missing("agreement"))
}

/// The newest version: what is signed or shared next, even while an older one is in force.
fn newest(inside: &Inside, id: &AgreementId) -> Result<Arc<Held>, ApiError> {
    inside.context.agreements.versions(id).pop().ok_or_else(|| ApiError::missing("agreement"))
}

/// `GET /api/agreements/{id}`: the text, who said what, and the policies it became.
pub(super) async fn show(
    _: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    let held = newest(&inside, &id)?;
    let mut shown = summary(&held);
    shown["text"] = json!(held.agreement());
    shown["statements"] = json!(held.statements().iter().map(|verified| verified.statement()).collect::<Vec<_>>());
    shown["policy"] = json!(held.compiled().policy_text());
    Ok(Json(shown))
}

pub(super) fn hand(inside: &Inside) -> Hand<'_> {
    let context = &inside.context;
    Hand { signer: &*context.identity.signer, members: &context.directory, now: jiff::Timestamp::now() }
}

async fn sent(inside: &Inside, sent: Sent) -> Result<Json<Value>, ApiError> {
    tell(&inside.context, &sent.held).await?;
    Ok(Json(summary(&sent.held)))
}

/// `POST /api/agreements`: proposes a text to all its parties.
pub(super) async fn propose(
    manager: Manager,
    State(inside): State<Inside>,
    Json(agreement): Json<Agreement>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let done = inside.context.agreements.propose(&agreement, hand(&inside)).await?;
    sent(&inside, done).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signature {
    name: String,
    position: String,
    authority: String,
}

/// `POST /api/agreements/{id}/sign`.
pub(super) async fn sign(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
    Json(by): Json<Signature>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let held = newest(&inside, &id)?;
    let leave = inside.context.assurance.clear_to_sign(held.agreement(), today())?;
    let agreements = &inside.context.agreements;
    let done = agreements.sign(&held.digest(), &by.name, &by.position, &by.authority, leave, hand(&inside)).await?;
    sent(&inside, done).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    reason: String,
}

/// `POST /api/agreements/{id}/suspend`: stops all sharing under it at once.
pub(super) async fn suspend(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
    Json(why): Json<Reason>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let digest = find(&inside, &id)?.digest();
    let done = inside.context.agreements.suspend(&digest, &why.reason, hand(&inside)).await?;
    sent(&inside, done).await
}

/// `POST /api/agreements/{id}/resume`: takes our own suspension back.
pub(super) async fn resume(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let held = find(&inside, &id)?;
    let leave = inside.context.assurance.clear_to_sign(held.agreement(), today())?;
    let done = inside.context.agreements.resume(&held.digest(), leave, hand(&inside)).await?;
    sent(&inside, done).await
}

/// `POST /api/agreements/{id}/end`: ends it for good.
pub(super) async fn end(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
    Json(why): Json<Reason>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let digest = find(&inside, &id)?.digest();
    let done = inside.context.agreements.end(&digest, &why.reason, hand(&inside)).await?;
    sent(&inside, done).await
}

/// `POST /api/agreements/{id}/share`: sends what is held to the other parties again.
pub(super) async fn share(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let held = newest(&inside, &id)?;
    tell(&inside.context, &held).await?;
    Ok(Json(summary(&held)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WouldBe {
    client: ClientId,
    service: ServiceId,
    method: String,
    #[serde(default)]
    path: String,
    agreement: Option<AgreementId>,
    purpose: Option<String>,
    role: Option<String>,
    trained_on: Option<Date>,
    fields: Option<FieldSet>,
}

/// `POST /api/explain`: what would become of a request, and why. Nothing is sent.
pub(super) async fn explain_request(
    _: Manager,
    State(inside): State<Inside>,
    Json(would_be): Json<WouldBe>,
) -> Result<Json<Value>, ApiError> {
    let path = CanonicalPath::parse(&would_be.path)
        .map_err(|error| ApiError::bad(error.to_string(), "write the path in its plain form"))?;
    let context = &inside.context;
    let own = would_be.client.organisation() == &context.identity.organisation;
    let side = if own { Side::Outbound } else { Side::Inbound };
    let agreements = &context.agreements;
    let used = would_be.agreement.as_ref().map_or(0, |id| context.uses.today(id, would_be.client.organisation(), side));
    let ask = Ask {
        side,
        client: &would_be.client,
        service: &would_be.service,
        method: &would_be.method,
        path: &path,
        purpose: would_be.purpose.as_deref(),
        role: would_be.role.as_deref(),
        trained_on: would_be.trained_on,
        fields: would_be.fields.as_ref(),
        used_today: used,
        today: today(),
        client_assured: assured(&inside, would_be.client.organisation()),
        provider_assured: assured(&inside, &would_be.service.system.organisation),
    };
    let (_, decision) = agreements.decide(would_be.agreement.as_ref(), &ask);
    let text = explain::explain(agreements, would_be.agreement.as_ref(), &ask);
    let rules: Vec<Value> = decision
        .rules
        .iter()
        .map(|rule| json!({"rule": rule.rule, "held": rule.held, "why": rule.why, "remedy": rule.remedy}))
        .collect();
    let (permitted, fields, refusal) = match decision.verdict {
        Verdict::Permit { fields, .. } => (true, json!(fields), Value::Null),
        Verdict::Deny(refusal) => (false, Value::Null, json!(refusal)),
    };
    Ok(Json(json!({"permitted": permitted, "text": text, "rules": rules, "fields": fields, "refusal": refusal})))
}

fn assured(inside: &Inside, organisation: &packhorse_model::OrganisationId) -> bool {
    use packhorse_model::organisation::Members as _;
    inside.context.directory.organisation(organisation).is_some_and(|member| member.is_assured(today()))
}
