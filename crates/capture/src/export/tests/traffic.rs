//! What was sent is shown, and is neither markup nor a command wherever it is.

use std::sync::Arc;

use bytes::Bytes;
use grantscope_oauth::{
    Body, Exchange, ExchangeId, FingerprintKey, Headers, Providers, Reader, RequestUrl,
};

use super::{HOSTILE, assert_harmless, findings, tags};
use crate::export::{Document, Traffic, curl, html, insomnia, markdown, postman};
use crate::har::sample;
use crate::redact::Redactor;
use crate::report::FindingV1;

const KEY: FingerprintKey = FingerprintKey::new([7; 32]);

/// The sample flow under the numbers that the findings cite, with a text in every place that a peer can write to.
fn flow(hostile: &str) -> [Exchange; 2] {
    let encoded: String = form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let [mut asked, mut refused] = sample::flow();
    (asked.id, refused.id) = (ExchangeId(1), ExchangeId(2));
    let add = |to: &mut Headers| to.push("X-Said", hostile.replace(['\r', '\n'], ""));
    let url = format!("{}&ui_locales={encoded}", asked.request.url);
    asked.request.url = RequestUrl::new(url);
    add(&mut asked.request.headers);
    let form = format!("{}&scope={encoded}", refused.request.body.text());
    refused.request.body = Body::whole(form);
    add(&mut refused.request.headers);
    let said = serde_json::json!({"error": "invalid_grant", "error_description": hostile});
    if let Some(response) = &mut refused.response {
        add(&mut response.headers);
        response.body = Body::whole(said.to_string());
    }
    if let Some(response) = &mut asked.response {
        response.body = Body::whole(Bytes::from(format!("a\n{hostile}\nb")));
    }
    [asked, refused]
}

fn traffic(hostile: &str, redactor: &Redactor) -> Traffic {
    let reader = Reader::new(KEY, Arc::new(Providers::embedded()));
    let redacted = flow(hostile).into_iter().map(|it| redactor.redact(&it));
    Traffic::read(redacted, &reader)
}

/// A document whose texts are left as they are, as where the user asks to keep secrets.
fn written(
    hostile: &str,
    findings: &[FindingV1],
    write: impl Fn(&mut Vec<u8>, &Document<'_>) -> std::io::Result<()>,
) -> String {
    written_of(
        &traffic(hostile, &Redactor::keep_secrets()),
        findings,
        write,
    )
}

fn written_of(
    traffic: &Traffic,
    findings: &[FindingV1],
    write: impl Fn(&mut Vec<u8>, &Document<'_>) -> std::io::Result<()>,
) -> String {
    let document = Document {
        version: "0.1.0",
        notes: &[],
        findings,
        traffic,
        origins: &[],
    };
    let mut text = Vec::new();
    write(&mut text, &document).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_redacted_flow_as_a_page() {
    let traffic = traffic("openid", &Redactor::new(KEY));
    let page = written_of(&traffic, &findings(None)[..1], |to, it| html::write(to, it));
    let body = page.split_once("<h3>Sequence</h3>").unwrap().1;
    insta::assert_snapshot!(body);
}

#[test]
fn a_redacted_flow_as_an_issue() {
    let traffic = traffic("openid", &Redactor::new(KEY));
    let issue = written_of(&traffic, &findings(None)[..1], |to, it| {
        markdown::write(to, it)
    });
    insta::assert_snapshot!(issue.split_once("## Traffic").unwrap().1);
}

#[test]
fn a_redacted_flow_as_commands() {
    let traffic = traffic("openid", &Redactor::new(KEY));
    insta::assert_snapshot!(written_of(&traffic, &findings(None)[..1], |to, it| {
        curl::write(to, it)
    }));
}

#[test]
fn evidence_leads_to_its_place() {
    let traffic = traffic("openid", &Redactor::new(KEY));
    let page = written_of(&traffic, &findings(None)[..1], |to, it| html::write(to, it));
    let mut links = 0;
    for link in page.split("href=\"#").skip(1) {
        let target = link.split('"').next().unwrap();
        assert!(
            page.contains(&format!("id=\"{target}\"")),
            "{target} is nowhere"
        );
        links += 1;
    }
    assert!(links > 10, "{links}");
    for (place, name) in [
        ("query redirect_uri", "redirect_uri"),
        ("form redirect_uri", "redirect_uri"),
    ] {
        let (before, _) = page.split_once(&format!("\">{place}</a>")).unwrap();
        let target = before.rsplit_once("href=\"#").unwrap().1;
        let (_, row) = page.split_once(&format!("id=\"{target}\"")).unwrap();
        let row = row.split("</tr>").next().unwrap();
        assert!(
            row.contains(name) && row.contains(place.split(' ').next().unwrap()),
            "{row}"
        );
    }
}

#[test]
fn what_was_sent_is_no_markup_of_a_page() {
    let usual = written("openid", &findings(None), |to, it| html::write(to, it));
    for hostile in HOSTILE {
        let page = written(hostile, &findings(Some(hostile)), |to, it| {
            html::write(to, it)
        });
        let skeleton = |page: &str| -> Vec<String> {
            // Lines of a content and places of evidence depend on the text.
            let tags = tags(page)
                .into_iter()
                .filter(|tag| !tag.starts_with("a href=\"#"));
            tags.map(|tag| tag.split(" d=").next().unwrap().to_owned())
                .collect()
        };
        let links = |tags: &[String]| {
            tags.iter()
                .filter(|tag| *tag != "/a")
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(
            links(&skeleton(&page)),
            links(&skeleton(&usual)),
            "{hostile:?}"
        );
        assert_harmless(&page, hostile);
    }
}

/// The lines of an issue that are in no fence.
fn outside_fences(issue: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut outside = Vec::new();
    for line in issue.lines() {
        let row = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line.trim_end().len() == row.len() && row.len() >= open.len() => {
                fence = None;
            }
            Some(_) => {}
            None if row.len() >= 3 => fence = Some(row),
            None => outside.push(line),
        }
    }
    assert_eq!(fence, None, "a fence is left open: {issue}");
    outside
}

#[test]
fn what_was_sent_stays_within_the_fences_of_an_issue() {
    let findings = findings(None);
    let usual = written("openid", &findings, |to, it| markdown::write(to, it));
    for hostile in HOSTILE {
        let issue = written(hostile, &findings, |to, it| markdown::write(to, it));
        assert_eq!(
            outside_fences(&issue),
            outside_fences(&usual),
            "{hostile:?}"
        );
        assert_harmless(&issue, hostile);
    }
}

#[test]
fn what_was_found_stays_within_the_comments_of_commands() {
    let comments = |script: &str| script.lines().filter(|it| it.starts_with('#')).count();
    let usual = written("openid", &findings(None), |to, it| curl::write(to, it));
    for hostile in HOSTILE {
        let script = written("openid", &findings(Some(hostile)), |to, it| {
            curl::write(to, it)
        });
        assert_eq!(comments(&script), comments(&usual), "{script}");
        assert_eq!(script.lines().count(), usual.lines().count(), "{script}");
    }
}

#[test]
fn what_was_sent_is_no_template() {
    let hostile = "{{client_secret}} {{ _.code }} {% file '/etc/passwd' %} {# x";
    let mut found = findings(Some(hostile));
    found.truncate(1);
    let of_postman = written(hostile, &found, |to, it| postman::write(to, it));
    let of_insomnia = written(hostile, &found, |to, it| insomnia::write(to, it));
    for export in [of_postman, of_insomnia] {
        assert!(export.contains("etc/passwd"), "{export}");
        for template in ["{{", "{%", "{#"] {
            assert!(!export.contains(template), "{template} in {export}");
        }
    }
}

#[test]
fn a_request_of_another_scheme_is_not_sent_again() {
    let [_, mut refused] = flow("openid");
    refused.request.url = RequestUrl::new("file:///etc/passwd?grant_type=x");
    let reader = Reader::new(KEY, Arc::new(Providers::embedded()));
    let traffic = Traffic::read([Redactor::keep_secrets().redact(&refused)], &reader);
    let script = written_of(&traffic, &findings(None)[..1], |to, it| curl::write(to, it));
    assert!(!script.contains("passwd"), "{script}");
}
