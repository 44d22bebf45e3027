//! From a file on one desk to a file on another, and what both can prove.

use crate::desk::Desk;

#[test]
fn a_report_goes_from_one_body_to_another_and_every_step_is_signed() {
    let desk = Desk::open();
    let (report, scan) = (b"%PDF invented".to_vec(), vec![7u8; 300_000]);
    let parcel = desk.dispatch(&[("report.pdf", &report), ("scans/page 1.tif", &scan)]);
    desk.until_listed(&parcel);
    let listed = desk.receive("GET", "?box=in", &[], b"").json();
    assert_eq!(listed["parcels"][0]["cover"]["subject"], "Case 4711");
    for (file, content) in [(0, &report), (1, &scan)] {
        let fetched = desk.receive("GET", &format!("/{parcel}/files/{file}"), &[], b"");
        assert_eq!((fetched.status, &fetched.body), (200, content));
    }
    let from = desk.receive("GET", &format!("/{parcel}/files/1"), &[("range", "bytes=299990-")], b"");
    assert_eq!((from.status, from.body.len()), (206, 10));
    assert_eq!(desk.receive("POST", &format!("/{parcel}/collected"), &[], b"").status, 204);
    let declined = desk.receive("POST", &format!("/{parcel}/acknowledge"), &[], b"");
    assert_eq!(declined.status, 204, "{}", declined.text());
    desk.until_sender_sees(&parcel, "acknowledged");
    assert_eq!(desk.events(&parcel), ["accepted", "delivered", "collected", "acknowledged"]);
    // The content is gone on both sides, the statements are not.
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").status, 410);
    assert!(desk.track(&parcel)["cover"].is_null());
    let receipt = desk.send("GET", &format!("/{parcel}/receipt"), &[], b"");
    assert_eq!(receipt.status, 200, "{}", receipt.text());
    assert_eq!(receipt.json()["receipts"].as_array().unwrap().len(), 4);
}
