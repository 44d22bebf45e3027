//! Invented content of any size, made while it is sent and compared while it is received: nothing is stored, and every
//! byte is checked.

use crate::Result;

/// Bytes made at once.
const BLOCK: usize = 1 << 20;

/// Content of a size: the same random block again and again, each with its number in front.
pub(crate) struct Content {
    block: Vec<u8>,
    /// Bytes of all of it.
    pub(crate) size: u64,
}

impl Content {
    /// Content of so many bytes.
    pub(crate) fn new(size: u64) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        Self { block: (0..BLOCK / 8).flat_map(|_| next()).collect(), size }
    }

    /// Hands all of it out, block by block.
    pub(crate) fn each(&self, mut block: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut bytes = self.block.clone();
        for number in 0..self.size.div_ceil(BLOCK as u64) {
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            let left = self.size - number * BLOCK as u64;
            block(&bytes[..usize::try_from(left).unwrap_or(BLOCK).min(BLOCK)])?;
        }
        Ok(())
    }

    /// Whether these bytes stand at this place of it.
    pub(crate) fn holds(&self, mut at: u64, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let number = (at / BLOCK as u64).to_le_bytes();
            let within = usize::try_from(at % BLOCK as u64).unwrap_or(0);
            let run = bytes.len().min(if within < 8 { 8 } else { BLOCK } - within);
            let expected = if within < 8 { &number[within..] } else { &self.block[within..] };
            if expected.get(..run) != bytes.get(..run) {
                return false;
            }
            at += run as u64;
            bytes = &bytes[run..];
        }
        at <= self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_recognised_and_nothing_else_is() {
        let content = Content::new(2 * BLOCK as u64 + 5);
        let mut all = Vec::new();
        content
            .each(|block| {
                all.extend_from_slice(block);
                Ok(())
            })
            .unwrap();
        assert_eq!(all.len() as u64, content.size);
        for (from, to) in [(0, all.len()), (3, 5), (BLOCK - 3, BLOCK + 11), (BLOCK + 9, all.len())] {
            assert!(content.holds(from as u64, &all[from..to]), "{from}..{to}");
        }
        assert!(!content.holds(BLOCK as u64, &all[..100]), "another block");
        all[BLOCK + 100] ^= 1;
        assert!(!content.holds(0, &all));
        assert!(!content.holds(all.len() as u64, &all[8..9]), "beyond the end");
    }
}
