//! What the ledger keeps of a login fits the memory of a developer's machine.

#[cfg(target_os = "linux")]
#[test]
fn a_login_takes_no_more_than_was_promised() {
    use grantscope_correlation::{Correlator, Event};

    const LOGINS: u64 = 2_000;
    const KIB_OF_LOGIN_MAX: u64 = 20;

    let ledger = Correlator::default();
    let before = resident_kib();
    for login in 0..LOGINS {
        for reading in login_readings(login) {
            ledger.observe(Event::RequestSent(crate::traffic::without_answer(&reading)));
            ledger.observe(Event::Finished(reading));
        }
    }
    let taken = (resident_kib() - before) / LOGINS;
    println!("a login of four exchanges takes {taken} KiB");
    assert!(taken <= KIB_OF_LOGIN_MAX, "{taken} KiB");
}

/// A login with secrets of the usual lengths: the request, the response, the callback and the token request.
#[cfg(target_os = "linux")]
fn login_readings(login: u64) -> [grantscope_oauth::Reading; 4] {
    use crate::traffic::{authorize, call_back, granted, log_in, redeem};

    let id = login * 4;
    let second = i64::try_from(id).unwrap();
    let secret = |kind: &str| format!("{kind}-{login:08}-PPnQkrCGcBWE8xFTZQ0sXbLhdRmVtKyJ");
    let (state, code) = (secret("state"), secret("code"));
    let state = Some(state.as_str());
    [
        authorize(id, second, "web", state, &secret("challenge")),
        log_in(id + 1, second + 1, "web", &code, state),
        call_back(id + 2, second + 2, "web", &code, state),
        granted(
            redeem(id + 3, second + 3, "web", &code),
            0,
            &secret(&"refresh".repeat(60)),
        ),
    ]
}

#[cfg(target_os = "linux")]
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
