//! Alters inputs as a fuzzer does, without one: the same number gives the same input.

/// Pieces that parsers stumble over, in the formats that are read here.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\r\n",
    b"\n\n",
    b"\n----\n",
    b"\n====\n",
    b"%",
    b"%25",
    b"%2",
    b"+",
    b"=",
    b"&",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"{",
    b"[",
    b"}",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"gs1.code.7f3a9c0011223344.1.a.z",
    b"eyJ",
    b"999999999999999999999",
];
/// Longer inputs are cut.
const BYTES_MAX: usize = 8 * 1024;

/// An input made of two others.
pub(crate) fn altered(number: u64, one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut random = Random(number);
    let mut bytes = one.to_vec();
    for _ in 0..=random.below(4) {
        once(&mut bytes, other, &mut random);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn once(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = at + random.below(bytes.len() - at + 1);
    match random.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        3 => {
            let from = random.below(other.len() + 1);
            bytes.splice(at..end, other[from..].iter().copied());
        }
        4 | 5 => {
            let piece = PIECES[random.below(PIECES.len())];
            let end = if random.below(2) == 0 { at } else { end };
            bytes.splice(at..end, piece.iter().copied());
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// `SplitMix64`: enough for this, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }
}
