//! An interval in which a share lies with 95 % confidence (Wilson), also where it was estimated from strata.

/// 95 %.
const Z: f64 = 1.959_964;

/// A share and how far it may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Wilson's interval for so many of so many.
    #[must_use]
    pub fn wilson(of: f64, all: f64) -> Self {
        if all <= 0.0 {
            return Self { share: 0.0, low: 0.0, high: 1.0 };
        }
        let share = of / all;
        let scale = 1.0 + Z * Z / all;
        let middle = (share + Z * Z / (2.0 * all)) / scale;
        let reach = Z / scale * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
        Self { share, low: (middle - reach).clamp(0.0, share), high: (middle + reach).clamp(share, 1.0) }
    }

    /// The same for a share whose variance is known: as many answers are assumed as would give that variance. Where there
    /// is nothing to tell it by, the answers themselves are counted.
    pub(super) fn of(share: f64, variance: f64, answers: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let spread = (share * (1.0 - share)).max(0.25 / (answers + 4.0));
        let as_many = if variance > 0.0 { spread / variance } else { answers };
        let interval = Self::wilson(share * as_many, as_many);
        Self { share, ..interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_wilsons() {
        // Brown, Cai and DasGupta 2001, and every table since: 8 of 10.
        let interval = Interval::wilson(8.0, 10.0);
        assert!((interval.low - 0.4902).abs() < 0.0005 && (interval.high - 0.9433).abs() < 0.0005, "{interval:?}");
        let none = Interval::wilson(0.0, 20.0);
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 0.0005, "{none:?}");
        assert_eq!(Interval::wilson(0.0, 0.0), Interval { share: 0.0, low: 0.0, high: 1.0 });
    }

    #[test]
    fn it_holds_its_share_and_narrows_with_answers() {
        for share in [0.0, 0.3, 1.0] {
            let (few, many) = (Interval::of(share, 0.01, 20.0), Interval::of(share, 0.0001, 2000.0));
            assert!(few.low <= share && share <= few.high);
            assert!(many.high - many.low < few.high - few.low, "{few:?} {many:?}");
        }
    }
}
