# Asks for a package by package managers: `sh packages.sh PYTHON NODE_MODULES CLIENT,… URL…`.
#
# The registry that they are told of is an authorization endpoint, as far as the server can tell: the client_id of each request
# says which client it was, so that a test can tell who came through.

python=$1 modules=$2 clients=$3
shift 3
empty=$(mktemp -d)
trap 'rm -r "$empty"' EXIT
cd "$empty" || exit
echo '{}' > package.json
touch yarn.lock

ask() {
  registry="$url?response_type=code&redirect_uri=https://app.test/cb&client_id=$client&end="
  case $client in
    pip) "$python" -m pip --retries 0 --no-cache-dir --quiet download --no-deps --index-url "$registry" $trusted nothing ;;
    npm) npm view nothing --registry "$registry" --fetch-retries 0 --cache "$empty" ;;
    pnpm) node "$modules/pnpm/bin/pnpm.cjs" view nothing --registry "$registry" --fetch-retries 0 ;;
    yarn) YARN_NPM_REGISTRY_SERVER=$registry YARN_UNSAFE_HTTP_WHITELIST='*' YARN_HTTP_RETRY=0 YARN_ENABLE_TELEMETRY=0 \
      node "$modules/@yarnpkg/cli-dist/bin/yarn.js" npm info nothing ;;
    cargo) cargo info nothing --registry other --config "registries.other.index='sparse+$registry/'" --config net.retry=0 ;;
  esac
}

# Nobody has such a package, so that each of them fails; grantscope tells whether it came through.
for url; do
  # pip asks nobody without TLS, unless it is told to.
  case $url in
    http:*) trusted="--trusted-host $(echo "$url" | cut -d/ -f3)" ;;
    *) trusted= ;;
  esac
  for client in $(echo "$clients" | tr , ' '); do
    ask > said 2>&1 || sed "s|^|$client at $url: |" said >&2
  done
done
