//! A hash that is the same on every machine.

/// What Kubernetes makes names from (`apimachinery/pkg/util/rand`): no vowels and no look-alikes, so that they spell no bad
/// words.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A hash as the names of revisions and ReplicaSets have it: its decimal digits in letters (`SafeEncodeString`).
pub fn spelled(hash: u32) -> String {
    let letter = |digit: u8| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()]);
    hash.to_string().bytes().map(letter).collect()
}

/// FNV-1a of 64 bits. Used for names, uids, seeded choices and for comparing runs: not a defence against anybody.
#[derive(Clone, Copy, Debug)]
pub struct StableHash(u64);

impl Default for StableHash {
    fn default() -> Self {
        StableHash(0xcbf2_9ce4_8422_2325)
    }
}

impl StableHash {
    /// Takes bytes in.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self
    }

    /// Takes a text in, with its end marked.
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes()).bytes(&[0xff])
    }

    /// Takes a number in.
    pub fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// The hash, with its bits mixed so that each of them is usable (the finisher of splitmix64).
    pub fn finish(self) -> u64 {
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `length` characters of the alphabet that Kubernetes makes names from.
    pub fn suffix(self, length: usize) -> String {
        let mut rest = self.finish();
        let mut letter = || {
            let letter = ALPHABET[(rest % ALPHABET.len() as u64) as usize];
            rest /= ALPHABET.len() as u64;
            char::from(letter)
        };
        (0..length).map(|_| letter()).collect()
    }
}
