//! Assurance by command: profiles, submissions, findings, decisions, conditions, what is due, who is heard of.
//!
//! Everything here can be done in a browser too, at the registry's inside address. It must never decide what a rule
//! decides.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_directory::Registry;
use packhorse_directory::assurance::{Decision, Judgement, Outcome, Profile, Verdict};
use packhorse_directory::registry::{AssuranceDates, AssuranceFile, Found, PendingRequest, Sender, all_keys};
use packhorse_keys::Fingerprint;
use packhorse_model::OrganisationId;
use serde_json::{Value, json};

use super::RegistryFolder;
use crate::error::{Error, Result};
use crate::files;
use crate::output::{Output, printable};

/// Largest file of a profile or of answers that is read.
const MAX_FILE: u64 = 256 * 1024;
/// Who decided, where nobody signed in: whoever may use the registry's folder.
pub(super) const AT_THE_TERMINAL: &str = "command line";

/// The commands about assurance.
#[derive(Debug, Subcommand)]
pub(super) enum AssuranceAct {
    /// Show the assurance profiles, or one with its controls; add your own
    Profiles {
        /// Show this one
        name: Option<String>,
        /// Add the profile in this TOML file
        #[arg(long, value_name = "FILE", conflicts_with = "name")]
        add: Option<std::path::PathBuf>,
    },
    /// Show what an organisation submitted, control by control; or bring a member's answers
    Submission {
        /// NET/CLASS/code of a member, or a request to join
        of: String,
        /// The answers, as in code-of-connection.toml
        #[arg(long, value_name = "FILE")]
        file: Option<std::path::PathBuf>,
    },
    /// Note what you find under one control of a submission
    Finding(FindingArgs),
    /// Decide on a submission: of a request to join, or of a member for its renewal
    Assess(AssessArgs),
    /// Renew a member's certificate on the answers that it has submitted, as they stand
    Renew {
        /// NET/CLASS/code
        organisation: OrganisationId,
        /// Last day on which it holds [default: as long as the profile allows]
        #[arg(long, value_name = "DATE")]
        valid_until: Option<Date>,
    },
    /// Withdraw a member's assurance: it is cut off everywhere until it is assessed anew
    Withdraw {
        /// NET/CLASS/code
        organisation: OrganisationId,
        /// Why, published to every member: no personal data
        #[arg(long)]
        reason: String,
    },
    /// State that a condition of a member's approval is met
    Condition {
        /// NET/CLASS/code
        organisation: OrganisationId,
        /// The control that the condition mends
        control: String,
    },
    /// Show what ends or is due, the soonest first
    Renewals,
    /// Show how the network is: which gateway was heard of when
    Health,
}

/// Arguments of `registry finding`.
#[derive(Debug, Args)]
pub(super) struct FindingArgs {
    /// NET/CLASS/code of a member, or a request to join
    of: String,
    /// The control
    control: String,
    /// met, partly, not-met or not-applicable
    #[arg(value_parser = verdict)]
    verdict: Verdict,
    /// Why; what has to be done, where it is not met
    #[arg(long)]
    note: Option<String>,
    /// By when it has to be done
    #[arg(long, value_name = "DATE")]
    due: Option<Date>,
}

/// Arguments of `registry assess`.
#[derive(Debug, Args)]
pub(super) struct AssessArgs {
    /// NET/CLASS/code of a member, or a request to join
    of: String,
    /// certificate, conditional or refused
    #[arg(long, value_parser = outcome)]
    outcome: Outcome,
    /// For a request: the fingerprint of all keys that the applicant's people read out to you
    #[arg(long, value_name = "sha256:HEX")]
    fingerprint: Option<Fingerprint>,
    /// Last day on which it holds [default: as long as the profile allows]
    #[arg(long, value_name = "DATE")]
    valid_until: Option<Date>,
    /// Why, for the organisation; needed to refuse
    #[arg(long)]
    reason: Option<String>,
    /// Day on which the information charter was signed
    #[arg(long, value_name = "DATE")]
    charter: Option<Date>,
    /// Day of the latest statement that staff training is in order
    #[arg(long, value_name = "DATE")]
    training: Option<Date>,
    /// Take the answers as they stand, where no finding was noted
    #[arg(long)]
    as_answered: bool,
}

/// What is assessed.
enum Subject {
    Member(OrganisationId),
    Request(Box<PendingRequest>),
}

/// Runs one command about assurance.
pub(super) async fn run(folder: &RegistryFolder, act: AssuranceAct, output: Output) -> Result<()> {
    let registry = folder.open().await?;
    match act {
        AssuranceAct::Profiles { name, add } => profiles(&registry, name.as_deref(), add.as_deref(), output).await,
        AssuranceAct::Submission { of, file } => submission(&registry, &of, file.as_deref(), output).await,
        AssuranceAct::Finding(args) => finding(&registry, args, output).await,
        AssuranceAct::Assess(args) => assess(&registry, args, output).await,
        AssuranceAct::Renew { organisation, valid_until } => {
            let decision = Decision { outcome: Outcome::Certificate, valid_until, reason: None, as_answered: true };
            let now = Timestamp::now();
            let found =
                registry.assess_member(&organisation, decision, AssuranceDates::default(), AT_THE_TERMINAL, now).await;
            told(&organisation, &found?, output)
        }
        AssuranceAct::Withdraw { organisation, reason } => {
            let found = registry.withdraw(&organisation, &reason, AT_THE_TERMINAL, Timestamp::now()).await?;
            told(&organisation, &found, output)
        }
        AssuranceAct::Condition { organisation, control } => {
            told(&organisation, &registry.meet_condition(&organisation, &control, Timestamp::now()).await?, output)
        }
        AssuranceAct::Renewals => renewals(&registry, output).await,
        AssuranceAct::Health => health(&registry, output).await,
    }
}

async fn profiles(
    registry: &Registry,
    name: Option<&str>,
    add: Option<&std::path::Path>,
    output: Output,
) -> Result<()> {
    if let Some(file) = add {
        let profile = registry.add_profile(&files::read_text(file, MAX_FILE)?).await?;
        let text = format!("{} {} is added: {} controls", profile.name, profile.version, profile.controls.len());
        return output.result(&json!(profile), &text);
    }
    let Some(name) = name else {
        let rows: Vec<Value> = registry.profiles().await?.iter().map(|profile| json!(profile)).collect();
        return output.list(
            &rows.into(),
            &[("profile", "/name"), ("version", "/version"), ("title", "/title"), ("by", "/issuer")],
        );
    };
    let profile = registry.profile(name).await?;
    let mut text = format!("{} {} ({})\n", profile.title, profile.version, profile.issuer);
    if let Some(note) = &profile.note {
        text.push_str(&format!("{note}\n"));
    }
    for control in &profile.controls {
        let must = if control.mandatory { "mandatory" } else { "optional" };
        text.push_str(&format!("{} [{}, {must}] {}\n", control.id, control.domain, printable(&control.requirement)));
    }
    output.result(&json!(profile), &text)
}

async fn submission(registry: &Registry, of: &str, file: Option<&std::path::Path>, output: Output) -> Result<()> {
    let subject = subject(registry, of).await?;
    if let Some(path) = file {
        let Subject::Member(organisation) = &subject else {
            return Err(Error::Usage("a request brings its own answers: --file is for members".to_owned()));
        };
        let answers = files::read_text(path, MAX_FILE)?;
        registry.submit_answers(organisation, &answers, Sender::Operator, Timestamp::now()).await?;
        let text = format!("the answers of {organisation} wait for assessment");
        output.result(&json!({"organisation": organisation, "submitted": true}), &text)?;
        return output.hint(&format!("packhorse registry submission {organisation}"));
    }
    let assured = file_of(registry, &subject).await?;
    let Some(open) = assured.open() else {
        let none =
            Error::refused("no submission waits for a decision", "bring one with --file, or ask the organisation");
        return Err(none);
    };
    let profile = registry.profile(&open.submission.profile).await?;
    let text = sheet(&profile, &assured);
    output.result(&json!({"profile": profile.name, "submission": open, "findings": assured.review}), &text)?;
    output.hint(&format!("packhorse registry finding {of} <control> met; then packhorse registry assess {of}"))
}

/// A submission beside its profile, for people.
fn sheet(profile: &Profile, file: &AssuranceFile) -> String {
    let Some(open) = file.open() else { return String::new() };
    let mut text = format!("{} {}, received {}\n", profile.title, profile.version, open.received);
    for control in &profile.controls {
        let must = if control.mandatory { "mandatory" } else { "optional" };
        text.push_str(&format!("\n{} ({must}): {}\n", control.id, printable(&control.requirement)));
        match open.submission.response(&control.id) {
            Some(response) => {
                let due = response.remediation_due.map(|due| format!(", by {due}")).unwrap_or_default();
                text.push_str(&format!(
                    "  answer ({}{due}): {}\n",
                    word(&response.status),
                    printable(&response.statement)
                ));
                for evidence in &response.evidence {
                    text.push_str(&format!("  evidence: {}\n", printable(evidence)));
                }
            }
            None => text.push_str("  no answer\n"),
        }
        if let Some(found) = file.review.get(&control.id) {
            let note = found.note.as_deref().map(|note| format!(": {}", printable(note))).unwrap_or_default();
            let due = found.due.map(|due| format!(", by {due}")).unwrap_or_default();
            text.push_str(&format!("  finding: {}{due}{note}\n", word(&found.verdict)));
        }
    }
    text
}

async fn finding(registry: &Registry, args: FindingArgs, output: Output) -> Result<()> {
    let FindingArgs { of, control, verdict, note, due } = args;
    let judgement = Judgement { verdict, note, due };
    match subject(registry, &of).await? {
        Subject::Member(organisation) => {
            registry.judge_member(&organisation, &control, judgement, Timestamp::now()).await?;
        }
        Subject::Request(request) => {
            registry.judge_request(&request, &control, judgement, Timestamp::now()).await?;
        }
    }
    output.result(&json!({"of": of, "control": control, "verdict": verdict}), &format!("noted: {control}"))
}

async fn assess(registry: &Registry, args: AssessArgs, output: Output) -> Result<()> {
    let AssessArgs { of, outcome, fingerprint, valid_until, reason, charter, training, as_answered } = args;
    let decision = Decision { outcome, valid_until, reason, as_answered };
    let dates = AssuranceDates { charter, training };
    let now = Timestamp::now();
    match subject(registry, &of).await? {
        Subject::Member(organisation) => {
            let found = registry.assess_member(&organisation, decision, dates, AT_THE_TERMINAL, now).await?;
            told(&organisation, &found, output)
        }
        Subject::Request(request) => {
            let seen: Vec<Fingerprint> = request.fingerprints.iter().map(|(_, fingerprint)| *fingerprint).collect();
            if outcome != Outcome::Refused && fingerprint != Some(all_keys(&request.fingerprints)) {
                return Err(Error::refused(
                    "the fingerprint of all keys was not given, or is not the one of this request",
                    "call the applicant on a number you know, then repeat with --fingerprint and what they read out",
                ));
            }
            let found = registry.assess_request(&request, &seen, decision, dates, AT_THE_TERMINAL, now).await?;
            told(&request.organisation, &found, output)
        }
    }
}

async fn renewals(registry: &Registry, output: Output) -> Result<()> {
    let mut due: Vec<(Option<Date>, Value)> = Vec::new();
    for glance in registry.glances(Timestamp::now()).await? {
        let row = |date: Option<Date>, what: String| {
            (
                date,
                json!({"date": date, "organisation": glance.organisation, "name": glance.name, "what": what,
                          "standing": glance.standing, "submitted": glance.has_open_submission}),
            )
        };
        due.push(row(glance.ends, "the assurance ends".to_owned()));
        due.extend(glance.conditions.iter().map(|one| row(Some(one.due), format!("{}: {}", one.control, one.what))));
    }
    // What has no end comes last.
    due.sort_by_key(|(date, _)| (date.is_none(), *date));
    let rows: Vec<Value> = due.into_iter().map(|(_, row)| row).collect();
    let columns = [("date", "/date"), ("organisation", "/organisation"), ("what", "/what"), ("standing", "/standing")];
    output.list(&rows.into(), &columns)
}

async fn health(registry: &Registry, output: Output) -> Result<()> {
    let mut rows: Vec<Value> = Vec::new();
    for glance in registry.glances(Timestamp::now()).await? {
        for gateway in &glance.gateways {
            let beat = gateway.beat.as_ref();
            rows.push(json!({
                "organisation": glance.organisation, "gateway": gateway.gateway, "condition": gateway.condition,
                "heard_at": beat.map(|beat| beat.heard), "version": beat.map(|beat| &beat.said.version),
                "standing": glance.standing, "status": glance.status,
            }));
        }
    }
    let columns = [
        ("organisation", "/organisation"),
        ("gateway", "/gateway"),
        ("health", "/condition"),
        ("heard", "/heard_at"),
        ("version", "/version"),
        ("assurance", "/standing"),
    ];
    output.list(&rows.into(), &columns)
}

/// Says what a decision led to.
pub(super) fn told(organisation: &OrganisationId, found: &Found, output: Output) -> Result<()> {
    let assessment = &found.assessment;
    let mut text = format!("{organisation}: {}", word(&assessment.outcome));
    if let Some(last) = assessment.holds_until() {
        text.push_str(&format!(", assured until {last}"));
    }
    for condition in assessment.open_conditions() {
        text.push_str(&format!(
            "\ncondition {} by {}: {}",
            condition.control,
            condition.due,
            printable(&condition.what)
        ));
    }
    let data = json!({"organisation": organisation, "assessment": assessment,
                      "assured_until": assessment.holds_until(), "entry": found.entry});
    output.result(&data, &text)?;
    match found.entry {
        Some(entry) => output.hint(&format!("entry {entry} of the directory is known everywhere within a minute")),
        None => output.hint("the directory says what it said before"),
    }
}

/// A member by its identifier, or a request by its name.
async fn subject(registry: &Registry, of: &str) -> Result<Subject> {
    if let Ok(organisation) = of.parse() {
        return Ok(Subject::Member(organisation));
    }
    let request = registry.requests().await?.into_iter().find(|request| request.id == of);
    request.map(Box::new).map(Subject::Request).ok_or_else(|| {
        Error::refused(
            "this is neither an identifier NET/CLASS/code nor a request that waits for a decision",
            "packhorse registry members and packhorse registry requests list them",
        )
    })
}

async fn file_of(registry: &Registry, subject: &Subject) -> Result<AssuranceFile> {
    Ok(match subject {
        Subject::Member(organisation) => registry.assurance_file(organisation).await?,
        Subject::Request(request) => registry.request_file(request).await?,
    })
}

/// How a word of the data is written in JSON, for people with blanks.
fn word(value: &impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().replace('_', " ")
}

fn verdict(text: &str) -> std::result::Result<Verdict, String> {
    typed(text).ok_or_else(|| "one of met, partly, not-met, not-applicable".to_owned())
}

fn outcome(text: &str) -> std::result::Result<Outcome, String> {
    let outcome = typed(text).filter(|outcome| *outcome != Outcome::Withdrawn);
    outcome.ok_or_else(|| "one of certificate, conditional, refused; registry withdraw withdraws".to_owned())
}

fn typed<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::String(text.replace('-', "_"))).ok()
}
