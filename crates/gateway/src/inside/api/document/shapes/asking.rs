//! Asking a register as a person, and the mailboxes that a person sees.

use packhorse_openapi::{Shape, object};

pub(super) fn shapes() -> Vec<Shape> {
    [registers(), mailboxes()].into_iter().flatten().collect()
}

fn registers() -> Vec<Shape> {
    vec![
        object(
            "Register",
            &[
                "system",
                "system_title",
                "service",
                "provider",
                "agreement",
                "agreement_title",
                "purposes: texts",
                "role: text or null",
                "fields: texts",
                "offered: boolean",
                "refusal: WhyNot or null",
            ],
        ),
        object("WhyNot", &["rule: Rule", "reason", "remedy"]),
        object(
            "RegisterForm",
            &[
                "..Register",
                "title",
                "description",
                "lookups: [RegisterLookup]",
                "given: [RegisterField]",
                "withheld: [RegisterField]",
            ],
        ),
        object("RegisterLookup", &["lookup", "summary", "keys: [RegisterField]"]),
        // As the partner describes it; what it leaves out is empty.
        object("RegisterField", &["name", "type", "format", "description", "pattern"]),
        object(
            "RegisterAnswer",
            &[
                "exchange: uuid",
                "outcome: found|none|not-answered",
                "status: integer",
                "agreement: text or null",
                "purpose: text or null",
                "role: text or null",
                "answer: any",
            ],
        ),
    ]
}

fn mailboxes() -> Vec<Shape> {
    vec![
        object("OwnMailbox", &["system", "id", "title", "waiting: integer", "purpose: text or null"]),
        object(
            "Recipient",
            &[
                "to",
                "organisation",
                "name",
                "mailbox: text or null",
                "workflow",
                "agreement",
                "agreement_title",
                "purposes: texts",
                "contents: texts",
                "marking: Marking or null",
                "contacts: [PartyContact]",
            ],
        ),
    ]
}
