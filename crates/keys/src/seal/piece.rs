//! The digest of a sealed piece: what tells a damaged or foreign piece from the one that was offered, before it is kept.
//!
//! It must never stand for content: what is in a piece is vouched for by its seal and the manifest's own digests.

/// BLAKE3 of a sealed piece of a payload (docs/protocol/parcel.md, "Offer").
///
/// Every sealed byte is digested by its sender and again by its recipient. SHA-256 would cost five times what sealing
/// does wherever the processor has no instructions for it (docs/decisions/0007-pieces-by-blake3.md).
pub fn piece_digest(sealed: &[u8]) -> [u8; 32] {
    *blake3::hash(sealed).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::piece_digest;

    #[test]
    fn it_agrees_with_the_vectors_of_blake3() {
        // The BLAKE3 team's test_vectors.json, input_len 1: one byte, 0.
        let expected = "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213";
        let hex: String = piece_digest(&[0]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
