//! A closed loop: so many clients, each asking again as soon as it was answered, every answer checked.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::http::{Connection, get};

/// Where to ask, what, and what must come back.
#[derive(Clone)]
pub(crate) struct Target {
    /// The system's address.
    pub(crate) address: SocketAddr,
    /// The path to ask for.
    pub(crate) path: String,
    /// Headers of every request; the same to all systems, so that all carry the same bytes.
    pub(crate) headers: Vec<(String, String)>,
    /// The body that must be answered, as JSON of this length: members may come in another order.
    pub(crate) expected: Vec<u8>,
}

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Connections, each with one request at a time.
    pub(crate) clients: usize,
    /// Not counted.
    pub(crate) warm_up: Duration,
    /// Counted.
    pub(crate) measured: Duration,
}

/// What came of it.
pub(crate) struct Outcome {
    /// Answers in the measured time.
    pub(crate) answers: usize,
    /// Seconds measured.
    pub(crate) seconds: f64,
    /// Every latency in microseconds, in order of size.
    pub(crate) latencies: Vec<u32>,
}

impl Outcome {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.answers as f64 / self.seconds
    }

    /// The latency, in milliseconds, that this share of answers (0 to 1) did not exceed.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.latencies.get(place).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    }
}

/// Runs the load; `meanwhile` runs on this thread and is told of the start and the end of the measured time.
pub(crate) fn run(target: &Target, load: Load, mut meanwhile: impl FnMut(Moment) -> Result<()>) -> Result<Outcome> {
    // The clock starts when every client has had its first answer, or has failed.
    let together = &Barrier::new(load.clients + 1);
    let (latencies, told) = thread::scope(|scope| {
        let client = || scope.spawn(move || ask(target, load, together).map_err(|error| error.to_string()));
        let clients: Vec<_> = (0..load.clients).map(|_| client()).collect();
        together.wait();
        let told = watch(load, &mut meanwhile);
        let latencies: Vec<_> = clients.into_iter().map(|client| client.join()).collect();
        (latencies, told)
    });
    told?;
    let mut all = Vec::new();
    for latencies in latencies {
        all.append(&mut latencies.map_err(|_| "a client panicked")??);
    }
    if all.is_empty() {
        return Err("nothing was answered in the measured time".into());
    }
    all.sort_unstable();
    Ok(Outcome { answers: all.len(), seconds: load.measured.as_secs_f64(), latencies: all })
}

/// A moment of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The measured time begins.
    Begin,
    /// A second of it has passed.
    Tick,
    /// It is over.
    End,
}

fn watch(load: Load, meanwhile: &mut impl FnMut(Moment) -> Result<()>) -> Result<()> {
    const TICK: Duration = Duration::from_secs(1);
    thread::sleep(load.warm_up);
    let end = Instant::now() + load.measured;
    meanwhile(Moment::Begin)?;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left <= TICK {
            thread::sleep(left);
            return meanwhile(Moment::End);
        }
        thread::sleep(TICK);
        meanwhile(Moment::Tick)?;
    }
}

/// One client: the first answer is compared as a whole, every one by status and length.
fn ask(target: &Target, load: Load, together: &Barrier) -> Result<Vec<u32>> {
    let headers: Vec<(&str, &str)> =
        target.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = get(target.address, &target.path, &headers);
    let first = Connection::open(target.address).and_then(|it| check_whole(it, &request, target));
    together.wait();
    let mut connection = first?;
    let begin = Instant::now() + load.warm_up;
    let end = begin + load.measured;
    let mut latencies = Vec::with_capacity(1 << 16);
    loop {
        let asked = Instant::now();
        if asked >= end {
            return Ok(latencies);
        }
        let head = connection.exchange(&request, |_| ())?;
        let answered = Instant::now();
        if head.status != 200 || head.length != target.expected.len() {
            return Err(wrong(target, head.status, head.length).into());
        }
        // By its end, so that long answers count as much of the time as they take.
        if (begin..=end).contains(&answered) {
            latencies.push(u32::try_from((answered - asked).as_micros()).unwrap_or(u32::MAX));
        }
    }
}

fn check_whole(mut connection: Connection, request: &[u8], target: &Target) -> Result<Connection> {
    let mut body = Vec::with_capacity(target.expected.len());
    let head = connection.exchange(request, |part| body.extend_from_slice(part))?;
    if head.status != 200 || head.length != target.expected.len() {
        let said = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
        return Err(format!("{}; it says: {said}", wrong(target, head.status, head.length)).into());
    }
    let answered: serde_json::Value = serde_json::from_slice(&body)?;
    if answered != serde_json::from_slice::<serde_json::Value>(&target.expected)? {
        return Err(format!("{} answered another body than the backend's agreed one", target.path).into());
    }
    Ok(connection)
}

fn wrong(target: &Target, status: u16, length: usize) -> String {
    let expected = target.expected.len();
    format!("{} answered status {status} and {length} bytes in place of 200 and {expected}", target.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::Question;
    use crate::setting::{accepts, free_address};

    fn backend() -> SocketAddr {
        let address = free_address().unwrap();
        thread::spawn(move || crate::backend::serve(address.port()).unwrap());
        while !accepts(address) {
            thread::sleep(Duration::from_millis(5));
        }
        address
    }

    fn outcome(path: &str, expected: Vec<u8>) -> Result<Outcome> {
        let target = Target { address: backend(), path: path.to_owned(), headers: Vec::new(), expected };
        let load = Load { clients: 4, warm_up: Duration::ZERO, measured: Duration::from_millis(300) };
        run(&target, load, |_| Ok(()))
    }

    #[test]
    fn right_answers_are_counted_and_timed() {
        let outcome = outcome("/document/70000", Question::Document(70_000).answer().unwrap()).unwrap();
        assert!(outcome.answers > 0 && outcome.rate() > 0.0);
        assert!(outcome.quantile(0.5) > 0.0 && outcome.quantile(0.5) <= outcome.quantile(0.99));
    }

    #[test]
    fn a_wrong_answer_fails_the_measurement() {
        let answer = Question::Record.answer().unwrap();
        assert!(outcome("/record/1", answer[1..].to_vec()).is_err(), "another length");
        assert!(outcome("/nothing", b"{}".to_vec()).is_err(), "another status");
        let altered = String::from_utf8(answer).unwrap().replace("current", "revoked");
        assert!(outcome("/record/1", altered.into_bytes()).is_err(), "another body of the same length");
    }
}
