//! What is written and kept: pairs, clusters, and the index against which a later file is linked.

use packhorse_linkage::table::{Side, read};
use packhorse_linkage::{Options, Unwatched, link, open_index};

use super::people::{SPEC, invented, spec, table};

#[test]
fn a_later_file_is_linked_against_a_kept_index() {
    let (left, right) = invented(600);
    let folder = tempfile::tempdir().unwrap();
    let (early, late) = right.split_at(right.len() - 60);
    let first = link(&spec(SPEC), vec![table("a", &left), table("b", early)], &Options::default(), &Unwatched).unwrap();
    first.save_index(folder.path()).unwrap();
    let index = open_index(folder.path()).unwrap();
    assert_eq!(index.spec(), &spec(SPEC));
    let outcome = index.link(table("late", late), &Options::default(), &Unwatched).unwrap();
    let found: Vec<_> = outcome.pairs().filter(|pair| pair.probability >= 0.9).collect();
    let right = found.iter().filter(|pair| pair.left_id[1..] == pair.right_id[1..]).count();
    let known = late.iter().filter(|new| left.iter().any(|old| old[6] == new[6])).count();
    assert!(right * 10 >= known * 9 && right * 100 >= found.len() * 98, "{right} of {known}, {} found", found.len());
}

#[test]
fn an_index_with_one_byte_changed_is_refused() {
    let (left, _) = invented(60);
    let folder = tempfile::tempdir().unwrap();
    link(&spec(SPEC), vec![table("a", &left)], &Options::default(), &Unwatched)
        .unwrap()
        .save_index(folder.path())
        .unwrap();
    let path = folder.path().join("records.bin");
    let bytes = std::fs::read(&path).unwrap();
    for place in (0..bytes.len()).step_by(97) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        std::fs::write(&path, changed).unwrap();
        assert!(open_index(folder.path()).is_err(), "byte {place}");
    }
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(open_index(folder.path()).is_err());
}

#[test]
fn pairs_in_parquet_and_in_csv_are_the_same() {
    let (left, right) = invented(300);
    let outcome =
        link(&spec(SPEC), vec![table("a", &left), table("b", &right)], &Options::default(), &Unwatched).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let columns = "[input]\nid = \"left_id\"\n[[column]]\nname = \"right_id\"\nkind = \"raw\"\n[[column]]\nname = \"level_born\"\nkind = \"raw\"\n[[comparison]]\nname = \"x\"\ncolumns = [\"right_id\"]\nlevels = [\"exact\"]\n[[block]]\non = \"right_id\"\n";
    let columns = spec(columns);
    let mut files = Vec::new();
    for name in ["pairs.csv", "pairs.parquet"] {
        let path = folder.path().join(name);
        outcome.write_pairs(&path).unwrap();
        let table = read(&path, &columns, Side::Left).unwrap();
        let column = |name: &str| table.column(name).unwrap().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>();
        files.push((column("left_id"), column("right_id"), column("level_born")));
    }
    assert_eq!(files[0].0.len(), outcome.len());
    assert_eq!(files[0], files[1]);
    let clusters = folder.path().join("clusters.csv");
    outcome.write_clusters(&clusters).unwrap();
    let text = std::fs::read_to_string(clusters).unwrap();
    assert_eq!(text.lines().count(), outcome.members().len() + 1);
}
