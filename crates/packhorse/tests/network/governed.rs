//! What opens a body's gates, entered as its officer would, and what is agreed on behind them.

use super::{Gateway, Network, agreements};

/// What opens the gates, words in capitals to be put in: the guide's own.
const ASSURANCE: &str = include_str!("../../../../docs/guide/assurance.toml");

impl Network {
    /// As [`Network::start`], but neither has charter, risk policy, SIRO and incident route, and nothing is agreed.
    pub(crate) fn ungoverned() -> Self {
        Self::ungoverned_on(["sqlite:packhorse.sqlite"; 2])
    }

    /// An agreement that gives the borough's `main` what the grants say, about people or nobody.
    pub(crate) fn grant(&self, id: &str, types: &str, grants: &str) {
        self.agree_on(id, &agreements::text(id, types, grants));
    }

    /// The same, where both bodies give and get.
    pub(crate) fn grant_both_ways(&self, id: &str, types: &str, grants: &str) {
        let text = agreements::text(id, types, grants);
        let text = text.replace("function = \"provides\"", "function = \"both\"");
        let text = text.replace("function = \"receives\"", "function = \"both\"");
        // Who gives data names its owner.
        let siro = "  { role = \"siro\", name = \"Director of Resources\"";
        let owner = "  { role = \"owner\", name = \"Head of Parking\", email = \"head@borough.example\" },\n";
        self.agree_on(id, &text.replace(siro, &format!("{owner}{siro}")));
    }

    /// A body publishes its charter and enters the rest of what opens the gates.
    pub(crate) fn govern(&self, gateway: &Gateway) {
        let (today, name) = (agreements::today(), gateway.organisation.rsplit('/').next().unwrap());
        let text = ASSURANCE.replace("ORGANISATION", name).replace("start = \"TODAY\"", "start = \"LAST-MONTH\"");
        let text = text.replace("LAST-MONTH", &agreements::months_ago(1).to_string());
        let text = text.replace("TODAY", &today.to_string());
        let text = text.replace("NEXT-YEAR", &today.saturating_add(jiff::ToSpan::months(12)).to_string());
        let file = gateway.dir.join("assurance.toml");
        std::fs::write(&file, text).unwrap();
        gateway.must(&["assurance", "publish", file.to_str().unwrap()]);
    }
}
