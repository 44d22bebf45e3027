//! The repository as tidy sees it: paths and texts, held in memory.
//!
//! The only file of tidy that touches the disk, so that every rule can be
//! tested on a tree written in the test.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// Every file that is tracked or is about to be (neither committed nor ignored).
pub(crate) struct Tree {
    /// By path relative to the root, with `/` between names; `None` is not text.
    files: BTreeMap<String, Option<String>>,
}

/// A text file of the tree.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

impl Tree {
    /// Reads the work tree at `root`; git says which files belong to it.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let output = Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other("git ls-files failed; tidy checks the files that git knows"));
        }
        let mut files = BTreeMap::new();
        for path in output.stdout.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
            let path = String::from_utf8_lossy(path).into_owned();
            match fs::read(root.join(&path)) {
                Ok(bytes) => files.insert(path, String::from_utf8(bytes).ok()),
                // Deleted in the work tree, not yet in the index.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(io::Error::new(error.kind(), format!("{path}: {error}"))),
            };
        }
        Ok(Self { files })
    }

    /// A tree of these paths and texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect() }
    }

    /// Every text file, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.files.iter().filter_map(|(path, text)| Some(File { path, text: text.as_deref()? }))
    }

    /// Every text file whose name ends in `.extension`.
    pub(crate) fn with_extension(&self, extension: &'static str) -> impl Iterator<Item = File<'_>> {
        self.files().filter(move |file| Path::new(file.path).extension().is_some_and(|it| it == extension))
    }

    /// The text file at `path`.
    pub(crate) fn get(&self, path: &str) -> Option<File<'_>> {
        self.files().find(|file| file.path == path)
    }

    /// Whether `path` is a file or a folder of the tree; the root is `""`.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty() || self.files.keys().any(|it| it == path || it.starts_with(&folder))
    }
}

impl File<'_> {
    /// The number of the first line that starts with `start`, or 1.
    pub(crate) fn line_starting(&self, start: &str) -> usize {
        self.text.lines().position(|line| line.trim_start().starts_with(start)).map_or(1, |index| index + 1)
    }
}
