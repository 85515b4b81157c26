//! What servers mean by a text: the statements of the provider files that it makes.

use std::collections::BTreeSet;

use grantscope_oauth::{Provider, Providers, Sighting, StatedVerdict, Statement, TokenError};

use super::pasted::Pasted;

/// What a text means.
#[derive(Debug, Default)]
pub(super) struct Meaning<'a> {
    /// The error codes of RFC 6749 §5.2 in it, each with what the RFC says.
    pub(super) standard: Vec<(&'static str, &'static str)>,
    /// The statements that mean the same, the most telling first.
    pub(super) groups: Vec<Group<'a>>,
    /// The texts in which they are made.
    texts: &'a [String],
}

/// Statements with the same causes for the same grant types.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// Who makes them.
    pub(super) said: Vec<(&'a Provider, &'a Statement)>,
}

/// RFC 6749 §5.2 and RFC 8628 §3.5, in short.
const STANDARD: [(&str, &str); 9] = [
    (
        "invalid_request",
        "the request lacks a parameter, repeats one, or is malformed otherwise (RFC 6749 §5.2)",
    ),
    (
        "invalid_client",
        "the client is unknown, or did not prove who it is (RFC 6749 §5.2)",
    ),
    (
        "invalid_grant",
        "the grant is invalid, expired, revoked, of another client, or does not match the redirection URI of the authorization request (RFC 6749 §5.2): by itself it tells none of these from the others",
    ),
    (
        "unauthorized_client",
        "the client may not use this grant type (RFC 6749 §5.2)",
    ),
    (
        "unsupported_grant_type",
        "the server does not know this grant type (RFC 6749 §5.2)",
    ),
    (
        "invalid_scope",
        "the scope is unknown, malformed, or exceeds what was granted (RFC 6749 §5.2)",
    ),
    (
        "authorization_pending",
        "the user has not finished yet: no refusal, ask again (RFC 8628 §3.5)",
    ),
    (
        "slow_down",
        "the client asks too often: no refusal, wait longer (RFC 8628 §3.5)",
    ),
    (
        "access_denied",
        "the user or the server denied the authorization (RFC 6749 §4.1.2.1)",
    ),
];

impl<'a> Meaning<'a> {
    /// Looks a text up. Where it names its server and that server says such things, sentences of others do not count.
    pub(super) fn of(pasted: &'a Pasted, providers: &'a Providers) -> Self {
        let standard = STANDARD
            .into_iter()
            .filter(|(code, _)| pasted.words.contains(*code));
        let named = named(pasted, providers);
        let is_named = |provider: &Provider| named.iter().any(|it| it.id == provider.id);
        let all: Vec<_> = providers.iter().flat_map(|it| made(it, pasted)).collect();
        let by_named = all.iter().any(|(provider, _)| is_named(provider));
        let counts = |(provider, statement): &(&Provider, &Statement)| {
            !by_named || is_named(provider) || is_numbered(statement)
        };
        let specific = all.into_iter().filter(counts).collect();
        let mut groups = grouped(specific);
        groups.sort_by_key(|group| std::cmp::Reverse(group.weight()));
        let generic = providers
            .generic()
            .into_iter()
            .flat_map(|it| made(it, pasted));
        let generic = grouped(generic.collect());
        let further: Vec<_> = generic
            .into_iter()
            .filter(|it| !groups.iter().any(|group| group.covers(it)))
            .collect();
        groups.extend(further);
        if groups.iter().any(|group| !group.is_vague()) {
            groups.retain(|group| !group.is_vague());
        }
        Self {
            standard: standard.collect(),
            groups,
            texts: &pasted.texts,
        }
    }

    /// The pattern of a statement that the text makes.
    pub(super) fn wording(&self, statement: &'a Statement) -> Option<&'a str> {
        self.texts.iter().find_map(|it| statement.wording_in(it))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.standard.is_empty() && self.groups.is_empty()
    }
}

impl<'a> Group<'a> {
    /// How little it can be met by chance: a code with a number is that of one provider, and a long text is, too.
    fn weight(&self) -> (bool, usize) {
        let length = |statement: &Statement| statement.pattern.as_ref().map_or(0, String::len);
        let said = self
            .said
            .iter()
            .map(|(_, it)| (is_numbered(it), length(it)));
        said.max().unwrap_or_default()
    }

    /// Whether a word of every day makes them, as `expired` does: where there is more, that tells better.
    fn is_vague(&self) -> bool {
        let is_everyday = |pattern: &str| pattern.chars().all(|c| c.is_ascii_lowercase());
        self.said
            .iter()
            .all(|(_, statement)| statement.pattern.as_deref().is_some_and(is_everyday))
    }

    /// Whether it names every cause that another one names, for the same grants.
    fn covers(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.first(), other.first()) else {
            return false;
        };
        let names = |cause: &str| own.causes.iter().any(|it| it.cause == cause);
        let is_for = |grant_type| own.grant_types.contains(grant_type);
        others.causes.iter().all(|it| names(&it.cause))
            && (own.grant_types.is_empty() || others.grant_types.iter().all(is_for))
    }

    /// What the statements have in common.
    pub(super) fn first(&self) -> Option<&'a Statement> {
        self.said.first().map(|(_, statement)| *statement)
    }
}

/// Whether it is a code with a number, which no two providers share.
fn is_numbered(statement: &Statement) -> bool {
    let is_numbered =
        |text: &String| text.contains(|c: char| c.is_ascii_digit()) && !text.contains(' ');
    statement.pattern.as_ref().is_some_and(is_numbered)
}

/// The codes of all provider files, as opposed to sentences.
pub(super) fn codes(providers: &Providers) -> impl Iterator<Item = &str> {
    let statements = providers.iter().flat_map(|provider| &provider.statements);
    let texts = statements.flat_map(|statement| statement.pattern.iter().chain(&statement.error));
    texts
        .map(String::as_str)
        .filter(|text| !text.contains([' ', '*']))
}

/// The providers that a text names by a URL or by the looks of its words.
fn named<'a>(pasted: &Pasted, providers: &'a Providers) -> Vec<&'a Provider> {
    let by_words = pasted.texts.iter().flat_map(|text| {
        let error = error("", Some(text));
        let sighting = Sighting {
            error: Some(&error),
            ..Sighting::default()
        };
        providers.recognise(&sighting).all().to_vec()
    });
    let by_url = pasted.urls.iter().flat_map(|url| {
        let url = url.trim_end_matches(['"', '\'', ')', ',', '.', ';']);
        let sighting = Sighting {
            endpoint: url,
            issuer: Some(url),
            ..Sighting::default()
        };
        providers.recognise(&sighting).all().to_vec()
    });
    let mut named: Vec<&Provider> = Vec::new();
    for provider in by_words.chain(by_url) {
        if named.iter().all(|known| known.id != provider.id) {
            named.push(provider);
        }
    }
    named
}

/// The statements of a provider that a text makes, in the order of its file.
fn made<'a>(provider: &'a Provider, pasted: &Pasted) -> Vec<(&'a Provider, &'a Statement)> {
    let mut made = BTreeSet::new();
    for error in errors(provider, pasted) {
        for grant_type in grant_types(provider) {
            let found = provider.statements(&error, grant_type);
            let positions = found.filter_map(|found| position(provider, found));
            made.extend(positions);
        }
    }
    let numbered = provider
        .statements
        .iter()
        .enumerate()
        .filter(|(_, statement)| {
            let pattern = statement.pattern.as_deref().unwrap_or_default();
            pasted
                .numbers
                .iter()
                .any(|number| is_code_of(pattern, number))
        });
    made.extend(numbered.map(|(at, _)| at));
    made.into_iter()
        .filter_map(|at| Some((provider, provider.statements.get(at)?)))
        .collect()
}

fn position(provider: &Provider, statement: &Statement) -> Option<usize> {
    provider
        .statements
        .iter()
        .position(|it| std::ptr::eq(it, statement))
}

/// The refusals that a text may be, with each of the error codes that the provider tells apart.
fn errors(provider: &Provider, pasted: &Pasted) -> Vec<TokenError> {
    let told_apart = provider
        .statements
        .iter()
        .filter_map(|statement| statement.error.as_deref());
    let codes: BTreeSet<_> = told_apart
        .filter(|code| pasted.words.contains(&code.to_ascii_lowercase()))
        .collect();
    let codes = codes.into_iter().chain([""]);
    codes
        .flat_map(|code| {
            let bare = (pasted.is_bare && !code.is_empty()).then(|| error(code, None));
            pasted
                .texts
                .iter()
                .map(move |text| error(code, Some(text)))
                .chain(bare)
        })
        .collect()
}

/// The grant types that a provider tells apart, and none of them.
fn grant_types(provider: &Provider) -> BTreeSet<&str> {
    let listed = provider
        .statements
        .iter()
        .flat_map(|statement| &statement.grant_types);
    listed.map(String::as_str).chain([""]).collect()
}

/// `50148` of `AADSTS50148`. What is shorter than three digits is any number.
fn is_code_of(pattern: &str, number: &str) -> bool {
    let Some(name) = pattern.strip_suffix(number) else {
        return false;
    };
    number.len() > 2
        && !name.ends_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn error(code: &str, description: Option<&str>) -> TokenError {
    TokenError {
        status: 400,
        error: code.to_owned(),
        description: description.map(str::to_owned),
        uri: None,
        codes: Vec::new(),
        members: Vec::new(),
        server_time: None,
        retry_after_s: None,
    }
}

/// What a statement means, whatever else tells its causes apart.
fn meanings(statement: &Statement) -> impl Iterator<Item = (&str, StatedVerdict)> {
    let causes = statement.causes.iter();
    causes.map(|stated| (stated.cause.as_str(), stated.verdict))
}

/// Puts together what means the same.
fn grouped<'a>(made: Vec<(&'a Provider, &'a Statement)>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (provider, statement) in made {
        let same = |group: &&mut Group<'_>| {
            let means = |it: &&Statement| meanings(it).eq(meanings(statement));
            group
                .first()
                .is_some_and(|it| means(&it) && it.grant_types == statement.grant_types)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.said.push((provider, statement)),
            None => groups.push(Group {
                said: vec![(provider, statement)],
            }),
        }
    }
    groups
}
