//! From a secret of an exchange to the other places of it, and from an exchange to its neighbours.

use super::pages::site;

/// The addresses on a page that begin so.
fn links<'a>(page: &'a str, begin: &str) -> Vec<&'a str> {
    let all = page.split("href=\"").skip(1);
    let all = all.filter_map(|it| it.split('"').next());
    all.filter(|it| it.starts_with(begin)).collect()
}

#[tokio::test]
async fn the_other_places_of_a_secret_are_named_and_are_there() {
    let site = site();
    let page = site.page("/exchanges/2").await;
    let section = &page[page.find("heading-elsewhere").unwrap()..];
    let places = [
        links(section, "/exchanges/1?secret="),
        links(section, "/exchanges/4?secret="),
    ];
    // The code of the redirection, and the secret of the client in its other request.
    assert_eq!(places.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    for (link, place) in places
        .iter()
        .flatten()
        .zip(["response-header-location", "header-authorization"])
    {
        let (address, anchor) = link.split_once('#').unwrap();
        assert_eq!(anchor, place);
        let (_, digits) = address.split_once("secret=").unwrap();
        let other = site.page(address).await;
        assert!(other.contains(&format!("id=\"{anchor}\"")), "{other}");
        let asked = format!("<article class=\"exchange\" data-secret=\"{digits}\"");
        assert!(other.contains(&asked), "{other}");
        let shown = format!("data-secret=\"{digits}\">");
        assert!(other.contains(&shown), "{other}");
    }
}

#[tokio::test]
async fn a_secret_that_is_no_grant_leads_to_the_exchanges_that_mention_it() {
    let site = site();
    let page = site.page("/exchanges/2").await;
    let secret = links(&page, "/grants/secret%23");
    let listed = site.page(secret.first().unwrap()).await;
    assert!(listed.contains("<h1>Secret "), "{listed}");
    assert!(
        listed.contains("2 exchanges, in the order of time"),
        "{listed}"
    );
    for number in [2, 4] {
        assert!(
            listed.contains(&format!("href=\"/exchanges/{number}\"")),
            "{listed}"
        );
    }
}

#[tokio::test]
async fn only_neighbours_that_there_are_are_led_to() {
    let site = site();
    let around = async |number: u64| {
        let page = site.page(&format!("/exchanges/{number}")).await;
        let begin = page.find("aria-label=\"Other exchanges\"").unwrap();
        let links: Vec<_> = links(&page[begin..], "/exchanges/")
            .into_iter()
            .map(str::to_owned)
            .collect();
        links
    };
    assert_eq!(around(1).await, ["/exchanges/2"]);
    assert_eq!(around(2).await, ["/exchanges/1", "/exchanges/3"]);
    assert_eq!(around(4).await, ["/exchanges/3"]);
}
