//! The CA: that it is there and valid, that its key is nobody else's to read, and who trusts it.

use std::path::Path;

use grantscope_proxy::CertificateAuthority;

use super::check::Check;
use crate::clock;
use crate::trust::{Certificate, all_places, certificates};

/// So many days before its end it is time to think of another.
const DAYS_MIN: i64 = 30;

pub(super) fn checks(directory: &Path) -> Vec<Check> {
    let opened = CertificateAuthority::open(directory).map_err(anyhow::Error::from);
    let both = opened.and_then(|authority| Ok((certificates(&authority)?, authority)));
    let (all, authority) = match both {
        Ok((all, authority)) => (all, authority),
        Err(error) => {
            return vec![Check::bad(
                "ca",
                format!("{error:#}"),
                "without a CA no TLS is read: `grantscope ca rotate` makes another where the files cannot be restored",
            )];
        }
    };
    let today = &all[..1];
    let mut checks: Vec<_> = today.iter().map(validity).collect();
    checks.push(mode(&authority));
    checks.extend(trusted(&all, &authority));
    checks
}

fn validity(certificate: &Certificate) -> Check {
    let facts = &certificate.facts;
    let days = facts.expires_at.duration_since(clock::now()).as_hours() / 24;
    let summary = format!(
        "{} in {} is valid for {days} days",
        facts.name,
        certificate.path.display()
    );
    if days < DAYS_MIN {
        Check::note(
            "ca",
            summary,
            "`grantscope ca rotate` makes another; whoever trusts this one has to trust that one",
        )
    } else {
        Check::good("ca", summary)
    }
}

#[cfg(unix)]
fn mode(authority: &CertificateAuthority) -> Check {
    use std::os::unix::fs::PermissionsExt as _;
    let path = authority.key_path();
    let mode = std::fs::metadata(&path).map(|it| it.permissions().mode() & 0o777);
    match mode {
        // Neither group nor others have any right.
        Ok(mode) if mode.trailing_zeros() >= 6 => Check::good(
            "ca key",
            format!("its owner alone reads it (mode {mode:04o})"),
        ),
        Ok(mode) => Check::bad(
            "ca key",
            format!("others can read {} (mode {mode:04o})", path.display()),
            format!(
                "whoever has it can pose as any server to those who trust the CA: `chmod 600 {}`, and `grantscope ca rotate` if \
                 somebody may have it",
                path.display()
            ),
        ),
        Err(error) => Check::bad(
            "ca key",
            format!("{} cannot be looked at: {error}", path.display()),
            "restore it",
        ),
    }
}

/// On Windows a file has the rights of its directory, and below a user's profile these are the user's and the administrators'.
#[cfg(not(unix))]
fn mode(authority: &CertificateAuthority) -> Check {
    let path = authority.key_path();
    let profile = std::env::home_dir();
    if profile.is_some_and(|profile| path.starts_with(profile)) {
        return Check::good(
            "ca key",
            "it is below your profile, into which other users cannot look".to_owned(),
        );
    }
    Check::note(
        "ca key",
        format!("{} is outside of your profile", path.display()),
        format!(
            "whoever has it can pose as any server to those who trust the CA: `icacls \"{}\"` tells who may read it, and a --ca-dir \
             below your profile is safe",
            path.display()
        ),
    )
}

fn trusted(all: &[Certificate], authority: &CertificateAuthority) -> Vec<Check> {
    let places = all_places();
    let holding = |certificate: &Certificate| {
        let holding = places
            .iter()
            .filter(|place| place.holds(certificate, authority));
        holding.map(crate::trust::Place::name).collect::<Vec<_>>()
    };
    let (today, old) = all.split_at(1);
    let today: Vec<_> = today.iter().flat_map(holding).collect();
    let old: Vec<_> = old.iter().flat_map(holding).collect();
    let mut checks = vec![if today.is_empty() {
        Check::good(
            "trust",
            "no store holds it, and none has to: `run` and `browser` tell programs of it themselves".to_owned(),
        )
    } else {
        Check::note(
            "trust",
            format!("it is trusted by {}", today.join("; ")),
            "`grantscope ca untrust --store …` takes it out when it is no longer needed",
        )
    }];
    if !old.is_empty() {
        checks.push(Check::note(
            "old ca",
            format!("one that was replaced is trusted by {}", old.join("; ")),
            "`grantscope ca untrust --store …` takes it out",
        ));
    }
    checks
}
