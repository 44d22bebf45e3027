//! What is counted, in Prometheus' text form. Labels are organisations, kinds, rules and stages,
//! never persons, keys or paths.

use std::fmt::Write as _;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use packhorse_model::record::Outcome;

use crate::trail::Trail;

/// Labels of an exchange.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ExchangeLabels {
    kind: String,
    side: String,
    outcome: &'static str,
    rule: String,
    partner: String,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StageLabels {
    side: String,
    stage: &'static str,
}

/// What is measured of a mailbox.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct MailboxLabels {
    mailbox: String,
    what: &'static str,
}

/// The gateway's metrics.
pub struct Metrics {
    registry: Registry,
    exchanges: Family<ExchangeLabels, Counter>,
    stages: Family<StageLabels, Histogram, fn() -> Histogram>,
    strangers: Counter,
    mailboxes: Family<MailboxLabels, Gauge>,
    waiting: Gauge,
    /// Seconds since the directory's head was last known to be fresh.
    pub directory_age: Gauge,
    /// Ledger entries not yet under a published checkpoint.
    pub ledger_lag: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("packhorse");
        let exchanges = Family::default();
        registry.register(
            "exchanges",
            "exchanges by kind, side, outcome, deciding rule and partner",
            exchanges.clone(),
        );
        let stages: Family<StageLabels, Histogram, fn() -> Histogram> = Family::new_with_constructor(stage_histogram);
        registry.register_with_unit("stage", "time of each stage of an exchange", Unit::Seconds, stages.clone());
        let strangers = Counter::default();
        registry.register("strangers", "requests refused before anybody was identified", strangers.clone());
        let mailboxes = Family::default();
        registry.register(
            "mailbox",
            "uncollected parcels, their bytes, age of the oldest in seconds",
            mailboxes.clone(),
        );
        let waiting = Gauge::default();
        registry.register("parcels_waiting", "parcels that are sealed and not delivered yet", waiting.clone());
        let directory_age = Gauge::default();
        registry.register_with_unit(
            "directory_age",
            "age of the directory's head",
            Unit::Seconds,
            directory_age.clone(),
        );
        let ledger_lag = Gauge::default();
        registry.register("ledger_lag", "ledger entries not yet under a checkpoint", ledger_lag.clone());
        Self { registry, exchanges, stages, strangers, mailboxes, waiting, directory_age, ledger_lag }
    }
}

/// 0.1 ms to 26 s in steps of four.
fn stage_histogram() -> Histogram {
    Histogram::new([0.0001, 0.0004, 0.0016, 0.0064, 0.0256, 0.1024, 0.4096, 1.6384, 6.5536, 26.2144])
}

impl Metrics {
    /// Counts an exchange that ended and the time of its stages.
    pub(crate) fn count(&self, trail: &Trail, outcome: &Outcome, partner: &str) {
        if !trail.identified {
            self.strangers.inc();
            return;
        }
        let side = trail.side.to_string();
        self.exchanges
            .get_or_create(&ExchangeLabels {
                kind: trail.exchange.kind.to_string(),
                side: side.clone(),
                outcome: outcome.word(),
                rule: outcome.rule(),
                partner: partner.to_owned(),
            })
            .inc();
        let moments = &trail.moments;
        for (stage, from, to) in [
            ("decide", moments.request_in, moments.request_out),
            ("await", moments.request_out, moments.response_in),
            ("conclude", moments.response_in, moments.response_out),
            ("whole", moments.request_in, moments.response_out),
        ] {
            if from > 0 && to >= from {
                let seconds = std::time::Duration::from_millis((to - from).unsigned_abs()).as_secs_f64();
                self.stages.get_or_create(&StageLabels { side: side.clone(), stage }).observe(seconds);
            }
        }
    }

    /// What lies uncollected in a mailbox: how many parcels, how many bytes, since how many seconds the oldest.
    pub(crate) fn mailbox(&self, mailbox: &str, parcels: u64, bytes: u64, oldest_seconds: i64) {
        let gauge = |what| self.mailboxes.get_or_create(&MailboxLabels { mailbox: mailbox.to_owned(), what });
        gauge("parcels").set(i64::try_from(parcels).unwrap_or(i64::MAX));
        gauge("bytes").set(i64::try_from(bytes).unwrap_or(i64::MAX));
        gauge("oldest_seconds").set(oldest_seconds);
    }

    /// How many parcels are on their way.
    pub(crate) fn parcels_waiting(&self, count: u64) {
        self.waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Counts a request that was refused before anybody could be identified.
    pub(crate) fn stranger(&self) {
        self.strangers.inc();
    }

    /// The text that a Prometheus server reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        if text::encode(&mut out, &self.registry).is_err() {
            let _ = writeln!(out, "# metrics could not be written");
        }
        out
    }
}
