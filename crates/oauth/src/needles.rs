//! Finds many secrets in a text at once, however they are encoded there.
//!
//! The text is searched as it is and under each layer of escapes, and in each the secrets themselves and their base64.
//!
//! A spelling is known by its first bytes, and where those occur the rest is compared. An automaton would find more
//! in less time, but it is built for the few texts of one exchange, and to build it costs more than it saves.

mod spelling;

use std::cmp::Reverse;
use std::ops::Range;

use crate::peel::peeled;
use spelling::{Spelling, fold};

/// So many bytes tell which spellings may begin here. No secret that is looked for is shorter.
const HEAD_BYTES: usize = 6;
const HEAD_MASK: u64 = (1 << (8 * HEAD_BYTES)) - 1;

/// How many bytes may be compared for each byte of a text, and for a text whatever its length.
///
/// Texts that repeat the beginning of many secrets could ask for any number of comparisons.
const COMPARED_PER_BYTE_MAX: usize = 64;
const COMPARED_MAX: usize = 64 * 1024;

/// Encodings are nested a few times. Under more layers nothing is looked for.
const LAYERS_MAX: usize = 4;

/// Secrets that are looked for. Those of fewer than six bytes are not.
pub struct Needles {
    spellings: Vec<Spelling>,
    /// The head of each spelling, its length, and its place in the list: in the order of the heads, the longest first.
    heads: Vec<(u64, Reverse<usize>, usize)>,
    filter: Filter,
}

/// A place where a secret was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Where it is in the text, in bytes.
    pub range: Range<usize>,
    /// Which of the secrets it is, in the order in which they were given.
    pub secret: usize,
}

/// A text in which the search would take too long, so that it is not known what the text holds.
#[derive(Debug, PartialEq, Eq)]
pub struct TooCostly;

impl Needles {
    /// Takes the secrets.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let mut spellings = Vec::new();
        for (number, secret) in secrets.into_iter().enumerate() {
            spellings.extend(Spelling::of(secret, number).filter(|it| it.length() >= HEAD_BYTES));
        }
        let head =
            |(at, of): (usize, &Spelling)| (head_of(&of.beginning().0), Reverse(of.length()), at);
        let mut heads: Vec<_> = spellings.iter().enumerate().map(head).collect();
        heads.sort_unstable();
        let mut filter = Filter::default();
        for (head, ..) in &heads {
            filter.add(*head);
        }
        Self {
            spellings,
            heads,
            filter,
        }
    }

    /// Where secrets are in a text, in any encoding: from the left, without overlaps.
    pub fn find(&self, text: &str) -> Result<Vec<Match>, TooCostly> {
        if self.heads.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.find_in(text.as_bytes())?;
        let mut layer = peeled(text.as_bytes());
        for _ in 0..LAYERS_MAX {
            let Some(under) = &layer else { break };
            let beneath = self.find_in(&under.bytes)?.into_iter();
            found.extend(beneath.map(|it| Match {
                range: under.origin(&it.range),
                ..it
            }));
            layer = under.again();
        }
        Ok(apart(found))
    }

    /// Where secrets are in a text as it is: from the left, the longest first, without overlaps.
    fn find_in(&self, text: &[u8]) -> Result<Vec<Match>, TooCostly> {
        let mut found = Vec::new();
        let mut compared_max = COMPARED_MAX + COMPARED_PER_BYTE_MAX * text.len();
        let (mut head, mut free_from) = (0, 0);
        for (at, &byte) in text.iter().enumerate() {
            head = (head << 8 | u64::from(FOLD[usize::from(byte)])) & HEAD_MASK;
            let end = at + 1;
            if end < free_from + HEAD_BYTES || !self.filter.may_have(head) {
                continue;
            }
            let start = end - HEAD_BYTES;
            if let Some(spelling) = self.longest(head, text, start, &mut compared_max)? {
                free_from = start + spelling.length();
                found.push(Match {
                    range: start..free_from,
                    secret: spelling.secret,
                });
            }
        }
        Ok(found)
    }

    /// The longest spelling that begins here.
    fn longest(
        &self,
        head: u64,
        text: &[u8],
        start: usize,
        compared_max: &mut usize,
    ) -> Result<Option<&Spelling>, TooCostly> {
        let first = self.heads.partition_point(|(known, ..)| *known < head);
        let alike = self.heads[first..].iter().take_while(|it| it.0 == head);
        for (.., at) in alike {
            let spelling = &self.spellings[*at];
            let same = (spelling.folded().iter().zip(&text[start..]))
                .take_while(|(known, byte)| **known == FOLD[usize::from(**byte)])
                .count();
            *compared_max = compared_max.checked_sub(same).ok_or(TooCostly)?;
            let counts = || spelling.counts_anywhere() || is_word(text, start..start + same);
            if same == spelling.length() && counts() {
                return Ok(Some(spelling));
            }
        }
        Ok(None)
    }
}

fn is_word(text: &[u8], range: Range<usize>) -> bool {
    // A byte beyond ASCII is a part of a letter, as likely as not.
    let joined =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
    !joined(text[..range.start].last()) && !joined(text.get(range.end))
}

/// The matches in their order, with those that overlap made one.
fn apart(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_by_key(|it| (it.range.start, Reverse(it.range.end)));
    let mut apart: Vec<Match> = Vec::with_capacity(found.len());
    for next in found {
        match apart.last_mut() {
            Some(last) if next.range.start < last.range.end => {
                last.range.end = last.range.end.max(next.range.end);
            }
            _ => apart.push(next),
        }
    }
    apart
}

const FOLD: [u8; 256] = {
    let mut folded = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let itself = byte as u8;
        folded[byte] = fold(itself);
        byte += 1;
    }
    folded
};

fn head_of(text: &[u8]) -> u64 {
    let bytes = text.iter().take(HEAD_BYTES);
    bytes.fold(0, |head, byte| head << 8 | u64::from(*byte))
}

/// Tells most of the heads that no spelling has from the others.
struct Filter([u64; FILTER_WORDS]);

/// Two kilobytes: with the spellings of 512 secrets, seven of eight other heads are still told from them.
const FILTER_WORDS: usize = 256;

impl Default for Filter {
    fn default() -> Self {
        Self([0; FILTER_WORDS])
    }
}

impl Filter {
    fn add(&mut self, head: u64) {
        let (word, bit) = Self::place(head);
        self.0[word] |= bit;
    }

    fn may_have(&self, head: u64) -> bool {
        let (word, bit) = Self::place(head);
        self.0[word] & bit != 0
    }

    /// The multiplier is 2^64 divided by the golden ratio: its high bits depend on all of the head (Knuth, TAOCP 6.4).
    fn place(head: u64) -> (usize, u64) {
        let hash = head.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50;
        let word = (hash >> 6) as usize;
        (word, 1 << (hash & 63))
    }
}

#[cfg(test)]
mod tests;
