//! What this organisation publishes.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use packhorse_governance::OperatorRole;
use packhorse_model::id::ServiceId;
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::services::{Service, ServiceDocument};

/// `GET /api/services`.
pub(super) async fn list(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    let services = inside.context.services.list();
    Json(json!(services.iter().map(|service| entry(service)).collect::<Vec<_>>()))
}

fn entry(service: &Service) -> Value {
    let definition = &service.document.definition;
    json!({
        "id": service.id,
        "title": definition.title,
        "type": service.service_type(),
        "enabled": service.document.enabled,
        "fields": definition.columns.iter().map(|column| json!({"name": column.name, "format": column.format})).collect::<Vec<_>>(),
        "operations": service.table.as_ref().map(packhorse_tables::PublishedTable::operations).unwrap_or_default(),
        "trouble": service.table.as_ref().err(),
    })
}

fn id(inside: &Inside, system: &str, service: &str) -> Result<ServiceId, ApiError> {
    inside
        .context
        .identity
        .organisation
        .system(system)
        .and_then(|system| system.service(service))
        .map_err(|error| ApiError::bad(error.to_string(), "use letters, digits and -"))
}

/// `PUT /api/services/{system}/{service}`: publishes or changes one; refused whole when its source cannot be opened.
pub(super) async fn put(
    manager: Manager,
    State(inside): State<Inside>,
    Path((system, service)): Path<(String, String)>,
    Json(document): Json<ServiceDocument>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&[OperatorRole::Integrator])?;
    let id = id(&inside, &system, &service)?;
    if document.definition.service != service {
        return Err(ApiError::bad("the definition names another service than the address", "use one name for both"));
    }
    if crate::steps::fulfil::METASERVICES.contains(&service.as_str()) {
        return Err(ApiError::bad("this service code is reserved for a metaservice", "choose another code"));
    }
    inside.context.services.put(&id, document).await?;
    let open = inside.context.services.find(&id).ok_or_else(|| ApiError::missing("service"))?;
    Ok(Json(entry(&open)))
}

/// `DELETE /api/services/{system}/{service}`.
pub(super) async fn remove(
    manager: Manager,
    State(inside): State<Inside>,
    Path((system, service)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    manager.may(&[OperatorRole::Integrator])?;
    match inside.context.services.remove(&id(&inside, &system, &service)?).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::missing("service")),
    }
}

/// `GET /api/services/{system}/{service}/openapi`.
pub(super) async fn openapi(
    _: Manager,
    State(inside): State<Inside>,
    Path((system, service)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let service = inside.context.services.find(&id(&inside, &system, &service)?);
    let service = service.ok_or_else(|| ApiError::missing("service"))?;
    match &service.table {
        Ok(table) => Ok(Json(table.openapi())),
        Err(why) => Err(ApiError::bad(why.clone(), "mend the service's source")),
    }
}
