import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** An app with a login, by the JDK's own client, that names another redirect URI when it redeems the code. */
public class App {
  private static final String ISSUER = System.getenv("ISSUER");
  private static final String CLIENT = System.getenv("CLIENT_ID");
  private static final String HERE = "http://localhost:" + System.getenv("PORT");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws IOException {
    var port = Integer.parseInt(System.getenv("PORT"));
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", exchange -> answer(exchange, 200, "<a href=\"/login\">Log in</a>"));
    server.createContext("/login", App::login);
    server.createContext("/cb", App::redeem);
    server.start();
  }

  private static void login(HttpExchange exchange) throws IOException {
    var url = ISSUER + "/auth?response_type=code&scope=openid&state=s-1&client_id=" + CLIENT
        + "&redirect_uri=" + encoded(HERE + "/cb");
    exchange.getResponseHeaders().set("Location", url);
    answer(exchange, 302, "");
  }

  private static void redeem(HttpExchange exchange) throws IOException {
    var code = exchange.getRequestURI().getQuery().replaceAll(".*\\bcode=([^&]*).*", "$1");
    var form = "grant_type=authorization_code&code=" + encoded(code) + "&redirect_uri=" + encoded(HERE + "/cb/");
    var credentials = CLIENT + ":" + System.getenv("CLIENT_SECRET");
    var basic = Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    var request = HttpRequest.newBuilder(URI.create(ISSUER + "/token"))
        .header("Authorization", "Basic " + basic)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(form))
        .build();
    try {
      var response = HTTP.send(request, BodyHandlers.ofString());
      var failed = response.statusCode() != 200;
      answer(exchange, failed ? 500 : 200, (failed ? "login failed: " : "logged in ") + response.body());
    } catch (IOException | InterruptedException error) {
      answer(exchange, 500, "login failed: " + error);
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/html");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
