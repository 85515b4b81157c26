//! Runtimes: what `grantscope run` does for each, and what it cannot do.

/// What runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    Node,
    Deno,
    Bun,
    Python,
    Java,
    Go,
    Ruby,
    Php,
    DotNet,
    Erlang,
    Rust,
    Perl,
    CommandLine,
    Container,
    Browser,
}

/// Programs by whose name the runtime is known.
const PROGRAMS: [(&str, Runtime); 62] = [
    ("node", Runtime::Node),
    ("nodejs", Runtime::Node),
    ("npm", Runtime::Node),
    ("npx", Runtime::Node),
    ("pnpm", Runtime::Node),
    ("yarn", Runtime::Node),
    ("tsx", Runtime::Node),
    ("ts-node", Runtime::Node),
    ("nodemon", Runtime::Node),
    ("next", Runtime::Node),
    ("vite", Runtime::Node),
    ("deno", Runtime::Deno),
    ("bun", Runtime::Bun),
    ("bunx", Runtime::Bun),
    ("python", Runtime::Python),
    ("python3", Runtime::Python),
    ("pip", Runtime::Python),
    ("uv", Runtime::Python),
    ("poetry", Runtime::Python),
    ("uvicorn", Runtime::Python),
    ("gunicorn", Runtime::Python),
    ("flask", Runtime::Python),
    ("django-admin", Runtime::Python),
    ("pytest", Runtime::Python),
    ("java", Runtime::Java),
    ("gradle", Runtime::Java),
    ("gradlew", Runtime::Java),
    ("mvn", Runtime::Java),
    ("mvnw", Runtime::Java),
    ("kotlin", Runtime::Java),
    ("scala", Runtime::Java),
    ("sbt", Runtime::Java),
    ("go", Runtime::Go),
    ("air", Runtime::Go),
    ("ruby", Runtime::Ruby),
    ("bundle", Runtime::Ruby),
    ("rails", Runtime::Ruby),
    ("rake", Runtime::Ruby),
    ("puma", Runtime::Ruby),
    ("php", Runtime::Php),
    ("composer", Runtime::Php),
    ("artisan", Runtime::Php),
    ("symfony", Runtime::Php),
    ("dotnet", Runtime::DotNet),
    ("erl", Runtime::Erlang),
    ("escript", Runtime::Erlang),
    ("rebar3", Runtime::Erlang),
    ("elixir", Runtime::Erlang),
    ("iex", Runtime::Erlang),
    ("mix", Runtime::Erlang),
    ("cargo", Runtime::Rust),
    ("perl", Runtime::Perl),
    ("curl", Runtime::CommandLine),
    ("wget", Runtime::CommandLine),
    ("git", Runtime::CommandLine),
    ("docker", Runtime::Container),
    ("podman", Runtime::Container),
    ("docker-compose", Runtime::Container),
    ("podman-compose", Runtime::Container),
    ("chromium", Runtime::Browser),
    ("google-chrome", Runtime::Browser),
    ("firefox", Runtime::Browser),
];

impl Runtime {
    /// By the name of a program. Versions stand behind some names: `python3.12`, `php8.2`.
    pub(super) fn of(program: &str) -> Option<Self> {
        let bare = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let named = |name: &str| PROGRAMS.iter().find(|(known, _)| *known == name);
        named(program)
            .or_else(|| named(bare))
            .map(|(_, runtime)| *runtime)
    }

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Node => "Node",
            Self::Deno => "Deno",
            Self::Bun => "Bun",
            Self::Python => "Python",
            Self::Java => "Java",
            Self::Go => "Go",
            Self::Ruby => "Ruby",
            Self::Php => "PHP",
            Self::DotNet => ".NET",
            Self::Erlang => "Erlang or Elixir",
            Self::Rust => "Rust",
            Self::Perl => "Perl",
            Self::CommandLine => "a program of the command line",
            Self::Container => "a container",
            Self::Browser => "a browser",
        }
    }

    /// What `run` does for it.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Node => {
                "NODE_OPTIONS loads a file by which http, https, fetch and undici go through; NODE_EXTRA_CA_CERTS names the CA"
            }
            Self::Bun => {
                "BUN_OPTIONS loads a file by which node:http goes through, and fetch reads HTTPS_PROXY; NODE_EXTRA_CA_CERTS names the CA"
            }
            Self::Deno => "it reads HTTPS_PROXY, and DENO_CERT for the CA",
            Self::Python => {
                "clients read HTTPS_PROXY, and PYTHONPATH loads a file by which aiohttp does; SSL_CERT_FILE and REQUESTS_CA_BUNDLE name the CA"
            }
            Self::Java => {
                "JAVA_TOOL_OPTIONS names the proxy, for loopback too, and a trust store with the CA"
            }
            Self::Go | Self::DotNet | Self::Rust => {
                "it reads HTTPS_PROXY, and SSL_CERT_FILE on Linux for the CA"
            }
            Self::Erlang => "httpc, Req and Finch read no variable",
            Self::Ruby => {
                "it reads HTTP_PROXY, and RUBYOPT loads a file by which loopback goes through too; SSL_CERT_FILE names the CA"
            }
            Self::Php => {
                "PHP_INI_SCAN_DIR names the CA for curl and streams, and loads a file by which streams go through"
            }
            Self::Perl => "LWP reads HTTPS_PROXY, and PERL_LWP_SSL_CA_FILE for the CA",
            Self::CommandLine => "it reads HTTPS_PROXY, and a variable or WGETRC for the CA",
            Self::Container => "what `run` sets does not reach into a container",
            Self::Browser => "a browser reads neither proxy nor CA from variables",
        }
    }

    /// What it cannot do, and what is left to the user.
    pub(super) fn left(self) -> Option<&'static str> {
        match self {
            Self::Node | Self::Bun => {
                Some("a client that gets its own dispatcher or `ca` in code goes its own way")
            }
            Self::Deno | Self::CommandLine => None,
            Self::Python => {
                Some("`python -I` and `-S` load no such file, and `trust_env = False` goes past")
            }
            Self::Java => Some(
                "a daemon of Gradle or Maven that runs already is not reached: stop it first; Apache HttpClient needs useSystemProperties()",
            ),
            Self::Go => Some(
                "Go asks for no proxy at loopback: `--reverse LISTEN=URL` stands for a server there; on macOS and Windows the CA has to be in \
                 the system's store: `grantscope ca trust`",
            ),
            Self::Ruby => Some("a `nil` proxy in code goes past"),
            Self::Php => Some(
                "`stream_context_create` in code starts without a proxy; php-fpm reads its environment when the service is started",
            ),
            Self::DotNet => Some(
                "a handler with `UseProxy = false` goes past; on macOS and Windows the CA has to be in the system's store: `grantscope ca trust`",
            ),
            Self::Erlang => Some(
                "give HTTPS_PROXY and SSL_CERT_FILE to the client in code, as docs/runtimes.md shows, or use `--reverse LISTEN=URL`",
            ),
            Self::Rust => Some(
                "`webpki-roots` are compiled in: build with the system's roots, `rustls-native-certs` or `rustls-platform-verifier`",
            ),
            Self::Perl => Some("HTTP::Tiny and clients with a proxy of their own were not tried"),
            Self::Container => Some(
                "`grantscope run --container -- CMD` gives it what it needs; `grantscope env --container` prints that",
            ),
            Self::Browser => {
                Some("`grantscope browser` opens one that is seen, with a profile of its own")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_behind_a_name_is_no_other_program() {
        assert_eq!(Runtime::of("python3.12"), Some(Runtime::Python));
        assert_eq!(Runtime::of("php8.2"), Some(Runtime::Php));
        assert_eq!(Runtime::of("node"), Some(Runtime::Node));
        assert_eq!(Runtime::of("my-app"), None);
    }
}
