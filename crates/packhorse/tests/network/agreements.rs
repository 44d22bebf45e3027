//! The agreements between the two bodies, in force from last month on, whenever the tests run.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

const TEMPLATE: &str = include_str!("agreement.toml");

/// Personal data, cut to fields, for trained officers.
const KEEPERS: &str = r#"
[[grants]]
service = "PH/GOV/agency/main/vehicles"
operations = [{ method = "GET", path = "/by-vrm/*" }, { method = "POST", path = "/by-vrm" }]
to = ["PH/LOC/borough/main"]
fields = ["vrm", "make", "colour", "keeper_name", "keeper_postcode"]
purposes = ["parking-penalty"]
roles = ["parking-officer"]
training_months = 12
"#;

/// The same, twice a day.
const LIMITED: &str = r#"
[[grants]]
service = "PH/GOV/agency/main/limited"
operations = [{ method = "GET", path = "/by-vrm/*" }]
to = ["PH/LOC/borough/main"]
fields = ["make"]
per_day = 2
"#;

/// About nobody: everything of an undescribed service.
const ECHO: &str = r#"
[[grants]]
service = "PH/GOV/agency/main/echo"
operations = [{ method = "*", path = "**" }]
to = ["PH/LOC/borough"]
fields = ["*"]

[[grants]]
service = "PH/GOV/agency/main/narrow"
operations = [{ method = "GET", path = "/a/**" }]
to = ["PH/LOC/borough"]
fields = ["*"]

[[grants]]
service = "PH/GOV/agency/a%2Fb/%C3%A4%C3%B6"
operations = [{ method = "*", path = "**" }]
to = ["PH/LOC/borough"]
fields = ["*"]
"#;

/// Identifier and text of each.
pub(crate) fn texts() -> [(&'static str, String); 3] {
    [("keepers", "personal", KEEPERS), ("limited", "personal", LIMITED), ("echo", "none", ECHO)]
        .map(|(id, types, grants)| (id, text(id, types, grants)))
}

/// A complete text with these grants.
pub(crate) fn text(id: &str, types: &str, grants: &str) -> String {
    let (start, end) = (months_ago(1), today().saturating_add(12.months()));
    let filled = TEMPLATE.replace("{ID}", id).replace("{TYPES}", types).replace("{GRANTS}", grants);
    let filled = filled.replace("{START}", &start.to_string()).replace("{END}", &end.to_string());
    filled.replace("{REVIEW}", &today().saturating_add(5.months()).to_string())
}

/// The day, as a gateway counts it.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// A day so many months before.
pub(crate) fn months_ago(months: i64) -> Date {
    today().saturating_sub(months.months())
}
