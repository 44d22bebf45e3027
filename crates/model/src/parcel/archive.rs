//! The archive inside the seal: a POSIX tar (IEEE Std 1003.1, "ustar" and "pax Interchange Format") whose every byte
//! but the files' own follows from the manifest.
//!
//! Whoever opens a parcel therefore never reads a stranger's tar: it works out what must stand there, and compares.
//! Any tar program unpacks it.

use super::file_name::MANIFEST_NAME;
use super::manifest::FileEntry;

const BLOCK: u64 = 512;
/// The largest size that a header's eleven octal digits can say.
const OCTAL_LIMIT: u64 = 0o777_7777_7777;

/// One run of the archive's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// These very bytes: headers, the manifest, padding.
    Bytes(Vec<u8>),
    /// The content of the file at this place of the manifest's list.
    File {
        /// Place in the list.
        index: usize,
        /// Bytes.
        size: u64,
    },
}

/// The archive of one manifest.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    manifest: &'a [u8],
    files: &'a [FileEntry],
    /// Seconds since 1970, the same for every entry.
    modified: u64,
}

impl<'a> Archive<'a> {
    /// The archive of a manifest's JSON, its files, and the moment at which it was closed.
    #[must_use]
    pub fn new(manifest: &'a [u8], files: &'a [FileEntry], sent_at: jiff::Timestamp) -> Self {
        Self { manifest, files, modified: u64::try_from(sent_at.as_second()).unwrap_or(0) }
    }

    /// The archive from its first byte to its last.
    pub fn segments(self) -> impl Iterator<Item = Segment> + 'a {
        let files = self.files.iter().enumerate().flat_map(move |(index, file)| {
            let header = entry(file.name.as_str(), file.size, self.modified);
            let padding = vec![0; padding(file.size)];
            [Segment::Bytes(header), Segment::File { index, size: file.size }, Segment::Bytes(padding)]
        });
        std::iter::once(Segment::Bytes(self.front()))
            .chain(files)
            // Two empty blocks end an archive.
            .chain(std::iter::once(Segment::Bytes(vec![0; 2 * BLOCK as usize])))
            .filter(|segment| *segment != Segment::Bytes(Vec::new()))
    }

    /// Bytes of the whole.
    #[must_use]
    pub fn size(self) -> u64 {
        let files: u64 = self.files.iter().map(|file| self.head_of(file) + padded(file.size)).sum();
        self.front_size() + files + 2 * BLOCK
    }

    /// Where the content of the file at a place of the list begins; `None` beyond the list.
    #[must_use]
    pub fn offset_of(self, index: usize) -> Option<u64> {
        let file = self.files.get(index)?;
        let before: u64 = self.files[..index].iter().map(|file| self.head_of(file) + padded(file.size)).sum();
        Some(self.front_size() + before + self.head_of(file))
    }

    /// The manifest's own entry, with which it begins.
    #[must_use]
    pub fn front(self) -> Vec<u8> {
        let size = self.manifest.len() as u64;
        let mut front = entry(MANIFEST_NAME, size, self.modified);
        front.extend_from_slice(self.manifest);
        front.resize(front.len() + padding(size), 0);
        front
    }

    fn front_size(self) -> u64 {
        let size = self.manifest.len() as u64;
        head_size(MANIFEST_NAME, size) + padded(size)
    }

    fn head_of(self, file: &FileEntry) -> u64 {
        head_size(file.name.as_str(), file.size)
    }
}

/// Bytes of an entry's headers.
fn head_size(name: &str, size: u64) -> u64 {
    let records = pax_records(name, size).len() as u64;
    if records == 0 { BLOCK } else { 2 * BLOCK + padded(records) }
}

fn padded(size: u64) -> u64 {
    size.div_ceil(BLOCK) * BLOCK
}

fn padding(size: u64) -> usize {
    usize::try_from(padded(size) - size).unwrap_or(0)
}

/// An entry's headers: a pax header first, where a plain one cannot say it.
fn entry(name: &str, size: u64, modified: u64) -> Vec<u8> {
    let records = pax_records(name, size);
    if records.is_empty() {
        return header(name.as_bytes(), size, modified, b'0').to_vec();
    }
    let length = records.len() as u64;
    let mut out = header(b"pax", length, modified, b'x').to_vec();
    out.extend_from_slice(&records);
    out.resize(out.len() + padding(length), 0);
    // What the pax header says goes before what stands here.
    let short = if needs_path(name) { "file" } else { name };
    out.extend_from_slice(&header(short.as_bytes(), if size > OCTAL_LIMIT { 0 } else { size }, modified, b'0'));
    out
}

/// Names of at most 100 ASCII bytes stand in the header itself.
fn needs_path(name: &str) -> bool {
    name.len() > 100 || !name.is_ascii()
}

fn pax_records(name: &str, size: u64) -> Vec<u8> {
    let mut records = Vec::new();
    if needs_path(name) {
        records.extend_from_slice(pax_record("path", name).as_bytes());
    }
    if size > OCTAL_LIMIT {
        records.extend_from_slice(pax_record("size", &size.to_string()).as_bytes());
    }
    records
}

/// `<length> <key>=<value>\n`, where the length counts itself.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// One ustar header block: mode 0600, owner nobody in particular.
fn header(name: &[u8], size: u64, modified: u64, kind: u8) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name[..name.len().min(100)]);
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{:011o}\0", modified.min(OCTAL_LIMIT)).as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: u64) -> FileEntry {
        FileEntry { name: name.parse().unwrap(), size, sha256: String::new(), media_type: None }
    }

    fn written(archive: Archive<'_>, content: u8) -> Vec<u8> {
        let mut out = Vec::new();
        for segment in archive.segments() {
            match segment {
                Segment::Bytes(bytes) => out.extend_from_slice(&bytes),
                Segment::File { size, .. } => out.resize(out.len() + size as usize, content),
            }
        }
        out
    }

    #[test]
    fn size_and_offsets_are_those_of_the_bytes() {
        let long = "folder/".repeat(14) + "a-name-that-no-plain-header-holds.pdf";
        let files = [file("a.txt", 3), file("empty", 0), file(&long, 512), file("Kündigung.docx", 1025)];
        let archive = Archive::new(b"{}", &files, jiff::Timestamp::from_second(1_767_268_800).unwrap());
        let bytes = written(archive, 7);
        assert_eq!(bytes.len() as u64, archive.size());
        for (index, file) in files.iter().enumerate() {
            let at = archive.offset_of(index).unwrap() as usize;
            assert!(bytes[at..at + file.size as usize].iter().all(|byte| *byte == 7), "{}", file.name);
            // Padding, where the content does not end with a block.
            if file.size % BLOCK != 0 {
                assert_eq!(bytes[at + file.size as usize], 0, "{}", file.name);
            }
        }
        assert_eq!(archive.offset_of(files.len()), None);
    }

    #[test]
    fn sizes_beyond_eight_gibibytes_stand_in_a_pax_header() {
        let files = [file("large.bin", 100 * 1024 * 1024 * 1024)];
        let archive = Archive::new(b"{}", &files, jiff::Timestamp::UNIX_EPOCH);
        let head: Vec<Segment> = archive.segments().take(2).collect();
        let Segment::Bytes(header) = &head[1] else { panic!("no header") };
        assert!(String::from_utf8_lossy(header).contains("21 size=107374182400\n"));
    }
}
