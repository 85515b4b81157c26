//! A text as the ideas that its words stand for, in their order.

use super::lexicon::WORDS;

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Idea {
    /// An authorization code, or the grant that it is.
    Code,
    /// A refresh token, or the grant that it is.
    Token,
    /// The code verifier, or the proof that it gives.
    Proof,
    Challenge,
    Redirect,
    Client,
    Scope,
    Session,
    User,
    Account,
    Password,
    /// What a client authenticates by.
    Secret,
    /// What a user does that an app cannot do for it: log in, consent, show a second factor.
    Interaction,
    /// Said of a user or a client that may not do anything any more.
    Blocked,
    Permitted,
    /// The key or the signature of an assertion.
    Key,
    /// The audience or the issuer of an assertion.
    Audience,
    /// The subject of an assertion.
    Subject,
    /// What times are compared by.
    Clock,
    /// What tells of something that no cause of a code or a refresh token is about.
    Elsewhere,
    /// Used, in a word that says nothing else.
    Used,
    /// Used, if it is said of the past.
    Use,
    Before,
    Again,
    Expired,
    Unknown,
    Known,
    Differs,
    Agrees,
    Fails,
    Passes,
    Missing,
    Present,
    Malformed,
    Allowed,
    Unexpected,
    Another,
    Belongs,
    Revoked,
    Ended,
    Wider,
    Granted,
    Must,
    Not,
    /// A negation of what is named next.
    No,
    /// What makes one text name several faults.
    Or,
}

/// The ideas of one word.
#[derive(Clone, Copy, Debug, Default)]
struct Ideas(u64);

impl Ideas {
    fn of(word: &str) -> Self {
        let stands_for = |words: &&[&str]| words.iter().any(|known| is(word, known));
        let found = WORDS.iter().filter(|(_, words)| stands_for(words));
        Self(found.fold(0, |ideas, (idea, _)| ideas | 1 << *idea as u8))
    }

    fn has(self, idea: Idea) -> bool {
        self.0 & (1 << idea as u8) != 0
    }

    fn with(self, idea: Idea) -> Self {
        Self(self.0 | 1 << idea as u8)
    }
}

/// Whether a word is a known one, as the lexicon writes it.
fn is(word: &str, known: &str) -> bool {
    if known.chars().next().is_some_and(is_unspaced) {
        return word.contains(known);
    }
    match known.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == known,
    }
}

/// Whether a character is of a script that is written without spaces: punctuation, kana and ideographs of East Asia.
fn is_unspaced(c: char) -> bool {
    ('\u{3000}'..='\u{9fff}').contains(&c)
}

/// The words of a text, each as its ideas.
#[derive(Debug)]
pub(super) struct Text {
    words: Vec<Ideas>,
}

/// Marks that are words by themselves: one between alternatives, and one that East Asian lists have.
const SLASH: &str = "/";
const LIST_COMMA: char = '、';

/// The words of what has no space in it: `code_verifier` is two.
fn parts(spaced: &str) -> Vec<&str> {
    let slash = stands_between_words(spaced).then_some(SLASH);
    let is_mark = |c: char| !(c.is_alphanumeric() || c == '\'' || c == LIST_COMMA);
    let words = spaced.split(is_mark).flat_map(|word| {
        // “can't” stays as it is, and of “d'autorisation” the second part counts.
        let is_denial = word.ends_with("n't");
        word.split(move |c| c == '\'' && !is_denial)
    });
    let words = words.filter(|word| !word.is_empty());
    slash.into_iter().chain(words).collect()
}

fn stands_between_words(spaced: &str) -> bool {
    let mut slashes = spaced.match_indices(SLASH);
    slashes.any(|(at, _)| {
        let beside = [
            spaced[..at].chars().next_back(),
            spaced[at + 1..].chars().next(),
        ];
        beside.iter().all(|c| c.is_some_and(char::is_alphanumeric))
    })
}

/// The ideas of a word behind another.
fn in_place(before: &str, word: &str) -> Ideas {
    match (before, word) {
        (_, SLASH) => Ideas::default().with(Idea::Or),
        // At the beginning it is an article of Portuguese; elsewhere it is the “or” of Spanish and Italian.
        ("", "o") => Ideas::default(),
        ("to", "be") => Ideas::default().with(Idea::Must),
        _ if word.ends_with("n't") => Ideas::default().with(Idea::Not),
        _ => Ideas::of(word),
    }
}

/// A negation reaches so many words on: “does not in any way match”.
const REACH: usize = 4;
/// And so many back: “ne correspond pas”, “stimmt nicht überein”.
const REACH_BACK: usize = 2;
/// What is said of a thing as a fact is negated by the words right before it: “not yet expired”.
const NEAR: usize = 2;

impl Text {
    /// Reads a text; `None` for one that is too long to be a statement.
    pub(super) fn read(text: &str, words_max: usize) -> Option<Self> {
        let text = text.to_lowercase().replace('’', "'");
        let spaced = text.split_whitespace().filter(|it| !it.contains("://"));
        let words: Vec<&str> = spaced.flat_map(parts).collect();
        let before = std::iter::once("").chain(words.iter().copied());
        let ideas = before
            .zip(&words)
            .map(|(before, word)| in_place(before, word));
        (words.len() <= words_max).then(|| Self {
            words: ideas.collect(),
        })
    }

    /// Whether a word stands for it.
    pub(super) fn has(&self, idea: Idea) -> bool {
        self.places(idea).next().is_some()
    }

    /// Whether it is said, and not that it is not so.
    pub(super) fn says(&self, idea: Idea) -> bool {
        self.places(idea)
            .any(|at| !self.is_within(Idea::Not, at.saturating_sub(NEAR), at))
    }

    /// Whether it is said that it is not so.
    pub(super) fn denies(&self, idea: Idea) -> bool {
        self.places(idea).any(|at| {
            self.is_within(Idea::Not, at.saturating_sub(REACH), at)
                || self.is_within(Idea::Not, at + 1, at + 1 + REACH_BACK)
        })
    }

    /// Whether it is said that it has to be so, which is said where it is not.
    pub(super) fn demands(&self, idea: Idea) -> bool {
        self.places(idea)
            .any(|at| self.is_within(Idea::Must, at.saturating_sub(REACH), at))
    }

    /// Whether it is said that there is none: “no challenge”.
    pub(super) fn has_no(&self, idea: Idea) -> bool {
        self.places(idea)
            .any(|at| self.is_within(Idea::No, at.saturating_sub(NEAR), at))
    }

    fn places(&self, idea: Idea) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.filter_map(move |(at, ideas)| ideas.has(idea).then_some(at))
    }

    fn is_within(&self, idea: Idea, from: usize, to: usize) -> bool {
        let words = self.words.iter().take(to).skip(from);
        words.into_iter().any(|ideas| ideas.has(idea))
    }
}
