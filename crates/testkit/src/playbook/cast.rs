//! Who takes part: three servers, the apps that are registered with each of them, and a user agent.

use std::net::SocketAddr;
use std::time::Duration;

use crate::client::{App, Callback, ClientAuthentication, HttpClient, Login, UserAgent};
use crate::server::{AuthorizationServerBuilder, Client, GrantType, Wording};
use crate::{AuthorizationServer, Error, RunningServer, TestCa};

/// Where the codes of all apps go. Nobody listens there: the user agent stops before it.
const CALLBACK: &str = "https://app.test/cb";

const WEB_SECRET: &str = "web-s3cret";
const SHOP_SECRET: &str = "shop-s3cret";
const BATCH_SECRET: &str = "batch-s3cret";

/// How long codes live at the brief server, and refresh tokens.
pub(super) const BRIEF_CODE_LIFETIME: Duration = Duration::from_millis(300);
pub(super) const BRIEF_REFRESH_LIFETIME: Duration = Duration::from_secs(1);

/// How long the slow server takes to grant, so that two requests for one code overlap.
const SLOW_GRANT: Duration = Duration::from_millis(150);

/// The authorization servers of the plays. They share a CA.
#[derive(Debug)]
pub struct Servers {
    ca: TestCa,
    main: RunningServer,
    brief: RunningServer,
    slow: RunningServer,
}

/// What a play is played with.
#[derive(Debug)]
pub struct Context {
    servers: Servers,
    http: HttpClient,
    /// A user agent whose traffic goes the same way as that of the apps.
    pub(super) user_agent: UserAgent,
    /// A user agent that goes past the proxy.
    pub(super) unseen_user_agent: UserAgent,
}

impl Servers {
    /// Starts the servers.
    pub async fn start() -> Result<Self, Error> {
        let ca = TestCa::new()?;
        let brief = server(&ca)
            .code_lifetime(BRIEF_CODE_LIFETIME)
            .refresh_token_lifetime(BRIEF_REFRESH_LIFETIME)
            .wording(Wording::Telling);
        Ok(Self {
            main: server(&ca).run().await?,
            brief: brief.run().await?,
            slow: server(&ca).grant_delay(SLOW_GRANT).run().await?,
            ca,
        })
    }

    /// The CA that a client, or a proxy in between, has to trust.
    pub fn ca_pem(&self) -> String {
        self.ca.pem()
    }

    /// The issuers of the servers.
    pub fn issuers(&self) -> [&str; 3] {
        [&self.main, &self.brief, &self.slow].map(RunningServer::issuer)
    }

    /// Stops the servers.
    pub async fn shutdown(self) {
        self.main.shutdown().await;
        self.brief.shutdown().await;
        self.slow.shutdown().await;
    }
}

fn server(ca: &TestCa) -> AuthorizationServerBuilder {
    let web = Client::confidential("web", WEB_SECRET).redirect_uri(CALLBACK);
    let shop = Client::confidential("shop", SHOP_SECRET).redirect_uri(CALLBACK);
    let spa = Client::public("spa").redirect_uri(CALLBACK);
    let batch = Client::confidential("batch", BATCH_SECRET).grants(&[GrantType::ClientCredentials]);
    let legacy = Client::public("legacy").grants(&[GrantType::Password]);
    let tv = Client::public("tv").grants(&[GrantType::DeviceCode]);
    AuthorizationServer::builder()
        .ca(ca.clone())
        .user("alice", "wonderland")
        .client(web)
        .client(shop)
        .client(spa)
        .client(batch)
        .client(legacy)
        .client(tv)
}

impl Context {
    /// Clients that go through the proxy, or directly where there is none, and trust this CA: that of the proxy, or that of
    /// the servers.
    pub fn new(servers: Servers, proxy: Option<SocketAddr>, ca_pem: &str) -> Result<Self, Error> {
        Ok(Self {
            http: HttpClient::new(proxy, ca_pem)?,
            user_agent: UserAgent::new(proxy, ca_pem)?,
            unseen_user_agent: UserAgent::new(None, &servers.ca_pem())?,
            servers,
        })
    }

    /// The servers that it was made with.
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// Stops the servers.
    pub async fn shutdown(self) {
        self.servers.shutdown().await;
    }

    /// A web app with a secret.
    pub(super) fn web(&self) -> App {
        self.app(
            "web",
            ClientAuthentication::SecretBasic(WEB_SECRET.to_owned()),
        )
    }

    /// The web app, at the server whose codes and refresh tokens live briefly.
    pub(super) fn web_at_brief(&self) -> App {
        self.web().at(self.servers.brief.issuer())
    }

    /// The web app, at the server that takes its time.
    pub(super) fn web_at_slow(&self) -> App {
        self.web().at(self.servers.slow.issuer())
    }

    /// Another web app with a secret of its own.
    pub(super) fn shop(&self) -> App {
        self.app(
            "shop",
            ClientAuthentication::SecretPost(SHOP_SECRET.to_owned()),
        )
    }

    /// An app in the browser, without a secret.
    pub(super) fn spa(&self) -> App {
        self.app("spa", ClientAuthentication::None)
    }

    /// A service that acts for itself.
    pub(super) fn batch(&self) -> App {
        self.app(
            "batch",
            ClientAuthentication::SecretBasic(BATCH_SECRET.to_owned()),
        )
    }

    /// An app that asks for the password.
    pub(super) fn legacy(&self) -> App {
        self.app("legacy", ClientAuthentication::None)
    }

    /// A device without a keyboard.
    pub(super) fn tv(&self) -> App {
        self.app("tv", ClientAuthentication::None)
    }

    fn app(&self, client_id: &str, authentication: ClientAuthentication) -> App {
        let issuer = self.servers.main.issuer();
        App::new(
            self.http.clone(),
            issuer,
            client_id,
            authentication,
            CALLBACK,
        )
    }

    /// A login of this app, up to the code.
    pub(super) async fn log_in(&self, app: &App) -> Result<(Login, Callback), Error> {
        let login = app.begin_login();
        let callback = self.user_agent.log_in(&login).await?;
        Ok((login, callback))
    }
}
