//! Chance that falls the same everywhere: a small generator of numbers of our own, and draws from skewed lists. No
//! library, so that no new version of one changes a file that somebody has measured with.

/// A stream of numbers. The same seed and stream give the same numbers on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream numbered `stream` of `seed`; neighbouring streams have nothing in common.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self(mixed(seed ^ mixed(stream.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// The next number (SplitMix64).
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `end`, which must not be 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // The upper half of a product: even enough for lists that are short beside 2^64, and without a division.
        ((u128::from(self.number()) * end as u128) >> 64) as usize
    }

    /// A number from `first` to `last`, both possible.
    pub(crate) fn between(&mut self, first: i32, last: i32) -> i32 {
        first + self.below((last - first + 1) as usize) as i32
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Evenly from 0 up to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of these.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// The finaliser of SplitMix64: every bit of the result hangs on every bit of `x`.
pub(crate) fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Draws positions of a list whose entries are not equally frequent.
pub(crate) struct Weighted(Vec<f64>);

impl Weighted {
    /// By weights, which need not add up to 1.
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    /// Frequencies as names have them: the entry of rank r falls as 1 / (r + shift)^slope.
    pub(crate) fn zipf(count: usize, shift: f64, slope: f64) -> Self {
        Self::new((0..count).map(|rank| (rank as f64 + 1.0 + shift).powf(-slope)))
    }

    /// A position.
    pub(crate) fn draw(&self, dice: &mut Dice) -> usize {
        let at = dice.share() * self.0.last().copied().unwrap_or(0.0);
        self.0.partition_point(|sum| *sum <= at).min(self.0.len() - 1)
    }
}
