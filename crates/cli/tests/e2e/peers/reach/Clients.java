import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;

/**
 * Presents a refresh token by clients of the JDK, at each server that is named:
 * {@code java Clients.java CLIENT,... URL...}.
 *
 * <p>The client_id of each request says which client it was, so that a test can tell who came through.
 */
public class Clients {
  private static final String FORM = "application/x-www-form-urlencoded";

  public static void main(String[] arguments) {
    var clients = arguments[0].split(",");
    for (String url : Arrays.copyOfRange(arguments, 1, arguments.length)) {
      for (String client : clients) {
        play(client, url);
      }
    }
  }

  private static void play(String client, String url) {
    try {
      int status = client.equals("url-connection") ? withUrlConnection(url) : withHttpClient(client, url);
      if (status != 400 && status != 401) {
        System.err.println(client + " at " + url + ": " + status);
      }
    } catch (IOException | InterruptedException error) {
      System.err.println(client + " at " + url + ": " + error);
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

  private static int withHttpClient(String client, String url) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(url))
        .header("Content-Type", FORM)
        .POST(BodyPublishers.ofString(form(client)))
        .build();
    var builder = HttpClient.newBuilder();
    if (client.equals("http-client-no-proxy")) {
      builder.proxy(HttpClient.Builder.NO_PROXY);
    }
    return builder.build().send(request, BodyHandlers.ofString()).statusCode();
  }
}
