//! `grantscope explain`: a cause's page, a warning's section, or what a code or a text of a server means.
//!
//! Whatever is pasted may hold secrets: nothing of it is printed back, only what the files about providers say.

mod answer;
mod meaning;
mod pasted;

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use grantscope_oauth::Providers;
use grantscope_rules::{Cause, Concern};

use crate::args::{Common, Explain};
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;
use meaning::Meaning;
use pasted::Pasted;

/// The page of the warnings, which has a section for each.
const WARNINGS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/warnings.md"
));

/// So much of a text is read. A log is pasted in part.
const TEXT_BYTES_MAX: u64 = 256 * 1024;

pub(super) fn run(common: &Common, explain: &Explain) -> Result<Exit> {
    let asked = asked(explain)?;
    let text = if asked.is_empty() {
        list()
    } else if let Some(page) = page(&asked) {
        page
    } else {
        let providers = super::providers(&Settings::load(common)?)?;
        match meaning(&asked, &providers) {
            Some(meaning) => meaning,
            None => bail!("{}", unknown(&asked, &providers)),
        }
    };
    render::print(&text)?;
    Ok(Exit::Fine)
}

/// What is asked for: the words of the command line, or standard input for `-`.
fn asked(explain: &Explain) -> Result<String> {
    let words = explain.asked.join(" ");
    if words.trim() != "-" {
        return Ok(words.trim().to_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(TEXT_BYTES_MAX)
        .read_to_end(&mut bytes)
        .context("reading standard input")?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The page of a cause or the section of a warning. It takes no configuration, which may be what is broken.
fn page(asked: &str) -> Option<String> {
    let of_cause = || Some(Cause::read(asked)?.page().markdown().to_owned());
    of_cause().or_else(|| Concern::read(asked).map(section))
}

/// What servers mean by a code or a text; `None` where nothing is known.
fn meaning(asked: &str, providers: &Providers) -> Option<String> {
    let pasted = Pasted::read(asked);
    let meaning = Meaning::of(&pasted, providers);
    (!meaning.is_empty()).then(|| answer::text(&meaning))
}

/// A warning's section of its page.
fn section(concern: Concern) -> String {
    let heading = format!("{concern}\n");
    let mut sections = WARNINGS.split("\n## ").skip(1);
    let section = sections.find(|section| section.starts_with(&heading));
    format!("# {}\n", section.unwrap_or(&heading).trim_end())
}

fn list() -> String {
    let causes = Cause::ALL.iter().map(|it| (it.id(), it.summary()));
    let concerns = Concern::ALL.iter().map(|it| (it.id(), it.summary()));
    let width = causes
        .clone()
        .chain(concerns.clone())
        .map(|(id, _)| id.len());
    let width = width.max().unwrap_or_default();
    let line = |(id, summary): (&str, &str)| format!("{id:width$}  {summary}\n");
    let (causes, concerns): (String, String) =
        (causes.map(line).collect(), concerns.map(line).collect());
    format!("{causes}\nWarnings:\n\n{concerns}")
}

/// Says that nothing is known, and what is near. The text itself is not repeated, since a secret may be in it.
fn unknown(asked: &str, providers: &Providers) -> String {
    let near = near(asked, providers);
    let suggestion = if near.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", near.join(", "))
    };
    format!(
        "nothing is known of that: it is no cause, and no code or text that the files about providers have{suggestion}; \
         `grantscope explain` lists the causes, and the traffic tells more than the words: `grantscope analyze FILE`"
    )
}

/// So many suggestions are made.
const NEAR_MAX: usize = 5;

/// The ids that share a word with what was asked for, and the codes that differ in one character.
fn near<'a>(asked: &str, providers: &'a Providers) -> Vec<&'a str> {
    let words: Vec<_> = asked
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 3)
        .map(str::to_ascii_lowercase)
        .collect();
    let ids = Cause::ALL.iter().map(|it| it.id());
    let ids = ids.chain(Concern::ALL.iter().map(|it| it.id()));
    let shared = |id: &&str| {
        let parts: Vec<_> = id.split('-').collect();
        words
            .iter()
            .filter(|word| parts.contains(&word.as_str()))
            .count()
    };
    let mut ids: Vec<_> = ids.filter(|id| shared(id) > 0).collect();
    ids.sort_by_key(|id| std::cmp::Reverse(shared(id)));
    let mut codes: Vec<_> = meaning::codes(providers)
        .filter(|code| differs_in_one(code, asked))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().chain(ids).take(NEAR_MAX).collect()
}

fn differs_in_one(code: &str, asked: &str) -> bool {
    let differing = code.bytes().zip(asked.bytes());
    let differing = differing
        .filter(|(a, b)| !a.eq_ignore_ascii_case(b))
        .count();
    code.len() > 3 && code.len() == asked.len() && differing == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(text: &str) -> String {
        page(text)
            .or_else(|| meaning(text, &Providers::embedded()))
            .unwrap_or_default()
    }

    #[test]
    fn a_vendor_code_is_explained_by_its_provider() {
        for text in ["AADSTS50148", "aadsts50148", "50148", " AADSTS50148: "] {
            let answer = explain(text.trim());
            assert!(
                answer.contains("Microsoft Entra ID")
                    && answer.contains("pkce-verifier-mismatch  ")
                    && answer.contains("https://learn.microsoft.com/"),
                "{text}: {answer}"
            );
        }
        let b2c = explain("AADB2C90088");
        assert!(
            b2c.contains("Azure AD B2C")
                && b2c.contains("code-wrong-server")
                && b2c.contains("refresh-wrong-server"),
            "{b2c}"
        );
    }

    #[test]
    fn an_error_code_lists_what_each_server_means_by_it() {
        let github = explain("bad_verification_code");
        insta::assert_snapshot!(github);
        let common = explain("invalid_grant");
        assert!(
            common.contains("RFC 6749")
                && common.contains("Apple")
                && common.contains("code-expired"),
            "{common}"
        );
    }

    #[test]
    fn what_tells_the_causes_of_a_text_apart_is_printed_beside_them() {
        insta::assert_snapshot!(explain("Keycloak: Code not valid"));
    }

    #[test]
    fn every_code_and_text_of_every_provider_file_is_known() {
        let providers = Providers::embedded();
        for provider in providers.iter().chain(providers.generic()) {
            for statement in &provider.statements {
                let mut refusal = serde_json::json!({ "error": statement.error });
                if statement.pattern.is_some() {
                    refusal["error_description"] = statement.example.clone().into();
                }
                let mut texts = vec![refusal.to_string()];
                let code = statement.pattern.as_ref().xor(statement.error.as_ref());
                texts.extend(code.filter(|text| !text.contains([' ', '*'])).cloned());
                for text in texts {
                    assert!(!explain(&text).is_empty(), "{}: {text}", provider.id);
                }
            }
        }
    }

    #[test]
    fn a_refusal_is_found_wherever_it_stands_in_a_log() {
        let texts = [
            r#"10:02 ERROR token call failed: {"error":"invalid_grant","error_description":"PKCE verification failed: AADSTS501481"}"#,
            r#"body="{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS501481: mismatch\"}" status=400"#,
            "GET /cb?error=invalid_grant&error_description=AADSTS501481%3A+The+Code_Verifier HTTP/1.1",
            "Error: AADSTS501481\n    at Client.callback (/app/node_modules/openid-client/lib/client.js:99:1)",
            r#"{"error":"invalid_grant","error_codes":[501481]}"#,
        ];
        for text in texts {
            let answer = explain(text);
            assert!(
                answer.contains("AADSTS501481") && answer.contains("Microsoft Entra ID"),
                "{text}: {answer}"
            );
        }
    }

    #[test]
    fn a_whole_description_is_found_behind_the_code_as_libraries_print_it() {
        for text in [
            r#"oauth2: "invalid_grant" "Bad Request""#,
            "InvalidGrantError: (invalid_grant) Bad Request",
            "[invalid_grant] Bad Request",
        ] {
            assert!(explain(text).contains("Google (“Bad Request”)"), "{text}");
        }
    }

    #[test]
    fn common_wordings_are_told_only_where_they_add_a_cause() {
        assert!(!explain("Malformed auth code.").contains("any server"));
        assert!(explain("PKCE verification failed").contains("any server"));
        assert!(explain("The code has been used already.").contains("any server"));
    }

    #[test]
    fn what_was_pasted_is_never_printed_back() {
        let canary = "Zx9CanarySecretQ7";
        let texts = [
            format!("AADSTS54005 code={canary}"),
            format!(
                r#"{{"error":"invalid_grant","error_description":"Code {canary} has expired"}}"#
            ),
            format!(
                "https://{canary}.okta.com/ error=invalid_grant&error_description=The+refresh+token+{canary}+is+invalid+or+expired."
            ),
        ];
        for text in texts {
            let answer = explain(&text);
            assert!(!answer.is_empty(), "{text}");
            assert!(!answer.contains(canary), "{answer}");
        }
        assert!(!unknown(canary, &Providers::embedded()).contains(canary));
    }

    #[test]
    fn what_nobody_knows_is_said_to_be_unknown_with_what_is_near() {
        let providers = Providers::embedded();
        assert_eq!(meaning("qwertyuiop", &providers), None);
        assert!(unknown("AADSTS50146", &providers).contains("AADSTS50147"));
        assert!(unknown("redirect-mismatch", &providers).contains("redirect-uri-mismatch"));
    }

    #[test]
    fn a_warning_is_explained_by_its_section() {
        for concern in Concern::ALL {
            let text = explain(concern.id());
            assert!(text.starts_with(&format!("# {concern}\n\n")), "{text}");
            assert!(text.contains("**Fix:**"), "{text}");
        }
    }

    #[test]
    fn hostile_text_is_read_to_its_end() {
        for text in [
            "{".repeat(100_000),
            "[{\"a\":".repeat(30_000),
            "%".repeat(100_000),
            "\\\"".repeat(50_000),
            "error=".repeat(20_000),
        ] {
            assert!(explain(&text).is_empty());
        }
    }
}
