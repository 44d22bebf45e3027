//! The command line as people type it: it parses, its help is the one that was reviewed, and it cannot contradict itself.

use clap::CommandFactory as _;

use super::*;

#[test]
fn the_command_line_is_well_defined() {
    CommandLine::command().debug_assert();
}

#[test]
fn commands_parse_as_the_guides_write_them() {
    for line in [
        "registry init --dir net --network TEST --listen 127.0.0.1:7000 --url https://127.0.0.1:7000",
        "registry serve --dir net",
        "registry approve 0123 --dir net --yes",
        "registry assure TEST/LOC/a --dir net --valid-until 2030-01-01",
        "registry suspend TEST/LOC/a --dir net --reason incident",
        "registry anchor --dir net",
        "registry profiles gcsx-coco --dir net",
        "registry submission TEST/LOC/a --file answers.toml --dir net",
        "registry finding TEST/LOC/a patching partly --note replace --due 2030-01-01 --dir net",
        "registry assess 0123 --outcome conditional --fingerprint sha256:0000000000000000000000000000000000000000000000000000000000000000 --dir net",
        "registry renew TEST/LOC/a --dir net",
        "registry withdraw TEST/LOC/a --reason incident --dir net",
        "registry condition TEST/LOC/a patching --dir net",
        "registry operator add desk --dir net",
        "gateway renew --config gw/gateway.toml",
        "gateway init --dir gw --organisation TEST/LOC/a --name Council --siro-email siro@a.example --inside 127.0.0.1:8080 --outside 127.0.0.1:8443 --outside-address 127.0.0.1:8443 --anchor anchor.json --system benefits:Benefits --system parking:Parking",
        "gateway join --config gw/gateway.toml --wait",
        "gateway rotate --config gw/gateway.toml --purpose sign --overlap 12h",
        "gateway backup --config gw/gateway.toml --to backup",
        "gateway restore --from backup --dir gw2",
        "gateway operator add auditor --role auditor --config gw/gateway.toml",
        "gateway operator list --config gw/gateway.toml",
        "gateway operator remove auditor --config gw/gateway.toml",
        "gateway snapshot --config gw/gateway.toml --out snapshot",
        "agreement new --out blue-badge.toml",
        "agreement sign blue-badge-2026 --name A --position B --authority C --config gw/gateway.toml",
        "agreement explain --client TEST/LOC/a/b --service TEST/GOV/c/d/e --purpose p --field x --field y",
        "table add people.csv --service register/people --key nhs_number --format nhs_number=nhs-number --rule at-most:5 --dry-run",
        "table add --definition people.toml --service register/people",
        "system key parking --config gw/gateway.toml",
        "person add officer-7 --system parking --role enforcement --trained-on 2026-01-31",
        "records receipt 123e4567-e89b-42d3-a456-426614174000 --side outbound --out receipt.json",
        "ledger check --config gw/gateway.toml",
        "ask --client TEST/LOC/a/b --service TEST/GOV/c/d/e /by-vrm/AA19AAA --purpose p",
        "parcel send --to TEST/POL/b/intake --workflow REPORT --client TEST/LOC/a/b --subject s --marking official-sensitive --expires 10d --yes one.pdf two.pdf",
        "parcel send --resume 019a4c7e-0000-7000-8000-000000000000 --client TEST/LOC/a/b",
        "parcel list --out --state delivered --wait 10 --client TEST/LOC/a/b",
        "parcel fetch 019a4c7e-0000-7000-8000-000000000000 --into in --client TEST/LOC/a/b --user officer-7",
        "parcel extend 019a4c7e-0000-7000-8000-000000000000 --until 2030-01-31 --client TEST/LOC/a/b",
        "parcel forward 019a4c7e-0000-7000-8000-000000000000 --to TEST/POL/b/intake --workflow REPORT --client TEST/LOC/a/b",
        "verify receipt.json --directory snapshot --anchor anchor.json",
        "verify receipt.json --anchor anchor.json --registry",
        "link a.csv b.csv --spec auto",
        "link a.csv b.parquet --spec link.toml --out pairs.parquet --report report.html --workers 2",
        "link review pairs.parquet a.csv b.csv --spec link.toml --labels labels.csv --sample 50",
        "status --json registry",
    ] {
        let words = std::iter::once("packhorse").chain(line.split(' '));
        let parsed = CommandLine::try_parse_from(words);
        // The last line is no command: what parses everything proves nothing.
        assert_eq!(parsed.is_ok(), !line.starts_with("status"), "{line}: {:?}", parsed.err().map(|e| e.to_string()));
    }
}

#[test]
fn contradictions_are_refused_before_anything_is_done() {
    for line in [
        "verify receipt.json",
        "verify receipt.json --registry",
        "verify receipt.json --directory a --registry --anchor b",
        "records list --gateway http://127.0.0.1:8080 --token-file t --config c",
        "registry approve 0123 --yes --fingerprint sha256:00",
        "gateway rotate --purpose everything",
        "table add --service register/people",
        "parcel send --to TEST/POL/b/intake --workflow REPORT --client TEST/LOC/a/b",
        "parcel send --to TEST/POL/b/intake --workflow REPORT --client TEST/LOC/a/b --marking secret one.pdf",
        "parcel decline 019a4c7e-0000-7000-8000-000000000000 --client TEST/LOC/a/b",
        "parcel list --in --out --client TEST/LOC/a/b",
        "table add people.csv --service people",
        "system address parking --ip office",
    ] {
        let words = std::iter::once("packhorse").chain(line.split(' '));
        assert!(CommandLine::try_parse_from(words).is_err(), "{line}");
    }
}

/// The help of every command in one text, held against the reviewed one. `UPDATE_HELP=1` writes it anew.
#[test]
fn the_help_is_the_one_that_was_reviewed() {
    let reviewed = concat!(env!("CARGO_MANIFEST_DIR"), "/src/help.txt");
    let mut now = String::new();
    let mut command = CommandLine::command().term_width(100);
    // Gives every command its full name, as people see it.
    command.build();
    collect(&mut command, &mut now);
    if std::env::var_os("UPDATE_HELP").is_some() {
        std::fs::write(reviewed, &now).unwrap();
    }
    let kept = std::fs::read_to_string(reviewed).unwrap();
    assert!(now == kept, "the help changed: read it, then run this test with UPDATE_HELP=1\n{now}");
}

fn collect(command: &mut clap::Command, text: &mut String) {
    let help = command.render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let name = command.get_bin_name().unwrap_or("packhorse").to_owned();
    text.push_str(&format!("# {name}\n\n{}\n\n", lines.join("\n").trim_end()));
    // `help` repeats every command.
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        collect(inner, text);
    }
}
