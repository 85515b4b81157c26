# Presents a refresh token by programs of the command line: `sh clients.sh CLIENT,… URL…`.
#
# The client_id of each request says which client it was, so that a test can tell who came through. git posts nothing: it asks
# for an authorization, as far as the server can tell.

clients=$1
shift
for url; do
  for client in $(echo "$clients" | tr , ' '); do
    form="grant_type=refresh_token&refresh_token=secret-of-$client&client_id=$client"
    case $client in
      curl) curl --silent --show-error --output /dev/null --data "$form" "$url" ;;
      wget) wget --quiet --tries=1 --output-document=/dev/null --post-data "$form" "$url" ;;
      git) GIT_TERMINAL_PROMPT=0 git ls-remote "$url?response_type=code&redirect_uri=https://app.test/cb&client_id=git&end=" ;;
      lwp) perl -MLWP::UserAgent -e 'LWP::UserAgent->new->post($ARGV[0], Content => $ARGV[1])' "$url" "$form" ;;
    esac || echo "$client at $url: $?" >&2
  done
done
