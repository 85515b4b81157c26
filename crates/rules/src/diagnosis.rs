//! The judgement on a refusal: every cause that applies, the strongest first.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use grantscope_correlation::Server;
use grantscope_oauth::{Digest, ExchangeId, Reading, TokenError, TokenRequest};

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding, Verdict};
use crate::grants::Grants;
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
    /// Every cause that applies to the grant: the strongest verdict first, and among equals the one that a server checks first.
    pub findings: Vec<Finding>,
    /// The rules that failed. Their causes are missing from `findings`.
    pub broken: Vec<Cause>,
    /// What to call the grant that was presented, and its digest.
    pub grant: Option<(&'static str, Digest)>,
    /// What happened to the grant, in the order of time.
    pub timeline: Vec<Moment>,
    is_decided: bool,
}

/// Judges a refusal. The same history gives the same diagnosis.
pub fn diagnose(case: &Case<'_>) -> Diagnosis {
    let presented = Grants::of(&case.request().grant);
    let mut findings = Vec::new();
    let mut broken = Vec::new();
    for &cause in Cause::ALL
        .iter()
        .filter(|cause| cause.grants().contains(presented))
    {
        let rule = cause.rule();
        match panic::catch_unwind(AssertUnwindSafe(|| rule(case))) {
            Ok(finding) => findings.push(finding),
            Err(_) => broken.push(cause),
        }
    }
    let mut findings: Vec<_> = findings
        .into_iter()
        .map(|finding| at_its_stage(case, finding))
        .collect();
    eliminate(case, &mut findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(rank(&case.statements, finding)));
    Diagnosis {
        is_decided: is_decided(&case.statements, &findings),
        refused: Arc::clone(case.refused.reading()),
        server: case.server.clone(),
        provider: case
            .provider
            .map(|provider| (provider.id.0.clone(), provider.name.clone())),
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

/// A server that refuses the client itself has not looked at the grant (RFC 6749 §5.2, `invalid_client`).
fn at_its_stage(case: &Case<'_>, finding: Finding) -> Finding {
    let cause = finding.cause();
    if case.error().error != "invalid_client"
        || cause.is_of_the_client()
        || case.word(cause).is_some()
    {
        return finding;
    }
    if finding.verdict() == Verdict::Proven {
        return finding
            .at_most_likely("what the server says of the grant once it accepts the client");
    }
    let text = "answered invalid_client: it refused the client before it looked at the grant";
    Finding::ruled_out(cause, Evidence::of(case.exchange(), "response error", text))
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
        let unseen = only.unseen().first().cloned().unwrap_or_default();
        let said = Evidence::of(case.exchange(), "response error", text);
        **only = Finding::likely(only.cause(), said, unseen).and_all(only.evidence().to_vec());
    }
}

fn word_of<'a>(words: &'a [crate::statement::Word], finding: &Finding) -> &'a str {
    words
        .iter()
        .find(|word| word.cause == finding.cause())
        .map(|word| word.text.as_str())
        .unwrap_or_default()
}

type Rank = (Verdict, Option<Verdict>, usize);

fn rank(statements: &Statements, finding: &Finding) -> Rank {
    let order = Cause::ALL
        .iter()
        .position(|cause| *cause == finding.cause())
        .unwrap_or_default();
    (
        finding.verdict(),
        statements.about(finding.cause()).map(|word| word.verdict),
        usize::MAX - order,
    )
}

/// Whether the first cause stands out: it is more than possible, or the server's words single it out.
fn is_decided(statements: &Statements, findings: &[Finding]) -> bool {
    let strength = |finding: &Finding| {
        let (verdict, word, _) = rank(statements, finding);
        (verdict, word)
    };
    match findings {
        [first, ..] if first.verdict() >= Verdict::Likely => true,
        [first, second, ..] => {
            first.verdict() == Verdict::Possible && strength(first) > strength(second)
        }
        [first] => first.verdict() == Verdict::Possible,
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
