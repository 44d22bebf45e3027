//! Carried by hand: the recipient's gateway cannot be reached, so the sealed parcel goes on a medium, and arrives all
//! the same, once, with the same proof.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::{Desk, TO};
use crate::network::http::{Answer, ask};
use crate::network::{ok, until};
use crate::officer::Officer;

const JSON: (&str, &str) = ("content-type", "application/json");
/// Sealed bytes of a whole piece, and of the content in it.
const PIECE: usize = 128 * (65_536 + 16);

/// A parcel on a medium: what stands in its two files.
#[derive(Clone)]
struct OnMedium {
    parcel: String,
    waybill: Value,
    sealed: Vec<u8>,
}

impl OnMedium {
    fn offer(&self) -> &Value {
        &self.waybill["waybill"]["offer"]
    }

    fn header(&self) -> usize {
        base64(self.offer()["header"].as_str().unwrap()).len()
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// The recipient's gateway is down, and a parcel with these files waits for it.
fn waiting(desk: &Desk, files: &[(&str, &[u8])]) -> String {
    desk.recipient().stop();
    let parcel = desk.dispatch(files);
    until("it waits", || desk.track(&parcel)["waiting_for"].is_string());
    assert_eq!(desk.track(&parcel)["state"], "sealed");
    parcel
}

fn export(desk: &Desk, parcel: &str, label: &str) -> (Value, OnMedium) {
    let onto = json!({"medium": label}).to_string();
    let exported = desk.send("POST", &format!("/{parcel}/export"), &[JSON], onto.as_bytes());
    assert_eq!(exported.status, 201, "{}", exported.text());
    let (medium, waybill) = (exported.json()["medium"].clone(), exported.json()["waybill"].clone());
    let offer = &waybill["waybill"]["offer"];
    let mut sealed = base64(offer["header"].as_str().unwrap());
    for index in 0..offer["chunks"].as_array().unwrap().len() {
        let piece = desk.send("GET", &format!("/{parcel}/sealed/{index}"), &[], b"");
        assert_eq!(piece.status, 200, "{}", piece.text());
        sealed.extend(piece.body);
    }
    (medium, OnMedium { parcel: parcel.to_owned(), waybill, sealed })
}

/// The network is cut between the two: the sender's gateway is down, the recipient's is up.
fn cut(desk: &Desk) {
    desk.sender().stop();
    desk.recipient().start();
}

/// Shows the waybill to the recipient's gateway.
fn show(desk: &Desk, waybill: &Value) -> Answer {
    desk.receive("POST", "/import", &[JSON], waybill.to_string().as_bytes())
}

/// Brings the pieces that were asked for; the first answer that is a refusal.
fn bring(desk: &Desk, carried: &OnMedium, missing: &Value) -> Option<Answer> {
    for index in missing.as_array().unwrap() {
        let from = carried.header() + index.as_u64().unwrap() as usize * PIECE;
        let piece = &carried.sealed[from..carried.sealed.len().min(from + PIECE)];
        let put = desk.receive("PUT", &format!("/import/{}/{index}", carried.parcel), &[], piece);
        if put.status != 204 {
            return Some(put);
        }
    }
    None
}

fn import(desk: &Desk, carried: &OnMedium) {
    let shown = show(desk, &carried.waybill);
    assert_eq!(shown.status, 202, "{}", shown.text());
    if let Some(refused) = bring(desk, carried, &shown.json()["missing"]) {
        panic!("{}", refused.text());
    }
    let whole = desk.receive("POST", &format!("/import/{}/complete", carried.parcel), &[], b"");
    assert_eq!(whole.status, 204, "{}", whole.text());
}

/// How the recipient sees a parcel in its mailbox.
fn seen(desk: &Desk, parcel: &str) -> Value {
    desk.receive("GET", &format!("/{parcel}"), &[], b"").json()
}

/// The events of a parcel, as whoever tracked it holds them.
fn events(tracked: &Value) -> Vec<&str> {
    let said = tracked["statements"].as_array().unwrap();
    said.iter().map(|signed| signed["statement"]["what"]["event"].as_str().unwrap()).collect()
}

fn sealing_key(folder: &Path) -> PathBuf {
    let keys = std::fs::read_dir(folder.join("keys")).unwrap().map(|entry| entry.unwrap().path());
    keys.into_iter().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("seal")).unwrap()
}

fn refusals(desk: &Desk, rule: &str) -> usize {
    let records = desk.recipient().api("GET", "/records?kind=parcel", b"").json();
    records.as_array().unwrap().iter().filter(|record| record["rule"] == rule).count()
}

#[test]
fn a_carried_parcel_arrives_once_and_closes_its_chain_when_the_network_is_back() {
    let desk = Desk::open();
    let (report, film): (&[u8], Vec<u8>) =
        (b"%PDF invented", (0..9_000_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect());
    let parcel = waiting(&desk, &[("report.pdf", report), ("films/film 1.mp4", &film)]);
    let (medium, carried) = export(&desk, &parcel, "USB 12");
    assert_eq!(events(&desk.track(&parcel)), ["accepted", "exported"]);
    assert!(!carried.waybill.to_string().contains("Case 4711") && carried.offer()["inline"].is_null());
    // The same medium again: nothing new is said, and it is the same waybill.
    assert_eq!(export(&desk, &parcel, "USB 12").1.waybill, carried.waybill);
    let handed = json!({"to": "invented courier, van 3"}).to_string();
    let handed =
        desk.send("POST", &format!("/media/{}/handover", medium["id"].as_str().unwrap()), &[JSON], handed.as_bytes());
    assert_eq!(handed.json()["handed_over"][0]["to"], "invented courier, van 3");

    cut(&desk);
    import(&desk, &carried);
    desk.until_listed(&parcel);
    for (file, content) in [(0, report), (1, &film)] {
        assert!(desk.receive("GET", &format!("/{parcel}/files/{file}"), &[], b"").body == content);
    }
    assert_eq!(events(&seen(&desk, &parcel)), ["accepted", "exported", "delivered"]);
    // Once more, from the same medium: it is there already.
    let again = show(&desk, &carried.waybill);
    assert_eq!((again.status, again.json()["missing"].clone()), (202, json!([])));

    // The network is back: it is offered again, too, and nothing happens twice.
    desk.sender().start();
    desk.until_sender_sees(&parcel, "delivered");
    until("the recipient hears who carried it", || events(&seen(&desk, &parcel)).contains(&"handed-over"));
    let tracked = desk.track(&parcel);
    assert_eq!(events(&tracked), ["accepted", "exported", "handed-over", "delivered"]);
    let listed = desk.receive("GET", "?box=in", &[], b"").json();
    assert_eq!(listed["parcels"].as_array().unwrap().len(), 1);
    assert_eq!(desk.receive("POST", &format!("/{parcel}/collected"), &[], b"").status, 204);
    desk.until_sender_sees(&parcel, "collected");
    sleep(Duration::from_secs(1));
    assert_eq!(events(&desk.track(&parcel)).iter().filter(|event| **event == "delivered").count(), 1);
}

#[test]
fn what_the_network_brought_first_is_not_delivered_again_from_the_medium() {
    let desk = Desk::open();
    let parcel = waiting(&desk, &[("a.txt", b"invented")]);
    let (_, carried) = export(&desk, &parcel, "USB 1");
    desk.recipient().start();
    desk.until_sender_sees(&parcel, "delivered");
    let late = show(&desk, &carried.waybill);
    assert_eq!((late.status, late.json()["missing"].clone()), (202, json!([])));
    assert_eq!(desk.receive("POST", &format!("/import/{parcel}/complete"), &[], b"").status, 204);
    assert_eq!(events(&seen(&desk, &parcel)), ["accepted", "exported", "delivered"]);
    // What is delivered is not carried any more.
    let onto = json!({"medium": "USB 2"}).to_string();
    assert_eq!(desk.send("POST", &format!("/{parcel}/export"), &[JSON], onto.as_bytes()).status, 409);
}

#[test]
fn ordinary_tools_open_what_is_on_the_medium_with_the_recipients_key() {
    let desk = Desk::open();
    let content = vec![b'x'; 70_000];
    let parcel = waiting(&desk, &[("report.txt", b"invented"), ("scans/page 1.tif", &content)]);
    let (_, carried) = export(&desk, &parcel, "USB 1");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("parcel.age"), &carried.sealed).unwrap();
    let opens = |key: &Path| {
        let command = format!("age -d -i '{}' parcel.age | tar x", key.display());
        Command::new("bash").args(["-o", "pipefail", "-c", &command]).current_dir(folder.path()).output().unwrap()
    };
    assert!(!opens(&sealing_key(&desk.sender().dir)).status.success(), "for the recipient alone");
    let opened = opens(&sealing_key(&desk.recipient().dir));
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(std::fs::read(folder.path().join("report.txt")).unwrap(), b"invented");
    assert_eq!(std::fs::read(folder.path().join("scans/page 1.tif")).unwrap(), content);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("packhorse-manifest.json")).unwrap()).unwrap();
    assert_eq!((manifest["subject"].clone(), manifest["to"][0]["parcel"].clone()), ("Case 4711".into(), parcel.into()));
}

#[test]
fn what_was_altered_on_the_way_or_is_for_somebody_else_is_refused_and_nothing_of_it_shows() {
    let desk = Desk::open();
    desk.recipient().stop();
    let [one, other] = [b"invented 1", b"invented 2"].map(|content| desk.dispatch(&[("a.txt", content)]));
    for parcel in [&one, &other] {
        until("it waits", || desk.track(parcel)["waiting_for"].is_string());
    }
    let (_, one) = export(&desk, &one, "USB 1");
    let (_, other) = export(&desk, &other, "USB 1");
    cut(&desk);

    // The waybill, by one digit; its signature taken from another; its sender another.
    let mut longer = one.waybill.clone();
    longer["waybill"]["offer"]["size"] = (longer["waybill"]["offer"]["size"].as_u64().unwrap() + 1).into();
    let mut exchanged = one.waybill.clone();
    exchanged["signature"] = other.waybill["signature"].clone();
    for altered in [&longer, &exchanged] {
        let refused = show(&desk, altered);
        assert_eq!((refused.status, refused.json()["rule"].clone()), (403, "signature".into()), "{}", refused.text());
    }
    assert_eq!(refusals(&desk, "signature"), 2, "refusals are recorded");
    let mut stranger = one.waybill.clone();
    stranger["waybill"]["from"] = "PH/GOV/nobody/main".into();
    assert_eq!(show(&desk, &stranger).json()["rule"], "unknown-member");
    assert_eq!(show(&desk, &json!({"waybill": {}, "signature": one.waybill["signature"]})).status, 422);
    // Another mailbox of the recipient: a key of its own does not bring this one's parcels in.
    desk.recipient().must(&["system", "mailbox", "plain"]);
    let plain = desk.recipient().key("plain");
    let headers = [("x-road-client", "PH/LOC/borough/plain"), ("packhorse-api-key", plain.as_str()), JSON];
    let wrong = ask(desk.recipient().inside, "POST", "/parcels/import", &headers, one.waybill.to_string().as_bytes());
    assert_eq!((wrong.status, wrong.json()["rule"].clone()), (403, "recipient".into()), "{}", wrong.text());

    // The right waybill, and pieces that are not its own: of another parcel, altered, cut short.
    let shown = show(&desk, &one.waybill);
    assert_eq!((shown.status, shown.json()["missing"].clone()), (202, json!([0])));
    let mut altered = one.clone();
    *altered.sealed.last_mut().unwrap() ^= 1;
    let mut short = one.clone();
    short.sealed.pop();
    let swapped = OnMedium { sealed: other.sealed.clone(), ..one.clone() };
    for bad in [&altered, &short, &swapped] {
        let refused = bring(&desk, bad, &json!([0])).unwrap();
        assert_eq!((refused.status, refused.json()["rule"].clone()), (403, "digest".into()), "{}", refused.text());
    }
    let incomplete = desk.receive("POST", &format!("/import/{}/complete", one.parcel), &[], b"");
    assert_eq!((incomplete.status, incomplete.json()["missing"].clone()), (409, json!([0])));
    assert_eq!(desk.receive("GET", &format!("/{}", one.parcel), &[], b"").status, 404, "nothing shows");
    assert_eq!(desk.receive("GET", "?box=in", &[], b"").json()["parcels"], json!([]));

    // The recipient's own rules hold, whatever way it comes.
    desk.recipient().must(&["system", "mailbox", "main", "--takes", "OTHER"]);
    let refused = show(&desk, &other.waybill);
    assert_eq!((refused.status, refused.json()["rule"].clone()), (403, "mailbox".into()), "{}", refused.text());
    assert_eq!(refusals(&desk, "mailbox"), 1);
    // The right pieces are still taken.
    import(&desk, &one);
    desk.until_listed(&one.parcel);
}

#[test]
fn the_sender_cannot_bring_in_what_is_for_another_body_and_nobody_what_has_expired() {
    let desk = Desk::open();
    desk.recipient().stop();
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(25);
    let new = json!({"to": [TO], "expires_at": end, "files": [{"name": "a.txt", "size": 8}]}).to_string();
    let opened = desk.send("POST", "", &[JSON], new.as_bytes());
    let parcel = opened.json()["parcels"][0]["parcel"].as_str().unwrap().to_owned();
    desk.upload(&parcel, 0, 0, b"invented");
    assert_eq!(desk.send("POST", &format!("/{parcel}/send"), &[], b"").status, 202);
    until("it waits", || desk.track(&parcel)["waiting_for"].is_string());
    let (_, carried) = export(&desk, &parcel, "USB 1");
    let here = desk.send("POST", "/import", &[JSON], carried.waybill.to_string().as_bytes());
    assert_eq!((here.status, here.json()["rule"].clone()), (403, "recipient".into()), "{}", here.text());
    cut(&desk);
    until("its time is up", || jiff::Timestamp::now() > end);
    let late = show(&desk, &carried.waybill);
    assert_eq!((late.status, late.json()["rule"].clone()), (422, "parcel".into()), "{}", late.text());
    assert!(late.text().contains("expired"));
    assert_eq!(refusals(&desk, "parcel"), 1);
}

#[test]
fn the_register_of_media_says_what_was_on_a_lost_one_and_to_which_key_it_was_sealed() {
    let desk = Desk::open();
    desk.recipient().stop();
    let parcels = [b"invented 1", b"invented 2"].map(|content| desk.dispatch(&[("a.txt", content)]));
    for parcel in &parcels {
        until("it waits", || desk.track(parcel)["waiting_for"].is_string());
        export(&desk, parcel, "USB 7");
    }
    let media = desk.send("GET", "/media", &[], b"").json();
    assert_eq!(media["media"].as_array().unwrap().len(), 1);
    let lost = desk.send("POST", "/media/USB%207/lost", &[], b"");
    assert_eq!(lost.status, 200, "{}", lost.text());
    let lost = lost.json();
    let aboard: Vec<&Value> = lost["parcels"].as_array().unwrap().iter().collect();
    assert_eq!(aboard.iter().map(|one| one["parcel"].as_str().unwrap()).collect::<Vec<_>>(), parcels);
    let key = std::fs::read_to_string(sealing_key(&desk.recipient().dir)).unwrap();
    let public = Command::new("age-keygen").arg("-y").arg(sealing_key(&desk.recipient().dir)).output().unwrap();
    let public = String::from_utf8(public.stdout).unwrap();
    assert!(aboard.iter().all(|one| one["sealed_to"] == public.trim() && !key.is_empty()));
    for parcel in &parcels {
        assert_eq!(events(&desk.track(parcel)), ["accepted", "exported", "medium-lost"]);
    }
    // A lost medium is neither handed over nor written to again: the label's next one is another.
    let to = json!({"to": "anybody"}).to_string();
    assert_eq!(desk.send("POST", "/media/USB%207/handover", &[JSON], to.as_bytes()).status, 422);
    let (next, _) = export(&desk, &parcels[0], "USB 7");
    assert_ne!(next["id"], lost["id"]);
    assert_eq!(desk.send("GET", "/media/USB%207", &[], b"").json()["id"], next["id"]);
    // No other mailbox knows of them.
    desk.sender().must(&["system", "add", "a/b", "--title", "Other"]);
    desk.sender().must(&["system", "mailbox", "a/b"]);
    let key = desk.sender().key("a/b");
    let headers = [("x-road-client", "PH/GOV/agency/a%2Fb"), ("packhorse-api-key", key.as_str())];
    let other = ask(desk.sender().inside, "GET", "/parcels/media", &headers, b"");
    assert_eq!(other.json()["media"], json!([]), "{}", other.text());
}

#[test]
fn a_parcel_recalled_while_it_was_on_the_road_is_destroyed_when_the_network_is_back() {
    let desk = Desk::open();
    let parcel = waiting(&desk, &[("a.txt", b"invented")]);
    let (_, carried) = export(&desk, &parcel, "USB 1");
    let recall = desk.send("POST", &format!("/{parcel}/recall"), &[JSON], br#"{"reason":"the wrong file"}"#);
    assert_eq!(recall.status, 204, "{}", recall.text());
    cut(&desk);
    import(&desk, &carried);
    desk.until_listed(&parcel);
    desk.sender().start();
    until("it is destroyed", || seen(&desk, &parcel)["state"] == "recalled");
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").status, 410);
    assert_eq!(desk.track(&parcel)["state"], "recalled");
}

#[test]
fn an_officer_carries_parcels_with_a_folder_and_five_commands() {
    let desk = Desk::open();
    desk.recipient().stop();
    let film: Vec<u8> = (0..9_000_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let parcels = [desk.dispatch(&[("a.txt", b"invented")]), desk.dispatch(&[("film.mp4", &film)])];
    let sender = Officer::sender(&desk);
    let types = |officer: &Officer<'_>, arguments: &[&str]| String::from_utf8(ok(officer.types(arguments))).unwrap();
    for parcel in &parcels {
        until("it waits", || desk.track(parcel)["waiting_for"].is_string());
        types(&sender, &["export", parcel, "--medium", "USB 12", "--into", "usb"]);
    }
    assert!(!sender.types(&["export", &parcels[0], "--medium", "USB 12", "--into", "usb"]).status.success());
    let handed = types(&sender, &["handover", "USB 12", "--to", "invented courier"]);
    assert!(handed.starts_with("invented courier has USB 12"), "{handed}");
    assert!(types(&sender, &["media"]).contains("USB 12"));
    let shown = types(&sender, &["media", "USB 12"]);
    for expected in [&parcels[0], &parcels[1], "sealed to age1", "handed over to invented courier"] {
        assert!(shown.contains(expected), "{shown}");
    }
    let lost = types(&sender, &["lost", "USB 12"]);
    assert!(lost.contains("sealed to age1") && lost.contains("lost, "), "{lost}");

    // It was found after all.
    cut(&desk);
    let recipient = Officer::recipient(&desk);
    let usb = sender.path("usb");
    let sealed = usb.join(format!("{}.age", parcels[0]));
    let right = std::fs::read(&sealed).unwrap();
    for wrong in [&right[..right.len() - 1], b"age-encryption.org/v1", &[&right[..], b"more"].concat()[..]] {
        std::fs::write(&sealed, wrong).unwrap();
        let refused = recipient.types(&["import", sealed.to_str().unwrap()]);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is not the file that the waybill is for"));
    }
    std::fs::write(&sealed, [&right[..right.len() - 1], &[!right[right.len() - 1]]].concat()).unwrap();
    let refused = recipient.types(&["import", sealed.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not the one that was offered"));
    std::fs::write(&sealed, &right).unwrap();
    let imported = types(&recipient, &["import", usb.to_str().unwrap()]);
    assert!(parcels.iter().all(|parcel| imported.contains(parcel.as_str())), "{imported}");
    parcels.iter().for_each(|parcel| desk.until_listed(parcel));
    types(&recipient, &["fetch", &parcels[1], "--into", "came"]);
    assert!(std::fs::read(recipient.path("came/film.mp4")).unwrap() == film);

    // What was decided is proved by the sender's own signature.
    let records = desk.recipient().api("GET", "/records?kind=parcel", b"").json();
    let taken = records.as_array().unwrap().iter().find(|record| record["outcome"] == "answered").unwrap();
    let exchange = taken["exchange"].as_str().unwrap_or_else(|| panic!("{taken}"));
    let receipt = desk.recipient().dir.join("import.receipt.json");
    desk.recipient().must(&["records", "receipt", exchange, "--out", receipt.to_str().unwrap()]);
    let judged = desk.recipient().must(&["verify", receipt.to_str().unwrap()]);
    assert!(judged.contains("was brought on medium"), "{judged}");
}
