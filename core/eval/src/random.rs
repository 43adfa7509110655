//! Random numbers that are the same everywhere and always.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to draw samples with.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    ///
    /// ```
    /// use ghostlight_eval::Random;
    /// assert_eq!(Random::new(6).below(100), Random::new(6).below(100));
    /// ```
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence of a text, such as a case's id (FNV-1a).
    ///
    /// ```
    /// use ghostlight_eval::Random;
    /// assert_ne!(Random::of("case-1").next_u64(), Random::of("case-2").next_u64());
    /// ```
    #[must_use]
    pub fn of(text: &str) -> Self {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    /// The next 64 bits.
    ///
    /// ```
    /// use ghostlight_eval::Random;
    /// assert_eq!(Random::new(0).next_u64(), 0xe220_a839_7b1d_cdaf);
    /// ```
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 where `n` is 0. Uneven by less than `n` in 2^64.
    ///
    /// ```
    /// use ghostlight_eval::Random;
    /// let mut random = Random::new(6);
    /// assert!(random.below(10) < 10);
    /// assert_eq!(random.below(0), 0);
    /// ```
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }
}
