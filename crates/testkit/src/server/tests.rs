//! The server, from the outside.

use std::time::Duration;

use crate::client::{App, ClientAuthentication, HttpClient, Reply, UserAgent};
use crate::server::*;

const CALLBACK: &str = "https://app.test/cb";

/// A running server, with a client of each kind.
struct Bench {
    server: RunningServer,
    user_agent: UserAgent,
    http: HttpClient,
}

impl Bench {
    async fn new() -> Self {
        Self::of(AuthorizationServer::builder()).await
    }

    async fn of(builder: AuthorizationServerBuilder) -> Self {
        let device = [GrantType::DeviceCode, GrantType::RefreshToken];
        let server = builder
            .client(Client::confidential("web", "a b:c").redirect_uri(CALLBACK))
            .client(Client::public("spa").redirect_uri(CALLBACK))
            .client(Client::public("tv").grants(&device))
            .run()
            .await
            .unwrap();
        Self {
            user_agent: UserAgent::new(None, server.ca_pem()).unwrap(),
            http: HttpClient::new(None, server.ca_pem()).unwrap(),
            server,
        }
    }

    fn app(&self, id: &str, authentication: ClientAuthentication) -> App {
        let issuer = self.server.issuer();
        App::new(self.http.clone(), issuer, id, authentication, CALLBACK)
    }

    fn spa(&self) -> App {
        self.app("spa", ClientAuthentication::None)
    }

    async fn log_in(&self, app: &App) -> Reply {
        let login = app.begin_login();
        let callback = self.user_agent.log_in(&login).await.unwrap();
        assert_eq!(callback.state.as_deref(), Some(login.state.as_str()));
        assert_eq!(callback.iss.as_deref(), Some(self.server.issuer()));
        app.exchange(&login, &callback).await.unwrap()
    }
}

fn error(reply: &Reply) -> (u16, String) {
    (reply.status, reply.member("error").unwrap_or_default())
}

fn refused(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

async fn is_active(app: &App, token: &str) -> bool {
    app.introspect(token).await.unwrap().json()["active"] == true
}

#[tokio::test]
async fn a_secret_with_special_characters_is_accepted_by_both_methods() {
    let bench = Bench::new().await;
    let secret = "a b:c".to_owned();
    for authentication in [
        ClientAuthentication::SecretBasic(secret.clone()),
        ClientAuthentication::SecretPost(secret),
    ] {
        let tokens = bench.log_in(&bench.app("web", authentication)).await;
        assert_eq!(tokens.status, 200, "{}", tokens.text());
        let id_token = tokens.member("id_token").unwrap();
        assert_eq!(id_token.split('.').count(), 3);
    }
}

#[tokio::test]
async fn http2_is_spoken_to_who_asks_for_it() {
    let bench = Bench::new().await;
    let http2 = HttpClient::http2(None, bench.server.ca_pem()).unwrap();
    for (client, wanted) in [(&http2, "HTTP/2.0"), (&bench.http, "HTTP/1.1")] {
        let url = format!("{}/.well-known/openid-configuration", bench.server.issuer());
        let reply = client.fetch(&url).await.unwrap();
        assert_eq!(
            reply.member("issuer").as_deref(),
            Some(bench.server.issuer())
        );
        assert_eq!(format!("{:?}", reply.version), wanted);
    }
}

#[tokio::test]
async fn a_replayed_code_revokes_what_it_was_exchanged_for() {
    let bench = Bench::new().await;
    let app = bench.spa();
    let login = app.begin_login();
    let callback = bench.user_agent.log_in(&login).await.unwrap();
    let tokens = app.exchange(&login, &callback).await.unwrap();
    let access_token = tokens.member("access_token").unwrap();
    assert!(is_active(&app, &access_token).await);
    let replay = app.exchange(&login, &callback).await.unwrap();
    assert_eq!(error(&replay), refused("invalid_grant"));
    assert!(!is_active(&app, &access_token).await);
}

#[tokio::test]
async fn a_code_that_was_refused_for_its_redirect_uri_stays_good() {
    let bench = Bench::new().await;
    let app = bench.spa();
    let login = app.begin_login();
    let callback = bench.user_agent.log_in(&login).await.unwrap();
    let bent = app
        .code_request(&login, &callback)
        .with("redirect_uri", "https://app.test/cb?");
    assert_eq!(
        error(&app.token(bent).await.unwrap()),
        refused("invalid_grant")
    );
    assert_eq!(app.exchange(&login, &callback).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_lifetimes_end_when_the_clock_is_advanced() {
    let bench = Bench::new().await;
    let app = bench.spa();
    let tokens = bench.log_in(&app).await;
    let access_token = tokens.member("access_token").unwrap();
    let refresh_token = tokens.member("refresh_token").unwrap();
    bench.server.advance(Duration::from_mins(6));
    assert!(!is_active(&app, &access_token).await);
    assert!(is_active(&app, &refresh_token).await);
    let login = app.begin_login();
    let callback = bench.user_agent.log_in(&login).await.unwrap();
    bench.server.advance(Duration::from_mins(1));
    let late = app.exchange(&login, &callback).await.unwrap();
    assert_eq!(error(&late), refused("invalid_grant"));
    bench.server.advance(Duration::from_hours(24 * 30));
    let late = app.refresh(&refresh_token).await.unwrap();
    assert_eq!(error(&late), refused("invalid_grant"));
}

#[tokio::test]
async fn the_reuse_of_a_rotated_refresh_token_ends_the_family() {
    let bench = Bench::new().await;
    let app = bench.spa();
    let first = bench.log_in(&app).await.member("refresh_token").unwrap();
    let second = app.refresh(&first).await.unwrap();
    let second = second.member("refresh_token").unwrap();
    assert_eq!(
        error(&app.refresh(&first).await.unwrap()),
        refused("invalid_grant")
    );
    assert_eq!(
        error(&app.refresh(&second).await.unwrap()),
        refused("invalid_grant")
    );
}

#[tokio::test]
async fn without_rotation_a_refresh_token_stays() {
    let bench = Bench::of(AuthorizationServer::builder().rotation(Rotation::Off)).await;
    let app = bench.spa();
    let token = bench.log_in(&app).await.member("refresh_token").unwrap();
    for _ in 0..2 {
        let tokens = app.refresh(&token).await.unwrap();
        assert_eq!((tokens.status, tokens.member("refresh_token")), (200, None));
    }
    let wider = app.refresh_request(&token).with("scope", "openid admin");
    assert_eq!(
        error(&app.token(wider).await.unwrap()),
        refused("invalid_scope")
    );
}

#[tokio::test]
async fn a_device_polls_until_its_user_consents() {
    let bench = Bench::new().await;
    let tv = bench.app("tv", ClientAuthentication::None);
    let device = tv
        .post("/device_authorization", tv.request())
        .await
        .unwrap();
    let poll = tv
        .request()
        .with("grant_type", GrantType::DeviceCode.name())
        .with("device_code", &device.member("device_code").unwrap());
    let early = tv.token(poll.clone()).await.unwrap();
    assert_eq!(error(&early), refused("authorization_pending"));
    let hasty = tv.token(poll.clone()).await.unwrap();
    assert_eq!(error(&hasty), refused("slow_down"));
    let page = device.member("verification_uri_complete").unwrap();
    assert_eq!(bench.user_agent.open(&page).await.unwrap().status, 200);
    bench.server.advance(Duration::from_secs(5));
    assert_eq!(tv.token(poll.clone()).await.unwrap().status, 200);
    assert_eq!(
        error(&tv.token(poll).await.unwrap()),
        refused("invalid_grant")
    );
}

#[tokio::test]
async fn a_request_may_be_pushed_and_is_good_for_one_login() {
    let builder = AuthorizationServer::builder()
        .pushed_authorization(PushedAuthorization::Required)
        .pkce(Pkce::Required);
    let bench = Bench::of(builder).await;
    let app = bench.spa();
    let unpushed = bench.user_agent.open(&app.begin_login().url).await.unwrap();
    assert_eq!((unpushed.status, unpushed.location()), (400, None));

    let push = app
        .request()
        .with("response_type", "code")
        .with("redirect_uri", CALLBACK);
    let bare = app.post("/par", push.clone()).await.unwrap();
    assert_eq!(error(&bare), refused("invalid_request"));
    let push = push
        .with("code_challenge", &crate::s256("v"))
        .with("code_challenge_method", "S256");
    let pushed = app.post("/par", push).await.unwrap();
    assert_eq!(pushed.status, 201);
    let request_uri = pushed.member("request_uri").unwrap();
    let url = format!(
        "{}/authorize?client_id=spa&request_uri={request_uri}",
        bench.server.issuer()
    );
    assert_eq!(bench.user_agent.open(&url).await.unwrap().status, 303);
    assert_eq!(bench.user_agent.open(&url).await.unwrap().status, 400);
}

#[tokio::test]
async fn an_authorization_response_takes_the_mode_that_was_asked_for() {
    let bench = Bench::new().await;
    let url = bench.spa().begin_login().url;
    let open = async |mode| {
        let url = format!("{url}&response_mode={mode}");
        bench.user_agent.open(&url).await.unwrap()
    };
    let fragment = open("fragment").await;
    assert!(
        fragment
            .location()
            .unwrap()
            .starts_with("https://app.test/cb#code=")
    );
    let form = open("form_post").await;
    assert!(form.text().contains(r#"action="https://app.test/cb""#));
}

#[tokio::test]
async fn an_error_goes_to_a_registered_redirect_uri_and_nowhere_else() {
    let bench = Bench::new().await;
    let authorize = format!("{}/authorize?client_id=spa", bench.server.issuer());
    let open = async |rest: &str| {
        let url = format!("{authorize}&{rest}");
        bench.user_agent.open(&url).await.unwrap()
    };
    let back = open("response_type=token&state=s&redirect_uri=https://app.test/cb").await;
    let location = back.location().unwrap();
    assert!(location.starts_with("https://app.test/cb?error=unsupported_response_type"));
    assert!(location.contains("state=s"));
    let stranger = open("response_type=code&redirect_uri=https://app.test/cb/").await;
    assert_eq!((stranger.status, stranger.location()), (400, None));
    let twice = open("response_type=code&state=a&state=b").await;
    assert_eq!(twice.status, 400);
}

#[tokio::test]
async fn the_wording_decides_how_much_is_said() {
    for (wording, said) in [
        (Wording::Bare, None),
        (Wording::Terse, Some("grant request is invalid")),
        (Wording::Telling, Some("Invalid refresh token")),
    ] {
        let bench = Bench::of(AuthorizationServer::builder().wording(wording)).await;
        let reply = bench.spa().refresh("none").await.unwrap();
        assert_eq!(error(&reply), refused("invalid_grant"));
        assert_eq!(reply.member("error_description").as_deref(), said);
    }
}

#[tokio::test]
async fn a_logout_ends_the_grants_of_the_client() {
    let bench = Bench::new().await;
    let app = bench.spa();
    let tokens = bench.log_in(&app).await;
    let hint = tokens.member("id_token").unwrap();
    let url = format!("{}/end_session?id_token_hint={hint}", bench.server.issuer());
    assert_eq!(bench.user_agent.open(&url).await.unwrap().status, 200);
    let token = tokens.member("refresh_token").unwrap();
    assert_eq!(
        error(&app.refresh(&token).await.unwrap()),
        refused("invalid_grant")
    );
}

#[tokio::test]
async fn a_wrong_secret_in_the_header_is_answered_with_the_scheme() {
    let bench = Bench::new().await;
    let web = bench.app("web", ClientAuthentication::SecretBasic("x".to_owned()));
    let reply = web.refresh("none").await.unwrap();
    assert_eq!(error(&reply), (401, "invalid_client".to_owned()));
    assert!(reply.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_server_shuts_down_and_leaves_its_port() {
    let bench = Bench::new().await;
    let url = bench.spa().begin_login().url;
    bench.server.shutdown().await;
    assert!(bench.user_agent.open(&url).await.is_err());
}

#[tokio::test]
async fn a_ca_that_is_not_trusted_ends_the_handshake() {
    let bench = Bench::new().await;
    let stranger = UserAgent::new(None, &crate::TestCa::new().unwrap().pem()).unwrap();
    let opened = stranger.open(bench.server.issuer()).await;
    assert!(matches!(opened, Err(crate::Error::Handshake { .. })));
}
