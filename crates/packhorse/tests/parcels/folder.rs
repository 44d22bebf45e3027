//! A case system that knows folders only, on both sides.

use std::path::PathBuf;

use crate::desk::Desk;
use crate::network::{Gateway, until};

fn given(gateway: &Gateway, name: &str) -> PathBuf {
    let folder = gateway.dir.join(name);
    gateway.must(&["system", "mailbox", "main", "--folder", folder.to_str().unwrap()]);
    until("the folders are there", || folder.join("out").is_dir() && folder.join("in").is_dir());
    folder
}

fn control(to: &str, workflow: &str) -> String {
    format!(
        "<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>\
         <WorkflowId>{workflow}</WorkflowId><To_DTS>{to}</To_DTS><From_DTS>GOV.AGENCY.MAIN</From_DTS>\
         <Subject>Monthly list</Subject><LocalId>L-1</LocalId></DTSControl>"
    )
}

fn names(folder: PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_pair_of_files_dropped_on_one_side_is_found_on_the_other() {
    let desk = Desk::open();
    let (sender, recipient) = (given(desk.sender(), "drop"), given(desk.recipient(), "found"));
    let content: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(sender.join("out/list.dat"), &content).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(names(sender.join("out")), ["list.dat"], "nothing is taken before its control file is there");
    std::fs::write(sender.join("out/list.ctl"), control("LOC.BOROUGH.MAIN", "REPORT")).unwrap();

    until("it was sent", || names(sender.join("sent")) == ["list.ctl", "list.dat"]);
    // The control file goes last, when both are there: a fall between the two repeats nothing.
    until("nothing is left to send", || names(sender.join("out")).is_empty());
    let sent = std::fs::read_to_string(sender.join("sent/list.ctl")).unwrap();
    let message = sent.split("<DTSId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let expected = [format!("{message}.ctl"), format!("{message}.dat")];
    until("it is found", || names(recipient.join("in")) == expected);
    assert_eq!(std::fs::read(recipient.join("in").join(&expected[1])).unwrap(), content);
    let found = std::fs::read_to_string(recipient.join("in").join(&expected[0])).unwrap();
    assert!(
        found.contains("<From_DTS>GOV.AGENCY.MAIN</From_DTS>") && found.contains("<Subject>Monthly list</Subject>")
    );
    let parcels = desk.send("GET", "?box=out", &[], b"").json();
    let parcel = parcels["parcels"][0]["parcel"].as_str().unwrap().to_owned();
    desk.until_sender_sees(&parcel, "collected");
}

#[test]
fn what_cannot_be_sent_is_put_aside_with_the_reason() {
    let desk = Desk::open();
    let sender = given(desk.sender(), "drop");
    for (name, text) in [
        ("stranger", control("LOC.NOWHERE.MAIN", "REPORT")),
        ("other", control("LOC.BOROUGH.MAIN", "OTHER")),
        ("broken", "<DTSControl><To_DTS>".to_owned()),
    ] {
        std::fs::write(sender.join(format!("out/{name}.dat")), b"invented").unwrap();
        std::fs::write(sender.join(format!("out/{name}.ctl")), text).unwrap();
    }
    until("all are put aside", || names(sender.join("failed")).len() == 9);
    let why = |name: &str| std::fs::read_to_string(sender.join(format!("failed/{name}.err"))).unwrap();
    assert!(why("stranger").contains("no mailbox of the network has this name"), "{}", why("stranger"));
    assert!(why("other").contains("agreement"), "{}", why("other"));
    assert!(why("broken").contains("no DTSControl document"), "{}", why("broken"));
    assert!(names(sender.join("out")).is_empty() && names(sender.join("sent")).is_empty());
}

#[test]
fn a_link_to_somewhere_else_is_not_followed() {
    let desk = Desk::open();
    let sender = given(desk.sender(), "drop");
    std::fs::write(desk.sender().dir.join("secret"), b"not to be sent").unwrap();
    std::os::unix::fs::symlink(desk.sender().dir.join("secret"), sender.join("out/link.dat")).unwrap();
    std::fs::write(sender.join("out/link.ctl"), control("LOC.BOROUGH.MAIN", "REPORT")).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(names(sender.join("out")), ["link.ctl", "link.dat"]);
    assert!(names(sender.join("sent")).is_empty());
}
