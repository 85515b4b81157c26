//! The form of a provider file: TOML, in which every fact has its source.

use std::ops::Range;

use serde::Deserialize;

use super::pattern::Pattern;
use super::{
    Endpoints, Lifetimes, Link, Provider, ProviderId, Recognition, Remedy, Rotation, StatedCause,
    Statement, Wording,
};

/// Why a provider file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// It is not TOML, or holds a field or a value that a provider file has not.
    #[error("{file}.toml line {line}: {message}")]
    Malformed {
        /// The name of the file, without its extension.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// Its id is not its name.
    #[error("{file}.toml has the id {id:?}: a provider file is named after its id")]
    Misnamed {
        /// The name of the file, without its extension.
        file: String,
        /// The id in it.
        id: String,
    },
    /// A fact names no page that can be looked up.
    #[error("{file}.toml: the source of {fact} is {source_url:?}, where an https URL is expected")]
    Unsourced {
        /// The name of the file, without its extension.
        file: String,
        /// The fact.
        fact: String,
        /// What stands in place of its source.
        source_url: String,
    },
    /// A statement has no text, and does not say that it has none.
    #[error("{file}.toml: statement {number} has neither a pattern nor `bare = true`, or both")]
    Patternless {
        /// The name of the file, without its extension.
        file: String,
        /// Which of the statements, counted from 1.
        number: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    name: String,
    #[serde(default)]
    recognise: Recognise,
    #[serde(default)]
    endpoints: Endpoints,
    #[serde(default)]
    lifetimes: Lifetimes,
    rotation: Option<Rotation>,
    #[serde(default)]
    boilerplate: Vec<String>,
    #[serde(default)]
    statement: Vec<FileStatement>,
    #[serde(default)]
    remedy: Vec<Remedy>,
    #[serde(default)]
    documentation: Vec<Link>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Recognise {
    hosts: Vec<String>,
    paths: Vec<String>,
    headers: Vec<HeaderMark>,
    issuers: Vec<String>,
    error_uris: Vec<String>,
    members: Vec<String>,
    descriptions: Vec<String>,
    source: Option<String>,
}

/// A response header that one product alone sends. Where it is written is mostly another page than that of the endpoints.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderMark {
    name: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStatement {
    pattern: Option<String>,
    #[serde(default)]
    also: Vec<Wording>,
    #[serde(default)]
    whole: bool,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    bare: bool,
    error: Option<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    causes: Vec<StatedCause>,
    example: String,
    source: String,
}

/// Reads the text of a provider file.
pub(super) fn parse(name: &str, text: &str) -> Result<Provider, ProviderError> {
    let file: File = toml::from_str(text).map_err(|error| ProviderError::Malformed {
        file: name.to_owned(),
        line: line(text, error.span()),
        message: error.message().trim().to_owned(),
    })?;
    if file.id != name {
        return Err(ProviderError::Misnamed {
            file: name.to_owned(),
            id: file.id,
        });
    }
    for (fact, source) in sources(&file) {
        if !source.starts_with("https://") {
            return Err(ProviderError::Unsourced {
                file: name.to_owned(),
                fact,
                source_url: source.to_owned(),
            });
        }
    }
    provider(file)
}

fn line(text: &str, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start));
    before.unwrap_or_default().matches('\n').count() + 1
}

fn provider(file: File) -> Result<Provider, ProviderError> {
    let patternless = |number| ProviderError::Patternless {
        file: file.id.clone(),
        number,
    };
    let statements = file
        .statement
        .into_iter()
        .enumerate()
        .map(|(at, of)| statement(of).ok_or_else(|| patternless(at + 1)))
        .collect::<Result<_, _>>()?;
    let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
    let recognise = &file.recognise;
    let (places, hosts): (Vec<_>, Vec<_>) = recognise
        .hosts
        .iter()
        .cloned()
        .partition(|host| host.contains('/'));
    Ok(Provider {
        recognition: Recognition {
            hosts: patterns(&hosts),
            places: patterns(&places),
            paths: patterns(&recognise.paths),
            headers: recognise
                .headers
                .iter()
                .map(|header| header.name.to_ascii_lowercase())
                .collect(),
            issuers: patterns(&recognise.issuers),
            error_uris: patterns(&recognise.error_uris),
            members: recognise.members.clone(),
            descriptions: patterns(&recognise.descriptions),
        },
        id: ProviderId(file.id),
        name: file.name,
        endpoints: file.endpoints,
        lifetimes: file.lifetimes,
        rotation: file.rotation,
        boilerplate: patterns(&file.boilerplate),
        statements,
        remedies: file.remedy,
        documentation: file.documentation,
    })
}

fn statement(of: FileStatement) -> Option<Statement> {
    if of.bare == of.pattern.is_some() || (of.bare && !of.also.is_empty()) {
        return None;
    }
    let others = of.also.iter().map(|wording| &wording.pattern);
    Some(Statement {
        matchers: of
            .pattern
            .iter()
            .chain(others)
            .map(|text| Pattern::new(text))
            .collect(),
        pattern: of.pattern,
        also: of.also,
        whole: of.whole,
        unless: of.unless.iter().map(|text| Pattern::new(text)).collect(),
        error: of.error,
        grant_types: of.grant_types,
        causes: of.causes,
        example: of.example,
        source: of.source,
    })
}

/// Every fact of a file, with its source.
fn sources(file: &File) -> Vec<(String, &str)> {
    let mut all: Vec<(String, &str)> = Vec::new();
    let mut add = |fact: &str, source| all.push((fact.to_owned(), source));
    let recognise = &file.recognise;
    let recognises = [
        &recognise.hosts,
        &recognise.paths,
        &recognise.issuers,
        &recognise.error_uris,
        &recognise.members,
        &recognise.descriptions,
    ];
    if recognises.iter().any(|texts| !texts.is_empty()) {
        add("recognise", recognise.source.as_deref().unwrap_or_default());
    }
    for header in &recognise.headers {
        add(&format!("header {}", header.name), &header.source);
    }
    if file.endpoints.all().next().is_some() {
        add(
            "endpoints",
            file.endpoints.source.as_deref().unwrap_or_default(),
        );
    }
    for (name, lifetime) in file.lifetimes.all() {
        add(&format!("lifetimes {name}"), &lifetime.source);
    }
    if let Some(rotation) = &file.rotation {
        add("rotation", &rotation.source);
    }
    for (at, statement) in file.statement.iter().enumerate() {
        add(&format!("statement {}", at + 1), &statement.source);
    }
    for remedy in &file.remedy {
        add(&format!("remedy for {}", remedy.cause), &remedy.source);
    }
    for link in &file.documentation {
        add(&format!("documentation {:?}", link.title), &link.url);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse("x", text).unwrap_err().to_string()
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_is_allowed() {
        let unknown = error("id = \"x\"\nname = \"X\"\n[rotation]\nmodus = \"always\"\n");
        assert!(unknown.starts_with("x.toml line 4: "), "{unknown}");
        assert!(unknown.contains("expected one of `mode`"), "{unknown}");
        let value = error(
            "id = \"x\"\nname = \"X\"\n[rotation]\nmode = \"often\"\nsource = \"https://a.test\"\n",
        );
        assert!(
            value.contains("line 4") && value.contains("public-clients"),
            "{value}"
        );
    }

    #[test]
    fn a_fact_without_a_source_is_refused() {
        let text = error("id = \"x\"\nname = \"X\"\n[recognise]\nhosts = [\"a.test\"]\n");
        assert_eq!(
            text,
            "x.toml: the source of recognise is \"\", where an https URL is expected"
        );
    }

    #[test]
    fn a_file_is_named_after_its_id() {
        assert!(error("id = \"y\"\nname = \"Y\"\n").contains("\"y\""));
    }
}
