//! Members of the network, as the directory states them.

use packhorse_model::organisation::{
    Assurance, Contact, GatewayEntry, KeyEntry, MemberDetails, Organisation, Purpose, Status, SystemEntry,
};
use packhorse_openapi::{Shape, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        of::<Organisation>(
            "Member",
            &[
                "id",
                "details: MemberDetails",
                "keys: [MemberKey]",
                "status: MemberStatus",
                "assurance: MemberAssurance",
            ],
        ),
        of::<MemberDetails>(
            "MemberDetails",
            &[
                "name",
                "siro: MemberContact",
                "contacts?: [MemberContact]",
                "charter-url?",
                "code-of-connection",
                "systems?: [MemberSystem]",
                "gateways?: [MemberGateway]",
            ],
        ),
        of::<Contact>("MemberContact", &["role", "email", "phone?"]),
        of::<SystemEntry>("MemberSystem", &["code", "name"]),
        of::<GatewayEntry>("MemberGateway", &["code", "address"]),
        of::<KeyEntry>("MemberKey", &["purpose: KeyPurpose", "key", "not-before: date-time", "not-after?: date-time"]),
        words::<Purpose>("KeyPurpose"),
        words::<Status>("MemberStatus"),
        of::<Assurance>(
            "MemberAssurance",
            &["code-of-connection?: date", "charter?: date", "training?: date", "valid-until?: date"],
        ),
        object(
            "Partner",
            &[
                "organisation",
                "name",
                "own: boolean",
                "status: MemberStatus",
                "standing: current|ending|lapsed|suspended",
                "assured_until: date or null",
                "days_left: signed or null",
                "code_of_connection_accepted_on: date or null",
                "charter_signed_on: date or null",
                "training_stated_on: date or null",
                "charter_url: text or null",
                "siro: MemberContact",
                "systems: texts",
            ],
        ),
    ]
}
