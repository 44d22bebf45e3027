//! Two mailboxes: the agency's `main` sends reports to the borough's `main`, under an agreement for parcels.

use serde_json::{Value, json};

use crate::network::http::{Answer, ask};
use crate::network::{Gateway, Network, until};

/// What a grant for parcels says: to which mailbox and workflow, from which mailbox.
pub(crate) fn grant(to: &str, from: &str) -> String {
    format!(
        r#"
[[grants]]
service = "{to}"
operations = [{{ method = "PARCEL", path = "/**" }}]
to = ["{from}"]
fields = ["the report", "photographs"]
purposes = ["parking-penalty"]
"#
    )
}

/// The recipient's mailbox and the workflow.
pub(crate) const TO: &str = "PH/LOC/borough/main/REPORT";

/// A network with the two mailboxes and the agreement between them.
pub(crate) struct Desk {
    pub(crate) network: Network,
    /// The agency's key; the sender's.
    pub(crate) sender: String,
}

impl Desk {
    pub(crate) fn open() -> Self {
        Self::on(Network::start())
    }

    pub(crate) fn on(network: Network) -> Self {
        Self::under(network, &grant(TO, "PH/GOV/agency/main"))
    }

    /// Under an agreement with these grants.
    pub(crate) fn under(network: Network, grants: &str) -> Self {
        network.grant("reports", "personal", grants);
        let agency = &network.agency;
        agency.must(&[
            "system",
            "add",
            "main",
            "--title",
            "Reports",
            "--purpose",
            "parking-penalty",
            "--role",
            "parking-officer",
        ]);
        let sender = agency.key("main");
        agency.must(&["system", "mailbox", "main"]);
        network.borough.must(&["system", "mailbox", "main", "--releasers", "officer-1"]);
        Self { network, sender }
    }

    /// A call by the sender's software.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut all = vec![("x-road-client", "PH/GOV/agency/main"), ("packhorse-api-key", self.sender.as_str())];
        all.extend(headers);
        ask(self.network.agency.inside, method, &format!("/parcels{path}"), &all, body)
    }

    /// A call by an officer of the recipient.
    pub(crate) fn receive(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let key = self.network.borough.api_key.as_str();
        let mut all = vec![
            ("x-road-client", "PH/LOC/borough/main"),
            ("packhorse-api-key", key),
            ("x-road-userid", "officer-1"),
            ("packhorse-role", "parking-officer"),
        ];
        all.extend(headers);
        ask(self.network.borough.inside, method, &format!("/parcels{path}"), &all, body)
    }

    /// Opens a dispatch with these files, uploads and sends them; the parcel.
    pub(crate) fn dispatch(&self, files: &[(&str, &[u8])]) -> String {
        let parcel = self.open_draft(files);
        for (index, (_, content)) in files.iter().enumerate() {
            self.upload(&parcel, index, 0, content);
        }
        let sent = self.send("POST", &format!("/{parcel}/send"), &[], b"");
        assert_eq!(sent.status, 202, "{}", sent.text());
        parcel
    }

    pub(crate) fn open_draft(&self, files: &[(&str, &[u8])]) -> String {
        let files: Vec<Value> =
            files.iter().map(|(name, content)| json!({"name": name, "size": content.len()})).collect();
        let new = json!({"to": [TO], "subject": "Case 4711", "reference": "R-1", "marking": "official-sensitive", "files": files});
        let json = [("content-type", "application/json")];
        let opened = self.send("POST", "", &json, new.to_string().as_bytes());
        assert_eq!(opened.status, 201, "{}", opened.text());
        opened.json()["parcels"][0]["parcel"].as_str().unwrap().to_owned()
    }

    pub(crate) fn upload(&self, parcel: &str, file: usize, offset: usize, content: &[u8]) {
        let offset = offset.to_string();
        let headers = [
            ("tus-resumable", "1.0.0"),
            ("content-type", "application/offset+octet-stream"),
            ("upload-offset", offset.as_str()),
        ];
        let put = self.send("PATCH", &format!("/{parcel}/files/{file}"), &headers, content);
        assert_eq!(put.status, 204, "{}", put.text());
    }

    /// How the sender sees the parcel.
    pub(crate) fn track(&self, parcel: &str) -> Value {
        self.send("GET", &format!("/{parcel}"), &[], b"").json()
    }

    /// Waits until the sender sees the parcel in a state.
    pub(crate) fn until_sender_sees(&self, parcel: &str, state: &str) {
        until(state, || self.track(parcel)["state"] == state);
    }

    /// Waits until the recipient has it in the mailbox.
    pub(crate) fn until_listed(&self, parcel: &str) {
        until("the parcel is in the mailbox", || self.receive("GET", &format!("/{parcel}"), &[], b"").status == 200);
    }

    /// The events said of a parcel, as the sender holds them.
    pub(crate) fn events(&self, parcel: &str) -> Vec<String> {
        let tracked = self.track(parcel);
        let said = tracked["statements"].as_array().unwrap();
        said.iter().map(|signed| signed["statement"]["what"]["event"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn sender(&self) -> &Gateway {
        &self.network.agency
    }

    pub(crate) fn recipient(&self) -> &Gateway {
        &self.network.borough
    }
}
