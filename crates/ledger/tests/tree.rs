//! Proofs hold for every tree and fail for every change, whatever the size.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use fixture::WholeTree;
use packhorse_ledger::*;
use proptest::prelude::*;

/// Sizes around powers of two and tile widths turn up more often than chance would bring them.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![
        1_u64..20,
        1_u64..3000,
        (0_u32..12, 0_u64..3).prop_map(|(bit, off)| ((1 << bit) + off).saturating_sub(1).max(1)),
    ]
}

fn size_and_part() -> impl Strategy<Value = (u64, u64)> {
    size().prop_flat_map(|size| (Just(size), 0..size))
}

fn frontier(tree: &WholeTree, size: u64) -> Frontier {
    let mut frontier = Frontier::new();
    tree.0[..size as usize].iter().for_each(|leaf| frontier.append(*leaf));
    frontier
}

fn flip(hash: &mut Hash, bit: usize) {
    hash.0[bit / 8 % Hash::LEN] ^= 1 << (bit % 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_frontier_has_the_root_of_the_definition_and_survives_storage(size in size()) {
        let tree = WholeTree::of(size);
        let grown = frontier(&tree, size);
        prop_assert_eq!(grown.root(), tree.root(size));
        prop_assert_eq!(&Frontier::from_bytes(&grown.to_bytes()).unwrap(), &grown);
        prop_assert_eq!(&Frontier::load(size, &tree).unwrap(), &grown);
    }

    #[test]
    fn every_entry_can_be_proved((size, index) in size_and_part()) {
        let tree = WholeTree::of(size);
        let path = prove_inclusion(index, size, &tree).unwrap();
        verify_inclusion(&tree.0[index as usize], index, size, &path, &tree.root(size)).unwrap();
    }

    #[test]
    fn an_inclusion_proof_fails_after_any_change(
        (size, index) in size_and_part(), bit in 0_usize..256, place in any::<prop::sample::Index>(),
    ) {
        let tree = WholeTree::of(size);
        let (leaf, root) = (tree.0[index as usize], tree.root(size));
        let path = prove_inclusion(index, size, &tree).unwrap();
        let fails = |leaf: &Hash, index, size, path: &[Hash], root: &Hash| {
            verify_inclusion(leaf, index, size, path, root).is_err()
        };

        let mut other = leaf;
        flip(&mut other, bit);
        prop_assert!(fails(&other, index, size, &path, &root));
        let mut other = root;
        flip(&mut other, bit);
        prop_assert!(fails(&leaf, index, size, &path, &other));
        prop_assert!(fails(&leaf, index ^ (1 << (bit % 64)), size, &path, &root));
        prop_assert!(fails(&leaf, index, size, &[&path[..], &[leaf]].concat(), &root));
        prop_assert!(fails(&leaf, size, size, &path, &root));
        if !path.is_empty() {
            let mut other = path.clone();
            flip(place.get_mut(&mut other), bit);
            prop_assert!(fails(&leaf, index, size, &other, &root));
            prop_assert!(fails(&leaf, index, size, &path[1..], &root));
            prop_assert!(fails(&leaf, index, size, &path[..path.len() - 1], &root));
        }
    }

    #[test]
    fn every_growth_can_be_proved((new, old) in size_and_part()) {
        let tree = WholeTree::of(new);
        let path = prove_consistency(old, new, &tree).unwrap();
        verify_consistency(old, &tree.root(old), new, &tree.root(new), &path).unwrap();
        let nothing = prove_consistency(new, new, &tree).unwrap();
        verify_consistency(new, &tree.root(new), new, &tree.root(new), &nothing).unwrap();
    }

    #[test]
    fn a_consistency_proof_fails_after_any_change(
        (new, old) in size_and_part(), bit in 0_usize..256, place in any::<prop::sample::Index>(),
    ) {
        let tree = WholeTree::of(new);
        let (old_root, new_root) = (tree.root(old), tree.root(new));
        let path = prove_consistency(old, new, &tree).unwrap();
        let fails = |old, old_root: &Hash, new, new_root: &Hash, path: &[Hash]| {
            verify_consistency(old, old_root, new, new_root, path).is_err()
        };

        let mut other = old_root;
        flip(&mut other, bit);
        prop_assert!(fails(old, &other, new, &new_root, &path));
        prop_assert!(fails(old, &old_root, new, &new_root, &[&path[..], &[old_root]].concat()));
        prop_assert!(fails(new, &new_root, old, &old_root, &path));
        // Every tree continues the empty one, so there the new root is bound by nothing.
        if old > 0 {
            let mut other = new_root;
            flip(&mut other, bit);
            prop_assert!(fails(old, &old_root, new, &other, &path));
            prop_assert!(fails(old - 1, &old_root, new, &new_root, &path));
        }
        if !path.is_empty() {
            let mut other = path.clone();
            flip(place.get_mut(&mut other), bit);
            prop_assert!(fails(old, &old_root, new, &new_root, &other));
            prop_assert!(fails(old, &old_root, new, &new_root, &path[..path.len() - 1]));
        }
    }

    #[test]
    fn a_rewritten_history_is_not_consistent((new, old) in size_and_part(), at in any::<prop::sample::Index>()) {
        prop_assume!(old > 0);
        let (honest, mut rewritten) = (WholeTree::of(new), WholeTree::of(new));
        flip(&mut rewritten.0[at.index(old as usize)], 0);
        let path = prove_consistency(old, new, &rewritten).unwrap();
        prop_assert!(verify_consistency(old, &honest.root(old), new, &rewritten.root(new), &path).is_err());
    }

    #[test]
    fn verifying_never_panics_on_invented_sizes(
        index: u64, size: u64, other: u64, path in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..70),
    ) {
        let hash = Hash([7; 32]);
        prop_assert!(verify_inclusion(&hash, index, size, &path, &hash).is_err() || (size == 1 && path.is_empty()));
        let consistent = verify_consistency(size, &hash, other, &hash, &path).is_ok();
        prop_assert!(!consistent || size == other);
    }

    #[test]
    fn reading_a_frontier_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}

#[test]
fn the_largest_tree_needs_63_hashes_and_no_path_may_be_longer() {
    struct Everywhere;
    impl NodeReader for Everywhere {
        fn node(&self, _: u8, _: u64) -> Option<Hash> {
            Some(Hash([1; 32]))
        }
    }
    let path = prove_inclusion(0, MAX_TREE_SIZE, &Everywhere).unwrap();
    assert_eq!(path.len(), MAX_PATH);
    let hash = Hash([1; 32]);
    let too_long = [hash; MAX_PATH + 1];
    assert!(matches!(verify_inclusion(&hash, 0, MAX_TREE_SIZE, &too_long, &hash), Err(LedgerError::TooLarge { .. })));
    assert!(matches!(prove_inclusion(0, MAX_TREE_SIZE + 1, &Everywhere), Err(LedgerError::TooLarge { .. })));
}

#[test]
fn a_missing_node_is_named() {
    let nothing = TileSet::new();
    let error = prove_inclusion(0, 512, &nothing).unwrap_err();
    assert!(matches!(error, LedgerError::NodeMissing { level: 0, index: 1 }));
}

#[test]
fn an_empty_tree_has_one_root_only() {
    verify_consistency(0, &EMPTY_ROOT, 0, &EMPTY_ROOT, &[]).unwrap();
    let other = Hash([1; 32]);
    assert!(verify_consistency(0, &other, 0, &other, &[]).is_err());
    assert!(verify_consistency(0, &other, 5, &other, &[]).is_err());
}

#[test]
fn a_stored_frontier_of_another_version_is_refused() {
    let mut bytes = Frontier::new().to_bytes();
    bytes[0] = 2;
    assert!(Frontier::from_bytes(&bytes).is_err());
}
