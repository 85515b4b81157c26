<?php
// Presents a refresh token by the clients of PHP: `php clients.php CLIENT,… URL…`.
//
// The client_id of each request says which client it was, so that a test can tell who came through.

function form($client)
{
    return http_build_query([
        'grant_type' => 'refresh_token',
        'refresh_token' => "secret-of-$client",
        'client_id' => $client,
    ]);
}

function with_curl($url, $client)
{
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_POSTFIELDS => form($client), CURLOPT_RETURNTRANSFER => true]);
    if (curl_exec($curl) === false) {
        return curl_error($curl);
    }
    return curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
}

function post($client)
{
    return ['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/x-www-form-urlencoded',
        'content' => form($client),
        'ignore_errors' => true,
    ]];
}

function read_by($url, $context)
{
    if (@file_get_contents($url, false, $context) === false) {
        return error_get_last()['message'];
    }
    return explode(' ', $http_response_header[0])[1];
}

$all = [
    'curl' => 'with_curl',
    'stream' => function ($url, $client) {
        stream_context_set_default(post($client));
        return read_by($url, null);
    },
    'stream-own-context' => function ($url, $client) {
        return read_by($url, stream_context_create(post($client)));
    },
];

$clients = explode(',', $argv[1]);
foreach (array_slice($argv, 2) as $url) {
    foreach ($clients as $client) {
        $status = $all[$client]($url, $client);
        if ($status != 400) {
            fwrite(STDERR, "$client at $url: $status\n");
        }
    }
}
