//! The messages that an operator meets when the configuration is wrong.

use super::*;

const GOOD: &str = r#"
[organisation]
id = "TEST/LOC/E07000223"
gateway = "gw1"
name = "Marram District Council"
siro = { role = "Senior Information Risk Owner", email = "siro@marram.example" }
code_of_connection = "code-of-connection.toml"

[[organisation.systems]]
code = "benefits"
name = "Housing benefits"

[inside]
listen = "127.0.0.1:8080"
tls = "none"

[outside]
listen = "0.0.0.0:8443"
address = "gateway.marram.example:8443"

[registry]
anchor = "anchor.json"
"#;

fn load(text: &str) -> Result<GatewayConfig> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, text).unwrap();
    GatewayConfig::load(&path)
}

/// The message without the folder, which differs from run to run.
fn message(text: &str) -> String {
    let message = load(text).unwrap_err().to_string();
    message
        .rsplit_once('/')
        .filter(|(before, _)| before.starts_with('/'))
        .map_or(message.clone(), |_| message[message.find("gateway.toml").unwrap()..].to_owned())
}

#[test]
fn a_complete_file_is_read_and_defaults_are_those_of_the_rooms() {
    let config = load(GOOD).unwrap();
    assert_eq!(config.organisation.gateway.to_string(), "gw1");
    assert_eq!(config.outside.address.host(), "gateway.marram.example");
    assert_eq!(config.limits().body, Limits::default().body);
    assert_eq!(config.directory_settings().poll_every, ClientSettings::default().poll_every);
    assert_eq!(config.store_settings().url, "sqlite:packhorse.sqlite");
    assert_eq!(config.store_settings().data_dir, config.folder.join("data"));
}

#[test]
fn a_misspelt_key_is_named_with_its_line_and_the_nearest_name() {
    let text = GOOD.replace("listen = \"127.0.0.1:8080\"", "lisen = \"127.0.0.1:8080\"");
    assert_eq!(message(&text), "gateway.toml, line 14, column 1: unknown key \"lisen\"; did you mean \"listen\"?");
}

#[test]
fn a_wrong_word_is_answered_with_the_words_there_are() {
    let text = GOOD.replace("tls = \"none\"", "tls = \"letsencrypt\"");
    assert_eq!(
        message(&text),
        "gateway.toml, line 15, column 7: unknown value \"letsencrypt\"; known here: none, self"
    );
}

#[test]
fn a_missing_key_names_its_section() {
    let text = GOOD.replace("address = \"gateway.marram.example:8443\"", "");
    assert_eq!(message(&text), "gateway.toml, line 17, column 1: missing field `address`");
}

#[test]
fn a_number_out_of_bounds_names_the_bounds() {
    let text = format!("{GOOD}\npoll_seconds = 3600\n");
    assert_eq!(message(&text), "gateway.toml, line 24, column 16: expected a whole number from 1 to 50");
    let text = format!("{GOOD}\npoll_seconds = \"often\"\n");
    assert_eq!(message(&text), "gateway.toml, line 24, column 16: expected a whole number from 1 to 50");
}

#[test]
fn a_password_is_refused_and_never_repeated() {
    let text = format!("{GOOD}\n[store]\nurl = \"postgres://packhorse:hunter2@db.example/packhorse\"\n");
    let message = message(&text);
    assert!(message.starts_with("gateway.toml, line 25, column 7: a password has no place"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_value_of_the_wrong_type_is_not_repeated() {
    let text = format!("{GOOD}\n[store]\nmax_bytes = \"hunter2\"\n");
    let message = message(&text);
    assert!(message.starts_with("gateway.toml, line 25, column 13: expected u64"), "{message}");
}

#[test]
fn two_ports_at_one_address_are_refused() {
    let text = GOOD.replace("0.0.0.0:8443", "127.0.0.1:8080");
    assert!(message(&text).contains("give each its own port"));
}

#[test]
fn a_new_configuration_reads_back_also_with_every_default_uncommented() {
    let systems = [("benefits".to_owned(), "Housing \"benefits\"".to_owned())];
    let new = NewGateway {
        organisation: "TEST/LOC/E07000223",
        gateway: "gw1",
        name: "Marram \\ Council",
        siro_email: "siro@marram.example",
        charter_url: Some("https://marram.example/charter"),
        systems: &systems,
        inside: "127.0.0.1:8080",
        inside_tls: "self",
        outside: "0.0.0.0:8443",
        outside_address: "gateway.marram.example:8443",
        store: "sqlite:packhorse.sqlite",
    };
    let text = new.to_toml();
    let config = load(&text).unwrap();
    assert_eq!(config.organisation.name, "Marram \\ Council");
    assert_eq!(config.organisation.systems[0].name, "Housing \"benefits\"");
    let is_setting = |line: &&str| {
        line.starts_with("# [")
            || line.split_once(" = ").is_some_and(|(key, _)| !key.trim_start_matches("# ").contains(' '))
    };
    let uncommented: Vec<&str> =
        text.lines().map(|line| if is_setting(&line) { line.trim_start_matches("# ") } else { line }).collect();
    let config = load(&uncommented.join("\n")).unwrap();
    assert_eq!(config.limits().connections, Limits::default().connections);
    assert!(config.store_settings().objects_url.is_some(), "the commented keys were read");
}
