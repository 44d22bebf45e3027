//! The picture of the matrix: answers a second above, median latency below, one panel for each body. Each panel has a
//! scale of its own, from zero, so that bars can be compared by their length.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::matrix::{CLIENTS, Cell, Matrix, Sample, WORKLOADS};
use crate::setting::System;

const PANEL: (f64, f64) = (270.0, 190.0);
const MARGIN: (f64, f64) = (62.0, 84.0);
const GAP: (f64, f64) = (58.0, 74.0);
const COLOURS: [&str; 3] = ["#b8bec6", "#4c78a8", "#d1603d"];
const STYLE: &str = "text{font-family:system-ui,sans-serif;font-size:12px;fill:#1b1f24}\
    .head{font-size:15px;font-weight:600}.small{font-size:10px;fill:#57606a}.grid{stroke:#d8dee4}\
    .page{fill:#ffffff}";

/// What one row of panels shows.
struct Figure {
    title: &'static str,
    of: fn(&Sample) -> f64,
}

const FIGURES: [Figure; 2] = [
    Figure { title: "answers a second", of: |sample| sample.rate },
    Figure { title: "median latency, ms", of: |sample| sample.p50 },
];

/// Writes `performance.svg`.
pub(crate) fn write(matrix: &Matrix, into: &Path) -> Result<()> {
    fs::write(into.join("performance.svg"), picture(matrix)?)?;
    Ok(())
}

fn picture(matrix: &Matrix) -> Result<String> {
    let main = || WORKLOADS.iter().enumerate().filter(|(_, workload)| workload.clients == CLIENTS);
    let columns = main().count() as f64;
    let width = MARGIN.0 + columns * (PANEL.0 + GAP.0);
    let height = MARGIN.1 + FIGURES.len() as f64 * (PANEL.1 + GAP.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <title>Packhorse beside nginx and the backend alone</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    legend(&mut svg)?;
    for (row, figure) in FIGURES.iter().enumerate() {
        for (column, (workload, _)) in main().enumerate() {
            let x = MARGIN.0 + column as f64 * (PANEL.0 + GAP.0);
            let y = MARGIN.1 + row as f64 * (PANEL.1 + GAP.1);
            panel(&mut svg, matrix, workload, figure, (x, y))?;
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn legend(svg: &mut String) -> Result<()> {
    for (place, (system, colour)) in System::ALL.into_iter().zip(COLOURS).enumerate() {
        let x = MARGIN.0 + place as f64 * 150.0;
        writeln!(svg, "<rect x=\"{x}\" y=\"18\" width=\"14\" height=\"14\" fill=\"{colour}\"/>")?;
        writeln!(svg, "<text x=\"{}\" y=\"30\">{}</text>", x + 20.0, system.name())?;
    }
    Ok(())
}

fn panel(svg: &mut String, matrix: &Matrix, workload: usize, figure: &Figure, (x, y): (f64, f64)) -> Result<()> {
    let cells: Vec<&Cell> = CLIENTS.iter().map(|clients| matrix.cell(workload, *clients)).collect::<Result<_>>()?;
    let values = cells.iter().flat_map(|cell| System::ALL.map(|system| cell.median(system, figure.of)));
    let step = step(values.fold(0.0, f64::max));
    let top = step.0 * step.1;
    let name = WORKLOADS[workload].name;
    writeln!(svg, "<text class=\"head\" x=\"{x}\" y=\"{}\">{name}: {}</text>", y - 14.0, figure.title)?;
    for line in 0..=step.1 as u32 {
        let value = f64::from(line) * step.0;
        let height = y + PANEL.1 * (1.0 - value / top);
        writeln!(svg, "<line class=\"grid\" x1=\"{x}\" x2=\"{}\" y1=\"{height}\" y2=\"{height}\"/>", x + PANEL.0)?;
        let label = short(value);
        writeln!(
            svg,
            "<text class=\"small\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{label}</text>",
            x - 6.0,
            height + 4.0
        )?;
    }
    let group = PANEL.0 / cells.len() as f64;
    for (place, cell) in cells.iter().enumerate() {
        bars(svg, cell, figure, (x + place as f64 * group, y), (group, top))?;
    }
    Ok(())
}

fn bars(svg: &mut String, cell: &Cell, figure: &Figure, (x, y): (f64, f64), (group, top): (f64, f64)) -> Result<()> {
    let width = group * 0.26;
    for (place, (system, colour)) in System::ALL.into_iter().zip(COLOURS).enumerate() {
        let value = cell.median(system, figure.of);
        let height = PANEL.1 * value / top;
        let (left, up) = (x + group * 0.11 + place as f64 * width, y + PANEL.1 - height);
        writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{up:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\">\
             <title>{}: {}</title></rect>",
            width - 1.0,
            system.name(),
            short(value)
        )?;
        let middle = left + width / 2.0;
        writeln!(
            svg,
            "<text class=\"small\" transform=\"translate({:.1} {:.1}) rotate(-90)\">{}</text>",
            middle + 3.0,
            up - 3.0,
            short(value)
        )?;
    }
    let clients = if cell.clients == 1 { "1 client".to_owned() } else { cell.clients.to_string() };
    let middle = x + group / 2.0;
    writeln!(svg, "<text text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{}\">{clients}</text>", y + PANEL.1 + 17.0)?;
    Ok(())
}

/// A round distance between grid lines and how many of them leave room above the highest bar for its label.
fn step(highest: f64) -> (f64, f64) {
    let rough = highest * 1.2 / 4.0;
    let ten = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|times| times * ten).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * ten);
    (step, (highest * 1.2 / step).ceil())
}

/// A number in as few digits as a reader needs.
fn short(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
        value if value >= 1000.0 => format!("{:.1}k", value / 1000.0),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round_and_leaves_room_above() {
        for highest in [0.03, 0.9, 7.0, 42.0, 999.0, 31_415.0] {
            let (step, lines) = step(highest);
            assert!(step * lines >= highest * 1.2, "{highest}");
            assert!((3.0..=5.0).contains(&lines), "{highest}: {lines} lines");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(31_415.0, "31k"), (2718.0, "2.7k"), (42.3, "42"), (1.62, "1.6"), (0.123, "0.12")] {
            assert_eq!(short(value), text);
        }
    }
}
