//! Headers that a caller inside has no business to set.

use crate::call::Call;
use crate::network::Network;

const MALFORMED: &str = "Server.ClientProxy.InternalError";

pub(crate) fn what_gateways_say_to_each_other_no_caller_may_say(network: &Network) {
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    let untrained = Call::keeper(network).set("x-road-userid", "officer-2");
    untrained.refused(network, "training", "Server.ServerProxy.AccessDenied");
    untrained.set("packhorse-trained-on", &today).refused(network, "malformed", MALFORMED);
    for name in [
        "packhorse-trained-on",
        "Packhorse-Outcome",
        "packhorse-headers-digest",
        "packhorse-cut",
        "packhorse-rule",
        "packhorse-exchange",
        "packhorse-anything",
    ] {
        let before = network.echo.asked();
        Call::new(network, "GET", "echo/look").set(name, &today).refused(network, "malformed", MALFORMED);
        assert_eq!(network.echo.asked(), before, "{name} reached the provider");
    }
    // Others of that conversation are dropped: a client may sign its request for reasons of its own.
    let forged = "00000000-0000-4000-8000-000000000001";
    let digest = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    let answer = Call::new(network, "POST", "echo/echo")
        .body(b"{}")
        .set("x-road-request-id", forged)
        .set("x-road-request-hash", forged)
        .set("x-road-service", forged)
        .set("signature", "packhorse=:AAAA:")
        .set("signature-input", "packhorse=(\"@method\");created=1")
        .set("content-digest", digest)
        .answered(network, 200);
    let seen = network.echo.last();
    for name in ["x-road-request-id", "x-road-request-hash", "x-road-service", "signature", "signature-input"] {
        assert!(seen.all(name).iter().all(|value| *value != forged && !value.contains("AAAA")), "{name}: {seen:?}");
        assert!(answer.header(name) != forged, "{name}");
    }
    assert!(!seen.all("content-digest").contains(&digest), "{seen:?}");
}

pub(crate) fn of_headers_given_twice_x_roads_last_one_counts_and_ours_none(network: &Network) {
    let echo = Call::new(network, "GET", "echo/look");
    let main = "PH/LOC/borough/main";
    let last_right = echo.clone().set("x-road-client", "PH/LOC/borough/plain").and("x-road-client", main);
    assert_eq!(last_right.answered(network, 200).header("x-road-client"), main);
    assert_eq!(network.echo.last().all("x-road-client"), [main]);
    let last_wrong = echo.clone().and("x-road-client", "PH/LOC/borough/plain");
    last_wrong.refused(network, "authentication", "Server.ClientProxy.SslAuthenticationFailed");
    let two_people = Call::keeper(network).and("x-road-userid", "officer-2");
    two_people.refused(network, "training", "Server.ServerProxy.AccessDenied");
    let case = echo.clone().set("x-road-issue", "case 1").and("x-road-issue", "case 2");
    case.answered(network, 200);
    assert_eq!(network.echo.last().all("x-road-issue"), ["case 2"], "what nobody signs for does not travel");
    let two_types = Call::new(network, "POST", "echo/echo").body(b"{}");
    two_types.answered(network, 200);
    two_types.and("content-type", "text/html").refused(network, "malformed", MALFORMED);
    for (name, value) in [
        ("packhorse-api-key", network.borough.api_key.as_str()),
        ("packhorse-purpose", "parking-penalty"),
        ("packhorse-role", "parking-officer"),
        ("packhorse-fields", "make"),
        ("packhorse-agreement", "keepers"),
    ] {
        let once = Call::keeper(network).set(name, value);
        once.answered(network, 200);
        once.and(name, value).refused(network, "malformed", MALFORMED);
    }
}
