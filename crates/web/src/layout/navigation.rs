//! Which places there are, and for whom. What is not offered here is still judged where it is asked for.

use crate::Site;
use crate::visitor::Who;

/// A place of the service.
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    /// What it is for, on the home page.
    pub(crate) hint: &'static str,
    /// For whom; empty for everybody who has signed in.
    roles: &'static [&'static str],
    /// Whether it stands in the navigation of every page, too.
    tab: bool,
}

const fn place(
    path: &'static str,
    label: &'static str,
    hint: &'static str,
    roles: &'static [&'static str],
    tab: bool,
) -> Place {
    Place { path, label, hint, roles, tab }
}

/// Who works with cases.
const OFFICERS: &[&str] = &["officer"];

/// The places, in groups with a heading; each area of work has a group.
const GROUPS: &[(&str, &[Place])] = &[
    (
        "Sharing",
        &[
            place("/ask", "Ask a register", "Another body's register, about a case you are working on", OFFICERS, true),
            place("/send", "Send", "Files, sealed, to a mailbox that an agreement covers", OFFICERS, true),
            place("/inbox", "Inbox", "What was sent to the mailboxes that are yours", OFFICERS, true),
            place("/sent", "Sent", "How what you sent stands, step by step", OFFICERS, true),
        ],
    ),
    (
        "Governing",
        &[
            place(
                "/governance/agreements",
                "Agreements",
                "Write, sign, compare, review and stop them",
                &["governance"],
                true,
            ),
            place(
                "/assurance",
                "Assurance",
                "Whether the gates are open, and what opens them",
                &["governance", "auditor"],
                true,
            ),
            place(
                "/training/register",
                "Training register",
                "Who has passed what, and what lapses",
                &["governance", "auditor"],
                false,
            ),
            place(
                "/vetting",
                "Vetting",
                "Who is vetted to which level, and what requires it",
                &["governance", "auditor"],
                false,
            ),
            place(
                "/acceptable-use",
                "Acceptable use",
                "What you may do with what you are given, and when you accepted it",
                &[],
                false,
            ),
            place("/training", "My training", "What you have passed, and until when it counts", &["officer"], false),
        ],
    ),
    (
        "People",
        &[
            place("/people", "Staff", "Who works here, in which roles", &["governance", "auditor"], true),
            place(
                "/access-review",
                "Access review",
                "Confirm who needs their access",
                &["governance", "auditor"],
                false,
            ),
            place("/teams", "Teams", "To delegate mailboxes to", &["governance"], false),
            place("/account", "Your account", "Password, recovery codes, sessions", &[], false),
        ],
    ),
    ("Network", NETWORK),
    ("Looking after information", STEWARDSHIP),
];

const GOVERNORS: &[&str] = &["governance", "auditor"];
const DECIDERS: &[&str] = &["officer", "governance", "auditor"];

/// What is owed to the people whose data it is, and how it stands.
const STEWARDSHIP: &[Place] = &[
    place("/incidents", "Incidents", "Report one, and see what becomes of it", &[], true),
    place("/decisions", "Decisions", "To share or to withhold, with reasons", DECIDERS, false),
    place(
        "/requests",
        "Requests",
        "Subject access, complaints, freedom of information, with their clocks",
        GOVERNORS,
        false,
    ),
    place("/assets-register", "Information assets", "What is held, and who owns it", &[], false),
    place("/exchanges", "Exchanges", "What was exchanged: each with its record and its receipt", GOVERNORS, false),
    place("/processing-records", "Records of processing", "What is really exchanged, and why", GOVERNORS, false),
    place("/dashboard", "Dashboard", "Figures by tier and department, beside those of 2009", GOVERNORS, true),
    place("/annual-report", "Annual report", "The SIRO's report and the evidence pack", GOVERNORS, false),
    place("/pulse", "One-minute survey", "Five questions, once for each survey", &[], false),
];

const NETWORK: &[Place] =
    &[place("/partners", "Partners", "Every member of the network, and until when its assurance holds", &[], false)];

/// A tab of the navigation.
pub(crate) struct Tab {
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    pub(crate) current: bool,
}

/// The places of a network's registry.
const REGISTRY: &[Place] = &[
    place("/requests", "Requests", "Who asks to join", &[], true),
    place("/members", "Members", "Each with its assurance", &[], true),
    place("/network", "Network", "Who is heard of, and who is late", &[], true),
    place("/renewals", "Renewals", "What ends or is due", &[], true),
    place("/profiles", "Profiles", "By which code members are assessed", &[], true),
];

/// The tabs for somebody.
pub(super) fn tabs(site: Site, who: &Who) -> Vec<Tab> {
    let home = Tab { path: "/", label: "Home", current: false };
    let groups = GROUPS.iter().map(|(_, places)| *places);
    let places: Vec<&'static [Place]> = match site {
        Site::Gateway => groups.collect(),
        Site::Registry => vec![REGISTRY],
    };
    let places = places.into_iter().flatten().filter(|place| place.tab && who.is_any(place.roles));
    let tabs = places.map(|place| Tab { path: place.path, label: place.label, current: false });
    std::iter::once(home).chain(tabs).collect()
}

/// A group with the places for somebody.
pub(crate) struct Group {
    pub(crate) heading: &'static str,
    pub(crate) places: Vec<&'static Place>,
}

/// The groups in which somebody has a place.
pub(crate) fn groups(who: &Who) -> Vec<Group> {
    let mine = |places: &'static [Place]| places.iter().filter(|place| who.is_any(place.roles)).collect();
    let groups = GROUPS.iter().map(|(heading, places)| Group { heading, places: mine(places) });
    groups.filter(|group| !group.places.is_empty()).collect()
}
