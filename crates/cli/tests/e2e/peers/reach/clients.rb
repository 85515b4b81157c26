# Presents a refresh token by the clients of Ruby: `ruby clients.rb CLIENT,… URL…`.
#
# The client_id of each request says which client it was, so that a test can tell who came through.

require 'net/http'
require 'open-uri'

def form(client)
  { 'grant_type' => 'refresh_token', 'refresh_token' => "secret-of-#{client}", 'client_id' => client }
end

CLIENTS = {
  'net-http' => lambda do |uri, client|
    Net::HTTP.post_form(uri, form(client)).code
  end,
  'net-http-own-proxy' => lambda do |uri, client|
    Net::HTTP.start(uri.host, uri.port, nil, use_ssl: uri.scheme == 'https') do |http|
      http.post(uri.path, URI.encode_www_form(form(client))).code
    end
  end,
  'open-uri' => lambda do |uri, client|
    uri.query = URI.encode_www_form('response_type' => 'code', 'redirect_uri' => 'https://app.test/cb', 'client_id' => client)
    uri.open.status[0]
  rescue OpenURI::HTTPError => e
    e.io.status[0]
  end
}.freeze

clients = ARGV.shift.split(',')
ARGV.product(clients) do |url, client|
  status = CLIENTS.fetch(client).call(URI(url), client)
  warn "#{client} at #{url}: #{status}" unless status == '400'
rescue StandardError => e
  warn "#{client} at #{url}: #{e.message}"
end
