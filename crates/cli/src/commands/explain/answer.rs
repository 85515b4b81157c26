//! The answer in plain text: who says it, what it may mean, what helps there, and what tells the causes apart.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use grantscope_oauth::{Provider, StatedVerdict, Statement};
use grantscope_rules::{Cause, readable};

use super::meaning::{Group, Meaning};

/// So many groups are shown. A text that means more says nothing.
const GROUPS_MAX: usize = 5;

/// Of so many causes the general remedy is told. That of others is on their pages.
const REMEDIES_MAX: usize = 2;

/// So many providers are named in a group.
const PROVIDERS_MAX: usize = 4;

/// The answer.
pub(super) fn text(meaning: &Meaning<'_>) -> String {
    let mut answer = String::new();
    for (code, says) in &meaning.standard {
        line(&mut answer, &format!("{code}: {says}."));
    }
    for group in meaning.groups.iter().take(GROUPS_MAX) {
        if !answer.is_empty() {
            answer.push('\n');
        }
        one(&mut answer, meaning, group);
    }
    if let Some(left @ 1..) = meaning.groups.len().checked_sub(GROUPS_MAX) {
        let rest = format!(
            "\nOther servers mean other things by it ({left} more): paste the description, too, or the server's URL."
        );
        line(&mut answer, &rest);
    }
    tell_apart(&mut answer, meaning);
    answer
}

fn line(answer: &mut String, text: &str) {
    answer.push_str(text.trim_end());
    answer.push('\n');
}

fn one(answer: &mut String, meaning: &Meaning<'_>, group: &Group<'_>) {
    let Some(first) = group.first() else { return };
    line(
        answer,
        &format!("{}{}", sayers(meaning, group), grants(first)),
    );
    let width = first
        .causes
        .iter()
        .map(|stated| stated.cause.len())
        .max()
        .unwrap_or_default();
    for stated in &first.causes {
        let (verdict, summary) = (
            verdict(stated.verdict),
            Cause::read(&stated.cause).map(Cause::summary),
        );
        line(
            answer,
            &format!(
                "  {verdict:9} {:width$}  {}",
                stated.cause,
                summary.unwrap_or_default()
            ),
        );
        for told in told_by(group, &stated.cause) {
            line(answer, &format!("  {:9} {:width$}  told by {told}", "", ""));
        }
    }
    for (name, text) in remedies(group) {
        line(answer, &format!("  fix: {text} ({name})"));
    }
    for link in links(group) {
        line(answer, &format!("  see: {link}"));
    }
}

/// Who makes the statements, and what they look like.
fn sayers(meaning: &Meaning<'_>, group: &Group<'_>) -> String {
    let mut providers: Vec<(&Provider, Vec<String>)> = Vec::new();
    for (provider, statement) in &group.said {
        let said = said(meaning.wording(statement), statement);
        match providers
            .iter_mut()
            .find(|(known, _)| known.id == provider.id)
        {
            Some((_, texts)) if !texts.contains(&said) => texts.push(said),
            Some(_) => {}
            None => providers.push((provider, vec![said])),
        }
    }
    let shown = providers.iter().take(PROVIDERS_MAX);
    let mut named: Vec<_> = shown
        .map(|(provider, texts)| format!("{} ({})", provider.name, texts.join(", ")))
        .collect();
    if let Some(left @ 1..) = providers.len().checked_sub(PROVIDERS_MAX) {
        named.push(format!("{left} more"));
    }
    named.join(", ")
}

fn said(wording: Option<&str>, statement: &Statement) -> String {
    let error = statement.error.as_deref().unwrap_or_default();
    match wording.or(statement.pattern.as_deref()) {
        Some(pattern) => quoted(pattern),
        None => format!("{error} and nothing more"),
    }
}

fn quoted(pattern: &str) -> String {
    format!("“{}”", pattern.replace('*', "…"))
}

fn grants(statement: &Statement) -> String {
    if statement.grant_types.is_empty() {
        ":".to_owned()
    } else {
        format!(", for {}:", statement.grant_types.join(", "))
    }
}

fn verdict(stated: StatedVerdict) -> &'static str {
    match stated {
        StatedVerdict::Proven => "proven",
        StatedVerdict::Likely => "likely",
        StatedVerdict::Possible => "possible",
    }
}

/// What helps at the providers of a group, and what helps against the likeliest causes at any.
fn remedies<'a>(group: &Group<'a>) -> Vec<(String, &'a str)> {
    let mut found: Vec<(String, &str)> = Vec::new();
    for (provider, statement) in group.said.iter().take(PROVIDERS_MAX) {
        for stated in &statement.causes {
            let remedies = provider.remedies(&stated.cause);
            found.extend(remedies.map(|remedy| {
                (
                    format!("{}, at {}", stated.cause, provider.name),
                    remedy.text.as_str(),
                )
            }));
        }
    }
    let causes = group.said.first().map(|(_, statement)| &statement.causes);
    for stated in causes.into_iter().flatten().take(REMEDIES_MAX) {
        let is_told = found
            .iter()
            .any(|(name, _)| name.starts_with(&format!("{},", stated.cause)));
        if let Some(cause) = Cause::read(&stated.cause).filter(|_| !is_told) {
            found.push((stated.cause.clone(), cause.fix()));
        }
    }
    let mut told = BTreeSet::new();
    found.retain(|one| told.insert(one.clone()));
    found
}

/// Where the statements are written, and the pages of their provider where there is one alone.
fn links(group: &Group<'_>) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    let sources = group
        .said
        .iter()
        .take(PROVIDERS_MAX)
        .map(|(_, statement)| statement.source.clone());
    let (only, _) = group.said.first().copied().unzip();
    let is_one = group
        .said
        .iter()
        .all(|(provider, _)| only.is_some_and(|it| it.id == provider.id));
    let pages = only
        .into_iter()
        .filter(|_| is_one)
        .flat_map(|provider| &provider.documentation);
    let pages = pages
        .take(2)
        .map(|page| format!("{} · {}", page.url, page.title));
    for link in sources.chain(pages) {
        let url = |link: &str| link.split(' ').next().map(str::to_owned);
        if links.iter().all(|known| url(known) != url(&link)) {
            links.push(link);
        }
    }
    links
}

/// What tells a cause at the providers of a group in particular: what their files say of it, and how long grants live there.
fn told_by(group: &Group<'_>, cause: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for (provider, statement) in group.said.iter().take(PROVIDERS_MAX) {
        let stated = statement.causes.iter().filter(|it| it.cause == cause);
        let observed = stated.filter_map(|it| it.told_by.clone());
        for one in observed.chain(lifetime(provider, cause)) {
            if !told.contains(&one) {
                told.push(one);
            }
        }
    }
    told
}

/// How long a grant lives at a provider, where the cause is that it lived too long.
fn lifetime(provider: &Provider, cause: &str) -> Option<String> {
    let lifetimes = &provider.lifetimes;
    let (what, lifetime) = match cause {
        "code-expired" => ("a code", &lifetimes.code),
        "refresh-expired" => ("a refresh token", &lifetimes.refresh),
        "device-code-expired" => ("a device code", &lifetimes.device_code),
        _ => return None,
    };
    let lifetime = lifetime.as_ref()?;
    let span = readable(Duration::from_secs(lifetime.seconds));
    let unless = if lifetime.default { " by default" } else { "" };
    Some(format!(
        "its age: {what} of {} lives {span}{unless}",
        provider.name
    ))
}

/// What tells the causes that the words leave open at any server.
fn tell_apart(answer: &mut String, meaning: &Meaning<'_>) {
    let shown = meaning
        .groups
        .iter()
        .take(GROUPS_MAX)
        .filter_map(Group::first);
    let mut causes: Vec<_> = shown
        .flat_map(|it| &it.causes)
        .filter(|it| it.verdict != StatedVerdict::Proven)
        .filter_map(|it| Cause::read(&it.cause))
        .collect();
    causes.sort_unstable();
    causes.dedup();
    if causes.is_empty() && meaning.groups.is_empty() {
        line(
            answer,
            "\n`grantscope explain` lists the causes, and the traffic tells which it is: `grantscope run -- CMD`, or `grantscope analyze FILE`.",
        );
    }
    if causes.is_empty() {
        return;
    }
    line(
        answer,
        "\nWhat settles each (`grantscope explain CAUSE` for how grantscope tells):",
    );
    let width = causes
        .iter()
        .map(|cause| cause.id().len())
        .max()
        .unwrap_or_default();
    for cause in causes {
        // To write to a string does not fail.
        let _written = writeln!(answer, "  {:width$}  {}", cause.id(), cause.settled_by());
    }
}
