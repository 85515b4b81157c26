//! `device-code-expired`: the device code is past its lifetime, was redeemed already or is unknown.
//!
//! RFC 8628 §3.5, `expired_token`: "The `device_code` has expired, and the device authorization session has concluded."

use std::time::Duration;

use grantscope_correlation::{Outcome, Role};
use grantscope_oauth::ResponseMessage;

use crate::case::Case;
use crate::causes::Cause;
use crate::finding::{Evidence, Finding};
use crate::said;
use crate::units::readable;

const CAUSE: Cause = Cause::DeviceCodeExpired;
const PLACE: &str = "form device_code";
const SETTLES: &str = "the device authorization response, which tells the lifetime of the code";

pub(crate) fn judge(case: &Case<'_>) -> Finding {
    if case.error().error == "expired_token" {
        return Finding::proven(
            CAUSE,
            Evidence::of(case.exchange(), "response error", "answered expired_token"),
        );
    }
    redeemed(case)
        .or_else(|| by_age(case))
        .unwrap_or_else(|| said::judge(case, CAUSE, SETTLES))
}

fn redeemed(case: &Case<'_>) -> Option<Finding> {
    let own = case.request().grant.secret()?;
    let granted = case.client.requests.iter().find(|other| {
        other.exchange() != case.exchange()
            && other.outcome() == Outcome::Granted
            && other.request().grant.secret() == Some(own)
    })?;
    Some(
        Finding::proven(
            CAUSE,
            Evidence::of(granted.exchange(), PLACE, "redeemed the same device code"),
        )
        .and(Evidence::of(case.exchange(), PLACE, "presented it again"))
        .because("the device code was redeemed before")
        .fix("Stop polling once tokens were issued."),
    )
}

fn by_age(case: &Case<'_>) -> Option<Finding> {
    let own = case.request().grant.secret()?;
    let issuing = case
        .history
        .mentioned_as(own.digest, Role::IssuedDeviceCode)
        .into_iter()
        .next()?;
    let Some(ResponseMessage::DeviceAuthorization(response)) = &issuing.response else {
        return None;
    };
    let lifetime = Duration::from_secs(response.expires_in_s?);
    let issued = issuing.answered_at.unwrap_or(issuing.sent_at);
    let age = Duration::try_from(case.sent_at().duration_since(issued)).unwrap_or_default();
    let announced = Evidence::of(
        issuing.exchange,
        "response expires_in",
        format!("gave the device code a lifetime of {}", readable(lifetime)),
    );
    let presented = Evidence::of(
        case.exchange(),
        PLACE,
        format!("presented it at an age of {}", readable(age)),
    );
    Some(if age >= lifetime {
        Finding::proven(CAUSE, announced).and(presented)
    } else {
        Finding::ruled_out(CAUSE, announced).and(presented)
    })
}
