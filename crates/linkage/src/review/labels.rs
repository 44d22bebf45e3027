//! Answers in a file of labels: one line each, on the disk before the next question, so that a review can be left and
//! taken up again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::Answer;
use crate::Result;
use crate::error::LinkageError;

/// Largest file of labels, in bytes.
const SIZE_MAX: u64 = 64 << 20;
const HEADINGS: &str = "left_id,right_id,answer\n";

/// Answers that were given, and the file to which more are added.
#[derive(Debug)]
pub struct Labels {
    answers: HashMap<(String, String), Answer>,
    file: File,
}

impl Labels {
    /// Opens a file of labels, or begins one. A last line that was not written whole is cut off.
    ///
    /// # Errors
    /// [`LinkageError::File`], or [`LinkageError::Table`] with the line when it holds something else than labels.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |error: &std::io::Error| LinkageError::file("opening the file of labels", error);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(|it| failed(&it))?;
        let mut text = String::new();
        (&file).take(SIZE_MAX + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
        if text.len() as u64 > SIZE_MAX {
            return Err(refused(format!("it is larger than {SIZE_MAX} bytes")));
        }
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(|error| failed(&error))?;
        }
        file.seek(SeekFrom::End(0)).map_err(|error| failed(&error))?;
        let mut labels = Self { answers: HashMap::new(), file };
        if whole == 0 {
            labels.write(HEADINGS)?;
        } else {
            labels.answers = read(&text[..whole])?;
        }
        Ok(labels)
    }

    /// The answers so far, by left and right id.
    pub fn answers(&self) -> impl Iterator<Item = ((&str, &str), Answer)> {
        self.answers.iter().map(|((left, right), answer)| ((left.as_str(), right.as_str()), *answer))
    }

    /// Whether somebody has answered for this pair.
    #[must_use]
    pub fn has(&self, left: &str, right: &str) -> bool {
        self.answers.contains_key(&(left.to_owned(), right.to_owned()))
    }

    /// Adds an answer; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`LinkageError::File`].
    pub fn add(&mut self, left: &str, right: &str, answer: Answer) -> Result<()> {
        let mut line = csv::Writer::from_writer(Vec::new());
        let written = line.write_record([left, right, answer.word()]).ok().and_then(|()| line.into_inner().ok());
        let line = written.and_then(|line| String::from_utf8(line).ok());
        self.write(&line.ok_or_else(|| refused("the ids cannot be written".to_owned()))?)?;
        self.answers.insert((left.to_owned(), right.to_owned()), answer);
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| LinkageError::file("writing the file of labels", &error))
    }
}

fn refused(reason: String) -> LinkageError {
    LinkageError::table("labels", reason)
}

fn read(text: &str) -> Result<HashMap<(String, String), Answer>> {
    let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut answers = HashMap::new();
    for (at, line) in lines.records().enumerate() {
        let wrong = || refused(format!("line {} is no label: left id, right id and same, different or unsure", at + 1));
        let line = line.map_err(|_| wrong())?;
        if at == 0 && line.iter().eq(HEADINGS.trim_end().split(',')) {
            continue;
        }
        let (Some(left), Some(right), Some(word), 3) = (line.get(0), line.get(1), line.get(2), line.len()) else {
            return Err(wrong());
        };
        // The last answer for a pair counts.
        answers.insert((left.to_owned(), right.to_owned()), Answer::read(word).ok_or_else(wrong)?);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_taken_up_where_it_was_left_even_after_a_torn_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("labels.csv");
        let mut labels = Labels::open(&path).expect("new");
        labels.add("a,1", "b\"2", Answer::Same).expect("added");
        labels.add("a3", "b4", Answer::Unsure).expect("added");
        drop(labels);
        OpenOptions::new().append(true).open(&path).expect("there").write_all(b"a5,b6,diff").expect("torn");
        let mut labels = Labels::open(&path).expect("again");
        assert!(labels.has("a,1", "b\"2") && labels.has("a3", "b4") && !labels.has("a5", "b6"));
        labels.add("a5", "b6", Answer::Different).expect("added");
        let again = Labels::open(&path).expect("whole");
        assert_eq!(again.answers().count(), 3);
    }

    #[test]
    fn a_file_of_something_else_is_refused_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("labels.csv");
        for (text, line) in [("left_id,right_id,answer\na,b,perhaps\n", "line 2"), ("name,dob\n", "line 1")] {
            std::fs::write(&path, text).expect("written");
            let refused = Labels::open(&path).expect_err("refused").to_string();
            assert!(refused.contains(line) && !refused.contains("perhaps"), "{refused}");
        }
    }
}
