//! The network as a map: the registry in the middle, each member around it, with a sign, a word and a colour for how
//! it is. The same stands in the table below, for whoever does not see pictures.

use askama::Template;
use axum::response::Response;

use super::home::Network;
use super::shown::{ALL, Member};
use crate::components::{Cell, Table};
use crate::dates::moment;
use crate::error::WebError;
use crate::layout::{Layout, page};
use crate::visitor::Person;

/// Most members on one ring: more would touch each other.
const RING: usize = 18;
/// Half of the width of the map, in its own units.
const MIDDLE: f64 = 480.0;
/// Distance of the first ring from the middle, and between rings.
const FIRST: f64 = 170.0;
const STEP: f64 = 120.0;
/// How much wider than high a map of one ring is: there names have room beside each other.
const WIDER: f64 = 1.7;
/// Longest name written on the map, of one ring and of more; the table has it whole.
const NAME: [usize; 2] = [30, 18];
/// From a member's place to the edge of the map: its sign and its name.
const ROOM: f64 = 66.0;

/// A member's place on the map.
struct Place {
    x: String,
    y: String,
    /// Where its name stands, above or below.
    beside: String,
    fill: &'static str,
    sign: &'static str,
    name: String,
    /// What a pointer shows.
    title: String,
    href: String,
    dashed: bool,
}

#[derive(Template)]
#[template(path = "network/map.html")]
struct Map {
    layout: Layout,
    network: String,
    summary: String,
    size: u32,
    /// Where the map begins, from above, and how high it is.
    top: u32,
    height: u32,
    middle: u32,
    places: Vec<Place>,
    legend: Table,
    members: Table,
}

/// `GET /network`.
pub(super) async fn show(person: Person) -> Result<Response, WebError> {
    let network: Network = person.api.get("/api/network").await?;
    let rings = network.items.len().div_ceil(RING).max(1);
    let half = MIDDLE.max(FIRST + STEP * rings as f64);
    let high = half.min(FIRST + STEP * (rings - 1) as f64 + ROOM);
    let places = network.items.iter().enumerate().map(|(index, member)| place(member, index, &network.items, half));
    let healthy = network.items.iter().filter(|member| member.health().word == "Healthy").count();
    let legend = ALL.map(|health| vec![Cell::from(health.sign), health.tag().into(), health.meaning.into()]);
    Ok(page(&Map {
        layout: person.layout("The network").at("/network").wide(),
        summary: format!(
            "{} members, of which {healthy} are healthy; the directory has {} entries.",
            network.members, network.directory_size
        ),
        network: network.network,
        size: (2.0 * half) as u32,
        top: (half - high) as u32,
        height: (2.0 * high) as u32,
        middle: half as u32,
        places: places.collect(),
        legend: Table::new("What the signs mean", &["Sign", "Condition", "Which means"], "").rows(legend),
        members: Table::new("Gateways", &COLUMNS, "Nobody is a member yet.").rows(rows(&network.items)),
    }))
}

const COLUMNS: [&str; 7] = ["Member", "Gateway", "Condition", "Last heard of", "Version", "Address", "Assurance"];

fn rows(members: &[Member]) -> Vec<Vec<Cell>> {
    let of = |member: &Member| -> Vec<Vec<Cell>> {
        let row = |gateway: &super::shown::Gateway| {
            vec![
                Cell::link(member.path(), member.name.clone()),
                Cell::Code(gateway.gateway.clone()),
                super::shown::health(&gateway.condition).tag().into(),
                gateway.heard_at.map_or_else(|| "Never".to_owned(), moment).into(),
                gateway.version.clone().unwrap_or_default().into(),
                Cell::Code(gateway.address.clone()),
                member.tag().into(),
            ]
        };
        member.gateways.iter().map(row).collect()
    };
    members.iter().flat_map(of).collect()
}

/// Rings around the middle, each as full as the next.
fn place(member: &Member, index: usize, all: &[Member], half: f64) -> Place {
    let ring = index / RING;
    let on_ring = (all.len() - ring * RING).min(RING);
    let turn = (index % RING) as f64 / on_ring as f64 + ring as f64 * 0.5 / RING as f64;
    let angle = turn * std::f64::consts::TAU - std::f64::consts::FRAC_PI_2;
    let distance = FIRST + STEP * ring as f64;
    let one_ring = all.len() <= RING;
    let wider = if one_ring { WIDER } else { 1.0 };
    let (x, y) = (half + distance * angle.cos() * wider, half + distance * angle.sin());
    let health = member.health();
    let most = if one_ring { NAME[0] } else { NAME[1] };
    let name: String = if member.name.chars().count() <= most {
        member.name.clone()
    } else {
        member.name.chars().take(most - 1).chain(['…']).collect()
    };
    // Away from the middle, so that no line runs through a name.
    let beside = if y < half { y - 30.0 } else { y + 40.0 };
    Place {
        x: format!("{x:.1}"),
        y: format!("{y:.1}"),
        beside: format!("{beside:.1}"),
        fill: health.fill,
        sign: health.sign,
        name,
        title: format!("{}: {}", member.name, health.word),
        href: member.path(),
        dashed: health.word != "Healthy",
    }
}
