//! Writes a new gateway's configuration, with a comment for every key and every default said.
//!
//! The text reads back as [`super::GatewayConfig`]; it must never hold a secret.

use packhorse_directory::client::ClientSettings;
use packhorse_gateway::Limits;
use packhorse_governance::people::SignInSettings;
use toml::Value;

use super::SCANNER_PATIENCE;
use super::people::REVIEW_DAYS;

/// What a new configuration says.
pub(crate) struct NewGateway<'a> {
    pub(crate) organisation: &'a str,
    pub(crate) gateway: &'a str,
    pub(crate) name: &'a str,
    pub(crate) siro_email: &'a str,
    pub(crate) charter_url: Option<&'a str>,
    /// Code and title of every system.
    pub(crate) systems: &'a [(String, String)],
    pub(crate) inside: &'a str,
    pub(crate) inside_tls: &'a str,
    pub(crate) outside: &'a str,
    pub(crate) outside_address: &'a str,
    pub(crate) store: &'a str,
}

impl NewGateway<'_> {
    /// The commented TOML.
    pub(crate) fn to_toml(&self) -> String {
        let charter = match self.charter_url {
            Some(url) => format!("charter_url = {}", quoted(url)),
            None => "# charter_url = \"https://www.example.gov.uk/information-charter\"".to_owned(),
        };
        format!(
            "# A Packhorse gateway. Relative paths stand below the folder of this file.\n\
             # Check it with: packhorse gateway check --config gateway.toml\n\n\
             # What the directory states of you. After a change: packhorse gateway amend --config gateway.toml\n\
             [organisation]\n\
             id = {}\n\
             # This gateway's code, X-Road's server code.\n\
             gateway = {}\n\
             name = {}\n\
             # The senior information risk owner: a role's mailbox, it is published.\n\
             siro = {{ role = \"Senior Information Risk Owner\", email = {} }}\n\
             # contacts = [{{ role = \"Data Protection Officer\", email = \"dpo@example.gov.uk\" }}]\n\
             # Where your information charter is published.\n\
             {charter}\n\
             # Your answers to the code of connection; the registry keeps them, its digest is published.\n\
             code_of_connection = \"code-of-connection.toml\"\n\
             {}\n\
             # The port for your own staff and systems: X-Road REST, the management API.\n\
             [inside]\n\
             listen = {}\n\
             # \"self\": TLS with the gateway's own key. \"none\": plain, for one machine or behind a proxy.\n\
             tls = {}\n\n\
             # The port for other gateways: always mutual TLS 1.3 with the directory's keys.\n\
             [outside]\n\
             listen = {}\n\
             # Where other gateways find it; published.\n\
             address = {}\n\n\
             # A PostgreSQL password is given in PGPASSWORD or ~/.pgpass, never here.\n\
             [store]\n\
             url = {}\n\
             # data = \"data\"\n\
             # objects = \"s3://bucket/prefix\"\n\
             # max_bytes = 100000000000\n\n\
             {}",
            quoted(self.organisation),
            quoted(self.gateway),
            quoted(self.name),
            quoted(self.siro_email),
            self.systems_toml(),
            quoted(self.inside),
            quoted(self.inside_tls),
            quoted(self.outside),
            quoted(self.outside_address),
            quoted(self.store),
            defaults(),
        )
    }

    fn systems_toml(&self) -> String {
        let system = |(code, title): &(String, String)| {
            format!("\n[[organisation.systems]]\ncode = {}\nname = {}\n", quoted(code), quoted(title))
        };
        self.systems.iter().map(system).collect()
    }
}

/// The sections whose defaults are right for most.
fn defaults() -> String {
    let (limits, directory) = (Limits::default(), ClientSettings::default());
    format!(
        "[registry]\n\
         # The document that the network's operator gave you, by a way you trust.\n\
         anchor = \"anchor.json\"\n\
         # poll_seconds = {}\n\
         # Older than this the directory decides nothing any more, and exchanges stop.\n\
         # max_age_seconds = {}\n\n\
         [limits]\n\
         # Larger things are parcels.\n\
         # body_bytes = {}\n\
         # answer_seconds = {}\n\
         # read_seconds = {}\n\
         # signature_age_seconds = {}\n\
         # clock_ahead_seconds = {}\n\
         # connections = {}\n\n\
         [parcels]\n\
         # Have parcels looked at for malware, on their way out and in: clamd's host:port, or the path of its socket.\n\
         # clamd = \"/run/clamav/clamd.ctl\"\n\
         # clamd_seconds = {}\n\
         # Let systems drop and fetch files over SFTP: the address to listen at.\n\
         # sftp = \"0.0.0.0:8022\"\n\n\
         {}\
         [xroad]\n\
         # Spelling of error codes: \"7.7\" is what most clients parse, \"7.8\" the newer one.\n\
         # errors = \"7.7\"\n\n\
         [log]\n\
         # error, warn, info, debug; json or text. Never personal data.\n\
         # level = \"info\"\n\
         # format = \"json\"\n",
        directory.poll_every.as_secs(),
        directory.max_age.as_secs(),
        limits.body,
        limits.answer.as_secs(),
        limits.read.as_secs(),
        limits.signature_age.as_secs(),
        limits.clock_ahead.as_secs(),
        limits.connections,
        SCANNER_PATIENCE.as_secs(),
        people(),
    )
}

/// How staff sign in.
fn people() -> String {
    let defaults = SignInSettings::default();
    format!(
        "# How your own staff sign in.\n\
         [people]\n\
         # Where they reach this gateway with their browsers: stands in links of invitations and notices.\n\
         # address = \"https://packhorse.example.gov.uk\"\n\
         # idle_minutes = {}\n\
         # longest_hours = {}\n\
         # \"required\": a local account needs the code of an app. \"optional\": only for trying things out.\n\
         # second_factor = \"required\"\n\
         # An access that nobody confirms for so long ends; 0: never.\n\
         # review_days = {}\n\
         # Sign in at your own identity provider: docs/guide/run.md.\n\
         # [people.open_id]\n\
         # issuer = \"https://login.example.gov.uk\"\n\
         # client_id = \"packhorse\"\n\
         # client_secret_file = \"open-id.secret\"\n\
         # ca_file = \"/etc/ssl/certs/ca-certificates.crt\"\n\
         # roles = {{ \"Data sharing officers\" = [\"officer\"] }}\n\
         # Tell people by e-mail that something waits for them; never what.\n\
         # [people.mail]\n\
         # host = \"smtp.example.gov.uk\"\n\
         # from = \"packhorse@example.gov.uk\"\n\
         # security = \"starttls\"\n\
         # user = \"packhorse\"\n\
         # password_file = \"mail.secret\"\n\n",
        defaults.idle.as_secs() / 60,
        defaults.longest.as_secs() / 3600,
        REVIEW_DAYS,
    )
}

/// A TOML string, whatever the text holds.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
