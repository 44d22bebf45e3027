//! The floors: which crates there are, in what order, and which may use which.
//!
//! Cargo refuses circles; this refuses the edges that are possible and wrong.

use super::Finding;
use super::manifest::Manifest;
use super::tree::Tree;

/// One crate of the product.
struct Room {
    name: &'static str,
    floor: u8,
    /// The rooms it may use; being on a lower floor is not enough.
    may_use: &'static [&'static str],
}

/// The map of the house. A crate that is not here has no place yet.
const ROOMS: &[Room] = &[
    Room { name: "keys", floor: 1, may_use: &[] },
    Room { name: "model", floor: 2, may_use: &["keys"] },
    Room { name: "openapi", floor: 2, may_use: &[] },
    Room { name: "ledger", floor: 2, may_use: &["keys"] },
    Room { name: "store", floor: 3, may_use: &["keys", "model", "ledger"] },
    Room { name: "tables", floor: 3, may_use: &["keys", "model"] },
    Room { name: "linkage", floor: 3, may_use: &["keys", "model"] },
    Room { name: "directory", floor: 4, may_use: &["keys", "model", "openapi", "ledger", "store"] },
    Room { name: "governance", floor: 4, may_use: &["keys", "model", "ledger", "store"] },
    Room {
        name: "gateway",
        floor: 5,
        may_use: &["keys", "model", "openapi", "ledger", "store", "tables", "directory", "governance"],
    },
    Room { name: "web", floor: 5, may_use: &["keys", "model", "ledger", "store", "directory", "governance"] },
    Room {
        name: "packhorse",
        floor: 6,
        may_use: &[
            "keys",
            "model",
            "ledger",
            "store",
            "tables",
            "linkage",
            "directory",
            "governance",
            "gateway",
            "web",
        ],
    },
    // Tools stand beside the house and read it as text.
    Room { name: "xtask", floor: u8::MAX, may_use: &[] },
];

/// Every kind of edge counts: a test that reaches upward ties the floors just as a build does.
const SECTIONS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// Checks the order of the members, the edges between them, and the lints they inherit.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(root) = tree.get("Cargo.toml") else { return Vec::new() };
    let workspace = match Manifest::parse(root) {
        Ok(workspace) => workspace,
        Err(finding) => return vec![finding],
    };
    let mut findings = member_order(&workspace);
    for file in tree.files().filter(|file| file.path.ends_with("/Cargo.toml")) {
        match Manifest::parse(file) {
            // A workspace of its own (the fuzz targets) stands outside the house.
            Ok(manifest) if manifest.is_workspace() => {}
            Ok(manifest) => findings.extend(manifest_findings(&workspace, &manifest)),
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

fn member_order(workspace: &Manifest<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut highest = 0;
    for member in workspace.members() {
        let finding = |rule, what, remedy| Finding {
            path: workspace.file.path.to_owned(),
            line: workspace.file.line_starting(&format!("\"{member}\"")),
            rule,
            what,
            remedy,
        };
        let Some(room) = member.rsplit('/').next().and_then(room) else {
            findings.push(finding(
                "room",
                format!("`{member}` is not a room of the house"),
                "give it a row in ROOMS in xtask/src/tidy/floors.rs, or a place in a room that exists",
            ));
            continue;
        };
        if room.floor < highest {
            findings.push(finding(
                "floor-order",
                format!("`{member}` stands above a higher floor"),
                "list the members from the ground floor up",
            ));
        }
        highest = highest.max(room.floor);
    }
    findings
}

fn manifest_findings(workspace: &Manifest<'_>, manifest: &Manifest<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |start: &str, rule, what, remedy| {
        let line = manifest.file.line_starting(start);
        findings.push(Finding { path: manifest.file.path.to_owned(), line, rule, what, remedy });
    };
    let folder = manifest.file.path.trim_end_matches("/Cargo.toml");
    if !workspace.members().contains(&folder) {
        let what = format!("`{folder}` is not a member of the workspace");
        find("[package]", "room", what, "list it in the root manifest, on its floor");
    }
    if !manifest.inherits_lints() {
        let what = "the lints of the workspace are not inherited".to_owned();
        find("[package]", "lints", what, "add `[lints]` with `workspace = true`");
    }
    let may_use = room(manifest.room()).map_or(&[][..], |room| room.may_use);
    for dependency in manifest.dependencies(workspace, SECTIONS) {
        let Some(used) = our_room(&dependency.package) else { continue };
        if !may_use.contains(&used) {
            let what = format!("`{}` must not use `{used}`", manifest.room());
            let remedy = "pass the thing in as a value or a trait, or move it down a floor";
            find(&dependency.key, "floors", what, remedy);
        }
    }
    findings
}

fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// The room that `package` is, where it is one of ours.
fn our_room(package: &str) -> Option<&str> {
    package.strip_prefix("packhorse-").or_else(|| ["packhorse", "xtask"].contains(&package).then_some(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    /// What is found in a workspace of `members`, in which `room` has the `dependencies` given.
    fn found(members: &[&str], room: &str, dependencies: &str) -> Vec<String> {
        let list = members.iter().map(|member| format!("  \"crates/{member}\",\n")).collect::<String>();
        let root = format!("[workspace]\nmembers = [\n{list}]\n");
        let path = format!("crates/{room}/Cargo.toml");
        let manifest = format!("[package]\nname = \"x\"\n{LINTS}{dependencies}");
        let tree = Tree::of(&[("Cargo.toml", &root), (&path, &manifest)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edge_of_the_map_passes() {
        let dependencies = "[dependencies]\npackhorse-model.workspace = true\ntokio = \"1\"\n";
        assert_eq!(found(&["model", "store"], "store", dependencies), [""; 0]);
    }

    #[test]
    fn every_forbidden_edge_is_found() {
        for (room, used) in [
            ("keys", "model"),
            ("model", "ledger"),
            ("ledger", "model"),
            ("store", "tables"),
            ("tables", "store"),
            ("linkage", "ledger"),
            ("directory", "governance"),
            ("governance", "directory"),
            ("gateway", "web"),
            ("web", "gateway"),
        ] {
            let dependencies = format!("[dependencies]\npackhorse-{used}.workspace = true\n");
            let found = found(&[room], room, &dependencies);
            assert_eq!(found.len(), 1, "{room} -> {used}: {found:?}");
            assert!(
                found[0].starts_with(&format!("crates/{room}/Cargo.toml:6: floors: `{room}` must not use `{used}`"))
            );
        }
    }

    #[test]
    fn nobody_uses_the_program() {
        let found = found(&["gateway"], "gateway", "[dev-dependencies]\npackhorse = { path = \"../packhorse\" }\n");
        assert!(found[0].contains("`gateway` must not use `packhorse`"), "{found:?}");
    }

    #[test]
    fn a_renamed_or_platform_dependency_does_not_hide_an_edge() {
        let renamed = "[dependencies]\ndisk = { path = \"../store\", package = \"packhorse-store\" }\n";
        assert!(
            found(&["tables"], "tables", renamed)[0].contains("Cargo.toml:6: floors: `tables` must not use `store`")
        );
        let platform = "[target.'cfg(unix)'.dependencies]\npackhorse-store.workspace = true\n";
        assert_eq!(found(&["tables"], "tables", platform).len(), 1);
    }

    #[test]
    fn members_stand_in_floor_order() {
        let found = found(&["model", "keys"], "keys", "");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("Cargo.toml:4: floor-order: `crates/keys`"), "{found:?}");
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        let found = found(&["plumbing"], "keys", "");
        assert!(found[0].starts_with("Cargo.toml:3: room: `crates/plumbing`"), "{found:?}");
        assert!(found[1].contains("`crates/keys` is not a member"), "{found:?}");
    }

    #[test]
    fn lints_are_inherited_unless_the_crate_is_a_workspace_of_its_own() {
        let root = "[workspace]\nmembers = [\"crates/keys\"]\n";
        let bare = Tree::of(&[("Cargo.toml", root), ("crates/keys/Cargo.toml", "[package]\nname = \"x\"\n")]);
        assert!(check(&bare)[0].to_string().contains("lints: "));
        let fuzz = Tree::of(&[("Cargo.toml", root), ("fuzz/Cargo.toml", "[package]\nname = \"x\"\n[workspace]\n")]);
        assert!(check(&fuzz).is_empty());
    }

    #[test]
    fn a_room_uses_only_lower_floors() {
        for room in ROOMS {
            for used in room.may_use {
                let used = super::room(used).expect("a room of the map");
                assert!(used.floor < room.floor, "{} -> {}", room.name, used.name);
            }
        }
    }
}
