#!/usr/bin/env escript
%% Presents a refresh token by httpc of Erlang, at each server that is named: `escript clients.erl CLIENT,... URL...`.
%%
%% The client_id of each request says which client it was, so that a test can tell who came through.

main([Clients | Urls]) ->
    [{ok, _} = application:ensure_all_started(It) || It <- [inets, ssl]],
    {ok, _} = inets:start(httpc, [{profile, through}]),
    [play(Client, Url) || Url <- Urls, Client <- string:split(Clients, ",", all)].

play("httpc", Url) ->
    told("httpc", Url, post("httpc", Url, [], default));
play("httpc-with-proxy" = Client, Url) ->
    #{host := Host, port := Port} = uri_string:parse(os:getenv("HTTPS_PROXY")),
    Through = {{Host, Port}, []},
    ok = httpc:set_options([{proxy, Through}, {https_proxy, Through}], through),
    {ok, Pem} = file:read_file(os:getenv("SSL_CERT_FILE")),
    Roots = [Der || {'Certificate', Der, _} <- public_key:pem_decode(Pem)],
    Verified = [{customize_hostname_check, [{match_fun, public_key:pkix_verify_hostname_match_fun(https)}]}],
    told(Client, Url, post(Client, Url, [{ssl, [{verify, verify_peer}, {cacerts, Roots} | Verified]}], through)).

post(Client, Url, Options, Profile) ->
    Form = "grant_type=refresh_token&refresh_token=secret-of-" ++ Client ++ "&client_id=" ++ Client,
    httpc:request(post, {Url, [], "application/x-www-form-urlencoded", Form}, Options, [], Profile).

told(_, _, {ok, {{_, 400, _}, _, _}}) -> ok;
told(Client, Url, Other) -> io:format(standard_error, "~s at ~s: ~p~n", [Client, Url, Other]).
