//! Registers become services; systems and people are registered.

use serde_json::Value;

use crate::demo::cast::{ORGANISATIONS, Organisation, POST_ROLE, POST_ROOM, Person, RESIDENTS, Table};
use crate::demo::stage::{Stage, holds};
use crate::error::Result;

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    stage.place.write(RESIDENTS.0, RESIDENTS.1.as_bytes())?;
    for organisation in &ORGANISATIONS {
        if let Some(table) = &organisation.table {
            publish(stage, organisation, table).await?;
        }
    }
    let mut told = false;
    for organisation in &ORGANISATIONS {
        register(stage, organisation, &mut told).await?;
    }
    for organisation in &ORGANISATIONS {
        open_post_room(stage, organisation).await?;
    }
    if !told {
        stage.narrator.found("Systems and people were registered at an earlier start.")?;
    }
    Ok("three registers are services, every system has a key and every post room a mailbox; who uses them and when \
        they were trained is known"
        .to_owned())
}

async fn publish(stage: &Stage, organisation: &Organisation, table: &Table) -> Result<()> {
    let (id, config) = (organisation.service_id().unwrap_or_default(), organisation.config());
    let services = stage.data(&["table", "list", "--config", &config]).await?;
    if find(&services, "id", &id).is_some() {
        return stage.narrator.found(&format!("{id} is published since an earlier start."));
    }
    stage.place.write(table.file, (table.data)().as_bytes())?;
    let place = format!("{}/{}", organisation.system.0, table.service);
    let mut arguments = vec!["table", "add"];
    arguments.extend(table.described);
    arguments.extend(["--service", &place, "--config", &config]);
    let said = stage.run(&arguments).await?;
    stage.narrator.said(&said.out)?;
    let services = stage.data(&["table", "list", "--config", &config]).await?;
    let open = find(&services, "id", &id).is_some_and(|service| service["trouble"].is_null());
    holds(open, format!("{id} is not open"))
}

/// The system with its defaults and a key, and who uses it. The first to be registered is told.
async fn register(stage: &Stage, organisation: &Organisation, told: &mut bool) -> Result<()> {
    let ((code, title), config) = (organisation.system, organisation.config());
    let known = stage.data(&["system", "list", "--config", &config]).await?;
    let known = find(&known, "code", code);
    if known.is_none() {
        let asks = &organisation.asks;
        let mut arguments = vec!["system", "add", code, "--title", title];
        arguments.extend(["--agreement", asks.agreement, "--purpose", asks.purpose]);
        arguments.extend(asks.role.iter().flat_map(|role| ["--role", role]));
        arguments.extend(["--config", &config]);
        tell_or_not(stage, &arguments, !*told).await?;
    }
    key(stage, organisation, code, &organisation.key_file(), !*told).await?;
    for person in organisation.people {
        let listed = known.and_then(|system| system.get("people"));
        if listed.is_none_or(|people| find(people, "id", person.id).is_none()) {
            enter(stage, organisation, person, !*told).await?;
        }
    }
    *told |= known.is_none();
    Ok(())
}

/// A key is shown once, and goes straight into a file that only its owner can read.
async fn key(stage: &Stage, organisation: &Organisation, code: &str, file: &str, told: bool) -> Result<()> {
    let config = organisation.config();
    if stage.place.root().join(file).exists() {
        return Ok(());
    }
    if told {
        let line = format!("(umask 077 && packhorse system key {code} --config {config} > {file})");
        stage.narrator.shell(&line)?;
    }
    let said = stage.quietly(&["system", "key", code, "--config", &config]).await?;
    stage.place.write(file, said.out.as_bytes()).map(|_| ())
}

async fn enter(stage: &Stage, organisation: &Organisation, person: &Person, told: bool) -> Result<()> {
    let trained = person.trained_on(stage.place.begun_on())?.to_string();
    let (code, config) = (organisation.system.0, organisation.config());
    let mut arguments = vec!["person", "add", person.id];
    arguments.extend(["--system", code, "--role", person.role]);
    arguments.extend(["--trained-on", &trained, "--config", &config]);
    tell_or_not(stage, &arguments, told).await
}

/// A mailbox for parcels, and an account for software that speaks NHS MESH. Like a key, it is shown once.
async fn open_post_room(stage: &Stage, organisation: &Organisation) -> Result<()> {
    let ((code, title), config, file) = (POST_ROOM, organisation.config(), organisation.account_file());
    if stage.place.root().join(&file).exists() {
        return Ok(());
    }
    let mut add = vec!["system", "add", code, "--title", title, "--purpose", organisation.posts];
    add.extend(["--role", POST_ROLE, "--config", &config]);
    stage.quietly(&add).await?;
    key(stage, organisation, code, &organisation.post_key_file(), false).await?;
    stage.quietly(&["system", "mailbox", code, "--config", &config]).await?;
    let said = stage.quietly(&["--json", "system", "mesh", code, "--config", &config]).await?;
    stage.place.write(&file, said.out.as_bytes()).map(|_| ())
}

async fn tell_or_not(stage: &Stage, arguments: &[&str], told: bool) -> Result<()> {
    if told {
        stage.run(arguments).await?
    } else {
        stage.quietly(arguments).await?
    };
    Ok(())
}

/// The row of a list in which a name has this value.
fn find<'a>(rows: &'a Value, name: &str, value: &str) -> Option<&'a Value> {
    rows.as_array()?.iter().find(|row| row.get(name).and_then(Value::as_str) == Some(value))
}
