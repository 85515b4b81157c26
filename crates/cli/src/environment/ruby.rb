# Loaded into Ruby by `grantscope run`: Net::HTTP, and whoever else asks URI for the proxy, then reach loopback through it too.
#
# URI leaves loopback out, whatever the variables say. What a program excludes by a `no_proxy` of its own stays excluded. URI is not
# loaded for this: the version that a Gemfile locks may be another than Ruby's own. Nothing is printed, nothing else is changed.

module GrantscopeThroughProxy
  def find_proxy(env = ENV)
    found = super
    return found if found || hostname.nil? || !%w[http https].include?(scheme)

    proxy = env["#{scheme}_proxy"] || env['HTTPS_PROXY']
    excluded = env['no_proxy'] || env['NO_PROXY']
    return nil if proxy.to_s.empty?
    return nil if excluded && !URI::Generic.use_proxy?(hostname, nil, port, excluded)

    URI.parse(proxy)
  end
end

# Where URI is not read yet, its class is changed at the end of its body.
if defined?(URI::Generic)
  URI::Generic.prepend(GrantscopeThroughProxy)
else
  watched = TracePoint.new(:end) do |point|
    if point.path.end_with?('uri/generic.rb') && point.self.equal?(URI::Generic)
      URI::Generic.prepend(GrantscopeThroughProxy)
      watched.disable
    end
  end
  watched.enable
end
