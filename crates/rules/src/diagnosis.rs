//! The judgement on a refusal: every cause that applies, the strongest first.

use std::cmp::Reverse;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use grantscope_correlation::Server;
use grantscope_oauth::{
    Digest, ExchangeId, Fingerprint, Reading, Recognised, TokenError, TokenRequest,
};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::grants::Grants;
use crate::stage;
use crate::statement::Statements;
use crate::timeline::{self, Moment};

/// What is the matter with a refused grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    refused: Arc<Reading>,
    /// The server that refused.
    pub server: Server,
    /// The id and the name of the server's product, where it is known.
    pub provider: Option<(String, String)>,
    /// The names of the products that it may be of, where what was seen is a mark of several.
    pub may_be: Vec<String>,
    /// Every cause that applies to the grant: the strongest verdict first, and among equals the one that a server checks first.
    pub findings: Vec<Finding>,
    /// The rules that failed. Their causes are missing from `findings`.
    pub broken: Vec<Cause>,
    /// What to call the grant that was presented, and its digest.
    pub grant: Option<(&'static str, Digest)>,
    /// What happened to the grant until it was refused, in the order of time.
    pub timeline: Vec<Moment>,
    is_decided: bool,
}

/// Judges a refusal. The same history gives the same diagnosis.
pub fn diagnose(case: &Case<'_>) -> Diagnosis {
    let mut findings = Vec::new();
    let mut broken = Vec::new();
    for &cause in Cause::ALL.iter().filter(|cause| applies(case, **cause)) {
        let rule = cause.rule();
        match panic::catch_unwind(AssertUnwindSafe(|| rule(case))) {
            Ok(finding) => findings.push(finding),
            Err(_) => broken.push(cause),
        }
    }
    let findings = findings.into_iter();
    let presumed = findings.map(|finding| as_presumed(case, as_shortened(case, finding)));
    let mut findings = stage::weigh(case, presumed.collect());
    eliminate(case, &mut findings);
    let ruled_out: Vec<_> = findings
        .iter()
        .filter(|finding| finding.verdict() == Verdict::RuledOut)
        .map(Finding::cause)
        .collect();
    let statements = case.statements.without(&ruled_out);
    let mut findings: Vec<_> = findings
        .into_iter()
        .map(|finding| with_remedy(case, finding))
        .collect();
    findings.sort_by_key(|finding| Reverse(rank(&statements, finding)));
    Diagnosis {
        is_decided: is_decided(&statements, &findings),
        refused: Arc::clone(case.refused.reading()),
        server: case.server.clone(),
        provider: case
            .provider
            .map(|provider| (provider.id.0.clone(), provider.name.clone())),
        may_be: match &case.product {
            Recognised::Several(products) => products.iter().map(|it| it.name.clone()).collect(),
            Recognised::Unknown | Recognised::One(_) => Vec::new(),
        },
        grant: case
            .request()
            .grant
            .secret()
            .map(|it| (case.request().grant.secret_kind(), it.digest)),
        timeline: timeline::of(case),
        findings,
        broken,
    }
}

/// Whether a cause can be the reason of this refusal: it concerns the grant that was presented, or how the client proves
/// itself; or the server names it for a grant that has no causes of its own.
fn applies(case: &Case<'_>, cause: Cause) -> bool {
    let presented = Grants::of(&case.request().grant);
    let is_named = presented == Grants::OTHER && case.word(cause).is_some();
    cause.grants().contains(presented) || stage::is_of_the_client(case, cause) || is_named
}

/// What rests on an authorization request that is only presumed to belong to the code is not proven by it.
fn as_presumed(case: &Case<'_>, finding: Finding) -> Finding {
    if case.is_presumed() && finding.cause().rests_on_the_authorization() {
        finding.at_most_likely("the authorization response, which ties the code to that request")
    } else {
        finding
    }
}

/// Adds what helps against the cause at this server in particular.
fn with_remedy(case: &Case<'_>, finding: Finding) -> Finding {
    let remedy = case
        .provider
        .and_then(|provider| Some((provider, provider.remedies(finding.cause().id()).next()?)));
    match remedy {
        Some((provider, remedy)) if finding.verdict() > Verdict::RuledOut => {
            let fix = format!("{} At {}: {}", finding.remedy(), provider.name, remedy.text);
            finding.fix(fix)
        }
        _ => finding,
    }
}

/// What equals a part of a grant need not be that grant, so that no more than the server's words can be proof.
fn as_shortened(case: &Case<'_>, finding: Finding) -> Finding {
    let is_whole = case
        .request()
        .grant
        .secret()
        .is_none_or(Fingerprint::is_whole);
    let is_said = case
        .word(finding.cause())
        .is_some_and(|word| word.verdict == Verdict::Proven);
    if is_whole || is_said {
        return finding;
    }
    finding.at_most_likely("the grant as it was sent: the capture holds no more than a part of it")
}

/// Where the server's words may mean several causes and the traffic rules out all but one, that one is likely.
fn eliminate(case: &Case<'_>, findings: &mut [Finding]) {
    if findings
        .iter()
        .any(|finding| finding.verdict() >= Verdict::Likely)
    {
        return;
    }
    let words = case.statements.all();
    let meant = |finding: &&mut Finding| {
        words
            .iter()
            .any(|word| word.cause == finding.cause() && word.meanings > 1)
    };
    let mut left: Vec<_> = findings
        .iter_mut()
        .filter(meant)
        .filter(|finding| finding.verdict() == Verdict::Possible)
        .collect();
    let ruled_out = words.iter().filter(|word| word.meanings > 1).count() - left.len();
    if let ([only], true) = (left.as_mut_slice(), ruled_out > 0) {
        let text = format!(
            "“{}” may mean {} causes, and all others are ruled out",
            word_of(words, only),
            ruled_out + 1
        );
        let said = Evidence::of(case.exchange(), "response error", text);
        **only = only.clone().at_least_likely(said);
    }
}

fn word_of<'a>(words: &'a [crate::statement::Word], finding: &Finding) -> &'a str {
    words
        .iter()
        .find(|word| word.cause == finding.cause())
        .map(|word| word.text.as_str())
        .unwrap_or_default()
}

/// What sets a finding before others: the verdict, the server's word, the traffic, what that word mostly means, and of several
/// words the one with fewer meanings.
type Strength = (
    Verdict,
    Option<Verdict>,
    bool,
    Reverse<usize>,
    Reverse<usize>,
);

/// Of so many meanings the order tells something.
const MEANINGS_MAX: usize = 5;

fn strength(statements: &Statements, finding: &Finding) -> Strength {
    let word = statements.about(finding.cause());
    // A text with many meanings has no likeliest one: it is what a server says to every refusal.
    let telling = word.filter(|word| word.meanings <= MEANINGS_MAX);
    let position = telling.map_or(usize::MAX, |word| word.position);
    let meanings = telling.map_or(usize::MAX, |word| word.meanings);
    let word = word.map(|word| word.verdict);
    (
        finding.verdict(),
        word,
        finding.is_favoured(),
        Reverse(position),
        Reverse(meanings),
    )
}

/// Among equals, the order of the list.
fn rank(statements: &Statements, finding: &Finding) -> (Strength, Reverse<Cause>) {
    (strength(statements, finding), Reverse(finding.cause()))
}

/// Whether the first cause stands out: it is more than possible, or the server's words or the traffic single it out.
fn is_decided(statements: &Statements, findings: &[Finding]) -> bool {
    let is_possible = |finding: &Finding| finding.verdict() == Verdict::Possible;
    match findings {
        [first, ..] if first.verdict() >= Verdict::Likely => true,
        [first, second, ..] => {
            is_possible(first) && strength(statements, first) > strength(statements, second)
        }
        [first] => is_possible(first),
        [] => false,
    }
}

impl Diagnosis {
    /// The finding on the cause that stands out, where one does.
    pub fn top(&self) -> Option<&Finding> {
        self.findings.first().filter(|_| self.is_decided)
    }

    /// The judgement on a cause, where it applies.
    pub fn finding(&self, cause: Cause) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|finding| finding.cause() == cause)
    }

    /// The refused exchange.
    pub fn exchange(&self) -> ExchangeId {
        self.refused.exchange
    }

    /// The refused exchange, read.
    pub fn reading(&self) -> &Reading {
        &self.refused
    }

    /// The refused request and the refusal.
    #[expect(clippy::unreachable, reason = "a diagnosis is made of a refusal")]
    pub fn refusal(&self) -> (&TokenRequest, &TokenError) {
        match self.refused.refusal() {
            Some(refusal) => refusal,
            None => unreachable!("a diagnosis is that of a refusal"),
        }
    }
}
