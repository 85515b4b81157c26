//! Discovery behind `--reverse`: stock `openid-client` reads the metadata of stock `oidc-provider` at grantscope's address, and
//! goes on there.

use serde_json::Value;

use crate::support::grantscope::{Home, Listening};
use crate::support::peers::{Certificates, Provider, discovered};

fn diagnoses(home: &Home) -> Vec<Value> {
    let mut findings = home.findings();
    findings.retain(|finding| finding["kind"] == "diagnosis");
    findings
}

#[test]
fn an_app_that_discovers_its_server_behind_reverse_stays_there() {
    let (home, certificates) = (Home::new(), Certificates::new());
    let provider = Provider::start(&certificates, "{}");
    let (upstream_ca, findings) = (certificates.ca(), home.findings_file());
    let reverse = format!("127.0.0.1:0={}", provider.issuer);
    let listening = Listening::start(
        &home,
        &[
            "--upstream-ca",
            upstream_ca.to_str().unwrap(),
            "--findings",
            findings.to_str().unwrap(),
            "--reverse",
            &reverse,
        ],
    );
    let address = listening.reverse[0];
    let said = discovered(address);
    listening.end();

    assert_eq!(said["issuer"], provider.issuer);
    assert_eq!(said["token_endpoint"], format!("http://{address}/token"));
    assert_eq!(said["jwks_uri"], format!("http://{address}/jwks"));
    assert!(said["keys"].as_u64().unwrap() > 0, "{said}");
    assert_eq!(said["statuses"], serde_json::json!([200, 400, 401]));

    let [refused, audience] = &diagnoses(&home)[..] else {
        panic!("{:#?}", diagnoses(&home));
    };
    let token_endpoint = format!("{}/token", provider.issuer);
    for finding in [refused, audience] {
        assert_eq!(finding["exchange"]["url"], token_endpoint);
        assert_eq!(finding["server"]["issuer"], provider.issuer);
    }
    // What grantscope is the reason of is told to be so.
    assert_eq!(audience["cause"], "assertion-audience-mismatch");
    let summary = audience["summary"].as_str().unwrap();
    assert!(
        summary.contains(&format!("http://{address}/token")),
        "{summary}"
    );
    assert!(
        summary.contains("the address that the client has"),
        "{summary}"
    );
    assert!(
        audience.to_string().contains("behind `--reverse`"),
        "{audience:#}"
    );
    assert_eq!(home.gaps(), Vec::<Value>::new());
}
