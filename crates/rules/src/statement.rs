//! What the server says of the refusal, translated into causes by the facts about its product.

use std::cmp::Reverse;

use grantscope_oauth::{Provider, Providers, StatedVerdict, Statement, TokenError};

use crate::causes::Cause;
use crate::finding::Verdict;
use crate::wording;

/// What a server's words say about the causes.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    words: Vec<Word>,
}

/// What a server's words say about one cause.
#[derive(Clone, Debug)]
pub struct Word {
    /// The cause.
    pub cause: Cause,
    /// The verdict that the words support without other evidence.
    pub verdict: Verdict,
    /// The words, as the server put them.
    pub text: String,
    /// How many causes the same words may mean.
    pub meanings: usize,
    /// What tells this cause from the others at this server, where the facts say.
    pub told_by: Option<String>,
    /// Where the cause stands among them, from 0: the facts name the likeliest first.
    pub position: usize,
}

impl Word {
    fn tells_more_than(&self, other: &Self) -> bool {
        (self.verdict, Reverse(self.meanings)) > (other.verdict, Reverse(other.meanings))
    }
}

impl Statements {
    /// Looks the refusal up in the facts about the server's product, then in those that hold for all servers. What neither
    /// explains is read by the meaning of its words.
    pub(crate) fn read(
        providers: &Providers,
        provider: Option<&Provider>,
        error: &TokenError,
        grant_type: &str,
    ) -> Self {
        let mut words: Vec<Word> = Vec::new();
        for statement in providers.statements(provider, error, grant_type) {
            for (position, meaning) in statement.causes.iter().enumerate() {
                let Some(cause) = Cause::read(&meaning.cause) else {
                    continue;
                };
                let verdict = match meaning.verdict {
                    StatedVerdict::Proven => Verdict::Proven,
                    StatedVerdict::Likely => Verdict::Likely,
                    StatedVerdict::Possible => Verdict::Possible,
                };
                let said = Word {
                    cause,
                    verdict,
                    text: stated_in(statement, error),
                    meanings: statement.causes.len(),
                    told_by: meaning.told_by.clone(),
                    position,
                };
                match words.iter_mut().find(|word| word.cause == cause) {
                    // A description may say more surely, or with fewer meanings, what the error code says as well.
                    Some(word) if said.tells_more_than(word) => *word = said,
                    Some(_) => {}
                    None => words.push(said),
                }
            }
        }
        if words.is_empty() {
            words = by_meaning(providers, error, grant_type);
        }
        Self { words }
    }

    /// What the words say about a cause.
    pub fn about(&self, cause: Cause) -> Option<&Word> {
        self.words.iter().find(|word| word.cause == cause)
    }

    /// The same words where some causes are ruled out: of a text with many meanings few may be left.
    pub(crate) fn without(&self, ruled_out: &[Cause]) -> Self {
        let is_left = |word: &&Word| !ruled_out.contains(&word.cause);
        let gone = |word: &Word| {
            let same = |other: &&Word| other.meanings == word.meanings && !is_left(other);
            self.words.iter().filter(same).count()
        };
        let words = self.words.iter().filter(is_left).map(|word| Word {
            meanings: word.meanings.saturating_sub(gone(word)).max(1),
            ..word.clone()
        });
        Self {
            words: words.collect(),
        }
    }

    /// The causes that the words may mean.
    pub fn all(&self) -> &[Word] {
        &self.words
    }
}

/// The words that make a statement, which may stand beside the description.
fn stated_in(statement: &Statement, error: &TokenError) -> String {
    let mut texts = error.description.iter().chain(&error.codes);
    let found = texts.find(|text| statement.wording_in(text).is_some());
    found.cloned().unwrap_or_else(|| text_of(error))
}

/// The words, as the server put them.
fn text_of(error: &TokenError) -> String {
    let description = error.description.as_ref();
    description.unwrap_or(&error.error).clone()
}

/// What a text means that no list knows, apart from sentences of the RFCs in it, which name every cause at once.
fn by_meaning(providers: &Providers, error: &TokenError, grant_type: &str) -> Vec<Word> {
    let description = error.description.as_deref().unwrap_or_default();
    let left = providers
        .generic()
        .map(|generic| generic.without_boilerplate(description));
    let causes = wording::read(error, left.as_deref().unwrap_or(description), grant_type);
    let meanings = causes.len();
    let word = |(position, (cause, verdict)): (usize, (Cause, Verdict))| Word {
        cause,
        verdict,
        text: text_of(error),
        meanings,
        told_by: None,
        position,
    };
    causes.into_iter().enumerate().map(word).collect()
}
