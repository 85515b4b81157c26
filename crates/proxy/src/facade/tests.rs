use super::*;
use crate::upstream::Tls;

fn names(host: &str, is_tls: bool) -> Names {
    names_of("idp.example", host, is_tls)
}

pub(super) fn names_of(server: &str, host: &str, is_tls: bool) -> Names {
    let tls = Tls {
        name: server.to_owned(),
        protocols: Vec::new(),
    };
    let facade = Facade {
        origin: Arc::new(Origin {
            host: server.to_owned(),
            port: 443,
            tls: Some(tls),
        }),
        address: "127.0.0.1:9443".parse().unwrap(),
        is_tls,
    };
    let request = http::Request::get("/token").header("host", host);
    facade.names(&request.body(()).unwrap().into_parts().0)
}

fn told(names: &Names, name: HeaderName, value: &str) -> String {
    let mut headers = HeaderMap::new();
    headers.insert(name.clone(), value.parse().unwrap());
    names.tell_client(StatusCode::OK, &mut headers);
    headers[name].to_str().unwrap().to_owned()
}

#[test]
fn a_redirect_within_the_server_stays_at_the_clients_address() {
    let names = names("[::1]:9443", true);
    let told = |location: &str| told(&names, header::LOCATION, location);
    for (location, expected) in [
        (
            "https://idp.example/login?x=1",
            "https://[::1]:9443/login?x=1",
        ),
        ("https://IDP.example:443", "https://[::1]:9443"),
        ("/login", "/login"),
        ("https://idp.example.evil/", "https://idp.example.evil/"),
        ("http://idp.example/", "http://idp.example/"),
        (
            "https://app.example/cb?code=1",
            "https://app.example/cb?code=1",
        ),
        (
            "https://idp.example/login?error",
            "https://[::1]:9443/login?error",
        ),
    ] {
        assert_eq!(told(location), expected, "{location}");
    }
    // Whatever the redirect URI is in a parameter, or as the target, it stays.
    let inner = "https://idp.example/login?redirect_uri=https://idp.example/cb";
    assert!(told(inner).ends_with("?redirect_uri=https://idp.example/cb"));
    for target in [
        "?code=1&state=2",
        "?error=access_denied&state=2",
        "#access_token=1",
    ] {
        let location = format!("https://idp.example/cb{target}");
        assert_eq!(told(&location), location);
    }
}

#[test]
fn a_cookie_loses_what_the_client_would_refuse_it_for() {
    let (clear, secure) = (
        names("localhost:9443", false),
        names("localhost:9443", true),
    );
    let told = |names, cookie: &str| told(names, header::SET_COOKIE, cookie);
    let cookie = "sid=1; Path=/; Domain=.idp.example; Secure; HttpOnly; SameSite=None";
    assert_eq!(told(&clear, cookie), "sid=1; Path=/; HttpOnly");
    assert_eq!(
        told(&secure, cookie),
        "sid=1; Path=/; Secure; HttpOnly; SameSite=None"
    );
    let prefixed = "__Host-sid=1; Path=/; Secure";
    assert_eq!(told(&clear, prefixed), prefixed);
    let plain = "a=b;Path=/;  SameSite=Lax; domain=LOCALHOST";
    assert_eq!(told(&clear, plain), plain);
}

#[test]
fn the_server_is_told_its_own_name_and_others_stay() {
    let names = names("127.0.0.1:9443", false);
    let mut headers = HeaderMap::new();
    headers.insert(header::ORIGIN, "http://127.0.0.1:9443".parse().unwrap());
    headers.insert(
        header::REFERER,
        "http://127.0.0.1:9443/a?b".parse().unwrap(),
    );
    names.tell_server(&mut headers);
    assert_eq!(headers[header::ORIGIN], "https://idp.example");
    assert_eq!(headers[header::REFERER], "https://idp.example/a?b");
    headers.insert(header::ORIGIN, "http://localhost:3000".parse().unwrap());
    names.tell_server(&mut headers);
    assert_eq!(headers[header::ORIGIN], "http://localhost:3000");
}

#[test]
fn what_would_bind_other_servers_of_this_machine_is_taken_back() {
    let names = names("localhost:9443", true);
    let told = told(
        &names,
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=31536000",
    );
    assert_eq!(told, "max-age=0");
}
