//! What is drawn of a finding: a cause of time or order, and no other.

use super::pages::{refusal, site};
use super::site::{Site, scenario};

/// A code that is presented twice, the second time too late as well.
const REUSED: &str = "\
@0s   GET /authorize?response_type=code&client_id=web&redirect_uri=https://app.test/cb
      302 Location: https://app.test/cb?code=SplxlOBeZQQYbYS6WxSbIA
@1s   POST /token  grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https://app.test/cb&client_id=web
      200 {\"access_token\":\"an-access-token-of-the-user\",\"token_type\":\"Bearer\"}
@2s   POST /token  grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https://app.test/cb&client_id=web
      400 {\"error\":\"invalid_grant\"}";

/// A refresh token that was replaced, and is presented once more.
const ROTATED: &str = "\
@0s   POST /token  grant_type=refresh_token&refresh_token=the-first-refresh-token&client_id=web
      200 {\"access_token\":\"an-access-token-of-the-user\",\"refresh_token\":\"the-second-refresh-token\"}
@9s   POST /token  grant_type=refresh_token&refresh_token=the-first-refresh-token&client_id=web
      400 {\"error\":\"invalid_grant\"}";

/// The page of the one refusal.
async fn finding(site: &Site) -> String {
    let path = refusal(site).await;
    site.page(&path).await
}

#[tokio::test]
async fn of_a_code_that_was_reused_both_lives_are_drawn() {
    let page = finding(&Site::of(scenario(REUSED))).await;
    assert!(page.contains("code-reused"), "{page}");
    assert_eq!(page.matches("class=\"draw life\"").count(), 2, "{page}");
    assert!(!page.contains("class=\"draw family\""), "{page}");
    let evidence = page.find("heading-evidence").unwrap();
    let drawn = page.find("heading-life").unwrap();
    let causes = page.find("All causes").unwrap();
    assert!(evidence < drawn && drawn < causes);
    let section = &page[drawn..];
    let more = section.find("The whole grant, drawn to scale").unwrap();
    assert!(section[..more].contains("href=\"/grants/code%23"), "{page}");
}

#[tokio::test]
async fn of_a_refresh_token_that_was_replaced_the_family_is_drawn() {
    let page = finding(&Site::of(scenario(ROTATED))).await;
    assert!(page.contains("refresh-rotated"), "{page}");
    assert_eq!(page.matches("class=\"draw family\"").count(), 1, "{page}");
    assert!(!page.contains("class=\"draw life\""), "{page}");
}

#[tokio::test]
async fn of_a_cause_that_has_nothing_to_do_with_time_nothing_is_drawn() {
    let page = finding(&site()).await;
    assert!(page.contains("redirect-uri-mismatch"), "{page}");
    assert!(!page.contains("class=\"draw "), "{page}");
}
