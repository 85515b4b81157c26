//! One refused grant as a good compiler would print it: what, where, the two values side by side, what was ruled out and
//! why, what is open, what to do.

use grantscope_capture::report::{finding_id, undecided};
use grantscope_oauth::{Reading, RequestMessage};
use grantscope_rules::{Cause, Comparison, Diagnosis, Evidence, Finding, Side, Verdict, readable};

use super::printable;
use super::style::{ERROR, FAINT, FIX, GOOD, GUTTER, MARK, STRONG};

/// The block of a refusal.
pub(super) fn refusal(diagnosis: &Diagnosis, revision: u32) -> String {
    let mut block = Block::default();
    block.headline(diagnosis, revision);
    block.place(diagnosis);
    match diagnosis.top() {
        Some(top) => block.explanation(top),
        None => block.open_causes(diagnosis),
    }
    block.others(diagnosis);
    block.advice(diagnosis);
    block.text + "\n"
}

/// The line of a healthy flow.
pub(super) fn granted(reading: &Reading) -> String {
    let RequestMessage::Token(request) = &reading.request else {
        return String::new();
    };
    let took = reading
        .answered_at
        .unwrap_or(reading.sent_at)
        .duration_since(reading.started_at)
        .unsigned_abs();
    format!(
        "{GOOD}ok{GOOD:#} {FAINT}{} {} → {} {} · {}{FAINT:#}\n",
        reading.exchange,
        reading.method,
        reading.endpoint,
        printable(request.client.id.as_deref().unwrap_or("(no client_id)")),
        [request.grant.grant_type(), &readable(took)].join(" · "),
    )
}

/// The line that tells in which files the exchanges of a block are to be found.
pub(super) fn files(told: &[String], diagnosis: Option<&Diagnosis>) -> String {
    let mut block = Block {
        gutter: diagnosis.map_or(2, widest_exchange),
        ..Block::default()
    };
    block.note("files", &told.join(", "));
    block.text
}

#[derive(Default)]
struct Block {
    text: String,
    gutter: usize,
}

impl Block {
    fn headline(&mut self, diagnosis: &Diagnosis, revision: u32) {
        let revised = if revision > 1 {
            format!(" (revision {revision})")
        } else {
            String::new()
        };
        let headline = match diagnosis.top() {
            Some(top) => format!(
                "{ERROR}refused[{}]{ERROR:#}{STRONG} {}: {}{}{STRONG:#}",
                top.cause(),
                top.verdict().id(),
                // What is merely possible must not read like a fact.
                if top.verdict() == Verdict::Possible {
                    "it may be that "
                } else {
                    ""
                },
                printable(&top.summary()),
            ),
            None => format!(
                "{ERROR}refused[?]{ERROR:#}{STRONG} {}{STRONG:#}",
                undecided(diagnosis)
            ),
        };
        self.line(&format!("{headline}{revised}"));
    }

    fn place(&mut self, diagnosis: &Diagnosis) {
        let (request, error) = diagnosis.refusal();
        let reading = diagnosis.reading();
        self.gutter = widest_exchange(diagnosis);
        let said = error
            .description
            .as_ref()
            .map(|text| format!(" “{}”", printable(text)))
            .unwrap_or_default();
        let word = if error.error.is_empty() {
            "no error code"
        } else {
            error.error.as_str()
        };
        self.line(&format!(
            "{:>width$}{GUTTER}-->{GUTTER:#} {} {} {} answered {} {}{said}",
            "",
            reading.exchange,
            reading.method,
            printable(&reading.endpoint),
            error.status,
            printable(word),
            width = self.gutter,
        ));
        let facts = [
            Some(format!(
                "client {}",
                request.client.id.as_deref().unwrap_or("unknown")
            )),
            Some(request.grant.grant_type().to_owned()),
            diagnosis
                .grant
                .map(|(kind, digest)| format!("{kind}#{digest}")),
            product(diagnosis),
            Some(format!(
                "{:.3}",
                reading.answered_at.unwrap_or(reading.sent_at)
            )),
            Some(format!("finding {}", finding_id(diagnosis))),
        ];
        let facts: Vec<_> = facts
            .into_iter()
            .flatten()
            .map(|fact| printable(&fact))
            .collect();
        self.beside("", &format!("{FAINT}{}{FAINT:#}", facts.join(" · ")));
        self.beside("", "");
    }

    fn explanation(&mut self, top: &Finding) {
        match top.comparison() {
            Some(comparison) => {
                self.comparison(comparison);
                let sides = [comparison.left.exchange, comparison.right.exchange];
                self.evidence(
                    top.evidence()
                        .iter()
                        .filter(|it| !sides.contains(&it.exchange)),
                );
            }
            None => self.evidence(top.evidence().iter()),
        }
        if !top.evidence().is_empty() {
            self.beside("", "");
        }
        for unseen in top.unseen() {
            self.note("not seen", unseen);
        }
    }

    fn comparison(&mut self, comparison: &Comparison) {
        let sides = [&comparison.left, &comparison.right];
        let width = sides
            .map(|side| side.label.chars().count())
            .into_iter()
            .max()
            .unwrap_or_default();
        // Values that differ as wholes need no mark to be told apart.
        let as_wholes = sides
            .iter()
            .all(|side| side.differs.len() == side.value.len());
        for side in sides {
            let exchange = side.exchange.to_string();
            self.beside(
                &exchange,
                &format!("{:width$}  {}", side.label, marked(side)),
            );
            if !as_wholes && !side.differs.is_empty() {
                self.beside(
                    "",
                    &format!("{:width$}  {MARK}{}{MARK:#}", "", underline(side)),
                );
            }
        }
        let difference = printable(&comparison.difference);
        self.beside(
            "",
            &format!("{:width$}  {MARK}differs in: {difference}{MARK:#}", ""),
        );
    }

    fn evidence<'a>(&mut self, evidence: impl Iterator<Item = &'a Evidence>) {
        for evidence in evidence {
            self.beside(&evidence.exchange.to_string(), &described(evidence));
        }
    }

    /// What is left where nothing stands out, and what would decide.
    fn open_causes(&mut self, diagnosis: &Diagnosis) {
        let open = diagnosis
            .findings
            .iter()
            .filter(|finding| finding.verdict() >= Verdict::Possible);
        for finding in open {
            let settles = finding
                .unseen()
                .first()
                .map(|unseen| format!(": would be settled by {unseen}"));
            let cause = finding.cause();
            self.note(
                finding.verdict().id(),
                &format!("{cause}{}", settles.unwrap_or_default()),
            );
        }
        if let Some(hint) = missing_leg(diagnosis) {
            self.note("hint", hint);
        }
    }

    /// The other causes, each with its reason in one line.
    fn others(&mut self, diagnosis: &Diagnosis) {
        let top = diagnosis.top().map(Finding::cause);
        let others = || {
            diagnosis
                .findings
                .iter()
                .filter(|finding| Some(finding.cause()) != top)
        };
        if top.is_some() {
            let likely = others().filter(|finding| finding.verdict() >= Verdict::Likely);
            self.list(
                "also",
                likely.map(|it| {
                    (
                        it.cause().id(),
                        format!("{}: {}", it.verdict().id(), it.summary()),
                    )
                }),
            );
            let open: Vec<_> = others()
                .filter(|it| it.verdict() == Verdict::Possible)
                .map(|it| it.cause().id())
                .collect();
            if !open.is_empty() {
                self.note("not decided", &open.join(", "));
            }
        }
        let ruled_out = others().filter(|finding| finding.verdict() == Verdict::RuledOut);
        self.list(
            "ruled out",
            ruled_out.map(|finding| (finding.cause().id(), reason(finding))),
        );
    }

    /// Causes below each other, with what there is to say of each.
    fn list<'a>(&mut self, label: &str, causes: impl Iterator<Item = (&'a str, String)>) {
        const WIDEST: usize = "assertion-signature-invalid".len();
        let label_width = label.len() + 1;
        for (at, (cause, text)) in causes.enumerate() {
            let text = printable(&text);
            if at == 0 {
                self.note(label, &format!("{cause:WIDEST$} {text}"));
            } else {
                let line = format!(
                    "{:>1$}   {2:label_width$} {cause:WIDEST$} {text}",
                    "", self.gutter, ""
                );
                self.line(&line);
            }
        }
    }

    fn advice(&mut self, diagnosis: &Diagnosis) {
        let Some(top) = diagnosis.top() else { return };
        let fix = printable(top.remedy());
        self.line(&format!(
            "{:>width$} {GUTTER}={GUTTER:#} {FIX}fix{FIX:#}: {fix}",
            "",
            width = self.gutter
        ));
        let references: Vec<_> = top.cause().page().references().take(2).collect();
        self.note(
            "see",
            &format!(
                "grantscope explain {} · {}",
                top.cause(),
                references.join(" · ")
            ),
        );
    }

    fn note(&mut self, label: &str, text: &str) {
        let text = printable(text);
        self.line(&format!(
            "{:>width$} {GUTTER}={GUTTER:#} {STRONG}{label}{STRONG:#}: {text}",
            "",
            width = self.gutter
        ));
    }

    /// A line beside the gutter, in which the number of the exchange stands.
    fn beside(&mut self, exchange: &str, text: &str) {
        let line = format!(
            "{GUTTER}{exchange:>width$} |{GUTTER:#} {text}",
            width = self.gutter
        );
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

fn widest_exchange(diagnosis: &Diagnosis) -> usize {
    let ids = diagnosis
        .top()
        .into_iter()
        .flat_map(Finding::evidence)
        .map(|evidence| evidence.exchange);
    ids.chain([diagnosis.exchange()])
        .map(|id| id.to_string().len())
        .max()
        .unwrap_or_default()
}

/// What rules a cause out, in a few words.
fn reason(finding: &Finding) -> String {
    let first = finding.evidence().first();
    first
        .map(|evidence| format!("{} {}", evidence.exchange, evidence.text))
        .unwrap_or_default()
}

fn described(evidence: &Evidence) -> String {
    format!(
        "{} {FAINT}({}){FAINT:#}",
        printable(&evidence.text),
        evidence.place
    )
}

fn marked(side: &Side) -> String {
    let (before, rest) = side.value.split_at(side.differs.start);
    let (differing, after) = rest.split_at(side.differs.len());
    format!(
        "{}{MARK}{}{MARK:#}{}",
        printable(before),
        printable(differing),
        printable(after)
    )
}

fn underline(side: &Side) -> String {
    let before = printable(&side.value[..side.differs.start]).chars().count();
    let length = printable(&side.value[side.differs.clone()])
        .chars()
        .count()
        .max(1);
    format!("{}{}", " ".repeat(before), "^".repeat(length))
}

/// The server's product; where what was seen of it fits several, all of them.
fn product(diagnosis: &Diagnosis) -> Option<String> {
    match (&diagnosis.provider, diagnosis.may_be.as_slice()) {
        (Some((_, name)), _) => Some(name.clone()),
        (None, []) => None,
        (None, several) => Some(several.join(" or ")),
    }
}

/// The leg that issued the grant, where it was not seen and would decide most.
fn missing_leg(diagnosis: &Diagnosis) -> Option<&'static str> {
    let is_unseen = |cause| {
        let finding = diagnosis.finding(cause);
        finding.is_some_and(|it| it.verdict() != Verdict::RuledOut)
    };
    if is_unseen(Cause::CodeUnknown) {
        Some(
            "let the login of the user agent go through grantscope too: that leg decides most causes",
        )
    } else if is_unseen(Cause::RefreshUnknown) {
        Some(
            "let the request go through grantscope too that brought the refresh token: a login, or an earlier refresh",
        )
    } else {
        None
    }
}
