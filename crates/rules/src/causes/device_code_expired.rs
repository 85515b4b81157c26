//! `device-code-expired`: the device code is past its lifetime, was redeemed already or is unknown.
//!
//! RFC 8628 §3.5, `expired_token`: "The `device_code` has expired, and the device authorization session has concluded."

use std::time::Duration;

use grantscope_correlation::{Presentation, Role};
use grantscope_oauth::{Grant, RequestMessage, ResponseMessage};

use crate::absence;
use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::DeviceCodeExpired;
const PLACE: &str = "form device_code";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if let Grant::DeviceCode { device_code: None } = &case.request().grant {
        return absence::lacking(case, CAUSE, "device_code", false);
    }
    let error = case.error().error.as_str();
    if error == "expired_token" {
        return by_word(case);
    }
    by_other_use(case)
        .or_else(|| told_before(case))
        .or_else(|| of_another_client(case))
        .or_else(|| (error == "access_denied").then(|| denied(case)))
        .or_else(|| by_lifetime(case))
        .unwrap_or_else(|| said::judge(case, CAUSE))
}

fn by_word(case: &Case<'_>) -> Finding {
    let text = "answered expired_token";
    let finding = Finding::proven(CAUSE, Evidence::of(case.exchange(), "response error", text));
    let lived = life(case).map(|(life, exchange)| {
        let text = format!(
            "gave the device code a lifetime of {}, and it was presented at an age of {}",
            readable(life.announced),
            readable(life.age)
        );
        Evidence::of(exchange, "response expires_in", text)
    });
    finding.and_all(lived)
}

/// RFC 8628 §3.5: the server knows the code, and the user or a policy denied the request.
fn denied(case: &Case<'_>) -> Finding {
    let text =
        "answered access_denied: the server knows the device code, and the request was denied";
    Finding::ruled_out(CAUSE, Evidence::of(case.exchange(), "response error", text))
}

/// Some servers say it once, and answer the polls after that with another word: the first error decides.
fn told_before(case: &Case<'_>) -> Option<Finding> {
    let own = case.request().grant.secret().filter(|it| !it.is_masked())?;
    let told = case.client.requests.iter().find(|other| {
        other.sent_at() < case.sent_at()
            && other.request().grant.secret() == Some(own)
            && other
                .error()
                .is_some_and(|error| error.error == "expired_token")
    })?;
    let text = "answered expired_token to an earlier poll with the same device code";
    let finding = Finding::proven(CAUSE, Evidence::of(told.exchange(), "response error", text))
        .and(Evidence::of(case.exchange(), PLACE, "presented it again"))
        .because("the device code had expired at an earlier poll already");
    Some(finding)
}

fn by_other_use(case: &Case<'_>) -> Option<Finding> {
    let own = case.request().grant.secret().filter(|it| !it.is_masked())?;
    let granted = case.client.requests.iter().find(|other| {
        other.exchange() != case.exchange()
            && other.is_granted()
            && other.request().grant.secret() == Some(own)
    })?;
    Some(if comes_later(case, granted) {
        let text = "redeemed the same device code later";
        Finding::ruled_out(CAUSE, Evidence::of(granted.exchange(), PLACE, text))
    } else {
        redeemed(case, granted)
    })
}

fn comes_later(case: &Case<'_>, granted: &Presentation) -> bool {
    granted.sent_at() > case.sent_at() && !granted.overlaps(&case.refused)
}

fn redeemed(case: &Case<'_>, granted: &Presentation) -> Finding {
    let (again, summary) = if granted.overlaps(&case.refused) {
        (
            "was under way at the same time with it",
            "two polls were under way at once, and the other one redeemed the device code",
        )
    } else {
        ("presented it again", "the device code was redeemed before")
    };
    let redeeming = Evidence::of(granted.exchange(), PLACE, "redeemed the same device code");
    Finding::proven(CAUSE, redeeming)
        .and(Evidence::of(case.exchange(), PLACE, again))
        .because(summary)
        .fix("Send one poll at a time, and stop polling once tokens were issued.")
}

/// The life of a device code until it was presented.
struct Life {
    announced: Duration,
    age: Duration,
}

fn life(case: &Case<'_>) -> Option<(Life, grantscope_oauth::ExchangeId)> {
    let issuing = issuing(case)?;
    let Some(ResponseMessage::DeviceAuthorization(response)) = &issuing.response else {
        return None;
    };
    let issued = issuing.answered_at.unwrap_or(issuing.sent_at);
    let life = Life {
        announced: Duration::from_secs(response.expires_in_s?),
        age: Duration::try_from(case.sent_at().duration_since(issued)).unwrap_or_default(),
    };
    Some((life, issuing.exchange))
}

/// The exchange that issued the device code.
fn issuing(case: &Case<'_>) -> Option<std::sync::Arc<grantscope_oauth::Reading>> {
    let own = case.request().grant.secret().filter(|it| !it.is_masked())?;
    case.history
        .mentioned_as(own.digest, Role::IssuedDeviceCode)
        .into_iter()
        .next()
}

fn by_lifetime(case: &Case<'_>) -> Option<Finding> {
    let (life, exchange) = life(case)?;
    let announced = Evidence::of(
        exchange,
        "response expires_in",
        format!(
            "gave the device code a lifetime of {}",
            readable(life.announced)
        ),
    );
    let presented = Evidence::of(
        case.exchange(),
        PLACE,
        format!("presented it at an age of {}", readable(life.age)),
    );
    Some(if life.age >= life.announced {
        Finding::proven(CAUSE, announced)
            .and(presented)
            .because(format!(
                "the device code was {} old, and its lifetime is {}",
                readable(life.age),
                readable(life.announced)
            ))
    } else {
        // It may have been redeemed all the same, where another process polls as well.
        let settles = "a poll by another process that redeemed the device code first";
        said::judge_until(case, CAUSE, settles)
            .and(announced)
            .and(presented)
    })
}

/// A server knows a device code for the client alone that asked for it (RFC 8628 §3.4).
fn of_another_client(case: &Case<'_>) -> Option<Finding> {
    let issuing = issuing(case)?;
    let RequestMessage::DeviceAuthorization(request) = &issuing.request else {
        return None;
    };
    let (owner, presenting) = (request.client.id.as_deref()?, case.client_id()?);
    let finding = || {
        let issued = format!("issued the device code to client {owner}");
        Finding::likely(
            CAUSE,
            Evidence::of(issuing.exchange, "client_id", issued),
            "whether the server ties the device code to its client",
        )
        .and(Evidence::of(
            case.exchange(),
            "client_id",
            format!("presented it as client {presenting}"),
        ))
        .because(format!(
            "the device code was issued to client {owner} and presented by client {presenting}"
        ))
        .fix("Poll with the client_id that asked for the device code.")
    };
    (owner != presenting).then(finding)
}
