mod traffic;

use jiff::Timestamp;

use super::{Document, OriginV1, Traffic, html, json, markdown};
use crate::report::{
    CauseV1, ComparisonV1, ErrorV1, EvidenceV1, ExchangeV1, FindingV1, GrantV1, MomentV1,
    RawErrorV1, ReportV1, SCHEMA, ServerV1, SideV1, WarningV1,
};

fn causes(hostile: Option<&str>) -> Vec<CauseV1> {
    let of = |usual: &str| hostile.unwrap_or(usual).to_owned();
    let evidence = |exchange, place: &'static str, usual: &str| EvidenceV1 {
        exchange,
        place: place.into(),
        text: of(usual),
    };
    let cause = |id: &'static str, verdict: &'static str, evidence| CauseV1 {
        id: id.into(),
        verdict: verdict.into(),
        summary: of("the redirect_uri of the token request has another path"),
        fix: of("Send the same redirect_uri, character for character."),
        docs: vec!["https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3".into()],
        evidence,
        unseen: vec![of("what the server logs")],
        comparison: None,
    };
    let side = |label: &str, exchange, value: &str, differs| SideV1 {
        label: label.to_owned(),
        exchange,
        value: of(value),
        differs,
    };
    let mut mismatch = cause(
        "redirect-uri-mismatch",
        "proven",
        vec![
            evidence(1, "query redirect_uri", "asked for https://app.test/cb"),
            evidence(2, "form redirect_uri", "sent https://app.test/cb/"),
        ],
    );
    mismatch.comparison = Some(ComparisonV1 {
        difference: of("a slash at the end"),
        left: side("authorization request", 1, "https://app.test/cb", [19, 19]),
        right: side("token request", 2, "https://app.test/cb/", [19, 20]),
    });
    vec![
        mismatch,
        cause("code-expired", "possible", Vec::new()),
        cause(
            "code-reused",
            "ruled-out",
            vec![evidence(
                2,
                "response",
                "no other request presented the code",
            )],
        ),
    ]
}

/// A report in which everything that comes of the traffic holds a text, and one that is as usual.
fn report(hostile: Option<&str>) -> ReportV1 {
    let of = |usual: &str| hostile.unwrap_or(usual).to_owned();
    let moment = |event: &'static str, exchange, second| MomentV1 {
        event: event.into(),
        exchange,
        time: at(second),
    };
    ReportV1 {
        schema: SCHEMA.into(),
        id: "19b8d1c03e8-2".to_owned(),
        revision: 1,
        time: at(2),
        kind: "diagnosis".into(),
        error: ErrorV1 {
            code: of("invalid_grant"),
            description: Some(of("Incorrect redirect_uri")),
            raw: RawErrorV1 {
                error_uri: None,
                codes: vec![of("E1")],
            },
        },
        exchange: ExchangeV1 {
            id: 2,
            method: of("POST"),
            url: of("https://idp.test/token"),
            status: Some(400),
        },
        server: ServerV1 {
            issuer: of("https://idp.test"),
            provider: Some("keycloak".to_owned()),
        },
        client_id: Some(of("web")),
        grant_type: of("authorization_code"),
        cause: Some("redirect-uri-mismatch".into()),
        verdict: Some("proven".into()),
        summary: of("the redirect_uri of the token request has another path"),
        causes: causes(hostile),
        grant: GrantV1 {
            fingerprint: Some("code#7f3a9c".to_owned()),
            timeline: vec![
                moment("authorization-request", 1, 0),
                moment("authorization-response", 1, 1),
                moment("refusal", 2, 2),
            ],
        },
    }
}

fn warning(hostile: Option<&str>) -> WarningV1 {
    let of = |usual: &str| hostile.unwrap_or(usual).to_owned();
    let report = report(hostile);
    WarningV1 {
        schema: SCHEMA.into(),
        id: "19b8d1c03e8-1-state-missing".to_owned(),
        revision: 1,
        time: at(1),
        kind: "warning".into(),
        warning: "state-missing".into(),
        exchange: report.exchange,
        server: report.server,
        client_id: report.client_id,
        summary: of("the authorization request carries no state"),
        why: "A login can be forged.".into(),
        fix: of("Send a state."),
        docs: vec!["https://www.rfc-editor.org/rfc/rfc6749#section-10.12".into()],
        evidence: vec![EvidenceV1 {
            exchange: 1,
            place: "query".into(),
            text: of("no state"),
        }],
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_600_000 + second).unwrap()
}

fn findings(hostile: Option<&str>) -> Vec<FindingV1> {
    let mut undecided = report(hostile);
    undecided.cause = None;
    undecided.revision = 2;
    vec![
        FindingV1::Diagnosis(Box::new(report(hostile))),
        FindingV1::Diagnosis(Box::new(undecided)),
        FindingV1::Warning(Box::new(warning(hostile))),
    ]
}

fn written(
    findings: &[FindingV1],
    write: impl Fn(&mut Vec<u8>, &Document<'_>) -> std::io::Result<()>,
) -> String {
    let notes = ["2 files merged; backend.har is 3.2 s ahead".to_owned()];
    let document = Document {
        version: "0.1.0",
        notes: &notes,
        findings,
        traffic: &Traffic::default(),
        origins: &[OriginV1 {
            exchange: 9,
            file: "<back|end>.har".to_owned(),
            entry: 4,
        }],
    };
    let mut text = Vec::new();
    write(&mut text, &document).unwrap();
    String::from_utf8(text).unwrap()
}

fn as_markdown(findings: &[FindingV1]) -> String {
    written(findings, |to, document| markdown::write(to, document))
}

fn as_html(findings: &[FindingV1]) -> String {
    written(findings, |to, document| html::write(to, document))
}

#[test]
fn findings_as_markdown() {
    insta::assert_snapshot!(as_markdown(&findings(None)));
}

#[test]
fn findings_as_a_page() {
    insta::assert_snapshot!(as_html(&findings(None)[..1]));
}

#[test]
fn findings_as_json() {
    let json = written(&findings(None), |to, document| json(to, document));
    let object: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(object["schema"], "grantscope.report/1");
    assert_eq!(object["findings"][0]["cause"], "redirect-uri-mismatch");
    assert_eq!(object["findings"][2]["kind"], "warning");
}

#[test]
fn nothing_found_is_a_document_too() {
    assert!(as_markdown(&[]).contains("0 refused grants"));
    assert!(as_html(&[]).contains("<h1>0 refused grants</h1>"));
}

/// What people who want to be shown, run or called by others could send.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "```\n\n# heading\n\n- [x](https://evil.test) ![y](https://evil.test/z.png)",
    "a | b \\| c ` d `` e",
    "\\",
    "\u{202e}txt.exe\u{2066} \u{200b}\u{1b}[31m",
    "--> </style></title></code></td></table> <!-- ",
    "@octocat #1 www.evil.test https://evil.test a@evil.test",
    "\" onmouseover=alert(1) x='",
    "- \u{2028}1. \r\n> quote\n| - |",
];

#[test]
fn hostile_text_is_no_markup_of_a_page() {
    let usual = as_html(&findings(None));
    for hostile in HOSTILE {
        let page = as_html(&findings(Some(hostile)));
        // What is in the page besides texts is what is in any: the same tags in the same order.
        assert_eq!(tags(&page), tags(&usual), "{hostile:?}");
        assert_harmless(&page, hostile);
    }
    assert!(!usual.contains("<script") && !usual.contains("src="));
}

/// The tags of a page, but for those that depend on the length of a value.
fn tags(page: &str) -> Vec<&str> {
    let tags = page
        .split('<')
        .skip(1)
        .filter_map(|tag| tag.split_once('>'));
    tags.map(|(tag, _)| tag)
        .filter(|tag| !tag.ends_with("mark"))
        .collect()
}

#[test]
fn hostile_text_is_no_markup_of_an_issue() {
    let usual = as_markdown(&findings(None));
    for hostile in HOSTILE {
        let issue = as_markdown(&findings(Some(hostile)));
        assert_eq!(shape(&issue), shape(&usual), "{hostile:?}\n{issue}");
        assert_harmless(&issue, hostile);
        let outside = without_code(&issue);
        for word in [
            "<script", "<img", "@octocat", "](", "www.evil", "://evil", " #1 ",
        ] {
            assert!(!unescaped(&outside, word), "{word} of {hostile:?}\n{issue}");
        }
    }
}

fn assert_harmless(document: &str, hostile: &str) {
    let turned = document
        .chars()
        .find(|c| super::is_hidden(*c) && *c != '\n');
    assert_eq!(turned, None, "{hostile:?}");
}

/// How many lines there are, what each begins with, and how many cells it has.
fn shape(issue: &str) -> Vec<(String, usize)> {
    let is_markup = |c: &char| matches!(c, '#' | '|' | '>' | '-' | '=' | '`' | ' ');
    let start = |line: &str| line.chars().take_while(is_markup).collect();
    issue
        .lines()
        .map(|line| (start(line), cells(line)))
        .collect()
}

/// The pipes that part cells: in GitHub's Markdown, those without a backslash, in code too.
fn cells(line: &str) -> usize {
    if !line.starts_with('|') {
        return 0;
    }
    let mut escaped = false;
    let mut count = 0;
    for c in line.chars() {
        count += usize::from(c == '|' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    count
}

/// The text without what is between backticks that no backslash makes a text.
fn without_code(issue: &str) -> String {
    let lines = issue.lines().map(|line| {
        let line = line.replace("\\\\", "").replace("\\`", "");
        line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn unescaped(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with('\\'))
}
