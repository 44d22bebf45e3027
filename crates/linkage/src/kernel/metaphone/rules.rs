//! The rules of double metaphone, letter by letter.

/// A word, the place in it, and the code so far.
pub(super) struct Sounds<'a> {
    word: &'a [u8],
    at: usize,
    code: String,
    /// Whether the word looks Slavic or Germanic, where some letters sound differently.
    slavic: bool,
}

impl<'a> Sounds<'a> {
    pub(super) fn new(word: &'a [u8]) -> Self {
        let mut sounds = Self { word, at: 0, code: String::new(), slavic: false };
        sounds.slavic =
            (0..word.len()).any(|at| matches!(word[at], b'W' | b'K') || sounds.is_at(at as isize, &["CZ", "WITZ"]));
        sounds
    }

    /// Reads the whole word.
    pub(super) fn code(&mut self, length: usize) -> String {
        if self.is(&["GN", "KN", "PN", "WR", "PS"]) {
            self.at = 1;
        }
        if self.word.first() == Some(&b'X') {
            self.add("S", 1);
        }
        while self.code.len() < length && self.at < self.word.len() {
            self.letter();
        }
        let mut code = std::mem::take(&mut self.code);
        code.truncate(length);
        code
    }

    fn add(&mut self, sound: &str, step: usize) {
        self.code.push_str(sound);
        self.at += step;
    }

    fn get(&self, offset: isize) -> u8 {
        let at = self.at as isize + offset;
        usize::try_from(at).ok().and_then(|at| self.word.get(at)).copied().unwrap_or(0)
    }

    fn is_at(&self, at: isize, parts: &[&str]) -> bool {
        let Ok(at) = usize::try_from(at) else { return false };
        parts.iter().any(|part| self.word.get(at..).is_some_and(|rest| rest.starts_with(part.as_bytes())))
    }

    /// Whether one of the parts stands here.
    fn is(&self, parts: &[&str]) -> bool {
        self.is_at(self.at as isize, parts)
    }

    fn near(&self, offset: isize, parts: &[&str]) -> bool {
        self.is_at(self.at as isize + offset, parts)
    }

    fn vowel(&self, offset: isize) -> bool {
        matches!(self.get(offset), b'A' | b'E' | b'I' | b'O' | b'U' | b'Y')
    }

    /// Steps over a doubled letter.
    fn twice(&self) -> usize {
        1 + usize::from(self.get(1) == self.get(0))
    }

    fn is_last(&self) -> bool {
        self.at + 1 >= self.word.len()
    }

    fn letter(&mut self) {
        let twice = self.twice();
        match self.get(0) {
            b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' => {
                let sound = if self.at == 0 { "A" } else { "" };
                self.add(sound, 1);
            }
            b'B' => self.add("P", twice),
            b'C' => self.c(),
            b'D' => self.d(),
            b'F' => self.add("F", twice),
            b'G' => self.g(),
            b'H' if (self.at == 0 || self.vowel(-1)) && self.vowel(1) => self.add("H", 2),
            b'J' => self.j(),
            b'K' => self.add("K", twice),
            b'L' => self.add("L", twice),
            b'M' => {
                let silent = self.near(-1, &["UMB"]) && (self.at + 2 == self.word.len() || self.near(2, &["ER"]));
                self.add("M", if silent { 2 } else { twice });
            }
            b'N' => self.add("N", twice),
            b'P' if self.get(1) == b'H' => self.add("F", 2),
            b'P' => self.add("P", if matches!(self.get(1), b'P' | b'B') { 2 } else { 1 }),
            b'Q' => self.add("K", twice),
            b'R' => {
                let french = self.is_last() && !self.slavic && self.near(-2, &["IE"]) && !self.near(-4, &["ME", "MA"]);
                self.add(if french { "" } else { "R" }, twice);
            }
            b'S' => self.s(),
            b'T' => self.t(),
            b'V' => self.add("F", twice),
            b'W' => self.w(),
            b'X' => {
                let french = self.is_last() && (self.near(-3, &["IAU", "EAU"]) || self.near(-2, &["AU", "OU"]));
                let step = if matches!(self.get(1), b'C' | b'X') { 2 } else { 1 };
                self.add(if french { "" } else { "KS" }, step);
            }
            b'Z' if self.get(1) == b'H' => self.add("J", 2),
            b'Z' => self.add("S", twice),
            _ => self.at += 1,
        }
    }

    fn c(&mut self) {
        if self.at > 1
            && !self.vowel(-2)
            && self.near(-1, &["ACH"])
            && self.get(2) != b'I'
            && (self.get(2) != b'E' || self.near(-2, &["BACHER", "MACHER"]))
        {
            return self.add("K", 2);
        }
        if self.at == 0 && self.is(&["CAESAR"]) {
            return self.add("S", 2);
        }
        if self.is(&["CH"]) {
            return self.ch();
        }
        if self.is(&["CZ"]) && !self.near(-2, &["WICZ"]) {
            return self.add("S", 2);
        }
        if self.near(1, &["CIA"]) {
            return self.add("X", 3);
        }
        if self.is(&["CC"]) && !(self.at == 1 && self.word.first() == Some(&b'M')) {
            if self.near(2, &["I", "E", "H"]) && !self.near(2, &["HU"]) {
                let hard = (self.at == 1 && self.get(-1) == b'A') || self.near(-1, &["UCCEE", "UCCES"]);
                return self.add(if hard { "KS" } else { "X" }, 3);
            }
            return self.add("K", 2);
        }
        if self.is(&["CK", "CG", "CQ"]) {
            return self.add("K", 2);
        }
        if self.is(&["CI", "CE", "CY"]) {
            return self.add("S", 2);
        }
        let step = if self.near(1, &[" C", " Q", " G"]) {
            3
        } else if matches!(self.get(1), b'C' | b'K' | b'Q') && !self.near(1, &["CE", "CI"]) {
            2
        } else {
            1
        };
        self.add("K", step);
    }

    fn ch(&mut self) {
        if self.at > 0 && self.is(&["CHAE"]) {
            return self.add("K", 2);
        }
        let greek = self.at == 0
            && (self.near(1, &["HARAC", "HARIS"]) || self.near(1, &["HOR", "HYM", "HIA", "HEM"]))
            && !self.is_at(0, &["CHORE"]);
        let germanic = self.is_at(0, &["VAN ", "VON ", "SCH"])
            || self.near(-2, &["ORCHES", "ARCHIT", "ORCHID"])
            || matches!(self.get(2), b'T' | b'S')
            || ((self.at == 0 || matches!(self.get(-1), b'A' | b'O' | b'U' | b'E'))
                && (matches!(self.get(2), b'L' | b'R' | b'N' | b'M' | b'B' | b'H' | b'F' | b'V' | b'W' | b' ')));
        if greek || germanic {
            return self.add("K", 2);
        }
        let scots = self.at > 0 && self.is_at(0, &["MC"]);
        self.add(if scots { "K" } else { "X" }, 2);
    }

    fn d(&mut self) {
        if self.is(&["DG"]) {
            let soft = matches!(self.get(2), b'I' | b'E' | b'Y');
            return if soft { self.add("J", 3) } else { self.add("TK", 2) };
        }
        let step = if matches!(self.get(1), b'D' | b'T') { 2 } else { 1 };
        self.add("T", step);
    }

    fn g(&mut self) {
        if self.get(1) == b'H' {
            return self.gh();
        }
        if self.get(1) == b'N' {
            let sound = if self.at == 1 && self.vowel(-1) && !self.slavic {
                "KN"
            } else if !self.near(2, &["EY"]) && !self.slavic {
                "N"
            } else {
                "KN"
            };
            return self.add(sound, 2);
        }
        if self.near(1, &["LI"]) && !self.slavic {
            return self.add("KL", 2);
        }
        let hard_start = self.at == 0
            && (self.get(1) == b'Y'
                || self.near(1, &["ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"]));
        let hard_er = (self.near(1, &["ER"]) || self.get(1) == b'Y')
            && !self.is_at(0, &["DANGER", "RANGER", "MANGER"])
            && !matches!(self.get(-1), b'E' | b'I')
            && !self.near(-1, &["RGY", "OGY"]);
        if hard_start || hard_er {
            return self.add("K", 2);
        }
        if matches!(self.get(1), b'E' | b'I' | b'Y') || self.near(-1, &["AGGI", "OGGI"]) {
            let hard = self.is_at(0, &["VAN ", "VON ", "SCH"]) || self.near(1, &["ET"]);
            return self.add(if hard { "K" } else { "J" }, 2);
        }
        self.add("K", self.twice());
    }

    fn gh(&mut self) {
        if self.at > 0 && !self.vowel(-1) {
            return self.add("K", 2);
        }
        if self.at == 0 {
            let sound = if self.get(2) == b'I' { "J" } else { "K" };
            return self.add(sound, 2);
        }
        let silent = matches!(self.get(-2), b'B' | b'H' | b'D')
            || matches!(self.get(-3), b'B' | b'H' | b'D')
            || matches!(self.get(-4), b'B' | b'H');
        if silent {
            self.at += 2;
        } else if self.at > 2 && self.get(-1) == b'U' && matches!(self.get(-3), b'C' | b'G' | b'L' | b'R' | b'T') {
            self.add("F", 2);
        } else {
            let sound = if self.get(-1) == b'I' { "" } else { "K" };
            self.add(sound, 2);
        }
    }

    fn j(&mut self) {
        if self.is(&["JOSE"]) || self.is_at(0, &["SAN "]) {
            return self.add("H", 1);
        }
        let step = self.twice();
        let sound = if self.at == 0 || !self.is_last() { "J" } else { "" };
        self.add(sound, step);
    }

    fn s(&mut self) {
        if self.near(-1, &["ISL", "YSL"]) {
            self.at += 1;
            return;
        }
        if self.at == 0 && self.is(&["SUGAR"]) {
            return self.add("X", 1);
        }
        if self.is(&["SH"]) {
            let hard = self.near(1, &["HEIM", "HOEK", "HOLM", "HOLZ"]);
            return self.add(if hard { "S" } else { "X" }, 2);
        }
        if self.is(&["SIO", "SIA"]) {
            return self.add(if self.slavic { "S" } else { "X" }, 3);
        }
        if self.is(&["SC"]) {
            return self.sc();
        }
        let silent = self.is_last() && self.near(-2, &["AI", "OI"]);
        let step = if matches!(self.get(1), b'S' | b'Z') { 2 } else { 1 };
        self.add(if silent { "" } else { "S" }, step);
    }

    fn sc(&mut self) {
        if self.get(2) == b'H' {
            if self.near(3, &["ER", "EN"]) {
                return self.add("X", 3);
            }
            if self.near(3, &["OO", "UY", "ED", "EM"]) {
                return self.add("SK", 3);
            }
            return self.add("X", 3);
        }
        let soft = matches!(self.get(2), b'I' | b'E' | b'Y');
        self.add(if soft { "S" } else { "SK" }, 3);
    }

    fn t(&mut self) {
        if self.is(&["TION", "TIA", "TCH"]) {
            return self.add("X", 3);
        }
        if self.is(&["TH", "TTH"]) {
            let hard = self.near(2, &["OM", "AM"]) || self.is_at(0, &["VAN ", "VON ", "SCH"]);
            return self.add(if hard { "T" } else { "0" }, 2);
        }
        let step = if matches!(self.get(1), b'T' | b'D') { 2 } else { 1 };
        self.add("T", step);
    }

    fn w(&mut self) {
        if self.is(&["WR"]) {
            return self.add("R", 2);
        }
        if self.at == 0 && (self.vowel(1) || self.is(&["WH"])) {
            return self.add("A", 1);
        }
        if self.is(&["WICZ", "WITZ"]) {
            return self.add("TS", 4);
        }
        self.at += 1;
    }
}
