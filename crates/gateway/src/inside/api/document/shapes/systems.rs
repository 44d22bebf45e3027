//! Calling systems with their credentials, people and mailboxes; services.

use packhorse_governance::people::{Credential, Defaults, Person};
use packhorse_model::identifier::Format;
use packhorse_model::service::ServiceType;
use packhorse_openapi::{Shape, either, object, of, words};

use crate::inside::api::document::MAILBOX;

pub(super) fn shapes() -> Vec<Shape> {
    [systems(), services()].into_iter().flatten().collect()
}

fn systems() -> Vec<Shape> {
    vec![
        object(
            "System",
            &[
                "code",
                "title",
                "defaults: SystemDefaults",
                "credentials: [SystemCredential]",
                "people: [SystemPerson]",
                "mailbox: Mailbox or null",
            ],
        ),
        of::<Defaults>("SystemDefaults", &["agreement?", "purpose?", "role?", "case?"]),
        // Without what is secret of it.
        either::<Credential>(
            "SystemCredential",
            "kind",
            &[
                ("api-key", &["created: date-time"]),
                ("certificate", &["fingerprint"]),
                ("source-address", &["address"]),
            ],
        ),
        of::<Person>("SystemPerson", &["id", "roles: texts", "trained_on?: date", "left_on?: date"]),
        object("Mailbox", MAILBOX).with(&["has_mesh_account: boolean", "has_webhook: boolean"]),
        object("ApiKey", &["api_key"]),
        object("MeshMailbox", &["mailbox"]),
        object("WebhookSecret", &["secret"]),
    ]
}

fn services() -> Vec<Shape> {
    vec![
        object(
            "Service",
            &[
                "id",
                "title",
                "type: ServiceType",
                "enabled: boolean",
                "fields: [ServiceField]",
                "operations: [Operation]",
                "trouble: text or null",
            ],
        ),
        words::<ServiceType>("ServiceType"),
        object("ServiceField", &["name", "format: FieldFormat"]),
        words::<Format>("FieldFormat"),
    ]
}
