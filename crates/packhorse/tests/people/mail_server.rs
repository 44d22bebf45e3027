//! A mail server that really runs: RFC 5321, as much of it as a server needs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::network::Gateway;

/// Turns the first letter away for now, and takes every other.
pub(crate) struct MailServer {
    address: SocketAddr,
    letter_box: Arc<LetterBox>,
}

#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) text: String,
}

#[derive(Default)]
struct LetterBox {
    taken: Mutex<Vec<Letter>>,
    turned_away: Mutex<usize>,
    /// Where letters are laid as well, for whoever is another process.
    folder: Option<PathBuf>,
}

impl LetterBox {
    fn take(&self, letter: Letter) {
        let mut taken = self.taken.lock().unwrap();
        if let Some(folder) = &self.folder {
            let file = folder.join(format!("{:04}.eml", taken.len()));
            // It has its name when it is whole.
            let part = file.with_extension("part");
            std::fs::write(&part, format!("X-To: {}\n{}\n", letter.to, letter.text)).unwrap();
            std::fs::rename(part, file).unwrap();
        }
        taken.push(letter);
    }
}

impl MailServer {
    pub(crate) fn start() -> Self {
        Self::open(LetterBox::default())
    }

    /// One that lays each letter into a folder, too, named so that they stand in their order.
    pub(crate) fn start_laying_into(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        Self::open(LetterBox { folder: Some(folder.to_owned()), ..LetterBox::default() })
    }

    fn open(letter_box: LetterBox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), letter_box: Arc::new(letter_box) };
        let letter_box = Arc::clone(&server.letter_box);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let letter_box = Arc::clone(&letter_box);
                std::thread::spawn(move || talk(connection, &letter_box));
            }
        });
        server
    }

    /// The gateway tells its people by letters, once it has started anew.
    pub(crate) fn serves(&self, gateway: &Gateway) {
        let section = format!(
            "[people.mail]\nhost = \"127.0.0.1\"\nport = {}\nfrom = \"packhorse@borough.example\"\nsecurity = \"none\"\n",
            self.address.port()
        );
        gateway.configure("# [people.mail]\n", &section);
    }

    /// The letters that came for an address.
    pub(crate) fn letters(&self, to: &str) -> Vec<Letter> {
        self.letter_box.taken.lock().unwrap().iter().filter(|letter| letter.to == to).cloned().collect()
    }

    /// How many were turned away for now.
    pub(crate) fn turned_away(&self) -> usize {
        *self.letter_box.turned_away.lock().unwrap()
    }
}

fn talk(mut connection: TcpStream, letter_box: &LetterBox) -> Option<()> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines().map_while(Result::ok);
    let mut say = |line: &str| connection.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 mail.example")?;
    let mut to = String::new();
    while let Some(line) = lines.next() {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "EHLO" => say("250 mail.example")?,
            "MAIL" => {
                let mut count = letter_box.turned_away.lock().unwrap();
                if *count == 0 {
                    *count += 1;
                    say("451 4.3.0 not now")?;
                } else {
                    say("250 ok")?;
                }
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let text: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                letter_box.take(Letter { to: to.clone(), text: text.join("\n") });
                say("250 ok")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Some(());
            }
            _ => say("250 ok")?,
        }
    }
    Some(())
}
