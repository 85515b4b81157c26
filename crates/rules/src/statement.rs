//! What the server says of the refusal, translated into causes by the facts about its product.

use grantscope_oauth::{Provider, Providers, StatedVerdict, TokenError};

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
                    text: text_of(error),
                    meanings: statement.causes.len(),
                    told_by: meaning.told_by.clone(),
                    position,
                };
                match words.iter_mut().find(|word| word.cause == cause) {
                    // A description may say more surely what the error code says as well.
                    Some(word) if word.verdict < verdict => *word = said,
                    Some(_) => {}
                    None => words.push(said),
                }
            }
        }
        if words.is_empty() && !is_boilerplate(providers, error) {
            words = by_meaning(error, grant_type);
        }
        Self { words }
    }

    /// What the words say about a cause.
    pub fn about(&self, cause: Cause) -> Option<&Word> {
        self.words.iter().find(|word| word.cause == cause)
    }

    /// The causes that the words may mean.
    pub fn all(&self) -> &[Word] {
        &self.words
    }
}

/// The words, as the server put them.
fn text_of(error: &TokenError) -> String {
    let description = error.description.as_ref();
    description.unwrap_or(&error.error).clone()
}

/// Whether the text is a sentence of the RFCs, which names every cause at once.
fn is_boilerplate(providers: &Providers, error: &TokenError) -> bool {
    providers
        .generic()
        .is_some_and(|generic| generic.has_boilerplate(error))
}

/// What a text means that no list knows.
fn by_meaning(error: &TokenError, grant_type: &str) -> Vec<Word> {
    let causes = wording::read(error, grant_type);
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
