import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Presents a refresh token by both clients of the JDK, at each server that is named: {@code java Clients.java URL...}.
 *
 * <p>The client_id of each request says which client it was, so that a test can tell who came through.
 */
public class Clients {
  private static final String FORM = "application/x-www-form-urlencoded";

  public static void main(String[] urls) throws Exception {
    for (String url : urls) {
      check("url-connection", url, withUrlConnection(url));
      check("http-client", url, withHttpClient(url));
    }
  }

  private static String form(String client) {
    return "grant_type=refresh_token&refresh_token=secret-of-" + client + "&client_id=" + client;
  }

  private static int withUrlConnection(String url) throws IOException {
    var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", FORM);
    connection.getOutputStream().write(form("url-connection").getBytes());
    return connection.getResponseCode();
  }

  private static int withHttpClient(String url) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(url))
        .header("Content-Type", FORM)
        .POST(BodyPublishers.ofString(form("http-client")))
        .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
  }

  private static void check(String client, String url, int status) {
    if (status != 400 && status != 401) {
      throw new IllegalStateException(client + " at " + url + ": " + status);
    }
  }
}
