//! The same trees, proofs, paths and notes through crates of other authors: `tlog_tiles` and `signed_note`.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use base64::Engine as _;
use fixture::*;
use packhorse_ledger::*;
use proptest::prelude::*;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Hash as TheirHash, HashReader, check_record, check_tree, prove_record, prove_tree, tree_hash};

/// Our tiles read by their reader: they name a node by its stored-hash index.
struct TheirView<'a>(&'a TileSet);

impl HashReader for TheirView<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TheirHash>, tlog_tiles::Error> {
        let read = |index: &u64| {
            let (level, index) = tlog_tiles::split_stored_hash_index(*index);
            theirs(self.0.node(level, index).unwrap())
        };
        Ok(indexes.iter().map(read).collect())
    }
}

fn theirs(hash: Hash) -> TheirHash {
    TheirHash(hash.0)
}

fn tiles(tree: &WholeTree) -> TileSet {
    RightEdge::new().grow(tree.0.iter().copied()).unwrap().tiles.into_iter().collect()
}

fn size_and_part() -> impl Strategy<Value = (u64, u64)> {
    (1_u64..2500).prop_flat_map(|size| (Just(size), 0..size))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_make_and_accept_the_same_proofs((size, part) in size_and_part()) {
        let tree = WholeTree::of(size);
        let (tiles, root, leaf) = (tiles(&tree), tree.root(size), tree.0[part as usize]);
        let view = TheirView(&tiles);
        prop_assert_eq!(tree_hash(size, &view).unwrap().0, root.0);

        let ours: Vec<_> = prove_inclusion(part, size, &tiles).unwrap().into_iter().map(theirs).collect();
        check_record(&ours, size, theirs(root), part, theirs(leaf)).unwrap();
        let proof: Vec<_> = prove_record(size, part, &view).unwrap().into_iter().map(|hash| Hash(hash.0)).collect();
        verify_inclusion(&leaf, part, size, &proof, &root).unwrap();

        let old = part + 1;
        let ours: Vec<_> = prove_consistency(old, size, &tiles).unwrap().into_iter().map(theirs).collect();
        check_tree(&ours, size, theirs(root), old, theirs(tree.root(old))).unwrap();
        let proof: Vec<_> = prove_tree(size, old, &view).unwrap().into_iter().map(|hash| Hash(hash.0)).collect();
        verify_consistency(old, &tree.root(old), size, &root, &proof).unwrap();
    }

    #[test]
    fn both_write_the_same_tiles_when_growing(old in 0_u64..200_000, more in 0_u64..200_000) {
        let place = |tile: &tlog_tiles::Tile| (tile.level(), tile.level_index(), tile.width());
        let mut theirs: Vec<_> = tlog_tiles::Tile::new_tiles(8, old, old + more).iter().map(place).collect();
        theirs.sort_unstable();
        let ours = tiles_for_growth(old, old + more).unwrap();
        let ours: Vec<_> = ours.iter().map(|tile| (tile.level(), tile.index(), tile.width().into())).collect();
        prop_assert_eq!(ours, theirs);
    }

    /// They write Go's older form with the tile height in it.
    #[test]
    fn both_spell_the_same_paths(level in 0_u8..3, index in 0_u64..500_000_000_000, width in 1_u16..=256) {
        let theirs = tlog_tiles::Tile::new(8, level, index, width.into(), false).path();
        let ours = LogPath::Tile(TileCoordinate::new(level, index, width).unwrap()).to_string();
        prop_assert_eq!(ours, theirs.replacen("tile/8/", "tile/", 1));
    }
}

#[test]
fn they_open_our_notes() {
    let checkpoint = cosigned(greek().head(3));
    let note = signed_note::Note::from_bytes(&checkpoint.to_bytes()).unwrap();
    let known = VerifierList::new(vec![Box::new(StandardVerifier::new(LOG_VKEY).unwrap())]);
    let (verified, unknown) = note.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 1));
    let head = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((head.origin(), head.size(), head.hash().0), (ORIGIN, 3, greek().root(3).0));
}

#[test]
fn we_open_their_notes() {
    let seed = base64::engine::general_purpose::STANDARD.encode([&[1_u8][..], &[3; 32]].concat());
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+3561d7cc+{seed}")).unwrap();
    let text = Checkpoint::new(ORIGIN, greek().head(3)).unwrap().to_string();
    let mut note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let opened = SignedCheckpoint::open(&note.to_bytes(), &[LOG_VKEY.parse().unwrap()]).unwrap();
    assert_eq!(opened, signed(greek().head(3)));
}
