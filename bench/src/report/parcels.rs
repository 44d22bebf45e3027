//! The figures of parcels as tables, between marks of their own.

use std::fmt::Write as _;

use super::{Findings, budgets::Budget, megabytes};
use crate::Result;
use crate::parcels::{Parcels, Resumed, Rounds, Steps};

/// All of it.
pub(super) fn figures(parcels: &Parcels) -> Result<String> {
    let mut text = String::from("\n### Parcels: budgets\n\n");
    text.push_str(&Budget::table(&budgets(parcels))?);
    large(&mut text, parcels)?;
    messages(&mut text, parcels)?;
    memory(&mut text, parcels)?;
    resumed(&mut text, parcels)?;
    Ok(text)
}

fn budgets(parcels: &Parcels) -> Vec<Budget> {
    let floor =
        |what: &str, must, aim, measured| Budget {
            what: what.to_owned(), unit: "×", floor: true, must, aim, measured
        };
    let small = |rounds: &Rounds| rounds.sandbox.all() / rounds.ours.all();
    let sandbox = parcels.mesh(0, |rounds| rounds.sandbox.all());
    vec![
        floor(
            "a parcel of 1 GB, sealed, sent and opened, beside scp",
            0.4,
            0.8,
            parcels.large(|steps, rivals| rivals.scp / (steps.sealed + steps.sent + steps.opened)),
        ),
        floor(
            "the same with upload and fetching, first byte in to last byte out",
            0.4,
            0.8,
            parcels.large(|steps, rivals| rivals.scp / steps.all()),
        ),
        floor("small messages by mesh-client, beside mesh-sandbox", 3.0, 3.0, parcels.mesh(0, small)),
        floor("small messages by our load generator, beside that", 20.0, 20.0, sandbox / parcels.generator().0),
        floor("the message of 100 MB by mesh-client, beside mesh-sandbox", 1.0, 1.0, parcels.mesh(1, small)),
    ]
}

fn rate(bytes: f64, seconds: f64) -> String {
    format!("{:.0}", bytes / 1e6 / seconds)
}

fn large(text: &mut String, parcels: &Parcels) -> Result<()> {
    let bytes = parcels.size as f64;
    writeln!(text, "\n### A parcel of {:.0} MB\n\n| step | seconds | MB/s |\n|---|---:|---:|", bytes / 1e6)?;
    let mut line = |what: &str, seconds: f64| writeln!(text, "| {what} | {seconds:.2} | {} |", rate(bytes, seconds));
    for (index, (name, _)) in Steps::default().named().into_iter().enumerate() {
        let of = |steps: &Steps| steps.named().get(index).map_or(f64::NAN, |(_, seconds)| *seconds);
        line(name, parcels.large(|steps, _| of(steps)))?;
    }
    line("all of it", parcels.large(|steps, _| steps.all()))?;
    line("`scp`", parcels.large(|_, rivals| rivals.scp))?;
    line("`scp`, and on the disk", parcels.large(|_, rivals| rivals.scp_synced))?;
    line("`curl` to nginx, TLS 1.3", parcels.large(|_, rivals| rivals.up))?;
    line("`curl` from nginx", parcels.large(|_, rivals| rivals.down))?;
    let cpu = parcels.large(|steps, _| steps.cpu);
    writeln!(text, "\nBoth gateways together took {cpu:.1} s of processor for it.")?;
    Ok(())
}

fn messages(text: &mut String, parcels: &Parcels) -> Result<()> {
    let count = parcels.count as f64;
    writeln!(text, "\n### Messages through MESH's interface\n")?;
    writeln!(text, "| load | by | sent, s | received and acknowledged, s | messages a second | MB/s |")?;
    writeln!(text, "|---|---|---:|---:|---:|---:|")?;
    let loads = [(format!("{count} × 1 KB"), count, 1024.0), ("1 × 100 MB".to_owned(), 1.0, 1e8)];
    for (index, (name, count, bytes)) in loads.into_iter().enumerate() {
        for (by, is_ours) in [("mesh-client, Packhorse pair", true), ("mesh-client, mesh-sandbox", false)] {
            let took = |rounds: &Rounds| if is_ours { rounds.ours } else { rounds.sandbox };
            let (sent, received) = (parcels.mesh(index, |r| took(r).sent), parcels.mesh(index, |r| took(r).received));
            let all = parcels.mesh(index, |r| took(r).all());
            let (each, speed) = (count / all, rate(count * bytes, all));
            writeln!(text, "| {name} | {by} | {sent:.2} | {received:.2} | {each:.1} | {speed} |")?;
        }
    }
    let lost = parcels.mesh(0, |rounds| rounds.sandbox.lost);
    let (all, cpu) = parcels.generator();
    let (each, speed) = (count / all, rate(count * 1024.0, all));
    writeln!(
        text,
        "| {count} × 1 KB | our load generator, Packhorse pair | – | {all:.2} in all | {each:.1} | {speed} |"
    )?;
    let each = cpu / count * 1e3;
    writeln!(text, "\nBoth gateways together took {each:.1} ms of processor for each message of our load generator.")?;
    writeln!(text, "Of the {count} small messages the sandbox took in and never listed {lost}; Packhorse none.")?;
    Ok(())
}

fn memory(text: &mut String, parcels: &Parcels) -> Result<()> {
    writeln!(
        text,
        "\n### Memory of gateways that carry one parcel\n\n| parcel | gateway | the most |\n|---:|---|---:|"
    )?;
    for (size, gateways) in &parcels.memory {
        for (name, memory) in gateways {
            writeln!(text, "| {:.0} MB | {name} | {:.0} MB |", *size as f64 / 1e6, megabytes(memory.most))?;
        }
    }
    Ok(())
}

fn resumed(text: &mut String, parcels: &Parcels) -> Result<()> {
    writeln!(text, "\n### After `kill -9` at half of a parcel\n")?;
    writeln!(
        text,
        "| who fell | ready to the first new piece | carried twice | lost on its way |\n|---|---:|---:|---:|"
    )?;
    for (who, resumed) in ["the recipient's gateway", "the sender's gateway"].into_iter().zip(&parcels.resumed) {
        let Resumed { seconds, twice, lost } = resumed;
        let (twice, lost) = (megabytes(*twice), megabytes(*lost));
        writeln!(text, "| {who} | {seconds:.1} s | {twice:.0} MB | {lost:.0} MB |")?;
    }
    Ok(())
}

/// How it was measured, in a line.
pub(super) fn conditions(findings: &Findings) -> String {
    let Findings { options, machine, .. } = findings;
    let rounds = options.rounds;
    format!(
        "`make bench` (`bench/run{}`), {}, commit {}; load average {} before the start; medians of {rounds} rounds.\n",
        if options.short { " --short" } else { "" },
        machine.date,
        machine.commit,
        machine.load
    )
}
