//! Mailboxes by MESH's kind of name: `CLASS.CODE.SYSTEM` in upper case, the network left out.

use packhorse_model::id::encode_part;
use packhorse_model::organisation::{Members as _, Organisation};
use packhorse_model::{OrganisationId, SystemId};

use crate::context::Context;

/// A system's mailbox, as MESH clients name it.
pub(crate) fn name_of(system: &SystemId) -> String {
    spell(&system.organisation, &system.system)
}

fn spell(organisation: &OrganisationId, system: &str) -> String {
    let parts = [&organisation.class, &organisation.code, system].map(encode_part);
    parts.join(".").to_ascii_uppercase()
}

/// The systems that a name means: one, unless two codes differ in case or dots only.
pub(crate) fn systems_of(context: &Context, name: &str) -> Vec<SystemId> {
    let network = &context.identity.organisation.network;
    let directory = context.directory.current();
    let named = directory.organisations().filter(|member| may_begin(name, &member.id));
    let active = named.filter(|member| member.is_active() && member.id.network == *network);
    let listed = active.flat_map(|member| member.details.systems.iter().map(|system| (&member.id, &system.code)));
    listed
        .filter(|(organisation, code)| spell(organisation, code) == name)
        .filter_map(|(organisation, code)| organisation.system(code).ok())
        .collect()
}

/// Whether the name may be of one of an organisation's mailboxes. A directory has tens of thousands: most are told apart
/// by their first letters, before any name is spelled.
fn may_begin(name: &str, organisation: &OrganisationId) -> bool {
    let mut spelled = name.bytes();
    for part in [&organisation.class, &organisation.code] {
        for byte in part.bytes() {
            if !byte.is_ascii_alphanumeric() {
                // Spelled otherwise, perhaps.
                return true;
            }
            if spelled.next() != Some(byte.to_ascii_uppercase()) {
                return false;
            }
        }
        if spelled.next() != Some(b'.') {
            return false;
        }
    }
    true
}

/// The names for people of a mailbox's organisation and system; empty for one that the directory never listed.
pub(super) fn titles(context: &Context, system: &SystemId) -> (String, String) {
    let member = context.directory.organisation(&system.organisation);
    let title = |member: &Organisation| {
        let listed = member.details.systems.iter().find(|entry| entry.code == system.system);
        listed.map(|entry| entry.name.clone()).unwrap_or_default()
    };
    member.map(|member| (member.details.name.clone(), title(&member))).unwrap_or_default()
}

/// One name for people of a mailbox.
pub(super) fn title(context: &Context, system: &SystemId) -> String {
    let (organisation, system) = titles(context, system);
    format!("{organisation}: {system}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_named_by_class_code_and_system() {
        for (system, name) in [
            ("PH/LOC/borough/main", "LOC.BOROUGH.MAIN"),
            ("PH/NHS/X26/child-health", "NHS.X26.CHILD-HEALTH"),
            ("PH/GOV/1000/a%2Fb", "GOV.1000.A%2FB"),
        ] {
            let system: SystemId = system.parse().unwrap();
            assert_eq!(name_of(&system), name);
            assert!(may_begin(name, &system.organisation));
        }
    }

    #[test]
    fn a_name_is_not_spelled_for_whose_it_cannot_be() {
        let borough: SystemId = "PH/LOC/borough/main".parse().unwrap();
        for name in ["", "LOC", "LOC.BOROUGHS.MAIN", "LOC.BOROUGH", "GOV.BOROUGH.MAIN", "L.OC.BOROUGH.MAIN"] {
            assert!(!may_begin(name, &borough.organisation), "{name}");
        }
        let odd: SystemId = "PH/LOC/bor-ough/main".parse().unwrap();
        assert!(may_begin(&name_of(&odd), &odd.organisation));
    }
}
