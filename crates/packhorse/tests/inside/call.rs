//! A request at the borough's inside door, to be changed before it is sent.

use crate::network::Network;
use crate::network::http::{Answer, ask};

/// The request; by default one that is answered.
#[derive(Clone)]
pub(crate) struct Call {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call {
    /// The system `main` asks for officer-1; `service` is below the agency's system `main`.
    pub(crate) fn new(network: &Network, method: &'static str, service: &str) -> Self {
        let call = Self { method, target: String::new(), headers: Vec::new(), body: Vec::new() };
        call.to(&format!("/r1/PH/GOV/agency/main/{service}"))
            .set("x-road-client", "PH/LOC/borough/main")
            .set("packhorse-api-key", &network.borough.api_key)
            .set("x-road-userid", "officer-1")
    }

    /// GET of the keeper of a vehicle.
    pub(crate) fn keeper(network: &Network) -> Self {
        Self::new(network, "GET", "vehicles/by-vrm/AA19AAA")
    }

    /// To this target, whole.
    pub(crate) fn to(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// With this value of the header and no other.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// With one more line of the header.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without the header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(given, _)| given != name);
        self
    }

    /// With a JSON body.
    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        body.clone_into(&mut self.body);
        self.set("content-type", "application/json")
    }

    /// Sends it.
    pub(crate) fn send(&self, network: &Network) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ask(network.borough.inside, self.method, &self.target, &headers, &self.body)
    }

    /// Sends it; it must be answered with this status.
    pub(crate) fn answered(&self, network: &Network, status: u16) -> Answer {
        let answer = self.send(network);
        assert_eq!(answer.status, status, "{} {}: {}", self.method, self.target, answer.text());
        assert_eq!(answer.header("x-road-error"), "", "{} {}", self.method, self.target);
        answer
    }

    /// Sends it; it must be refused by this rule, as an X-Road error with this code.
    pub(crate) fn refused(&self, network: &Network, rule: &str, code: &str) -> Answer {
        let answer = self.send(network);
        let what = format!("{} {} {:?}: {} {}", self.method, self.target, self.headers, answer.status, answer.text());
        assert_eq!((answer.rule(), answer.header("x-road-error")), (rule, code), "{what}");
        assert_eq!(answer.status, if rule == "body-too-large" { 413 } else { 500 }, "{what}");
        answer
    }
}
