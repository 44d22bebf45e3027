//! A sender written from docs/protocol/parcel.md that seals and signs whatever it likes, and what it offers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{
    CHUNK_BYTES, FileKey, PayloadKey, SealingKey, SealingRecipient, SoftwareKey, piece_digest, seal, sha256,
    sign_document, write_header,
};
use packhorse_model::ExchangeId;
use packhorse_model::parcel::{
    Archive, FileEntry, OBJECT_PIECES, PARCEL_STATEMENT_CONTEXT, ParcelEvent, ParcelStatement, Segment,
};
use serde_json::{Value, json};

use crate::desk::{Desk, TO};
use crate::peer::{Asking, Peer, Received};

pub(crate) const FROM: &str = "PH/GOV/agency/main";
/// Stands in an offer for the statement of acceptance.
const ACCEPTED: &str = "@accepted";

/// The agency, gone bad.
pub(crate) struct Hostile<'d> {
    pub(crate) desk: &'d Desk,
    pub(crate) peer: Peer<'d>,
    pub(crate) recipient: SealingRecipient,
}

/// A parcel as it would be offered.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) parcel: String,
    /// Without the statement of acceptance, whose bytes must stay as they are.
    pub(crate) offer: Value,
    pub(crate) accepted: String,
    pub(crate) objects: Vec<Bytes>,
}

impl<'d> Hostile<'d> {
    pub(crate) fn at(desk: &'d Desk) -> Self {
        let peer = Peer::between(&desk.network, desk.sender(), desk.recipient(), "reports");
        let key = SealingKey::load(&desk.recipient().dir.join("keys/seal-1.key")).unwrap();
        Self { desk, peer, recipient: key.recipient() }
    }

    pub(crate) fn make(&self, files: &[(&str, &[u8])]) -> Made {
        self.make_altered(files, |_| {}, |_| {})
    }

    /// A parcel whose manifest, and then its archive, are altered before they are sealed.
    pub(crate) fn make_altered(
        &self,
        files: &[(&str, &[u8])],
        alter: impl FnOnce(&mut Value),
        alter_archive: impl FnOnce(&mut Vec<u8>),
    ) -> Made {
        let (parcel, sent_at) = (ExchangeId::random(), Timestamp::from_second(Timestamp::now().as_second()).unwrap());
        let expires_at = sent_at + SignedDuration::from_hours(24);
        let entries: Vec<FileEntry> = files
            .iter()
            .map(|(name, content)| FileEntry {
                name: name.parse().unwrap(),
                size: content.len() as u64,
                sha256: STANDARD.encode(sha256(content)),
                media_type: None,
            })
            .collect();
        let mut manifest = json!({
            "version": 1, "salt": STANDARD.encode([7; 16]), "dispatch": ExchangeId::random(), "from": FROM,
            "to": [{"parcel": parcel, "service": TO, "agreement": "reports"}],
            "sent_at": sent_at, "expires_at": expires_at, "marking": "official", "files": entries,
        });
        alter(&mut manifest);
        let json = manifest.to_string().into_bytes();
        let mut archive = Vec::new();
        for segment in Archive::new(&json, &entries, sent_at).segments() {
            match segment {
                Segment::Bytes(bytes) => archive.extend(bytes),
                Segment::File { index, .. } => archive.extend(files[index].1),
            }
        }
        alter_archive(&mut archive);
        let digest = STANDARD.encode(sha256(&json));
        let (header, objects) = self.sealed(&archive);
        let accepted = self.says(&parcel.to_string(), Some(&digest), ParcelEvent::Accepted, |_| {});
        let offer = json!({
            "version": 1, "parcel": parcel, "marking": "official", "expires_at": expires_at,
            "manifest_digest": digest, "manifest": STANDARD.encode(seal(std::slice::from_ref(&self.recipient), &json).unwrap()),
            "header": STANDARD.encode(header), "size": archive.len(), "chunks": digests(&objects), "scanned": false,
            "statements": [ACCEPTED],
        });
        Made { parcel: parcel.to_string(), offer, accepted, objects }
    }

    pub(crate) fn sealed(&self, archive: &[u8]) -> (Vec<u8>, Vec<Bytes>) {
        let (file_key, nonce) = (FileKey::generate().unwrap(), PayloadKey::generate_nonce().unwrap());
        let mut header = write_header(std::slice::from_ref(&self.recipient), &file_key).unwrap();
        header.extend(nonce);
        let key = PayloadKey::new(&file_key, &nonce).unwrap();
        let whole = CHUNK_BYTES * OBJECT_PIECES as usize;
        let count = archive.len().div_ceil(whole);
        let object = |(index, content): (usize, &[u8])| {
            let mut sealed = Vec::new();
            key.seal_chunks(index as u64 * OBJECT_PIECES, index + 1 == count, content, &mut sealed).unwrap();
            Bytes::from(sealed)
        };
        (header, archive.chunks(whole).enumerate().map(object).collect())
    }

    /// A statement by the agency, altered before it is signed.
    pub(crate) fn says(
        &self,
        parcel: &str,
        manifest: Option<&str>,
        what: ParcelEvent,
        alter: impl FnOnce(&mut ParcelStatement),
    ) -> String {
        self.says_with(&self.peer.signer, parcel, manifest, what, alter)
    }

    pub(crate) fn says_with(
        &self,
        key: &SoftwareKey,
        parcel: &str,
        manifest: Option<&str>,
        what: ParcelEvent,
        alter: impl FnOnce(&mut ParcelStatement),
    ) -> String {
        let mut statement = ParcelStatement {
            id: ExchangeId::random(),
            parcel: parcel.parse().unwrap(),
            from: FROM.parse().unwrap(),
            to: TO.parse().unwrap(),
            agreement: "reports".parse().unwrap(),
            agreement_digest: self.peer.agreement.split_once(';').unwrap().1.parse().unwrap(),
            manifest: manifest.map(str::to_owned),
            what,
            organisation: "PH/GOV/agency".parse().unwrap(),
            system: None,
            person: None,
            at: Timestamp::now(),
        };
        alter(&mut statement);
        let json = statement.to_json().unwrap();
        let signature = sign_document(key, PARCEL_STATEMENT_CONTEXT, json.as_bytes()).unwrap();
        // Verbatim: the bytes are those that were signed.
        format!(r#"{{"statement":{json},"signature":{}}}"#, serde_json::to_string(&signature).unwrap())
    }

    pub(crate) fn offers(&self, made: &Made) -> Received {
        self.offers_to(TO, made)
    }

    pub(crate) fn offers_to(&self, service: &str, made: &Made) -> Received {
        let offer = made.offer.to_string().replace(&format!("\"{ACCEPTED}\""), &made.accepted);
        self.peer.ask(&Asking::parcel(&self.peer, FROM, service, &made.parcel, offer))
    }

    /// The offer's text, with its only object inside.
    pub(crate) fn whole(&self, made: &Made) -> String {
        let mut offer = made.offer.clone();
        offer["inline"] = json!(STANDARD.encode(&made.objects[0]));
        offer.to_string().replace(&format!("\"{ACCEPTED}\""), &made.accepted)
    }

    /// Offers it in these words.
    pub(crate) fn peer_offers(&self, made: &Made, text: String) -> Received {
        self.peer.ask(&Asking::parcel(&self.peer, FROM, TO, &made.parcel, text))
    }

    /// Offers it with others along.
    pub(crate) fn offers_along(&self, first: &Made, along: &[String]) -> Received {
        let text = self.whole(first);
        self.peer_offers(first, format!("{},\"along\":[{}]}}", &text[..text.len() - 1], along.join(",")))
    }

    pub(crate) fn puts(&self, parcel: &str, index: usize, bytes: Bytes) -> StatusCode {
        let path = format!("/parcels/{parcel}/chunks/{index}");
        self.peer.bytes(Some(&self.peer.tls), Method::PUT, &path, bytes).unwrap().status
    }

    pub(crate) fn completes(&self, parcel: &str) -> Received {
        self.peer.plain(Method::POST, &format!("/parcels/{parcel}/complete"), "").unwrap()
    }

    pub(crate) fn tells(&self, statement: &str) -> String {
        let answer = self.peer.plain(Method::POST, "/parcels/statements", &format!("[{statement}]")).unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    /// Brings all of it; how it then stands at the recipient, and the last word on it.
    pub(crate) fn delivers(&self, made: &Made) -> (String, String) {
        let offered = self.offers(made);
        assert_eq!(offered.status, StatusCode::ACCEPTED, "{}", offered.body);
        for (index, object) in made.objects.iter().enumerate() {
            assert_eq!(self.puts(&made.parcel, index, object.clone()), StatusCode::NO_CONTENT);
        }
        assert_eq!(self.completes(&made.parcel).status, StatusCode::NO_CONTENT);
        self.stands(&made.parcel)
    }

    pub(crate) fn stands(&self, parcel: &str) -> (String, String) {
        self.desk.until_listed(parcel);
        let shown = self.desk.receive("GET", &format!("/{parcel}"), &[], b"").json();
        let last = shown["statements"].as_array().unwrap().last().unwrap()["statement"]["what"]["reason"].clone();
        (shown["state"].as_str().unwrap().to_owned(), last.as_str().unwrap_or_default().to_owned())
    }
}

pub(crate) fn digests(objects: &[Bytes]) -> Vec<String> {
    objects.iter().map(|object| STANDARD.encode(piece_digest(object))).collect()
}
