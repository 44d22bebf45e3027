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
    let active = directory.organisations().filter(|member| member.is_active() && member.id.network == *network);
    let listed = active.flat_map(|member| member.details.systems.iter().map(|system| (&member.id, &system.code)));
    listed
        .filter(|(organisation, code)| spell(organisation, code) == name)
        .filter_map(|(organisation, code)| organisation.system(code).ok())
        .collect()
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
            assert_eq!(name_of(&system.parse().unwrap()), name);
        }
    }
}
