//! Who is in the story: five invented organisations, what they publish, and who asks.
//!
//! Facts only. What they agree stands in `agreements.rs`, who works there in `staff.rs`, the data in `demo/data`.

use std::borrow::Cow;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::vehicles;
use crate::error::{Error, Result};

/// The network's name.
pub(super) const NETWORK: &str = "PH";

/// An organisation and its one gateway.
pub(super) struct Organisation {
    /// Its folder below the demo's, and how the story calls it.
    pub(super) folder: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The domain of its role mailboxes.
    pub(super) domain: &'static str,
    /// Who signs for it: name, position, what gives the authority.
    pub(super) officer: (&'static str, &'static str, &'static str),
    /// Its system, as the directory lists it: code and name. It asks, and where there is a table it is asked.
    pub(super) system: (&'static str, &'static str),
    /// Another system, whose people send and take parcels in a browser.
    pub(super) counter: Option<(&'static str, &'static str)>,
    pub(super) table: Option<Table>,
    /// What the system's requests mean when they do not say.
    pub(super) asks: Asks,
    /// What its post room's parcels are for when they do not say.
    pub(super) posts: &'static str,
    pub(super) people: &'static [Person],
}

/// A register that an organisation publishes.
pub(super) struct Table {
    pub(super) service: &'static str,
    pub(super) file: &'static str,
    pub(super) data: fn() -> Cow<'static, str>,
    /// What `packhorse table add` is told besides the place: a source with its keys, or a definition.
    pub(super) described: &'static [&'static str],
}

/// Defaults of a calling system.
pub(super) struct Asks {
    pub(super) agreement: &'static str,
    pub(super) purpose: &'static str,
    pub(super) role: Option<&'static str>,
}

/// Somebody who uses a calling system.
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) role: &'static str,
    /// Days between the last training and the story's first day.
    trained_days_ago: i64,
}

/// Documents that organisations write: where they stand in the data folder, and their text.
pub(super) const CODE_OF_CONNECTION: &str = include_str!("../../../../demo/code-of-connection.toml");
pub(super) const RESIDENTS: (&str, &str) =
    ("tables/residents.toml", include_str!("../../../../demo/tables/residents.toml"));

/// Purposes of parcels.
const ABANDONED: &str = "abandoned-vehicle";
const CRIME: &str = "crime-investigation";

/// Reference data: every other organisation may ask for it.
const REFERENCE: Asks = Asks { agreement: "local-authorities-list-2026", purpose: "reference", role: None };

pub(super) const BOROUGH: Organisation = Organisation {
    folder: "borough",
    id: "PH/LOC/thornbeck",
    name: "Thornbeck Borough Council",
    domain: "thornbeck.example",
    officer: ("Averil Holloway", "Director of Resources", "scheme of delegation 4.2"),
    system: ("parking", "Parking penalties"),
    counter: Some(("streets", "Street care")),
    table: None,
    asks: Asks { agreement: "parking-keepers-2026", purpose: "parking-penalty", role: Some("parking-officer") },
    posts: ABANDONED,
    people: &[
        Person { id: "j.archer", role: "parking-officer", trained_days_ago: 14 },
        Person { id: "r.stone", role: "parking-officer", trained_days_ago: 800 },
    ],
};

pub(super) const DISTRICT: Organisation = Organisation {
    folder: "district",
    id: "PH/LOC/eldermere",
    name: "Eldermere District Council",
    domain: "eldermere.example",
    officer: ("Corin Fenwright", "Deputy Chief Executive", "constitution part 3"),
    system: ("register", "Residents' register"),
    counter: None,
    table: Some(Table {
        service: "residents",
        file: "data/febrl4b.csv",
        data: || Cow::Borrowed(include_str!("../../../../demo/data/febrl4b.csv")),
        described: &["--definition", RESIDENTS.0],
    }),
    asks: REFERENCE,
    posts: ABANDONED,
    people: &[],
};

pub(super) const POLICE: Organisation = Organisation {
    folder: "police",
    id: "PH/POL/wexmoor",
    name: "Wexmoor Police",
    domain: "wexmoor-police.example",
    officer: ("Thea Marchbank", "Deputy Chief Constable", "force policy 17"),
    system: ("investigations", "Investigations"),
    counter: None,
    table: None,
    asks: Asks { agreement: "residents-crime-2026", purpose: CRIME, role: Some("investigating-officer") },
    posts: CRIME,
    people: &[Person { id: "dc.hale", role: "investigating-officer", trained_days_ago: 14 }],
};

pub(super) const VEHICLES: Organisation = Organisation {
    folder: "vehicles",
    id: "PH/GOV/vehicles",
    name: "National Vehicles Agency",
    domain: "vehicles.example",
    officer: ("Osric Penhallow", "Director of Information", "framework document 2.1"),
    system: ("register", "Vehicles register"),
    counter: None,
    table: Some(Table {
        service: "vehicles",
        file: "data/vehicles.csv",
        data: || Cow::Owned(vehicles::csv()),
        described: &["data/vehicles.csv", "--title", "Vehicles and their keepers", "--key", "vrm", "--synthetic"],
    }),
    asks: REFERENCE,
    posts: ABANDONED,
    people: &[],
};

pub(super) const COUNTY: Organisation = Organisation {
    folder: "county",
    id: "PH/LOC/wexmoor",
    name: "Wexmoor County Council",
    domain: "wexmoor.example",
    officer: ("Linnet Ashgrove", "Director of Finance", "financial regulations 9"),
    system: ("reference", "Reference registers"),
    counter: None,
    table: Some(Table {
        service: "local-authorities",
        file: "data/local-authorities.csv",
        data: || Cow::Borrowed(include_str!("../../../../demo/data/local-authorities.csv")),
        described: &[
            "data/local-authorities.csv",
            "--title",
            "Local authorities of the United Kingdom",
            "--key",
            "local-authority-eng",
            "--key",
            "statistical-geography",
        ],
    }),
    asks: REFERENCE,
    posts: CRIME,
    people: &[],
};

/// Everybody.
pub(super) static ORGANISATIONS: [Organisation; 5] = [BOROUGH, DISTRICT, POLICE, VEHICLES, COUNTY];

/// Somebody who asks to join, and waits.
pub(super) struct Applicant {
    pub(super) folder: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    /// Code and name of its system, as the command line takes it.
    pub(super) system: &'static str,
    /// Answers to the code of connection that are not the usual ones.
    pub(super) otherwise: &'static [(&'static str, &'static str)],
}

/// Those who wait at the registry's desk.
pub(super) static APPLICANTS: [Applicant; 2] = [
    Applicant {
        folder: "fire",
        id: "PH/LOC/wexmoor-fire",
        name: "Wexmoor Fire and Rescue",
        domain: "wexmoor-fire.example",
        system: "prevention:Home fire safety visits",
        otherwise: &[],
    },
    Applicant {
        folder: "housing",
        id: "PH/COM/hollowgate",
        name: "Hollowgate Housing Association",
        domain: "hollowgate.example",
        system: "tenancies:Tenancies",
        otherwise: &[
            ("Within 48 hours; the machine restarts every Sunday night.", "When the supplier comes, twice a year."),
            ("October 2026, by a CHECK provider; two findings, both closed.", "None yet; one is ordered."),
        ],
    },
];

/// The system by which an organisation sends and takes parcels: code and name. Software uses it; it lists nobody.
pub(super) const POST_ROOM: (&str, &str) = ("post", "Post room");
/// The role in which it does.
pub(super) const POST_ROLE: &str = "post-room";

impl Organisation {
    /// Its gateway's configuration, below the demo's folder.
    pub(super) fn config(&self) -> String {
        format!("{}/gateway.toml", self.folder)
    }

    /// Its gateway's log, below the demo's folder.
    pub(super) fn log(&self) -> String {
        format!("{}/gateway.log", self.folder)
    }

    /// The file with its system's API key, below the demo's folder.
    pub(super) fn key_file(&self) -> String {
        format!("{}/{}.key", self.folder, self.system.0)
    }

    /// Its post room, as others name it: a mailbox.
    pub(super) fn post_room_id(&self) -> String {
        format!("{}/{}", self.id, POST_ROOM.0)
    }

    /// The file with its post room's API key, below the demo's folder.
    pub(super) fn post_key_file(&self) -> String {
        format!("{}/{}.key", self.folder, POST_ROOM.0)
    }

    /// The file with its post room's MESH account, below the demo's folder.
    pub(super) fn account_file(&self) -> String {
        format!("{}/{}.mesh.json", self.folder, POST_ROOM.0)
    }

    /// Its system, as others name it.
    pub(super) fn system_id(&self) -> String {
        format!("{}/{}", self.id, self.system.0)
    }

    /// Its service, as others name it.
    pub(super) fn service_id(&self) -> Option<String> {
        self.table.as_ref().map(|table| format!("{}/{}", self.system_id(), table.service))
    }

    /// Names of its two ports.
    pub(super) fn ports(&self) -> [String; 2] {
        ["inside", "outside"].map(|side| format!("{} {side}", self.folder))
    }
}

impl Person {
    /// The day of the last training, in a story that began on a day.
    pub(super) fn trained_on(&self, begun_on: Date) -> Result<Date> {
        let day = begun_on.checked_sub(self.trained_days_ago.days());
        day.map_err(|_| Error::NotHeld("the calendar does not reach back".to_owned()))
    }
}

/// The organisation of a folder.
pub(super) fn in_folder(folder: &str) -> Option<&'static Organisation> {
    ORGANISATIONS.iter().find(|organisation| organisation.folder == folder)
}
