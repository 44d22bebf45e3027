//! Tiles: where they are, what is in them, how they grow.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use fixture::WholeTree;
use packhorse_ledger::*;
use proptest::prelude::*;

fn coordinate() -> impl Strategy<Value = TileCoordinate> {
    (0..=MAX_TILE_LEVEL, 1..=TILE_WIDTH)
        .prop_flat_map(|(level, width)| {
            let last = ((MAX_TREE_SIZE >> (8 * u32::from(level))) / 256).saturating_sub(1);
            (Just(level), prop_oneof![0..=last.min(2000), 0..=last], Just(width))
        })
        .prop_filter_map("beyond every tree", |(level, index, width)| TileCoordinate::new(level, index, width).ok())
}

proptest! {
    #[test]
    fn a_tile_path_is_read_as_it_was_written(tile in coordinate()) {
        let path = LogPath::Tile(tile);
        prop_assert_eq!(path.to_string().parse::<LogPath>().unwrap(), path);
    }

    #[test]
    fn an_entries_path_is_read_as_it_was_written(index in 0_u64..(1 << 40), width in 1_u16..=256) {
        let path = LogPath::Entries(BundleCoordinate::new(index, width).unwrap());
        prop_assert_eq!(path.to_string().parse::<LogPath>().unwrap(), path);
    }

    #[test]
    fn there_is_one_spelling_for_a_path(text in "(tile/)?([0-9]{1,2}|entries)(/x?[0-9]{3}){1,4}(\\.p/[0-9]{1,3})?") {
        if let Ok(path) = text.parse::<LogPath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn reading_a_path_never_panics(text in any::<String>()) {
        let _ = text.parse::<LogPath>();
    }

    #[test]
    fn a_bundle_survives_its_bytes(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..600)) {
        let bundles = EntryBundle::split(512, &entries).unwrap();
        let mut read = Vec::new();
        for bundle in &bundles {
            let again = EntryBundle::from_bytes(bundle.coordinate(), &bundle.to_bytes()).unwrap();
            prop_assert_eq!(&again, bundle);
            read.extend(again.entries().to_vec());
        }
        prop_assert_eq!(read, entries);
        prop_assert_eq!(bundles[0].coordinate().first_entry(), 512);
    }

    #[test]
    fn reading_a_bundle_never_panics(width in 1_u16..=256, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let coordinate = BundleCoordinate::new(0, width).unwrap();
        if let Ok(bundle) = EntryBundle::from_bytes(coordinate, &bytes) {
            prop_assert_eq!(bundle.to_bytes(), bytes);
        }
    }

    #[test]
    fn growing_in_batches_writes_what_growing_at_once_writes(
        batches in prop::collection::vec(prop_oneof![0_usize..5, 0_usize..600, Just(256), Just(255), Just(1)], 1..12),
    ) {
        let total = batches.iter().sum::<usize>() as u64;
        let tree = WholeTree::of(total);
        let (mut edge, mut tiles) = (RightEdge::new(), TileSet::new());
        for batch in batches {
            let (start, old_size) = (edge.size() as usize, edge.size());
            let growth = edge.grow(tree.0[start..start + batch].iter().copied()).unwrap();
            let coordinates: Vec<_> = growth.tiles.iter().map(Tile::coordinate).collect();
            prop_assert_eq!(coordinates, tiles_for_growth(old_size, growth.edge.size()).unwrap());
            tiles.extend(growth.tiles);
            edge = growth.edge;
            let restored = RightEdge::restore(edge.size(), &edge.root(), &tiles).unwrap();
            prop_assert_eq!(&restored, &edge);
        }
        let at_once = RightEdge::new().grow(tree.0.iter().copied()).unwrap();
        prop_assert_eq!(&at_once.edge, &edge);
        prop_assert_eq!(edge.root(), tree.root(total));
        for tile in at_once.tiles {
            prop_assert!(tiles.missing(&[tile.coordinate()]).is_empty());
        }
    }

    #[test]
    fn the_planned_tiles_suffice_for_every_proof((size, a) in (1_u64..3000).prop_flat_map(|size| (Just(size), 0..size))) {
        let tree = WholeTree::of(size);
        let all: TileSet = RightEdge::new().grow(tree.0.iter().copied()).unwrap().tiles.into_iter().collect();
        let only = |wanted: Vec<TileCoordinate>| -> TileSet {
            let tiles = RightEdge::new().grow(tree.0.iter().copied()).unwrap().tiles;
            tiles.into_iter().filter(|tile| wanted.contains(&tile.coordinate())).collect()
        };
        let inclusion = prove_inclusion(a, size, &only(tiles_for_inclusion(a, size).unwrap())).unwrap();
        prop_assert_eq!(&inclusion, &prove_inclusion(a, size, &tree).unwrap());
        prop_assert_eq!(&inclusion, &prove_inclusion(a, size, &all).unwrap());
        let consistency = prove_consistency(a, size, &only(tiles_for_consistency(a, size).unwrap())).unwrap();
        prop_assert_eq!(consistency, prove_consistency(a, size, &tree).unwrap());
    }
}

#[test]
fn paths_are_spelled_as_the_specification_says() {
    let path = |level, index, width| LogPath::Tile(TileCoordinate::new(level, index, width).unwrap()).to_string();
    assert_eq!(path(0, 0, 256), "tile/0/000");
    assert_eq!(path(1, 999, 3), "tile/1/999.p/3");
    assert_eq!(path(0, 1000, 256), "tile/0/x001/000");
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    let entries = LogPath::Entries(BundleCoordinate::new(1_234_067, 112).unwrap());
    assert_eq!(entries.to_string(), "tile/entries/x001/x234/067.p/112");
    assert_eq!("checkpoint".parse::<LogPath>().unwrap(), LogPath::Checkpoint);
}

#[test]
fn other_spellings_of_a_path_are_refused() {
    for path in [
        "",
        "/checkpoint",
        "checkpoint/",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/+1",
        "tile/-1/000",
        "tile/64/000",
        "tile/8/000",
        "tile/7/000",
        "tile/data/000",
        "tile/entries/x000/000",
        "tile/0/ 00",
        "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/../000",
        "tile/8/0/000",
    ] {
        assert!(path.parse::<LogPath>().is_err(), "{path}");
    }
}

#[test]
fn a_wider_tile_stands_in_for_a_deleted_partial_one() {
    let tree = WholeTree::of(300);
    let wanted = tiles_for_inclusion(200, 201).unwrap();
    assert_eq!(wanted, [TileCoordinate::new(0, 0, 201).unwrap()]);
    let full = wanted[0].full().unwrap();
    let grown = RightEdge::new().grow(tree.0.iter().copied()).unwrap().tiles;
    let tiles: TileSet = grown.into_iter().filter(|tile| tile.coordinate() == full).collect();
    assert!(tiles.missing(&wanted).is_empty());
    let path = prove_inclusion(200, 201, &tiles).unwrap();
    verify_inclusion(&tree.0[200], 200, 201, &path, &tree.root(201)).unwrap();
}

#[test]
fn an_edge_is_not_restored_from_tiles_of_another_log() {
    let growth = RightEdge::new().grow(WholeTree::of(700).0).unwrap();
    let tiles: TileSet = growth.tiles.into_iter().collect();
    let error = RightEdge::restore(700, &Hash([9; 32]), &tiles).unwrap_err();
    assert!(matches!(error, LedgerError::RootDiffers { size: 700 }));
    let error = RightEdge::restore(701, &growth.edge.root(), &tiles).unwrap_err();
    assert!(matches!(error, LedgerError::NodeMissing { .. }));
}

#[test]
fn a_batch_that_was_not_written_leaves_the_edge_as_it_was() {
    let tree = WholeTree::of(600);
    let edge = RightEdge::new().grow(tree.0[..300].iter().copied()).unwrap().edge;
    let before = edge.clone();
    let _lost = edge.grow(tree.0[300..].iter().copied()).unwrap();
    assert_eq!(edge, before);
}

#[test]
fn tile_content_has_exactly_the_promised_width() {
    let coordinate = TileCoordinate::new(0, 0, 2).unwrap();
    let tile = Tile::from_bytes(coordinate, &[5; 64]).unwrap();
    assert_eq!(tile.to_bytes(), [5; 64]);
    for length in [0, 32, 63, 65, 96] {
        assert!(Tile::from_bytes(coordinate, &vec![5; length]).is_err(), "{length}");
    }
}

#[test]
fn entries_are_bounded_by_their_16_bit_length() {
    assert!(EntryBundle::split(0, &[vec![0; MAX_ENTRY_BYTES]]).is_ok());
    assert!(matches!(EntryBundle::split(0, &[vec![0; MAX_ENTRY_BYTES + 1]]), Err(LedgerError::TooLarge { .. })));
    assert!(EntryBundle::split(1, &[b"entry"]).is_err());
    let two = BundleCoordinate::new(0, 2).unwrap();
    assert!(EntryBundle::from_bytes(two, b"\0\x01a").is_err());
    assert!(EntryBundle::from_bytes(two, b"\0\x01a\0\x01b\0").is_err());
    assert_eq!(EntryBundle::from_bytes(two, b"\0\x01a\0\x00").unwrap().entries(), [b"a".to_vec(), b"".to_vec()]);
}

#[test]
fn the_bundle_of_an_entry_is_found_by_its_index() {
    let bundle = BundleCoordinate::holding(69_999, 70_000).unwrap();
    assert_eq!((bundle.index(), bundle.width(), bundle.first_entry()), (273, 112, 69_888));
    assert!(BundleCoordinate::holding(70_000, 70_000).is_err());
    let grown: Vec<_> = bundles_for_growth(69_999, 70_001).unwrap();
    assert_eq!(grown, [BundleCoordinate::new(273, 113).unwrap()]);
}
