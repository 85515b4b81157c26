//! A database that is deleted while pages are open, and begun anew by who records.
//! Elsewhere than on Unix a file that is open cannot be deleted.
#![cfg(unix)]

use grantscope_capture::store;

use super::pages::{FLOW, site};
use super::site::scenario;

#[tokio::test]
async fn pages_go_on_with_the_database_that_takes_the_place_of_a_deleted_one() {
    let site = site();
    assert!(site.page("/").await.contains("1 refused grant"));
    store::delete(site.directory.path()).unwrap();
    let between = site.page("/").await;
    assert!(between.contains("1 refused grant"), "{between}");
    site.store("live", scenario(FLOW).into_iter().skip(2).collect());
    let after = site.page("/").await;
    assert!(after.contains("No grant was refused"), "{after}");
    assert!(after.contains("1 grant issued"), "{after}");
    assert_eq!(site.get("/exchanges/2").await.status, 404);
    assert_eq!(site.get("/exchanges/4").await.status, 200);
}
