//! The figures as they are shown: the gap between tiers first, then what is measured beside each figure of 2009, then
//! how the rules are kept, then what is exchanged.

use serde_json::Value;

use crate::components::{Cell, Summary, Table};
use crate::error::WebError;
use crate::pages::chart::{Bar, Bars};
use crate::pages::sheet::{Sheet, items, percent, said, words};

fn permille(value: &Value) -> String {
    percent(value.as_u64())
}

/// The gap between tiers, where a survey has results for two.
pub(super) fn headline(sheet: Sheet, measure: &Value) -> Result<Sheet, WebError> {
    if measure.is_null() {
        return sheet.inset("There is no survey with results for two tiers yet: the gap between the top and the front line cannot be shown. Open a survey, and close it when enough have answered.");
    }
    let bars = items(&measure["tiers"]).iter().map(|tier| Bar {
        label: words(&tier["name"]),
        value: tier["permille"].as_u64(),
        text: tier["permille"].as_u64().map_or_else(|| "too few to show".to_owned(), |value| percent(Some(value))),
        against: false,
    });
    let title = format!("{}: {} between tiers", said(&measure["measured"]), permille(&measure["gap"]));
    sheet
        .heading("The gap between tiers")?
        .text(&format!(
            "The widest: {}. The difference between the highest and the lowest tier is {}.",
            said(&measure["measured"]),
            permille(&measure["gap"])
        ))?
        .part(&Bars::new("headline", title, 1000, bars.collect()))
}

/// What is measured beside each figure of 2009.
pub(super) fn measures(sheet: Sheet, figures: &Value) -> Result<Sheet, WebError> {
    let all = items(&figures["measures"]);
    let bars = all.iter().flat_map(|measure| {
        let ours = &measure["ours"]["permille"];
        [
            Bar {
                label: format!("{}, 2009", said(&measure["label"])),
                value: measure["permille_2009"].as_u64(),
                text: permille(&measure["permille_2009"]),
                against: true,
            },
            Bar {
                label: format!("{}, here", said(&measure["label"])),
                value: ours.as_u64(),
                text: if ours.is_null() { "not measured".to_owned() } else { permille(ours) },
                against: false,
            },
        ]
    });
    let chart = Bars::new("measures", "The figures of 2009 and ours", 1000, bars.collect());
    let rows = all.iter().map(|measure| {
        let target = if measure["target"].is_null() { "–".to_owned() } else { permille(&measure["target"]) };
        vec![
            said(&measure["label"]).into(),
            said(&measure["meaning"]).into(),
            Cell::Number(permille(&measure["permille_2009"])),
            said(&measure["measured"]).into(),
            Cell::Number(permille(&measure["ours"]["permille"])),
            Cell::Number(target),
            Cell::Number(permille(&measure["gap"])),
        ]
    });
    let columns =
        ["Figure", "What it said in 2009", "#2009", "What is measured here", "#Here", "#Target", "#Gap of tiers"];
    let sheet = sheet.heading("Beside the survey of 2009")?.part(&chart)?;
    let sheet = sheet.part(&Table::new("Figures", &columns, "").rows(rows))?;
    let sheet = groups(sheet, all, "tiers", "By tier")?;
    groups(sheet, all, "departments", "By department")
}

/// The surveyed figures by tier, or by department.
fn groups(sheet: Sheet, measures: &[Value], by: &str, caption: &str) -> Result<Sheet, WebError> {
    let surveyed: Vec<&Value> = measures.iter().filter(|measure| !items(&measure[by]).is_empty()).collect();
    let Some(first) = surveyed.first() else { return Ok(sheet) };
    let rows = items(&first[by]).iter().enumerate().map(|(index, group)| {
        let shares = surveyed.iter().map(|measure| Cell::Number(permille(&measure[by][index]["permille"])));
        std::iter::once(Cell::from(words(&group["name"]))).chain(shares).collect()
    });
    let columns: Vec<String> = surveyed.iter().map(|measure| format!("#{}", said(&measure["label"]))).collect();
    let columns: Vec<&str> = std::iter::once("Group").chain(columns.iter().map(String::as_str)).collect();
    sheet.part(&Table::new(format!("{caption}; a dash where fewer than ten answered"), &columns, "").rows(rows))
}

/// How the rules are kept: by how many of the staff, and how often they were broken or set aside.
pub(super) fn rules(sheet: Sheet, figures: &Value) -> Result<Sheet, WebError> {
    let members = &figures["organisations"];
    let summary = Summary::new()
        .row("Members of the network with an information charter", share_of(&members["charter"]))
        .row("Members whose assurance asks for a risk policy, and is in date", share_of(&members["risk_policy"]))
        .row("Members with a senior information risk owner", share_of(&members["siro"]))
        .row("Staff with training in date", share_of(&figures["training"]["all"]))
        .row("Staff who accepted the acceptable use policy in force", accepted(&figures["acceptable_use"]))
        .row("Roles that require vetting, held by somebody vetted", vetted(&figures["vetting"]))
        .row("Incidents, exercises not counted", said(&figures["incidents"]["real"]))
        .row("Gates overridden", said(&figures["overrides"]));
    let sheet = sheet.heading("How the rules are kept")?.part(&summary)?;
    let sheet = staff_share(sheet, &figures["training"], "Training in date")?;
    let sheet = staff_share(sheet, &figures["acceptable_use"], "Accepted the acceptable use policy in force")?;
    staff_share(sheet, &figures["vetting"], "Roles that require vetting, held by somebody vetted")
}

/// What is exchanged: by channel first, physical media included.
pub(super) fn exchanges(sheet: Sheet, figures: &Value) -> Result<Sheet, WebError> {
    let exchanges = &figures["exchanges"];
    let counted = |caption: &str, key: &str, name: &str, list: &Value| {
        let rows = items(list).iter().map(|line| vec![words(&line[name]).into(), Cell::Number(said(&line[key]))]);
        Table::new(caption, &["What", "#Exchanges"], "None.").rows(rows.collect::<Vec<_>>())
    };
    let partners = items(&exchanges["by_partner"]).iter().take(20).map(|line| {
        vec![said(&line["partner"]).into(), Cell::Number(said(&line["exchanges"])), Cell::Number(said(&line["given"]))]
    });
    let staff = items(&figures["staff"]).iter().map(|line| {
        vec![
            words(&line["tier"]).into(),
            said(&line["department"]).into(),
            words(&line["kind"]).into(),
            words(&line["outcome"]).into(),
            Cell::Number(said(&line["exchanges"])),
        ]
    });
    let columns = ["Tier", "Department", "Kind", "How it ended", "#Exchanges"];
    let summary = Summary::new()
        .row("Exchanges", said(&exchanges["total"]))
        .row("Parcels sent", said(&exchanges["parcels_sent"]))
        .row("Parcels on media that were lost", said(&exchanges["parcels_on_lost_media"]));
    sheet
        .heading("What is exchanged")?
        .part(&summary)?
        .part(&channels(&exchanges["channels"]))?
        .part(&counted("By channel", "count", "channel", &exchanges["channels"]))?
        .part(&counted("By kind", "exchanges", "kind", &exchanges["by_kind"]))?
        .part(&counted("By how they ended", "exchanges", "outcome", &exchanges["by_outcome"]))?
        .part(&counted("Refusals by rule", "exchanges", "rule", &exchanges["refusals"]))?
        .part(
            &Table::new("By partner, the twenty largest", &["Partner", "#Exchanges", "#Fields given"], "None.")
                .rows(partners),
        )?
        .part(&Table::new("By our own people's tier and department", &columns, "None.").rows(staff))
}

fn channels(list: &Value) -> Bars {
    let channels = items(list);
    let highest = channels.iter().filter_map(|channel| channel["count"].as_u64()).max().unwrap_or(0);
    let bars = channels.iter().map(|channel| Bar {
        label: words(&channel["channel"]),
        value: channel["count"].as_u64(),
        text: said(&channel["count"]),
        against: false,
    });
    Bars::new("channels", "Exchanges by channel", highest, bars.collect())
}

/// Of the staff, how many, or that there is nothing to accept.
fn accepted(share: &Value) -> String {
    if share["policy"].is_null() {
        return "no policy is published".to_owned();
    }
    share_of(&share["all"])
}

/// Of the roles held, how many are by somebody vetted, or that nothing requires it.
fn vetted(share: &Value) -> String {
    if share["rules"] == 0 { "nothing requires vetting".to_owned() } else { share_of(&share["all"]) }
}

fn share_of(share: &Value) -> String {
    format!("{} ({} of {})", permille(&share["permille"]), said(&share["count"]), said(&share["of"]))
}

/// A share of the staff by tier and by department; nothing where nothing is measured.
fn staff_share(sheet: Sheet, share: &Value, caption: &str) -> Result<Sheet, WebError> {
    let groups = [("Tier", "tiers"), ("Department", "departments")];
    let rows: Vec<Vec<Cell>> = groups
        .into_iter()
        .flat_map(|(sort, by)| items(&share[by]).iter().map(move |group| (sort, by, group)))
        .map(|(sort, by, group)| {
            let is_word = by == "tiers" || group["name"] == "no account";
            let name = if is_word { words(&group["name"]) } else { said(&group["name"]) };
            vec![
                sort.into(),
                name.into(),
                Cell::Number(permille(&group["permille"])),
                Cell::Number(said(&group["count"])),
                Cell::Number(said(&group["of"])),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(sheet);
    }
    let sheet = sheet.part(&Table::new(caption, &["By", "Group", "#Share", "#People", "#Of"], "").rows(rows))?;
    if share["gap"].is_null() {
        return Ok(sheet);
    }
    sheet.text(&format!("Between the highest and the lowest tier: {}.", permille(&share["gap"])))
}
